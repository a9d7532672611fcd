"""What the tests of the transports share: a client of a fake Telegram, an app in this process, log lines."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from aiohttp import web

from bot.app import App, build
from bot.channels import Inbound
from bot.settings import Settings
from bot.telegram.send import Telegram, make_bot
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from services import demo_city
from storage.outbox import Outgoing
from storage.registry import put_people
from tests.fakes.telegram import FakeTelegram, Phone

TOKEN = "123456:TEST-token-of-no-real-bot-000000000"
SECRET = "s" * 40
PARENT = 501


def outgoing(payload: dict[str, Any], *, external: str = str(PARENT), kind: str = "reply") -> Outgoing:
    return Outgoing("u", "telegram", external, kind, payload, None, None, 1, 0, "", 1, False)


def message(text: str = "Сәлем", **more: Any) -> dict[str, Any]:
    return {"method": "sendMessage", "text": text, "parse_mode": "HTML", **more}


@asynccontextmanager
async def channel(address: str, *, token: str = TOKEN, timeout: float = 5) -> AsyncIterator[Telegram]:  # noqa: ASYNC109
    """The transport alone."""
    made = Telegram(make_bot(token, address, timeout=timeout), has_pages=True)
    try:
        yield made
    finally:
        await made.close()


@dataclass
class SmsBox:
    """A sender that keeps the codes it is to send."""

    name: str = "sms"
    codes: list[str] = field(default_factory=list)

    async def send(self, out: Outgoing, target: str | None) -> str:
        self.codes.append(str(out.payload["code"]))
        return f"SM{len(self.codes)}"

    async def close(self) -> None:
        pass


@dataclass
class Rig:
    """The whole app in this process, a fake Telegram beside it, the people of the demo city in its registry."""

    app: App
    telegram: FakeTelegram
    sms: SmsBox

    def parent(self, language: str = "ru") -> Phone:
        return self.telegram.phone(
            user_id=PARENT, first_name="Айгерим", language_code=language, phone_number="77471234567"
        )

    def rows(self, sql: str, *values: object) -> Any:
        return self.app.writer.deed(lambda deed: deed.db.execute(sql, values).fetchall())


@asynccontextmanager
async def rig(folder: Path, telegram: FakeTelegram, **given: Any) -> AsyncIterator[Rig]:
    """Run the app on a fake Telegram; with `telegram_mode="webhook"` it is served on a port of this machine."""
    sms = SmsBox()
    values = {
        "database_url": f"sqlite:///{folder / 'bot.db'}",
        "bot_token": TOKEN,
        "telegram_api_url": telegram.url,
        "data_keys": (b"d" * 32,),
        "index_key": b"i" * 32,
        "public_base_url": "https://bot.test",
        **given,
    }
    is_hooked = values.get("telegram_mode") == "webhook"
    config = uvicorn.Config("", port=0, log_config=None, access_log=False, proxy_headers=False, lifespan="off")
    on = config.bind_socket()
    if is_hooked:
        values |= {"public_base_url": f"http://127.0.0.1:{on.getsockname()[1]}", "telegram_webhook_secret": SECRET}
    app = build(Settings(**values), more_senders={"sms": sms})
    config.app = app.web
    async with app.running():
        await app.writer.deed(lambda deed: put_people(deed, demo_city.FIXTURES))
        async with served(config, on):
            yield Rig(app, telegram, sms)


@asynccontextmanager
async def served(config: uvicorn.Config, on: socket.socket) -> AsyncIterator[None]:
    """Serve on a bound socket of this machine."""
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[on]))
    await until(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


class Server:
    """A provider that answers every call with one handler; entered, it gives its address."""

    def __init__(self, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await handler(request)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def __aenter__(self) -> str:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


def says(key: str, language: str = "ru", **names: object) -> str:
    return say(T(key, **names), language)


async def sees(phone: Phone, key: str, language: str = "ru", **names: object) -> None:
    """Wait until the last message says the sentence."""
    words = says(key, language, **names)
    await phone.wait_for(lambda seen: words in seen.last.text)


@dataclass
class Turns:
    """Stands for the app: remembers what it was to take, fails as often as it is told."""

    taken: list[Inbound] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def __call__(self, inbound: Inbound) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(inbound)

    @property
    def texts(self) -> list[str]:
        return [inbound.said.text for inbound in self.taken]


async def until(holds: Callable[[], object], seconds: float = 10) -> None:
    """Wait until something holds."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, "it never came true"
        await asyncio.sleep(0.01)


class Lines(logging.Handler):
    """Every log record, as text with its extra fields."""

    def __init__(self) -> None:
        super().__init__(0)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    @property
    def text(self) -> str:
        return "\n".join(f"{record.levelname} {record.getMessage()} {vars(record)}" for record in self.records)
