"""What every page of the desk needs: who is signed in, how it is drawn, how a deed is done and refused."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.clock import ALMATY
from bot.desk import Desk
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T, Text
from services.desk import Staff
from services.refused import Refused
from storage import agents
from storage.do import Clock, Deed
from storage.reader import Reader
from storage.vault import Vault
from storage.writer import Writer

R = TypeVar("R")

HERE: Final = Path(__file__).parent
TEMPLATES: Final = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
LANGUAGES: Final = ("kk", "ru")
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class Wire:
    """Wakes the open pages after a commit of this process; those of other processes are found by looking."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def wake(self) -> None:
        """Something was committed: it may be news."""
        for event in self._waiting:
            event.set()

    def listen(self) -> asyncio.Event:
        event = asyncio.Event()
        self._waiting.add(event)
        return event

    def leave(self, event: asyncio.Event) -> None:
        self._waiting.discard(event)


@dataclass(frozen=True)
class Signed:
    """A request of somebody signed in."""

    staff: Staff
    csrf: str
    token: str


@dataclass
class Console:
    """The desk's parts."""

    writer: Writer
    reader: Reader
    vault: Vault
    clock: Clock
    desk: Desk
    wake: Callable[[], None]
    stopping: asyncio.Event
    #: True where browsers reach us over https only.
    secure: bool
    #: True in the demo: one button signs in.
    demo: bool = False
    wire: Wire = field(default_factory=Wire)
    #: Which case each agent looks at, so that two on one case see each other.
    looking: dict[int, tuple[str, int]] = field(default_factory=dict)

    @property
    def cookie(self) -> str:
        return "__Host-desk" if self.secure else "desk"

    def others(self, staff: Staff, number: int) -> list[str]:
        """Return who else looks at a case."""
        return [shown for agent, (shown, case) in self.looking.items() if case == number and agent != staff.id]

    async def signed(self, request: Request) -> Signed | None:
        """Return who asks, nothing for a stranger."""
        token = request.cookies.get(self.cookie, "")
        if not token:
            return None
        found = await self.reader.read(lambda session: agents.who(session, self.vault, token, self.clock.now()))
        return Signed(*found, token) if found else None

    async def must_be_signed(self, request: Request) -> Signed:
        """Return who asks; 401 for a stranger, whatever was asked for (threat T21)."""
        signed = await self.signed(request)
        if signed is None:
            raise HTTPException(401, "sign in first")
        return signed

    async def must_mean_it(self, request: Request) -> Signed:
        """Return who does a deed: the request must carry the token of the session's own pages."""
        signed = await self.must_be_signed(request)
        given = request.headers.get("x-csrf", "") or str((await request.form()).get("csrf", ""))
        if not hmac.compare_digest(given.encode(), signed.csrf.encode()):
            raise HTTPException(403, "this form is not of this session")
        return signed

    async def do(self, staff: Staff, work: Callable[[Deed], R]) -> R | Response:
        """Do a deed; a refusal becomes the sentence that says why."""
        try:
            return await self.writer.deed(work)
        except Refused as no:
            status = 403 if no.key == "err.desk.forbidden" else 409
            return JSONResponse({"error": say(T(no.key, **no.names), staff.language)}, status_code=status)

    async def done(self, staff: Staff, work: Callable[[Deed], object]) -> Response:
        """Do a deed that returns nothing to show."""
        result = await self.do(staff, work)
        return result if isinstance(result, Response) else JSONResponse({"ok": True})

    def soon(self, seconds: float) -> None:
        """Wake the outbox the moment a held reply may go."""
        asyncio.get_running_loop().call_later(seconds, self.wake)


def page(template: str, language: str, *, status: int = 200, **values: Any) -> HTMLResponse:  # Any: template values
    """Draw a page or a part of one."""

    def t(key: str | Text, **names: object) -> str:
        return say(key if isinstance(key, Text) else T(key, **names), language)

    html = TEMPLATES.get_template(template).render(t=t, language=language, clock=clock, **values)
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def local(at: datetime) -> str:
    """Return an instant with its day."""
    return at.astimezone(ALMATY).strftime("%d.%m.%Y %H:%M")


def clock(at: datetime) -> str:
    """Return an instant as the city's clocks show it."""
    return at.astimezone(ALMATY).strftime("%H:%M")
