"""From 1 December somebody must have checked the next year's working days: the metrics and the log say so."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.metrics import Metrics
from bot.upkeep import Upkeep
from storage import calendar
from tests.city import City


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    yield made
    made.close()


def alarm(city: City, upkeep: Upkeep, metrics: Metrics, day: datetime) -> float | None:
    city.clock.at = day
    city.deed(upkeep._watch_calendar)
    return metrics.registry.get_sample_value("calendar_next_year_missing")


def test_the_alarm_is_on_until_the_year_is_checked(city: City, caplog: pytest.LogCaptureFixture) -> None:
    writer: Any = None
    metrics = Metrics()
    upkeep = Upkeep(writer, metrics, None)
    caplog.set_level(logging.ERROR)

    assert alarm(city, upkeep, metrics, datetime(2026, 11, 30, 12, tzinfo=UTC)) == 0
    # Midnight of the first in Almaty is still November in UTC.
    assert alarm(city, upkeep, metrics, datetime(2026, 11, 30, 19, tzinfo=UTC)) == 1
    assert alarm(city, upkeep, metrics, datetime(2026, 12, 1, 12, tzinfo=UTC)) == 1
    assert caplog.text.count("nobody has checked") == 1
    city.deed(lambda deed: calendar.override(deed, [], checked=[2027]))

    assert alarm(city, upkeep, metrics, datetime(2026, 12, 2, 12, tzinfo=UTC)) == 0
