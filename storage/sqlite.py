"""The SQLite book: one thread, one connection, one transaction per batch, a savepoint per turn."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from services.refused import Refused
from storage.crashpoints import crashpoint
from storage.do import Deed, Do, World
from storage.events import Answer, Event, Fate
from storage.inbox import Inbox, Received
from storage.writer import ConnectionLost, Outcome, Work

if TYPE_CHECKING:
    Handler = Callable[[Event, Do], object]

log = logging.getLogger(__name__)

#: A batch stops taking turns after this; a turn over the second is named in the log, one over the third is ended.
BATCH_SECONDS: Final = 0.020
SLOW_SECONDS: Final = 0.050
TURN_SECONDS: Final = 2.0
#: How long a failed turn waits before it is taken again; after the last one it is dead.
RETRY_AFTER: Final = (timedelta(seconds=5), timedelta(seconds=60))

PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA busy_timeout=10000",
)


class SqliteBook:
    """Runs turns with `handle(event, do)`, and `give_up(event, do)` for a turn that failed too often."""

    def __init__(self, path: Path, world: World, handle: Handler, give_up: Handler) -> None:
        self._path, self._world, self._handle, self._give_up = path, world, handle, give_up
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._db: sqlite3.Connection
        self._connection: Connection
        self._deadline: float | None = None

    async def open(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self.open_here)

    async def batch(self, works: Sequence[Work]) -> list[Outcome]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.batch_here, works)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self.close_here)
        self._thread.shutdown()

    # Everything below runs in the one thread; it is the only code that touches the connection.

    def open_here(self) -> None:
        self._db = sqlite3.connect(self._path, isolation_level=None)
        for pragma in PRAGMAS:
            self._db.execute(pragma)
        self._db.set_progress_handler(self._out_of_time, 20_000)
        engine = create_engine("sqlite://", creator=lambda: self._db, poolclass=StaticPool, hide_parameters=True)
        self._connection = engine.connect()
        # Begun once, for ever: we BEGIN and COMMIT underneath, SQLAlchemy only ever sees savepoints.
        self._connection.begin()

    def close_here(self) -> None:
        with suppress(sqlite3.Error):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()

    def _out_of_time(self) -> int:
        return int(self._deadline is not None and time.monotonic() > self._deadline)

    def batch_here(self, works: Sequence[Work]) -> list[Outcome]:
        self._begin()
        crashpoint("batch.begun")
        try:
            outcomes = self._steps(works)
            crashpoint("batch.closed")
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has already rolled back
                self._db.execute("ROLLBACK")
            raise
        crashpoint("batch.committed")
        return outcomes

    def _begin(self) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.ProgrammingError as closed:
            raise ConnectionLost from closed

    def _steps(self, works: Sequence[Work]) -> list[Outcome]:
        started = time.monotonic()
        outcomes: list[Outcome] = []
        for work in works:
            outcomes.append(self._run(work))
            crashpoint("batch.stepped")
            if time.monotonic() - started > BATCH_SECONDS:
                break
        return outcomes

    def _run(self, work: Work) -> Outcome:
        if work.event is not None:
            return Outcome(self._turn(work.event, work.again))
        if work.deed is not None:
            return self._deed(work.deed)
        raise ValueError("a work is a turn or a deed")

    def _deed(self, work: Callable[[Deed], object]) -> Outcome:
        self._db.execute("SAVEPOINT work")
        deed = Deed(self._db, self._connection, self._world)
        try:
            value = work(deed)
            deed.keep()
        except Exception as failed:  # noqa: BLE001 - handed to whoever asked for the deed
            deed.drop()
            self._db.execute("ROLLBACK TO work")
            return Outcome(error=failed)
        finally:
            self._db.execute("RELEASE work")
        return Outcome(value)

    def _turn(self, event: Event, again: int | None) -> Answer:
        inbox = Inbox(self._db, self._world)
        received = inbox.receive(event, again)
        if received.fate is not None:
            return Answer(received.fate)
        started = time.monotonic()
        answer = self._take(event, received, inbox)
        if (took := time.monotonic() - started) > SLOW_SECONDS:
            log.warning("slow turn", extra={"inbox": received.row, "ms": round(took * 1000)})
        return answer

    def _take(self, event: Event, received: Received, inbox: Inbox) -> Answer:
        """Run the turn in its savepoint; a twin that won a unique key is met by looking once more."""
        error: Exception | None = None
        for _ in (1, 2):
            try:
                result = self._in_savepoint(self._handle, event, received)
            except Exception as bug:  # noqa: BLE001 - the turn is ours to answer for: stored, retried, given up
                error = bug
                if not _is_lost_race(bug):
                    break
            else:
                inbox.done(received.row)
                return Answer(Fate.DONE, result)
        return self._failed(event, received, inbox, error)

    def _in_savepoint(self, handle: Handler, event: Event, received: Received) -> object:
        self._db.execute("SAVEPOINT work")
        do = Do(self._db, self._connection, self._world, received)
        self._deadline = time.monotonic() + TURN_SECONDS
        try:
            result = handle(event, do)
            do.keep()
        except BaseException:
            self._deadline = None
            do.drop()
            self._db.execute("ROLLBACK TO work")
            raise
        finally:
            self._deadline = None
            self._db.execute("RELEASE work")
        return result

    def _failed(self, event: Event, received: Received, inbox: Inbox, error: Exception | None) -> Answer:
        """A poison message never blocks its provider: stored, acknowledged, taken again, then given up."""
        name = type(error).__name__
        # The traceback goes to the log without values: frames, not locals.
        log.error(
            "turn failed",
            exc_info=None if isinstance(error, Refused) else error,
            extra={"inbox": received.row},
        )
        if received.attempts < len(RETRY_AFTER):
            inbox.retry(received, event.body, self._world.clock.now() + RETRY_AFTER[received.attempts], name)
            return Answer(Fate.RETRY)
        inbox.dead(received, name)
        try:
            self._in_savepoint(self._give_up, event, received)
        except Exception:
            log.exception("giving up failed", extra={"inbox": received.row})
        return Answer(Fate.DEAD)


def _is_lost_race(bug: Exception) -> bool:
    from sqlalchemy.exc import IntegrityError

    return isinstance(bug, (IntegrityError, sqlite3.IntegrityError))
