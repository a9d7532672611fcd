"""The whole app in this process with WhatsApp and SMS only, a strict Twilio before it, and one clock for both."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn

from bot.app import App, build
from bot.settings import Settings
from bot.whatsapp.reconcile import Reconciler
from bot.whatsapp.send import WhatsApp
from services import demo_city
from storage.outbox import Outgoing
from storage.registry import put_people
from tests.bot.rig import says, served
from tests.fakes.twilio import FakeTwilio, Phone

PUBLIC = "https://bot.test"
INBOUND = f"{PUBLIC}/webhooks/twilio/inbound"
PARENT = "+77471234567"


class Hour:
    """The time of both sides: it goes by itself, and a test may move it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def stamp(self) -> float:
        return time.time() + self.ahead.total_seconds()

    def move(self, **ahead: float) -> None:
        self.ahead += timedelta(**ahead)


@dataclass
class Rig:
    """The running app and its Twilio."""

    app: App
    twilio: FakeTwilio
    hour: Hour

    def parent(self, number: str | None = PARENT, *, bsuid: str | None = None) -> Phone:
        return self.twilio.whatsapp(number, bsuid=bsuid)

    def rows(self, sql: str, *values: object) -> Any:
        return self.app.writer.deed(lambda deed: deed.db.execute(sql, values).fetchall())

    async def until(self, sql: str, wanted: object) -> None:
        """Wait until a query tells what it should."""
        import asyncio

        deadline = asyncio.get_running_loop().time() + 10
        while (found := await self.rows(sql)) != wanted:
            assert asyncio.get_running_loop().time() < deadline, found
            await asyncio.sleep(0.02)

    def move(self, **ahead: float) -> None:
        self.hour.move(**ahead)
        self.twilio.wake()
        self.app.outbox.wake()

    @property
    def whatsapp(self) -> WhatsApp:
        assert self.app.whatsapp is not None
        return self.app.whatsapp

    @property
    def reconciler(self) -> Reconciler:
        return Reconciler(self.whatsapp, self.app.writer, self.app.turn, self.hour.now)

    async def says(self, phone: Phone, text: str) -> None:
        """Say it and wait for an answer."""
        before = len(phone.messages)
        await phone.text(text)
        await phone.wait_for(lambda seen: len(seen.messages) > before + 1)


@asynccontextmanager
async def rig(folder: Path, *, listening: bool = True, **given: Any) -> AsyncIterator[Rig]:
    hour = Hour()
    async with FakeTwilio(now=hour.stamp) as twilio:
        values = {
            "database_url": f"sqlite:///{folder / 'bot.db'}",
            "data_keys": (b"d" * 32,),
            "index_key": b"i" * 32,
            "public_base_url": PUBLIC,
            "twilio_account_sid": twilio.account_sid,
            "twilio_auth_token": twilio.auth_token,
            "twilio_whatsapp_from": twilio.whatsapp_from,
            "twilio_sms_from": twilio.sms_from,
            "twilio_api_url": twilio.url,
            **given,
        }
        app = build(Settings(**values), clock=hour)
        config = uvicorn.Config(app.web, port=0, log_config=None, access_log=False, proxy_headers=False, lifespan="off")
        on = config.bind_socket()
        twilio.serve(PUBLIC, f"http://127.0.0.1:{on.getsockname()[1]}")
        twilio.listen(INBOUND)
        async with app.running():
            await app.writer.deed(lambda deed: put_people(deed, demo_city.FIXTURES))
            async with served(config, on):
                if listening:
                    twilio.start_delivering()
                yield Rig(app, twilio, hour)
                await twilio.stop_delivering()


async def meets(city: Rig, phone: Phone, language: str = "ru") -> None:
    """Say hello and choose a language."""
    await phone.text("Сәлем")
    await phone.wait_for(lambda seen: seen.last.labels)
    await phone.tap(says(f"lang.{language}", language))
    await sees(phone, "msg.start.welcome", language)


async def sees(phone: Phone, key: str, language: str = "ru", **names: object) -> None:
    """Wait until the last message says the sentence."""
    words = says(key, language, **names)
    await phone.wait_for(lambda seen: words in seen.last.text)


def outgoing(
    payload: dict[str, Any], hour: Hour, *, external: str = PARENT, heard: timedelta = timedelta()
) -> Outgoing:
    """A claimed message to somebody who wrote so long ago."""
    at = hour.now() - heard
    return Outgoing("u" * 22, "whatsapp", external, "reply", payload, None, None, 1, 0, "", 1, False, at)
