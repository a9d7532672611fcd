"""Ages: how old somebody is on a day, and which group year that makes."""

from __future__ import annotations

from datetime import date
from typing import Final

#: A child of seven full years is past kindergarten (AG2, seed 000).
SCHOOL_AGE: Final = 7


def full_years(born: date, today: date) -> int:
    """Return the full years lived on `today`; negative for somebody born later.

    Born on 29 February, one turns a year older on 1 March of a common year. Source: domain.md §1.12.
    """
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not had_birthday)


def years_and_months(born: date, today: date) -> tuple[int, int]:
    """Return full years and the full months beyond them, for limits such as one and a half (AG4)."""
    had_day = today.day >= born.day
    months = (today.year - born.year) * 12 + today.month - born.month - (not had_day)
    return divmod(months, 12)


def group_year(born: date, today: date) -> int:
    """Return the full years reached by 31 December of this year: the age group (AG1, seed 000)."""
    return today.year - born.year


def turns_seven_in(born: date) -> int:
    """Return the year of the seventh birthday, when applications are archived (AG2, seed 000)."""
    return born.year + SCHOOL_AGE


def is_too_old(born: date, today: date) -> bool:
    """Say whether this is an adult or a child of seven: nobody to add to a queue (journeys §1.13)."""
    return full_years(born, today) >= SCHOOL_AGE
