"""Plain routes: webhooks, health, readiness, metrics. A webhook is verified, stored, answered; nothing more."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.channels import Inbound
from storage.crashpoints import crashpoint

log = logging.getLogger(__name__)

#: Telegram's updates are small and shallow; anything else is somebody else's (T1).
BODY_LIMIT: Final = 262_144
DEPTH_LIMIT: Final = 32
SECRET_HEADER: Final = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
#: Telegram honours it (F4): soon enough that a tap, which lives 150 seconds, is not lost.
RETRY_AFTER_SECONDS: Final = 5


def telegram_webhook(
    secret: str,
    receive: Callable[[dict[str, Any]], Inbound | None],
    turn: Callable[[Inbound], Awaitable[object]],
) -> APIRouter:
    """Return `POST /webhooks/telegram`: 401 without the secret, 200 once it is durable, never 500 for our own bugs."""
    routes = APIRouter()

    async def update(request: Request) -> Response:
        if not _is_secret(request.headers.getlist(SECRET_HEADER), secret):
            return PlainTextResponse("who are you?", status_code=401)
        body = await read_body(request)
        if body is None:
            return PlainTextResponse("too much", status_code=413)
        raw = _object(body)
        if raw is None:
            return PlainTextResponse("not an update", status_code=400)
        inbound = receive(raw)
        return Response(status_code=200) if inbound is None else await _kept(turn, inbound)

    # Starlette's own route: nothing of it is injected or described, and that machinery costs more than the rest.
    routes.add_route("/webhooks/telegram", update, methods=["POST"])
    return routes


async def _kept(turn: Callable[[Inbound], Awaitable[object]], inbound: Inbound) -> Response:
    """Answer 200 after the commit. A turn that fails is committed too, to be taken again; what raises was not."""
    crashpoint("inbound.received")
    try:
        await turn(inbound)
    except Exception:
        log.exception("an update could not be kept, Telegram is asked to repeat it")
        return Response(status_code=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    crashpoint("inbound.answered")
    return Response(status_code=200)


def _is_secret(given: list[str], secret: str) -> bool:
    """Compare in constant time and in bytes: a non-ASCII header must not raise (F13)."""
    if len(given) != 1:
        return False
    return hmac.compare_digest(given[0].encode("utf-8", "replace"), secret.encode())


async def read_body(request: Request) -> bytes | None:
    """Return the body; None as soon as it is too long, whatever its header promised."""
    promised = request.headers.get("content-length", "")
    if promised.isascii() and promised.isdigit() and int(promised[:12]) > BODY_LIMIT:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return raw if isinstance(raw, dict) and _is_shallow(raw) else None


def _is_shallow(raw: object) -> bool:
    level = [raw]
    for _ in range(DEPTH_LIMIT):
        level = [item for value in level for item in _inside(value)]
        if not level:
            return True
    return False


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def health(
    is_alive: Callable[[], bool], is_ready: Callable[[], Awaitable[bool]], metrics: CollectorRegistry
) -> APIRouter:
    """Return `/healthz` (the process works), `/readyz` (it may be sent to), `/metrics`."""
    routes = APIRouter()

    @routes.get("/healthz")
    async def healthz() -> Response:
        alive = is_alive()
        return JSONResponse({"alive": alive}, status_code=200 if alive else 503)

    @routes.get("/readyz")
    async def readyz() -> Response:
        try:
            ready = await is_ready()
        except Exception as failed:  # noqa: BLE001 - whatever it is, do not send people here
            log.warning("not ready", extra={"reason": type(failed).__name__})
            ready = False
        return JSONResponse({"ready": ready}, status_code=200 if ready else 503)

    @routes.get("/metrics")
    async def measured() -> Response:
        return Response(generate_latest(metrics), media_type=CONTENT_TYPE_LATEST)

    return routes
