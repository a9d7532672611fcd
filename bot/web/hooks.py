"""Plain routes: webhooks, health, readiness, metrics. A webhook is verified, stored, answered; nothing more."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.channels import Inbound
from storage.crashpoints import crashpoint

#: Telegram's updates are small; a bigger body is somebody else's (T1).
BODY_LIMIT: Final = 262_144
SECRET_HEADER: Final = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header


def telegram_webhook(
    secret: str,
    receive: Callable[[dict[str, Any]], Inbound | None],
    turn: Callable[[Inbound], Awaitable[object]],
) -> APIRouter:
    """Return `POST /webhooks/telegram`: 401 without the secret, 200 once it is durable, never 500 for our own bugs."""
    routes = APIRouter()

    @routes.post("/webhooks/telegram")
    async def update(request: Request) -> Response:
        if not _is_secret(request.headers.getlist(SECRET_HEADER), secret):
            return PlainTextResponse("who are you?", status_code=401)
        raw = await _body(request)
        if raw is None:
            return PlainTextResponse("not an update", status_code=400)
        inbound = receive(raw)
        if inbound is not None:
            crashpoint("inbound.received")
            await turn(inbound)
            crashpoint("inbound.answered")
        return Response(status_code=200)

    return routes


def _is_secret(given: list[str], secret: str) -> bool:
    """Compare in constant time and in bytes: a non-ASCII header must not raise (F13)."""
    if len(given) != 1:
        return False
    return hmac.compare_digest(given[0].encode("utf-8", "replace"), secret.encode())


async def _body(request: Request) -> dict[str, Any] | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return raw if isinstance(raw, dict) else None


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
        ready = await is_ready()
        return JSONResponse({"ready": ready}, status_code=200 if ready else 503)

    @routes.get("/metrics")
    async def measured() -> Response:
        return Response(generate_latest(metrics), media_type=CONTENT_TYPE_LATEST)

    return routes
