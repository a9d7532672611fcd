"""The reading side: pages and checks read through their own connections and write nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session

T = TypeVar("T")


class Reader:
    """Runs plain functions on a read-only session."""

    def __init__(self, path: Path) -> None:
        url = URL.create("sqlite+aiosqlite", database=str(path))
        self._engine = create_async_engine(url, hide_parameters=True, pool_size=4)

        @event.listens_for(self._engine.sync_engine, "connect")
        def read_only(connection: Any, _record: Any) -> None:  # Any: driver objects
            cursor = connection.cursor()
            cursor.execute("PRAGMA query_only=ON")
            cursor.close()

    async def read(self, work: Callable[[Session], T]) -> T:
        """Return what `work` reads; the session is gone afterwards."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(lambda sync: _with_session(sync, work))

    async def close(self) -> None:
        await self._engine.dispose()


def _with_session(connection: Any, work: Callable[[Session], T]) -> T:  # Any: a sync Connection
    with Session(connection) as session:
        return work(session)
