"""The book of one lane: one thread, one connection, one transaction per batch, a savepoint per work."""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from storage.crashpoints import crashpoint
from storage.database import Database, Park
from storage.do import Deed, Do, World
from storage.events import Answer, Event, Fate
from storage.failures import report
from storage.inbox import Inbox, Received
from storage.writer import NotWritten, Outcome, Work

log = logging.getLogger(__name__)

#: A batch stops taking turns after this; a turn over the second is named in the log, one over the third is ended.
BATCH_SECONDS: Final = 0.020
SLOW_SECONDS: Final = 0.050
TURN_SECONDS: Final = 2.0
#: How long a failed turn waits before it is taken again; after the last one it is dead.
RETRY_AFTER: Final = (timedelta(seconds=5), timedelta(seconds=60))

Handler = Callable[[Event, Do], object]
D = TypeVar("D", bound=Deed)


class Undone(Exception):
    """The database rolled the whole transaction back by itself, what the neighbours did with it."""


class ThreadBook(ABC):
    """Runs turns with `handle(event, do)`, and `give_up(event, do)` for a turn that failed too often."""

    #: What the driver raises where a unique key is taken.
    _twins: tuple[type[Exception], ...]
    _db: Database
    _engine: Engine
    _connection: Connection

    def __init__(self, world: World, handle: Handler, give_up: Handler) -> None:
        self._world, self._handle, self._give_up = world, handle, give_up
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")

    async def open(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self.open_here)

    async def batch(self, works: Sequence[Work]) -> list[Outcome]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.batch_here, works)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self.close_here)
        self._thread.shutdown()

    # Everything below runs in the one thread; it is the only code that touches the connection.

    @abstractmethod
    def open_here(self) -> None:
        """Connect; raises WrongKeys, or Unreachable in one line."""

    def close_here(self) -> None:
        with suppress(SQLAlchemyError):
            self._connection.close()
        self._engine.dispose()
        self._db.close()

    @abstractmethod
    def _begin(self, works: Sequence[Work]) -> None:
        """Begin a transaction in which nobody else acts for the people of these works."""

    @abstractmethod
    def _undo(self) -> None:
        """Roll back, unless the database has done so; raises ConnectionLost where it cannot."""

    @abstractmethod
    def _limit(self, seconds: float | None) -> None:
        """End what a turn asks of the database after so many seconds from now; None: no more."""

    @abstractmethod
    def _is_not_ours(self, error: BaseException) -> bool:
        """Say whether no work is to blame: locked, out of memory, read-only, full, broken or gone."""

    def _is_rivals(self, error: BaseException) -> bool:
        """Say whether another process was in the way, and the same works may well succeed."""
        return False

    def _together(self, works: Sequence[Work]) -> Sequence[Work]:
        """Return the prefix of `works` that shares a transaction."""
        return works

    # One batch.

    def batch_here(self, works: Sequence[Work]) -> list[Outcome]:
        """Run a prefix of `works` in one transaction.

        A single turn that made the database roll back everything has undone its own inbox row with it, so its event is
        stored in a second transaction, without running it again.
        """
        works = self._together(works)
        try:
            # Empty where the first one parked: it is alone the next time.
            return self._transaction(works, lambda: self._steps(works)) or self.batch_here(works)
        except Undone as undone:
            if len(works) > 1 or works[0].event is None:
                raise
            event, again, cause = works[0].event, works[0].again, _cause(undone)
            return self._transaction(works, lambda: [Outcome(self._turn(event, again, broken=cause))])

    def _transaction(self, works: Sequence[Work], steps: Callable[[], list[Outcome]]) -> list[Outcome]:
        self._begin(works)
        try:
            crashpoint("batch.begun")
            outcomes = steps()
            crashpoint("batch.closed")
            self._db.execute("COMMIT")
        except BaseException as failed:
            self._undo()
            if self._is_not_ours(failed):
                raise NotWritten from failed
            raise
        crashpoint("batch.committed")
        return outcomes

    def _steps(self, works: Sequence[Work]) -> list[Outcome]:
        started = time.monotonic()
        outcomes: list[Outcome] = []
        for work in works:
            try:
                outcomes.append(self._beside(work) if self._db.is_shared else self._run(work))
            except Park:
                work.alone = True
                break
            crashpoint("batch.stepped")
            if time.monotonic() - started > BATCH_SECONDS:
                break
        return outcomes

    def _beside(self, work: Work) -> Outcome:
        """Run a work so that it can be undone whole, its inbox row, too, should it have to be alone."""
        self._db.execute("SAVEPOINT beside")
        try:
            outcome = self._run(work)
        except Park:
            self._db.execute("ROLLBACK TO beside")
            raise
        self._db.execute("RELEASE beside")
        return outcome

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
            if self._is_the_batchs(failed):
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
                if self._is_the_batchs(bug):
                    raise
                error = bug
                if not isinstance(bug, (IntegrityError, *self._twins)):
                    break
            else:
                if again is not None:
                    inbox.done(received.row)
                return Answer(Fate.DONE, result)
        return self._failed(event, received, inbox, error)

    def _turn_once(self, handle: Handler, event: Event, received: Received) -> object:
        self._limit(TURN_SECONDS)
        try:
            do = Do(self._db, self._connection, self._world, received)
            return self._in_savepoint(do, lambda do: handle(event, do))
        finally:
            self._limit(None)

    def _in_savepoint(self, hold: D, work: Callable[[D], object]) -> object:
        self._db.execute("SAVEPOINT work")
        try:
            result = work(hold)
            hold.keep()
        except BaseException as failed:
            self._limit(None)
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
                if self._is_the_batchs(bug):
                    raise
                report(log, "giving up failed", bug, inbox=received.row)
        return Answer(Fate.DEAD)

    def _state(self, person: int) -> str:
        """Return the step where a person stands, for the log."""
        found = self._db.execute("SELECT state FROM conversation WHERE person_id=?", (person,)).fetchone()
        return str(found[0]) if found else ""

    def _is_the_batchs(self, error: BaseException) -> bool:
        """Say whether a failure ends the batch: the database's fault, a rival, or a transaction that is gone."""
        return isinstance(error, Undone) or self._is_not_ours(error) or self._is_rivals(error)


def _only_a_case(_event: Event, do: Do) -> None:
    do.cases.open(flow="", state="", question="err.dead")


def _cause(undone: Undone) -> BaseException:
    return undone.__cause__ or undone
