"""Every route of production says who may call it; a new one without an entry fails (I15)."""

from __future__ import annotations

import pytest

from tests.web.conftest import Town

#: Anybody; who holds its one-time link; a provider that proves itself.
ROUTES = {
    "/healthz": "anybody",
    "/metrics": "anybody",
    "/page.css": "anybody",
    "/policy": "anybody",
    "/readyz": "anybody",
    "/s/{token}": "link",
    "/webhooks/telegram": "provider",
}


def test_every_route_has_an_entry(town: Town) -> None:
    named = set(town.app.web.openapi()["paths"])

    assert named <= set(ROUTES)
    assert {path for path, who in ROUTES.items() if who != "provider"} <= named


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
