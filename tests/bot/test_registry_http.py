"""The person registry over HTTP: found, not found, slow, dead and wrong; its answer moves only who waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web

from bot import channels
from bot.registry_http import HttpRegistry
from services import demo_city, registry
from services.persons_file import PersonRow
from services.registry import Belongs, ChildFound, Down, Found, NotFound, Pending, RegistryPerson
from storage.events import Answer, Event, Fate
from storage.writer import ConnectionLost
from tests.bot.rig import TOKEN, Rig, Server, rig, says, sees
from tests.city import City, Parent
from tests.dialogs import journeys
from tests.fakes.telegram import FakeTelegram, Phone

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
BEARER = "canary-registry-token"


def person(row: PersonRow = demo_city.AIGERIM, belongs: Belongs = Belongs.YES) -> RegistryPerson:
    return RegistryPerson(row.iin, row.document, row.name, row.born, row.sex, row.nationality, row.status, belongs)


FOUND = registry.to_values(Found(person()))
CHILD = registry.to_values(ChildFound(person(demo_city.ALIKHAN, Belongs.UNKNOWN), kin=True))


class Asked:
    """A registry that answers everything with one body, and remembers what it was asked."""

    def __init__(self, body: object = None, *, status: int = 200, kind: str = "application/json") -> None:
        self._body = body if isinstance(body, bytes) else orjson.dumps(body)
        self._status, self._kind = status, kind
        self.questions: list[tuple[str, Any, str]] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        self.questions.append((request.path, await request.json(), request.headers.get("Authorization", "")))
        return web.Response(status=self._status, body=self._body, content_type=self._kind)


class Kept:
    """Stands for the writer: a city's deeds, and the events that are to be its turns."""

    def __init__(self, city: City) -> None:
        self._city = city
        self.events: list[Event] = []

    async def deed(self, work: Any) -> Any:  # Any: whatever the adapter asks
        return self._city.deed(work)

    async def turn(self, event: Event) -> Answer:
        self.events.append(event)
        return Answer(Fate.DONE)


def asks(city: City, handler: Handler | None, *, timeout: float = 5, rounds: int = 1) -> list[Event]:
    """Let the adapter ask a registry what is due (None: where nobody listens); return the events that come of it."""
    kept = Kept(city)

    async def ask() -> None:
        if handler is None:
            await HttpRegistry(kept, "http://127.0.0.1:9", BEARER).work()  # type: ignore[arg-type]  # two of its doors
            return
        async with Server(handler) as url:
            adapter = HttpRegistry(kept, f"{url}/v1/", BEARER, timeout=timeout)  # type: ignore[arg-type]  # as above
            await asyncio.gather(*(adapter.work() for _ in range(rounds)))

    asyncio.run(ask())
    return kept.events


def answer_of(event: Event) -> registry.Answer | registry.ChildAnswer:
    return registry.from_values(dict(channels.Kept.of(event.body).said.values))


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """A city whose registry lies outside."""
    made = City(tmp_path, outside=True)
    yield made
    made.close()


@pytest.fixture
def parent(city: City) -> Parent:
    """A parent who typed the right code and waits for the registry."""
    waiting = journeys.at_check(city)
    assert waiting.state == "registration.check_registry"
    return waiting


def test_the_question_names_the_parent_and_bears_the_token(city: City, parent: Parent) -> None:
    asked = Asked(FOUND)
    asks(city, asked)

    wanted = {"iin": "930427400001", "document": "", "phone": "+77471234567"}
    assert asked.questions == [("/v1/parent", wanted, f"Bearer {BEARER}")]


def test_what_is_asked_lies_sealed_until_it_is_answered_and_then_is_gone(city: City, parent: Parent) -> None:
    before = city.rows("SELECT state, payload FROM job")
    for event in asks(city, Asked(FOUND)):
        city.turn(event)

    assert before[0][0] == "planned"
    assert b"930427400001" not in before[0][1]
    assert city.rows("SELECT state, payload FROM job") == [("done", None)]


def test_nothing_is_asked_when_nobody_waits(city: City) -> None:
    asked = Asked(FOUND)

    assert asks(city, asked) == []
    assert asked.questions == []


def test_a_parent_who_is_found_sees_their_data(city: City, parent: Parent) -> None:
    for event in asks(city, Asked(FOUND)):
        city.turn(event)

    assert all(part in parent.sees for part in ("Айгерим", "27.04.1993"))


def test_a_registry_may_leave_out_what_it_does_not_know(city: City, parent: Parent) -> None:
    sparse = {key: value for key, value in FOUND.items() if key not in ("middle", "document", "nationality")}
    (event,) = asks(city, Asked(sparse | {"sex": None}))

    found = answer_of(event)
    assert isinstance(found, Found)
    assert (found.person.name.middle, found.person.sex) == ("", None)


@pytest.mark.parametrize(
    "asked",
    [Asked({"answer": "not_found"}), Asked(b"", status=404), Asked({"why": "no"}, status=404)],
    ids=["said", "404", "404 with words"],
)
def test_a_parent_who_is_not_found_hears_so(city: City, parent: Parent, asked: Asked) -> None:
    (event,) = asks(city, asked)
    city.turn(event)

    assert answer_of(event) == NotFound()
    assert parent.say("err.registry_slow") not in parent.sees


async def hang(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(300):
        await response.write(b" ")
        await asyncio.sleep(0.1)
    return response


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize("handler", [hang, drip, cut, None], ids=["hangs", "drips", "cuts", "dead"])
def test_a_registry_that_does_not_answer_is_said_to_be_slow(
    city: City, parent: Parent, handler: Handler | None
) -> None:
    (event,) = asks(city, handler, timeout=0.3)
    city.turn(event)

    assert answer_of(event) == Down()
    assert parent.say("err.registry_slow") in parent.sees


async def away(_: web.Request) -> web.StreamResponse:
    raise web.HTTPTemporaryRedirect("http://127.0.0.1:9/elsewhere")


def other(**changed: object) -> Asked:
    return Asked(FOUND | changed)


@pytest.mark.parametrize(
    "handler",
    [
        Asked(b"<html>hello</html>", kind="text/html"),
        Asked(b"<html>404</html>", status=404, kind="text/html"),
        Asked(b"{"),
        Asked(b"\xff\xfe"),
        Asked(b"[" * 50_000),
        Asked([FOUND]),
        Asked(None),
        Asked({}),
        Asked({"answer": "found"}),
        Asked({"answer": "who?"}),
        Asked(registry.to_values(Pending("another"))),
        Asked(CHILD),
        Asked(FOUND, status=500),
        Asked(FOUND, status=201),
        Asked(FOUND | {"padding": "x" * 100_000}),
        other(iin="930427400002"),
        other(iin="900914300007"),
        other(iin="", document="N12345678"),
        other(born="27.04.1993"),
        other(born=19930427),
        other(sex="woman"),
        other(status="fine"),
        other(belongs="perhaps"),
        other(last="я" * 4096),
        other(first={"ru": "Айгерим"}),
        away,
    ],
    ids=range(26),
)
def test_a_registry_that_answers_wrongly_is_not_believed(
    city: City, parent: Parent, handler: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    (event,) = asks(city, handler)
    city.turn(event)

    assert answer_of(event) == Down()
    assert parent.say("err.registry_slow") in parent.sees
    log = "".join(str(vars(record)) for record in caplog.records)
    assert not any(secret in log for secret in ("930427400001", "77471234567", "Айгерим", BEARER))


def test_asking_again_after_a_slow_registry_works(city: City, parent: Parent) -> None:
    for event in asks(city, None):
        city.turn(event)
    parent.taps("btn.again")
    for event in asks(city, Asked(FOUND)):
        city.turn(event)

    assert "27.04.1993" in parent.sees


# Whom the answer moves


def test_an_answer_moves_only_the_step_that_waits_for_it(city: City, parent: Parent) -> None:
    (late,) = asks(city, None)
    city.turn(late)
    parent.taps("btn.again")
    state, seen = parent.state, parent.sees

    again = Event(late.provider, late.account, "another-id", late.body, address_id=late.address_id)
    city.turn(again)

    assert (parent.state, parent.sees) == (state, seen)


def test_an_answer_changes_nothing_for_a_parent_who_went_away(city: City, parent: Parent) -> None:
    (event,) = asks(city, Asked(FOUND))
    parent.says("/menu")
    seen = parent.sees
    city.turn(event)

    assert parent.sees == seen


def test_an_answer_that_comes_twice_is_taken_once(city: City, parent: Parent) -> None:
    (event,) = asks(city, Asked(FOUND))
    city.turn(event)
    seen = len(parent.bot_messages)

    assert city.turn(event).fate is Fate.REPLAYED
    assert len(parent.bot_messages) == seen


def test_asking_twice_at_once_asks_once(city: City, parent: Parent) -> None:
    asked = Asked(FOUND)

    assert len(asks(city, asked, rounds=3)) == 1
    assert len(asked.questions) == 1


def test_asking_twice_before_the_answer_is_kept_leaves_one_answer(city: City, parent: Parent) -> None:
    (first,) = asks(city, Asked(FOUND))
    (second,) = asks(city, Asked(FOUND))

    assert (city.turn(first).fate, city.turn(second).fate) == (Fate.DONE, Fate.REPLAYED)


def test_two_parents_are_asked_about_side_by_side(city: City, parent: Parent) -> None:
    journeys.at_check(city, row=demo_city.BAUYRZHAN, iin="900914300007", name="Бауыржан")
    waiting = 0
    most = 0

    async def slowly(_: web.Request) -> web.StreamResponse:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        await asyncio.sleep(0.2)
        waiting -= 1
        return web.json_response({"answer": "not_found"})

    assert len(asks(city, slowly)) == 2
    assert most == 2


def test_an_answer_that_could_not_be_kept_is_asked_for_again(
    city: City, parent: Parent, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_self: Kept, _event: Event) -> Answer:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(Kept, "turn", full)
        asks(city, Asked(FOUND))

    assert logging.ERROR in {record.levelno for record in caplog.records}
    assert len(asks(city, Asked(FOUND))) == 1


def test_a_lost_connection_is_not_swallowed(city: City, parent: Parent, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(_self: Kept, _event: Event) -> Answer:
        raise ConnectionLost

    monkeypatch.setattr(Kept, "turn", lost)

    with pytest.raises(ConnectionLost):
        asks(city, Asked(FOUND))


def test_a_child_is_asked_about_with_its_guardian(city: City, parent: Parent) -> None:
    for event in asks(city, Asked(FOUND)):
        city.turn(event)
    parent.taps("btn.all_correct")
    parent.submits(hash="$argon2id$test", salt="s", mark="m")
    parent.taps("btn.yes")
    parent.taps("btn.add_child")
    parent.says("230315500002")
    asked = Asked(CHILD)
    for event in asks(city, asked):
        city.turn(event)

    path, question, _ = asked.questions[0]
    assert (path, question["iin"], question["guardian_iin"]) == ("/v1/child", "230315500002", "930427400001")
    assert "Алихан" in parent.sees


# In the running app


async def registers(city: Rig) -> Phone:
    """Walk to where the registry is asked."""
    phone = city.parent()
    await phone.start()
    await phone.wait_for(lambda seen: seen.last.labels)
    await phone.tap(says("lang.ru", "ru"))
    await sees(phone, "msg.start.welcome")
    await phone.tap(says("btn.register"))
    await sees(phone, "msg.reg.ask_phone")
    await phone.press(says("btn.share_number"))
    await sees(phone, "msg.reg.ask_iin")
    await phone.text("930427400001")
    await phone.wait_for(lambda seen: says("btn.accept_policy") in seen.last.labels)
    await phone.tap(says("btn.accept_policy"))
    await phone.wait_for(lambda _: city.sms.codes)
    await phone.text(city.sms.codes[-1])
    return phone


async def test_the_running_app_asks_and_the_answer_arrives_by_itself(tmp_path: Path) -> None:
    asked = Asked(FOUND)
    async with (
        FakeTelegram(token=TOKEN) as telegram,
        Server(asked) as url,
        rig(tmp_path, telegram, registry_url=url) as city,
    ):
        phone = await registers(city)
        await phone.wait_for(lambda seen: "27.04.1993" in seen.last.text)

    assert len(asked.questions) == 1


async def test_the_running_app_says_that_a_dead_registry_is_slow(tmp_path: Path) -> None:
    async with (
        FakeTelegram(token=TOKEN) as telegram,
        rig(tmp_path, telegram, registry_url="http://127.0.0.1:9") as city,
    ):
        phone = await registers(city)

        await sees(phone, "err.registry_slow")
