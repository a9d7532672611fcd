"""Working hours of the contact centre: data that supervisors edit, and the clocks that run only inside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.refused import Refused

ALMATY: Final = ZoneInfo("Asia/Almaty")
DAY_MINUTES: Final = 24 * 60
#: Longer than any holidays; hours that are never open must not be searched for ever.
SEARCHED_DAYS: Final = 60


@dataclass(frozen=True)
class Span:
    """Open from one minute of a day to another."""

    opens: int
    closes: int

    @classmethod
    def parse(cls, text: str) -> Span | None:
        """Return "9:00-18:00" as a span, nothing for an empty text; refuse `err.desk.hours` otherwise."""
        if not text.strip():
            return None
        try:
            opens, closes = (_minutes(part) for part in text.replace("–", "-").split("-"))
        except ValueError:
            raise Refused("err.desk.hours") from None
        if not opens < closes <= DAY_MINUTES:
            raise Refused("err.desk.hours")
        return cls(opens, closes)

    def __str__(self) -> str:
        return f"{clock(self.opens)}–{clock(self.closes)}"


def _minutes(text: str) -> int:
    hours, minutes = text.strip().split(":")
    if not 0 <= int(minutes) < 60 or not 0 <= int(hours) <= 24:  # noqa: PLR2004 - of an hour, of a day
        raise ValueError(text)
    return int(hours) * 60 + int(minutes)


def clock(minutes: int) -> str:
    """Return a minute of the day as people write it."""
    return f"{minutes // 60}:{minutes % 60:02}"


NINE_TO_SIX: Final = Span(9 * 60, 18 * 60)


@dataclass(frozen=True)
class Hours:
    """The week, Monday first, and the days that are closed whatever the week says."""

    week: tuple[Span | None, ...] = (*(NINE_TO_SIX,) * 5, None, None)
    closed: frozenset[date] = frozenset()

    def on(self, day: date) -> Span | None:
        """Return when this day is open."""
        return None if day in self.closed else self.week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        """Say whether somebody is there at this instant."""
        local = at.astimezone(ALMATY)
        span = self.on(local.date())
        return span is not None and span.opens <= local.hour * 60 + local.minute < span.closes

    def after(self, start: datetime, minutes: float) -> datetime:
        """Return the instant so many working minutes later: the clocks of journeys §2.2 stand still at night."""
        left = timedelta(minutes=minutes)
        for opens, closes in self._spans(start):
            begins = max(opens, start)
            if begins + left <= closes:
                return begins + left
            left -= max(closes - begins, timedelta())
        return start + left

    def opens_at(self, at: datetime) -> datetime | None:
        """Return when somebody is there next, `at` itself if now."""
        return next((max(opens, at) for opens, closes in self._spans(at) if closes > at), None)

    def _spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        first = start.astimezone(ALMATY).date()
        for ahead in range(SEARCHED_DAYS):
            day = first + timedelta(days=ahead)
            if (span := self.on(day)) is not None:
                midnight = datetime.combine(day, time(), ALMATY)
                yield midnight + timedelta(minutes=span.opens), midnight + timedelta(minutes=span.closes)

    def runs(self) -> list[tuple[int, int, Span]]:
        """Return the week in runs of days that are alike: (first, last, span)."""
        found: list[tuple[int, int, Span]] = []
        for day, span in enumerate(self.week):
            if span is None:
                continue
            if found and found[-1][1] == day - 1 and found[-1][2] == span:
                found[-1] = (found[-1][0], day, span)
            else:
                found.append((day, day, span))
        return found
