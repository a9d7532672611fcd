"""The one door for writes: turns and deeds queue at a lane, a lane runs them in batches, a book keeps them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

from storage.events import Answer, Event

if TYPE_CHECKING:
    from storage.do import Deed

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH: Final = 256


class ConnectionLost(Exception):
    """The write connection is gone; the process ends, the inbox and the provider repeat."""


@dataclass(eq=False)
class Work:
    """One turn or one deed waiting at a lane."""

    event: Event | None = None
    deed: Callable[[Deed], object] | None = None
    #: The stored row of an event that is taken again.
    again: int | None = None
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
        """Run a prefix of `works` in one transaction and return one outcome for each that was run."""
        ...

    async def close(self) -> None: ...


class Lane:
    """Takes whatever queued while its last commit ran; a failed batch is run again one by one."""

    def __init__(self, book: Book, woken: Callable[[], None]) -> None:
        self._book, self._woken = book, woken
        self._queue: asyncio.Queue[Work | None] = asyncio.Queue()

    def put(self, work: Work) -> None:
        self._queue.put_nowait(work)

    def drain(self) -> None:
        """Ask the lane to end after what is queued; a lane is never cancelled (writer.md §4)."""
        self._queue.put_nowait(None)

    async def run(self) -> None:
        rest: list[Work] = []
        ending = False
        while not ending or rest:
            works, ending = await self._queued(rest, ending=ending)
            if not works:
                break
            outcomes = await self._outcomes(works)
            rest = works[len(outcomes) :]
            _deliver(works, outcomes)
            self._woken()

    async def _queued(self, rest: list[Work], *, ending: bool) -> tuple[list[Work], bool]:
        works = list(rest)
        while len(works) < BATCH and not ending:
            if works and self._queue.empty():
                break
            work = await self._queue.get()
            if work is None:
                ending = True
            else:
                works.append(work)
        return works, ending

    async def _outcomes(self, works: list[Work]) -> list[Outcome]:
        try:
            return await self._book.batch(works)
        except ConnectionLost:
            raise
        except Exception:
            log.exception("a batch failed as a whole, running it one by one")
            return await self._one_by_one(works)

    async def _one_by_one(self, works: list[Work]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for work in works:
            try:
                outcomes += await self._book.batch([work])
            except ConnectionLost:
                raise
            except Exception as failed:  # noqa: BLE001 - handed to whoever waits for this work
                outcomes.append(Outcome(error=failed))
        return outcomes


def _deliver(works: list[Work], outcomes: list[Outcome]) -> None:
    """Only now may anybody see or send anything."""
    for work, outcome in zip(works, outcomes, strict=False):
        if work.done is None or work.done.done():
            continue  # nobody waits, or whoever waited has gone; what was written stays
        if outcome.error is not None:
            work.done.set_exception(outcome.error)
        else:
            work.done.set_result(outcome.value)


class Writer:
    """`turn` for what people and providers say, `deed` for everything else that writes."""

    def __init__(self, book: Book, woken: Callable[[], None] = lambda: None) -> None:
        self._book = book
        self._lane = Lane(book, woken)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the book and begin to take work."""
        await self._book.open()
        self._task = asyncio.get_running_loop().create_task(self._lane.run(), name="writer lane")

    @property
    def task(self) -> asyncio.Task[None]:
        """The running lane; it ends only by draining or with a lost connection."""
        if self._task is None:
            raise RuntimeError("the writer is not started")
        return self._task

    async def turn(self, event: Event, *, again: int | None = None) -> Answer:
        """Return what became of the event, after the commit that keeps it."""
        return cast("Answer", await self._wait(Work(event=event, again=again)))

    async def deed(self, work: Callable[[Deed], T]) -> T:
        """Return what `work` returned, after the commit; Refused travels through the await."""
        return cast("T", await self._wait(Work(deed=work)))

    async def _wait(self, work: Work) -> object:
        if self.task.done():
            raise ConnectionLost
        work.done = asyncio.get_running_loop().create_future()
        self._lane.put(work)
        # Shielded: whoever waits may be cancelled (a client hung up), the work is not.
        return await asyncio.shield(work.done)

    async def stop(self) -> None:
        """Finish what is queued, then close."""
        if self._task is not None:
            self._lane.drain()
            await self._task
        await self._book.close()
