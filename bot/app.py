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

from bot import pushes, routes, transports
from bot.chance import Secure
from bot.channels import Channel, Inbound, Kept, Sender
from bot.clock import WallClock, must_be_utc_plus_five, ticks
from bot.desk import Desk
from bot.files import Attachments, Fetch, Shelf
from bot.inbox import Handler
from bot.metrics import Metrics
from bot.outbox import OutboxLoop
from bot.settings import BadSettings, Settings
from bot.upkeep import Upkeep
from dialogs.engine import catalogue
from dialogs.engine.catalogue import say
from dialogs.engine.said import Heard, Said
from dialogs.engine.texts import T
from dialogs.entries import ENGINE
from dialogs.intents import dictionary
from services.regimes import installed
from services.services import Chat
from storage import migrate
from storage.books import alone, books, listen
from storage.do import Chance, Clock, World
from storage.events import Answer
from storage.reader import Reader
from storage.vault import Vault
from storage.writer import Writer

if TYPE_CHECKING:
    from aiogram import Bot

    from bot.whatsapp.send import WhatsApp

log = logging.getLogger(__name__)

INTRODUCE_AGAIN_SECONDS: Final = 30
#: The lock of the one process that asks Telegram for updates.
POLLING: Final = 20261121


@dataclass(frozen=True)
class Role:
    """What a process does of the whole; any number of each may run on PostgreSQL."""

    #: Serves webhooks, pages and what follows from them.
    serves: bool = True
    #: Sends messages and asks Telegram for updates.
    sends: bool = True
    #: Looks at what is due.
    ticks: bool = True


ALL: Final = Role()
ROLES: Final[Mapping[str, Role]] = {
    "all": ALL,
    "web": Role(sends=False, ticks=False),
    "worker": Role(serves=False, ticks=False),
    "clock": Role(serves=False, sends=False),
}


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
    attachments: Attachments
    web: FastAPI
    role: Role
    desk: Desk
    bot: Bot | None = None
    whatsapp: WhatsApp | None = None
    #: Telegram's name of the bot, for links back to the chat; known once Telegram answered.
    bot_name: str = ""
    #: Set when the process is asked to end: open streams end with it.
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set when a loop that must never end has ended: the process is to end, loudly.
    broken: asyncio.Event = field(default_factory=asyncio.Event)
    #: False while Telegram does not know yet where updates go: nobody is to be sent here.
    is_pointed: bool = True
    #: The setting because of which the process ends.
    never: BadSettings | None = None
    _loops: list[asyncio.Task[Any]] = field(default_factory=list)

    async def turn(self, inbound: Inbound) -> Answer:
        """Take one inbound event; returns after the commit that keeps it."""
        inbound = await self.attachments.fetched(inbound)
        answer = await self.writer.turn(inbound.event())
        self.metrics.turns.labels(inbound.channel, answer.fate.value).inc()
        return answer

    async def tick(self) -> None:
        """What the clock does each second: look at what is due. Any number of ticks may be lost."""
        self.outbox.wake()
        if self.role.ticks:
            await self.upkeep.once()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        """Start in order, stop in the reverse one; lanes drain, nothing is cancelled in a transaction."""
        async with AsyncExitStack() as stack:
            await self.writer.start()
            self._watch(self.writer.task)
            stack.push_async_callback(self.reader.close)
            stack.push_async_callback(self.writer.stop)
            # The senders close only when nothing is being sent any more: a cut call has an unknown outcome.
            for sender in self.senders.values():
                stack.push_async_callback(sender.close)
            if self.role.sends:
                self._start_sending(stack)
            if self.bot is not None:
                await self._start_telegram(self.bot, stack)
            if self.whatsapp is not None:
                self._start_reconciling(self.whatsapp, stack)
            self._start_ticking(stack)
            _settle_memory()
            try:
                yield self
            finally:
                # From here on a loop that ends was asked to.
                self._loops.clear()

    def _start_sending(self, stack: AsyncExitStack) -> None:
        outbox = self._loop(self.outbox.run(), "outbox")
        stack.push_async_callback(self._stop_outbox, outbox)
        if self.settings.database_file is None:
            hearing = asyncio.get_running_loop().create_task(listen(self.settings.database_url, self.outbox.wake))
            stack.push_async_callback(stopped, hearing)

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

        if self.settings.telegram_mode == "webhook" and not self.role.serves:
            pass
        elif self.settings.telegram_mode == "webhook":
            secret = self.settings.telegram_webhook_secret
            address = f"{self.settings.public_base_url.rstrip('/')}/webhooks/telegram"
            self.is_pointed = False
            pointing = self._point(setup.point_webhook(bot, address, secret.get_secret_value() if secret else ""))
            stack.push_async_callback(polling.stop, asyncio.get_running_loop().create_task(pointing, name="webhook"))
        elif self.role.sends:
            task = self._loop(self._poll(bot), "polling")
            stack.push_async_callback(polling.stop, task)
        introducing = asyncio.get_running_loop().create_task(self._introduce(bot), name="introduce")
        stack.push_async_callback(polling.stop, introducing)

    async def _poll(self, bot: Bot) -> None:
        """Ask for updates; of several processes one does, the next when that one is gone."""
        from bot.telegram import polling

        def begin() -> asyncio.Task[None]:
            return asyncio.get_running_loop().create_task(polling.poll(bot, str(bot.id), self.turn))

        if self.settings.database_file is not None:
            await polling.poll(bot, str(bot.id), self.turn)
        else:
            await alone(self.settings.database_url, begin, POLLING)

    async def _point(self, pointing: Coroutine[Any, Any, None]) -> None:
        """Pages and other channels do not wait for Telegram; a setting it will never accept ends the process."""
        try:
            await pointing
        except BadSettings as never:
            self.never = never
            self.broken.set()
        else:
            self.is_pointed = True

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

    def _start_reconciling(self, whatsapp: WhatsApp, stack: AsyncExitStack) -> None:
        from bot.whatsapp.reconcile import Reconciler

        reconciling = self._loop(Reconciler(whatsapp, self.writer, self.turn).run(), "reconciling")
        stack.push_async_callback(stopped, reconciling)

    def _start_ticking(self, stack: AsyncExitStack) -> None:
        scheduler = ticks(self.tick)
        scheduler.start()
        stack.callback(scheduler.shutdown, wait=False)
        stack.callback(scheduler.pause)

    @property
    def is_alive(self) -> bool:
        """Whether every loop still runs."""
        return not self.broken.is_set()


async def stopped(task: asyncio.Task[None]) -> None:
    """End a loop that holds nothing."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


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
    role: Role = ALL,
) -> App:
    """Return the app for these settings; nothing runs yet. Raises where a catalogue or a regime is incomplete.

    `more_channels` and `more_senders` are added to the configured ones (the simulator's); `page_base` is where
    secure pages are reached if not under PUBLIC_BASE_URL (the demo's own address).
    """
    must_be_utc_plus_five()
    catalogue.check()
    installed()
    dictionary.check()
    clock, chance = clock or WallClock(), chance or Secure()
    where = settings.database_url
    migrate.upgrade(where)
    vault = Vault(settings.data_keys, settings.index_key, chance)
    bot, channels = transports.telegram(settings)
    base = settings.public_base_url.rstrip("/") or page_base
    whatsapp = transports.whatsapp(settings, base, clock)
    channels |= {"whatsapp": whatsapp} if whatsapp else {}
    channels |= more_channels or {}
    senders: dict[str, Sender] = {
        **channels,
        **transports.sms(settings),
        **transports.mail(settings),
        **(more_senders or {}),
    }
    world = World(
        clock=clock,
        chance=chance,
        vault=vault,
        chats=lambda channel, external: channels[channel].chat(external) if channel in channels else Chat(),
        policy_url=f"{base}/policy",
        notice=lambda channel, key, language: channels[channel].notice(say(T(key), language)),
        push=lambda channel, *what: pushes.drawn(channels[channel], *what),
        registry_outside=bool(settings.registry_url),
        has_mail="mail" in senders,
        news=lambda purpose, text: Kept(Said(Heard.EVENT, purpose=purpose, text=text)).body(),
        doorway=lambda channel, payload: _doorway(apps[0], channel, payload),
    )
    apps: list[App] = []
    handler = Handler(ENGINE, channels, pages=f"{base}/s/" if base else "")
    wakers: list[Callable[[], None]] = []
    lanes = books(where, world, handler.handle, handler.give_up, tells=not role.sends)
    writer = Writer(*lanes, woken=lambda: _wake_all(wakers))
    loop = OutboxLoop(writer, senders, clock, is_only_one=settings.database_file is not None)
    wakers.append(loop.wake)
    metrics = Metrics()
    registry = transports.registry(settings, writer)
    desk = Desk(handler)
    shelf = Shelf(settings.files_folder, chance)
    upkeep = Upkeep(writer, metrics, registry, desk, shelf)
    wakers.append(upkeep.wake)
    reader = Reader(where)
    attachments = Attachments(shelf, reader, vault, _fetchers(bot, settings))
    app = App(
        settings=settings,
        clock=clock,
        vault=vault,
        writer=writer,
        reader=reader,
        outbox=loop,
        upkeep=upkeep,
        metrics=metrics,
        senders=senders,
        attachments=attachments,
        web=routes.web(),
        role=role,
        desk=desk,
        bot=bot,
        whatsapp=whatsapp,
    )
    apps.append(app)
    routes.add(app, base)
    wakers.append(routes.add_desk(app, demo=bool(more_channels)))
    return app


def _wake_all(wakers: list[Callable[[], None]]) -> None:
    for wake in wakers:
        wake()


def _fetchers(bot: Bot | None, settings: Settings) -> dict[str, Fetch]:
    """Return what fetches the files of each channel that only names them."""
    fetchers: dict[str, Fetch] = {}
    if bot is not None:
        from bot.telegram.fetch import fetch

        fetchers["telegram"] = lambda said: fetch(bot, said)
    if settings.twilio_auth_token is not None and settings.twilio_whatsapp_from:
        from bot.whatsapp import media

        account, token = settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()
        fetchers["whatsapp"] = lambda said: media.fetch(
            said.value("url"), account=account, token=token, api_url=settings.twilio_api_url
        )
    return fetchers


def _doorway(app: App, channel: str, payload: str) -> tuple[str, str]:
    """A deep link where the other messenger has one; else the words are sent to the bot there."""
    if not channel.endswith("whatsapp"):
        number = app.settings.twilio_whatsapp_from.lstrip("+")
        # The demo's phones are no doors to a real WhatsApp.
        is_real = number and not channel.startswith("sim-")
        return "WhatsApp", f"https://wa.me/{number}?text={payload}" if is_real else payload
    return "Telegram", f"https://t.me/{app.bot_name}?start={payload}" if app.bot_name else payload
