"""The agents' desk over HTTP: who gets in, who may do what, and what is left on record."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx2
import pyotp
import pytest
from argon2 import PasswordHasher

from bot.app import build
from bot.demo import _registry_person
from bot.desk import Desk
from bot.inbox import Handler
from bot.settings import Settings
from bot.web.desk import cases as screen
from bot.web.desk.console import Console
from bot.web.desk.door import DEMO
from bot.web.desk.office import hired, new_account
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from dialogs.entries import ENGINE
from services import demo_city
from services.accounts import open_account
from services.desk import RIGHTS, ROLES, Role
from services.refused import Refused
from storage import agents, staff_audit
from storage import hours as storage_hours
from storage.do import Deed, hold
from tests.web.conftest import BASE, Town

SECRET = pyotp.random_base32()


@dataclass
class Colleague:
    """Somebody signed in, in a browser of their own."""

    town: Town
    browser: httpx2.AsyncClient
    csrf: str

    async def reads(self, path: str) -> httpx2.Response:
        return await self.browser.get(path)

    async def does(self, path: str, **form: object) -> httpx2.Response:
        values = {key: str(value) for key, value in form.items()}
        return await self.browser.post(path, data=values, headers={"X-CSRF": self.csrf})


@pytest.fixture
async def staff(town: Town) -> AsyncIterator[dict[str, Colleague]]:
    """One signed-in colleague for each role, and a waiting case of Айгерим."""
    found = {role.value: await signed_in(town, role) for role in Role}
    yield found
    for one in found.values():
        await one.browser.aclose()


async def signed_in(town: Town, role: Role, login: str = "") -> Colleague:
    def hire(deed: Deed) -> str:
        made = agents.add(
            deed, login=login or role.value, shown=role.value.title(), role=role, password_hash="x", secret=SECRET
        )
        agents.sign_in(deed, made.id, f"token-{made.login}", f"csrf-{made.login}")
        return made.login

    name = await town.app.writer.deed(hire)
    transport = httpx2.ASGITransport(app=town.app.web)
    browser = httpx2.AsyncClient(transport=transport, base_url=BASE, cookies={"desk": f"token-{name}"})
    return Colleague(town, browser, f"csrf-{name}")


async def calls(town: Town) -> None:
    """Айгерим asks for a human."""
    await town.says("Сәлем")
    await town.taps("Қазақша")
    await town.says("оператор")
    await town.taps("Өткізіп жіберу")
    await town.says("Сұрағым бар")


# The door (threat T21).


def paths(town: Town) -> list[tuple[str, str]]:
    """Every route of the desk, its blanks filled in."""
    found = []
    included = [getattr(part, "original_router", None) for part in town.app.web.routes]
    for route in (route for router in included if router is not None for route in router.routes):
        path, methods = getattr(route, "path", ""), getattr(route, "methods", None) or ()
        if path.startswith("/desk") and "login" not in path and "/demo/" not in path:
            found += [(method, re.sub(r"\{\w+\}", "1", path)) for method in methods if method != "HEAD"]
    return found


async def test_no_door_but_the_door(town: Town) -> None:
    walked = paths(town)
    answers = {(method, path): (await town.browser.request(method, path)).status_code for method, path in walked}

    assert len(answers) > 25
    assert {key: code for key, code in answers.items() if code not in (401, 422)} == {("GET", "/desk"): 303}


async def test_without_the_token_of_its_own_page_nothing_is_done(town: Town, staff: dict[str, Colleague]) -> None:
    await calls(town)
    agent = staff["agent"]
    agent.csrf = "another"

    assert (await agent.does("/desk/cases/1001/take")).status_code == 403


@pytest.mark.parametrize("wrong", ["password", "code", "login"])
async def test_all_three_must_be_right(town: Town, wrong: str) -> None:
    form = await employed(town)

    answer = await town.browser.post("/desk/login", data=form | {wrong: "000000"})

    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    assert ru("err.desk.sign_in") in answer.text


async def employed(town: Town) -> dict[str, str]:
    """An account, and what its owner types."""
    hashed = PasswordHasher().hash("тұйық құмыра")

    def hire(deed: Deed) -> None:
        agents.add(deed, login="ainur", shown="Айнур", role=Role.AGENT, password_hash=hashed, secret=SECRET)

    await town.app.writer.deed(hire)
    code = pyotp.TOTP(SECRET).at(int(town.clock.now().timestamp()))
    return {"login": "ainur", "password": "тұйық құмыра", "code": code}


async def test_a_code_opens_once(town: Town) -> None:
    form = await employed(town)

    first, second = [(await town.browser.post("/desk/login", data=form)) for _ in range(2)]

    assert (first.status_code, second.status_code) == (303, 401)
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=lax" in first.headers["set-cookie"]


async def test_five_wrong_tries_let_an_account_rest(town: Town) -> None:
    form = await employed(town)
    for _ in range(5):
        await town.browser.post("/desk/login", data=form | {"password": "wrong"})

    assert (await town.browser.post("/desk/login", data=form)).status_code == 401
    town.clock.move(minutes=6)
    form["code"] = pyotp.TOTP(SECRET).at(int(town.clock.now().timestamp()))
    assert (await town.browser.post("/desk/login", data=form)).status_code == 303


async def test_who_leaves_is_out(town: Town, staff: dict[str, Colleague]) -> None:
    agent = staff["agent"]

    await agent.does("/desk/logout")

    assert (await agent.reads("/desk/queue")).status_code == 401


@pytest.mark.parametrize("login", list(DEMO))
async def test_in_the_demo_one_button_signs_in(town: Town, login: str) -> None:
    answer = await town.browser.post(f"/desk/demo/{login}", follow_redirects=True)

    assert (answer.status_code, DEMO[login][0] in answer.text) == (200, True)


# Roles and fields (threat T26).

#: What is asked of the desk, and the right that opens it.
ASKED = {
    ("GET", "/desk/queue"): "queue",
    ("GET", "/desk/queue?tab=calls"): "call",
    ("GET", "/desk/search?q=1001"): "search",
    ("GET", "/desk/cases/1001"): "read",
    ("POST", "/desk/cases/1001/reopen"): "reopen",
    ("GET", "/desk/board"): "board",
    ("GET", "/desk/audit"): "audit",
    ("GET", "/desk/hours"): "hours",
    ("POST", "/desk/hours"): "hours",
    ("POST", "/desk/outage"): "outage",
    ("POST", "/desk/canned"): "canned",
    ("GET", "/desk/agents"): "agents",
    ("POST", "/desk/agents"): "agents",
}


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_opens_what_its_rights_say_and_nothing_else(
    town: Town, staff: dict[str, Colleague], role: Role
) -> None:
    await calls(town)
    mate, opened = staff[role], {}
    for (method, path), right in ASKED.items():
        answer = await (mate.reads(path) if method == "GET" else mate.does(path))
        opened[method, path] = (answer.status_code != 403, ROLES.index(role) >= ROLES.index(RIGHTS[right]))

    assert {key: found for key, found in opened.items() if found[0] != found[1]} == {}


async def test_a_card_is_masked_and_opening_it_is_recorded(town: Town, staff: dict[str, Colleague]) -> None:
    await calls(town)

    seen = (await staff["agent"].reads("/desk/cases/1001")).text

    assert "Сұрағым бар" in seen
    assert "77471234567" not in seen
    assert await acts(town) == [("case.read", 1, "")]


async def acts(town: Town) -> list[tuple[str, int | None, str]]:
    """What is on record about cases."""
    entries = await town.app.reader.read(staff_audit.newest)
    return [(one.act, one.case, one.subject) for one in reversed(entries) if one.act.startswith("case.")]


async def test_a_search_finds_only_exact_numbers_and_keeps_none(town: Town, staff: dict[str, Colleague]) -> None:
    await calls(town)
    agent = staff["agent"]
    found = ["data-open" in (await agent.reads(f"/desk/search?q={q}")).text for q in ("1001", "%231001", "100", "747")]

    assert found == [True, True, False, False]
    assert await acts(town) == [("case.search", None, "number")] * 4


# The record (threat T27).


async def test_a_record_that_was_changed_or_taken_away_is_found(town: Town, staff: dict[str, Colleague]) -> None:
    await calls(town)
    for _ in range(3):
        await staff["agent"].reads("/desk/cases/1001")
    whole = await town.app.reader.read(lambda session: staff_audit.broken(session, town.app.vault))
    await town.app.writer.deed(lambda deed: deed.db.execute("UPDATE staff_audit SET subject='x' WHERE act='case.read'"))

    broken = await town.app.reader.read(lambda session: staff_audit.broken(session, town.app.vault))

    assert (whole, len(broken)) == ([], 3)


# A day.


def ru(key: str, **names: object) -> str:
    return say(T(key, **names), "ru")


async def test_what_was_sent_or_has_blanks_or_no_chat_is_refused(town: Town, staff: dict[str, Colleague]) -> None:
    await calls(town)
    agent = staff["agent"]
    await agent.does("/desk/cases/1001/take")
    blanks = await agent.does("/desk/cases/1001/reply", text="До {date}")
    message = (await agent.does("/desk/cases/1001/reply", text="Сәлем")).json()["message"]
    town.clock.move(seconds=6)
    await town.settled()
    sent = await agent.does("/desk/cases/1001/undo", message=message)
    await town.app.writer.deed(lambda deed: deed.db.execute('UPDATE "case" SET address_id=NULL'))
    no_chat = await agent.does("/desk/cases/1001/reply", text="Сәлем")
    forbidden = await agent.does("/desk/cases/1001/reopen")

    wanted = ("err.desk.blanks", "err.desk.sent", "err.desk.no_chat", "err.desk.forbidden")
    given = [answer.json()["error"] for answer in (blanks, sent, no_chat, forbidden)]
    assert given == [ru(key) for key in wanted]


async def test_two_agents_one_case(town: Town, staff: dict[str, Colleague]) -> None:
    await calls(town)
    first, second = staff["agent"], staff["senior"]

    won = await first.does("/desk/cases/1001/take")
    lost = await second.does("/desk/cases/1001/take")
    card = (await second.reads("/desk/cases/1001")).text
    await first.reads("/desk/cases/1001")

    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.json() == {"error": ru("err.desk.taken", agent="Agent")}
    assert "Agent" in card
    assert "Senior" in (await first.reads("/desk/cases/1001")).text


async def test_an_answer_goes_out_after_five_seconds_and_can_be_taken_back(
    town: Town, staff: dict[str, Colleague]
) -> None:
    await calls(town)
    agent = staff["agent"]
    await agent.does("/desk/cases/1001/take")
    message = (await agent.does("/desk/cases/1001/reply", text="Қате")).json()["message"]
    back = (await agent.does("/desk/cases/1001/undo", message=message)).json()
    await agent.does("/desk/cases/1001/reply", text="Сәлеметсіз бе")
    town.clock.move(seconds=6)
    await town.settled()

    assert back == {"ok": True, "text": "Қате"}
    said = repr(town.shown())
    assert ("Сәлеметсіз бе" in said, "Қате" in said) == (True, False)


REFUSALS = {
    "err.desk.no_case": ("/desk/cases/77/note", {"text": "x"}),
    "err.desk.empty": ("/desk/cases/1001/note", {"text": " "}),
    "err.desk.too_long": ("/desk/cases/1001/note", {"text": "x" * 1401}),
    "err.desk.not_yours": ("/desk/cases/1001/reply", {"text": "x"}),
    "err.desk.reason": ("/desk/cases/1001/close", {"reason": "because"}),
    "err.desk.nobody": ("/desk/cases/1001/transfer", {"to": "nobody", "reason": "x"}),
    "err.desk.open": ("/desk/cases/1001/reopen", {}),
    "err.desk.closed": ("/desk/calls/1/done", {}),
}


@pytest.mark.parametrize("key", REFUSALS)
async def test_a_refusal_is_a_sentence(town: Town, staff: dict[str, Colleague], key: str) -> None:
    await calls(town)
    path, form = REFUSALS[key]
    answer = await staff["senior"].does(path, **form)

    assert answer.status_code == 409
    assert answer.json()["error"] == ru(key, number=77, limit=1400)


async def test_a_transcript_holds_what_was_said_and_no_notes(town: Town, staff: dict[str, Colleague]) -> None:
    await calls(town)
    await staff["agent"].does("/desk/cases/1001/note", text="между нами")

    answer = await staff["agent"].reads("/desk/cases/1001/transcript")

    assert answer.text == "20.11.2026 10:00 parent: Сұрағым бар\n"


async def test_a_field_is_shown_with_a_reason_and_the_parent_is_told(town: Town, staff: dict[str, Colleague]) -> None:
    await calls(town)
    await town.app.writer.deed(registered)
    senior, agent = staff["senior"], staff["agent"]
    await senior.does("/desk/cases/1001/take")

    shown = await senior.does("/desk/cases/1001/reveal", field="iin", reason="identify")
    hidden = await agent.does("/desk/cases/1001/reveal", field="iin", reason="identify")
    await town.settled()

    assert (shown.json()["value"], hidden.status_code) == ("930427400001", 403)
    assert "ЖСН" in repr(town.shown()[-1])
    assert (await acts(town))[-1] == ("case.reveal", 1, "iin: identify")


def registered(deed: Deed) -> None:
    """Айгерим has an account."""
    address = deed.db.execute("SELECT id FROM address").fetchone()[0]
    parent = hold(deed, address)
    open_account(parent, _registry_person(demo_city.AIGERIM), demo_city.AIGERIM.phones[0], "")
    parent.keep()


async def test_a_case_goes_to_a_colleague_and_never_to_oneself(town: Town, staff: dict[str, Colleague]) -> None:
    await calls(town)
    agent = staff["agent"]
    await agent.does("/desk/cases/1001/take")
    myself = await agent.does("/desk/cases/1001/transfer", to="agent", reason="x")
    other = await agent.does("/desk/cases/1001/transfer", to="senior", reason="сложный вопрос")
    await town.settled()

    assert myself.json() == {"error": ru("err.desk.self")}
    assert other.status_code == 200
    assert "Senior" in repr(town.shown()[-1])


async def test_a_field_nobody_has_is_not_shown(town: Town, staff: dict[str, Colleague]) -> None:
    await calls(town)
    await staff["senior"].does("/desk/cases/1001/take")

    guest = await staff["senior"].does("/desk/cases/1001/reveal", field="iin", reason="identify")

    assert guest.json() == {"error": ru("err.desk.unknown")}


async def test_hours_holidays_and_accounts_are_data(town: Town, staff: dict[str, Colleague]) -> None:
    admin = staff["admin"]
    wrong = await admin.does("/desk/hours", day0="с девяти")
    await admin.does("/desk/hours", day0="10:00-16:00", day5="10:00–14:00")
    await admin.does("/desk/holidays", day="2026-12-16", worked="1")
    made = await admin.does("/desk/agents", login="marat", shown="Марат", role="agent")
    again = await admin.does("/desk/agents", login="marat", shown="Марат", role="agent")
    bad = await admin.does("/desk/agents", login="м", shown="Марат", role="agent")

    open_hours = await town.app.reader.read(storage_hours.read)
    assert ru("err.desk.hours") in wrong.text
    assert [str(span or "") for span in open_hours.week] == ["10:00–16:00", "", "", "", "", "10:00–14:00", ""]
    assert date(2026, 12, 16) not in open_hours.closed
    assert "otpauth://" in made.text
    assert ru("err.desk.login_taken") in again.text
    assert ru("err.desk.login") in bad.text


async def test_an_outage_is_said_above_every_question(town: Town, staff: dict[str, Colleague]) -> None:
    await town.says("Сәлем")
    await town.taps("Қазақша")
    await staff["supervisor"].does("/desk/outage", ru="Портал недоступен", kk="Портал жұмыс істемейді")
    await town.says("мәзір")
    said = town.shown()[-1]["payload"]["body"]
    await staff["supervisor"].does("/desk/outage", off="1")
    await town.says("мәзір")

    assert said.startswith("⚠ Портал жұмыс істемейді\n\n")
    assert "⚠" not in town.shown()[-1]["payload"]["body"]


async def test_news_come_in_order_and_none_is_lost(town: Town, staff: dict[str, Colleague]) -> None:
    await calls(town)
    await staff["agent"].does("/desk/cases/1001/take")
    app = town.app
    console = Console(
        app.writer,
        app.reader,
        app.vault,
        app.clock,
        Desk(Handler(ENGINE, {}, "")),
        lambda: None,
        app.stopping,
        secure=False,
    )
    seen: list[str] = []
    async for piece in screen.stream(console, agent=0, last=1):
        seen += re.findall(r'"kind":"(\w+)"', piece.decode())
        if "taken" in seen:
            app.stopping.set()  # a page that is open never holds up the end

    assert seen == ["heard", "taken"]


async def test_the_command_line_makes_the_first_account(town: Town) -> None:
    made = new_account("Ainur", "Айнур", "admin")
    await town.app.writer.deed(lambda deed: hired(deed, made))
    with pytest.raises(Refused, match=r"err\.desk\.login_taken"):
        await town.app.writer.deed(lambda deed: hired(deed, made))
    with pytest.raises(Refused, match=r"err\.desk\.login$"):
        await town.app.writer.deed(lambda deed: hired(deed, made | {"login": "А"}))

    code = pyotp.TOTP(made["secret"]).at(int(town.clock.now().timestamp()))
    form = {"login": "ainur", "password": made["password"], "code": code}
    assert (await town.browser.post("/desk/login", data=form)).status_code == 303


async def test_outside_the_demo_no_button_signs_in(tmp_path: Path) -> None:
    given = Settings(database_url=f"sqlite:///{tmp_path / 'run.db'}", data_keys=(b"d" * 32,), index_key=b"i" * 32)
    app = build(given)
    transport = httpx2.ASGITransport(app=app.web)
    async with app.running(), httpx2.AsyncClient(transport=transport, base_url=BASE) as browser:
        answers = [(await browser.post(f"/desk/demo/{login}")).status_code for login in DEMO]
        door = await browser.get("/desk/login")

    assert (set(answers), "/desk/demo" in door.text) == ({404}, False)
