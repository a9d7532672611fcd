"""The HTTP front: routes, scripted faults, and a log of every call."""

import inspect
import json
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from tests.fakes.telegram import params as params_of
from tests.fakes.telegram.files import LOCAL_UPLOAD_BYTES, MEGABYTE
from tests.fakes.telegram.methods import METHODS, Result
from tests.fakes.telegram.params import Json, Params
from tests.fakes.telegram.refusals import Refused, unmodelled
from tests.fakes.telegram.world import World


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call as it was made and answered; no status means the connection was cut."""

    method: str
    params: Mapping[str, object]
    at: float
    status: int | None
    description: str


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What goes back to the bot."""

    status: int
    body: str
    description: str = ""
    retry_after: int | None = None
    is_page: bool = False


@dataclass(frozen=True)
class Drop:
    """A scripted cut of the connection, before the effect or after it."""

    after: bool


class Front:
    """Speaks the Bot API for one token."""

    def __init__(self, world: World, token: str) -> None:
        self.calls: list[Call] = []
        self.script: dict[str, deque[Reply | Drop]] = defaultdict(deque)
        self._world = world
        self._token = token

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LOCAL_UPLOAD_BYTES + MEGABYTE)
        app.router.add_get("/bot{token}/{method}", self._on_call, allow_head=False)
        app.router.add_post("/bot{token}/{method}", self._on_call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._on_download, allow_head=False)
        return app

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        name, at = request.match_info["method"], self._world.now()
        sent = Params({}, {})
        try:
            self._must_be_ours(request)
            sent = await params_of.read(request)
            reply = await self._reply(name, sent)
        except Refused as refused:
            reply = _refusal(refused)
        self._log(name, sent, at, reply)
        return _response(reply) if reply else _cut(request)

    async def _on_download(self, request: web.Request) -> web.StreamResponse:
        try:
            self._must_be_ours(request)
            file = self._world.files.download(request.match_info["path"])
        except Refused as refused:
            return _response(_refusal(refused))
        return web.Response(body=file.data, content_type="application/octet-stream")

    def _must_be_ours(self, request: web.Request) -> None:
        if request.match_info["token"] != self._token:
            raise Refused(401, "Unauthorized")
        if request.match_info.get("method", "getMe") not in METHODS:
            raise Refused(404, "Not Found")

    async def _reply(self, name: str, sent: Params) -> Reply | None:
        fault = self.script[name].popleft() if self.script[name] else None
        if isinstance(fault, Reply):
            return fault
        if fault == Drop(after=False):
            return None
        reply = await self._effect(name, sent)
        return None if fault else reply

    async def _effect(self, name: str, sent: Params) -> Reply:
        try:
            _must_know(name, sent)
            result = METHODS[name].call(self._world, sent)
            if inspect.isawaitable(result):
                result = await result
        except Refused as refused:
            return _refusal(refused)
        return _success(result)

    def _log(self, name: str, sent: Params, at: float, reply: Reply | None) -> None:
        # The call is logged when it is answered, dated when it came.
        values = dict(sent.values) | dict(sent.files)
        status = reply.status if reply else None
        words = reply.description if reply else "the connection was cut"
        self.calls.append(Call(method=name, params=values, at=at, status=status, description=words))
        self._world.changes.tell()


def failure(status: int, description: str, retry_after: int | None = None, page: str | None = None) -> Reply:
    """Make an error answer; a page stands for a gateway that speaks HTML."""
    body: Json = {"ok": False, "error_code": status, "description": description}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
    return Reply(
        status=status,
        body=json.dumps(body) if page is None else page,
        description=description,
        retry_after=retry_after,
        is_page=page is not None,
    )


def _refusal(refused: Refused) -> Reply:
    return failure(refused.code, refused.description, refused.retry_after)


def _success(result: Result) -> Reply:
    return Reply(status=200, body=json.dumps({"ok": True, "result": result}, ensure_ascii=False))


def _must_know(name: str, sent: Params) -> None:
    attached = {
        str(value).removeprefix(params_of.ATTACHED)
        for value in sent.values.values()
        if str(value).startswith(params_of.ATTACHED)
    }
    unknown = (set(sent.values) | set(sent.files) - attached) - METHODS[name].known
    if unknown:
        raise unmodelled(f"{', '.join(sorted(unknown))} of {name}")


def _response(reply: Reply) -> web.Response:
    headers = {"Retry-After": str(reply.retry_after)} if reply.retry_after is not None else {}
    kind = "text/html" if reply.is_page else "application/json"
    return web.Response(status=reply.status, text=reply.body, content_type=kind, headers=headers)


def _cut(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()
