"""The calendar of working days as staff keep it over the one this release knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from services.workdays import Calendar, Override, built_in
from storage.queue_models import CalendarYearRow, DayOverrideRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from storage.do import Deed


def calendar(deed: Deed) -> Calendar:
    """Return the calendar of now."""
    rows = deed.session.scalars(select(DayOverrideRow).order_by(DayOverrideRow.id))
    years = deed.session.scalars(select(CalendarYearRow.year))
    return built_in().with_overrides([Override(row.day, row.working, row.reason) for row in rows], years)


def override(deed: Deed, days: Iterable[Override], *, checked: Iterable[int] = ()) -> Calendar:
    """Keep what somebody with authority said of some days, and which years they have checked; return the calendar.

    Whoever calls this computes the open deadlines anew with `services.workdays.recompute`.
    """
    for item in days:
        deed.session.add(DayOverrideRow(day=item.day, working=item.working, reason=item.reason, at=deed.now))
    for year in checked:
        deed.session.merge(CalendarYearRow(year=year, at=deed.now))
    deed.session.flush()
    return calendar(deed)


def lacks_next_year(deed: Deed, today: date) -> bool:
    """Say whether it is December and nobody has checked the next year, neither in this release nor since."""
    return built_in().lacks_next_year(today) and deed.session.get(CalendarYearRow, today.year + 1) is None
