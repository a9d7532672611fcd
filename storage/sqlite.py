"""The SQLite book: the file is locked by BEGIN IMMEDIATE, a deadline is looked at between steps of its machine."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from storage.book import Handler, ThreadBook
from storage.do import World
from storage.failures import causes
from storage.keys import must_fit
from storage.writer import ConnectionLost, NotWritten, Work

#: How many steps of SQLite's machine lie between two looks at the deadline, a millisecond or less.
STEPS_BETWEEN_LOOKS: Final = 20_000

PRAGMAS: Final = (
    "PRAGMA busy_timeout=10000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
)

#: What no work is to blame for: locked, out of memory, read-only, broken or full.
NOT_OURS: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)


class SqliteDb(sqlite3.Connection):
    """The driver's own connection: SQLite speaks `?`, and has one writer at a time."""

    among = "IN (SELECT value FROM json_each(?))"
    unclaimed = ""
    is_shared = False

    def insert(self, sql: str, values: Sequence[Any], /) -> int:
        # With RETURNING, SQLite would look for rows that point to the new one, through whole tables.
        return self.execute(sql, values).lastrowid or 0

    def many(self, values: Iterable[object]) -> str:
        return json.dumps(list(values))

    def hold(self, persons: Iterable[int]) -> None:
        """Nobody else writes in this transaction anyway."""

    def guard(self, name: str) -> None:
        """Nobody else writes in this transaction anyway."""


class SqliteBook(ThreadBook):
    """One lane for everybody: the file has one writer."""

    _twins = (sqlite3.IntegrityError,)
    _db: SqliteDb

    def __init__(self, path: Path, world: World, handle: Handler, give_up: Handler) -> None:
        super().__init__(world, handle, give_up)
        self._path = path
        self._deadline: float | None = None

    def open_here(self) -> None:
        self._db = sqlite3.connect(self._path, isolation_level=None, factory=SqliteDb)
        for pragma in PRAGMAS:
            self._db.execute(pragma)
        must_fit(self._db, self._world.vault)
        self._db.set_progress_handler(self._is_out_of_time, STEPS_BETWEEN_LOOKS)
        self._engine = create_engine("sqlite://", creator=lambda: self._db, poolclass=StaticPool, hide_parameters=True)
        self._connection = self._engine.connect()
        # Begun once, for ever: we BEGIN and COMMIT underneath, SQLAlchemy only ever sees savepoints.
        self._connection.begin()

    def close_here(self) -> None:
        with suppress(sqlite3.Error):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        super().close_here()

    def _limit(self, seconds: float | None) -> None:
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def _is_out_of_time(self) -> int:
        return int(self._deadline is not None and time.monotonic() > self._deadline)

    def _begin(self, works: Sequence[Work]) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.ProgrammingError as closed:
            raise ConnectionLost from closed
        except sqlite3.Error as refused:
            self._undo()
            raise NotWritten from refused

    def _undo(self) -> None:
        """SQLite rolls back by itself when the disk is full."""
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.Error as gone:
            raise ConnectionLost from gone

    def _is_not_ours(self, error: BaseException) -> bool:
        """Look behind the error, too: where a full disk rolled back, a session fails anew for want of its savepoint."""
        # The low byte is the primary code; the rest of an extended code tells the detail.
        codes = (getattr(cause, "sqlite_errorcode", 0) & 0xFF for cause in causes(error))
        return any(code in NOT_OURS for code in codes)
