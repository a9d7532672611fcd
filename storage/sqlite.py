"""The SQLite book: one thread, one connection, one transaction per batch, a savepoint per work."""

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
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import StaticPool

from storage.crashpoints import crashpoint
from storage.do import Deed, Do, World
from storage.events import Answer, Event, Fate
from storage.failures import causes, report
from storage.inbox import Inbox, Received
from storage.keys import must_fit
from storage.writer import ConnectionLost, NotWritten, Outcome, Work

log = logging.getLogger(__name__)

#: A batch stops taking turns after this; a turn over the second is named in the log, one over the third is ended.
BATCH_SECONDS: Final = 0.020
SLOW_SECONDS: Final = 0.050
TURN_SECONDS: Final = 2.0
#: How many steps of SQLite's machine lie between two looks at the deadline, a millisecond or less.
STEPS_BETWEEN_LOOKS: Final = 20_000
#: How long a failed turn waits before it is taken again; after the last one it is dead.
RETRY_AFTER: Final = (timedelta(seconds=5), timedelta(seconds=60))

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

Handler = Callable[[Event, Do], object]
D = TypeVar("D", bound=Deed)


class Undone(Exception):
    """SQLite rolled the whole transaction back by itself, what the neighbours did with it."""


class SqliteBook:
    """Runs turns with `handle(event, do)`, and `give_up(event, do)` for a turn that failed too often."""

    def __init__(self, path: Path, world: World, handle: Handler, give_up: Handler) -> None:
        self._path, self._world, self._handle, self._give_up = path, world, handle, give_up
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._db: sqlite3.Connection
        self._engine: Engine
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
        must_fit(self._db, self._world.vault)
        self._db.set_progress_handler(self._is_out_of_time, STEPS_BETWEEN_LOOKS)
        self._engine = create_engine("sqlite://", creator=lambda: self._db, poolclass=StaticPool, hide_parameters=True)
        self._connection = self._engine.connect()
        # Begun once, for ever: we BEGIN and COMMIT underneath, SQLAlchemy only ever sees savepoints.
        self._connection.begin()

    def close_here(self) -> None:
        with suppress(sqlite3.Error):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with suppress(DBAPIError):
            self._connection.close()
        self._engine.dispose()
        self._db.close()

    def _is_out_of_time(self) -> int:
        return int(self._deadline is not None and time.monotonic() > self._deadline)

    # One batch.

    def batch_here(self, works: Sequence[Work]) -> list[Outcome]:
        """Run a prefix of `works` in one transaction.

        A single turn that made SQLite roll back everything has undone its own inbox row with it, so its event is
        stored in a second transaction, without running it again.
        """
        try:
            return self._transaction(lambda: self._steps(works))
        except Undone as undone:
            if len(works) > 1 or works[0].event is None:
                raise
            event, again, cause = works[0].event, works[0].again, _cause(undone)
            return self._transaction(lambda: [Outcome(self._turn(event, again, broken=cause))])

    def _transaction(self, steps: Callable[[], list[Outcome]]) -> list[Outcome]:
        self._begin()
        try:
            crashpoint("batch.begun")
            outcomes = steps()
            crashpoint("batch.closed")
            self._db.execute("COMMIT")
        except BaseException as failed:
            self._undo()
            if _is_not_ours(failed):
                raise NotWritten from failed
            raise
        crashpoint("batch.committed")
        return outcomes

    def _begin(self) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.ProgrammingError as closed:
            raise ConnectionLost from closed
        except sqlite3.Error as refused:
            self._undo()
            raise NotWritten from refused

    def _undo(self) -> None:
        """Roll back, unless SQLite has done so: it does when the disk is full."""
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.Error as gone:
            raise ConnectionLost from gone

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

    # One work.

    def _deed(self, work: Callable[[Deed], object]) -> Outcome:
        try:
            return Outcome(self._in_savepoint(Deed(self._db, self._connection, self._world), work))
        except Exception as failed:
            if _is_the_batchs(failed):
                raise
            return Outcome(error=failed)  # handed to whoever asked for the deed

    def _turn(self, event: Event, again: int | None, *, broken: BaseException | None = None) -> Answer:
        inbox = Inbox(self._db, self._world)
        received = inbox.receive(event, again)
        if received.fate is not None:
            return Answer(received.fate)
        if broken is not None:
            return self._failed(event, received, inbox, broken)
        started = time.monotonic()
        answer = self._take(event, received, inbox, again)
        if (took := time.monotonic() - started) > SLOW_SECONDS:
            place = {"inbox": received.row, "state": self._state(received.person)}
            log.warning("slow turn", extra=place | {"ms": round(took * 1000)})
        return answer

    def _take(self, event: Event, received: Received, inbox: Inbox, again: int | None) -> Answer:
        """Run the turn in its savepoint; a twin that won a unique key is met by looking once more."""
        error: Exception
        for _ in (1, 2):
            try:
                result = self._turn_once(self._handle, event, received)
            except Exception as bug:
                if _is_the_batchs(bug):
                    raise
                error = bug
                if not isinstance(bug, (IntegrityError, sqlite3.IntegrityError)):
                    break
            else:
                if again is not None:
                    inbox.done(received.row)
                return Answer(Fate.DONE, result)
        return self._failed(event, received, inbox, error)

    def _turn_once(self, handle: Handler, event: Event, received: Received) -> object:
        self._deadline = time.monotonic() + TURN_SECONDS
        try:
            do = Do(self._db, self._connection, self._world, received)
            return self._in_savepoint(do, lambda do: handle(event, do))
        finally:
            self._deadline = None

    def _in_savepoint(self, hold: D, work: Callable[[D], object]) -> object:
        self._db.execute("SAVEPOINT work")
        try:
            result = work(hold)
            hold.keep()
        except BaseException as failed:
            self._deadline = None
            hold.drop()
            if not self._db.in_transaction:
                raise Undone from failed
            self._db.execute("ROLLBACK TO work")
            self._db.execute("RELEASE work")
            raise
        self._db.execute("RELEASE work")
        return result

    def _failed(self, event: Event, received: Received, inbox: Inbox, error: BaseException) -> Answer:
        """A poison message never blocks its provider: stored, acknowledged, taken again, then given up."""
        name = type(error).__name__
        report(log, "turn failed", error, inbox=received.row, state=self._state(received.person))
        if received.attempts < len(RETRY_AFTER):
            inbox.retry(received, event.body, self._world.clock.now() + RETRY_AFTER[received.attempts], name)
            return Answer(Fate.RETRY)
        inbox.dead(received.row, name)
        # What broke the turn may break the words of regret, too; the desk hears of it all the same (I1).
        for last_act in (self._give_up, _only_a_case):
            try:
                self._turn_once(last_act, event, received)
                break
            except Exception as bug:
                if _is_the_batchs(bug):
                    raise
                report(log, "giving up failed", bug, inbox=received.row)
        return Answer(Fate.DEAD)

    def _state(self, person: int) -> str:
        """Return the step where a person stands, for the log."""
        found = self._db.execute("SELECT state FROM conversation WHERE person_id=?", (person,)).fetchone()
        return str(found[0]) if found else ""


def _only_a_case(_event: Event, do: Do) -> None:
    do.cases.open(flow="", state="", question="err.dead")


def _is_the_batchs(error: BaseException) -> bool:
    """Say whether a failure ends the batch: the database's fault, or a transaction that is gone."""
    return isinstance(error, Undone) or _is_not_ours(error)


def _is_not_ours(error: BaseException) -> bool:
    """Look behind the error, too: where a full disk rolled back, a session fails anew for want of its savepoint."""
    # The low byte is the primary code; the rest of an extended code tells the detail.
    codes = (getattr(cause, "sqlite_errorcode", 0) & 0xFF for cause in causes(error))
    return any(code in NOT_OURS for code in codes)


def _cause(undone: Undone) -> BaseException:
    return undone.__cause__ or undone
