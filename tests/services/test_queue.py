"""The order of the queue and why a number moved: examples, and properties over random histories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.queue import Around, Cause, Forecast, Shift, forecast, scanned, why
from services.regimes import Order, installed

START = datetime(2026, 1, 1, tzinfo=UTC)
RATIO = installed().get("snation_bulletin_2020").order
CATEGORIES = installed().get("snation_voucher_2025").order


def naive(rows: list[tuple[int, int]], order: Order) -> list[int]:
    """The algorithm of the rulebook (§3.2), written as it stands there."""
    if order.policy == "categories":
        return [item for item, _ in sorted(rows, key=lambda row: row[1])]
    out = [item for item, rank in rows if rank == 0]
    first, rest = ([item for item, rank in rows if rank == wanted] for wanted in (1, 2))
    while first or rest:
        out += first[: order.ratio[0]] + rest[: order.ratio[1]]
        first, rest = first[order.ratio[0] :], rest[order.ratio[1] :]
    return out


def around(me: int, rows: list[tuple[int, int]]) -> Around:
    """Rows are (application, rank) by filing; the application's number is its filing order, too."""
    ranks = {rank for _, rank in rows}
    others = [row for row in rows if row[0] != me]
    before = {rank: sum(r == rank for item, r in others if item < me) for rank in ranks}
    return Around(before, {rank: sum(r == rank for _, r in others) for rank in ranks})


orders = st.one_of(
    st.builds(
        lambda first, rest: Order("ratio", per_birth_year=True, ratio=(first, rest)),
        st.integers(1, 3),
        st.integers(1, 4),
    ),
    st.just(CATEGORIES),
)


@given(orders, st.lists(st.integers(0, 2), min_size=1, max_size=40))
def test_a_counted_number_is_the_place_in_the_order_of_the_rulebook(order: Order, ranks: list[int]) -> None:
    rows = list(enumerate(ranks))
    expected = {item: place for place, item in enumerate(naive(rows, order), start=1)}

    assert {item: around(item, rows).place(rank, order) for item, rank in rows} == expected
    assert scanned(rows, order) == expected


#: What happens to the application with this number: it comes, it leaves, it gets another rank.
histories = st.lists(
    st.tuples(st.integers(0, 14), st.one_of(st.none(), st.integers(0, 2)), st.sampled_from(list(Cause))), max_size=40
)


@given(orders, st.lists(st.integers(0, 2), min_size=5, max_size=12), histories)
@settings(max_examples=200)
def test_the_causes_sum_up_to_the_difference(
    order: Order, ranks: list[int], history: list[tuple[int, int | None, Cause]]
) -> None:
    me, queue = 3, dict(enumerate(ranks))
    old = around(me, sorted(queue.items())).place(queue[me], order)
    shifts = []
    for step, (item, rank, cause) in enumerate(history):
        was = queue.pop(item, None)
        if item == me and rank is None:
            rank = was
        if rank is not None:
            queue[item] = rank
        if was != rank:
            at = START + timedelta(minutes=step)
            shifts.append(Shift(item, START + timedelta(seconds=item), was, rank, cause, at))

    moved = why(me, START + timedelta(seconds=me), queue[me], around(me, sorted(queue.items())), shifts, order)

    assert moved.old == old
    assert moved.new == around(me, sorted(queue.items())).place(queue[me], order)
    assert sum(reason.places for reason in moved.reasons) == moved.new - moved.old
    assert all(reason.times for reason in moved.reasons)


def shift(item: int, was: int | None, now: int | None, cause: Cause) -> Shift:
    return Shift(item, START + timedelta(seconds=item), was, now, cause, START)


def test_a_family_with_a_benefit_comes_in_front_and_somebody_leaves() -> None:
    queue = {0: 2, 2: 2, 3: 2, 9: 1}
    shifts = [shift(9, None, 1, Cause.FILED), shift(1, 2, None, Cause.WITHDRAWN)]

    moved = why(3, START + timedelta(seconds=3), 2, around(3, sorted(queue.items())), shifts, RATIO)

    assert (moved.old, moved.new) == (4, 4)
    assert {(item.cause, item.places) for item in moved.reasons} == {(Cause.FILED, 1), (Cause.WITHDRAWN, -1)}


def test_nothing_before_the_own_filing_is_a_movement() -> None:
    shifts = [shift(0, None, 2, Cause.FILED), shift(3, None, 2, Cause.FILED), shift(9, None, 0, Cause.FILED)]

    moved = why(3, START + timedelta(seconds=3), 2, Around({2: 1}, {2: 1, 0: 1}), shifts, RATIO)

    assert (moved.old, moved.new) == (2, 3)
    assert [(item.cause, item.times, item.places) for item in moved.reasons] == [(Cause.FILED, 1, 1)]


@pytest.mark.parametrize(
    ("weeks", "left", "months"),
    [(7, range(49), None), (16, (), None), (16, range(50), None), (16, range(0, 112, 4), Forecast(4, 5))],
)
def test_a_forecast_needs_eight_weeks_and_movement_in_both_halves(
    weeks: int, left: range, months: Forecast | None
) -> None:
    now = START + timedelta(weeks=weeks)

    assert forecast(30, [START + timedelta(days=day) for day in left], START, now) == months
