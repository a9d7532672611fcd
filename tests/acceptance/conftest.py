"""A fake Telegram and the real app beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.acceptance.parents import AIGERIM, Phone
from tests.acceptance.running import TOKEN, RunningBot
from tests.acceptance.whatsapp import OnWhatsApp, installation
from tests.fakes.telegram import FakeTelegram, Rates


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(token=TOKEN, local=True, rates=Rates(set_webhook_every=0)) as fake:
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with RunningBot(tmp_path, telegram.url) as running:
        yield running


@pytest.fixture(params=["telegram", "whatsapp"])
async def parent(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Phone, RunningBot]]:
    """Айгерим on one messenger, and the app that speaks it."""
    async with AsyncExitStack() as stack:
        if request.param == "telegram":
            rates = Rates(set_webhook_every=0)
            telegram = await stack.enter_async_context(FakeTelegram(token=TOKEN, local=True, rates=rates))
            bot = await stack.enter_async_context(RunningBot(tmp_path, telegram.url))
            yield telegram.phone(user_id=505, first_name="Айгерим", language_code="ru"), bot
        else:
            twilio, bot = await stack.enter_async_context(installation(tmp_path))
            yield OnWhatsApp(twilio, AIGERIM), bot
