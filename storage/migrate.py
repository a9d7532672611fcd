"""Bring a database to the schema of this release."""

from __future__ import annotations

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from storage.database import Where, file_of
from storage.models import Base
from storage.postgres import connect, url_of

HERE = Path(__file__).parent / "migrations"


def config(where: Where) -> Config:
    """Return alembic's configuration for a database."""
    made = Config()
    # alembic reads its options as templates, in which a % stands for something.
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.attributes["where"] = where
    return made


def upgrade(where: Where) -> None:
    """Create or upgrade the database; running it twice changes nothing, nor does being killed in the middle.

    Raises Unreachable in one line where there is no PostgreSQL to be upgraded.
    """
    path = file_of(where)
    if path is None:
        connect(str(where)).close()
    else:
        _touch(path)
    command.upgrade(config(where), "head")


def clear(url: str) -> None:
    """Take all tables away, and everything in them: the demo begins again."""
    engine = create_engine(url_of(url), hide_parameters=True)
    with engine.begin() as connection:
        Base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    engine.dispose()


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Nobody else on this machine reads it; SQLite gives its WAL the same rights.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
