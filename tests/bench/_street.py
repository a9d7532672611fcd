"""Four hundred people with Telegram on their phones: what they send, and the Bot API that hears the answers.

Raw asyncio protocols, so that little of two cores goes to the people and most to the bots.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import urlsplit

import orjson

SECRET: Final = "s" * 40
#: What shows a person the answer; that a tap was heard and old buttons went does not.
SHOWS: Final = (b"sendMessage", b"editMessageText")
CHAT: Final = re.compile(rb'chat_id=(\d+)|name="chat_id"[^\r]*\r\n(?:[^\r\n]+\r\n)*\r\n(\d+)')
WITHIN: Final = 60.0
#: uvicorn keeps an idle connection for five seconds.
IDLE_FOR: Final = 3.0


class Api(asyncio.Protocol):
    """Telegram's side: whoever is written to is told."""

    def __init__(self, street: Street) -> None:
        self._street, self._held = street, b""

    def connection_made(self, transport: Any) -> None:  # Any: asyncio's transport
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (taken := _request(self._held)) is not None:
            head, body, self._held = taken
            answer = self._street.heard(head.split(b" ", 2)[1].rpartition(b"/")[2].partition(b"?")[0], head, body)
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(answer), answer)
            )


def _request(held: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Return head, body and the rest; nothing while it has not all come."""
    head, found, rest = held.partition(b"\r\n\r\n")
    if not found:
        return None
    if b"chunked" in head.lower():
        return _chunked(head, rest)
    length = int((re.search(rb"(?i)content-length: *(\d+)", head) or [b"", b"0"])[1])
    return None if len(rest) < length else (head, rest[:length], rest[length:])


def _chunked(head: bytes, rest: bytes) -> tuple[bytes, bytes, bytes] | None:
    body = b""
    while b"\r\n" in rest:
        size, _, rest = rest.partition(b"\r\n")
        count = int(size, 16)
        if len(rest) < count + 2:
            return None
        body, rest = body + rest[:count], rest[count + 2 :]
        if count == 0:
            return head, body, rest
    return None


@dataclass
class Person:
    """Somebody who waits for an answer before the next thing is said."""

    user: int
    #: The buttons of the message last seen: their data.
    buttons: list[str] = field(default_factory=list)
    message: int = 0
    seen: asyncio.Event = field(default_factory=asyncio.Event)


class Street:
    """The people and their messenger."""

    def __init__(self, people: int) -> None:
        self.people = {user: Person(user) for user in range(1_000, 1_000 + people)}
        self.calls = 0
        self.waits: list[float] = []
        self._ids = itertools.count(1)
        self._server: asyncio.Server | None = None
        self._idle: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter, float]] = deque()
        self.bot = ""

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Api(self), "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        while self._idle:
            self._idle.pop()[1].close()

    @property
    def url(self) -> str:
        assert self._server
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def heard(self, method: bytes, head: bytes, body: bytes) -> bytes:
        """Answer a call of the bot."""
        self.calls += 1
        if method == b"getMe":
            return b'{"ok":true,"result":{"id":123456,"is_bot":true,"first_name":"b","username":"bench_bot"}}'
        if method not in SHOWS:
            return b'{"ok":true,"result":true}'
        given = orjson.loads(body) if b"application/json" in head.lower() else {}
        found = CHAT.search(body)
        person = self.people[int(given.get("chat_id") or (found and (found[1] or found[2])) or 0)]
        rows = (given.get("reply_markup") or {}).get("inline_keyboard", [])
        person.buttons = [button["callback_data"] for row in rows for button in row if "callback_data" in button]
        person.message = int(given.get("message_id") or next(self._ids))
        person.seen.set()
        chat = {"id": person.user, "type": "private", "first_name": "P"}
        return orjson.dumps(
            {"ok": True, "result": {"message_id": person.message, "date": 1_790_000_000, "chat": chat, "text": "t"}}
        )

    async def says(self, person: Person, what: str) -> None:
        """Say it, or tap the button of that choice; returns when the answer is on the phone."""
        person.seen.clear()
        begun = time.perf_counter()
        await self._post(_update(next(self._ids), person, what))
        await asyncio.wait_for(person.seen.wait(), WITHIN)
        self.waits.append(time.perf_counter() - begun)

    async def _post(self, update: dict[str, Any]) -> None:
        where, body = urlsplit(self.bot), orjson.dumps(update)
        pair = await self._connection(where.hostname or "", where.port or 0)
        pair[1].write(
            f"POST {where.path} HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await pair[0].readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise AssertionError(f"the bot said {head[:40]!r}")
        if length := re.search(rb"(?i)content-length: *(\d+)", head):
            await pair[0].readexactly(int(length[1]))
        self._idle.append((*pair, time.monotonic()))

    async def _connection(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return an open connection; one that lay idle the server may be closing at this moment."""
        while self._idle:
            reader, writer, since = self._idle.pop()
            if time.monotonic() - since < IDLE_FOR:
                return reader, writer
            writer.close()
        return await asyncio.open_connection(host, port)

    async def walk(self, script: tuple[str, ...], *, together: int, per_second: float = 0.0) -> int:
        """Let everybody go through the dialog, so many at once, or so many turns a second; return the turns."""
        people, begun, turns = deque(self.people.values()), time.perf_counter(), itertools.count()

        async def one_after_another() -> None:
            while people:
                person = people.popleft()
                for what in script:
                    number = next(turns)
                    if per_second:
                        await asyncio.sleep(max(0.0, begun + number / per_second - time.perf_counter()))
                    await self.says(person, what)

        await asyncio.gather(*(one_after_another() for _ in range(together)))
        return len(self.people) * len(script)

    def forget(self) -> Callable[[], int]:
        """Forget how long people waited; return what counts the calls of the bot from now on."""
        before, self.waits = self.calls, []
        return lambda: self.calls - before


def _update(number: int, person: Person, what: str) -> dict[str, Any]:
    who = {"id": person.user, "is_bot": False, "first_name": "P", "language_code": "ru"}
    chat = {"id": person.user, "type": "private", "first_name": "P"}
    choice = next((data for data in person.buttons if data.partition(":")[2] == what), "")
    if choice:
        message = {"message_id": person.message, "date": 1_790_000_000, "chat": chat, "text": "t"}
        tap = {"id": str(number), "from": who, "chat_instance": "1", "message": message, "data": choice}
        return {"update_id": number, "callback_query": tap}
    message = {"message_id": number, "date": 1_790_000_000, "chat": chat, "from": who, "text": what}
    if what.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(what)}]
    return {"update_id": number, "message": message}
