"""The clock ends vouchers at the first tick after a window, also after an outage, and then rests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.metrics import Metrics
from bot.upkeep import Upkeep
from storage import tabels
from tests import tabels as put
from tests.city import City
from tests.tabels import NOVEMBER, OCTOBER, almaty


class Lane:
    """Runs each deed at once, as a lane would in its turn."""

    def __init__(self, city: City) -> None:
        self._city = city

    async def deed(self, work: Any, **_: object) -> Any:
        return self._city.deed(work)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    voucher = put.voucher(made)
    put.month(made, voucher, OCTOBER)
    put.month(made, voucher, NOVEMBER)
    yield made
    made.close()


async def test_the_first_tick_after_an_outage_ends_what_is_to_be_ended(city: City) -> None:
    lane: Any = Lane(city)
    city.clock.at = almaty("2027-02-03T04:05:06")

    await Upkeep(lane, Metrics(), None)._annul()

    assert put.state(city, 1) == ("annulled", almaty("2026-12-11T00:00:00"))


async def test_a_window_is_looked_at_once(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    lane: Any = Lane(city)
    upkeep = Upkeep(lane, Metrics(), None)
    passes: list[int] = []
    annul = tabels.annul

    def counted(deed: Any, after: int = 0) -> tuple[int, int]:
        passes.append(after)
        return annul(deed, after)

    monkeypatch.setattr(tabels, "annul", counted)
    for now in ("2026-12-10T23:59:58", "2026-12-10T23:59:59", "2026-12-11T00:00:00", "2026-12-11T00:00:01"):
        city.clock.at = almaty(now)
        await upkeep._annul()

    # One slice and the empty one behind it, for each of the two windows.
    assert passes == [0, 1, 0, 1]
    assert put.state(city, 1)[0] == "annulled"
