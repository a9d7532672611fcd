"""A post office without providers: a real writer on a file, the outbox loop, and senders that do as a test says."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.channels import SendFailed
from bot.outbox import OutboxLoop
from storage import crashpoints, outbox
from storage.do import Do
from storage.events import Event
from storage.outbox import Outgoing
from storage.writer import Writer
from tests.storage.house import House, regret

CHAT, OTHER, SMS = "chat", "other", "sms"


def _plans(event: Event, do: Do) -> None:
    """Plan what the event lists; news from a gateway plan nothing."""
    if event.provider != "test":
        return
    uids: dict[str, str] = {}
    for plan in json.loads(event.body):
        words, edits = plan.pop("text"), plan.pop("edits", None)
        after = timedelta(seconds=plan.pop("after", 0))
        uids[words] = do.outbox.add(
            plan.pop("kind"), {"text": words}, edits=uids.get(edits, edits), after=after, **plan
        )


@dataclass
class Call:
    """One call of a sender."""

    text: str
    to: str
    target: str | None


@dataclass
class FakeSender:
    """Takes everything, unless told what to do with the next call for a text."""

    name: str
    calls: list[Call] = field(default_factory=list)
    next: defaultdict[str, deque[Callable[[], Awaitable[object]]]] = field(default_factory=lambda: defaultdict(deque))
    #: Calls at this moment, and the most there ever were.
    now: int = 0
    most: int = 0

    async def send(self, out: Outgoing, target: str | None) -> str | None:
        text = out.payload["text"]
        self.calls.append(Call(text, out.external, target))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if self.next[text]:
                await self.next[text].popleft()()
            else:
                await asyncio.sleep(0)
        finally:
            self.now -= 1
        return f"{self.name}-{len(self.calls)}"

    async def close(self) -> None:
        """Nothing is open."""

    @property
    def texts(self) -> list[str]:
        return [call.text for call in self.calls]

    def refuses(self, text: str, *failures: BaseException) -> None:
        for failure in failures:
            self.next[text].append(lambda failure=failure: _raise(failure))  # type: ignore[misc]  # bound now

    def hangs(self, text: str, seconds: float = 60) -> None:
        self.next[text].append(lambda: asyncio.sleep(seconds))

    def does(self, text: str, what: Callable[[], Awaitable[object]]) -> None:
        self.next[text].append(what)


async def _raise(failure: BaseException) -> None:
    raise failure


class Post:
    """The writer, the loop, and what the file says."""

    def __init__(self, path: Path, *, call_seconds: float = 0.2) -> None:
        self.house = House(path, _plans, regret)
        self.clock = self.house.clock
        self.senders = {name: FakeSender(name) for name in (CHAT, OTHER, SMS)}
        self.chat, self.other, self.sms = self.senders.values()
        self.writer = Writer(self.house.book, woken=lambda: self.loop.wake())
        self.loop = OutboxLoop(self.writer, self.senders, self.clock, call_seconds=call_seconds)
        self.running: asyncio.Task[None] | None = None

    def run(self) -> None:
        """Let the loop run by itself."""
        self.running = asyncio.get_running_loop().create_task(self.loop.run())

    async def plan(self, *texts: str, who: str = "1", kind: str = "reply", **plan: Any) -> None:  # Any: columns
        """Plan messages to somebody, in one turn."""
        await self.plan_all([{"text": text, "kind": kind, **plan} for text in texts], who=who)

    async def plan_all(self, plans: Iterable[dict[str, Any]], *, who: str = "1") -> None:
        event = Event("test", "bot", uuid4().hex, json.dumps(list(plans)).encode(), CHAT, who)
        await self.writer.turn(event)

    async def sends(self, **ahead: float) -> None:
        """Let time pass, and send what is due then."""
        self.clock.move(**ahead)
        while await self.loop.once():
            pass

    async def is_quiet(self, within: float = 5) -> None:
        """Wait until nothing is due and nothing is being sent."""
        async with asyncio.timeout(within):
            while not await self.writer.deed(lambda deed: outbox.is_empty(deed.db, deed.world), wakes=False):
                self.loop.wake()
                await asyncio.sleep(0.01)

    async def until(self, true: Callable[[], object], within: float = 5) -> None:
        async with asyncio.timeout(within):
            while not true():  # noqa: ASYNC110 - anything may make it true
                await asyncio.sleep(0.005)

    # What is stored; payloads are sealed, so messages are known by the order they were planned in.

    def states(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT state FROM outbox ORDER BY id")]

    def row(self, number: int = 1) -> dict[str, Any]:
        with closing(sqlite3.connect(self.house.path)) as db:
            db.row_factory = sqlite3.Row
            return dict(db.execute("SELECT * FROM outbox WHERE id=?", (number,)).fetchone())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.house.rows(sql)


@asynccontextmanager
async def office(path: Path, *, call_seconds: float = 0.2) -> AsyncIterator[Post]:
    """Open a post office; its loop is ended at the end, if it runs."""
    post = Post(path, call_seconds=call_seconds)
    await post.writer.start()
    try:
        yield post
    finally:
        if post.running is not None:
            post.loop.stop()
            await asyncio.gather(post.running, return_exceptions=True)
        await post.writer.stop()


class Counting:
    """Counts the points that are passed."""

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()

    def __enter__(self) -> Counter[str]:
        crashpoints.arm(lambda point: self.passed.update([point]))
        return self.passed

    def __exit__(self, *_: object) -> None:
        crashpoints.arm(lambda _: None)


def failed(reason: str = "no", **policy: Any) -> SendFailed:  # Any: the policy's fields
    return SendFailed(reason, **policy)
