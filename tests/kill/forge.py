"""A warm process that forks one life of the app after another: the imports cost seconds, a fork costs none.

`python -m tests.kill.forge` reads orders from its input, one JSON object a line, and forks a life for each:

    {"life": 1, "folder": "…", "environment": {…}, "faults": ["…"]}

Its output has a line for everything that happens to a life: {"life": 1, "pid": 42}, {"life": 1, "address": "…"},
{"life": 1, "armed": "send.called:2"}, {"life": 1, "ended": -9}. A signal SIGUSR1 to a life arms the crash point that
stands in `die_at` in its folder: `kill -9` by itself, at that point, the n-th time it is passed from then on.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN = 120.0
#: Whom the registry knows.
PEOPLE = 400
PARENT_DIES = 1  # prctl's PR_SET_PDEATHSIG


# The warm process.


def main() -> None:
    """Import everything, then fork a life for each order until the orders end."""
    _import_everything()
    gc.collect()
    gc.freeze()
    died, bell = os.pipe()
    os.set_blocking(bell, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(bell)
    lives: dict[int, int] = {}
    _tell({"ready": True})
    orders = sys.stdin.buffer
    while True:
        ready, _, _ = select.select([orders, died], [], [])
        if died in ready:
            os.read(died, 4096)
            _bury(lives)
        if orders in ready:
            line = orders.readline()
            if not line:
                break
            order = json.loads(line)
            pid = _fork(order)
            lives[pid] = order["life"]
            _tell({"life": order["life"], "pid": pid})
    for pid in lives:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _import_everything() -> None:
    """Import what a life imports, also what it imports late."""
    import aiosqlite
    import psycopg
    import sqlalchemy.dialects.postgresql.psycopg
    import sqlalchemy.dialects.sqlite.aiosqlite
    import uvicorn.lifespan.on
    import uvicorn.loops.auto
    import uvicorn.protocols.http.auto
    import uvicorn.protocols.websockets.auto

    import bot.demo
    import bot.telegram.polling
    import bot.telegram.send
    import bot.telegram.setup
    import storage.crashpoints
    from storage.migrate import config
    from tests.kill import faults

    del aiosqlite, psycopg, sqlalchemy, uvicorn, bot, storage, config, faults


def _tell(news: Mapping[str, object]) -> None:
    # One short write: lives and the forge share the pipe, and lines of theirs must not mix.
    os.write(1, json.dumps(news).encode() + b"\n")


def _bury(lives: dict[int, int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _tell({"life": lives.pop(pid), "ended": os.waitstatus_to_exitcode(status)})


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _live(order)
        code = 0
    except BaseException:  # noqa: BLE001 - printed; a fork must never go on as its parent
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


# One life.


def _live(order: dict[str, Any]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DIES, signal.SIGKILL)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    folder, life = Path(order["folder"]), order["life"]
    os.dup2(os.open(folder / "bot.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(order["environment"])

    from bot import demo, logs
    from services import demo_city
    from tests.kill import faults

    # A small city: two thousand people take seconds to write, and nobody here meets them.
    demo_city.people = partial(demo_city.people, PEOPLE)
    Death(folder, life)
    for fault in order.get("faults", ()):
        faults.FAULTS[fault].apply()
    if order["environment"]["DATABASE_URL"].startswith("postgres"):
        _share(folder)
    logs.configure("INFO")

    def ready(address: str) -> None:
        _tell({"life": life, "address": address.rstrip("/")})

    asyncio.run(demo.run(demo.settings(), samples=False, ready=ready))


def _share(folder: Path) -> None:
    """On a server: keep the phones here, and let nobody wait a minute for what a dead process was sending."""
    from datetime import timedelta

    from bot import demo, outbox
    from storage import books
    from storage import outbox as messages

    quick: Any = (demo, outbox, books, messages)  # Any: what is final is not to the world outside
    quick[0].FOLDER = folder
    quick[1].RENEW_SECONDS = 0.3
    quick[2].LISTEN_AGAIN_SECONDS = 0.3
    quick[3].LEASE = timedelta(seconds=1.5)


class Death:
    """Kills this process at a point, once armed; a point is also read at start, for deaths while starting."""

    def __init__(self, folder: Path, life: int) -> None:
        from storage import crashpoints

        self._order, self._life = folder / "die_at", life
        self._point, self._left = "", 0
        crashpoints.arm(self._pass)
        signal.signal(signal.SIGUSR1, lambda *_: self._arm())
        if self._order.exists():
            self._arm()

    def _arm(self) -> None:
        said = self._order.read_text()
        self._point, _, hit = said.partition(":")
        self._left = int(hit)
        _tell({"life": self._life, "armed": said})

    def _pass(self, point: str) -> None:
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


# The test's side.


@dataclass
class Life:
    """One process of the app."""

    number: int
    folder: Path
    pid: int = 0
    address: str = ""
    exit_code: int | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    armed: int = 0

    @property
    def is_over(self) -> bool:
        return self.exit_code is not None

    def hear(self, news: dict[str, Any]) -> None:
        self.pid = news.get("pid", self.pid)
        self.address = news.get("address", self.address)
        self.exit_code = news.get("ended", self.exit_code)
        self.armed += "armed" in news
        self._news.set()

    async def changed(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def started(self) -> bool:
        """Wait until it listens; False if it died before."""
        async with asyncio.timeout(START_WITHIN):
            while not self.address and not self.is_over:
                await self.changed()
        return not self.is_over

    async def arm(self, point: str, hit: int) -> None:
        """Let it die at a point; returns when it knows, or is dead already."""
        (self.folder / "die_at").write_text(f"{point}:{hit}")
        known = self.armed
        self.signal(signal.SIGUSR1)
        async with asyncio.timeout(10):
            while self.armed == known and not self.is_over:
                await self.changed()
        (self.folder / "die_at").unlink(missing_ok=True)

    def signal(self, number: int) -> None:
        # Process 0 would be everybody in this group.
        if self.pid > 0 and not self.is_over:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def ended(self, within: float) -> bool:
        """Say whether it ended within so many seconds."""
        try:
            async with asyncio.timeout(within):
                while not self.is_over:
                    await self.changed()
        except TimeoutError:
            return False
        return True


class Forge:
    """The warm process, as a test holds it."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._lives: dict[int, Life] = {}
        self._listening: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.kill.forge",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._listening = asyncio.create_task(self._listen())
        await asyncio.wait_for(self._ready.wait(), START_WITHIN)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process
        assert self._process.stdin
        assert self._listening
        self._process.stdin.close()
        await self._process.wait()
        await self._listening

    async def _listen(self) -> None:
        assert self._process
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            news = json.loads(line)
            if news.get("ready"):
                self._ready.set()
            else:
                self._lives[news["life"]].hear(news)

    def fork(self, folder: Path, environment: Mapping[str, str], *, faults: tuple[str, ...] = ()) -> Life:
        """Begin a life of the app in this folder."""
        assert self._process
        assert self._process.stdin
        life = Life(len(self._lives) + 1, folder)
        self._lives[life.number] = life
        order = {"life": life.number, "folder": str(folder), "environment": dict(environment), "faults": faults}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return life


if __name__ == "__main__":
    main()
