"""Bring a database to the schema of this release."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

HERE = Path(__file__).parent / "migrations"


def config(path: Path) -> Config:
    """Return alembic's configuration for an SQLite file."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.set_main_option("sqlalchemy.url", f"sqlite:///{path}")
    return made


def upgrade(path: Path) -> None:
    """Create or upgrade the database; running it twice changes nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(config(path), "head")
