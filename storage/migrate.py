"""Bring a database to the schema of this release."""

from __future__ import annotations

import os
from pathlib import Path

from alembic import command
from alembic.config import Config

HERE = Path(__file__).parent / "migrations"


def config(path: Path) -> Config:
    """Return alembic's configuration for an SQLite file."""
    made = Config()
    # alembic reads its options as templates, in which a % stands for something.
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.attributes["path"] = path
    return made


def upgrade(path: Path) -> None:
    """Create or upgrade the database; running it twice changes nothing, nor does being killed in the middle."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Nobody else on this machine reads it; SQLite gives its WAL the same rights.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    command.upgrade(config(path), "head")
