"""The whole app in this process, with the demo's phones and a clock a test moves."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from bot.app import App, build
from bot.channels import Inbound
from bot.settings import Settings
from bot.web.simulator.channels import SimSms, SimTelegram, SimWhatsApp
from bot.web.simulator.phones import Person, Phones
from dialogs.engine.said import Heard, Said
from tests.city import HandClock, buttons_of, furnish

BASE = "https://bot.test"


class Browser(httpx2.AsyncClient):
    """Sends what a page's form holds, as a browser does: its hidden field, too."""

    async def press(self, link: str, **values: str) -> httpx2.Response:
        """Open the page, fill it in and press its button."""
        hidden = re.findall(r'name="form" value="(\w+)"', (await self.get(link)).text)
        return await self.post(link, data={"form": "".join(hidden), **values})


@dataclass
class Town:
    """A running app, its phones, and a browser without a browser."""

    app: App
    phones: Phones
    clock: HandClock
    browser: Browser
    owner: Person

    async def says(self, text: str, channel: str = "sim-whatsapp") -> None:
        said = Said(Heard.TEXT, text=text)
        await self._hear(said, channel, self.phones.me_said(_any(channel), self._at(channel), "text", text=text))

    async def taps(self, label: str, channel: str = "sim-whatsapp") -> None:
        message, data = self._button(label, channel)
        tapped = self.phones.me_tapped(_any(channel), self._at(channel), message, data, label)
        revision, _, choice = data.partition(":")
        await self._hear(Said(Heard.TAP, tap=choice, revision=int(revision)), channel, message, tapped)

    def _button(self, label: str, channel: str) -> tuple[str, str]:
        for message in reversed(self.shown(channel)):
            for text, data in buttons_of(message["payload"]):
                if text == label:
                    return message["id"], data
        raise AssertionError(f"no button {label!r}")

    def shown(self, channel: str = "sim-whatsapp") -> list[dict[str, Any]]:
        view: Any = self.phones.transcript(_any(channel), self._at(channel))
        return [item for item in view["messages"] if item["who"] == "bot"]

    def _at(self, channel: str) -> str:
        return self.owner.whatsapp if channel == "sim-whatsapp" else self.owner.telegram

    async def _hear(self, said: Said, channel: str, message: str, tap: str = "") -> None:
        is_telegram = channel == "sim-telegram"
        await self.app.turn(
            Inbound("sim", channel, uuid4().hex, channel, self._at(channel), said, message, tap if is_telegram else "")
        )
        await self.settled()

    async def settled(self) -> None:
        """Wait until everything due is sent."""
        from storage import outbox

        while not await self.app.writer.deed(lambda deed: outbox.is_empty(deed.db, deed.world)):
            await self.app.outbox.once()

    @property
    def link(self) -> str:
        """The path of the last secure page a chat was given."""
        body = str(self.shown()[-1]["payload"])
        start = body.rindex(f"{BASE}/s/") + len(BASE)
        return body[start : start + 3 + 32]


def _any(channel: str) -> Any:
    return channel


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Айгерим on WhatsApp, nobody registered."""
    furnish(tmp_path / "town.db")
    clock = HandClock()
    phones = Phones(tmp_path / "phones.db", clock.now, lambda: None)
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'town.db'}",
        data_keys=(b"d" * 32,),
        index_key=b"i" * 32,
        public_base_url=BASE,
    )
    app = build(
        settings,
        clock=clock,
        more_channels={"sim-telegram": SimTelegram(phones), "sim-whatsapp": SimWhatsApp(phones)},
        more_senders={"sms": SimSms(phones)},
    )
    owner = phones.add_person("Айгерим", whatsapp="+77471234567")
    async with app.running(), Browser(transport=httpx2.ASGITransport(app=app.web), base_url=BASE) as browser:
        yield Town(app, phones, clock, browser, owner)
    phones.close()
