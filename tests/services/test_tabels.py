"""The rules of the tabel, held against an oracle that counts seconds of its own over twenty years of months."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services import tabels
from services.regimes import Tabel, installed
from services.tabels import Answer, Month, Sheet, State

_FOUND = installed().get("snation_voucher_2025").tabel
assert _FOUND is not None
RULES: Tabel = _FOUND
#: Since March 2024 Almaty has kept UTC+5; the voucher came a year later.
FIRST = Month(2025 * 12)
YEARS = 20
AUGUST_2025 = Month(2025 * 12 + 7)
NOVEMBER = Month(2026 * 12 + 10)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "+05:00")


def sheet(month: Month, *, published: datetime | None, rules: Tabel = RULES, answer: str = "") -> Sheet:
    when = tabels.window(month, rules)
    return Sheet(
        id=1,
        voucher=1,
        month=month,
        version=1,
        marks="x" * month.days,
        published_at=published,
        opens_at=when.opens,
        ends_at=when.ends,
        answer=Answer(answer),
        answered=1 if answer else 0,
    )


def published(month: Month, answer: str = "") -> Sheet:
    return sheet(month, published=tabels.window(month, RULES).opens, answer=answer)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ("2026-11-30T23:59:59", State.NOT_PUBLISHED),
        ("2026-12-01T00:00:00", State.OPEN),
        ("2026-12-10T23:59:59", State.OPEN),
        ("2026-12-11T00:00:00", State.MISSED),
    ],
)
def test_a_month_is_answered_from_the_first_to_the_tenth_to_the_second(now: str, state: State) -> None:
    month = sheet(NOVEMBER, published=at("2026-11-30T18:00:00"))

    assert tabels.state(month, at(now)) is state


def test_the_example_of_the_rulebook_leads_to_the_eleventh_of_october() -> None:
    """August and September 2026 unconfirmed: the risk date is 11 October 2026 (domain.md §1.10)."""
    months = [published(Month(2026 * 12 + 7)), published(Month(2026 * 12 + 8))]

    assert tabels.annulled_at(months, RULES) == at("2026-10-11T00:00:00")


def test_the_confirmation_of_seed_002_was_late() -> None:
    """Its sample of August 2025 is confirmed on 2025-09-11 17:59:44 (T5)."""
    month = published(AUGUST_2025)

    assert month.is_late(at("2025-09-11T17:59:44"))
    assert not month.is_late(at("2025-09-10T23:59:59"))


def test_a_late_confirmation_clears_the_miss_of_a_first_month() -> None:
    missed, next_one = published(NOVEMBER), published(NOVEMBER.next)
    late = replace(missed, answer=Answer.CONFIRMED_LATE)

    assert tabels.annulled_at([missed, next_one], RULES) is not None
    assert tabels.annulled_at([late, next_one], RULES) is None


def test_what_is_not_published_in_time_is_nobodys_miss() -> None:
    ends = tabels.window(NOVEMBER, RULES).ends
    last_second = sheet(NOVEMBER, published=ends - timedelta(seconds=1))
    too_late, never = sheet(NOVEMBER, published=ends), sheet(NOVEMBER, published=None)

    later = ends + timedelta(days=3)

    assert tabels.state(last_second, later) is State.MISSED
    assert tabels.state(too_late, later) is State.OPEN
    assert tabels.state(never, later) is State.NOT_PUBLISHED
    assert tabels.annulled_at([too_late, published(NOVEMBER.next)], RULES) is None


def test_a_refusal_is_an_answer_and_a_correction_opens_the_month_again() -> None:
    refused = published(NOVEMBER, "refused")
    corrected = replace(refused, version=2)
    later = refused.ends_at + timedelta(days=1)

    assert tabels.state(refused, later) is State.DISPUTED
    assert tabels.state(corrected, later) is State.OPEN
    assert tabels.annulled_at([refused, published(NOVEMBER.next)], RULES) is None


def test_a_regime_may_count_refusals_as_misses_and_more_months() -> None:
    strict = replace(RULES, dispute_counts=True)
    patient = replace(RULES, miss_limit=3)
    pair = [published(NOVEMBER, "refused"), published(NOVEMBER.next)]

    assert tabels.annulled_at(pair, strict) == at("2027-01-11T00:00:00")
    assert tabels.annulled_at([published(NOVEMBER), published(NOVEMBER.next)], patient) is None


def test_the_row_of_the_seed_is_counted_by_the_legend() -> None:
    """August 2025 of seed 002: 21 days "x" and 10 days "в"."""
    row = "xввxxxxxввxxxxxввxxxxxввxxxxxвв"
    month = replace(published(AUGUST_2025), marks=row)

    assert month.totals(RULES.marks) == {"present": 21, "off": 10, "absent": 0, "ill": 0, "leave": 0}
    assert month.days("off", RULES.marks)[:4] == [2, 3, 9, 10]


# The oracle.


@dataclass(frozen=True)
class Lived:
    """What happened in one month: when it was published and answered, in seconds before its window ends."""

    published: int | None
    answered: int | None
    answer: Literal["confirmed", "refused"]


SECONDS = st.one_of(st.sampled_from((-1, 0, 1)), st.integers(-40 * 86_400, 9 * 86_400))
LIVES = st.builds(
    Lived,
    published=st.one_of(st.none(), SECONDS),
    answered=st.one_of(st.none(), st.none(), SECONDS),
    answer=st.sampled_from(("confirmed", "refused")),
)


def oracle(lives: list[Lived], first_year: int) -> tuple[int, int, int] | None:
    """Return (year, month, day) of the annulment, by walking the months as a clerk would, without the code's words."""
    strikes = 0
    for at_month, life in enumerate(lives):
        year, month = first_year + (at_month + 1) // 12, (at_month + 1) % 12 + 1
        seen_in_time = life.published is not None and life.published > 0
        # Whoever answers late answers before the next window ends, or never: then it is annulled already.
        spoke = life.answered is not None and life.published is not None and life.answered <= life.published
        strikes = strikes + 1 if seen_in_time and not spoke else 0
        if strikes == 2:
            return year, month, 11
    return None


@settings(max_examples=200, deadline=None)
@given(st.lists(LIVES, min_size=1, max_size=12 * YEARS))
def test_twenty_years_of_months_end_where_a_clerk_would_end_them(lives: list[Lived]) -> None:
    months = []
    for offset, life in enumerate(lives):
        month = Month(FIRST.number + offset)
        ends = tabels.window(month, RULES).ends
        made = sheet(month, published=None)
        if life.published is not None:
            made = replace(made, published_at=ends - timedelta(seconds=life.published))
            if life.answered is not None and life.answered <= life.published:
                made = replace(made, answer=Answer(life.answer), answered=1)
        months.append(made)

    found = tabels.annulled_at(months, RULES)

    expected = oracle(lives, 2025)
    local = found.astimezone(UTC) + timedelta(hours=5) if found else None
    assert (local and (local.year, local.month, local.day, local.hour)) == (expected and (*expected, 0))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 12 * YEARS), st.integers(-5, 14 * 86_400))
def test_every_second_of_every_window_is_inside_or_outside_as_the_calendar_says(offset: int, second: int) -> None:
    month = Month(FIRST.number + offset)
    year, number = divmod(month.number + 1, 12)
    begins = datetime(year, number + 1, 1, tzinfo=UTC) - timedelta(hours=5)

    now = begins + timedelta(seconds=second)

    shown = sheet(month, published=begins - timedelta(days=1))
    expected = State.NOT_PUBLISHED if second < 0 else State.OPEN if second < 10 * 86_400 else State.MISSED
    assert tabels.state(shown, now) is expected


def test_the_months_missed_now_are_counted_from_the_last_that_is_over() -> None:
    months = [published(NOVEMBER, "confirmed"), published(NOVEMBER.next), published(NOVEMBER.next.next)]

    assert tabels.missed_in_a_row(months, RULES, at("2027-01-10T23:59:59")) == 0
    assert tabels.missed_in_a_row(months, RULES, at("2027-01-11T00:00:00")) == 1
    assert tabels.missed_in_a_row(months, RULES, at("2027-02-11T00:00:00")) == 2
