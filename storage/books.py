"""Which books a database has, and what is told between processes that share it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from typing import Final

import psycopg

from storage.book import Handler, ThreadBook
from storage.database import Database, Where, file_of
from storage.do import World
from storage.postgres import CHANNEL, PostgresBook, PostgresDb, connect, connection_words
from storage.sqlite import SqliteBook, SqliteDb

log = logging.getLogger(__name__)

#: Lanes for turns on PostgreSQL, beside the one for deeds (writer.md §3: 1.7k, 2.4k, 3.2k turns/s with 1, 2, 4).
LANES: Final = 3
LISTEN_AGAIN_SECONDS: Final = 2.0


def books(where: Where, world: World, handle: Handler, give_up: Handler, *, tells: bool = False) -> list[ThreadBook]:
    """Return one book for an SQLite file, one for deeds and some for turns for PostgreSQL.

    `tells` is True where another process sends what is planned here.
    """
    path = file_of(where)
    if path is not None:
        return [SqliteBook(path, world, handle, give_up)]
    return [PostgresBook(str(where), world, handle, give_up, tells=tells) for _ in range(1 + LANES)]


def look_at(where: Where) -> Database:
    """Return a connection that only reads, for a command beside the running bot."""
    path = file_of(where)
    if path is not None:
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, factory=SqliteDb)
    db = PostgresDb(connect(str(where)))
    db.execute("SET default_transaction_read_only = on")
    return db


async def listen(url: str, heard: Callable[[], None]) -> None:
    """Call `heard` whenever a process that only plans has planned something; for ever.

    A hint and nothing more: what is missed while the server is away is found by the next tick.
    """
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**connection_words(url)) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                heard()
                async for _ in connection.notifies():
                    heard()
        except psycopg.Error as gone:
            log.info("nothing is heard from other processes for a moment", extra={"reason": type(gone).__name__})
        await asyncio.sleep(LISTEN_AGAIN_SECONDS)


async def alone(url: str, work: Callable[[], asyncio.Task[None]], name: int) -> None:
    """Do what only one process may do at a time, whenever it is this one's turn; for ever.

    The lock is the connection's: it goes with the process, however that ends.
    """
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**connection_words(url)) as connection:
                await connection.execute("SELECT pg_advisory_lock(%s)", (name,))
                await _until_either_ends(connection, work())
        except psycopg.Error as gone:
            log.info("the lock of what one process does is lost for a moment", extra={"reason": type(gone).__name__})
        await asyncio.sleep(LISTEN_AGAIN_SECONDS)


async def _until_either_ends(connection: psycopg.AsyncConnection, work: asyncio.Task[None]) -> None:
    """Raise what the work raised; end the work when the connection that holds its lock is gone."""
    try:
        while not work.done():
            await connection.execute("SELECT 1")
            await asyncio.wait([work], timeout=LISTEN_AGAIN_SECONDS)
        work.result()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
