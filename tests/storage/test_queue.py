"""Queues in a real database: numbers are counted, causes are kept, and both agree."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.applications import Status
from services.queue import Cause, why
from services.regimes import installed
from services.workdays import Override, built_in
from storage import calendar, queue
from storage.do import Deed
from storage.queue_models import ApplicationRow
from tests.city import START, City
from tests.queues import ALMATY_CITY, KENTAU, stand

REGIMES = installed()


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    yield made
    made.close()


def rows(deed: Deed) -> list[ApplicationRow]:
    return list(deed.session.scalars(select(ApplicationRow).order_by(ApplicationRow.id)))


def number(deed: Deed, row: ApplicationRow) -> int:
    order = REGIMES.get(row.regime).order
    return queue.around(deed.session, row).place(row.rank or 0, order)


def numbers(deed: Deed) -> dict[int, int]:
    return dict(queue.all_numbers(deed.session, REGIMES))


def test_out_of_turn_first_then_one_of_the_first_priority_to_three_of_the_rest(city: City) -> None:
    stand(city, ["", "", "large_family", "", "", "military", "orphan", ""])

    order = city.deed(lambda deed: [number(deed, row) for row in rows(deed)])

    assert order == [3, 4, 2, 5, 7, 1, 6, 8]


def test_each_birth_year_and_each_locality_is_a_queue_of_its_own(city: City) -> None:
    stand(city, ["", ""])
    stand(city, [""], year=2022, first=10)
    stand(city, ["", "military"], kato=ALMATY_CITY, first=20)
    stand(city, ["teacher"], kato=ALMATY_CITY, year=2022, first=30)

    assert city.deed(lambda deed: [number(deed, row) for row in rows(deed)]) == [1, 2, 1, 3, 1, 2]


def test_one_number_and_all_numbers_agree(city: City) -> None:
    lot = random.Random(5)
    stand(city, [lot.choice(["", "", "", "orphan", "military"]) for _ in range(60)])
    stand(city, [lot.choice(["", "teacher", "military"]) for _ in range(30)], kato=ALMATY_CITY, first=100)

    def both(deed: Deed) -> tuple[dict[int, int], dict[int, int]]:
        return {row.id: number(deed, row) for row in rows(deed)}, numbers(deed)

    single, scanned = city.deed(both)
    assert single == scanned
    assert len(single) == 90


def test_the_causes_of_a_random_history_sum_up_to_the_difference(city: City) -> None:
    lot = random.Random(11)
    stand(city, [lot.choice(["", "", "orphan", "military"]) for _ in range(25)])
    mine = city.deed(lambda deed: rows(deed)[12].id)
    old, since = city.deed(numbers), START

    def happen(deed: Deed) -> None:
        row = deed.session.get_one(ApplicationRow, lot.choice([at for at in range(1, 26) if at != mine]))
        what = lot.randrange(4)
        if what == 0:
            queue.change_benefit(deed, row, lot.choice(["", "orphan", "military"]))
        elif row.rank is not None:
            queue.change(deed, row, lot.choice([Status.ENROLLED, Status.REMOVED_BY_PARENT]), Cause.WITHDRAWN)
        else:
            queue.change(deed, row, Status.QUEUED, Cause.RETURNED)

    for step in range(40):
        city.clock.move(minutes=1)
        city.deed(happen)
        if step == 20:
            stand(city, ["orphan", "military", ""], first=50, since=city.clock.at)

    def moved(deed: Deed) -> Any:
        row = deed.session.get_one(ApplicationRow, mine)
        shifts = list(queue.shifts_of(deed.session, row.queue, since))
        order = REGIMES.get(row.regime).order
        return why(row.id, row.filed_at, row.rank or 0, queue.around(deed.session, row), shifts, order)

    movement = city.deed(moved)
    assert movement.old == old[mine]
    assert movement.new == city.deed(numbers)[mine]
    assert sum(reason.places for reason in movement.reasons) == movement.new - movement.old


def test_a_rejected_benefit_returns_to_the_general_queue_by_its_date(city: City) -> None:
    stand(city, ["", "military", ""])

    def reject(deed: Deed) -> list[int]:
        queue.change_benefit(deed, rows(deed)[1], "")
        return [number(deed, row) for row in rows(deed)]

    assert city.deed(reject) == [1, 2, 3]


def test_who_left_and_comes_back_stands_where_the_filing_puts_them(city: City) -> None:
    stand(city, ["", "", ""])

    def leave_and_return(deed: Deed) -> tuple[dict[int, int], dict[int, int]]:
        first = rows(deed)[0]
        queue.change(deed, first, Status.REFERRAL, Cause.PLACED)
        gone = numbers(deed)
        queue.change(deed, first, Status.QUEUED, Cause.RETURNED)
        return gone, numbers(deed)

    assert city.deed(leave_and_return) == ({2: 1, 3: 2}, {1: 1, 2: 2, 3: 3})


def test_a_number_is_counted_from_the_index_alone(city: City) -> None:
    stand(city, [""])
    statement = queue.around_statement(f"snation_bulletin_2020|{KENTAU}|2021", START, 5)

    def plan(deed: Deed) -> str:
        sql = statement.compile(deed.session.connection(), compile_kwargs={"literal_binds": True})
        return str(deed.db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())

    assert "COVERING INDEX ix_application_queue" in city.deed(plan)


def test_what_staff_say_of_a_day_lies_over_the_calendar_of_the_release(city: City) -> None:
    day = (START + timedelta(days=3)).date()
    free, working = Override(day, working=False, reason="decree"), Override(day, working=True)

    assert city.deed(calendar.calendar).version == built_in().version
    assert not city.deed(lambda deed: calendar.override(deed, [free])).is_working(day)
    last = city.deed(lambda deed: calendar.override(deed, [working], checked=[2027]))
    assert last.is_working(day)
    assert not last.lacks_next_year(day.replace(month=12))
