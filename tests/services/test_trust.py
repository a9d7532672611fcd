"""A chat is trusted by what it proved, for as long as that lasts (journeys §0.5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.trust import STEP_UP_FOR, Trust, level

NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("verified_until", "code_at", "trust"),
    [
        (None, None, Trust.LINKED),
        (NOW + SECOND, None, Trust.VERIFIED),
        (NOW, None, Trust.LINKED),
        (NOW - SECOND, None, Trust.LINKED),
        (None, NOW, Trust.STEP_UP),
        (NOW + SECOND, NOW - STEP_UP_FOR + SECOND, Trust.STEP_UP),
        (NOW + SECOND, NOW - STEP_UP_FOR, Trust.VERIFIED),
        (NOW, NOW - STEP_UP_FOR, Trust.LINKED),
    ],
)
def test_trust_follows_from_what_was_proved_and_when(
    verified_until: datetime | None, code_at: datetime | None, trust: Trust
) -> None:
    assert level(has_account=True, verified_until=verified_until, code_at=code_at, now=NOW) is trust


def test_who_has_no_account_is_a_guest_whatever_was_proved() -> None:
    assert level(has_account=False, verified_until=NOW + SECOND, code_at=NOW, now=NOW) is Trust.GUEST


def test_more_trust_includes_less() -> None:
    assert Trust.GUEST < Trust.LINKED < Trust.VERIFIED < Trust.STEP_UP
