"""The demo's routes: the simulator's page, its phones, the movable clock. `run` has none of these."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from uuid import uuid4

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader
from pydantic import BaseModel

from bot import pictures
from bot.app import App
from bot.channels import COMMANDS, Inbound
from bot.clock import ALMATY, MovableClock
from bot.web.papers import Papers
from bot.web.simulator.phones import Channel, Person, Phones
from dialogs.engine.catalogue import say
from dialogs.engine.said import Heard, Said
from dialogs.engine.texts import LANGUAGES, T
from storage import desk, outbox, tabels
from storage.do import Deed
from storage.inbox import Inbox

HERE: Final = Path(__file__).parent / "simulator"
TEMPLATES: Final = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True)
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: Where the city's people are when they share their place.
KENTAU: Final = (("lat", "43.52"), ("lon", "68.50"))
PING_SECONDS: Final = 15
#: More than is taken, so that "too big" is the bot's answer and not the server's.
UPLOAD_LIMIT: Final = 21_000_000

_HEARD: Final = {
    "text": Heard.TEXT,
    "press": Heard.TEXT,
    "contact": Heard.CONTACT,
    "photo": Heard.PHOTO,
    "file": Heard.FILE,
    "voice": Heard.VOICE,
    "sticker": Heard.STICKER,
    "location": Heard.LOCATION,
}


class Act(BaseModel):
    """What somebody does with a simulated phone."""

    person: str
    kind: Literal["text", "tap", "contact", "photo", "file", "voice", "sticker", "location", "press"]
    text: str = ""
    message: str = ""
    data: str = ""
    label: str = ""
    own: bool = True


class MoveTo(BaseModel):
    """Where the clock is sent."""

    to: datetime


class NewPerson(BaseModel):
    """Somebody new in the city."""

    name: str = ""


class News:
    """What just happened in the city, and a number that grows with it."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock
        self.version = 0
        self.happened: deque[dict[str, Any]] = deque(maxlen=60)

    def changed(self) -> None:
        """Something on a phone or in the city is new."""
        self.version += 1

    def note(self, what: str, text: str, payload: dict[str, Any] | None = None) -> None:
        """Remember what just happened for the third column."""
        entry = {"at": local(self._clock.now()), "what": what, "text": text}
        self.happened.append(entry | ({"payload": payload} if payload else {}))
        self.changed()

    def sent(self, channel: str, payload: dict[str, Any]) -> None:
        """A message went out, with exactly this payload."""
        self.note("outbox", channel.removeprefix("sim-"), payload)


def local(at: datetime) -> str:
    """Return an instant as the city's clocks show it."""
    return at.astimezone(ALMATY).isoformat(timespec="seconds")


@dataclass
class Demo:
    """The city: its app, its phones, its clock, and what just happened."""

    app: App
    phones: Phones
    clock: MovableClock
    news: News
    papers: Papers
    reset: Callable[[], Awaitable[None]]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _moving: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def act(self, channel: Channel, act: Act, content: bytes | None = None) -> None:
        """Do on a phone what somebody did, and hand it to the bot; `content` are the bytes of a file."""
        person = self._person(act.person)
        external = person.telegram if channel == "sim-telegram" else person.whatsapp
        inbound = (self._tap if act.kind == "tap" else self._words)(channel, external, act)
        if content is not None and await self.app.attachments.is_wanted(inbound):
            inbound = await self.app.attachments.received(inbound, content, act.label)
        self.news.note("inbound", f"{person.name}: {act.label or act.text or act.kind}")
        answer = await self.app.turn(inbound)
        self.news.note("turn", answer.fate.value)

    def _person(self, person: str) -> Person:
        try:
            return self.phones.person(person)
        except KeyError:
            raise HTTPException(404, "nobody of that name lives here") from None

    def _tap(self, channel: Channel, external: str, act: Act) -> Inbound:
        revision, _, choice = act.data.partition(":")
        number = int(revision) if revision.isascii() and revision.isdigit() else -1
        said = Said(Heard.TAP, tap=choice, revision=number, locale=self._locale(channel))
        tapped = self.phones.me_tapped(channel, external, act.message, act.data, act.label)
        is_telegram = channel == "sim-telegram"
        return self._inbound(
            channel,
            external,
            said,
            message=act.message if is_telegram else tapped,
            tap=tapped if is_telegram else "",
        )

    def _words(self, channel: Channel, external: str, act: Act) -> Inbound:
        message = self.phones.me_said(
            channel,
            external,
            act.kind,  # type: ignore[arg-type]  # a tap never comes here
            text=act.text,
            label=act.label,
            own=act.own,
        )
        self.phones.mark(channel, external, message, "delivered")
        bubble = self.phones.bubble(channel, external, message)
        contact = str(bubble["payload"].get("phone", "")) if bubble else ""
        said = Said(
            _HEARD[act.kind],
            text=act.label if act.kind == "file" else act.text,
            contact=contact,
            own=act.own,
            values=KENTAU if act.kind == "location" else (),
            locale=self._locale(channel),
        )
        return self._inbound(channel, external, said, message=message)

    def _inbound(self, channel: Channel, external: str, said: Said, *, message: str, tap: str = "") -> Inbound:
        return Inbound("sim", channel, uuid4().hex, channel, external, said, message, tap)

    def _locale(self, channel: Channel) -> str:
        return "kk" if channel == "sim-telegram" else ""

    def add_person(self, name: str) -> str:
        """Let another parent of the city have a phone here; return their id."""
        row = self.papers.next_parent({person.whatsapp for person in self.phones.people})
        return self.phones.add_person(name or row.name.first, whatsapp=row.phones[0].e164).id

    # Time.

    async def play(self, to: datetime) -> None:
        """Move the clock; every due tick on the way is played at its own instant, in order."""
        async with self._moving:
            if to < self.clock.now():
                raise HTTPException(422, "time goes forwards only: reset the city to begin again")
            while (due := await self.app.writer.deed(_next_due)) is not None and due <= to:
                self.clock.move(max(due, self.clock.now()))
                await self.settle()
            self.clock.move(to)
            await self.settle()
            self.news.changed()

    async def settle(self) -> None:
        """Tick, and wait until nothing that is due waits to be sent."""
        await self.app.tick()
        while not await self.app.writer.deed(lambda deed: outbox.is_empty(deed.db, deed.world)):
            self.app.outbox.wake()
            await asyncio.sleep(0.005)

    # What is seen.

    def state(self, person: str) -> dict[str, Any]:
        people = self.phones.people
        chosen = next((item for item in people if item.id == person), people[0])
        return {
            "clock": local(self.clock.now()),
            "people": [asdict(item) for item in people],
            "person": chosen.id,
            "phones": {
                "telegram": self.phones.transcript("sim-telegram", chosen.telegram),
                "whatsapp": self.phones.transcript("sim-whatsapp", chosen.whatsapp),
            },
            "commands": [
                {"command": name, "description": {code: say(T(f"cmd.{name}"), code) for code in LANGUAGES}}
                for name in COMMANDS
            ],
            "papers": self.papers.of(chosen.whatsapp),
            "sms": self.phones.sms_of(),
            "mail": self.phones.mails(),
            "happened": list(self.news.happened),
            "version": self.news.version,
        }

    async def planned(self) -> list[dict[str, Any]]:
        rows = await self.app.writer.deed(_planned)
        return [{"at": local(at), "what": what} for at, what in rows]

    async def events(self) -> AsyncIterator[str]:
        """Tell an open page that something is new; survives reconnects, ends with the process."""
        told = -1
        quiet = 0.0
        while not self.stopping.is_set():
            if told != self.news.version or quiet >= PING_SECONDS:
                told, quiet = self.news.version, 0.0
                yield f"data: {json.dumps({'version': told})}\n\n"
            await asyncio.sleep(0.05)
            quiet += 0.05


def _next_due(deed: Deed) -> datetime | None:
    from storage.models import instant

    drafts = deed.db.execute("SELECT min(expires_at) FROM conversation").fetchone()[0]
    found = (
        outbox.next_due(deed.db),
        Inbox(deed.db, deed.world).next_due(),
        instant(drafts) if drafts else None,
        desk.next_due(deed),
        tabels.next_due(deed),
    )
    return min((at for at in found if at is not None), default=None)


def _planned(deed: Deed) -> list[tuple[datetime, str]]:
    from storage.models import instant

    rows = deed.db.execute(
        "SELECT due_at, kind, channel FROM outbox WHERE state='planned' AND kind<>'frame' ORDER BY due_at LIMIT 10"
    ).fetchall()
    return [(instant(at), f"{kind} → {channel}") for at, kind, channel in rows]


def router(demo: Demo) -> APIRouter:
    """Return the demo's routes."""
    routes = APIRouter()

    @routes.get("/")
    async def page() -> Response:
        html = TEMPLATES.get_template("simulator.html").render()
        return HTMLResponse(html, headers={"Content-Security-Policy": CSP, "Cache-Control": "no-store"})

    @routes.get("/demo/state")
    async def state(person: str = "") -> Response:
        return JSONResponse(demo.state(person) | {"planned": await demo.planned()})

    @routes.get("/demo/events")
    async def events() -> Response:
        return StreamingResponse(
            demo.events(),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @routes.post("/demo/phones/{phone}/say")
    async def act(phone: Literal["telegram", "whatsapp"], act: Act) -> dict[str, bool]:
        try:
            await demo.act("sim-telegram" if phone == "telegram" else "sim-whatsapp", act)
        except ValueError as wrong:
            raise HTTPException(422, str(wrong)) from None
        return {"ok": True}

    @routes.post("/demo/phones/{phone}/file", max_body_size=UPLOAD_LIMIT)
    async def upload(
        request: Request, phone: Literal["telegram", "whatsapp"], person: str, name: str
    ) -> dict[str, bool]:
        """Send a file from a phone: its bytes are the body."""
        act = Act(person=person, kind="file", label=name.strip()[:120] or "file")
        channel: Channel = "sim-telegram" if phone == "telegram" else "sim-whatsapp"
        await demo.act(channel, act, await request.body())
        return {"ok": True}

    @routes.get("/demo/clock")
    async def clock() -> dict[str, str]:
        return {"now": demo.clock.now().astimezone(ALMATY).isoformat(timespec="seconds")}

    @routes.post("/demo/clock")
    async def move(to: MoveTo) -> dict[str, str]:
        if to.to.tzinfo is None:
            raise HTTPException(422, "the time needs a zone, like 2026-12-01T10:00:00+05:00")
        if to.to > demo.clock.now() + timedelta(days=800):
            raise HTTPException(422, "the city does not live that long")
        await demo.play(to.to)
        return await clock()

    @routes.post("/demo/reset")
    async def reset() -> dict[str, bool]:
        await demo.reset()
        return {"ok": True}

    @routes.post("/demo/people")
    async def people(new: NewPerson) -> dict[str, str]:
        return {"id": demo.add_person(new.name.strip()[:40])}

    @routes.get("/demo/pictures/{name}")
    async def picture(name: str) -> Response:
        try:
            return Response(pictures.read(name), media_type="image/png")
        except (ValueError, OSError):
            raise HTTPException(404, "no such picture") from None

    @routes.get("/demo/sms")
    async def sms(phone: str = "") -> Response:
        return JSONResponse(demo.phones.sms_of("+" + phone.strip().lstrip("+") if phone else None))

    @routes.get("/demo/mail")
    async def mail() -> Response:
        return JSONResponse(demo.phones.mails())

    routes.mount("/demo/static", StaticFiles(directory=HERE / "static"))
    return routes
