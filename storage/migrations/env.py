"""Alembic's environment: one transaction for all. SQLite's foreign keys are off in it and checked at its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

from alembic import context
from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from storage import (
    account_models,  # noqa: F401 - its tables belong to the metadata
    desk_models,  # noqa: F401 - its tables belong to the same metadata
    queue_models,  # noqa: F401 - its tables
    tabel_models,  # noqa: F401 - its tables
)
from storage import delivery_models as _delivery_models  # noqa: F401 - its table joins the others
from storage.database import file_of
from storage.models import Base, Instant
from storage.postgres import url_of

#: Any number will do that no other lock of this database takes.
LOCK: Final = 20261120


def as_plain(kind: str, item: Any, _context: Any) -> str | Literal[False]:  # Any: alembic's objects
    """A migration names plain types: it must not change when our own type does."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


def run() -> None:
    where = context.config.attributes["where"]
    path = file_of(where)
    engine = sqlite(path) if path is not None else create_engine(url_of(str(where)), hide_parameters=True)
    with engine.connect() as connection, connection.begin():
        if path is None:
            # Two processes that start at once: the second waits, and finds nothing left to do.
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=path is not None,
            render_item=as_plain,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        if path is not None:
            must_point_somewhere(connection)
    engine.dispose()


def sqlite(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:  # Any: the driver's connection
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("PRAGMA secure_delete=ON")
        # With foreign keys on, rebuilding a parent table empties its ON DELETE CASCADE children.
        connection.execute("PRAGMA foreign_keys=OFF")

    # The driver opens no transaction for changes of tables: a kill between two would leave half a schema.
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def must_point_somewhere(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"{len(broken)} rows point nowhere after the migration")


run()
