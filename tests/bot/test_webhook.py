"""`POST /webhooks/telegram`: who may call, what is taken, and what Telegram is told when something fails (T1, F4)."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from bot.telegram.receive import receive
from bot.web import hooks
from storage.writer import ConnectionLost
from tests.bot.rig import PARENT, SECRET, Turns, served

HOOK = "/webhooks/telegram"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def web(turns: Turns) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.include_router(hooks.telegram_webhook(SECRET, lambda raw: receive(raw, account="1"), turns))
    return app


@pytest.fixture
async def http(web: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client whose exceptions are the app's own: an unhandled one fails the test."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=web), base_url="http://bot.test") as client:
        yield client


def update(text: str = "Сәлем") -> dict[str, Any]:
    who = {"id": PARENT, "is_bot": False, "first_name": "A", "language_code": "kk"}
    chat = {"id": PARENT, "type": "private"}
    return {"update_id": 9, "message": {"message_id": 1, "date": 1, "chat": chat, "from": who, "text": text}}


async def post(
    http: httpx2.AsyncClient, body: bytes | None = None, *, secret: str = SECRET, more: dict[str, str] | None = None
) -> httpx2.Response:
    content = json.dumps(update()).encode() if body is None else body
    return await http.post(HOOK, content=content, headers={HEADER: secret} | (more or {}))


# Who may call


async def test_telegram_itself_is_heard(http: httpx2.AsyncClient, turns: Turns) -> None:
    assert (await post(http)).status_code == 200
    assert turns.texts == ["Сәлем"]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(HEADER, b"")],
        [(HEADER, b"wrong")],
        [(HEADER, SECRET[:-1].encode())],
        [(HEADER, SECRET.encode() + b"s")],
        [(HEADER, SECRET.upper().encode())],
        [(HEADER, "құпия".encode())],
        [(HEADER, b"\xff\xfe" * 20)],
        [(HEADER, b"s" * 10_240)],
        [(HEADER, SECRET.encode()), (HEADER, SECRET.encode())],
        [(HEADER, SECRET.encode()), (HEADER, b"wrong")],
        [("Authorization", SECRET.encode())],
    ],
    ids=["absent", "empty", "wrong", "prefix", "longer", "case", "utf-8", "bytes", "10 KB", "twice", "two", "other"],
)
async def test_nobody_else_is_heard(http: httpx2.AsyncClient, turns: Turns, headers: list[tuple[str, bytes]]) -> None:
    answer = await http.post(HOOK, content=json.dumps(update()), headers=[(k.encode(), v) for k, v in headers])

    assert answer.status_code == 401
    assert turns.taken == []


async def test_a_forged_address_of_the_caller_opens_nothing(http: httpx2.AsyncClient, turns: Turns) -> None:
    forged = {"X-Forwarded-For": "149.154.160.1", "X-Real-IP": "149.154.160.1"}

    answer = await post(http, secret="wrong", more=forged)

    assert answer.status_code == 401


async def test_only_a_post_is_heard(http: httpx2.AsyncClient) -> None:
    assert (await http.get(HOOK, headers={HEADER: SECRET})).status_code == 405


# What is taken


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"update"',
        b"\xff\xfe",
        b'{"update_id": NaN}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"update_id": ' + b"9" * 5_000 + b"}}",
        b"update_id=9",
    ],
)
async def test_what_is_no_update_is_refused(http: httpx2.AsyncClient, turns: Turns, body: bytes) -> None:
    assert (await post(http, body)).status_code == 400
    assert turns.taken == []


async def test_a_body_that_is_too_long_is_refused(http: httpx2.AsyncClient, turns: Turns) -> None:
    assert (await post(http, json.dumps(update("я" * 300_000)).encode())).status_code == 413
    assert turns.taken == []


async def test_a_body_that_hides_its_length_is_not_read_to_its_end(http: httpx2.AsyncClient) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 100 * hooks.BODY_LIMIT:
            read += 65_536
            yield b" " * 65_536

    answer = await http.post(HOOK, content=endless(), headers={HEADER: SECRET})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "raw",
    [
        {"update_id": 9},
        {"update_id": "nine", "message": {}},
        {"update_id": 9, "message": {"text": 1}},
        {},
        update() | {"message": update()["message"] | {"chat": {"id": -1, "type": "supergroup"}}},
    ],
)
async def test_what_is_nobodys_word_is_acknowledged(
    http: httpx2.AsyncClient, turns: Turns, raw: dict[str, Any]
) -> None:
    assert (await post(http, json.dumps(raw).encode())).status_code == 200
    assert turns.taken == []


# When something fails


@pytest.mark.parametrize(
    "error",
    [ConnectionLost(), sqlite3.OperationalError("database or disk is full"), sqlite3.OperationalError("locked")],
)
async def test_what_could_not_be_kept_is_asked_for_again_soon(
    http: httpx2.AsyncClient, turns: Turns, error: Exception
) -> None:
    turns.failures = [error]

    answer = await post(http)

    assert answer.status_code == 503
    assert 0 < int(answer.headers["Retry-After"]) < 150


async def test_the_answer_waits_until_the_update_is_kept(web: FastAPI, http: httpx2.AsyncClient) -> None:
    kept = asyncio.Event()

    async def slow(_: object) -> None:
        await kept.wait()

    web.router.routes.clear()
    web.include_router(hooks.telegram_webhook(SECRET, lambda raw: receive(raw, account="1"), slow))
    answer = asyncio.create_task(post(http))
    await asyncio.sleep(0.05)
    assert not answer.done()

    kept.set()

    assert (await answer).status_code == 200


# The same through a real server


async def test_a_real_server_lets_no_odd_header_become_an_error(web: FastAPI, turns: Turns) -> None:
    config = uvicorn.Config(web, port=0, log_config=None, access_log=False, proxy_headers=False, lifespan="off")
    on = config.bind_socket()
    async with served(config, on):
        port = on.getsockname()[1]
        statuses = [await raw_post(port, secret) for secret in (b"\xff\xfe", b"s" * 10_240, SECRET.encode())]

    assert statuses == [401, 401, 200]
    assert turns.texts == ["Сәлем"]


async def raw_post(port: int, secret: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps(update()).encode()
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n" % (HOOK.encode(), len(body))
    writer.write(head + HEADER.encode() + b": " + secret + b"\r\n\r\n" + body)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    return int(answer.split()[1])


# Health


async def said_by(health: Callable[[], Any], path: str) -> int:
    app = FastAPI(openapi_url=None)
    app.include_router(hooks.health(lambda: bool(health()), health_of(health), CollectorRegistry()))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://bot.test") as http:
        return (await http.get(path)).status_code


def health_of(health: Callable[[], Any]) -> Callable[[], Any]:
    async def is_ready() -> bool:
        found = health()
        if isinstance(found, Exception):
            raise found
        return bool(found)

    return is_ready


@pytest.mark.parametrize(
    ("path", "health", "status"),
    [
        ("/healthz", True, 200),
        ("/healthz", False, 503),
        ("/readyz", True, 200),
        ("/readyz", False, 503),
        ("/readyz", sqlite3.OperationalError("locked"), 503),
        ("/metrics", True, 200),
    ],
)
async def test_health_is_told_without_ever_failing_itself(path: str, health: object, status: int) -> None:
    assert await said_by(lambda: health, path) == status
