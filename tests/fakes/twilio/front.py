"""The HTTP front: routes, the password at the door, scripted faults, and a log of every call."""

import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from tests.fakes.twilio import asking, content_rest, rest
from tests.fakes.twilio.asking import Ask
from tests.fakes.twilio.refusals import Refused, not_found
from tests.fakes.twilio.rest import ACCOUNT, Reply
from tests.fakes.twilio.world import World

Act = Callable[[World, Ask], Reply]

MESSAGES, MESSAGE = f"{ACCOUNT}/Messages.json", f"{ACCOUNT}/Messages/{{sid:(?:SM|MM)\\w+}}"
MEDIA = f"{MESSAGE}/Media/{{media:ME\\w+}}"
CONTENT = "/v1/Content/{sid:HX\\w+}"

ROUTES: dict[str, tuple[str, str, Act]] = {
    "messages.create": ("POST", MESSAGES, rest.create_message),
    "messages.list": ("GET", MESSAGES, rest.list_messages),
    "messages.fetch": ("GET", f"{MESSAGE}.json", rest.fetch_message),
    "messages.update": ("POST", f"{MESSAGE}.json", rest.update_message),
    "messages.delete": ("DELETE", f"{MESSAGE}.json", rest.delete_message),
    "media.list": ("GET", f"{MESSAGE}/Media.json", rest.list_media),
    "media.fetch": ("GET", f"{MEDIA}.json", rest.fetch_media),
    "media.get": ("GET", MEDIA, rest.get_media),
    "media.delete": ("DELETE", f"{MEDIA}{{json:(?:\\.json)?}}", rest.delete_media),
    "content.create": ("POST", "/v1/Content", content_rest.create_content),
    "content.list": ("GET", "/v1/Content", content_rest.list_contents),
    "content.fetch": ("GET", CONTENT, content_rest.fetch_content),
    "content.delete": ("DELETE", CONTENT, content_rest.delete_content),
    "approval.create": ("POST", f"{CONTENT}/ApprovalRequests/whatsapp", content_rest.create_approval),
    "approval.fetch": ("GET", f"{CONTENT}/ApprovalRequests", content_rest.fetch_approval),
    "typing.create": ("POST", "/v2/Indicators/Typing.json", rest.show_typing),
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call as it was made and answered; no status means the connection was cut."""

    name: str
    path: str
    params: Mapping[str, object]
    at: float
    status: int | None
    code: int | None = None
    words: str = ""


@dataclass(frozen=True)
class Page:
    """A scripted answer that is no JSON, as a gateway sends it."""

    status: int
    text: str


@dataclass(frozen=True)
class Drop:
    """A scripted cut of the connection, before the effect or after it."""

    after: bool


class Front:
    """Speaks the REST API for one account."""

    def __init__(self, world: World, token: str, *, call_back: Callable[[str], Awaitable[None]]) -> None:
        self.calls: list[Call] = []
        self.script: dict[str, deque[Refused | Page | Drop]] = defaultdict(deque)
        self._world = world
        self._auth = aiohttp.encode_basic_auth(world.account, token)
        self._call_back = call_back

    def app(self) -> web.Application:
        app = web.Application()
        for name, (method, path, act) in ROUTES.items():
            app.router.add_route(method, path, self._handler(name, act))
        app.router.add_route("*", "/{path:.*}", self._handler("unknown", _nowhere))
        return app

    def _handler(self, name: str, act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            at = self._world.now()
            ask = await asking.read(request, base=self._world.api_url)
            reply: Reply | Page | Refused | None
            try:
                self._must_be_ours(request, ask)
                reply = await self._reply(name, act, ask)
            except Refused as refused:
                reply = refused
            self._log(name, ask, at, reply)
            return _response(reply) if reply else _cut(request)

        return handle

    def _must_be_ours(self, request: web.Request, ask: Ask) -> None:
        is_ours = ask.path.get("account", self._world.account) == self._world.account
        if request.headers.get("Authorization") != self._auth or not is_ours:
            raise Refused(20003, "Authenticate", status=401)

    async def _reply(self, name: str, act: Act, ask: Ask) -> Reply | Page | None:
        fault = self.script[name].popleft() if self.script[name] else None
        if isinstance(fault, Refused):
            raise fault
        if isinstance(fault, Page):
            return fault
        if fault == Drop(after=False):
            return None
        reply = act(self._world, ask)
        if name == "messages.create" and self._world.twists.early and reply.body:
            self._world.twists.early -= 1
            await self._call_back(reply.body["sid"])
        return None if fault else reply

    def _log(self, name: str, ask: Ask, at: float, reply: Reply | Page | Refused | None) -> None:
        # The call is logged when it is answered, dated when it came.
        self.calls.append(
            Call(
                name=name,
                path=ask.uri,
                params=ask.as_params,
                at=at,
                status=reply.status if reply else None,
                code=reply.code if isinstance(reply, Refused) else None,
                words=reply.message if isinstance(reply, Refused) else "",
            )
        )
        self._world.changes.tell()


def _nowhere(world: World, ask: Ask) -> Reply:
    raise not_found(ask.uri)


def _response(reply: Reply | Page | Refused) -> web.Response:
    if isinstance(reply, Page):
        return web.Response(status=reply.status, text=reply.text, content_type="text/html")
    if isinstance(reply, Refused):
        headers = {} if reply.retry_after is None else {"Retry-After": str(reply.retry_after)}
        return _json(reply.status, reply.as_json, headers)
    if reply.body is None:
        return web.Response(status=reply.status, headers=reply.headers)
    return _json(reply.status, reply.body, reply.headers)


def _json(status: int, body: Mapping[str, object], headers: Mapping[str, str]) -> web.Response:
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(status=status, text=text, content_type="application/json", headers=headers)


def _cut(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()
