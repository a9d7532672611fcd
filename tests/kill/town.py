"""A town of parents and the app that serves them: it dies when told to, is started again, and the parents go on."""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import aiohttp
import psycopg

from tests import postgres
from tests.acceptance.running import PAGES, SECRET, TOKEN
from tests.fakes.telegram import FakeTelegram, Rates
from tests.kill import oracle
from tests.kill.forge import Forge, Life
from tests.kill.oracle import Death, Did, Log, Shown, Update
from tests.kill.parents import Family, Parent, Step, families

#: How updates arrive, or that the person registry lies outside (and updates are polled).
Mode = Literal["polling", "webhook", "registry"]

ANY_INSTANT = "any instant"
#: Telegram's limits are another test's; here they would only cost time.
UNLIMITED = Rates(set_webhook_every=0, overall_per_second=10_000, per_chat_per_second=1_000, per_chat_burst=1_000)
FIRST_USER = 5_000
#: The countdown of a code, after which the parent may ask for a new one.
COUNTDOWN_SECONDS = 91
#: After so long without an SMS a parent waits for the end of the countdown.
SMS_WITHIN = 1.5
#: An armed point that is not met within one step may be met in the next.
DEATH_WITHIN = 0.05


class Forgotten(AssertionError):
    """A parent waits for an answer that does not come."""


@dataclass
class Town:
    """One installation with its Telegram and its parents."""

    forge: Forge
    telegram: FakeTelegram
    folder: Path
    mode: Mode
    seed: int
    faults: tuple[str, ...] = ()
    registry_url: str = ""
    #: A parent who sees nothing for so long after the app is back has been forgotten.
    patience: float = 20.0
    deaths: list[Death] = field(default_factory=list)
    parents: list[Parent] = field(default_factory=list)
    life: Life | None = None

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self._families = families()
        self._walks: dict[int, Iterator[Step]] = {}
        self._next: dict[int, Step | None] = {}
        self._port = _free_port() if self.mode == "webhook" else 0
        self._point, self._armed = "", False
        self._reviving = asyncio.Lock()

    @property
    def database(self) -> str:
        """The address of the server's database; empty where it is a file."""
        url = self.folder / "bot.url"
        return url.read_text() if url.exists() else ""

    @property
    def is_armed(self) -> bool:
        return self._armed

    @property
    def environment(self) -> dict[str, str]:
        base = f"http://127.0.0.1:{self._port}" if self._port else PAGES
        return {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.database or f"sqlite:///{self.folder / 'bot.db'}",
            "BOT_TOKEN": TOKEN,
            "TELEGRAM_MODE": "webhook" if self.mode == "webhook" else "polling",
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "TELEGRAM_API_URL": self.telegram.url,
            "PUBLIC_BASE_URL": base,
            "PORT": str(self._port),
            "REGISTRY_URL": self.registry_url,
        }

    # The app lives and dies.

    async def begin(self) -> None:
        """Start a life."""
        self.life = self.forge.fork(self.folder, self.environment, faults=self.faults)
        if not await self.life.started():
            self._note_death(self.life)
            raise AssertionError(f"the app did not start:\n{self._log_end}")
        if self.mode == "webhook":
            self.telegram.hurry()

    async def dies_while_starting(self, point: str, hit: int) -> None:
        """Kill it, let the next life die at a point on its way up, and begin once more."""
        async with self._reviving:
            await self._kill()
            self._point, self._armed = point, True
            (self.folder / "die_at").write_text(f"{point}:{hit}")
            self.life = self.forge.fork(self.folder, self.environment, faults=self.faults)
            assert await self.life.ended(20), f"{point} is not passed while starting"
            (self.folder / "die_at").unlink()
            self._note_death(self.life)
            await self.begin()

    async def arm(self, point: str, hit: int) -> None:
        assert self.life
        self._point, self._armed = point, True
        await self.life.arm(point, hit)

    async def kill(self) -> None:
        """As `kill -9` does, from outside; then begin again."""
        async with self._reviving:
            await self._kill()
            await self.begin()

    async def _kill(self) -> None:
        assert self.life
        self._point, self._armed = ANY_INSTANT, True
        self.life.signal(signal.SIGKILL)
        await self.life.ended(10)
        self._note_death(self.life)

    async def end(self) -> tuple[int | None, float]:
        """End it politely; return its exit code and how long it took. Whoever misses it waits for `begin`."""
        assert self.life
        started = asyncio.get_running_loop().time()
        self.life.signal(signal.SIGTERM)
        await self.life.ended(30)
        return self.life.exit_code, asyncio.get_running_loop().time() - started

    async def ends(self) -> tuple[int | None, float, tuple[str, ...]]:
        """End it politely and begin again; return also what it was still sending."""
        async with self._reviving:
            code, seconds = await self.end()
            left = oracle.in_doubt(self.folder)
            await self.begin()
        return code, seconds, left

    async def close(self) -> None:
        """End whatever lives."""
        if self.life:
            self.life.signal(signal.SIGKILL)
            await self.life.ended(10)

    def _note_death(self, life: Life) -> None:
        if life.exit_code != -signal.SIGKILL or not self._armed:
            raise AssertionError(f"the app ended by itself with {life.exit_code}:\n{self._log_end}")
        self._armed = False
        self.deaths.append(Death(self._point, oracle.in_doubt(self.folder)))

    @property
    def _log_end(self) -> str:
        path = self.folder / "bot.log"
        return path.read_text()[-4000:] if path.exists() else ""

    # Parents walk.

    def arrive(self) -> Parent:
        """Give somebody new a phone."""
        family: Family = next(self._families)
        user = FIRST_USER + len(self.parents)
        phone = self.telegram.phone(user_id=user, first_name=family.parent.name.first, language_code="kk")
        has_pages = self.mode != "webhook"
        parent = Parent(phone, family, self._set_password, self._code_for, self._letters, has_pages)
        self.parents.append(parent)
        self._walks[user] = parent.steps()
        self._next[user] = next(self._walks[user])
        return parent

    def next_of(self, parent: Parent) -> str:
        """Name what a parent will do next; nothing at the end of the way."""
        step = self._next[parent.phone.user_id]
        return step.name if step else ""

    async def step(self, parent: Parent) -> bool:
        """Let a parent do the next thing and see the answer, whatever dies meanwhile; False at the end of the way."""
        user = parent.phone.user_id
        step = self._next[user]
        if step is None:
            return False
        parent.begin_to_wait()
        try:
            await step.act()
        except AssertionError as impossible:
            raise Forgotten(f"{step.name}: {impossible}") from None
        await self._until_seen(parent, step)
        parent.done.append(step.name)
        self._next[user] = next(self._walks[user], None)
        return True

    async def _until_seen(self, parent: Parent, step: Step) -> None:
        is_seen = False
        while not is_seen:
            try:
                is_seen = await self._seen_or_dead(parent, step, self.patience)
            except AssertionError as unseen:
                raise Forgotten(f"{step.name}: {unseen}\n{self._log_end}") from None
            # An armed death may come a moment after the answer.
            if self._armed and self.life:
                await self.life.ended(DEATH_WITHIN)
            await self._alive()

    async def _seen_or_dead(self, parent: Parent, step: Step, within: float) -> bool:
        """Say whether the answer was seen; False if the app died before."""
        assert self.life
        seeing = asyncio.create_task(parent.phone.wait_for(step.sees, within))
        # A little longer: who is forgotten must be heard before an app that merely did not die.
        dying = asyncio.create_task(self.life.ended(within + 1))
        try:
            await asyncio.wait({seeing, dying}, return_when=asyncio.FIRST_COMPLETED)
            if not seeing.done():
                return False
            parent.looks_at = seeing.result()
            return True
        finally:
            seeing.cancel()
            dying.cancel()
            await asyncio.gather(seeing, dying, return_exceptions=True)

    async def _alive(self) -> Life:
        """Return a life that answers, a new one if the last is over."""
        async with self._reviving:
            assert self.life
            if self.life.is_over:
                self._note_death(self.life)
                await self.begin()
            return self.life

    async def _set_password(self, link: str) -> bool:
        """Open the page and press its button, again if the app dies; a used link means it was kept."""
        form = {"value": "Балапан-2026", "again": "Балапан-2026"}
        while True:
            life = await self._alive()
            with suppress(aiohttp.ClientError):
                async with (
                    aiohttp.ClientSession() as browser,
                    browser.get(link.replace(PAGES, life.address)) as page,
                    browser.post(link.replace(PAGES, life.address), data=form | hidden(await page.text())) as answer,
                ):
                    await answer.read()
                    if answer.status < 500:
                        return answer.status in (200, 410)
            # Nothing could be written at this moment: whoever reads that presses once more.
            await life.ended(0.5)

    async def _code_for(self, parent: Parent) -> str:
        """Read the last SMS; if a death took it, wait for the end of the countdown and ask for a new one."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SMS_WITHIN):
                    while len(letters := parent.letters()) <= parent.letters_before:  # noqa: ASYNC110 - a file
                        await asyncio.sleep(0.02)
                    return "".join(sign for sign in letters[-1] if sign.isdigit())[:6]
            parent.begin_to_wait()
            await self._move_clock(COUNTDOWN_SECONDS)
            await self._until_seen(parent, Step("countdown", parent.asks_anew, parent.may_ask_anew))
            parent.begin_to_wait()
            await parent.asks_anew()
            await self._until_seen(parent, Step("new code", parent.asks_anew, parent.shows_number))

    def _letters(self, number: str) -> list[str]:
        with closing(sqlite3.connect(self.folder / "phones.db")) as db:
            sql = "SELECT text FROM letter WHERE kind='sms' AND recipient=? ORDER BY seq"
            return [row[0] for row in db.execute(sql, (number,))]

    async def _move_clock(self, seconds: float) -> None:
        from datetime import datetime, timedelta

        while True:
            life = await self._alive()
            with suppress(aiohttp.ClientError):
                async with aiohttp.ClientSession(life.address) as browser:
                    async with browser.get("/demo/clock") as answer:
                        now = datetime.fromisoformat((await answer.json())["now"])
                    to = now + timedelta(seconds=seconds)
                    async with browser.post("/demo/clock", json={"to": to.isoformat()}) as answer:
                        # Another parent may have moved it further meanwhile: it is late enough then.
                        is_past = answer.status == 422 and "forwards only" in await answer.text()
                        assert answer.status == 200 or is_past, await answer.text()
                        return
            await life.ended(5)

    # What the world saw.

    async def settle(self) -> None:
        """Wait until nothing is on its way any more."""
        await self._alive()
        async with asyncio.timeout(self.patience):
            while self.telegram.waiting or self._is_busy():  # noqa: ASYNC110 - a database
                await asyncio.sleep(0.05)

    def _is_busy(self) -> bool:
        driver: Any = psycopg.connect(self.database) if self.database else sqlite3.connect(self.folder / "bot.db")
        with closing(driver) as db:
            sql = (
                "SELECT 1 FROM outbox WHERE state='sending' OR (state='planned' AND kind<>'frame')"
                " UNION ALL SELECT 1 FROM inbox WHERE state='retry' UNION ALL SELECT 1 FROM job WHERE state<>'done'"
            )
            return db.execute(sql).fetchone() is not None

    def log(self) -> Log:
        world: Any = self.telegram._world
        waiting = [*world.updates.waiting, *world.updates.lost]
        updates = [(update, True) for update in world.updates.taken.values()] + [(update, False) for update in waiting]
        return Log(
            updates=tuple(Update(update.update_id, update.queue[1], update.kind, taken) for update, taken in updates),
            shown=tuple(Shown(message.message_id, message.chat_id, message.text) for message in self.telegram.sent),
            unanswered_taps=sum(1 for tap in world.taps.values() if not tap.is_answered),
            people=tuple(map(_did, self.parents)),
            deaths=tuple(self.deaths),
        )

    def verdict(self) -> oracle.Verdict:
        return oracle.judge(self.log(), self.folder)


def _did(parent: Parent) -> Did:
    done = parent.done
    return Did(
        user=parent.phone.user_id,
        phone=parent.number,
        codes_asked=parent.codes_asked,
        consented="consented" in done,
        registered="registered" in done,
        child_added="child_added" in done,
        child_removed="child_removed" in done,
    )


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def found(forge: Forge, folder: Path, telegram: FakeTelegram) -> None:
    """Found the city in a folder, so that every town starts from a copy."""
    town = Town(forge, telegram, folder, "polling", seed=0)
    await town.begin()
    # From now on its clock goes on from where a life left it.
    await town._move_clock(60)
    code, _ = await town.end()
    assert code == 0, town._log_end
    (folder / "bot.log").unlink()


def settle_in(template: Path, folder: Path) -> Path:
    shutil.copytree(template, folder)
    if (url := folder / "bot.url").exists():
        url.write_text(
            postgres.new_database(postgres.name_of(url.read_text()), postgres.url_of_server(url.read_text()))
        )
    return folder


def hidden(page: str) -> dict[str, str]:
    """Return what a browser sends with the form of a page, besides what was typed."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', page))
