"""Web, worker and clock are processes of their own on one PostgreSQL: what one plans, another sends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.app import ROLES, App, build
from bot.channels import Inbound
from bot.settings import Settings
from bot.web.simulator.channels import SimTelegram
from bot.web.simulator.phones import Phones
from dialogs.engine.said import Heard, Said
from storage.events import Fate
from tests import postgres
from tests.city import TELEGRAM, HandClock

WITHIN = 30


class Street:
    """The processes of one installation, here in one, and a phone that tells when something came."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.came = asyncio.Event()
        self.phones = Phones(folder / "phones.db", self.clock.now, lambda: None)
        self.owner = self.phones.add_person("Айгерим", whatsapp="+77471234567")
        self._settings = Settings(database_url=postgres.new_database(), data_keys=(b"d" * 32,), index_key=b"i" * 32)
        self.sent: list[dict[str, Any]] = []  # Any: payloads

    def app(self, role: str) -> App:
        channel = SimTelegram(self.phones, self._shown)
        return build(self._settings, clock=self.clock, more_channels={TELEGRAM: channel}, role=ROLES[role])

    def _shown(self, _external: str, payload: dict[str, Any]) -> None:
        self.sent.append(payload)
        self.came.set()

    def says(self, text: str, event_id: str) -> Inbound:
        said = Said(Heard.TEXT, text=text)
        return Inbound("sim", TELEGRAM, event_id, TELEGRAM, self.owner.telegram, said)


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    made = Street(tmp_path)
    yield made
    made.phones.close()


async def test_what_the_web_plans_a_worker_sends_and_any_number_of_each_sends_it_once(street: Street) -> None:
    async with AsyncExitStack() as stack:
        webs = [await stack.enter_async_context(street.app("web").running()) for _ in range(2)]
        for role in ("worker", "worker", "clock"):
            await stack.enter_async_context(street.app(role).running())
        answers = await asyncio.gather(*(web.turn(street.says("/start", "7")) for web in webs))
        await asyncio.wait_for(street.came.wait(), WITHIN)

    assert {answer.fate for answer in answers} == {Fate.DONE, Fate.REPLAYED}
    assert len(street.sent) == 1


async def test_a_process_that_serves_sends_nothing_by_itself(street: Street) -> None:
    async with street.app("web").running() as web:
        await web.turn(street.says("/start", "7"))
        planned = await web.writer.deed(
            lambda deed: deed.db.execute("SELECT count(*) FROM outbox WHERE state='planned'").fetchone()[0]
        )

    assert planned == 1
    assert street.sent == []
