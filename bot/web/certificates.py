"""Papers of ours: a PDF for the holder of a short-lived link, and `/v/{code}` for whoever holds the paper."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot import tabel_files
from bot.web import pages
from bot.web.pages import Pages
from dialogs.engine.catalogue import ALMATY
from dialogs.engine.texts import LANGUAGES, T
from services import cities
from services.papers import LANGUAGES as PAPER_LANGUAGES
from storage import papers, tabels
from storage.links import Link

_PURPOSE: Final = re.compile(r"paper-([a-z_]{1,24})-(\d{1,18})", re.ASCII)


def is_paper(link: Link) -> bool:
    """Say whether a link leads to a paper instead of a page with a field."""
    return _PURPOSE.fullmatch(link.purpose) is not None


async def paper(given: Pages, link: Link, token: str, base: str) -> Response | None:
    """Return the PDF a link leads to; nothing where it leads to none any more."""
    from bot import pdf

    found = _PURPOSE.fullmatch(link.purpose)
    if found is None:
        return None
    kind, application = found.group(1), int(found.group(2))
    if kind in tabel_files.KINDS:
        return await _month(given, link, token, application, kind)
    language = link.language if link.language in PAPER_LANGUAGES else "ru"
    printed = await given.writer.deed(lambda deed: papers.issue(deed, token, kind, application, language))
    if printed is None:
        return None
    data = await asyncio.to_thread(pdf.draw, printed, f"{base}/v/{printed.code}")
    return _file(data, f"balabaqsha-{printed.number}-{kind}.pdf", "application/pdf")


async def _month(given: Pages, link: Link, token: str, tabel: int, kind: str) -> Response | None:
    """Return a month of the tabel as a file."""
    found = await given.writer.deed(lambda deed: tabels.export(deed, token, link.purpose, tabel), wakes=False)
    if found is None:
        return None
    draw, media_type, ending = tabel_files.KINDS[kind]
    data = await asyncio.to_thread(draw, found)
    return _file(data, f"balabaqsha-tabel-{found.sheet.month.text}.{ending}", media_type)


def _file(data: bytes, name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f'inline; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
    }
    return Response(data, media_type=media_type, headers=headers)


def router(given: Pages, language_of: Callable[[str], str] = pages.preferred) -> APIRouter:
    """Return the route that anybody may ask whether a paper is genuine."""
    routes = APIRouter()

    @routes.get("/v/{code}")
    async def verify(code: str, request: Request) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        known = await given.reader.read(lambda session: papers.check(session, given.vault, code[:40]))
        if known is None:
            return pages.html("over.html", language, status=404, key="page.paper.unknown", languages=LANGUAGES)
        place = cities.get(known.kato)
        return pages.html(
            "paper.html",
            language,
            kind=T(f"paper.{known.kind}"),
            number=known.number,
            child=known.child,
            issued_on=known.issued_at.astimezone(ALMATY).date(),
            filed_on=known.filed_at.astimezone(ALMATY).date(),
            place=place.path(language) if place else known.kato,
            state=T(f"status.app.{known.status}"),
        )

    return routes
