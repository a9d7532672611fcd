"""Turns a second through the lane, beside one SQLAlchemy AsyncSession and one commit per turn over aiosqlite.

Both keep the same: the event once for ever, the guest and their key, the sealed conversation, one sealed message in
the outbox; some turns write a consent through the ORM, too. Both run `IN_FLIGHT` turns at once, on a file, with
`synchronous=FULL`. The peer takes a lock of its own around each turn: without it SQLite refuses most of them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import sqlalchemy
from sqlalchemy import URL, event, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from bot.chance import Secure
from bot.clock import WallClock
from storage import addresses, conversations, migrate
from storage.do import Do, World
from storage.events import Event
from storage.models import AddressRow, ConsentRow, ConversationRow, InboxRow, OutboxRow, PersonRow
from storage.sqlite import PRAGMAS, SqliteBook
from storage.vault import Vault
from storage.writer import Writer
from tests.bench import tell

PEOPLE: Final = 200
IN_FLIGHT: Final = 64
ROUNDS: Final = 3
#: Turns of one round; the peer gets fewer, or it would take minutes.
TURNS: Final = {"lane": 3000, "session per turn": 300}

Turn = Callable[[Event], Awaitable[object]]


def main() -> None:
    """Tell both figures, their ratio, and under which load they were taken."""
    logging.disable(logging.WARNING)  # under load every turn is slow
    tell(f"SQLite {sqlite3.sqlite_version}, SQLAlchemy {sqlalchemy.__version__}, Python {platform.python_version()}")
    tell(f"{os.cpu_count()} cores; {IN_FLIGHT} turns in flight; best of {ROUNDS} rounds, run in turns")
    for share in (0, 20):
        _compare(share)


def _compare(share: int) -> None:
    """Run both in turns, so that both meet the same weather."""
    rounds: dict[str, list[Figure]] = {name: [] for name in TURNS}
    for _ in range(ROUNDS):
        for name in TURNS:
            rounds[name].append(asyncio.run(_round(name, share)))
    best = {name: max(figures, key=lambda figure: figure.per_second) for name, figures in rounds.items()}
    tell(f"{share} % of the turns use the ORM:")
    for name, figure in best.items():
        slowest = min(item.per_second for item in rounds[name])
        tell(
            f"  {name:17}{figure.per_second:7.0f} turns/s (slowest round {slowest:.0f}),"
            f" {figure.cpu:.0f} µs CPU a turn, load {figure.load:.1f}"
        )
    lane, peer = (best[name] for name in TURNS)
    tell(f"  ratio: {lane.per_second / peer.per_second:.1f} in turns/s, {peer.cpu / lane.cpu:.1f} in CPU")


@dataclass(frozen=True)
class Figure:
    """What one round showed."""

    per_second: float
    #: Microseconds of CPU a turn, of all threads.
    cpu: float
    load: float


async def _round(name: str, share: int) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        migrate.upgrade(path)
        vault = Vault((os.urandom(32),), os.urandom(32), Secure())
        async with (_lane if name == "lane" else _peer)(path, vault, share) as turn:
            await _drive(turn, PEOPLE)
            before, cpu = time.perf_counter(), time.process_time()
            await _drive(turn, TURNS[name])
            took, used = time.perf_counter() - before, time.process_time() - cpu
    return Figure(TURNS[name] / took, used / TURNS[name] * 1e6, os.getloadavg()[0])


async def _drive(turn: Turn, count: int) -> None:
    """Keep so many turns in flight until all are taken."""
    numbers = iter(range(count))

    async def one_after_another() -> None:
        for number in numbers:
            body = json.dumps({"text": f"hello {number}"}).encode()
            await turn(Event("bench", "", uuid4().hex, body, "chat", str(number % PEOPLE)))

    await asyncio.gather(*(one_after_another() for _ in range(IN_FLIGHT)))


def _is_domain(words: Event, share: int) -> bool:
    return int(words.event_id[:8], 16) % 100 < share


# Ours.


@asynccontextmanager
async def _lane(path: Path, vault: Vault, share: int) -> Any:  # Any: what contextlib makes of it
    def handle(words: Event, do: Do) -> None:
        talk = do.conversation() or {"revision": 0}
        revision = talk["revision"] + 1
        do.keep_conversation({"revision": revision, "text": "…"}, revision=revision, state="bench", expires_at=None)
        do.outbox.add("reply", {"text": "hello yourself"})
        if _is_domain(words, share) and not do.consents.given("1"):
            do.session.add(_consent(do.person, do.now))

    writer = Writer(SqliteBook(path, World(WallClock(), Secure(), vault), handle, handle))
    await writer.start()
    yield writer.turn
    await writer.stop()


# The peer.


@asynccontextmanager
async def _peer(path: Path, vault: Vault, share: int) -> Any:  # Any: what contextlib makes of it
    engine, lock = _engine(path), asyncio.Lock()

    async def turn(words: Event) -> None:
        async with lock, AsyncSession(engine, expire_on_commit=False) as session:
            if await _is_new(session, words):
                await _take(session, vault, words, domain=_is_domain(words, share))
            await session.commit()

    yield turn
    await engine.dispose()


def _engine(path: Path) -> AsyncEngine:
    engine = create_async_engine(URL.create("sqlite+aiosqlite", database=str(path)))

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:  # Any: driver objects
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:  # Any: a sync Connection
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


async def _is_new(session: AsyncSession, words: Event) -> bool:
    same = (InboxRow.provider == words.provider, InboxRow.account == "", InboxRow.event_id == words.event_id)
    return await session.scalar(select(InboxRow.id).where(*same)) is None


async def _take(session: AsyncSession, vault: Vault, words: Event, *, domain: bool) -> None:
    now = datetime.now(UTC)
    address, person = await _meet(session, vault, words, now)
    key = vault.unwrap(person.key)
    address.heard_at = now
    mac = vault.index("inbox", f"bench||{words.event_id}|{words.body.decode()}")
    row = InboxRow(
        provider=words.provider, account="", event_id=words.event_id, body_mac=mac, address_id=address.id,
        person_id=person.id, received_at=now, state="done", attempts=0, error="",
    )  # fmt: skip
    session.add(row)
    await session.flush()
    await _keep(session, vault, key, person.id, now)
    uid = uuid4().hex[:22]
    session.add(
        OutboxRow(
            uid=uid, person_id=person.id, address_id=address.id, channel="chat", kind="reply", subject="", cause=row.id,
            payload=vault.seal(key, b'{"text": "hello yourself"}', f"outbox|{uid}"), due_at=now, created_at=now,
            state="planned",
        )
    )  # fmt: skip
    if domain and await session.scalar(select(ConsentRow.given).where(ConsentRow.person_id == person.id)) is None:
        session.add(_consent(person.id, now))


async def _meet(session: AsyncSession, vault: Vault, words: Event, now: datetime) -> tuple[AddressRow, PersonRow]:
    index = addresses.index(vault, words.channel, words.external)
    found = await session.execute(
        select(AddressRow, PersonRow)
        .join(PersonRow, PersonRow.id == AddressRow.person_id)
        .where(AddressRow.channel == words.channel, AddressRow.external_index == index)
    )
    if (row := found.one_or_none()) is not None:
        return row[0], row[1]
    key, wrapped = vault.new_key()
    person = PersonRow(key=wrapped, created_at=now)
    session.add(person)
    await session.flush()
    address = AddressRow(
        person_id=person.id, channel=words.channel, external_index=index, proof="first", bound_at=now,
        external=addresses.seal(vault, key, words.channel, words.external),
    )  # fmt: skip
    session.add(address)
    await session.flush()
    return address, person


async def _keep(session: AsyncSession, vault: Vault, key: bytes, person: int, now: datetime) -> None:
    row = await session.get(ConversationRow, person)
    if row is None:
        row = ConversationRow(person_id=person, revision=0, state="bench", sealed=b"", touched_at=now)
        session.add(row)
    values = conversations.unseal(vault, key, person, row.sealed) if row.revision else {"revision": 0}
    row.revision, row.touched_at = values["revision"] + 1, now
    row.sealed = conversations.seal(vault, key, person, {"revision": row.revision, "text": "…"})


def _consent(person: int, now: datetime) -> ConsentRow:
    return ConsentRow(
        person_id=person,
        version="1",
        given=True,
        policy_opened=False,
        language="kk",
        channel="chat",
        message="",
        at=now,
    )
