"""Alembic's environment: one transaction for all; foreign keys are off while tables are rebuilt, checked at its end."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import URL, Connection, create_engine, event

from storage import account_models  # noqa: F401 - its tables belong to the metadata
from storage.models import Base, Instant


def as_plain(kind: str, item: Any, _context: Any) -> str | Literal[False]:  # Any: alembic's objects
    """A migration names plain types: it must not change when our own type does."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


def run() -> None:
    path = context.config.attributes["path"]
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

    with engine.connect() as connection, connection.begin():
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            render_item=as_plain,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        must_point_somewhere(connection)
    engine.dispose()


def must_point_somewhere(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"{len(broken)} rows point nowhere after the migration")


run()
