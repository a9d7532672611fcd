"""What must be looked after by the clock: events to take again, jobs outside, answers that have lived their days."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from bot.desk import Desk
from bot.files import Shelf
from bot.metrics import Metrics
from bot.registry_http import HttpRegistry
from dialogs.engine import conversation
from dialogs.engine.drafts import expires_at, fresh_drafts
from services.workdays import ALMATY
from storage import audit, delivery, drafts, failures, family, files, retention, tabels
from storage.calendar import lacks_next_year
from storage.do import Deed
from storage.inbox import Inbox, Waiting
from storage.models import micros
from storage.writer import Writer

log = logging.getLogger(__name__)

#: Counting walks through whole tables, and nobody is answered while the writer counts.
MEASURE_EVERY: Final = timedelta(seconds=60)
#: How long an act of the record may go unsealed.
SEAL_EVERY: Final = timedelta(hours=1)
#: How often what has lived its time is looked for.
RETAIN_EVERY: Final = timedelta(days=1)
#: A file that no turn has taken by then is taken by none.
ORPHANS_LIVE: Final = timedelta(days=7)
#: So many files are looked up at once.
SLICE: Final = 500


class Upkeep:
    """Idempotent: any number of ticks, in any number of processes, leave the same."""

    def __init__(
        self,
        writer: Writer,
        metrics: Metrics,
        registry: HttpRegistry | None,
        desk: Desk | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        self._writer, self._metrics, self._registry, self._desk = writer, metrics, registry, desk
        self._shelf = shelf
        self._swept: float | None = None
        self._busy = asyncio.Lock()
        self._asking: set[asyncio.Task[None]] = set()
        self._measured: datetime | None = None
        #: The day on which the missing calendar was last said.
        self._missed: date | None = None
        self._retained: datetime | None = None
        #: The end of the last window up to which all missed months were looked at.
        self._annulled: datetime | None = None
        #: What else is due by the clock, each in a deed of its own.
        self.also: list[Callable[[Deed], object]] = []

    def wake(self) -> None:
        """A batch was committed: a job in it should not wait for the next second."""
        if not self._asking:
            self._ask()

    async def once(self) -> None:
        """Do what is due now. An ask that takes long holds up nobody else's."""
        self._ask()
        async with self._busy:
            await self._take_again()
            await self._writer.deed(forget_old_answers, wakes=False)
            await self._writer.deed(delivery.forget, wakes=False)
            for work in self.also:
                await self._writer.deed(work, wakes=False)
            if self._desk is not None:
                await self._writer.deed(self._desk.tick, wakes=False)
            await self._writer.deed(family.expire, wakes=False)
            await self._writer.deed(_seal_the_record, wakes=False)
            await self._annul()
            await self._writer.deed(self._retain, wakes=False)
            await self._writer.deed(self._measure, wakes=False)
            await self._sweep()

    async def _take_again(self) -> None:
        # Of each person the first only, so they do not touch each other and may share a commit.
        due = await self._writer.deed(lambda deed: Inbox(deed.db, deed.world).due(), wakes=False)
        await asyncio.gather(*(self._again(waiting) for waiting in due))

    async def _again(self, waiting: Waiting) -> None:
        answer = await self._writer.turn(waiting.event, again=waiting.row)
        log.info("taken again", extra={"inbox": waiting.row, "fate": answer.fate.value})

    def _ask(self) -> None:
        if self._registry is None:
            return
        task = asyncio.get_running_loop().create_task(self._ask_registry(self._registry))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask_registry(self, registry: HttpRegistry) -> None:
        try:
            await registry.work()
        except Exception as failed:  # noqa: BLE001 - said; the job is still there, the next tick asks again
            failures.report(log, "the registry could not be asked", failed)

    async def _sweep(self) -> None:
        """Take away files that nobody has. A turn that failed is taken again for a day, so a week is long enough."""
        now = time.monotonic()
        if self._shelf is None or (self._swept is not None and now < self._swept + RETAIN_EVERY.total_seconds()):
            return
        old = await asyncio.to_thread(self._shelf.older_than, ORPHANS_LIVE)
        for start in range(0, len(old), SLICE):
            part = old[start : start + SLICE]
            lost = await self._writer.deed(partial(files.orphans, tokens=part), wakes=False)
            await asyncio.to_thread(self._shelf.drop, lost)
        self._swept = now

    async def _annul(self) -> None:
        """Annul vouchers whose months were missed in a row: once after each window, and after any outage at once."""
        after, annulled = 0, 0
        while True:
            ended, after, found = await self._writer.deed(partial(self._annul_slice, after=after), wakes=False)
            annulled += found
            if not after:
                break
        # Only now: a pass that failed half-way begins again.
        self._annulled = ended
        if annulled:
            log.info("vouchers annulled", extra={"vouchers": annulled})

    def _annul_slice(self, deed: Deed, *, after: int) -> tuple[datetime | None, int, int]:
        """Return up to which window all was looked at, where to go on (0: all is done), and how many were annulled."""
        ended = tabels.last_end(deed.world.regimes.all.values(), deed.now)
        if ended is None or (not after and ended == self._annulled):
            return ended, 0, 0
        return ended, *tabels.annul(deed, after)

    def _retain(self, deed: Deed) -> None:
        if self._retained is not None and self._retained <= deed.now < self._retained + RETAIN_EVERY:
            return
        if retention.run(deed) == 0:  # else there may be more: look again at the next tick
            self._retained = deed.now

    def _measure(self, deed: Deed) -> None:
        if self._measured is not None and self._measured <= deed.now < self._measured + MEASURE_EVERY:
            return
        self._measured = deed.now

        def count(sql: str, *values: object) -> int:
            return int(deed.db.execute(sql, values).fetchone()[0])

        self._metrics.waiting.set(count("SELECT count(*) FROM inbox WHERE state='retry'"))
        self._metrics.dead.set(count("SELECT count(*) FROM inbox WHERE state='dead'"))
        # What is planned for later is not late: reminders wait for days.
        due = "SELECT count(*) FROM outbox WHERE state='planned' AND kind<>'frame' AND due_at<=?"
        self._metrics.planned.set(count(due, micros(deed.now)))
        self._metrics.doubtful.set(count("SELECT count(*) FROM outbox WHERE maybe_duplicate=true"))
        self._watch_calendar(deed)

    def _watch_calendar(self, deed: Deed) -> None:
        """From 1 December on somebody must have checked which days of the next year were moved (domain.md §6)."""
        today = deed.now.astimezone(ALMATY).date()
        lacks = lacks_next_year(deed, today)
        self._metrics.no_calendar.set(lacks)
        if lacks and self._missed != today:
            log.error("nobody has checked the working days of the next year", extra={"year": today.year + 1})
            self._missed = today


def _seal_the_record(deed: Deed) -> None:
    """Seal what was noted in the last hour; the mac goes into the log, where nobody of the database takes it back."""
    sealed_at = audit.sealed_at(deed)
    if sealed_at is not None and deed.now < sealed_at + SEAL_EVERY:
        return
    mac = audit.seal(deed)
    if audit.sealed_at(deed) == deed.now:
        log.info("the audit record is sealed", extra={"seal": mac})


def forget_old_answers(deed: Deed) -> None:
    """Wipe the answers of people who never came back, put aside or left standing; nothing is said (journeys §0.6)."""
    for stored in drafts.expired(deed):
        talk = fresh_drafts(conversation.load(stored.values.get("talk", {})), deed.now)
        values = stored.values | {"talk": conversation.dump(talk)}
        drafts.keep(deed, stored.person, values, expires_at=expires_at(talk))
