"""Draining the outbox: 2,000 messages that are due, over HTTP, against the loop most bots have.

The peer: one loop, ORM rows (SQLAlchemy 2 with aiosqlite, the same pragmas), a POST and a commit for each message. Both
send with the same aiohttp client to the same provider in a process of its own, which answers at once or after 50 ms.
Ours opens each message with its person's key, the peer reads clear text.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from bot.outbox import OutboxLoop
from storage.models import OutboxRow, micros
from storage.outbox import Outgoing
from storage.sqlite import PRAGMAS
from tests.kill.post import CHAT, Counting, Post, office

MESSAGES = 2_000
#: At 50 ms a message the peer would need minutes for all of them.
PEER_MESSAGES = {0: 500, 50: 100}
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"


@dataclass(frozen=True)
class Drained:
    """What a drain cost."""

    messages: int
    seconds: float
    cpu: float
    commits: float

    @property
    def rate(self) -> float:
        return self.messages / self.seconds

    @property
    def line(self) -> str:
        each = self.cpu / self.messages * 1e6
        return f"{self.rate:9,.0f} messages/s {each:9,.0f} µs CPU each {self.commits / self.messages:7.3f} commits each"


class Client:
    """The sender of both: a POST, the provider's id back."""

    name = CHAT

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = url, session

    async def post(self, chat: str, payload: dict[str, Any]) -> str:  # Any: JSON
        async with self._session.post(self._url, json={"chat_id": chat, **payload}) as answer:
            return str((await answer.json())["result"]["message_id"])

    async def send(self, out: Outgoing, target: str | None) -> str:
        return await self.post(out.external, out.payload)

    async def close(self) -> None:
        """The session is closed by whoever opened it."""


def main() -> None:
    """Run both at both delays and print what came out."""
    for delay in PEER_MESSAGES:
        ours, peer = asyncio.run(_side_by_side(delay))
        _say(f"\noutbox, the provider answers after {delay} ms")
        _say(f"  ours  {ours.line}")
        _say(f"  peer  {peer.line}")
        _say(f"  ours is {ours.rate / peer.rate:,.1f} times as fast; goal: {50 if delay else 8}")


async def _side_by_side(delay: int) -> tuple[Drained, Drained]:
    with tempfile.TemporaryDirectory() as folder:
        async with _provider(delay) as url, aiohttp.ClientSession() as session:
            client = Client(url, session)
            peer = await _peer(Path(folder), client, PEER_MESSAGES[delay])
            return await _ours(Path(folder), client), peer


async def _ours(folder: Path, client: Client) -> Drained:
    async with office(folder / "ours.db") as post:
        await _plan(post)
        post.loop = OutboxLoop(post.writer, {CHAT: client}, post.clock)
        with Counting() as passed:
            started, cpu = time.perf_counter(), time.process_time()
            post.run()
            while post.rows("SELECT EXISTS (SELECT 1 FROM outbox WHERE state<>'sent')") != [(0,)]:  # noqa: ASYNC110 - the loop tells nobody
                await asyncio.sleep(0.02)
            return Drained(
                MESSAGES, time.perf_counter() - started, time.process_time() - cpu, passed["batch.committed"]
            )


async def _plan(post: Post) -> None:
    await asyncio.gather(*(post.plan(f"Good morning, {number}", who=f"{number}") for number in range(MESSAGES)))


async def _peer(folder: Path, client: Client, messages: int) -> Drained:
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'peer.db'}")

    @event.listens_for(engine.sync_engine, "connect")
    def as_ours(connection: Any, _record: object) -> None:  # Any: a driver's connection
        for pragma in (*PRAGMAS, "PRAGMA foreign_keys=OFF"):
            connection.execute(pragma)

    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: OutboxRow.__table__.create(sync))  # type: ignore[attr-defined]
    async with AsyncSession(engine) as session:
        session.add_all(_row(number) for number in range(messages))
        await session.commit()
    started, cpu = time.perf_counter(), time.process_time()
    async with AsyncSession(engine) as session:
        due = select(OutboxRow).where(OutboxRow.state == "planned").order_by(OutboxRow.due_at, OutboxRow.id).limit(1)
        while (row := await session.scalar(due)) is not None:
            row.provider_id = await client.post("1", {"text": (row.payload or b"").decode()})
            row.state = "sent"
            await session.commit()
    took = Drained(messages, time.perf_counter() - started, time.process_time() - cpu, messages)
    await engine.dispose()
    return took


def _row(number: int) -> OutboxRow:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    assert micros(now)
    return OutboxRow(
        uid=f"{number}",
        person_id=1,
        channel=CHAT,
        kind="reply",
        payload=f"Good morning, {number}".encode(),
        due_at=now,
        created_at=now,
        state="planned",
        attempts=0,
        reason="",
        maybe_duplicate=False,
    )


# The provider: a process of its own that answers every POST.


@asynccontextmanager
async def _provider(delay: int) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"from tests.bench.outbox import provide; provide({delay})",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}/send"
    finally:
        process.kill()
        await process.wait()


def provide(delay: int) -> None:
    """Answer for ever."""
    asyncio.run(_serve(delay / 1000))


async def _serve(delay: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Answers(delay), "127.0.0.1", 0)
    os.write(1, f"{server.sockets[0].getsockname()[1]}\n".encode())
    await server.serve_forever()


class Answers(asyncio.Protocol):
    """As little HTTP as aiohttp needs: requests of one connection come one after another."""

    sent = 0

    def __init__(self, delay: float) -> None:
        self._delay, self._read = delay, b""
        self._transport: Any = None  # Any: the loop's transport

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        if end and len(body) >= int(length.partition(b":")[2]):
            self._read = b""
            answer: Callable[[], None] = self._answer
            asyncio.get_running_loop().call_later(self._delay, answer) if self._delay else answer()

    def _answer(self) -> None:
        Answers.sent += 1
        said = b'{"ok":true,"result":{"message_id":%d}}' % Answers.sent
        self._transport.write(ANSWER % (len(said), said))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
