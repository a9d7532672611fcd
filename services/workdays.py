"""Working days of Kazakhstan: the law's days off, the government's swaps over them, and what is counted with both.

Everything is computed in Asia/Almaty. Source: domain.md §6.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from services.regimes import Term, Unit

ALMATY: Final = ZoneInfo("Asia/Almaty")
BUILT_IN: Final = Path(__file__).with_name("workdays.toml")
#: A deadline is the last second of its day.
DAY_ENDS: Final = time(23, 59, 59)
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
#: From this day on the next year's swaps should be known.
_ALARM_FROM: Final = (12, 1)


@dataclass(frozen=True)
class Override:
    """One day that somebody with authority made working or free."""

    day: date
    working: bool
    reason: str = ""


@dataclass(frozen=True)
class Calendar:
    """The law's calendar with the overrides known so far."""

    overrides: Mapping[date, bool] = field(default_factory=dict)
    #: Years whose swaps somebody has checked.
    years: frozenset[int] = frozenset()

    @cached_property
    def version(self) -> str:
        """A short name of exactly these overrides: stored with each deadline that was computed by them."""
        lines = ";".join(f"{day}={int(working)}" for day, working in sorted(self.overrides.items()))
        return hashlib.sha256(lines.encode()).hexdigest()[:12]

    def is_working(self, day: date) -> bool:
        """Say whether a day is a working day."""
        if day in self.overrides:
            return self.overrides[day]
        return day.weekday() < _SATURDAY and day not in _days_off(day.year)

    def after(self, day: date, n: int) -> date:
        """Return the n-th working day after `day`, which itself is not counted (§6.4)."""
        while n:
            day += _DAY
            n -= self.is_working(day)
        return day

    def on_or_after(self, day: date) -> date:
        """Return the first working day from `day` on."""
        while not self.is_working(day):
            day += _DAY
        return day

    def due(self, event: datetime, term: Term) -> datetime:
        """Return the instant a term that `event` started ends: the last second of its last day, or the very hour."""
        if term.unit is Unit.HOUR:
            return event + timedelta(hours=term.n)
        day = event.astimezone(ALMATY).date()
        last = self.after(day, term.n) if term.unit is Unit.WORKING_DAY else day + timedelta(days=term.n)
        return datetime.combine(last, DAY_ENDS, ALMATY)

    def safe_date(self, event: datetime, term: Term) -> date:
        """Return the day strong reminders lead to: as if the day of the event counted when it is a working day.

        The law does not say whether it counts, so nobody may be told too late (§6.4).
        """
        day = event.astimezone(ALMATY).date()
        if term.unit is Unit.WORKING_DAY:
            return self.after(day, term.n - self.is_working(day)) if term.n > 1 else day
        last = self.due(event, term).astimezone(ALMATY).date()
        return last - _DAY if term.unit is Unit.CALENDAR_DAY else last

    def left(self, today: date, last: date) -> int:
        """Return how many working days there are from `today` to `last`, both counted."""
        days = (today + timedelta(days=ahead) for ahead in range((last - today).days + 1))
        return sum(self.is_working(day) for day in days)

    def lacks_next_year(self, today: date) -> bool:
        """Say whether it is December and nobody has checked the next year's swaps yet: raise the alarm."""
        return (today.month, today.day) >= _ALARM_FROM and today.year + 1 not in self.years

    def with_overrides(self, overrides: Iterable[Override], years: Iterable[int] = ()) -> Calendar:
        """Return the same calendar with later words over it."""
        said = {item.day: item.working for item in overrides}
        return Calendar({**self.overrides, **said}, self.years | frozenset(years))


@dataclass(frozen=True)
class Deadline:
    """A deadline somebody was told: what started it, which term, and by which calendar it was computed."""

    id: int
    event_at: datetime
    term: Term
    due_at: datetime
    calendar: str


@dataclass(frozen=True)
class Moved:
    """A deadline as the new calendar has it.."""

    deadline: Deadline
    due_at: datetime
    calendar: str

    @property
    def is_news(self) -> bool:
        """Whether the family is to be told: the day is another one."""
        return self.due_at != self.deadline.due_at


def recompute(open_deadlines: Iterable[Deadline], calendar: Calendar) -> list[Moved]:
    """Return the open deadlines computed by another calendar; those with `is_news` concern a family.

    A deadline never becomes earlier than what its family was told: an earlier day is not taken over.
    Running it again changes nothing. Source: domain.md §11 (engine), §6.4.
    """
    moved = []
    for deadline in open_deadlines:
        if deadline.calendar == calendar.version:
            continue
        due = max(calendar.due(deadline.event_at, deadline.term), deadline.due_at)
        moved.append(Moved(deadline, due, calendar.version))
    return moved


@cache
def built_in() -> Calendar:
    """Return the calendar this release knows; raise where its file cannot be read."""
    return read(BUILT_IN.read_text(encoding="utf-8"))


def read(text: str) -> Calendar:
    """Return a calendar from an overlay file."""
    raw = tomllib.loads(text)
    overrides = (Override(item["day"], item["working"], item.get("reason", "")) for item in raw.get("days", ()))
    return Calendar().with_overrides(overrides, raw["years"])


@cache
def _days_off(year: int) -> frozenset[date]:
    """The library's days of one year. Before 0.101 it does not know the Constitution Day of 2027 (§6.2)."""
    from holidays.countries.kazakhstan import Kazakhstan

    return frozenset(Kazakhstan(years=year))
