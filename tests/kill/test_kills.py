"""Kill the real app at every named point and at any instant: nothing is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, get_args

import pytest

from storage.crashpoints import POINTS
from tests import postgres
from tests.acceptance.running import TOKEN
from tests.fakes.telegram import FakeTelegram
from tests.kill import registry
from tests.kill.conftest import Show
from tests.kill.faults import FAULTS
from tests.kill.forge import Forge
from tests.kill.oracle import Verdict, table
from tests.kill.parents import Parent
from tests.kill.town import UNLIMITED, Forgotten, Mode, Town, found, settle_in

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
#: Points passed in one mode only; all others are passed in polling and in webhook mode.
ONLY: Final[dict[str, Mode]] = {
    "inbound.received": "webhook",
    "inbound.answered": "webhook",
    "webhook.setting": "webhook",
    "webhook.set": "webhook",
    "offset.before": "polling",
    "telegram.asking": "polling",
    "telegram.asked": "polling",
    "registry.asking": "registry",
    "registry.answered": "registry",
}
#: Passed once in a life, before anybody can say anything.
AT_START: Final = frozenset({"webhook.setting", "webhook.set"})
#: Passed while starting, too: every third death comes before the app listens (K11).
ALSO_AT_START: Final = frozenset({"batch.begun", "batch.stepped", "batch.closed", "batch.committed"})
#: The time the code of a consent passes, which goes beside the other messages of that turn.
AT_A_CODE: Final = {"send.claimed": 1, "send.calling": 2, "send.called": 1, "send.acknowledged": 1}
#: Passed once or twice in a whole way: waiting for the fourth time costs a minute and shows nothing new.
SELDOM: Final = frozenset({"send.refused", "registry.asking", "registry.answered"})
#: A point nobody meets in so many steps is not where it says it is.
STEPS_TO_MEET: Final = 40
#: Kills in the one town of each point: 27 points, those of both modes twice, make 2,025 of a file,
#: 297 of a server; deaths at any instant (120 each) and deaths while starting come on top.
KILLS: Final = {"sqlite": 75, "postgres": 11}
DEATHS_TO_FIND: Final = 8
SEED: Final = 20261120

Row = tuple[str, Verdict, int]


#: Passed with WhatsApp only: tests/acceptance/test_whatsapp_journeys.py dies there.
ELSEWHERE: Final = ("twilio.", "shapes.", "reconcile.")


def points(mode: Mode) -> list[str]:
    here = [point for point in POINTS if not point.startswith(ELSEWHERE)]
    return [point for point in here if ONLY.get(point, mode) == mode and (mode != "registry" or point in ONLY)]


class Country:
    """Where towns are founded: a warm process, and a founded city to copy."""

    def __init__(self, forge: Forge, template: Path, folder: Path) -> None:
        self._forge, self._template, self._folder = forge, template, folder
        self._towns = 0

    @asynccontextmanager
    async def town(self, mode: Mode, seed: int, faults: tuple[str, ...] = ()) -> AsyncIterator[Town]:
        """Give a running town; it is gone afterwards."""
        self._towns += 1
        folder = settle_in(self._template, self._folder / f"town{self._towns}")
        async with AsyncExitStack() as stack:
            telegram = await stack.enter_async_context(_telegram())
            url = await stack.enter_async_context(registry.outside()) if mode == "registry" else ""
            town = Town(self._forge, telegram, folder, mode, seed, faults, url)
            if mode == "webhook":
                telegram.start_delivering()
            stack.push_async_callback(town.close)
            await town.begin()
            yield town


@asynccontextmanager
async def country(folder: Path, server: str = "") -> AsyncIterator[Country]:
    """Warm a process up and found the city that towns are copied from; `server` is a PostgreSQL."""
    template = folder / "template"
    template.mkdir()
    if server:
        (template / "bot.url").write_text(postgres.new_database(server=server))
    async with Forge() as forge:
        async with _telegram() as telegram:
            await found(forge, template, telegram)
        yield Country(forge, template, folder)


def _telegram() -> FakeTelegram:
    return FakeTelegram(token=TOKEN, local=True, rates=UNLIMITED)


class People:
    """A few parents on their way at a time, one of them moving."""

    def __init__(self, town: Town, together: int = 3) -> None:
        self._town = town
        self._walking = [town.arrive() for _ in range(together)]

    async def move(self) -> None:
        """Let one of them do the next thing; who has arrived makes place for somebody new."""
        parent = self._town.chance.choice(self._walking)
        if not await self._town.step(parent):
            self._walking[self._walking.index(parent)] = self._town.arrive()

    async def brings_somebody_to(self, step: str) -> Parent:
        """Let somebody new walk until this is what they do next."""
        parent = self._walking[0] = self._town.arrive()
        while self._town.next_of(parent) != step:
            await self._town.step(parent)
        return parent

    async def go_home(self) -> None:
        """Let those who have begun come to the end of their way."""
        for parent in self._walking:
            while parent.done and await self._town.step(parent):
                pass


# Named points.


@pytest.mark.timeout(400)
async def test_a_death_at_any_point_loses_nothing(tmp_path: Path, show: Show, server: str) -> None:
    rows = []
    async with country(tmp_path, server) as land:
        for mode in MODES:
            async with land.town(mode, SEED) as town:
                people = People(town, together=2)
                for point in points(mode):
                    await dies(town, people, point, times=1)
                await people.go_home()
                rows.append(await judged(f"each, {mode}", town))
    must_be_right(rows, show)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("mode", MODES)
async def test_many_deaths_at_each_point_lose_nothing(
    tmp_path: Path, show: Show, mode: Mode, half: int, database: str, server: str
) -> None:
    rows = []
    async with country(tmp_path, server) as land:
        for number, point in enumerate(points(mode)[half::2]):
            async with land.town(mode, SEED + number) as town:
                people = People(town)
                await dies(town, people, point, times=KILLS[database])
                await people.go_home()
                rows.append(await judged(f"{point}, {database}", town))
    must_be_right(rows, show)


async def dies(town: Town, people: People, point: str, times: int) -> None:
    """Let the app die at a point so many times while people go on."""
    for time in range(times):
        if point in AT_START or (point in ALSO_AT_START and time % 3 == 1):
            await town.dies_while_starting(point, hit=1)
            await people.move()
        elif point in AT_A_CODE and time % 3 == 2:
            await dies_at_a_code(town, people, point)
        else:
            await dies_at_work(town, people, point)


async def dies_at_work(town: Town, people: People, point: str) -> None:
    before = len(town.deaths)
    if point == "send.refused":
        # Whatever comes next is refused once; what that is, the walk decides.
        town.telegram.fail_next("sendMessage", 500, "Internal Server Error")
    await town.arm(point, hit=1 if point in SELDOM else town.chance.choice((1, 1, 1, 2, 2, 3, 4)))
    for _ in range(STEPS_TO_MEET):
        await people.move()
        if len(town.deaths) > before:
            return
    raise AssertionError(f"{point} was not met in {STEPS_TO_MEET} steps")


async def dies_at_a_code(town: Town, people: People, point: str) -> None:
    """Die while a code is on its way: the one message that must not be sent again."""
    before = len(town.deaths)
    parent = await people.brings_somebody_to("consented")
    await town.arm(point, hit=AT_A_CODE[point])
    await town.step(parent)
    assert len(town.deaths) > before, f"{point} was not met with a code"


# Any instant.


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", MODES)
async def test_deaths_at_any_instant_lose_nothing(tmp_path: Path, show: Show, mode: Mode, server: str) -> None:
    async with country(tmp_path, server) as land, land.town(mode, SEED) as town:
        await dies_at_any_instant(town, times=40, together=5)
        must_be_right([await judged(f"any instant, {mode}", town)], show)


async def dies_at_any_instant(town: Town, *, times: int, together: int) -> None:
    """Several parents walk at once, and the app is killed whatever it is doing."""
    goal = asyncio.Event()

    async def walk() -> None:
        parent = town.arrive()
        while True:
            if not await town.step(parent):
                if goal.is_set():
                    return
                parent = town.arrive()

    async with asyncio.TaskGroup() as walking:
        for _ in range(together):
            walking.create_task(walk())
        for _ in range(times):
            await asyncio.sleep(town.chance.uniform(0.02, 0.4))
            await town.kill()
        goal.set()


# The server dies.


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.only("postgres")
async def test_a_server_that_stops_at_once_under_load_loses_nothing(tmp_path: Path, show: Show, database: str) -> None:
    server = postgres.new_server(fsync="on", full_page_writes="on")
    try:
        async with country(tmp_path, server.url) as land, land.town("polling", SEED) as town:
            await stops_under_load(town, server, times=20, together=4)
            must_be_right([await judged("20 stops of the server", town)], show)
        server.must_be_sound()
    finally:
        server.remove()


async def stops_under_load(town: Town, server: postgres.Server, *, times: int, together: int) -> None:
    """Several parents walk at once, and the server stops as if the power was cut; the app goes on by itself."""
    goal = asyncio.Event()
    life = town.life

    async def walk() -> None:
        parent = town.arrive()
        while True:
            if not await town.step(parent):
                if goal.is_set():
                    return
                parent = town.arrive()

    async with asyncio.TaskGroup() as walking:
        for _ in range(together):
            walking.create_task(walk())
        for _ in range(times):
            await asyncio.sleep(town.chance.uniform(0.5, 1.5))
            await asyncio.to_thread(server.stop, signal.SIGQUIT)
            await asyncio.to_thread(server.start)
        goal.set()
    assert town.life is life, "the app had to be started anew"


# The oracle can fail.


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", FAULTS)
async def test_the_oracle_finds_a_broken_app(tmp_path: Path, show: Show, name: str) -> None:
    fault = FAULTS[name]
    async with country(tmp_path) as land, land.town(fault.mode, SEED, faults=(name,)) as town:
        wrong = await _what_is_wrong(town, fault.point)
    show(f"{name:<32}{wrong[:90]!r}")
    assert wrong


async def _what_is_wrong(town: Town, point: str) -> str:
    """Return the first thing the oracle says about a broken app; a parent who is forgotten says enough."""
    town.patience = 4.0
    people = People(town)
    try:
        for _ in range(DEATHS_TO_FIND):
            if point in AT_A_CODE:
                await dies_at_a_code(town, people, point)
            await dies(town, people, point, times=1)
            await town.settle()
            if wrong := town.verdict().wrong:
                return wrong[0]
    except (Forgotten, TimeoutError) as forgotten:
        return str(forgotten) or "it never settles"
    return ""


async def judged(name: str, town: Town) -> Row:
    await town.settle()
    return name, town.verdict(), len(town.deaths)


def must_be_right(rows: list[Row], show: Show) -> None:
    """Show the figures, and fail for whatever is wrong."""
    show(table(rows))
    wrong = [f"{name}: {fault}" for name, verdict, _ in rows for fault in verdict.wrong]
    assert not wrong, "\n".join(wrong[:20])
