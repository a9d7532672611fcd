"""The fake Twilio keeps the real rules: one refusal, one test."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from tests.fakes.twilio import FakeTwilio, Inbox, Phone

Json = dict[str, Any]  # Any: JSON has no other type

START = 1_790_000_000.0  # Monday 21 September 2026, 14:13:20 GMT
HOUR = 3600
PUBLIC = "https://bot.example.kz"
NUMBER = "+77011234567"
PARENT = f"whatsapp:{NUMBER}"
STRANGER = "whatsapp:+77019999999"
BSUID = "KZ.4566546130240823"
HX = "HX" + "f" * 32
BODY = {"body": "{{body}}"}
YES_NO = {
    "twilio/quick-reply": {
        "body": "{{body}}",
        "actions": [
            {"type": "QUICK_REPLY", "title": "{{t1}}", "id": "{{i1}}"},
            {"type": "QUICK_REPLY", "title": "{{t2}}", "id": "{{i2}}"},
        ],
    },
    "twilio/text": BODY,
}
YES_NO_VALUES = {"body": "Go on?", "t1": "Yes", "i1": "y", "t2": "No", "i2": "n"}
CHILDREN = {
    "twilio/list-picker": {
        "body": "{{body}}",
        "button": "{{button}}",
        "items": [{"item": "{{t1}}", "id": "{{i1}}", "description": "{{d1}}"}],
    }
}
CHILDREN_VALUES = {"body": "Which child?", "button": "Choose", "t1": "Aida", "i1": "a", "d1": "Born 2022"}
REMINDER = {
    "twilio/quick-reply": {
        "body": "Please confirm the days of {{1}} by the tenth of this month.",
        "actions": [{"type": "QUICK_REPLY", "title": "Open", "id": "open"}],
    }
}
CODE = {
    "whatsapp/authentication": {
        "add_security_recommendation": True,
        "code_expiration_minutes": 5,
        "actions": [{"type": "COPY_CODE", "copy_code_text": "Copy"}],
    }
}

FILES = {
    "picture": ("image/jpeg", b"\xff\xd8"),
    "large": ("image/jpeg", bytes(5 * 1024**2 + 1)),
    "page": ("text/html", b"<html>"),
}


@dataclass
class Clock:
    """Time that passes when a test says so."""

    at: float = START

    def __call__(self) -> float:
        return self.at

    def tick(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class Api:
    """A bare client of the REST API."""

    fake: FakeTwilio
    session: aiohttp.ClientSession

    @property
    def password(self) -> dict[str, str]:
        return _password(self.fake.account_sid, self.fake.auth_token)

    @property
    def messages(self) -> str:
        return f"/2010-04-01/Accounts/{self.fake.account_sid}/Messages"

    async def ask(self, method: str, path: str, **how: Any) -> tuple[int, Any]:  # Any: aiohttp's own options
        async with self.session.request(method, self.fake.url + path, **({"headers": self.password} | how)) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def get(self, path: str, **params: str) -> Any:  # Any: an answer is any JSON
        status, body = await self.ask("GET", path, params=params)
        assert status == 200, body
        return body

    async def send(self, text: str = "Hello", **fields: str) -> Json:
        form = {"From": self.fake.whatsapp_from, "To": PARENT, "Body": text} | fields
        return await self._created(form)

    async def show(self, sid: str, values: Json | None = None, **fields: str) -> Json:
        """Send a content."""
        form = {"From": self.fake.whatsapp_from, "To": PARENT, "ContentSid": sid} | fields
        if values is not None:
            form["ContentVariables"] = json.dumps(values)
        return await self._created(form)

    async def refused(self, **fields: str) -> str:
        """Give the refusal of a message; an empty field is left out."""
        form = {"From": self.fake.whatsapp_from, "To": PARENT, "Body": "Hello"} | fields
        status, body = await self.ask("POST", f"{self.messages}.json", data={k: v for k, v in form.items() if v})
        return _refusal(status, body)

    async def refused_show(self, sid: str, values: object = None, **fields: str) -> str:
        given = {"ContentVariables": values if isinstance(values, str) else json.dumps(values)} if values else {}
        return await self.refused(Body="", ContentSid=sid, **given, **fields)

    async def refused_sms(self, **fields: str) -> str:
        return await self.refused(**{"From": self.fake.sms_from, "To": NUMBER} | fields)

    async def sms(self, text: str = "Hello", **fields: str) -> Json:
        return await self.send(text, **{"From": self.fake.sms_from, "To": NUMBER} | fields)

    async def content(self, types: Json, *, language: str = "kk", **more: object) -> str:
        body = {"friendly_name": "x", "language": language, "types": types} | more
        status, made = await self.ask("POST", "/v1/Content", json=body)
        assert status == 201, made
        return str(made["sid"])

    async def refused_content(self, types: object, **more: object) -> str:
        body = {"language": "kk", "types": types} | more
        return _refusal(*await self.ask("POST", "/v1/Content", json=body))

    async def submit(self, sid: str, name: str = "reminder", category: str = "UTILITY") -> tuple[int, Json]:
        path = f"/v1/Content/{sid}/ApprovalRequests/whatsapp"
        return await self.ask("POST", path, json={"name": name, "category": category})

    async def template(self, types: Json, category: str = "UTILITY", **variables: str) -> str:
        """Create a template and have it approved."""
        sid = await self.content(types, variables=variables)
        await self.submit(sid, category=category)
        self.fake.approve(sid)
        return sid

    async def reminder(self) -> str:
        return await self.template(REMINDER, **{"1": "Aida"})

    async def end(self, sid: str) -> str:
        """Carry everything and tell how this message ended."""
        await self.fake.deliver_due()
        record = await self.get(f"{self.messages}/{sid}.json")
        return f"{record['status']} {record['error_code']}" if record["error_code"] else str(record["status"])

    async def end_of_list(self, **changed: str) -> str:
        """Show the list of children with one value changed and tell how it ended."""
        sid = await self.content(CHILDREN)
        return await self.end((await self.show(sid, CHILDREN_VALUES | changed))["sid"])

    async def end_of_buttons(self, **changed: str) -> str:
        sid = await self.content(YES_NO)
        return await self.end((await self.show(sid, YES_NO_VALUES | changed))["sid"])

    async def _created(self, form: dict[str, str]) -> Json:
        status, body = await self.ask("POST", f"{self.messages}.json", data=form)
        assert status == 201, body
        made: Json = body
        return made


def _password(account: str, token: str) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(account, token)}


def _refusal(status: int, body: Json) -> str:
    assert body["status"] == status, body
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{body['code']}"
    return f"{status} {body['code']}"


@dataclass
class Server:
    """Our side of the webhooks: what came, whether the signature was right, what to answer next."""

    fake: FakeTwilio
    url: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)  # Any: aiohttp's own multidict
    right: list[bool] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    body: str = ""
    content_type: str = "text/xml"
    secret: str = ""
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def take(self, request: web.Request) -> web.Response:
        pairs = parse_qsl(await request.text(), keep_blank_values=True)
        self.forms.append(dict(pairs))
        self.paths.append(request.path)
        self.headers.append(request.headers)
        algorithm = get_signature_algorithm(request.headers.get("X-Twilio-Webhooks-Signature-Settings"))
        validator = RequestValidator(self.secret or self.fake.auth_token)
        signature = request.headers.get("X-Twilio-Signature", "")
        self.right.append(validator.validate(PUBLIC + request.path_qs, dict(pairs), signature, algorithm))
        if self.meanwhile:
            await self.meanwhile()
        status = self.answers.pop(0) if self.answers else 200
        return web.Response(status=status, text=self.body, content_type=self.content_type)

    async def give(self, request: web.Request) -> web.Response:
        kind, data = FILES.get(request.match_info["name"], ("", b""))
        return web.Response(body=data, content_type=kind) if kind else web.Response(status=404)

    @property
    def texts(self) -> list[str]:
        return [form["Body"] for form in self.forms if "Body" in form]

    @property
    def statuses(self) -> list[str]:
        told = [form for form in self.forms if "MessageStatus" in form]
        return [f"{form['MessageStatus']} {form.get('ErrorCode', '')}".strip() for form in told]

    @property
    def last(self) -> dict[str, str]:
        return self.forms[-1]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def fake(clock: Clock) -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio(now=clock) as fake:
        yield fake


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def api(fake: FakeTwilio, session: aiohttp.ClientSession) -> Api:
    return Api(fake, session)


@pytest.fixture
async def phone(fake: FakeTwilio) -> Phone:
    """A parent who has just written: the window is open."""
    phone = fake.whatsapp(NUMBER, name="Айгерім")
    await phone.text("Hi")
    return phone


@pytest.fixture
async def server(fake: FakeTwilio, phone: Phone) -> AsyncIterator[Server]:
    """Our server behind a public address, listening from after the parent's first message on."""
    server = Server(fake)
    app = web.Application()
    app.router.add_post("/{path:.*}", server.take)
    app.router.add_get("/{name}", server.give)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    fake.serve(PUBLIC, server.url)
    fake.listen(f"{PUBLIC}/in")
    yield server
    await runner.cleanup()


@pytest.fixture
async def parent(server: Server, phone: Phone) -> Phone:
    """A parent in an open window whose messages from now on come to our server."""
    return phone


# The front door


async def test_a_message_is_accepted_with_what_the_api_tells_of_it(api: Api, phone: Phone) -> None:
    made = await api.send("Сәлем")

    assert made["sid"].startswith("SM")
    assert (made["status"], made["direction"], made["date_sent"]) == ("queued", "outbound-api", None)
    assert (made["body"], made["from"], made["to"]) == ("Сәлем", api.fake.whatsapp_from, PARENT)
    assert made["date_created"] == "Mon, 21 Sep 2026 14:13:20 +0000"


@pytest.mark.parametrize("password", ["", "wrong"])
async def test_a_wrong_token_is_turned_away(api: Api, password: str) -> None:
    headers = _password(api.fake.account_sid, password)

    assert _refusal(*await api.ask("GET", f"{api.messages}.json", headers=headers)) == "401 20003"


async def test_without_a_password_nobody_gets_in(api: Api) -> None:
    assert _refusal(*await api.ask("GET", "/v1/Content", headers={})) == "401 20003"


async def test_another_account_is_not_ours(api: Api) -> None:
    path = f"/2010-04-01/Accounts/AC{'b' * 32}/Messages.json"

    assert _refusal(*await api.ask("GET", path)) == "401 20003"


async def test_an_unknown_path_is_not_found(api: Api) -> None:
    assert _refusal(*await api.ask("GET", "/2010-04-01/Calls.json")) == "404 20404"


async def test_json_is_not_read_where_a_form_is_expected(api: Api) -> None:
    form = {"From": api.fake.whatsapp_from, "To": PARENT, "Body": "Hello"}

    assert _refusal(*await api.ask("POST", f"{api.messages}.json", json=form)) == "400 21604"


async def test_a_form_is_not_read_where_json_is_expected(api: Api) -> None:
    assert _refusal(*await api.ask("POST", "/v1/Content", data={"language": "kk"})) == "400 20422"


async def test_a_call_is_remembered_with_what_came_of_it(api: Api, phone: Phone) -> None:
    await api.send("One")
    await api.refused(To="")

    assert [(c.name, c.status, c.code) for c in api.fake.calls] == [
        ("messages.create", 201, None),
        ("messages.create", 400, 21604),
    ]
    assert api.fake.calls[0].params["Body"] == "One"


# What a message must be


async def test_a_recipient_is_required(api: Api) -> None:
    assert await api.refused(To="") == "400 21604"


async def test_a_sender_is_required(api: Api) -> None:
    assert await api.refused(From="") == "400 21603"


async def test_words_or_a_picture_are_required(api: Api) -> None:
    assert await api.refused(Body="") == "400 21619"


async def test_a_text_has_1600_letters_at_most(api: Api, phone: Phone) -> None:
    assert await api.send("ә" * 1600)
    assert await api.refused(Body="ә" * 1601) == "400 21617"


async def test_a_sender_that_is_not_on_whatsapp_is_no_channel(api: Api) -> None:
    assert await api.refused(From="whatsapp:+77770009999") == "400 63007"


async def test_sms_and_whatsapp_do_not_mix(api: Api) -> None:
    assert await api.refused(From=api.fake.sms_from) == "400 21910"


async def test_a_scoped_id_with_a_plus_is_no_number(api: Api) -> None:
    assert await api.refused(To=f"whatsapp:+{BSUID}") == "400 21211"


async def test_an_unknown_service_does_not_exist(api: Api) -> None:
    assert await api.refused(From="", MessagingServiceSid="MG1") == "400 21701"


@pytest.mark.parametrize(
    "url", ["/status", "http://localhost/status", "http://127.0.0.1:8080/s", "https://10.0.0.1/s", "ftp://e.kz/"]
)
async def test_a_status_callback_is_a_public_address(api: Api, phone: Phone, url: str) -> None:
    assert await api.refused(StatusCallback=url) == "400 21609"


async def test_a_local_fake_takes_any_address(session: aiohttp.ClientSession, clock: Clock) -> None:
    async with FakeTwilio(now=clock, local=True) as fake:
        api = Api(fake, session)

        assert await api.send(StatusCallback="http://127.0.0.1:9/status")


async def test_a_picture_has_a_public_address(api: Api, phone: Phone) -> None:
    assert await api.refused(MediaUrl="http://localhost/cat.jpg") == "400 21620"


async def test_whatsapp_takes_one_file_a_message(api: Api, phone: Phone) -> None:
    form = [("From", api.fake.whatsapp_from), ("To", PARENT), ("MediaUrl", PUBLIC), ("MediaUrl", PUBLIC)]

    assert _refusal(*await api.ask("POST", f"{api.messages}.json", data=form)) == "400 21623"


@pytest.mark.parametrize("seconds", ["0", "36001", "soon"])
async def test_a_validity_period_is_one_second_to_ten_hours(api: Api, phone: Phone, seconds: str) -> None:
    assert await api.refused(ValidityPeriod=seconds) == "400 21624"


async def test_what_the_fake_does_not_model_is_refused(api: Api, phone: Phone) -> None:
    assert await api.refused(SendAt="2026-09-22T10:00:00Z") == "400 20001"


async def test_a_parameter_given_twice_is_refused(api: Api, phone: Phone) -> None:
    form = [("From", api.fake.whatsapp_from), ("To", PARENT), ("To", STRANGER), ("Body", "Hello")]

    assert _refusal(*await api.ask("POST", f"{api.messages}.json", data=form)) == "400 20001"


async def test_who_said_stop_gets_nothing_until_they_write_again(api: Api, phone: Phone) -> None:
    api.fake.stop(PARENT)
    assert await api.refused() == "400 21610"

    await phone.text("Hello?")

    assert await api.send()


async def test_the_word_stop_stops(api: Api, phone: Phone) -> None:
    await phone.text("Stop")

    assert await api.refused() == "400 21610"


async def test_a_stop_holds_for_every_address_of_the_person(api: Api, phone: Phone) -> None:
    api.fake.stop(PARENT)

    assert await api.refused(To=f"whatsapp:{phone.bsuid}") == "400 21610"


async def test_through_a_service_a_bad_recipient_fails_later(session: aiohttp.ClientSession, clock: Clock) -> None:
    async with FakeTwilio(now=clock, messaging_service="MG1") as fake:
        api = Api(fake, session)
        fake.stop(PARENT)
        form = {"To": PARENT, "Body": "Hello", "MessagingServiceSid": "MG1"}
        _, made = await api.ask("POST", f"{api.messages}.json", data=form)

        assert (made["status"], made["from"]) == ("accepted", None)
        assert await api.end(made["sid"]) == "failed 21610"


# The window of 24 hours


async def test_inside_the_window_a_text_arrives(api: Api, phone: Phone, clock: Clock) -> None:
    clock.tick(24 * HOUR - 1)
    made = await api.send("Still open")

    assert await api.end(made["sid"]) == "delivered"
    assert phone.last.text == "Still open"


async def test_after_24_hours_a_text_is_accepted_and_fails(api: Api, phone: Phone, clock: Clock) -> None:
    clock.tick(24 * HOUR)
    made = await api.send("Too late")

    assert await api.end(made["sid"]) == "undelivered 63016"
    assert [message.text for message in phone.messages] == ["Hi"]


async def test_who_never_wrote_has_no_window(api: Api) -> None:
    api.fake.whatsapp("+77019999999")
    made = await api.send(To=STRANGER)

    assert await api.end(made["sid"]) == "undelivered 63016"


async def test_any_message_opens_the_window_again(api: Api, phone: Phone, clock: Clock) -> None:
    clock.tick(24 * HOUR)
    await phone.sticker()
    made = await api.send()

    assert await api.end(made["sid"]) == "delivered"


async def test_the_window_belongs_to_the_person_not_to_the_address(api: Api, phone: Phone) -> None:
    made = await api.send(To=f"whatsapp:{phone.bsuid}")

    assert await api.end(made["sid"]) == "delivered"


async def test_the_window_may_close_while_a_message_waits_in_the_queue(api: Api, phone: Phone, clock: Clock) -> None:
    clock.tick(23 * HOUR)
    api.fake.delay_next(2 * HOUR)
    made = await api.send()
    clock.tick(2 * HOUR)

    assert await api.end(made["sid"]) == "undelivered 63016"


async def test_outside_the_window_buttons_of_an_unapproved_content_fail(api: Api, phone: Phone, clock: Clock) -> None:
    sid = await api.content(YES_NO)
    clock.tick(24 * HOUR)
    made = await api.show(sid, YES_NO_VALUES)

    assert await api.end(made["sid"]) == "undelivered 63016"


async def test_outside_the_window_a_list_fails(api: Api, phone: Phone, clock: Clock) -> None:
    clock.tick(24 * HOUR)

    assert await api.end_of_list() == "undelivered 63016"


async def test_outside_the_window_an_approved_template_arrives(api: Api, phone: Phone, clock: Clock) -> None:
    sid = await api.reminder()
    clock.tick(100 * HOUR)
    made = await api.show(sid, {"1": "Aida"})

    assert await api.end(made["sid"]) == "delivered"
    assert (phone.last.text, phone.labels) == (
        "Please confirm the days of Aida by the tenth of this month.",
        ["Open"],
    )


async def test_a_template_does_not_open_the_window(api: Api, phone: Phone, clock: Clock) -> None:
    sid = await api.reminder()
    clock.tick(24 * HOUR)
    await api.show(sid, {"1": "Aida"})
    made = await api.send("And now?")

    assert await api.end(made["sid"]) == "undelivered 63016"


async def test_a_submitted_template_is_not_yet_a_template(api: Api, phone: Phone, clock: Clock) -> None:
    sid = await api.content(REMINDER, variables={"1": "Aida"})
    await api.submit(sid)
    clock.tick(24 * HOUR)
    made = await api.show(sid, {"1": "Aida"})

    assert await api.end(made["sid"]) == "undelivered 63016"


# Who can be reached


async def test_who_is_not_on_whatsapp_gets_nothing(api: Api) -> None:
    made = await api.send(To=STRANGER)

    assert await api.end(made["sid"]) == "undelivered 63024"


async def test_who_has_blocked_us_gets_nothing(api: Api, phone: Phone) -> None:
    phone.block()
    made = await api.send()

    assert await api.end(made["sid"]) == "undelivered 63014"


async def test_somebody_without_a_number_is_reached_by_the_scoped_id(api: Api) -> None:
    phone = api.fake.whatsapp(bsuid=BSUID)
    await phone.text("Hi")
    made = await api.send("Hello", To=f"whatsapp:{BSUID}")

    assert await api.end(made["sid"]) == "delivered"
    assert phone.last.text == "Hello"


async def test_a_code_does_not_go_to_a_scoped_id(api: Api, phone: Phone) -> None:
    sid = await api.template(CODE, "AUTHENTICATION", **{"1": "123456"})
    made = await api.show(sid, {"1": "987654"}, To=f"whatsapp:{phone.bsuid}")

    assert await api.end(made["sid"]) == "undelivered 63024"


async def test_a_code_goes_to_a_number(api: Api, phone: Phone) -> None:
    sid = await api.template(CODE, "AUTHENTICATION", **{"1": "123456"})
    made = await api.show(sid, {"1": "987654"})

    assert await api.end(made["sid"]) == "delivered"
    assert phone.last.text == "987654 is your verification code."


async def test_a_phone_that_is_off_gets_it_later(api: Api, phone: Phone) -> None:
    phone.switch_off()
    made = await api.send()
    assert await api.end(made["sid"]) == "sent"

    phone.switch_on()

    assert await api.end(made["sid"]) == "delivered"


@pytest.mark.parametrize("code", [63003, 63018, 63032, 63049])
async def test_meta_may_turn_down_a_message_for_reasons_of_its_own(api: Api, phone: Phone, code: int) -> None:
    api.fake.fail_delivery(code)
    first, second = await api.send("One"), await api.send("Two")

    assert (await api.end(first["sid"]), await api.end(second["sid"])) == (f"undelivered {code}", "delivered")


@pytest.mark.parametrize("code", [63038, 63051])
async def test_a_locked_account_sends_nothing_until_it_is_mended(api: Api, phone: Phone, code: int) -> None:
    api.fake.fail_delivery(code, times=None)
    ends = [await api.end((await api.send())["sid"]) for _ in range(3)]
    api.fake.mend()

    assert ends == [f"failed {code}"] * 3
    assert await api.end((await api.send())["sid"]) == "delivered"


async def test_a_scripted_end_may_be_for_one_person(api: Api, phone: Phone) -> None:
    api.fake.fail_delivery(63024, to=STRANGER)

    assert await api.end((await api.send())["sid"]) == "delivered"


async def test_a_message_expires_in_the_queue(api: Api, phone: Phone, clock: Clock) -> None:
    api.fake.delay_next(601)
    made = await api.send(ValidityPeriod="600")
    clock.tick(601)

    assert await api.end(made["sid"]) == "failed 30036"


async def test_whatsapp_keeps_a_message_for_four_hours_at_most(api: Api, phone: Phone, clock: Clock) -> None:
    api.fake.delay_next(4 * HOUR + 1)
    made = await api.send()
    clock.tick(4 * HOUR + 1)

    assert await api.end(made["sid"]) == "failed 30036"


async def test_a_delayed_message_waits_for_its_time(api: Api, phone: Phone, clock: Clock) -> None:
    api.fake.delay_next(HOUR)
    made = await api.send()
    assert await api.end(made["sid"]) == "queued"

    clock.tick(HOUR)

    assert await api.end(made["sid"]) == "delivered"


# Media that we send


async def test_a_picture_is_fetched_from_our_public_address(api: Api, parent: Phone) -> None:
    made = await api.send("Look", MediaUrl=f"{PUBLIC}/picture")

    assert made["sid"].startswith("MM")
    assert await api.end(made["sid"]) == "delivered"
    assert (parent.last.media[0].data, parent.last.text) == (b"\xff\xd8", "Look")


async def test_a_file_over_five_megabytes_does_not_arrive(api: Api, parent: Phone) -> None:
    made = await api.send(MediaUrl=f"{PUBLIC}/large")

    assert await api.end(made["sid"]) == "undelivered 63021"


async def test_a_web_page_is_no_media(api: Api, parent: Phone) -> None:
    made = await api.send(MediaUrl=f"{PUBLIC}/page")

    assert await api.end(made["sid"]) == "undelivered 63021"


@pytest.mark.parametrize("url", [f"{PUBLIC}/nothing", "https://elsewhere.example.kz/picture"])
async def test_a_file_that_is_not_there_fails(api: Api, parent: Phone, url: str) -> None:
    made = await api.send(MediaUrl=url)

    assert await api.end(made["sid"]) == "failed 63019"


async def test_a_file_behind_a_closed_door_fails(api: Api, phone: Phone) -> None:
    nobody_listens(api.fake)
    made = await api.send(MediaUrl=f"{PUBLIC}/picture")

    assert await api.end(made["sid"]) == "failed 63019"


# Contents and their variables


async def test_buttons_are_drawn_with_their_variables(api: Api, phone: Phone) -> None:
    sid = await api.content(YES_NO)
    made = await api.show(sid, YES_NO_VALUES)
    await api.fake.deliver_due()

    assert made["sid"].startswith("MM")
    assert (phone.last.text, phone.labels) == ("Go on?", ["Yes", "No"])


async def test_a_list_is_drawn_with_its_rows(api: Api, phone: Phone) -> None:
    assert await api.end_of_list() == "delivered"

    row = phone.last.rows[0]
    assert (row.title, row.id, row.description, phone.last.look.menu) == ("Aida", "a", "Born 2022", "Choose")


async def test_a_row_may_do_without_a_description(api: Api, phone: Phone) -> None:
    picker = {"body": "Which?", "button": "Choose", "items": [{"item": "Aida", "id": "a", "description": None}]}
    sid = await api.content({"twilio/list-picker": picker})
    await api.show(sid)
    await api.fake.deliver_due()

    assert phone.last.rows[0].description == ""


async def test_a_content_does_not_go_with_a_body(api: Api, phone: Phone) -> None:
    sid = await api.content({"twilio/text": {"body": "Hello"}})

    assert await api.refused(ContentSid=sid) == "400 20001"


async def test_a_content_does_not_go_with_media(api: Api, phone: Phone) -> None:
    sid = await api.content({"twilio/text": {"body": "Hello"}})

    assert await api.refused(Body="", MediaUrl=f"{PUBLIC}/picture", ContentSid=sid) == "400 20001"


async def test_an_unknown_content_is_refused(api: Api, phone: Phone) -> None:
    assert await api.refused_show(HX) == "400 21655"


async def test_a_deleted_content_is_refused(api: Api, phone: Phone) -> None:
    sid = await api.content({"twilio/text": {"body": "Hello"}})
    assert await api.ask("DELETE", f"/v1/Content/{sid}") == (204, None)

    assert await api.refused_show(sid) == "400 21655"


async def test_variables_without_a_content_are_refused(api: Api, phone: Phone) -> None:
    assert await api.refused(ContentVariables='{"1": "a"}') == "400 21654"


@pytest.mark.parametrize("text", ["body=Hello", '["Hello"]', '"Hello"'])
async def test_variables_are_a_json_object(api: Api, phone: Phone, text: str) -> None:
    sid = await api.content({"twilio/text": BODY})

    assert await api.refused_show(sid, text) == "400 21656"


async def test_spoilt_variables_are_refused_even_where_none_are_needed(api: Api, phone: Phone) -> None:
    sid = await api.content({"twilio/text": {"body": "Hello"}})

    assert await api.refused_show(sid, "{") == "400 21656"


@pytest.mark.parametrize("value", ["", None, 5])
async def test_a_variable_is_a_string_and_never_empty(api: Api, phone: Phone, value: object) -> None:
    sid = await api.content({"twilio/text": BODY})

    assert await api.refused_show(sid, {"body": value}) == "400 21656"


async def test_a_missing_variable_is_refused_even_if_there_is_a_sample(api: Api, phone: Phone) -> None:
    sid = await api.content(YES_NO, variables=YES_NO_VALUES)

    assert await api.refused_show(sid, {"body": "Go on?"}) == "400 21656"


async def test_a_variable_too_many_is_refused(api: Api, phone: Phone) -> None:
    sid = await api.content({"twilio/text": BODY})

    assert await api.refused_show(sid, {"body": "Hello", "2": "more"}) == "400 21656"


@pytest.mark.parametrize("value", ["One\nTwo", "One\tTwo"])
async def test_a_variable_of_the_body_has_one_line(api: Api, phone: Phone, value: str) -> None:
    sid = await api.content({"twilio/text": BODY})

    assert await api.refused_show(sid, {"body": value}) == "400 21656"


async def test_several_lines_can_be_let_through_once_the_sandbox_has_shown_so(
    session: aiohttp.ClientSession, clock: Clock
) -> None:
    async with FakeTwilio(now=clock, multiline_variables=True) as fake:
        api, phone = Api(fake, session), fake.whatsapp(NUMBER)
        await phone.text("Hi")
        sid = await api.content({"twilio/text": BODY})
        await api.show(sid, {"body": "One\nTwo"})
        await fake.deliver_due()

        assert phone.last.text == "One\nTwo"


async def test_a_variable_has_1600_letters_at_most(api: Api, phone: Phone) -> None:
    sid = await api.content({"twilio/text": BODY})

    assert await api.refused_show(sid, {"body": "x" * 1601}) == "400 21658"


async def test_more_than_four_spaces_in_a_row_fail(api: Api, phone: Phone) -> None:
    assert await api.end_of_buttons(body="One    two") == "delivered"
    assert await api.end_of_buttons(body="One     two") == "undelivered 63013"


async def test_a_body_with_buttons_has_1024_letters_at_most(api: Api, phone: Phone) -> None:
    assert await api.end_of_buttons(body="x" * 1024) == "delivered"
    assert await api.end_of_buttons(body="x" * 1025) == "undelivered 63021"


async def test_a_body_with_a_list_has_1024_letters_at_most(api: Api, phone: Phone) -> None:
    assert await api.end_of_list(body="x" * 1025) == "undelivered 63021"


async def test_a_button_has_20_letters_at_most(api: Api, phone: Phone) -> None:
    assert await api.end_of_buttons(t1="ә" * 20) == "delivered"
    assert await api.end_of_buttons(t1="ә" * 21) == "undelivered 63013"


async def test_two_buttons_do_not_have_one_title(api: Api, phone: Phone) -> None:
    assert await api.end_of_buttons(t2="Yes") == "undelivered 63013"


async def test_two_buttons_do_not_have_one_id(api: Api, phone: Phone) -> None:
    assert await api.end_of_buttons(i2="y") == "undelivered 63013"


async def test_a_button_id_has_200_letters_at_most(api: Api, phone: Phone) -> None:
    assert await api.end_of_buttons(i1="x" * 201) == "undelivered 63013"


async def test_an_id_does_not_end_with_a_space(api: Api, phone: Phone) -> None:
    assert await api.end_of_buttons(i1="y ") == "undelivered 63013"


async def test_a_blank_title_fails(api: Api, phone: Phone) -> None:
    assert await api.end_of_buttons(t1=" ") == "undelivered 63013"


async def test_a_title_has_one_line(api: Api, phone: Phone) -> None:
    assert await api.end_of_buttons(t1="Yes\nNo") == "undelivered 63013"


async def test_a_list_item_has_24_letters_at_most(api: Api, phone: Phone) -> None:
    assert await api.end_of_list(t1="x" * 24) == "delivered"
    assert await api.end_of_list(t1="x" * 25) == "undelivered 63013"


async def test_a_list_id_has_200_letters_at_most(api: Api, phone: Phone) -> None:
    assert await api.end_of_list(i1="x" * 200) == "delivered"
    assert await api.end_of_list(i1="x" * 201) == "undelivered 63013"


async def test_a_description_has_72_letters_at_most(api: Api, phone: Phone) -> None:
    assert await api.end_of_list(d1="x" * 72) == "delivered"
    assert await api.end_of_list(d1="x" * 73) == "undelivered 63013"


async def test_a_blank_description_fails(api: Api, phone: Phone) -> None:
    assert await api.end_of_list(d1=" ") == "undelivered 63013"


async def test_the_button_of_a_list_has_20_letters_at_most(api: Api, phone: Phone) -> None:
    assert await api.end_of_list(button="x" * 20) == "delivered"
    assert await api.end_of_list(button="x" * 21) == "undelivered 63013"


async def test_two_rows_do_not_have_one_id(api: Api, phone: Phone) -> None:
    items = [{"item": name, "id": "{{id}}"} for name in ("Aida", "Dana")]
    sid = await api.content({"twilio/list-picker": {"body": "Which?", "button": "Choose", "items": items}})
    made = await api.show(sid, {"id": "a"})

    assert await api.end(made["sid"]) == "undelivered 63013"


async def test_inside_the_window_three_buttons_are_enough(api: Api, phone: Phone) -> None:
    made = await api.show(await api.content(buttons(4)))

    assert await api.end(made["sid"]) == "undelivered 63005"


async def test_an_approved_template_may_have_ten_buttons(api: Api, phone: Phone) -> None:
    made = await api.show(await api.template(buttons(10)))

    assert await api.end(made["sid"]) == "delivered"


async def test_a_link_is_a_button_that_opens_a_page(api: Api, phone: Phone) -> None:
    sid = await api.content(link_to("{{url}}"))
    await api.show(sid, {"url": "https://bot.example.kz/s/1"})
    await api.fake.deliver_due()

    assert phone.link("Open") == "https://bot.example.kz/s/1"
    with pytest.raises(AssertionError, match="opens"):
        await phone.tap("Open")


async def test_a_link_leads_to_a_public_address(api: Api, phone: Phone) -> None:
    sid = await api.content(link_to("{{url}}"))
    made = await api.show(sid, {"url": "http://127.0.0.1/s/1"})

    assert await api.end(made["sid"]) == "undelivered 63013"


async def test_a_content_may_carry_a_picture(api: Api, parent: Phone) -> None:
    sid = await api.content({"twilio/media": {"body": "Look", "media": [f"{PUBLIC}/{{{{path}}}}"]}})
    made = await api.show(sid, {"path": "picture"})

    assert await api.end(made["sid"]) == "delivered"
    assert parent.last.media[0].content_type == "image/jpeg"


async def test_the_picture_of_a_content_has_a_public_address(api: Api, phone: Phone) -> None:
    sid = await api.content({"twilio/media": {"media": ["{{url}}"]}})

    assert await api.refused_show(sid, {"url": "http://10.0.0.1/cat.jpg"}) == "400 21620"


async def test_a_content_does_not_go_by_sms(api: Api) -> None:
    sid = await api.content({"twilio/text": {"body": "Hello"}})

    assert await api.refused_show(sid, From=api.fake.sms_from, To=NUMBER) == "400 20001"


def buttons(number: int) -> Json:
    actions = [{"type": "QUICK_REPLY", "title": f"No {n}", "id": f"n{n}"} for n in range(number)]
    return {"twilio/quick-reply": {"body": "Which number do you choose?", "actions": actions}}


def rows(number: int) -> Json:
    items = [{"item": f"No {n}", "id": f"n{n}"} for n in range(number)]
    return {"twilio/list-picker": {"body": "Which?", "button": "Choose", "items": items}}


def link_to(url: str) -> Json:
    action = {"type": "URL", "title": "Open", "url": url}
    return {"twilio/call-to-action": {"body": "Please open the page.", "actions": [action]}}


# Making contents


async def test_a_content_is_made_and_found_again(api: Api) -> None:
    sid = await api.content(YES_NO, variables=YES_NO_VALUES)

    made = await api.get(f"/v1/Content/{sid}")

    assert (made["sid"], made["types"], made["variables"]) == (sid, YES_NO, YES_NO_VALUES)
    assert made["date_created"] == "2026-09-21T14:13:20Z"
    assert made["links"]["approval_create"].endswith(f"/v1/Content/{sid}/ApprovalRequests/whatsapp")


async def test_contents_are_listed_page_by_page(api: Api) -> None:
    sids = [await api.content({"twilio/text": {"body": f"No {n}"}}) for n in range(3)]
    first = await api.get("/v1/Content", PageSize="2")

    second = await api.get(first["meta"]["next_page_url"].removeprefix(api.fake.url))

    assert [made["sid"] for made in first["contents"] + second["contents"]] == sids
    assert second["meta"]["next_page_url"] is None


async def test_an_unknown_content_is_not_found(api: Api) -> None:
    assert _refusal(*await api.ask("GET", f"/v1/Content/{HX}")) == "404 20404"


@pytest.mark.parametrize(
    "types", [None, {}, "text", {"twilio/text": {}}, {"twilio/text": {"body": ""}}, {"twilio/text": "Hello"}]
)
async def test_a_content_has_types_with_a_body(api: Api, types: object) -> None:
    assert await api.refused_content(types) == "400 20422"


async def test_a_content_has_a_language(api: Api) -> None:
    assert await api.refused_content({"twilio/text": BODY}, language="қазақша") == "400 20422"


async def test_a_content_is_a_json_object(api: Api) -> None:
    assert _refusal(*await api.ask("POST", "/v1/Content", json=["Hello"])) == "400 20422"


async def test_a_field_of_contents_the_fake_does_not_model_is_refused(api: Api) -> None:
    assert await api.refused_content({"twilio/text": BODY}, colour="red") == "400 20001"


async def test_samples_are_an_object(api: Api) -> None:
    assert await api.refused_content({"twilio/text": BODY}, variables=["Aida"]) == "400 20422"


@pytest.mark.parametrize("params", [{"PageSize": "1001"}, {"PageSize": "0"}, {"Language": "kk"}])
async def test_the_list_of_contents_knows_its_pages_only(api: Api, params: dict[str, str]) -> None:
    assert _refusal(*await api.ask("GET", "/v1/Content", params=params)) == "400 20001"


@pytest.mark.parametrize("types", [{"twilio/carousel": {"body": "x"}}, {"twilio/text": {"body": "x", "footer": "y"}}])
async def test_a_type_or_field_the_fake_does_not_model_is_refused(api: Api, types: Json) -> None:
    assert await api.refused_content(types) == "400 20001"


@pytest.mark.parametrize("number", [0, 11])
async def test_a_quick_reply_has_one_to_ten_buttons(api: Api, number: int) -> None:
    assert await api.refused_content(buttons(number)) == "400 20422"


@pytest.mark.parametrize("number", [0, 11])
async def test_a_list_has_one_to_ten_items(api: Api, number: int) -> None:
    assert await api.refused_content(rows(number)) == "400 20422"


@pytest.mark.parametrize("number", [0, 4])
async def test_a_call_to_action_has_one_to_three_links(api: Api, number: int) -> None:
    types = link_to("https://e.kz")
    types["twilio/call-to-action"]["actions"] *= number

    assert await api.refused_content(types) == "400 20422"


@pytest.mark.parametrize(
    ("name", "text"),
    [("body", "x" * 1025), ("button", "x" * 21), ("item", "x" * 25), ("id", "x" * 201), ("description", "x" * 73)],
)
async def test_a_fixed_text_that_is_too_long_is_refused_at_once(api: Api, name: str, text: str) -> None:
    item = {"item": "Aida", "id": "a", "description": "Born 2022"}
    picker: Json = {"body": "Which?", "button": "Choose", "items": [item]}
    (item if name in item else picker)[name] = text

    assert await api.refused_content({"twilio/list-picker": picker}) == "400 20422"


async def test_an_empty_description_is_refused_at_once(api: Api) -> None:
    items = [{"item": "Aida", "id": "a", "description": ""}]
    picker = {"body": "Which?", "button": "Choose", "items": items}

    assert await api.refused_content({"twilio/list-picker": picker}) == "400 20422"


@pytest.mark.parametrize("body", ["Hello {{name}", "Hello {{}}", "Hello {{a b}}", "Hello {{" + "x" * 17 + "}}"])
async def test_a_malformed_variable_is_refused_at_once(api: Api, body: str) -> None:
    assert await api.refused_content({"twilio/text": {"body": body}}) == "400 20422"


async def test_a_content_has_a_hundred_variables_at_most(api: Api) -> None:
    body = " ".join(f"{{{{v{n}}}}}" for n in range(101))

    assert await api.refused_content({"twilio/text": {"body": body}}) == "400 20422"


@pytest.mark.parametrize("variables", [{"1": ""}, {"1": 5}, {"x" * 17: "a"}, {"a b": "a"}])
async def test_a_sample_is_a_text_under_a_short_name(api: Api, variables: Json) -> None:
    assert await api.refused_content({"twilio/text": BODY}, variables=variables) == "400 20422"


# Approval


async def test_a_template_is_approved_when_meta_says_so(api: Api) -> None:
    sid = await api.content(REMINDER, variables={"1": "Aida"})
    status, answer = await api.submit(sid)
    before = await api.get(f"/v1/Content/{sid}/ApprovalRequests")
    api.fake.approve("reminder")
    after = await api.get(f"/v1/Content/{sid}/ApprovalRequests")

    assert (status, answer["status"], answer["name"], answer["category"]) == (201, "received", "reminder", "UTILITY")
    assert (before["whatsapp"]["status"], after["whatsapp"]["status"]) == ("received", "approved")


async def test_what_was_never_submitted_says_so(api: Api) -> None:
    sid = await api.content(REMINDER)

    assert (await api.get(f"/v1/Content/{sid}/ApprovalRequests"))["whatsapp"]["status"] == "unsubmitted"


async def test_a_list_cannot_be_approved(api: Api) -> None:
    sid = await api.content(rows(1))

    assert _refusal(*await api.submit(sid)) == "400 20422"


async def test_a_template_is_submitted_once(api: Api) -> None:
    sid = await api.reminder()

    assert _refusal(*await api.submit(sid, "another")) == "400 20422"


async def test_a_rejected_name_cannot_be_used_again(api: Api) -> None:
    first, second = [await api.content(REMINDER, variables={"1": "Aida"}) for _ in range(2)]
    await api.submit(first)
    api.fake.reject("reminder", "Promotional")

    assert _refusal(*await api.submit(second)) == "400 20422"


async def test_each_language_is_approved_by_itself(api: Api) -> None:
    kazakh = await api.content(REMINDER, variables={"1": "Aida"})
    russian = await api.content(REMINDER, language="ru", variables={"1": "Aida"})
    await api.submit(kazakh)
    await api.submit(russian)
    api.fake.approve(kazakh)

    assert [content.status for content in api.fake.contents] == ["approved", "received"]


@pytest.mark.parametrize("name", ["Reminder", "remind me", ""])
async def test_a_template_name_is_small_letters(api: Api, name: str) -> None:
    sid = await api.content(REMINDER, variables={"1": "Aida"})

    assert _refusal(*await api.submit(sid, name)) == "400 20422"


async def test_a_template_has_a_known_category(api: Api) -> None:
    sid = await api.content(REMINDER, variables={"1": "Aida"})

    assert _refusal(*await api.submit(sid, category="TRANSACTIONAL")) == "400 20422"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [(["reminder"], "400 20422"), ({"name": "a", "category": "UTILITY", "colour": "red"}, "400 20001")],
)
async def test_an_approval_is_asked_for_with_a_name_and_a_category(api: Api, body: object, refusal: str) -> None:
    sid = await api.content(REMINDER, variables={"1": "Aida"})
    asked = await api.ask("POST", f"/v1/Content/{sid}/ApprovalRequests/whatsapp", json=body)

    assert _refusal(*asked) == refusal


async def test_a_template_needs_a_sample_for_each_variable(api: Api) -> None:
    sid = await api.content(REMINDER)

    assert _refusal(*await api.submit(sid)) == "400 20422"


@pytest.mark.parametrize(
    "body",
    [
        "{{1}} is on the list of this month.",
        "On the list of this month is {{1}}.",
        "On the list are {{1}} {{2}} and more children.",
        "Dear {{1}} and {{2}} hello",
    ],
)
async def test_meta_rejects_a_body_of_nothing_but_variables(api: Api, body: str) -> None:
    sid = await api.content({"twilio/text": {"body": body}}, variables={"1": "Aida", "2": "Dana"})
    await api.submit(sid)

    approval = (await api.get(f"/v1/Content/{sid}/ApprovalRequests"))["whatsapp"]

    assert approval["status"] == "rejected"
    assert approval["rejection_reason"]


async def test_a_code_is_in_a_category_of_its_own(api: Api) -> None:
    sid = await api.content(CODE, variables={"1": "123456"})
    await api.submit(sid, category="UTILITY")

    assert (await api.get(f"/v1/Content/{sid}/ApprovalRequests"))["whatsapp"]["status"] == "rejected"


async def test_a_rejected_template_fails(api: Api, phone: Phone) -> None:
    sid = await api.content(REMINDER, variables={"1": "Aida"})
    await api.submit(sid)
    api.fake.reject(sid, "Promotional")
    made = await api.show(sid, {"1": "Aida"})

    assert await api.end(made["sid"]) == "undelivered 63040"


async def test_a_paused_template_fails(api: Api, phone: Phone) -> None:
    sid = await api.reminder()
    api.fake.pause(sid)
    made = await api.show(sid, {"1": "Aida"})

    assert await api.end(made["sid"]) == "undelivered 63041"


async def test_a_disabled_template_fails(api: Api, phone: Phone) -> None:
    sid = await api.reminder()
    api.fake.disable("reminder")
    made = await api.show(sid, {"1": "Aida"})

    assert await api.end(made["sid"]) == "undelivered 63042"


async def test_meta_may_move_a_template_to_marketing(api: Api) -> None:
    sid = await api.reminder()
    api.fake.recategorise(sid, "MARKETING")

    approval = (await api.get(f"/v1/Content/{sid}/ApprovalRequests"))["whatsapp"]

    assert (approval["category"], approval["status"]) == ("MARKETING", "approved")


# The record of messages


async def test_a_message_can_be_looked_up(api: Api, phone: Phone) -> None:
    made = await api.send("Hello")
    await api.fake.deliver_due()

    record = await api.get(f"{api.messages}/{made['sid']}.json")

    assert (record["status"], record["date_sent"]) == ("delivered", "Mon, 21 Sep 2026 14:13:20 +0000")


async def test_an_unknown_message_is_not_found(api: Api) -> None:
    path = f"{api.messages}/SM{'0' * 32}.json"

    assert _refusal(*await api.ask("GET", path)) == "404 20404"


async def test_messages_are_listed_newest_first(api: Api, phone: Phone, clock: Clock) -> None:
    for text in ("One", "Two"):
        clock.tick(1)
        await api.send(text)
        await api.fake.deliver_due()

    listed = await api.get(f"{api.messages}.json")

    assert [message["body"] for message in listed["messages"]] == ["Two", "One", "Hi"]


async def test_messages_are_found_by_who_got_them(api: Api, phone: Phone) -> None:
    await api.send("One")
    to_us = await api.get(f"{api.messages}.json", To=api.fake.whatsapp_from)
    to_parent = await api.get(f"{api.messages}.json", To=PARENT)

    assert [message["body"] for message in to_us["messages"]] == ["Hi"]
    assert [message["body"] for message in to_parent["messages"]] == ["One"]


async def test_messages_are_found_by_who_sent_them(api: Api, phone: Phone) -> None:
    await api.send("One")
    found = await api.get(f"{api.messages}.json", From=PARENT)

    assert [message["body"] for message in found["messages"]] == ["Hi"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"DateSent": "2026-09-21"}, ["Hi"]),
        ({"DateSent": "2026-09-22"}, ["Later"]),
        ({"DateSent>": "2026-09-22"}, ["Later"]),
        ({"DateSent<": "2026-09-21"}, ["Hi"]),
        ({"DateSent>": "2026-09-21T14:13:20Z"}, ["Later", "Hi"]),
        ({"DateSent>": "2026-09-21T14:13:21Z"}, ["Later"]),
        ({"DateSent>": "2026-09-21", "DateSent<": "2026-09-22"}, ["Later", "Hi"]),
    ],
)
async def test_messages_are_found_by_day_or_second(
    api: Api, phone: Phone, clock: Clock, filters: dict[str, str], found: list[str]
) -> None:
    clock.tick(24 * HOUR)
    await phone.text("Later")

    listed = await api.get(f"{api.messages}.json", **filters)

    assert [message["body"] for message in listed["messages"]] == found


async def test_what_was_not_sent_yet_has_no_date_to_be_found_by(api: Api, phone: Phone) -> None:
    await api.send("Waiting")

    found = await api.get(f"{api.messages}.json", **{"To": PARENT, "DateSent>": "2026-09-21"})
    later = await api.get(f"{api.messages}.json", To=PARENT)

    assert (found["messages"], [message["body"] for message in later["messages"]]) == ([], ["Waiting"])


async def test_a_date_that_is_none_is_refused(api: Api, phone: Phone) -> None:
    listed = await api.ask("GET", f"{api.messages}.json", params={"DateSent>": "yesterday"})

    assert _refusal(*listed) == "400 20001"


async def test_a_long_list_comes_in_pages(api: Api, phone: Phone) -> None:
    await phone.text("Two")
    await phone.text("Three")
    first = await api.get(f"{api.messages}.json", PageSize="2", From=PARENT)
    second = await api.get(first["next_page_uri"])

    assert [m["body"] for m in first["messages"] + second["messages"]] == ["Three", "Two", "Hi"]
    assert second["next_page_uri"] is None
    assert (await api.get(second["previous_page_uri"]))["messages"] == first["messages"]


@pytest.mark.parametrize("size", ["1001", "0", "many"])
async def test_a_page_has_one_to_a_thousand_messages(api: Api, size: str) -> None:
    listed = await api.ask("GET", f"{api.messages}.json", params={"PageSize": size})

    assert _refusal(*listed) == "400 20001"


async def test_a_page_without_its_token_leads_nowhere(api: Api) -> None:
    listed = await api.ask("GET", f"{api.messages}.json", params={"Page": "1"})

    assert _refusal(*listed) == "400 20006"


async def test_a_filter_the_api_does_not_have_is_refused(api: Api) -> None:
    listed = await api.ask("GET", f"{api.messages}.json", params={"Status": "received"})

    assert _refusal(*listed) == "400 20001"


async def test_an_emptied_body_is_gone_from_the_record_but_not_from_the_phone(api: Api, phone: Phone) -> None:
    made = await api.send("Secret")
    await api.fake.deliver_due()
    status, record = await api.ask("POST", f"{api.messages}/{made['sid']}.json", data={"Body": ""})

    assert (status, record["body"], phone.last.text) == (200, "", "Secret")
    assert (await api.get(f"{api.messages}/{made['sid']}.json"))["body"] == ""


@pytest.mark.parametrize("form", [{"Body": "New words"}, {"Status": "canceled"}])
async def test_emptying_is_the_only_change(api: Api, phone: Phone, form: dict[str, str]) -> None:
    sid = api.fake.received[0].sid

    assert _refusal(*await api.ask("POST", f"{api.messages}/{sid}.json", data=form)) == "400 20001"


async def test_a_message_on_its_way_cannot_be_emptied(api: Api, phone: Phone) -> None:
    made = await api.send()

    refused = await api.ask("POST", f"{api.messages}/{made['sid']}.json", data={"Body": ""})

    assert _refusal(*refused) == "409 20009"


async def test_a_message_can_be_deleted(api: Api, phone: Phone) -> None:
    path = f"{api.messages}/{api.fake.received[0].sid}.json"

    assert await api.ask("DELETE", path) == (204, None)
    assert _refusal(*await api.ask("GET", path)) == "404 20404"


async def test_a_message_on_its_way_cannot_be_deleted(api: Api, phone: Phone) -> None:
    made = await api.send()

    assert _refusal(*await api.ask("DELETE", f"{api.messages}/{made['sid']}.json")) == "409 20009"


# Media that came


async def test_media_are_listed_with_their_message(api: Api, phone: Phone) -> None:
    message = await phone.media(b"%PDF", "application/pdf")

    listed = await api.get(f"{api.messages}/{message.sid}/Media.json")

    found = listed["media_list"][0]
    assert (found["sid"], found["parent_sid"]) == (message.media[0].sid, message.sid)
    assert found["content_type"] == "application/pdf"
    assert (await api.get(found["uri"]))["sid"] == found["sid"]


async def test_media_are_fetched_through_the_cdn(api: Api, phone: Phone) -> None:
    path = await media_path(api, phone)

    async with api.session.get(api.fake.url + path, headers=api.password) as response:
        assert (await response.read(), response.content_type) == (b"\xff\xd8", "image/jpeg")
        assert str(response.url).startswith(api.fake.cdn_url)


async def test_media_are_not_for_everybody(api: Api, phone: Phone) -> None:
    path = await media_path(api, phone)

    assert _refusal(*await api.ask("GET", path, headers={})) == "401 20003"


async def test_a_password_brought_to_the_cdn_is_refused(api: Api, phone: Phone) -> None:
    path = await media_path(api, phone)

    async with api.session.get(api.fake.url + path, headers=api.password, allow_redirects=False) as response:
        assert response.status == 307
    async with api.session.get(response.headers["Location"], headers=api.password) as refused:
        assert refused.status == 400


async def test_the_cdn_knows_signed_links_only(api: Api) -> None:
    async with api.session.get(f"{api.fake.cdn_url}/{api.fake.account_sid}/guess") as response:
        assert response.status == 403


async def test_deleted_media_are_gone_everywhere(api: Api, phone: Phone) -> None:
    path = await media_path(api, phone)
    async with api.session.get(api.fake.url + path, headers=api.password, allow_redirects=False) as response:
        link = response.headers["Location"]

    assert await api.ask("DELETE", path) == (204, None)
    assert _refusal(*await api.ask("GET", path)) == "404 20404"
    async with api.session.get(link) as response:
        assert response.status == 403


async def test_media_of_another_message_are_not_found(api: Api, phone: Phone) -> None:
    path = await media_path(api, phone)
    other = await phone.voice()

    moved = path.replace(api.fake.received[-2].sid, other.sid)

    assert _refusal(*await api.ask("GET", moved)) == "404 20404"


async def test_media_may_lead_somewhere_they_should_not(api: Api, phone: Phone) -> None:
    path = await media_path(api, phone)
    api.fake.redirect_next_media("http://169.254.169.254/latest")

    async with api.session.get(api.fake.url + path, headers=api.password, allow_redirects=False) as response:
        assert response.headers["Location"] == "http://169.254.169.254/latest"


async def media_path(api: Api, phone: Phone) -> str:
    message = await phone.media(b"\xff\xd8", "image/jpeg")
    return f"{api.messages}/{message.sid}/Media/{message.media[0].sid}"


# Three dots


async def test_three_dots_are_shown_under_a_message_of_theirs(api: Api, phone: Phone) -> None:
    sid = api.fake.received[0].sid
    answer = await api.ask("POST", "/v2/Indicators/Typing.json", data={"channel": "whatsapp", "messageId": sid})

    assert answer == (200, {"success": True})
    assert api.fake.typings == [sid]


async def test_three_dots_need_a_message_that_came(api: Api, phone: Phone) -> None:
    made = await api.send()
    form = {"channel": "whatsapp", "messageId": made["sid"]}

    assert _refusal(*await api.ask("POST", "/v2/Indicators/Typing.json", data=form)) == "404 20404"


@pytest.mark.parametrize("form", [{"channel": "WHATSAPP", "messageId": "SM1"}, {"messageId": "SM1"}])
async def test_three_dots_are_for_whatsapp(api: Api, form: dict[str, str]) -> None:
    assert _refusal(*await api.ask("POST", "/v2/Indicators/Typing.json", data=form)) == "400 20001"


async def test_three_dots_take_no_other_parameter(api: Api, phone: Phone) -> None:
    form = {"channel": "whatsapp", "messageId": api.fake.received[0].sid, "seconds": "5"}

    assert _refusal(*await api.ask("POST", "/v2/Indicators/Typing.json", data=form)) == "400 20001"


# Messages that come


async def test_a_text_comes_with_all_its_fields(server: Server, phone: Phone) -> None:
    message = await phone.text("Сәлем")
    await server.fake.deliver_due()

    assert server.right == [True]
    assert server.last == {
        "AccountSid": server.fake.account_sid,
        "ApiVersion": "2010-04-01",
        "Body": "Сәлем",
        "ChannelMetadata": '{"type":"whatsapp","data":{"context":{"ProfileName":"Айгерім","WaId":"77011234567"}}}',
        "ExternalUserId": f"whatsapp:{phone.bsuid}",
        "From": PARENT,
        "MessageSid": message.sid,
        "MessageType": "text",
        "NumMedia": "0",
        "NumSegments": "1",
        "ProfileName": "Айгерім",
        "ReferralNumMedia": "0",
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": server.fake.whatsapp_from,
        "TwilioAddedThisLater": "",
        "WaId": "77011234567",
    }


async def test_who_hides_the_number_comes_with_the_scoped_id_alone(server: Server) -> None:
    await server.fake.whatsapp(bsuid=BSUID).text("Hi")
    await server.fake.deliver_due()

    assert (server.last["From"], server.last["ExternalUserId"]) == (f"whatsapp:{BSUID}", f"whatsapp:{BSUID}")
    assert "WaId" not in server.last


async def test_a_number_hidden_later_is_the_same_person(server: Server, parent: Phone) -> None:
    await parent.text("With a number")
    parent.hide_number()
    await parent.text("Without")
    await server.fake.deliver_due()

    first, second = server.forms
    assert (first["From"], second["From"]) == (PARENT, f"whatsapp:{parent.bsuid}")
    assert first["ExternalUserId"] == second["ExternalUserId"]


async def test_a_tap_comes_with_its_button(api: Api, server: Server, parent: Phone) -> None:
    made = await api.show(await api.content(YES_NO), YES_NO_VALUES)
    await api.fake.deliver_due()
    await parent.tap("Yes")
    await api.fake.deliver_due()

    assert (server.last["Body"], server.last["ButtonText"], server.last["ButtonPayload"]) == ("Yes", "Yes", "y")
    assert (server.last["MessageType"], server.last["OriginalRepliedMessageSid"]) == ("interactive", made["sid"])
    assert server.last["OriginalRepliedMessageSender"] == api.fake.whatsapp_from


async def test_an_old_button_can_be_tapped_for_ever(api: Api, server: Server, parent: Phone, clock: Clock) -> None:
    sid = await api.content(YES_NO)
    await api.show(sid, YES_NO_VALUES)
    await api.show(sid, YES_NO_VALUES | {"i1": "newer"})
    await api.fake.deliver_due()
    old = parent.messages[-2]
    clock.tick(365 * 24 * HOUR)
    await parent.tap("Yes", old)
    await api.fake.deliver_due()

    assert (server.last["ButtonPayload"], server.last["OriginalRepliedMessageSid"]) == ("y", old.sid)


async def test_a_button_of_a_template_is_told_apart(api: Api, server: Server, parent: Phone) -> None:
    await api.show(await api.reminder(), {"1": "Aida"})
    await api.fake.deliver_due()
    await parent.tap("open")
    await api.fake.deliver_due()

    assert (server.last["MessageType"], server.last["ButtonText"]) == ("button", "Open")


async def test_a_chosen_row_comes_with_its_id(api: Api, server: Server, parent: Phone) -> None:
    await api.end_of_list()
    await parent.choose("Aida")
    await api.fake.deliver_due()

    assert (server.last["ListId"], server.last["ListTitle"], server.last["Body"]) == ("a", "Aida", "Aida")
    assert server.last["MessageSid"].startswith("MM")


async def test_what_is_not_there_cannot_be_tapped(api: Api, phone: Phone) -> None:
    with pytest.raises(AssertionError, match="no button 'Yes' to tap"):
        await phone.tap("Yes")
    with pytest.raises(AssertionError, match="no row 'Aida' to choose"):
        await phone.choose("Aida")


async def test_an_answer_may_quote_a_message(api: Api, server: Server, parent: Phone) -> None:
    await api.send("Which child?")
    await api.fake.deliver_due()
    await parent.text("This one", quoting=parent.last)
    await api.fake.deliver_due()

    assert server.last["OriginalRepliedMessageSid"] == parent.messages[-2].sid


@pytest.mark.parametrize(
    ("mime", "kind"), [("image/jpeg", "image"), ("application/pdf", "document"), ("video/mp4", "video")]
)
async def test_media_come_with_an_address(server: Server, phone: Phone, mime: str, kind: str) -> None:
    message = await phone.media(b"1", mime, "My paper")
    await server.fake.deliver_due()

    assert (server.last["NumMedia"], server.last["MediaContentType0"]) == ("1", mime)
    assert (server.last["MessageType"], server.last["Body"]) == (kind, "My paper")
    assert server.last["MessageSid"].startswith("MM")
    assert server.last["MediaUrl0"].endswith(f"/Messages/{message.sid}/Media/{message.media[0].sid}")


async def test_a_voice_a_sticker_a_contact_and_a_place_come(server: Server, parent: Phone) -> None:
    await parent.voice()
    await parent.sticker()
    await parent.contact("+77015550000")
    await parent.location(43.238949, 76.889709)
    await server.fake.deliver_due()

    assert [form["MessageType"] for form in server.forms] == ["audio", "sticker", "contacts", "location"]
    assert [form.get("MediaContentType0") for form in server.forms] == ["audio/ogg", "image/webp", "text/vcard", None]
    assert (server.last["Latitude"], server.last["Longitude"], server.last["Body"]) == ("43.238949", "76.889709", "")


async def test_a_phone_takes_sixteen_megabytes_at_most(phone: Phone) -> None:
    with pytest.raises(AssertionError, match="16 MB"):
        await phone.media(bytes(16 * 1024**2 + 1), "video/mp4")


async def test_who_has_blocked_us_cannot_write(phone: Phone) -> None:
    phone.block()

    with pytest.raises(AssertionError, match="unblock"):
        await phone.text("Hi")


async def test_new_fields_come_without_notice_and_are_signed(server: Server, phone: Phone) -> None:
    server.fake.extra_fields["SurpriseField"] = "1"
    await phone.text("Hi")
    await server.fake.deliver_due()

    assert (server.last["SurpriseField"], server.right) == ("1", [True])


async def test_a_phone_waits_for_what_comes(api: Api, phone: Phone) -> None:
    api.fake.start_delivering()
    await api.send("Here I am")

    assert await phone.wait_for(lambda p: p.last.text == "Here I am")


async def test_a_phone_does_not_wait_for_ever(phone: Phone) -> None:
    with pytest.raises(AssertionError, match="me: Hi"):
        await phone.wait_for(lambda p: p.last, timeout=0.01)


# Signatures


async def test_the_fragment_and_the_real_address_are_not_signed(server: Server, phone: Phone) -> None:
    server.fake.listen(f"{PUBLIC}/in?token=1#rc=2&rp=all")
    await phone.text("Hi")
    await server.fake.deliver_due()

    assert (server.right, server.headers[0]["Host"]) == ([True], server.url.removeprefix("http://"))


async def test_a_shared_key_signs_with_sha_256(server: Server, phone: Phone) -> None:
    server.secret = "shared"
    server.fake.sign_with("webhooks_sharedkey_1", "shared")
    await phone.text("Hi")
    await server.fake.deliver_due()

    settings = server.headers[0]["X-Twilio-Webhooks-Signature-Settings"]
    assert (server.right, settings) == ([True], "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256")


# Bringing webhooks


async def test_a_webhook_is_brought_once(server: Server, phone: Phone) -> None:
    await phone.text("Hello")
    await server.fake.deliver_due()
    await server.fake.deliver_due()

    assert server.texts == ["Hello"]
    assert [(d.kind, d.status) for d in server.fake.deliveries] == [("inbound", 200)]


async def test_an_error_of_ours_is_not_tried_again(server: Server, phone: Phone) -> None:
    server.answers = [500]
    await phone.text("Hello")
    await server.fake.deliver_due()

    assert (server.texts, server.fake.waiting) == (["Hello"], [])
    assert [alert.code for alert in server.fake.alerts] == [11200]


async def test_a_redirect_is_not_followed(server: Server, phone: Phone) -> None:
    server.answers = [302]
    await phone.text("Hello")
    await server.fake.deliver_due()

    assert [alert.words for alert in server.fake.alerts] == ["answered 302"]


async def test_when_nobody_listens_it_is_tried_once_more(fake: FakeTwilio, phone: Phone) -> None:
    nobody_listens(fake)
    await phone.text("Hello")
    await fake.deliver_due()

    assert [delivery.status for delivery in fake.deliveries] == [None, None]


async def test_an_address_nobody_serves_is_never_called(fake: FakeTwilio, phone: Phone) -> None:
    fake.listen("https://api.twilio.com/in")
    await phone.text("Hello")
    await fake.deliver_due()

    assert [delivery.problem for delivery in fake.deliveries] == ["nobody serves https://api.twilio.com/in"] * 2


async def test_a_fragment_asks_for_more_tries(server: Server, phone: Phone) -> None:
    server.fake.listen(f"{PUBLIC}/in#rc=3&rp=all")
    server.answers = [500, 503, 404, 200]
    await phone.text("Hello")
    await server.fake.deliver_due()

    assert [delivery.status for delivery in server.fake.deliveries] == [500, 503, 404, 200]
    assert server.fake.alerts == []


async def test_a_fragment_may_ask_for_some_errors_only(server: Server, phone: Phone) -> None:
    server.fake.listen(f"{PUBLIC}/in#rc=3&rp=5xx,ct")
    server.answers = [500, 404]
    await phone.text("Hello")
    await server.fake.deliver_due()

    assert [delivery.status for delivery in server.fake.deliveries] == [500, 404]


async def test_a_fragment_may_ask_for_no_second_try(fake: FakeTwilio, phone: Phone) -> None:
    nobody_listens(fake, "#rc=0")
    await phone.text("Hello")
    await fake.deliver_due()

    assert len(fake.deliveries) == 1


async def test_all_tries_carry_the_same_token(server: Server, phone: Phone) -> None:
    server.fake.listen(f"{PUBLIC}/in#rc=1&rp=all")
    server.answers = [500]
    await phone.text("Hello")
    await phone.text("Again")
    await server.fake.deliver_due()

    first, second, third = [headers["I-Twilio-Idempotency-Token"] for headers in server.headers]
    assert first == second != third


async def test_the_fallback_is_asked_last(server: Server, phone: Phone) -> None:
    server.fake.listen(f"{PUBLIC}/in", fallback=f"{PUBLIC}/fallback")
    server.answers = [500]
    await phone.text("Hello")
    await server.fake.deliver_due()

    assert (server.paths, server.right) == (["/in", "/fallback"], [True, True])
    assert (server.last["ErrorCode"], server.last["ErrorUrl"]) == ("11200", f"{PUBLIC}/in")


async def test_who_does_not_answer_in_time_is_not_asked_again(clock: Clock) -> None:
    async with FakeTwilio(now=clock, answer_within=0.05) as fake, hanging(fake):
        await fake.whatsapp(NUMBER).text("Hello")
        await fake.deliver_due()

        assert [delivery.status for delivery in fake.deliveries] == [None]


async def test_a_fragment_may_shorten_the_patience(fake: FakeTwilio) -> None:
    async with hanging(fake):
        fake.listen(f"{PUBLIC}/in#tt=100&rc=5&rp=all")
        await fake.whatsapp(NUMBER).text("Hello")
        await fake.deliver_due()

        assert len(fake.deliveries) < 3


async def test_a_lost_webhook_leaves_the_message_in_the_list(api: Api, server: Server, phone: Phone) -> None:
    api.fake.lose_next("inbound")
    await phone.text("Lost")
    await phone.text("Found")
    await api.fake.deliver_due()

    listed = await api.get(f"{api.messages}.json", To=api.fake.whatsapp_from)

    assert server.texts == ["Found"]
    assert [message["body"] for message in listed["messages"]] == ["Found", "Lost", "Hi"]


async def test_the_list_does_not_know_what_was_tapped(api: Api, parent: Phone) -> None:
    await api.show(await api.content(YES_NO), YES_NO_VALUES)
    await api.fake.deliver_due()
    tap = await parent.tap("Yes")

    record = await api.get(f"{api.messages}/{tap.sid}.json")

    assert (record["body"], record["status"]) == ("Yes", "received")
    assert "ButtonPayload" not in record


async def test_a_webhook_may_come_twice(server: Server, phone: Phone) -> None:
    server.fake.duplicate_next("inbound")
    await phone.text("One")
    await phone.text("Two")
    await server.fake.deliver_due()

    assert server.texts == ["One", "One", "Two"]
    assert server.forms[0] == server.forms[1]


async def test_an_old_webhook_may_come_again_with_other_words(server: Server, phone: Phone) -> None:
    message = await phone.text("One")
    await server.fake.deliver_due()
    server.fake.redeliver(message.sid)
    server.fake.redeliver(message.sid, Body="Other")
    await server.fake.deliver_due()

    assert (server.texts, server.right) == (["One", "One", "Other"], [True] * 3)
    assert {form["MessageSid"] for form in server.forms} == {message.sid}


async def test_messages_kept_back_are_overtaken_by_statuses(api: Api, server: Server, parent: Phone) -> None:
    api.fake.hold("inbound")
    await parent.text("First")
    await api.send(StatusCallback=f"{PUBLIC}/status")
    await api.fake.deliver_due()
    api.fake.release("inbound")
    await api.fake.deliver_due()

    assert server.paths == ["/status"] * 3 + ["/in"]


async def test_two_webhooks_may_come_at_the_same_moment(server: Server, phone: Phone) -> None:
    both = asyncio.Barrier(2)

    async def wait_for_the_other() -> None:
        await both.wait()

    server.meanwhile = wait_for_the_other
    await phone.text("One")
    await phone.text("One")
    brought = await server.fake.deliver_together()

    assert [delivery.status for delivery in brought] == [200, 200]


async def test_in_the_background_messages_of_one_person_come_in_a_row(server: Server, phone: Phone) -> None:
    server.fake.start_delivering()
    for number in range(5):
        await phone.text(f"No {number}")
    await phone.wait_for(lambda _: len(server.fake.deliveries) == 5)

    assert server.texts == [f"No {number}" for number in range(5)]


async def test_in_the_background_a_delay_waits_for_the_clock(api: Api, phone: Phone, clock: Clock) -> None:
    api.fake.start_delivering()
    api.fake.delay_next(HOUR)
    made = await api.send("Later")
    await api.send("Now")
    await phone.wait_for(lambda p: p.last.text == "Now")
    assert api.fake.message(made["sid"]).status == "queued"

    clock.tick(HOUR)
    api.fake.wake()

    assert await phone.wait_for(lambda p: p.last.text == "Later")


@pytest.mark.parametrize("text", ["", "<Response/>", '<?xml version="1.0"?><Response></Response>'])
async def test_an_empty_answer_is_right(server: Server, phone: Phone, text: str) -> None:
    server.body = text
    await phone.text("Hi")
    await server.fake.deliver_due()

    assert server.fake.alerts == []


@pytest.mark.parametrize(
    ("content_type", "text", "code"),
    [
        ("text/plain", "OK", 12300),
        ("application/json", "{}", 12300),
        ("text/xml", "<Response><Message>Hi</Message></Response>", 12200),
    ],
)
async def test_an_answer_that_twilio_would_act_upon_is_reported(
    server: Server, phone: Phone, content_type: str, text: str, code: int
) -> None:
    server.body, server.content_type = text, content_type
    await phone.text("Hi")
    await server.fake.deliver_due()

    assert [alert.code for alert in server.fake.alerts] == [code]


def nobody_listens(fake: FakeTwilio, fragment: str = "") -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        fake.serve(PUBLIC, f"http://127.0.0.1:{free.getsockname()[1]}")
    fake.listen(f"{PUBLIC}/in{fragment}")


class hanging:  # noqa: N801 - reads as a phrase
    """A server of ours that takes a webhook and never answers."""

    def __init__(self, fake: FakeTwilio) -> None:
        self._fake = fake
        self._over = asyncio.Event()

    async def __aenter__(self) -> None:
        app = web.Application()
        app.router.add_post("/in", self._hang)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._fake.serve(PUBLIC, f"http://127.0.0.1:{self._runner.addresses[0][1]}")
        self._fake.listen(f"{PUBLIC}/in")

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await self._runner.cleanup()

    async def _hang(self, _: web.Request) -> web.Response:
        await self._over.wait()
        return web.Response()


# Statuses


async def test_statuses_are_told_to_the_address_given(api: Api, server: Server, parent: Phone) -> None:
    made = await api.send(StatusCallback=f"{PUBLIC}/status?ours=42")
    await api.fake.deliver_due()
    await parent.reads()
    await api.fake.deliver_due()

    assert server.statuses == ["queued", "sent", "delivered", "read"]
    assert (set(server.paths), set(server.right)) == ({"/status"}, {True})
    assert server.last == {
        "AccountSid": api.fake.account_sid,
        "ApiVersion": "2010-04-01",
        "ChannelInstallSid": "XE" + "0c" * 16,
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": "+7701123XXXX",
        "EventType": "READ",
        "From": api.fake.whatsapp_from,
        "MessageSid": made["sid"],
        "MessageStatus": "read",
        "SmsSid": made["sid"],
        "SmsStatus": "read",
        "To": PARENT,
        "TwilioAddedThisLater": "",
    }


async def test_without_an_address_nobody_is_told(api: Api, server: Server, parent: Phone) -> None:
    await api.send()
    await api.fake.deliver_due()

    assert server.forms == []


async def test_a_failure_is_on_record_with_its_words(api: Api, phone: Phone) -> None:
    api.fake.fail_delivery(63024)
    made = await api.send()
    await api.fake.deliver_due()

    assert (await api.get(f"{api.messages}/{made['sid']}.json"))["error_message"] == "Invalid message recipient"


async def test_a_failure_is_told_with_its_code(api: Api, server: Server, parent: Phone, clock: Clock) -> None:
    clock.tick(24 * HOUR)
    await api.send(StatusCallback=f"{PUBLIC}/status")
    await api.fake.deliver_due()

    assert server.statuses == ["queued", "undelivered 63016"]


async def test_who_has_receipts_off_never_reads(api: Api, server: Server) -> None:
    phone = api.fake.whatsapp("+77019999999", receipts=False)
    await phone.text("Hi")
    await api.send(To=STRANGER, StatusCallback=f"{PUBLIC}/status")
    await api.fake.deliver_due()
    await phone.reads()
    await api.fake.deliver_due()

    assert server.statuses == ["queued", "sent", "delivered"]


async def test_statuses_may_come_in_any_order(api: Api, server: Server, parent: Phone) -> None:
    api.fake.shuffle("status")
    for _ in range(5):
        await api.send(StatusCallback=f"{PUBLIC}/status")
    await api.fake.deliver_due()

    assert sorted(server.statuses) == ["delivered"] * 5 + ["queued"] * 5 + ["sent"] * 5
    assert server.statuses[:3] != ["queued", "sent", "delivered"]


async def test_a_status_may_come_twice(api: Api, server: Server, parent: Phone) -> None:
    api.fake.duplicate_next("status")
    await api.send(StatusCallback=f"{PUBLIC}/status")
    await api.fake.deliver_due()

    assert server.statuses == ["queued", "queued", "sent", "delivered"]


async def test_a_status_may_never_come(api: Api, server: Server, parent: Phone) -> None:
    api.fake.lose_next("status", 2)
    made = await api.send(StatusCallback=f"{PUBLIC}/status")

    assert await api.end(made["sid"]) == "delivered"
    assert server.statuses == ["delivered"]


async def test_statuses_may_come_before_the_message_is_answered(api: Api, server: Server, parent: Phone) -> None:
    told: list[int] = []

    async def count_answers() -> None:
        told.append(len(api.fake.calls_of("messages.create")))

    server.meanwhile = count_answers
    api.fake.call_back_first()
    made = await api.send(StatusCallback=f"{PUBLIC}/status")

    assert (server.statuses, told) == (["queued", "sent", "delivered"], [0, 0, 0])
    assert server.last["MessageSid"] == made["sid"]


async def test_a_service_accepts_before_it_queues(session: aiohttp.ClientSession, clock: Clock) -> None:
    async with FakeTwilio(now=clock, messaging_service="MG1") as fake:
        api, phone = Api(fake, session), fake.whatsapp(NUMBER)
        await phone.text("Hi")
        made = await api.send(StatusCallback=f"{PUBLIC}/status", MessagingServiceSid="MG1")
        await fake.deliver_due()

        assert made["status"] == "accepted"
        assert [delivery.sid for delivery in fake.deliveries] == [made["sid"]] * 8  # four statuses, nobody listens


# Impostors


@pytest.fixture
async def door(server: Server) -> Server:
    """Our server as Twilio's own validator would guard it."""

    async def refuse_what_is_not_right() -> None:
        if not server.right[-1]:
            server.answers.append(403)

    server.meanwhile = refuse_what_is_not_right
    return server


async def test_a_request_without_a_signature_can_be_made(door: Server) -> None:
    assert await door.fake.impostor.without_signature() == 403
    assert "X-Twilio-Signature" not in door.headers[0]


@pytest.mark.parametrize("signature", ["", "wrong", "қолтаңба"])
async def test_a_request_with_a_strange_signature_can_be_made(door: Server, signature: str) -> None:
    assert await door.fake.impostor.with_signature(signature) == 403


async def test_a_request_with_a_guessed_secret_can_be_made(door: Server) -> None:
    assert await door.fake.impostor.with_other_secret() == 403


@pytest.mark.parametrize("url", ["http://bot.example.kz/in", f"{PUBLIC}/in/", f"{PUBLIC}/in?a=1"])
async def test_a_request_signed_for_another_address_can_be_made(door: Server, url: str) -> None:
    assert await door.fake.impostor.signed(for_url=url) == 403


async def test_json_without_a_hash_can_be_sent_and_makes_the_validator_stumble(server: Server) -> None:
    await server.fake.impostor.json_without_hash()

    validator, signature = RequestValidator(server.fake.auth_token), server.headers[0]["X-Twilio-Signature"]
    assert server.headers[0]["Content-Type"] == "application/json"
    assert validator.validate(f"{PUBLIC}/in", {}, signature)
    with pytest.raises(TypeError):
        validator.validate(f"{PUBLIC}/in", '{"Body": "Hello"}', signature)


async def test_folded_parameters_deceive_the_validator(door: Server) -> None:
    assert await door.fake.impostor.folded("From") == 200
    assert "From" not in door.last
    assert door.last["Body"] == "HelloFromwhatsapp:+77015550000"


async def test_a_field_sent_twice_deceives_the_validator(server: Server) -> None:
    assert await server.fake.impostor.duplicated("Body") == 200
    assert server.right == [True]


async def test_another_account_can_be_signed_with_our_secret(door: Server) -> None:
    assert await door.fake.impostor.from_other_account() == 200
    assert door.last["AccountSid"] != door.fake.account_sid


async def test_a_message_to_another_sender_can_be_signed_with_our_secret(door: Server) -> None:
    assert await door.fake.impostor.to_other_sender() == 200
    assert door.last["To"] != door.fake.whatsapp_from


# SMS


@pytest.fixture
def inbox(fake: FakeTwilio) -> Inbox:
    return fake.sms(NUMBER)


async def test_an_sms_arrives_without_any_window(api: Api, inbox: Inbox) -> None:
    made = await api.sms("Код: 123456")

    assert await api.end(made["sid"]) == "delivered"
    assert (inbox.last, inbox.texts) == ("Код: 123456", ["Код: 123456"])


async def test_an_inbox_waits_for_what_comes(api: Api, inbox: Inbox) -> None:
    api.fake.start_delivering()
    await api.sms("Code: 1")

    assert await inbox.wait_for(lambda i: i.last) == "Code: 1"


@pytest.mark.parametrize(("text", "parts"), [("x" * 160, "1"), ("x" * 161, "2"), ("ә" * 70, "1"), ("ә" * 71, "2")])
async def test_an_sms_is_counted_in_parts(api: Api, text: str, parts: str) -> None:
    assert (await api.sms(text))["num_segments"] == parts


async def test_an_sms_has_1600_letters_at_most(api: Api) -> None:
    assert await api.refused_sms(Body="x" * 1601) == "400 21617"


@pytest.mark.parametrize("number", ["87011234567", "+7701123456", "+770112345678", "+7 701 123 45 67", "+0"])
async def test_an_sms_goes_to_a_valid_number(api: Api, number: str) -> None:
    assert await api.refused_sms(To=number) == "400 21211"


async def test_an_sms_does_not_go_to_a_landline(api: Api) -> None:
    assert await api.refused_sms(To="+77272123456") == "400 21614"


@pytest.mark.parametrize("number", ["+79161234567", "+996312123456"])
async def test_an_sms_does_not_leave_the_country(api: Api, number: str) -> None:
    assert await api.refused_sms(To=number) == "400 21408"


async def test_an_sms_comes_from_a_number_of_ours(api: Api) -> None:
    assert await api.refused_sms(From="+77770009999") == "400 21606"


async def test_an_sms_has_no_picture(api: Api) -> None:
    assert await api.refused_sms(MediaUrl=f"{PUBLIC}/picture") == "400 20001"


async def test_who_stopped_sms_gets_none_but_whatsapp_goes_on(api: Api, phone: Phone, inbox: Inbox) -> None:
    await inbox.text("STOP")

    assert await api.refused_sms() == "400 21610"
    assert await api.send()


async def test_a_stopped_sms_comes_back_with_the_next_word(api: Api, inbox: Inbox) -> None:
    api.fake.stop(NUMBER)
    await inbox.text("START")

    assert await api.sms()


@pytest.mark.parametrize("code", [30003, 30005, 30006])
async def test_an_sms_may_not_arrive(api: Api, code: int) -> None:
    api.fake.fail_delivery(code)
    made = await api.sms()

    assert await api.end(made["sid"]) == f"undelivered {code}"


async def test_an_sms_to_us_comes_without_whatsapp_fields(server: Server, phone: Phone, inbox: Inbox) -> None:
    server.fake.listen(f"{PUBLIC}/sms", sms=True)
    await inbox.text("Hello")
    await server.fake.deliver_due()

    assert (server.last["From"], server.last["To"]) == (NUMBER, server.fake.sms_from)
    assert {"WaId", "ExternalUserId", "ProfileName"}.isdisjoint(server.last)


async def test_an_sms_does_not_open_a_whatsapp_window(api: Api, inbox: Inbox) -> None:
    api.fake.whatsapp(NUMBER)
    await inbox.text("Hello")
    made = await api.send()

    assert await api.end(made["sid"]) == "undelivered 63016"


# Scripted answers


async def test_a_scripted_429_is_not_processed(api: Api, phone: Phone) -> None:
    api.fake.fail_next("messages.create", 429, 20429, "Too Many Requests", retry_after=3)

    assert await api.refused() == "429 20429"
    assert (api.fake.count("Hello"), api.fake.calls[-1].words) == (0, "Too Many Requests")
    assert await api.send()


async def test_a_gateway_speaks_html(api: Api, phone: Phone) -> None:
    api.fake.fail_next("messages.create", 502, page="<h1>Bad Gateway</h1>")

    async with api.session.post(f"{api.fake.url}{api.messages}.json", headers=api.password) as response:
        assert (response.status, response.content_type) == (502, "text/html")


async def test_a_call_cut_before_the_effect_has_none(api: Api, phone: Phone) -> None:
    api.fake.drop_next("messages.create", after=False)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await api.send()

    assert api.fake.count("Hello") == 0


async def test_a_call_cut_after_the_effect_can_be_looked_up(api: Api, phone: Phone) -> None:
    api.fake.drop_next("messages.create", after=True)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await api.send("Unknown")
    await api.fake.deliver_due()

    found = await api.get(f"{api.messages}.json", **{"To": PARENT, "DateSent>": "2026-09-21"})

    assert [message["body"] for message in found["messages"]] == ["Unknown"]
    assert (api.fake.count("Unknown", to=PARENT), api.fake.calls[0].status) == (1, None)


async def test_only_what_comes_later_can_be_scripted_as_an_end(fake: FakeTwilio) -> None:
    with pytest.raises(AssertionError, match="21617 does not come later"):
        fake.fail_delivery(21617)


async def test_two_fakes_of_one_seed_make_the_same_sids(session: aiohttp.ClientSession, clock: Clock) -> None:
    async with FakeTwilio(now=clock, seed=7) as one, FakeTwilio(now=clock, seed=7) as other:
        first, second = [await fake.whatsapp(NUMBER).text("Hi") for fake in (one, other)]

    assert first.sid == second.sid


# The real client


class Rerouted(AsyncTwilioHttpClient):  # type: ignore[misc]  # twilio ships without types
    """Twilio's own client, which believes that it talks to twilio.com."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    async def request(self, method: str, url: str, **how: Any) -> Response:  # Any: twilio has no types
        _, _, path = url.removeprefix("https://").partition("/")
        return await super().request(method, f"{self._base}/{path}", **how)


class Mended(Rerouted):
    """The same, with the body encoded as its header says."""

    async def request(self, method: str, url: str, **how: Any) -> Response:  # Any: twilio has no types
        if how["headers"].get("Content-Type") == "application/json":
            how["data"] = json.dumps(how["data"])
        return await super().request(method, url, **how)


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated", "ignore:The 'auth' parameter is deprecated")
async def test_the_real_client_of_9_13_sends_a_form_where_it_promises_json(api: Api) -> None:
    async with Rerouted(api.fake.url) as http:
        client = Client(api.fake.account_sid, api.fake.auth_token, http_client=http)

        with pytest.raises(TwilioRestException, match="a JSON body is expected"):
            await client.content.v1.contents.create_async(_request(REMINDER, {"1": "Aida"}))


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated", "ignore:The 'auth' parameter is deprecated")
async def test_the_real_client_lives_with_it(api: Api, server: Server, parent: Phone) -> None:
    async with Mended(api.fake.url) as http:
        client = Client(api.fake.account_sid, api.fake.auth_token, http_client=http)
        content = await client.content.v1.contents.create_async(_request(REMINDER, {"1": "Aida"}))
        approvals = client.content.v1.contents(content.sid).approval_create
        request = ApprovalCreateList.ContentApprovalRequest({"name": "reminder", "category": "UTILITY"})
        approval = await approvals.create_async(request)
        api.fake.approve("reminder")
        sent = await client.messages.create_async(
            from_=api.fake.whatsapp_from,
            to=PARENT,
            content_sid=content.sid,
            content_variables=json.dumps({"1": "Aida"}),
            status_callback=f"{PUBLIC}/status",
        )
        await api.fake.deliver_due()
        tap = await parent.tap("Open")
        listed = await client.messages.list_async(to=api.fake.whatsapp_from, page_size=1)
        fetched = await client.messages(sent.sid).fetch_async()
        fetched_approval = await client.content.v1.contents(content.sid).approval_fetch().fetch_async()
        typing = await client.messaging.v2.typing_indicator.create_async(channel="whatsapp", message_id=tap.sid)
        picture = await parent.media(b"1", "image/png")
        media = await client.messages(picture.sid).media.list_async()
        emptied = await client.messages(tap.sid).update_async(body="")
        contents = await client.content.v1.contents.list_async()
        with pytest.raises(TwilioRestException) as refusal:
            await client.messages.create_async(from_=api.fake.whatsapp_from, to=PARENT, body="x" * 1601)

        assert (approval.status, fetched_approval.whatsapp["status"]) == ("received", "approved")
        assert (fetched.status, fetched.error_code, server.statuses[-1]) == ("delivered", None, "delivered")
        assert [message.body for message in listed] == ["Open", "Hi"]
        assert (typing.success, emptied.body) == (True, "")
        assert [each.content_type for each in media] == ["image/png"]
        assert [each.sid for each in contents] == [content.sid]
        assert (refusal.value.status, refusal.value.code) == (400, 21617)
        assert await media[0].delete_async()
        assert await client.messages(sent.sid).delete_async()
        assert await client.content.v1.contents(content.sid).delete_async()


def _request(types: Json, variables: dict[str, str]) -> ContentList.ContentCreateRequest:
    body = {"friendly_name": "x", "language": "kk", "variables": variables, "types": types}
    return ContentList.ContentCreateRequest(body)
