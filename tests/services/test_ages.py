"""Ages on a day, group years and the seventh birthday."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import ages

TODAY = date(2026, 11, 20)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [
        pytest.param(date(2023, 3, 15), TODAY, 3, id="Alikhan"),
        pytest.param(date(2020, 11, 20), TODAY, 6, id="on the birthday"),
        pytest.param(date(2020, 11, 21), TODAY, 5, id="on its eve"),
        pytest.param(date(2020, 2, 29), date(2026, 2, 28), 5, id="29 February, a day short"),
        pytest.param(date(2020, 2, 29), date(2026, 3, 1), 6, id="29 February, in a common year"),
        pytest.param(date(2020, 2, 29), date(2024, 2, 29), 4, id="29 February, in a leap year"),
        pytest.param(TODAY, TODAY, 0, id="born today"),
        pytest.param(date(2027, 1, 1), TODAY, -1, id="not born yet"),
    ],
)
def test_a_year_is_full_on_the_birthday(born: date, today: date, years: int) -> None:
    assert ages.full_years(born, today) == years


@given(born=DAYS, today=DAYS)
def test_nobody_unborn_has_an_age(born: date, today: date) -> None:
    assert (ages.full_years(born, today) < 0) == (born > today)


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        pytest.param(date(2025, 5, 20), TODAY, (1, 6), id="one and a half, to the day"),
        pytest.param(date(2025, 5, 21), TODAY, (1, 5), id="one and a half, a day short"),
        pytest.param(date(2024, 11, 20), TODAY, (2, 0), id="two full years"),
        pytest.param(date(2024, 11, 21), TODAY, (1, 11), id="two full years, a day short"),
        pytest.param(date(2026, 1, 31), date(2026, 2, 28), (0, 0), id="a short month is not full"),
        pytest.param(date(2026, 1, 31), date(2026, 3, 1), (0, 1), id="the day after it is"),
        pytest.param(date(2025, 12, 31), date(2026, 1, 1), (0, 0), id="over New Year"),
    ],
)
def test_months_beyond_the_years_are_counted(born: date, today: date, age: tuple[int, int]) -> None:
    assert ages.years_and_months(born, today) == age


@given(born=DAYS, today=DAYS)
def test_both_ways_of_counting_agree_on_the_years(born: date, today: date) -> None:
    years, _ = ages.years_and_months(born, today)

    assert years == ages.full_years(born, today)


@pytest.mark.parametrize(
    ("born", "today", "group"),
    [
        pytest.param(date(2023, 12, 31), date(2026, 1, 1), 3, id="counted as if the year were over"),
        pytest.param(date(2023, 1, 1), date(2026, 12, 31), 3, id="one group for the whole year"),
        pytest.param(date(2024, 11, 11), TODAY, 2, id="Timur"),
    ],
)
def test_the_group_year_is_reached_by_the_31_of_december(born: date, today: date, group: int) -> None:
    assert ages.group_year(born, today) == group


@pytest.mark.parametrize(("born", "year"), [(date(2013, 5, 1), 2020), (date(2020, 5, 20), 2027)])
def test_the_year_of_seven_is_the_birth_year_and_seven(born: date, year: int) -> None:
    assert ages.turns_seven_in(born) == year


@pytest.mark.parametrize(
    ("born", "too_old"),
    [
        pytest.param(date(2019, 11, 21), False, id="seven tomorrow"),
        pytest.param(date(2019, 11, 20), True, id="seven today"),
        pytest.param(date(1993, 4, 27), True, id="an adult"),
        pytest.param(date(2020, 5, 20), False, id="Amina"),
    ],
)
def test_a_child_of_seven_is_too_old(born: date, too_old: bool) -> None:
    assert ages.is_too_old(born, TODAY) is too_old
