"""Every route of production says who may call it; a new one without an entry fails (I15)."""

from __future__ import annotations

import pytest

from tests.web.conftest import Town

#: Anybody; who holds its one-time link; a provider that proves itself; an agent who is signed in.
ROUTES = {
    "/desk": "agent",
    "/desk/agents": "agent",
    "/desk/agents/{login}/dismiss": "agent",
    "/desk/audit": "agent",
    "/desk/board": "agent",
    "/desk/calls/{callback}/phone": "agent",
    "/desk/calls/{callback}/{outcome}": "agent",
    "/desk/canned": "agent",
    "/desk/cases/{number}": "agent",
    "/desk/cases/{number}/close": "agent",
    "/desk/cases/{number}/note": "agent",
    "/desk/cases/{number}/reopen": "agent",
    "/desk/cases/{number}/reply": "agent",
    "/desk/cases/{number}/reveal": "agent",
    "/desk/cases/{number}/screen": "agent",
    "/desk/cases/{number}/snooze": "agent",
    "/desk/cases/{number}/take": "agent",
    "/desk/cases/{number}/transcript": "agent",
    "/desk/cases/{number}/transfer": "agent",
    "/desk/cases/{number}/undo": "agent",
    # The demo's one button; `run` has no such route.
    "/desk/demo/{login}": "demo",
    "/desk/events": "agent",
    "/desk/holidays": "agent",
    "/desk/hours": "agent",
    "/desk/language": "agent",
    "/desk/login": "anybody",
    "/desk/logout": "agent",
    "/desk/outage": "agent",
    "/desk/queue": "agent",
    "/desk/search": "agent",
    "/healthz": "anybody",
    "/metrics": "anybody",
    "/page.css": "anybody",
    "/policy": "anybody",
    "/readyz": "anybody",
    "/pictures/{name}.png": "anybody",
    "/s/{token}": "link",
    # Who holds the paper holds its code; it shows a number, a masked name and a state.
    "/v/{code}": "anybody",
    "/webhooks/telegram": "provider",
    "/webhooks/twilio/inbound": "provider",
    "/webhooks/twilio/status": "provider",
}
#: Only where WhatsApp is wired.
WITH_TWILIO = {"/pictures/{name}.png"}


#: A form that any deed of the desk could read.
ANY_FORM = {"csrf": "", "message": "1", "day": "2026-12-01", "text": "x", "to": "x", "reason": "x"}


def routes_for(who: str) -> list[str]:
    return [path for path, whom in ROUTES.items() if whom == who]


def test_every_route_has_an_entry(town: Town) -> None:
    named = set(town.app.web.openapi()["paths"])

    assert named <= set(ROUTES)
    assert {path for path, who in ROUTES.items() if who != "provider"} - WITH_TWILIO <= named


@pytest.mark.parametrize("path", routes_for("agent"))
async def test_a_stranger_sees_and_does_nothing_at_the_desk(town: Town, path: str) -> None:
    real = path.format(login="a", callback=1, outcome="done", number=1001) if "{" in path else path
    for method in town.app.web.openapi()["paths"][path]:
        answer = await town.browser.request(method.upper(), real, data=ANY_FORM if method == "post" else None)
        assert (answer.status_code, answer.headers.get("location")) in ((401, None), (303, "/desk/login"))


async def test_a_code_of_no_paper_shows_nothing(town: Town) -> None:
    answer = await town.browser.get("/v/" + "a" * 32)

    assert answer.status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_its_link_a_page_shows_nothing(town: Town, method: str) -> None:
    answer = await town.browser.request(method, "/s/" + "a" * 32)

    assert answer.status_code == 404
    assert "password" not in answer.text


async def test_unknown_wrong_and_locked_cost_one_hash_each(town: Town) -> None:
    """Shown by a counter, not by a clock: the page does the same work whoever is asked for."""
    from bot.web import pages
    from bot.web.argon import Argon
    from services.passwords import PARAMETERS
    from storage.links import Link

    argon = Argon()
    for salt in ("a2Fub3duc2FsdGtub3du", "bm9ib2R5c2FsdG5vYm9keQ"):
        link = Link("login", "ru", 1, "sim-telegram", town.clock.now(), used=False, about=PARAMETERS + salt)
        before = argon.runs
        values = await pages._values(link, argon, "Тұман-2026", "")
        assert argon.runs == before + 1
        assert set(values) == {"proof"}
