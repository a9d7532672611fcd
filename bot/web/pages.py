"""Secure pages: one thing per page, a one-time link, no JavaScript; and the data policy."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.channels import Kept
from bot.inbox import PageAnswer
from bot.web.argon import Argon
from bot.web.export import archive
from dialogs.engine.catalogue import say
from dialogs.engine.said import Heard, Said
from dialogs.engine.texts import LANGUAGES, N, T, Text
from services import passwords
from services.consents import POLICY_VERSION
from services.documents import DocumentNumber
from services.iin import Iin
from services.refused import Refused
from storage import export, links
from storage.do import Clock
from storage.events import Event
from storage.links import Link
from storage.reader import Reader
from storage.vault import Vault
from storage.writer import Writer

HERE: Final = Path(__file__).parent
TEMPLATES: Final = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
#: Longer than any answer; more is somebody's experiment.
LONGEST: Final = 200
POLICY_PARTS: Final = ("who", "what", "why", "where", "whom", "how_long", "rights", "withdraw")

SAFE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class Pages:
    """What the pages need."""

    writer: Writer
    reader: Reader
    vault: Vault
    clock: Clock
    #: Where "go back to the messenger" leads, by channel.
    way_back: Callable[[str], str]
    #: Where this server is reached: it stands in the QR code of a paper.
    base: str = ""
    argon: Argon = field(default_factory=Argon)

    async def look(self, token: str) -> Link | None:
        return await self.reader.read(lambda session: links.look(session, self.vault, token))

    def form(self, token: str) -> str:
        """Return what the form of this link carries and no other page can know."""
        return self.vault.index("form", token)


def router(pages: Pages) -> APIRouter:
    """Return the routes of secure pages and the policy."""
    from bot.web import certificates

    routes = APIRouter()

    @routes.get("/s/{token}")
    async def show(token: str) -> Response:
        """Looking spends nothing: link previews open links, too."""
        link = await pages.look(token)
        if link is None or not _is_open(link, pages.clock.now()):
            return _over(link, pages)
        if certificates.is_paper(link):
            return await certificates.paper(pages, link, token, pages.base) or _over(link, pages)
        return _page(link, pages, token)

    @routes.post("/s/{token}")
    async def submit(
        request: Request,
        token: str,
        value: Annotated[str, Form()] = "",
        again: Annotated[str, Form()] = "",
        form: Annotated[str, Form()] = "",
    ) -> Response:
        link = await pages.look(token)
        if link is None or not _is_open(link, pages.clock.now()) or certificates.is_paper(link):
            return _over(link, pages)
        if not (_is_from_here(request) and hmac.compare_digest(form.encode(), pages.form(token).encode())):
            return _page(link, pages, token, T("page.from_elsewhere"), status=403)
        try:
            values = await _values(link, pages.argon, value[:LONGEST], again[:LONGEST])
        except Refused as no:
            return _page(link, pages, token, _unnamed(T(no.key, **no.names)))
        answer = await _turn(pages, link, token, values)
        if answer.refused is not None:
            return _page(link, pages, token, _unnamed(answer.refused))
        return await _copy(link, pages) if link.purpose == "export" else _done(link, pages)

    @routes.get("/policy")
    async def policy(request: Request) -> Response:
        asked = request.query_params.get("lang", "")
        language = asked if asked in LANGUAGES else preferred(request.headers.get("accept-language", ""))
        return html("policy.html", language, parts=POLICY_PARTS, version=POLICY_VERSION, languages=LANGUAGES)

    @routes.get("/page.css")
    async def css() -> Response:
        return FileResponse(HERE / "templates" / "page.css", headers={"Cache-Control": "max-age=3600"})

    return routes


def _unnamed(error: Text) -> Text:
    """Return the refusal without digits of what was typed: a page repeats nothing that others could read."""
    return T("err.iin.date_page") if error.key == "err.iin.date" else error


async def _turn(pages: Pages, link: Link, token: str, values: dict[str, str]) -> PageAnswer:
    said = Said(Heard.PAGE, purpose=link.purpose, values=tuple(sorted(values.items())))
    body = Kept(said, token=token).body()
    # Each press is an event of its own: a refused one must not use the link up, a double one meets a used link.
    event = Event("page", "", secrets.token_hex(16), body, address_id=link.address_id)
    result = (await pages.writer.turn(event)).result
    return result if isinstance(result, PageAnswer) else PageAnswer(T("err.sorry"))


async def _values(link: Link, argon: Argon, value: str, again: str) -> dict[str, str]:
    """Return what the turn is told; refuse what the page itself can judge. A password leaves as a hash only."""
    if link.purpose == "iin":
        return {"value": Iin.parse(value).digits}
    if link.purpose == "document":
        return {"value": DocumentNumber.parse(value).text}
    if link.purpose == "export":
        return {}
    passwords.check(value)
    if link.purpose == "login":
        return {"proof": await argon.prove(value, link.about)}
    if value != again:
        raise Refused("err.password.mismatch")
    salt = secrets.token_hex(8)
    hashed = await argon.hash(value)
    return {"hash": hashed, "salt": salt, "mark": passwords.mark(value, salt)}


async def _copy(link: Link, pages: Pages) -> Response:
    """The press that used the link up brings the file; there is no second one."""
    copy = await pages.reader.read(lambda session: export.collect(session, pages.vault, link.person))
    packed = await asyncio.to_thread(archive, copy, link.language)
    headers = SAFE_HEADERS | {"Content-Disposition": 'attachment; filename="balabaqsha.zip"'}
    return Response(packed, media_type="application/zip", headers=headers)


def _is_open(link: Link | None, now: datetime) -> bool:
    return link is not None and not link.used and link.expires_at > now


def _is_from_here(request: Request) -> bool:
    """Say whether our own page sent the form.

    A browser says so in Sec-Fetch-Site; our pages send no referrer, so their Origin is "null", which says nothing.
    """
    site = request.headers.get("sec-fetch-site", "")
    origin = request.headers.get("origin", "null")
    if site:
        return site in ("same-origin", "none")
    return origin == "null" or origin.partition("://")[2] == request.headers.get("host", "")


def _page(link: Link | None, pages: Pages, token: str, error: Text | None = None, *, status: int = 422) -> Response:
    assert link is not None
    minutes = max(1, ceil((link.expires_at - pages.clock.now()).total_seconds() / 60))
    return html(
        "secure.html",
        link.language,
        status=status if error else 200,
        purpose=link.purpose,
        action=f"/s/{token}",
        form=pages.form(token),
        minutes=N("page.minutes_left", minutes),
        error=error,
        channel=_channel_name(link.channel),
    )


def _done(link: Link, pages: Pages) -> Response:
    name = _channel_name(link.channel)
    return html("done.html", link.language, channel=name, back=pages.way_back(link.channel))


def _over(link: Link | None, pages: Pages) -> Response:
    """Used, expired and unknown links say what to do next, and nothing about whose they are."""
    if link is None:
        return html("over.html", LANGUAGES[0], status=404, key="page.unknown", languages=LANGUAGES)
    key = "page.used" if link.used else "page.expired"
    channel, back = _channel_name(link.channel), pages.way_back(link.channel)
    return html("over.html", link.language, status=410, key=key, languages=(link.language,), channel=channel, back=back)


def html(template: str, language: str, *, status: int = 200, **values: Any) -> Response:  # Any: template values
    def t(key: str | Text, spoken: str = language, **names: object) -> str:
        return say(key if isinstance(key, Text) else T(key, **names), spoken)

    body = TEMPLATES.get_template(template).render(t=t, language=language, **values)
    return HTMLResponse(body, status_code=status, headers=SAFE_HEADERS)


def _channel_name(channel: str) -> str:
    return "WhatsApp" if channel.endswith("whatsapp") else "Telegram"


def preferred(header: str) -> str:
    """Return the first language of ours a browser names, Kazakh if none."""
    named = [part.split(";")[0].strip()[:2].lower() for part in header[:200].split(",")]
    return next((language for language in named if language in LANGUAGES), "kk")
