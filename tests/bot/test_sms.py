"""SMS through Twilio's client and real HTTP: what goes out, what each refusal means, nothing sent twice."""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.channels import SendFailed
from bot.whatsapp.sms import TwilioSms
from dialogs.engine.texts import LANGUAGES
from storage.outbox import Outgoing
from tests.bot.rig import Server, says
from tests.fakes.twilio import FakeTwilio

ACCOUNT = "AC" + "0a" * 16
TOKEN = "canary-twilio-token"
SENDER = "+12025550123"
PHONE = "+77471234567"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Messages:
    """Twilio's Messages.json: takes forms, answers from a list, the last answer again and again."""

    def __init__(self, *answers: web.Response | Answer) -> None:
        self._answers = list(answers) or [created()]
        self.calls: list[tuple[str, str, dict[str, str], str]] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.calls.append((request.method, request.path, form, request.headers.get("Authorization", "")))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return answer if isinstance(answer, web.Response) else await answer(request)


def created() -> web.Response:
    return web.json_response({"sid": "SM" + "1" * 32, "status": "queued", "to": PHONE}, status=201)


def refused(status: int, code: int, words: str = "no") -> web.Response:
    return web.json_response({"code": code, "message": words, "status": status, "more_info": "x"}, status=status)


def code(language: str = "kk") -> Outgoing:
    payload = {"to": PHONE, "code": "123456", "language": language}
    return Outgoing("u", "sms", "", "code", payload, None, None, 1, 0, "", 1, False)


@asynccontextmanager
async def sms(url: str, **more: Any) -> AsyncIterator[TwilioSms]:
    made = TwilioSms(ACCOUNT, TOKEN, SENDER, url, **more)
    try:
        yield made
    finally:
        await made.close()


async def failure(twilio: Messages, **more: Any) -> SendFailed:
    async with Server(twilio) as url, sms(url, **more) as sender:
        with pytest.raises(SendFailed) as failed:
            await sender.send(code(), None)
    return failed.value


def policy(failed: SendFailed) -> tuple[bool, bool, bool, bool]:
    """What the outbox is told: wait for all, try again, may have arrived, nobody there."""
    return failed.pause is not None, failed.retry_in is not None, failed.unknown, failed.gone


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_code_goes_out_once_with_a_short_life(language: str) -> None:
    twilio = Messages()
    async with Server(twilio) as url, sms(url) as sender:
        assert await sender.send(code(language), None) == "SM" + "1" * 32

    body = says("sms.code", language, code="123456")
    form = {"To": PHONE, "From": SENDER, "Body": body, "ValidityPeriod": "300"}
    login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert twilio.calls == [("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", form, f"Basic {login}")]


async def test_another_address_may_have_a_path_and_regions_do_not_bend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    twilio = Messages()
    async with Server(twilio) as url, sms(f"{url}/proxy/twilio/") as sender:
        await sender.send(code(), None)

    assert [path for _, path, _, _ in twilio.calls] == [f"/proxy/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json"]


async def test_without_another_address_it_is_twilios_own() -> None:
    async with sms("") as sender:
        client = sender._ready()

        assert client.get_hostname("https://api.twilio.com/x?y=1") == "https://api.twilio.com/x?y=1"


async def test_too_many_pauses_all_codes_and_spends_nothing() -> None:
    failed = await failure(Messages(refused(429, 20429)))

    assert policy(failed) == (True, False, False, False)
    assert failed.pause == timedelta(seconds=5)


@pytest.mark.parametrize(("status", "number"), [(400, 21211), (400, 21610), (400, 21608), (404, 20404)])
async def test_a_refused_number_is_final_and_the_chat_stays(status: int, number: int) -> None:
    failed = await failure(Messages(refused(status, number)))

    assert policy(failed) == (False, False, False, False)
    assert failed.reason == f"twilio {number}"


async def test_a_refusal_in_the_newer_form_is_understood() -> None:
    problem = {"type": "about:blank", "title": "Too many", "status": 429, "code": 20429}

    assert (await failure(Messages(web.json_response(problem, status=429)))).pause


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_account_is_said_loudly(status: int, caplog: pytest.LogCaptureFixture) -> None:
    failed = await failure(Messages(refused(status, 20003)))

    assert policy(failed) == (False, False, False, False)
    assert caplog.records[-1].levelno == logging.CRITICAL


async def test_no_log_line_carries_the_number_or_the_code(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    await failure(Messages(refused(400, 21211, f"The 'To' number {PHONE} is not valid")))
    twilio = Messages()
    async with Server(twilio) as url, sms(url) as sender:
        await sender.send(code(), None)

    said = "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records if record.name != "asyncio")
    assert not any(secret in said for secret in (PHONE, PHONE[1:], "123456", TOKEN))


async def hang(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize(
    "answer",
    [hang, cut, refused(500, 20500), refused(503, 20503), web.Response(status=502, text="<html>")],
    ids=["hangs", "cuts", "500", "503", "page"],
)
async def test_when_nobody_knows_whether_it_went_it_is_not_sent_again(answer: web.Response | Answer) -> None:
    twilio = Messages(answer)
    failed = await failure(twilio, timeout=0.3)

    assert failed.unknown
    assert len(twilio.calls) == 1


async def test_an_answer_that_is_not_json_leaves_the_outcome_unknown() -> None:
    twilio = Messages(web.Response(status=201, text="<html>created</html>"))

    assert (await failure(twilio)).unknown
    assert len(twilio.calls) == 1


async def test_a_redirect_does_not_carry_a_code_elsewhere() -> None:
    twilio = Messages(web.Response(status=307, headers={"Location": "http://127.0.0.1:9/"}))
    failed = await failure(twilio)

    assert failed.retry_in is None
    assert len(twilio.calls) == 1


async def test_a_refused_connection_means_nobody_has_the_code_and_it_may_go_later() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        async with sms(f"http://127.0.0.1:{nobody.getsockname()[1]}") as sender:
            with pytest.raises(SendFailed) as failed:
                await sender.send(code(), None)

    assert policy(failed.value) == (False, True, False, False)


async def test_our_timeout_ends_a_call_that_drips() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=201)
        await response.prepare(request)
        for _ in range(300):
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response

    started = asyncio.get_running_loop().time()
    failed = await failure(Messages(drip), timeout=0.3)

    assert failed.unknown
    assert asyncio.get_running_loop().time() - started < 5


async def test_closing_closes_the_connections_and_a_client_never_used_is_closed_too() -> None:
    async with Server(Messages()) as url:
        sender = TwilioSms(ACCOUNT, TOKEN, SENDER, url)
        await sender.close()
        await sender.send(code(), None)
        await sender.close()

        assert sender._http is not None
        assert sender._http._session.closed


# Against the strict double


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_strict_twilio_takes_a_code_and_the_phone_gets_it(language: str) -> None:
    async with FakeTwilio(local=True) as twilio, account_of(twilio) as sender:
        twilio.start_delivering()
        assert (await sender.send(code(language), None) or "").startswith("SM")

        assert await twilio.sms(PHONE).wait_for(lambda inbox: inbox.last) == says("sms.code", language, code="123456")


async def test_the_strict_twilio_refuses_a_number_that_said_stop() -> None:
    async with FakeTwilio(local=True) as twilio, account_of(twilio) as sender:
        twilio.stop(PHONE)
        with pytest.raises(SendFailed) as failed:
            await sender.send(code(), None)

    assert failed.value.reason == "twilio 21610"


@asynccontextmanager
async def account_of(twilio: FakeTwilio) -> AsyncIterator[TwilioSms]:
    made = TwilioSms(twilio.account_sid, twilio.auth_token, twilio.sms_from, twilio.url)
    try:
        yield made
    finally:
        await made.close()
