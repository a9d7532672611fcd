"""Signing in: name, password and a code of the second factor; in the demo one button."""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated, Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from bot.web.desk.console import LANGUAGES, Console, page
from services.desk import Role
from services.refused import Refused
from storage import agents
from storage.agents import Signing
from storage.do import Deed

#: What an unknown name is checked against, so that it takes as long as a known one.
NOBODY: Final = PasswordHasher().hash(secrets.token_hex(16))
STEP_SECONDS: Final = 30
#: Who the demo signs in.
DEMO: Final = {
    "ainur": ("Айнур", Role.SENIOR, "ru"),
    "marat": ("Марат", Role.AGENT, "kk"),
    "saule": ("Сауле", Role.ADMIN, "ru"),
}


def router(console: Console) -> APIRouter:
    """Return the routes of the door."""
    routes = APIRouter()

    @routes.get("/desk/login")
    async def show(lang: str = "ru") -> Response:
        return _form(console, lang if lang in LANGUAGES else "ru")

    @routes.post("/desk/login")
    async def sign_in(
        login: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        code: Annotated[str, Form()] = "",
        lang: Annotated[str, Form()] = "ru",
    ) -> Response:
        language = lang if lang in LANGUAGES else "ru"
        now = console.clock.now()
        login = login.strip().lower()[:40]
        known = await console.reader.read(lambda session: agents.signing(session, console.vault, login, now))
        right = await asyncio.to_thread(_is_right, known, password[:200])
        step = _step(known, code, now.timestamp())
        if known is None or known.is_resting or not right or not step:
            if known is not None and not known.is_resting:
                await console.writer.deed(lambda deed: agents.failed(deed, known.id))
            return _form(console, language, error="err.desk.sign_in", status=401)
        return await _signed_in(console, known.id, step, language)

    @routes.post("/desk/logout")
    async def sign_out(request: Request) -> Response:
        signed = await console.must_mean_it(request)
        await console.writer.deed(lambda deed: agents.sign_out(deed, signed.staff, signed.token))
        response = RedirectResponse("/desk/login", status_code=303)
        response.delete_cookie(console.cookie, path="/")
        return response

    if console.demo:

        @routes.post("/desk/demo/{login}")
        async def demo(login: str) -> Response:
            if login not in DEMO:
                raise HTTPException(404, "nobody of that name works here")
            agent = await console.writer.deed(lambda deed: _hired(deed, login))
            return await _signed_in(console, agent, 0, "ru")

    return routes


def _is_right(known: Signing | None, password: str) -> bool:
    try:
        return PasswordHasher().verify(known.password if known else NOBODY, password) and known is not None
    except (Argon2Error, InvalidHashError):
        return False


def _step(known: Signing | None, code: str, at: float) -> int:
    """Return the time step a code is of, now or one before; 0 if it is wrong or was used."""
    if known is None:
        return 0
    totp, digits = pyotp.TOTP(known.secret), code.replace(" ", "")
    current = int(at) // STEP_SECONDS
    steps = (step for step in (current, current - 1) if step > known.totp_step)
    return next((step for step in steps if secrets.compare_digest(totp.at(step * STEP_SECONDS), digits)), 0)


async def _signed_in(console: Console, agent: int, step: int, language: str) -> Response:
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    try:
        await console.writer.deed(lambda deed: agents.sign_in(deed, agent, token, csrf, step=step))
    except Refused as no:
        return _form(console, language, error=no.key, status=401)
    response = RedirectResponse("/desk", status_code=303)
    response.set_cookie(
        console.cookie,
        token,
        path="/",
        secure=console.secure,
        httponly=True,
        samesite="lax",
        max_age=int(agents.SESSION_LIVES.total_seconds()),
    )
    return response


def _hired(deed: Deed, login: str) -> int:
    for row in agents.all_of_them(deed.session):
        if row.login == login:
            return row.id
    shown, role, language = DEMO[login]
    nobody_knows = secrets.token_hex(16)
    made = agents.add(
        deed,
        login=login,
        shown=shown,
        role=role,
        password_hash=nobody_knows,
        secret=pyotp.random_base32(),
        language=language,
    )
    return made.id


def _form(console: Console, language: str, *, error: str = "", status: int = 200) -> Response:
    people = [(login, shown, role) for login, (shown, role, _) in DEMO.items()] if console.demo else []
    return page("login.html", language, status=status, error=error, people=people, languages=LANGUAGES)
