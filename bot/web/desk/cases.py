"""The one screen of an agent's day: queue, conversation, card; and the deeds on a case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles

from bot.web.desk.console import HERE, LANGUAGES, Console, Signed, local, page
from dialogs.entries import SCREENS
from services.desk import CLOSE_REASONS, GROUPS, MASKED, REASONS
from storage import agents, canned, desk, desk_reads
from storage.desk_reads import TABS, Card
from storage.do import Deed

PING_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 1.0


def router(console: Console) -> APIRouter:
    """Return the routes of the screen."""
    routes = APIRouter()

    @routes.get("/desk")
    async def screen(request: Request) -> Response:
        signed = await console.signed(request)
        if signed is None:
            return RedirectResponse("/desk/login", status_code=303)
        newest = await console.reader.read(desk_reads.newest)
        return page("desk.html", signed.staff.language, **_shell(signed), newest=newest)

    @routes.get("/desk/queue")
    async def queue(request: Request, tab: str = "free") -> Response:
        signed = await console.must_be_signed(request)
        tab = tab if tab in TABS else "free"
        if tab == "calls":
            calls = await console.reader.read(lambda session: desk_reads.calls(session, console.vault, signed.staff))
            return page("calls.html", signed.staff.language, calls=calls)
        rows = await console.reader.read(lambda session: desk_reads.queue(session, console.vault, signed.staff, tab))
        return page("queue.html", signed.staff.language, rows=rows, now=console.clock.now())

    @routes.get("/desk/search")
    async def search(request: Request, q: str = "") -> Response:
        signed = await console.must_be_signed(request)
        rows = await console.do(signed.staff, lambda deed: desk_reads.search(deed, signed.staff, q[:60]))
        if isinstance(rows, Response):
            return rows
        return page("queue.html", signed.staff.language, rows=rows, now=console.clock.now())

    @routes.get("/desk/cases/{number}")
    async def case(request: Request, number: int) -> Response:
        signed = await console.must_be_signed(request)
        console.looking[signed.staff.id] = (signed.staff.shown, number)
        card = await console.do(signed.staff, lambda deed: desk_reads.card(deed, signed.staff, number))
        return card if isinstance(card, Response) else await _case(console, signed, card)

    @routes.get("/desk/cases/{number}/transcript")
    async def transcript(request: Request, number: int) -> Response:
        signed = await console.must_be_signed(request)
        found = await console.do(signed.staff, lambda deed: desk_reads.transcript(deed, signed.staff, number))
        if isinstance(found, Response):
            return found
        lines = [f"{local(line.at)} {line.agent or line.who}: {line.words or line.kind}" for line in found]
        named = {"Content-Disposition": f'attachment; filename="case-{number}.txt"', "Cache-Control": "no-store"}
        return PlainTextResponse("\n".join(lines) + "\n", headers=named)

    @routes.get("/desk/events")
    async def events(request: Request, after: int = 0) -> Response:
        signed = await console.must_be_signed(request)
        last = request.headers.get("last-event-id", "")
        start = int(last) if last.isascii() and last.isdigit() else after
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        told = stream(console, signed.staff.id, start)
        return StreamingResponse(told, media_type="text/event-stream", headers=headers)

    _add_deeds(routes, console)
    routes.mount("/desk/static", StaticFiles(directory=HERE / "static"))
    return routes


def _shell(signed: Signed) -> dict[str, Any]:
    return {"staff": signed.staff, "csrf": signed.csrf, "tabs": TABS, "languages": LANGUAGES}


async def _case(console: Console, signed: Signed, card: Card) -> Response:
    everybody = await console.reader.read(agents.all_of_them)
    answers = await console.reader.read(canned.all_of_them)
    names = {"name": card.name, "agent": signed.staff.shown}
    return page(
        "case.html",
        signed.staff.language,
        **_shell(signed),
        card=card,
        now=console.clock.now(),
        agents=[row for row in everybody if row.id != signed.staff.id],
        others=console.others(signed.staff, card.row.number),
        teams=GROUPS,
        reasons=REASONS,
        close_reasons=CLOSE_REASONS,
        fields=[name for name in MASKED if signed.staff.may_reveal(name)],
        screens=tuple(SCREENS),
        canned=[item.filled(card.row.language, names) for item in answers],
    )


async def stream(console: Console, agent: int, last: int) -> AsyncIterator[bytes]:
    """Tell an open page what happened since `last`; ends with the process, and never holds it up."""
    import asyncio

    heard, quiet = console.wire.listen(), 0.0
    stopping = asyncio.ensure_future(console.stopping.wait())
    try:
        while not console.stopping.is_set():
            heard.clear()
            news = await console.reader.read(lambda session, last=last: desk_reads.since(session, last))  # type: ignore[misc]
            for item in news:
                last = item.id
                data = orjson.dumps({"kind": item.kind, "case": item.number, "mine": item.agent == agent})
                yield b"id: %d\ndata: %s\n\n" % (last, data)
            quiet = 0.0 if news else quiet + LOOK_SECONDS
            if quiet >= PING_SECONDS:
                quiet = 0.0
                yield b": still here\n\n"
            waiting = asyncio.ensure_future(heard.wait())
            await asyncio.wait({waiting, stopping}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
    finally:
        stopping.cancel()
        console.wire.leave(heard)


def _add_deeds(routes: APIRouter, console: Console) -> None:
    @routes.post("/desk/cases/{number}/take")
    async def take(request: Request, number: int) -> Response:
        signed = await console.must_mean_it(request)
        return await console.done(signed.staff, lambda deed: console.desk.take(deed, signed.staff, number))

    @routes.post("/desk/cases/{number}/reply")
    async def reply(request: Request, number: int, text: Annotated[str, Form()] = "") -> Response:
        signed = await console.must_mean_it(request)
        found = await console.do(signed.staff, lambda deed: console.desk.reply(deed, signed.staff, number, text))
        if isinstance(found, Response):
            return found
        console.soon(desk.UNDO.total_seconds() + 0.01)
        return JSONResponse({"ok": True, "message": found})

    @routes.post("/desk/cases/{number}/undo")
    async def undo(request: Request, number: int, message: Annotated[int, Form()]) -> Response:
        signed = await console.must_mean_it(request)
        words = await console.do(signed.staff, lambda deed: desk.undo(deed, signed.staff, number, message))
        return words if isinstance(words, Response) else JSONResponse({"ok": True, "text": words})

    @routes.post("/desk/cases/{number}/note")
    async def note(request: Request, number: int, text: Annotated[str, Form()] = "") -> Response:
        signed = await console.must_mean_it(request)
        return await console.done(signed.staff, lambda deed: desk.note(deed, signed.staff, number, text))

    @routes.post("/desk/cases/{number}/transfer")
    async def transfer(
        request: Request, number: int, to: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = ""
    ) -> Response:
        signed = await console.must_mean_it(request)
        return await console.done(
            signed.staff, lambda deed: console.desk.transfer(deed, signed.staff, number, to, reason)
        )

    @routes.post("/desk/cases/{number}/close")
    async def close(
        request: Request,
        number: int,
        reason: Annotated[str, Form()] = "",
        summary: Annotated[str, Form()] = "",
        gap: Annotated[str, Form()] = "",
    ) -> Response:
        signed = await console.must_mean_it(request)
        return await console.done(
            signed.staff,
            lambda deed: console.desk.close(deed, signed.staff, number, reason, summary, faq_gap=bool(gap)),
        )

    @routes.post("/desk/cases/{number}/snooze")
    async def snooze(request: Request, number: int, hours: Annotated[int, Form()] = 2) -> Response:
        signed = await console.must_mean_it(request)
        until = console.clock.now() + timedelta(hours=max(1, min(hours, 72)))
        return await console.done(signed.staff, lambda deed: console.desk.snooze(deed, signed.staff, number, until))

    @routes.post("/desk/cases/{number}/reopen")
    async def reopen(request: Request, number: int) -> Response:
        signed = await console.must_mean_it(request)
        return await console.done(signed.staff, lambda deed: console.desk.reopen(deed, signed.staff, number))

    @routes.post("/desk/cases/{number}/screen")
    async def open_screen(request: Request, number: int, flow: Annotated[str, Form()] = "") -> Response:
        signed = await console.must_mean_it(request)
        return await console.done(signed.staff, lambda deed: console.desk.open_screen(deed, signed.staff, number, flow))

    @routes.post("/desk/cases/{number}/reveal")
    async def reveal(
        request: Request, number: int, field: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = ""
    ) -> Response:
        signed = await console.must_mean_it(request)

        def shown(deed: Deed) -> str:
            row, value = desk_reads.reveal(deed, signed.staff, number, field, reason)
            console.desk.viewed(deed, row, field)
            return value

        value = await console.do(signed.staff, shown)
        return value if isinstance(value, Response) else JSONResponse({"ok": True, "value": value})

    @routes.post("/desk/calls/{callback}/phone")
    async def phone(request: Request, callback: int) -> Response:
        signed = await console.must_mean_it(request)
        value = await console.do(signed.staff, lambda deed: desk.phone_of(deed, signed.staff, callback))
        return value if isinstance(value, Response) else JSONResponse({"ok": True, "value": value})

    @routes.post("/desk/calls/{callback}/{outcome}")
    async def called(request: Request, callback: int, outcome: str) -> Response:
        signed = await console.must_mean_it(request)

        def write(deed: Deed) -> None:
            found = desk.called(deed, signed.staff, callback, outcome)
            if found.state == "missed":
                console.desk.missed(deed, desk.row_of(deed, found.case_id))

        return await console.done(signed.staff, write)
