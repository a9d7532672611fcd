"""Twilio's webhooks: proved to be Twilio's, stored, answered; nothing more. And the pictures Twilio fetches from us."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from bot import pictures
from bot.channels import Inbound
from bot.web.hooks import read_body
from storage.crashpoints import crashpoint
from storage.delivery import Update

log = logging.getLogger(__name__)

Fields = dict[str, str]
#: (path with query, headers, body) to the fields of a call that is Twilio's.
Open = Callable[[str, Mapping[str, Sequence[str]], bytes], Fields | None]

#: "Nothing to say": whatever else stood here would go to the parent as a message.
NOTHING: Final = "<Response/>"


def webhooks(
    opens: Open,
    receive: Callable[[Fields], Inbound | None],
    turn: Callable[[Inbound], Awaitable[object]],
    status: Callable[[Fields, str], Update | None],
    tell: Callable[[Update], Awaitable[object]],
) -> APIRouter:
    """Return both webhooks: 403 for whatever is not surely Twilio's, 200 once it is durable, 503 if that failed."""
    routes = APIRouter()

    async def fields_of(request: Request) -> Fields | None:
        body = await read_body(request)
        return None if body is None else opens(_path(request), _headers(request), body)

    @routes.post("/webhooks/twilio/inbound")
    async def inbound(request: Request) -> Response:
        fields = await fields_of(request)
        said = receive(fields) if fields is not None else None
        if said is None:
            return _refused()
        crashpoint("twilio.received")
        try:
            await turn(said)
        except Exception:
            log.exception("a message could not be kept, Twilio is asked to repeat it")
            return Response(status_code=503)
        crashpoint("twilio.answered")
        return _done()

    @routes.post("/webhooks/twilio/status")
    async def told(request: Request) -> Response:
        fields = await fields_of(request)
        news = status(fields, request.query_params.get("uid", "")) if fields is not None else None
        if news is None:
            return _refused()
        crashpoint("twilio.told")
        try:
            await tell(news)
        except Exception:
            log.exception("a status could not be kept, Twilio is asked to repeat it")
            return Response(status_code=503)
        crashpoint("twilio.noted")
        return _done()

    @routes.get("/pictures/{name}.png")
    async def picture(name: str) -> Response:
        if name.startswith(pictures.TABEL):  # a family's picture has an address of its own, and not for long
            return PlainTextResponse("no such picture", status_code=404)
        try:
            return Response(pictures.read(name), media_type="image/png")
        except (ValueError, FileNotFoundError):
            return PlainTextResponse("no such picture", status_code=404)

    return routes


def _path(request: Request) -> str:
    """Return path and query as they were sent: a signature knows no other spelling."""
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    query = request.scope["query_string"]
    return str((raw + (b"?" + query if query else b"")).decode("latin-1"))


def _headers(request: Request) -> dict[str, list[str]]:
    return {name: request.headers.getlist(name) for name in request.headers}


def _done() -> Response:
    return Response(NOTHING, media_type="text/xml")


def _refused() -> Response:
    return PlainTextResponse("who are you?", status_code=403)
