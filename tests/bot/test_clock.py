"""The demo's clock: it begins once, and goes on however often the demo starts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import MovableClock

START = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize("is_moved", [False, True])
def test_time_never_goes_back_when_the_demo_starts_again(tmp_path: Path, *, is_moved: bool) -> None:
    clock = MovableClock(START, tmp_path / "clock.json")
    if is_moved:
        clock.move(LATER)
    before = clock.now()

    again = MovableClock(START, tmp_path / "clock.json")

    assert timedelta() <= again.now() - before < timedelta(seconds=10)
