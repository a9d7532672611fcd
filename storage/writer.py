"""The one door for writes: turns and deeds queue at a lane, a lane runs them in batches, a book keeps them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast
from zlib import crc32

from storage.events import Answer, Event
from storage.failures import report

if TYPE_CHECKING:
    from storage.do import Deed

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH: Final = 256


class NotWritten(Exception):
    """The database took nothing: it is locked, full or gone. Whoever asked may ask again; a webhook says 503."""


class ConnectionLost(NotWritten):
    """The write connection is gone; the process ends, the inbox and the provider repeat."""


@dataclass(eq=False)
class Work:
    """One turn or one deed waiting at a lane."""

    event: Event | None = None
    deed: Callable[[Deed], object] | None = None
    #: The stored row of an event that is taken again.
    again: int | None = None
    #: False where it plans nothing: nobody needs to look again because of it.
    wakes: bool = True
    #: It may not share a transaction: it touched the domain beside others and was undone.
    alone: bool = False
    #: Whoever waits for it.
    done: asyncio.Future[object] | None = None


@dataclass(frozen=True)
class Outcome:
    """What a work became: an answer, or the refusal of a deed."""

    value: object = None
    error: Exception | None = None


class Book(Protocol):
    """A database as the lane sees it."""

    async def open(self) -> None: ...
    async def batch(self, works: Sequence[Work]) -> list[Outcome]:
        """Run a prefix of `works`, at least one, in one transaction; return one outcome for each that was run.

        Raises NotWritten where the database is at fault; any other exception is the fault of one of the works.
        """
        ...

    async def close(self) -> None: ...


class Lane:
    """Takes whatever queued while its last commit ran; a failed batch is run again one by one."""

    def __init__(self, book: Book, woken: Callable[[], None]) -> None:
        self._book, self._woken = book, woken
        self._queue: asyncio.Queue[Work | None] = asyncio.Queue()
        self._taken: list[Work] = []
        self._has_ended = False

    def put(self, work: Work) -> None:
        """Queue a work; a lane that has ended refuses, so that nobody waits for ever."""
        if self._has_ended:
            raise ConnectionLost
        self._queue.put_nowait(work)

    def drain(self) -> None:
        """Ask the lane to end after what is queued; a lane is never cancelled (writer.md §4)."""
        self._queue.put_nowait(None)

    async def run(self) -> None:
        """Work until drained; raise ConnectionLost if the connection is. Either way nobody is left waiting."""
        is_ending = False
        try:
            while not is_ending or self._taken:
                is_ending = await self._fill() or is_ending
                outcomes = await self._outcomes(self._taken) if self._taken else []
                done, self._taken = self._taken[: len(outcomes)], self._taken[len(outcomes) :]
                _deliver(done, outcomes)
                # What looks because of a commit commits itself: its own deeds must not wake it, or it never sleeps.
                if any(work.wakes for work in done):
                    self._wake()
        finally:
            self._refuse_the_rest()

    async def _fill(self) -> bool:
        """Add what waits to what the last batch left over; return True once asked to end."""
        while len(self._taken) < BATCH and not (self._taken and self._queue.empty()):
            work = await self._queue.get()
            if work is None:
                return True
            self._taken.append(work)
        return False

    async def _outcomes(self, works: list[Work]) -> list[Outcome]:
        try:
            return await self._book.batch(works)
        except ConnectionLost:
            raise
        except NotWritten as refused:
            report(log, "nothing can be written", refused, works=len(works))
            return [Outcome(error=NotWritten()) for _ in works]
        except Exception as failed:  # noqa: BLE001 - one of the works is to blame, and will be alone with it
            report(log, "a batch failed as a whole, running it one by one", failed, works=len(works))
            return await self._one_by_one(works)

    async def _one_by_one(self, works: list[Work]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for work in works:
            try:
                outcomes += await self._book.batch([work])
            except ConnectionLost:
                raise
            except NotWritten:
                # Each try may wait for a lock of ten seconds: the rest is not tried.
                return outcomes + [Outcome(error=NotWritten()) for _ in works[len(outcomes) :]]
            except Exception as failed:  # noqa: BLE001 - handed to whoever waits for this work
                report(log, "not written", failed)
                outcomes.append(Outcome(error=failed))
        return outcomes

    def _wake(self) -> None:
        try:
            self._woken()
        except Exception as failed:  # noqa: BLE001 - what is written is written; the clock wakes them, too
            report(log, "waking failed", failed)

    def _refuse_the_rest(self) -> None:
        self._has_ended = True
        while not self._queue.empty():
            if (work := self._queue.get_nowait()) is not None:
                self._taken.append(work)
        _deliver(self._taken, [Outcome(error=ConnectionLost()) for _ in self._taken])


def _deliver(works: list[Work], outcomes: list[Outcome]) -> None:
    """Only now may anybody see or send anything."""
    for work, outcome in zip(works, outcomes, strict=True):
        if work.done is None or work.done.done():
            continue  # nobody waits, or whoever waited has gone; what was written stays
        if outcome.error is not None:
            work.done.set_exception(outcome.error)
        else:
            work.done.set_result(outcome.value)


class Writer:
    """`turn` for what people and providers say, `deed` for everything else that writes.

    With one book there is one lane. With more, the first is the lane of deeds, and each chat has one of the others:
    what it says goes one after another here, and the database lets nobody else act for its person meanwhile.
    """

    def __init__(self, *books: Book, woken: Callable[[], None] = lambda: None) -> None:
        self._books = books
        self._lanes = [Lane(book, woken) for book in books]
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the books and begin to take work."""
        opened: list[Book] = []
        try:
            for book in self._books:
                await book.open()
                opened.append(book)
        except BaseException:
            for book in opened:
                await book.close()
            raise
        self._task = asyncio.get_running_loop().create_task(self._run(), name="writer lanes")

    async def _run(self) -> None:
        """Work until every lane has drained; one that lost its connection for good ends the others in order."""
        lanes = [asyncio.ensure_future(lane.run()) for lane in self._lanes]
        await asyncio.wait(lanes, return_when=asyncio.FIRST_EXCEPTION)
        for lane in self._lanes:
            lane.drain()
        for failed in await asyncio.gather(*lanes, return_exceptions=True):
            if isinstance(failed, BaseException):
                raise failed

    @property
    def task(self) -> asyncio.Task[None]:
        """The running lanes; they end only by draining or with a lost connection."""
        if self._task is None:
            raise RuntimeError("the writer is not started")
        return self._task

    async def turn(self, event: Event, *, again: int | None = None) -> Answer:
        """Return what became of the event, after the commit that keeps it; raise if it is not kept."""
        return cast("Answer", await self._wait(Work(event=event, again=again), self._lane_of(event)))

    async def deed(self, work: Callable[[Deed], T], *, wakes: bool = True) -> T:
        """Return what `work` returned, after the commit; Refused travels through the await.

        `wakes` is False for a deed after which there is nothing new to send or to ask.
        """
        return cast("T", await self._wait(Work(deed=work, wakes=wakes), self._lanes[0]))

    def _lane_of(self, event: Event) -> Lane:
        if len(self._lanes) == 1:
            return self._lanes[0]
        # The same chat by either name may take two lanes: then the second waits in the database.
        name = f"{event.channel}|{event.external}" if event.channel else f"{event.address_id}"
        return self._lanes[1 + crc32(name.encode()) % (len(self._lanes) - 1)]

    async def _wait(self, work: Work, lane: Lane) -> object:
        if self._task is None:
            raise RuntimeError("the writer is not started")
        work.done = asyncio.get_running_loop().create_future()
        lane.put(work)
        # Shielded: whoever waits may be cancelled (a client hung up), the work is not.
        return await asyncio.shield(work.done)

    async def stop(self) -> None:
        """Finish what is queued, then close. A lane that died before has told those who waited."""
        try:
            if self._task is not None:
                for lane in self._lanes:
                    lane.drain()
                with suppress(ConnectionLost):
                    await self._task
        finally:
            for book in self._books:
                await book.close()
