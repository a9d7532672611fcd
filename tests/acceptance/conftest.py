"""A fake Telegram and the real app beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.running import TOKEN, RunningBot
from tests.fakes.telegram import FakeTelegram, Rates


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(token=TOKEN, local=True, rates=Rates(set_webhook_every=0)) as fake:
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with RunningBot(tmp_path, telegram.url) as running:
        yield running
