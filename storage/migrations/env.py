"""Alembic's environment: foreign keys are off while tables are rebuilt, and checked before the commit."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine, event

from storage.models import Base, Instant


def as_plain(kind: str, item: Any, _context: Any) -> str | Literal[False]:  # Any: alembic's objects
    """A migration names plain types: it must not change when our own type does."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


def run() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    engine = create_engine(str(url))

    # With foreign keys on, rebuilding a parent table empties its ON DELETE CASCADE children.
    @event.listens_for(engine, "connect")
    def off(connection, _record):  # type: ignore[no-untyped-def]
        connection.execute("PRAGMA foreign_keys=OFF")

    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=as_plain
        )
        with context.begin_transaction():
            context.run_migrations()
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"{len(broken)} rows point nowhere after the migration")
    engine.dispose()


run()
