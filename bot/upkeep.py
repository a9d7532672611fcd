"""What must be looked after by the clock: events to take again, jobs outside, drafts that have lived their days."""

from __future__ import annotations

import asyncio
import logging
from datetime import date, datetime, timedelta
from typing import Final

from bot.metrics import Metrics
from bot.registry_http import HttpRegistry
from dialogs.engine import conversation
from dialogs.engine.drafts import expires_at, fresh_drafts
from services.workdays import ALMATY
from storage import drafts, failures
from storage.calendar import lacks_next_year
from storage.do import Deed
from storage.inbox import Inbox, Waiting
from storage.writer import Writer

log = logging.getLogger(__name__)

#: Counting walks through whole tables, and nobody is answered while the writer counts.
MEASURE_EVERY: Final = timedelta(seconds=60)


class Upkeep:
    """Idempotent: any number of ticks, in any number of processes, leave the same."""

    def __init__(self, writer: Writer, metrics: Metrics, registry: HttpRegistry | None) -> None:
        self._writer, self._metrics, self._registry = writer, metrics, registry
        self._busy = asyncio.Lock()
        self._asking: set[asyncio.Task[None]] = set()
        self._measured: datetime | None = None
        #: The day on which the missing calendar was last said.
        self._missed: date | None = None

    def wake(self) -> None:
        """A batch was committed: a job in it should not wait for the next second."""
        if not self._asking:
            self._ask()

    async def once(self) -> None:
        """Do what is due now. An ask that takes long holds up nobody else's."""
        self._ask()
        async with self._busy:
            await self._take_again()
            await self._writer.deed(_forget_old_drafts, wakes=False)
            await self._writer.deed(self._measure, wakes=False)

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

    def _measure(self, deed: Deed) -> None:
        if self._measured is not None and self._measured <= deed.now < self._measured + MEASURE_EVERY:
            return
        self._measured = deed.now

        def count(sql: str) -> int:
            return int(deed.db.execute(sql).fetchone()[0])

        self._metrics.waiting.set(count("SELECT count(*) FROM inbox WHERE state='retry'"))
        self._metrics.dead.set(count("SELECT count(*) FROM inbox WHERE state='dead'"))
        self._metrics.planned.set(count("SELECT count(*) FROM outbox WHERE state='planned' AND kind<>'frame'"))
        self._metrics.doubtful.set(count("SELECT count(*) FROM outbox WHERE maybe_duplicate=1"))
        self._watch_calendar(deed)

    def _watch_calendar(self, deed: Deed) -> None:
        """From 1 December on somebody must have checked which days of the next year were moved (domain.md §6)."""
        today = deed.now.astimezone(ALMATY).date()
        lacks = lacks_next_year(deed, today)
        self._metrics.no_calendar.set(lacks)
        if lacks and self._missed != today:
            log.error("nobody has checked the working days of the next year", extra={"year": today.year + 1})
            self._missed = today


def _forget_old_drafts(deed: Deed) -> None:
    """Wipe the drafts of people who never came back; nothing is said (journeys §0.6)."""
    for stored in drafts.expired(deed):
        talk = conversation.load(stored.values.get("talk", {}))
        kept = fresh_drafts(talk, deed.now)
        values = stored.values | {"talk": conversation.dump(kept)}
        drafts.keep(deed, stored.person, values, expires_at=expires_at(kept))
