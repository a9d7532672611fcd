"""What runs the desk: figures, the record, hours and holidays, accounts, the outage line, the language of the page."""

from __future__ import annotations

import re
import secrets
from datetime import date
from typing import Annotated, Any, Final

import pyotp
from argon2 import PasswordHasher
from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from bot.web.desk.console import LANGUAGES, Console, Signed, page
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from services.desk import LONGEST_REASON, ROLES, Role, Staff, words
from services.hours import Span
from services.refused import Refused
from storage import agents, board, canned, hours, outages, staff_audit
from storage.do import Deed

LOGIN: Final = re.compile(r"[a-z0-9._-]{2,40}")


def router(console: Console) -> APIRouter:
    """Return the routes of supervisors and admins."""
    routes = APIRouter()

    async def must(request: Request, right: str, *, means_it: bool = False) -> Signed:
        signed = await (console.must_mean_it(request) if means_it else console.must_be_signed(request))
        if not signed.staff.may(right):
            raise HTTPException(403, say(T("err.desk.forbidden"), signed.staff.language))
        return signed

    def show(name: str, signed: Signed, *, status: int = 200, **values: Any) -> Response:  # Any: template values
        values = {"error": "", **values}
        return page(
            f"{name}.html",
            signed.staff.language,
            status=status,
            staff=signed.staff,
            csrf=signed.csrf,
            languages=LANGUAGES,
            **values,
        )

    @routes.get("/desk/board")
    async def figures(request: Request) -> Response:
        signed = await must(request, "board")
        found = await console.reader.read(lambda session: board.read(session, console.clock.now()))
        return show("board", signed, board=found)

    @routes.get("/desk/audit")
    async def record(request: Request) -> Response:
        signed = await must(request, "audit")

        def look(deed: Deed) -> Any:  # Any: rows of the record
            staff_audit.note(deed, signed.staff.id, "audit.read")
            return staff_audit.newest(deed.session), staff_audit.broken(deed.session, console.vault)

        rows, broken = await console.writer.deed(look)
        return show("audit", signed, rows=rows, broken=broken)

    @routes.get("/desk/hours")
    async def week(request: Request, error: str = "") -> Response:
        signed = await must(request, "hours")
        return await _hours(signed, error)

    async def _hours(signed: Signed, error: str = "") -> Response:
        def look(session: Session) -> Any:  # Any: what the page shows
            return hours.read(session), hours.written(session), canned.all_of_them(session), outages.now(session)

        open_hours, holidays, answers, line = await console.reader.read(look)
        return show(
            "hours",
            signed,
            status=409 if error else 200,
            week=open_hours.week,
            holidays=holidays,
            canned=answers,
            outage=line,
            error=error,
        )

    async def changed(signed: Signed, act: str, work: Any, back: str = "/desk/hours") -> Response:  # Any: a deed
        def write(deed: Deed) -> None:
            work(deed)
            staff_audit.note(deed, signed.staff.id, act)

        try:
            await console.writer.deed(write)
        except Refused as no:
            sentence = say(T(no.key, **no.names), signed.staff.language)
            return await (_hours(signed, sentence) if back == "/desk/hours" else _people(signed, error=sentence))
        return RedirectResponse(back, status_code=303)

    @routes.post("/desk/hours")
    async def set_hours(request: Request) -> Response:
        signed = await must(request, "hours", means_it=True)
        form = await request.form()

        def write(deed: Deed) -> None:
            for day in range(7):
                hours.set_day(deed, day, Span.parse(str(form.get(f"day{day}", ""))))

        return await changed(signed, "hours.written", write)

    @routes.post("/desk/holidays")
    async def set_holiday(
        request: Request, day: Annotated[date, Form()], worked: Annotated[str, Form()] = ""
    ) -> Response:
        signed = await must(request, "hours", means_it=True)
        return await changed(signed, "holiday.written", lambda deed: hours.set_holiday(deed, day, worked=bool(worked)))

    @routes.post("/desk/outage")
    async def outage(
        request: Request,
        ru: Annotated[str, Form()] = "",
        kk: Annotated[str, Form()] = "",
        off: Annotated[str, Form()] = "",
    ) -> Response:
        signed = await must(request, "outage", means_it=True)

        def write(deed: Deed) -> None:
            if off:
                outages.switch_off(deed)
            else:
                lines = {"ru": words(ru, LONGEST_REASON), "kk": words(kk, LONGEST_REASON)}
                outages.switch_on(deed, signed.staff.id, **lines)

        return await changed(signed, "outage.off" if off else "outage.on", write)

    @routes.post("/desk/canned")
    async def answer(
        request: Request,
        key: Annotated[str, Form()] = "",
        ru: Annotated[str, Form()] = "",
        kk: Annotated[str, Form()] = "",
    ) -> Response:
        signed = await must(request, "canned", means_it=True)
        return await changed(signed, "canned.saved", lambda deed: canned.write(deed, signed.staff, key, ru=ru, kk=kk))

    @routes.get("/desk/agents")
    async def people(request: Request) -> Response:
        return await _people(await must(request, "agents"))

    async def _people(signed: Signed, *, error: str = "", made: dict[str, str] | None = None) -> Response:
        rows = await console.reader.read(agents.all_of_them)
        return show("agents", signed, status=409 if error else 200, rows=rows, roles=ROLES, made=made, error=error)

    @routes.post("/desk/agents")
    async def hire(
        request: Request,
        login: Annotated[str, Form()] = "",
        shown: Annotated[str, Form()] = "",
        role: Annotated[Role, Form()] = Role.AGENT,
    ) -> Response:
        signed = await must(request, "agents", means_it=True)
        made = new_account(login, shown, role)
        result = await _refusable(console, signed.staff, lambda deed: hired(deed, made, by=signed.staff))
        return await _people(signed, error=result) if result else await _people(signed, made=made)

    @routes.post("/desk/agents/{login}/dismiss")
    async def dismiss(request: Request, login: str) -> Response:
        signed = await must(request, "agents", means_it=True)
        return await changed(
            signed, "agent.gone", lambda deed: agents.dismiss(deed, signed.staff, login), back="/desk/agents"
        )

    @routes.post("/desk/language")
    async def speak(request: Request, to: Annotated[str, Form()] = "ru") -> Response:
        signed = await console.must_mean_it(request)
        if to in LANGUAGES:
            await console.writer.deed(lambda deed: agents.speak(deed, signed.staff, to))
        return RedirectResponse("/desk", status_code=303)

    return routes


async def _refusable(console: Console, staff: Staff, work: Any) -> str:  # Any: a deed
    try:
        await console.writer.deed(work)
    except Refused as no:
        return say(T(no.key, **no.names), staff.language)
    return ""


def new_account(login: str, shown: str, role: str) -> dict[str, str]:
    """Return a new account with a password and a second factor, to be shown once."""
    secret = pyotp.random_base32()
    login = login.strip().lower()
    link = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="Balabaqsha")
    return {
        "login": login,
        "shown": shown.strip(),
        "role": role,
        "password": secrets.token_urlsafe(12),
        "secret": secret,
        "link": link,
    }


def hired(deed: Deed, made: dict[str, str], *, by: Staff | None = None) -> None:
    """Keep a new account; refuse a login that is taken (`err.desk.login_taken`) or no login (`err.desk.login`)."""
    if not LOGIN.fullmatch(made["login"]):
        raise Refused("err.desk.login")
    agents.add(
        deed,
        login=made["login"],
        shown=words(made["shown"], 40),
        role=Role(made["role"]),
        password_hash=PasswordHasher().hash(made["password"]),
        secret=made["secret"],
    )
    if by is not None:
        staff_audit.note(deed, by.id, "agent.hired", subject=made["login"])
