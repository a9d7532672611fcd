"""The desk's hours and holidays as data: the release's own, and over them what supervisors wrote."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import holidays
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.hours import Hours, Span
from storage.desk_models import DeskDayRow, DeskHolidayRow

if TYPE_CHECKING:
    from storage.do import Deed

#: Holidays known by rule; what a decree moves is written over them.
YEARS = range(2026, 2031)


@lru_cache(maxsize=1)
def by_rule() -> frozenset[date]:
    """Return Kazakhstan's public holidays."""
    return frozenset(holidays.country_holidays("KZ", years=YEARS))


def read(session: Session) -> Hours:
    """Return the hours as they stand."""
    week = list(Hours().week)
    for row in session.scalars(select(DeskDayRow)):
        week[row.weekday] = Span.parse(row.span)
    changed = {row.day: row.worked for row in session.scalars(select(DeskHolidayRow))}
    closed = (by_rule() | changed.keys()) - {day for day, worked in changed.items() if worked}
    return Hours(tuple(week), frozenset(closed))


def set_day(deed: Deed, weekday: int, span: Span | None) -> None:
    """Write the hours of one weekday; nothing closes it."""
    deed.session.merge(DeskDayRow(weekday=weekday, span=str(span) if span else ""))
    deed.session.flush()


def set_holiday(deed: Deed, day: date, *, worked: bool) -> None:
    """Write that a day is closed, or worked although it is a holiday."""
    deed.session.merge(DeskHolidayRow(day=day, worked=worked))
    deed.session.flush()


def written(session: Session) -> list[tuple[date, bool]]:
    """Return the days supervisors wrote, with whether they are worked."""
    return [(row.day, row.worked) for row in session.scalars(select(DeskHolidayRow).order_by(DeskHolidayRow.day))]
