"""CPU of one turn of the running bot, beside three bots most people would write, in the same run.

Everybody is a process of its own, behind a webhook, and has a dialog of four steps with the same people: saturated
(`IN_FLIGHT` at once), then at 150 turns a second. A turn ends when the answer is on the phone. Ours keeps the event,
the conversation and the messages, sealed and committed before anything is sent; taps are answered and messages
edited, so it calls Telegram twice a turn, where the peers type words and call once. An echo keeps nothing; Redis keeps
nothing through a power cut; the template keeps one row. Of the databases' own processes nothing is counted.
"""

from __future__ import annotations

import asyncio
import base64
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests import postgres
from tests.bench import tell
from tests.bench._street import SECRET, Street

PEOPLE: Final = 300
IN_FLIGHT: Final = 64
PER_SECOND: Final = 150.0
ROUNDS: Final = 3
OURS: Final = ("/start", "language", "kk", "help")
THEIRS: Final = ("/start", "Aida", "Almaty", "yes")
TICKS: Final = os.sysconf("SC_CLK_TCK")
START_WITHIN: Final = 60.0


@dataclass(frozen=True)
class Bot:
    """Whom we measure."""

    name: str
    kind: str
    #: redis, sqlite, postgres or nothing.
    store: str = ""


BOTS: Final = (
    Bot("ours, SQLite", "ours", "sqlite"),
    Bot("ours, PostgreSQL", "ours", "postgres"),
    Bot("aiogram + Redis FSM", "redis", "redis"),
    Bot("aiogram echo, keeps nothing", "echo"),
    Bot("session per update, SQLite", "template", "sqlite"),
    Bot("session per update, PostgreSQL", "template", "postgres"),
)


@dataclass(frozen=True)
class Figure:
    """What one walk of everybody showed."""

    per_second: float
    #: Microseconds of CPU of the bot's process a turn.
    cpu: float
    p50: float
    p99: float
    calls: float


def main() -> None:
    """Tell the figures of each bot, median of the rounds, and how many times less or more ours costs."""
    tell(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {PEOPLE} people, {ROUNDS} rounds, load {_load()}"
    )
    if shutil.which("redis-server") is None:
        tell("there is no redis-server, so aiogram with Redis is left out: apt-get install redis-server")
    bots = [bot for bot in BOTS if bot.store != "redis" or shutil.which("redis-server")]
    found: dict[str, list[tuple[Figure, Figure]]] = {bot.name: [] for bot in bots}
    with tempfile.TemporaryDirectory() as folder, _redis(Path(folder)) as redis:
        for _ in range(ROUNDS):
            for number, bot in enumerate(bots):
                found[bot.name].append(asyncio.run(_round(bot, redis, Path(folder) / f"{number}")))
    for at, title in enumerate((f"saturated, {IN_FLIGHT} in flight", f"{PER_SECOND:.0f} turns a second")):
        _tell_table(title, {name: _median([both[at] for both in rounds]) for name, rounds in found.items()})
    tell(f"load at the end {_load()}")


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def _median(figures: list[Figure]) -> Figure:
    names = ("per_second", "cpu", "p50", "p99", "calls")
    return Figure(*(statistics.median(getattr(figure, name) for figure in figures) for name in names))


def _tell_table(title: str, figures: dict[str, Figure]) -> None:
    tell(f"\n{title}:")
    for name, figure in figures.items():
        ratios = [f"{figure.cpu / figures[ours].cpu:5.2f}" for ours in figures if ours.startswith("ours")]
        tell(
            f"  {name:31}{figure.cpu:7.0f} µs CPU a turn ({' / '.join(ratios)} of ours on SQLite / PostgreSQL)"
            f"{figure.per_second:7.0f} turns/s, p50 {figure.p50:5.1f} ms, p99 {figure.p99:6.1f} ms,"
            f" {figure.calls:.1f} calls"
        )


# One bot, one round.


async def _round(bot: Bot, redis: str, folder: Path) -> tuple[Figure, Figure]:
    await asyncio.to_thread(_empty, folder)
    script = OURS if bot.kind == "ours" else THEIRS
    async with Street(PEOPLE) as street, _running(bot, street, redis, folder) as process:
        # Everybody has come before: no stranger is met while it counts.
        await street.walk(("/start", "kk") if bot.kind == "ours" else ("/start",), together=IN_FLIGHT)
        full = await _measured(street, process.pid, script, together=IN_FLIGHT)
        paced = await _measured(street, process.pid, script, together=IN_FLIGHT, per_second=PER_SECOND)
    return full, paced


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


async def _measured(
    street: Street, pid: int, script: tuple[str, ...], *, together: int, per_second: float = 0.0
) -> Figure:
    calls = street.forget()
    begun, used = time.perf_counter(), _cpu(pid)
    turns = await street.walk(script, together=together, per_second=per_second)
    seconds, used = time.perf_counter() - begun, _cpu(pid) - used
    waits = sorted(street.waits)
    p50, p99 = waits[len(waits) // 2] * 1e3, waits[len(waits) * 99 // 100] * 1e3
    return Figure(turns / seconds, used / turns * 1e6, p50, p99, calls() / turns)


def _cpu(pid: int) -> float:
    """Return the seconds of CPU of a process and its threads until now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@asynccontextmanager
async def _running(bot: Bot, street: Street, redis: str, folder: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    port = _free_port()
    street.bot = f"http://127.0.0.1:{port}/webhooks/telegram"
    store = _store(bot, redis, folder)
    peer = [sys.executable, "-m", "tests.bench._peers", bot.kind, street.url, store, str(port)]
    words = [sys.executable, "-m", "bot", "run"] if bot.kind == "ours" else peer
    environment = {"PATH": os.environ["PATH"]} | (_settings(street.url, store, port) if bot.kind == "ours" else {})
    with (folder / "log").open("wb") as log:
        process = await asyncio.to_thread(subprocess.Popen, words, env=environment, stdout=log, stderr=log)
        try:
            await _ready(port, folder / "log")
            yield process
        finally:
            process.kill()
            await asyncio.to_thread(process.wait)
    if bot.store == "postgres":
        postgres.drop_database(store.replace("+psycopg", ""))


async def _ready(port: int, log: Path) -> None:
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until:
        with suppress(OSError):
            await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{port}/readyz", timeout=5)
            return
        await asyncio.sleep(0.1)
    raise AssertionError(await asyncio.to_thread(log.read_text))


def _store(bot: Bot, redis: str, folder: Path) -> str:
    if bot.store == "redis":
        return redis
    if bot.store == "postgres":
        url = postgres.new_database()
        return url if bot.kind == "ours" else url.replace("postgresql://", "postgresql+psycopg://")
    path = folder / "bench.db"
    return f"sqlite:///{path}" if bot.kind == "ours" else f"sqlite+aiosqlite:///{path}"


def _settings(api: str, store: str, port: int) -> dict[str, str]:
    """Everything production asks for; nothing is ever sent to Twilio here."""
    return {
        "BOT_TOKEN": "123456:TEST",
        "TELEGRAM_MODE": "webhook",
        "TELEGRAM_API_URL": api,
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "t" * 32,
        "TWILIO_SMS_FROM": "+12025550123",
        "TWILIO_API_URL": api,
        "DATABASE_URL": store,
        "DATA_KEYS": base64.b64encode(b"d" * 32).decode(),
        "INDEX_KEY": base64.b64encode(b"i" * 32).decode(),
        "PORT": str(port),
        "LOG_LEVEL": "ERROR",
    }


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """A Redis of our own that keeps nothing on the disk: its best case."""
    if shutil.which("redis-server") is None:
        yield ""
        return
    port = _free_port()
    words = ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main()
