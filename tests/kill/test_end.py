"""SIGTERM: the app ends by itself, soon, nothing half sent, whoever is looking and however slow Telegram is (K10)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.kill.conftest import Show
from tests.kill.test_kills import SEED, country, judged, must_be_right
from tests.kill.town import Mode, Town

SOON = 10.0
ENDS = 6
#: Telegram takes this long to answer: there is always something on its way.
SLOW = 0.15


@pytest.mark.timeout(400)
@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_polite_end_under_load_leaves_nothing_half_done(tmp_path: Path, show: Show, mode: Mode) -> None:
    ends = []
    async with country(tmp_path) as land, land.town(mode, SEED) as town:
        _slow_down(town)
        async with _walking(town, together=4):
            for _ in range(ENDS):
                async with _somebody_watching(town):
                    await asyncio.sleep(town.chance.uniform(0.1, 0.6))
                    ends.append(await town.ends())
        row = await judged(f"SIGTERM, {mode}", town)
    assert {code for code, _, _ in ends} == {0}
    assert max(seconds for _, seconds, _ in ends) < SOON
    assert [left for _, _, left in ends] == [()] * ENDS
    assert row[1].double_sends == row[1].flagged == 0
    must_be_right([row], show)


def _slow_down(town: Town) -> None:
    """Let Telegram answer late, after the effect."""
    front: Any = town.telegram._front
    effect = front._effect

    async def later(name: str, sent: object) -> object:
        reply = await effect(name, sent)
        if name != "getUpdates":
            await asyncio.sleep(SLOW)
        return reply

    front._effect = later


@asynccontextmanager
async def _walking(town: Town, together: int) -> AsyncIterator[None]:
    """Parents walk all the time, and come to the end of their ways afterwards."""
    is_over = asyncio.Event()

    async def walk() -> None:
        parent = town.arrive()
        while town.next_of(parent) or not is_over.is_set():
            parent = parent if town.next_of(parent) else town.arrive()
            await town.step(parent)

    async with asyncio.TaskGroup() as walks:
        for _ in range(together):
            walks.create_task(walk())
        yield
        is_over.set()


@asynccontextmanager
async def _somebody_watching(town: Town) -> AsyncIterator[None]:
    """An open page of the simulator listens to events, and would for ever."""
    assert town.life

    async def watch(address: str) -> None:
        with suppress(aiohttp.ClientError):
            async with aiohttp.ClientSession() as browser, browser.get(f"{address}/demo/events") as stream:
                opened.set()
                async for _ in stream.content:
                    pass

    opened = asyncio.Event()
    watching = asyncio.create_task(watch(town.life.address))
    await asyncio.wait_for(opened.wait(), 10)
    yield
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
