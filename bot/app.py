"""Where all parts meet: build(settings) -> App. Tests call it too."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI

from bot.chance import Secure
from bot.channels import Channel, Inbound, Kept, Sender
from bot.clock import WallClock, must_be_utc_plus_five, ticks
from bot.inbox import Handler
from bot.metrics import Metrics
from bot.outbox import OutboxLoop
from bot.registry_http import HttpRegistry
from bot.settings import Settings
from bot.upkeep import Upkeep
from bot.web import hooks, pages
from dialogs.engine import catalogue
from dialogs.engine.catalogue import say
from dialogs.engine.said import Heard, Said
from dialogs.engine.texts import T
from dialogs.entries import ENGINE
from services.services import Chat
from storage import migrate
from storage.do import Chance, Clock, World
from storage.events import Answer, Event
from storage.outbox import Outgoing
from storage.reader import Reader
from storage.sqlite import SqliteBook
from storage.vault import Vault
from storage.writer import Writer

if TYPE_CHECKING:
    from aiogram import Bot

log = logging.getLogger(__name__)

INTRODUCE_AGAIN_SECONDS: Final = 30


@dataclass
class App:
    """The running parts. `web` serves what is asked, `running()` does the rest."""

    settings: Settings
    clock: Clock
    vault: Vault
    writer: Writer
    reader: Reader
    outbox: OutboxLoop
    upkeep: Upkeep
    metrics: Metrics
    senders: dict[str, Sender]
    web: FastAPI
    bot: Bot | None = None
    #: Telegram's name of the bot, for links back to the chat; known once Telegram answered.
    bot_name: str = ""
    #: Set when a loop that must never end has ended: the process is to end, loudly.
    broken: asyncio.Event = field(default_factory=asyncio.Event)
    _loops: list[asyncio.Task[Any]] = field(default_factory=list)

    async def turn(self, inbound: Inbound) -> Answer:
        """Take one inbound event; returns after the commit that keeps it."""
        answer = await self.writer.turn(inbound.event())
        self.metrics.turns.labels(inbound.channel, answer.fate.value).inc()
        return answer

    async def tick(self) -> None:
        """What the clock does each second: look at what is due. Any number of ticks may be lost."""
        self.outbox.wake()
        await self.upkeep.once()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        """Start in order, stop in the reverse one; lanes drain, nothing is cancelled in a transaction."""
        async with AsyncExitStack() as stack:
            await self.writer.start()
            self._watch(self.writer.task)
            stack.push_async_callback(self.reader.close)
            stack.push_async_callback(self.writer.stop)
            outbox = self._loop(self.outbox.run(), "outbox")
            stack.push_async_callback(self._stop_outbox, outbox)
            for sender in self.senders.values():
                stack.push_async_callback(sender.close)
            if self.bot is not None:
                await self._start_telegram(self.bot, stack)
            self._start_ticking(stack)
            _settle_memory()
            try:
                yield self
            finally:
                # From here on a loop that ends was asked to.
                self._loops.clear()

    def _loop(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._watch(task)
        return task

    def _watch(self, task: asyncio.Task[None]) -> None:
        self._loops.append(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task not in self._loops:
            return
        error = None if task.cancelled() else task.exception()
        log.critical("a loop ended, so the process ends", extra={"loop": task.get_name()}, exc_info=error)
        self.broken.set()

    async def _stop_outbox(self, task: asyncio.Task[None]) -> None:
        self.outbox.stop()
        await asyncio.gather(task, return_exceptions=True)

    async def _start_telegram(self, bot: Bot, stack: AsyncExitStack) -> None:
        from bot.telegram import polling, setup

        if self.settings.telegram_mode == "webhook":
            secret = self.settings.telegram_webhook_secret
            address = f"{self.settings.public_base_url.rstrip('/')}/webhooks/telegram"
            await setup.point_webhook(bot, address, secret.get_secret_value() if secret else "")
        else:
            task = self._loop(polling.poll(bot, str(bot.id), self.turn), "polling")
            stack.push_async_callback(polling.stop, task)
        introducing = asyncio.get_running_loop().create_task(self._introduce(bot), name="introduce")
        stack.push_async_callback(polling.stop, introducing)

    async def _introduce(self, bot: Bot) -> None:
        """Tell Telegram the commands and learn our name; a Telegram that does not answer stops nobody."""
        from bot.telegram import setup

        while not self.bot_name:
            try:
                self.bot_name = (await bot.me()).username or str(bot.id)
                await setup.introduce(bot)
            except Exception as failed:  # noqa: BLE001 - said, and tried again
                log.warning("Telegram does not know our commands yet", extra={"reason": type(failed).__name__})
                self.bot_name = ""
                await asyncio.sleep(INTRODUCE_AGAIN_SECONDS)

    def _start_ticking(self, stack: AsyncExitStack) -> None:
        scheduler = ticks(self.tick)
        scheduler.start()
        stack.callback(scheduler.shutdown, wait=False)
        stack.callback(scheduler.pause)

    @property
    def is_alive(self) -> bool:
        """Whether every loop still runs."""
        return not self.broken.is_set()


def _settle_memory() -> None:
    """Two thirds of a bot's pauses are the collector walking aiogram's types (performance.md §0)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    chance: Chance | None = None,
    more_channels: Mapping[str, Channel] | None = None,
    more_senders: Mapping[str, Sender] | None = None,
    page_base: str = "",
) -> App:
    """Return the app for these settings; nothing runs yet. Raises where a catalogue is incomplete.

    `more_channels` and `more_senders` are added to the configured ones (the simulator's); `page_base` is where
    secure pages are reached if not under PUBLIC_BASE_URL (the demo's own address).
    """
    must_be_utc_plus_five()
    catalogue.check()
    clock, chance = clock or WallClock(), chance or Secure()
    path = settings.database_path
    migrate.upgrade(path)
    vault = Vault(settings.data_keys, settings.index_key, chance)
    bot, channels = _telegram(settings)
    channels |= more_channels or {}
    senders: dict[str, Sender] = {**channels, **_sms(settings), **_mail(settings), **(more_senders or {})}
    base = settings.public_base_url.rstrip("/") or page_base
    world = World(
        clock=clock,
        chance=chance,
        vault=vault,
        chats=lambda channel, external: channels[channel].chat(external) if channel in channels else Chat(),
        policy_url=f"{base}/policy",
        notice=lambda channel, key, language: channels[channel].notice(say(T(key), language)),
        registry_outside=bool(settings.registry_url),
        has_mail="mail" in senders,
        news=lambda purpose, text: Kept(Said(Heard.EVENT, purpose=purpose, text=text)).body(),
        doorway=lambda channel, payload: _doorway(apps[0], channel, payload),
    )
    apps: list[App] = []
    handler = Handler(ENGINE, channels, pages=f"{base}/s/" if base else "")
    wakers: list[Callable[[], None]] = []
    book = SqliteBook(path, world, handler.handle, handler.give_up)
    writer = Writer(book, woken=lambda: _wake_all(wakers))
    loop = OutboxLoop(writer, senders, clock, lambda out: _tell_sms_failed(writer, out))
    wakers.append(loop.wake)
    metrics = Metrics()
    registry = _registry(settings, writer)
    upkeep = Upkeep(writer, metrics, registry)
    wakers.append(upkeep.wake)
    app = App(settings, clock, vault, writer, Reader(path), loop, upkeep, metrics, senders, _web(), bot)
    apps.append(app)
    _add_routes(app)
    return app


def _wake_all(wakers: list[Callable[[], None]]) -> None:
    for wake in wakers:
        wake()


def _telegram(settings: Settings) -> tuple[Bot | None, dict[str, Channel]]:
    """Aiogram takes seconds to import, so only a process that speaks Telegram does."""
    if settings.bot_token is None or settings.telegram_mode == "off":
        return None, {}
    from bot.telegram.send import Telegram, make_bot

    bot = make_bot(settings.bot_token.get_secret_value(), settings.telegram_api_url)
    return bot, {"telegram": Telegram(bot, has_pages=settings.has_pages)}


def _sms(settings: Settings) -> dict[str, Sender]:
    if settings.twilio_auth_token is None:
        return {}
    from bot.whatsapp.sms import TwilioSms

    token = settings.twilio_auth_token.get_secret_value()
    return {"sms": TwilioSms(settings.twilio_account_sid, token, settings.twilio_sms_from, settings.twilio_api_url)}


def _mail(settings: Settings) -> dict[str, Sender]:
    if settings.smtp_url is None:
        return {}
    from bot.mail import Mail

    return {"mail": Mail(settings.smtp_url.get_secret_value(), settings.mail_from)}


def _registry(settings: Settings, writer: Writer) -> HttpRegistry | None:
    if not settings.registry_url:
        return None
    token = settings.registry_token.get_secret_value() if settings.registry_token else ""
    return HttpRegistry(writer, settings.registry_url, token)


def _tell_sms_failed(writer: Writer, out: Outgoing) -> None:
    """A code could not be sent: an event tells the conversation that waits for it."""
    said = Said(Heard.EVENT, purpose="sms_failed", text=out.subject)
    event = Event("sms", "", out.uid, Kept(said).body(), address_id=out.address)
    asyncio.get_running_loop().create_task(writer.turn(event))


def _web() -> FastAPI:
    """Return the web app: no interface description yet, small bodies, and no telemetry that carries texts or tokens."""
    return FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        max_body_size=hooks.BODY_LIMIT,
        telemetry={"logs": False, "tracing": False, "metrics": False},
    )


def _add_routes(app: App) -> None:
    app.web.include_router(
        pages.router(pages.Pages(app.writer, app.reader, app.vault, app.clock, lambda channel: _way_back(app, channel)))
    )
    app.web.include_router(hooks.health(lambda: app.is_alive, lambda: _is_ready(app), app.metrics.registry))
    secret = app.settings.telegram_webhook_secret
    if app.bot is not None and app.settings.telegram_mode == "webhook" and secret is not None:
        from bot.telegram.receive import receive

        account = str(app.bot.id)
        app.web.include_router(
            hooks.telegram_webhook(secret.get_secret_value(), lambda raw: receive(raw, account=account), app.turn)
        )


def _way_back(app: App, channel: str) -> str:
    if channel == "telegram" and app.bot_name:
        return f"https://t.me/{app.bot_name}"
    return "/" if channel.startswith("sim-") else ""


def _doorway(app: App, channel: str, payload: str) -> tuple[str, str]:
    """A deep link where the other messenger has one; else the words are sent to the bot there."""
    if not channel.endswith("whatsapp"):
        return "WhatsApp", payload
    return "Telegram", f"https://t.me/{app.bot_name}?start={payload}" if app.bot_name else payload


async def _is_ready(app: App) -> bool:
    """Ready when the writer answers."""
    if not app.is_alive:
        return False
    await app.writer.deed(lambda deed: deed.db.execute("SELECT 1").fetchone())
    return True
