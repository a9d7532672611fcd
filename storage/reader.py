"""The reading side: pages and checks read through their own connections and write nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import Session

from storage.database import Where, file_of
from storage.postgres import CONNECT_SECONDS, url_of

T = TypeVar("T")


class Reader:
    """Runs plain functions on a read-only session."""

    def __init__(self, where: Where) -> None:
        path = file_of(where)
        self._engine = _postgres(str(where)) if path is None else _sqlite(path)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Return what `work` reads; the session is gone afterwards."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(lambda sync: _with_session(sync, work))

    async def close(self) -> None:
        await self._engine.dispose()


def _sqlite(path: Path) -> AsyncEngine:
    url = URL.create("sqlite+aiosqlite", database=str(path))
    engine = create_async_engine(url, hide_parameters=True, pool_size=4)

    @event.listens_for(engine.sync_engine, "connect")
    def read_only(connection: Any, _record: Any) -> None:  # Any: driver objects
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    return engine


def _postgres(url: str) -> AsyncEngine:
    # Asked before each use: the server may have been started anew since.
    options = {"options": "-c default_transaction_read_only=on", "connect_timeout": CONNECT_SECONDS}
    return create_async_engine(url_of(url), hide_parameters=True, pool_size=4, pool_pre_ping=True, connect_args=options)


def _with_session(connection: Any, work: Callable[[Session], T]) -> T:  # Any: a sync Connection
    with Session(connection) as session:
        return work(session)
