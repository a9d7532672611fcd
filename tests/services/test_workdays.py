"""Working days: every example of the rulebook (§6.4) and of the ground rules (§0.4), and what a swap moves."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from services.regimes import Term, Unit, installed
from services.workdays import ALMATY, Calendar, Deadline, Override, built_in, recompute

BULLETIN = installed().get("snation_bulletin_2020").terms
VOUCHER = installed().get("snation_voucher_2025").terms


def at(day: str, hour: int = 12) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), ALMATY).replace(hour=hour)


@pytest.mark.parametrize(
    ("event", "term", "deadline"),
    [
        ("2026-11-23", BULLETIN.referral_valid, "2026-11-30"),
        ("2026-12-11", BULLETIN.referral_valid, "2026-12-21"),
        ("2026-12-30", BULLETIN.referral_valid, "2027-01-11"),
        ("2027-03-10", BULLETIN.referral_valid, "2027-03-18"),
        ("2026-08-26", BULLETIN.referral_valid, "2026-09-02"),
        ("2026-12-14", BULLETIN.priority_access, "2026-12-18"),
        ("2027-03-19", BULLETIN.priority_access, "2027-03-29"),
        ("2026-12-15", VOUCHER.voucher_confirm, "2026-12-18"),
        ("2027-04-30", VOUCHER.voucher_confirm, "2027-05-05"),
        ("2027-07-01", VOUCHER.contract, "2027-07-09"),
        ("2026-12-21", BULLETIN.stop_list, "2027-01-06"),
        ("2026-12-21", BULLETIN.extension, "2027-01-20"),
        ("2026-12-17", VOUCHER.voucher_restore, "2027-01-14"),
        # 0-ground-rules §0.4
        ("2026-12-14", BULLETIN.referral_valid, "2026-12-22"),
        ("2026-12-22", BULLETIN.stop_list, "2027-01-08"),
        ("2026-12-22", BULLETIN.extension, "2027-01-21"),
        ("2026-11-20", BULLETIN.referral_valid, "2026-11-27"),
        ("2026-12-14", VOUCHER.voucher_confirm, "2026-12-17"),
    ],
)
def test_the_examples_of_the_rulebook_hold(event: str, term: Term, deadline: str) -> None:
    due = built_in().due(at(event), term)

    assert due == datetime.fromisoformat(f"{deadline}T23:59:59+05:00")


def test_the_day_is_that_of_almaty_and_an_hour_is_an_hour() -> None:
    late = datetime.fromisoformat("2026-11-22T19:30:00+00:00")  # already Monday in Almaty
    annul = installed().get("akt_direct_choice").terms.parent_annul
    assert annul is not None
    assert BULLETIN.referral_valid is not None

    assert built_in().due(late, BULLETIN.referral_valid).date() == date(2026, 11, 30)
    assert built_in().due(late, annul) == datetime.fromisoformat("2026-11-23T19:30:00+00:00")


@pytest.mark.parametrize(
    ("event", "term", "safe"),
    [
        ("2026-11-23", BULLETIN.referral_valid, "2026-11-27"),  # Monday counts: one working day earlier
        ("2026-11-21", BULLETIN.referral_valid, "2026-11-27"),  # Saturday does not
        ("2026-12-21", BULLETIN.extension, "2027-01-19"),
    ],
)
def test_the_safe_date_counts_the_day_of_the_event(event: str, term: Term, safe: str) -> None:
    assert built_in().safe_date(at(event), term) == date.fromisoformat(safe)


def test_days_left_are_working_days() -> None:
    assert built_in().left(date(2026, 12, 11), date(2026, 12, 21)) == 6


def test_a_swap_by_decree_wins_over_the_law_and_the_newest_word_over_an_older() -> None:
    swapped = built_in().with_overrides([Override(date(2026, 12, 18), working=False)])
    back = swapped.with_overrides([Override(date(2026, 12, 18), working=True)])

    assert built_in().is_working(date(2026, 12, 18))
    assert not swapped.is_working(date(2026, 12, 18))
    assert back.is_working(date(2026, 12, 18))
    assert len({built_in().version, swapped.version, back.version}) == 3
    assert not built_in().is_working(date(2025, 1, 3))
    assert built_in().is_working(date(2025, 1, 5))


def told(day: str, calendar: Calendar) -> Deadline:
    term = Term(3, Unit.WORKING_DAY, "bulletin_published")
    return Deadline(1, at(day), term, calendar.due(at(day), term), calendar.version)


def test_a_new_day_off_moves_open_deadlines_once_and_is_news_only_where_the_day_moves() -> None:
    near, far = told("2026-12-14", built_in()), told("2026-11-23", built_in())
    swapped = built_in().with_overrides([Override(date(2026, 12, 18), working=False)])

    moved = recompute([near, far], swapped)

    assert [item.due_at.date() for item in moved] == [date(2026, 12, 21), date(2026, 11, 26)]
    assert [item.is_news for item in moved] == [True, False]
    taken_over = [Deadline(1, near.event_at, near.term, moved[0].due_at, moved[0].calendar)]
    assert recompute(taken_over, swapped) == []


def test_a_deadline_never_becomes_earlier_than_a_family_was_told() -> None:
    deadline = told("2026-12-14", built_in())
    earlier = built_in().with_overrides([Override(date(2026, 12, 16), working=True)])

    (moved,) = recompute([deadline], earlier)

    assert moved.due_at == deadline.due_at
    assert not moved.is_news


@pytest.mark.parametrize(("today", "alarm"), [("2026-11-30", False), ("2026-12-01", True), ("2026-12-31", True)])
def test_on_the_first_of_december_a_calendar_without_the_next_year_raises_the_alarm(today: str, alarm: bool) -> None:
    assert built_in().lacks_next_year(date.fromisoformat(today)) is alarm
    assert not built_in().with_overrides([], [2027]).lacks_next_year(date.fromisoformat(today))
