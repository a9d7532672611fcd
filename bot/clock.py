"""Time: the wall clock, the demo's movable one, and APScheduler's ticks, which remember nothing."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

ALMATY: Final = ZoneInfo("Asia/Almaty")
TICK_SECONDS: Final = 1


class WallClock:
    """The machine's time, UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """The demo's time: starts where it is told, runs on, jumps where it is sent; a restart goes on from there."""

    def __init__(self, start: datetime, kept: Path | None = None) -> None:
        self._kept = kept
        self._ahead = _read(kept) if kept and kept.exists() else start - datetime.now(UTC)
        # Kept from the first instant: time that began anew at every start would put old messages behind new ones.
        self._keep()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def move(self, to: datetime) -> None:
        """Jump to an instant."""
        self._ahead = to.astimezone(UTC) - datetime.now(UTC)
        self._keep()

    def _keep(self) -> None:
        if self._kept is not None:
            # Whole or not at all: whoever is killed while writing must be able to start again.
            written = self._kept.with_suffix(".new")
            written.write_text(json.dumps({"ahead_seconds": self._ahead.total_seconds()}))
            written.replace(self._kept)


def _read(kept: Path) -> timedelta:
    return timedelta(seconds=json.loads(kept.read_text())["ahead_seconds"])


def ticks(tick: Callable[[], Awaitable[None]]) -> AsyncIOScheduler:
    """Return a scheduler that calls `tick` every second. Ticks are hints: what is due is in the tables."""
    scheduler = AsyncIOScheduler(
        timezone=ALMATY, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 30}
    )
    scheduler.add_job(tick, "interval", seconds=TICK_SECONDS)
    return scheduler


def must_be_utc_plus_five() -> None:
    """Raise if the time zone data is older than 2024a: deadlines would close an hour early."""
    offset = datetime(2026, 11, 20, tzinfo=ALMATY).utcoffset()
    if offset != timedelta(hours=5):
        raise RuntimeError("time zone data is too old: install tzdata 2024a or newer (Asia/Almaty must be UTC+5)")
