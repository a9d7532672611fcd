"""The number in the queue: counted whenever it is asked for, never stored; and why it moved.

Every event that changes the order is a row with its cause. Undoing them one by one, newest first, splits the
difference of two numbers into causes that sum up to it exactly. Source: A7, domain.md §3.2, §3.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.regimes import Order


class Cause(StrEnum):
    """Why an application came into the order, left it, or stands elsewhere in it."""

    FILED = "filed"
    WITHDRAWN = "withdrawn"
    BENEFIT = "benefit"  # a priority category was given, taken away or expired
    REFRESHED = "refreshed"  # categories anew by age, once a year (V10)
    PLACED = "placed"  # a place or a voucher was taken
    REMOVED_AGE = "removed_age"  # AG2
    REMOVED_LAPSES = "removed_lapses"  # C5
    RETURNED = "returned"  # back in the queue


@dataclass(frozen=True)
class Around:
    """How many others stand around an application, by rank: filed before it, and in all."""

    before: Mapping[int, int]
    total: Mapping[int, int]

    def place(self, rank: int, order: Order) -> int:
        """Return the number somebody of this rank has among them."""
        return order.place(rank, self.before, self.total)


@dataclass(frozen=True)
class Shift:
    """One change of the order: an application went from one rank to another; nothing is outside the queue."""

    application: int
    filed_at: datetime
    was: int | None
    now: int | None
    cause: Cause
    at: datetime


@dataclass(frozen=True)
class Reason:
    """A cause, how often it happened, and by how many places it moved the number in all."""

    cause: Cause
    times: int
    places: int


@dataclass(frozen=True)
class Movement:
    """A number then and now, and the causes between; their places sum up to the difference."""

    old: int
    new: int
    reasons: tuple[Reason, ...]


def why(
    application: int, filed_at: datetime, rank: int, around: Around, shifts: Sequence[Shift], order: Order
) -> Movement:
    """Return how the number came to be what it is since before the first of `shifts` (oldest first, same queue).

    The application's own filing is no movement: nothing before it is looked at.
    """
    new = number = around.place(rank, order)
    before, total = Counter(around.before), Counter(around.total)
    times: Counter[Cause] = Counter()
    places: Counter[Cause] = Counter()
    for shift in reversed(shifts):
        if shift.application == application:
            if shift.was is None:
                break
            rank = shift.was
        else:
            is_before = (shift.filed_at, shift.application) < (filed_at, application)
            for counted in (total, before) if is_before else (total,):
                _undo(counted, shift)
        earlier = order.place(rank, before, total)
        if earlier != number:
            times[shift.cause] += 1
            places[shift.cause] += number - earlier
        number = earlier
    reasons = (Reason(cause, times[cause], places[cause]) for cause in times)
    return Movement(number, new, tuple(sorted(reasons, key=lambda item: -abs(item.places))))


def _undo(counted: Counter[int], shift: Shift) -> None:
    if shift.now is not None:
        counted[shift.now] -= 1
    if shift.was is not None:
        counted[shift.was] += 1


#: A forecast needs this much history (journeys §1.22).
FORECAST_FROM: Final = timedelta(weeks=8)
_MONTH_DAYS: Final = 30.4


@dataclass(frozen=True)
class Forecast:
    """A range of months: an estimate from how the queue moved, never a promise."""

    from_months: int
    to_months: int


def forecast(number: int, left: Iterable[datetime], since: datetime, now: datetime) -> Forecast | None:
    """Return how long it may take: `left` are the instants at which somebody ahead left the queue since `since`.

    Nothing where the history is shorter than eight weeks or nobody left. The range is that of the slower and the
    quicker half of the history.
    """
    if now - since < FORECAST_FROM:
        return None
    middle = since + (now - since) / 2
    moments = list(left)
    days = (now - since).days / 2
    halves = (sum(at < middle for at in moments), sum(at >= middle for at in moments))
    if not all(halves):
        return None
    months = sorted(max(1, round(number * days / count / _MONTH_DAYS)) for count in halves)
    return Forecast(months[0], max(months[1], months[0] + 1))


def scanned(rows: Iterable[tuple[int, int]], order: Order) -> dict[int, int]:
    """Return every number of one queue; `rows` are (application, rank), each rank in the order of filing.

    One ordered scan: what a monthly mailing uses instead of a million single counts (performance.md §5).
    """
    lines: dict[int, list[int]] = {}
    for application, rank in rows:
        lines.setdefault(rank, []).append(application)
    if order.policy == "categories":
        merged = [application for rank in sorted(lines) for application in lines[rank]]
    else:
        merged = [*lines.get(0, []), *_merged(lines.get(1, []), lines.get(2, []), order.ratio)]
    return {application: place for place, application in enumerate(merged, start=1)}


def _merged(first: list[int], rest: list[int], ratio: tuple[int, int]) -> list[int]:
    merged: list[int] = []
    some_first, some_rest = ratio
    rounds = max(-(-len(first) // some_first), -(-len(rest) // some_rest))
    for at in range(rounds):
        merged += first[at * some_first : (at + 1) * some_first]
        merged += rest[at * some_rest : (at + 1) * some_rest]
    return merged
