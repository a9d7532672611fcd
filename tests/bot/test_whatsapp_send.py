"""WhatsApp's transport alone against the strict Twilio: forms, shapes, the window, and what each refusal means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.channels import SendFailed
from bot.whatsapp.addresses import own_phone
from bot.whatsapp.policy import verdict
from bot.whatsapp.send import WhatsApp
from bot.whatsapp.templates import shaped
from storage.delivery import RANKS
from tests.bot.rig import Server
from tests.bot.twilio_rig import PARENT, PUBLIC, Hour, outgoing
from tests.fakes.twilio import FakeTwilio, Phone

TEXT = {"type": "text", "body": "Здравствуйте!\n\nЧем помочь?"}
ASKED = {
    "type": "quick-reply",
    "body": "Всё верно?\n\nИмя: Айгерим\nПол: женский",
    "actions": [{"title": "Да", "id": "7:yes"}, {"title": "Нет", "id": "7:no"}],
}
LISTED = {
    "type": "list-picker",
    "body": "Ваши дети",
    "button": "Выбрать",
    "items": [{"item": "Дана", "id": "7:c1", "description": "4 года"}, {"item": "Назад", "id": "7:~back"}],
}
PAGE = {
    "type": "call-to-action",
    "body": "Откройте страницу.",
    "actions": [{"title": "Открыть страницу", "url": f"{PUBLIC}/s/abc_DEF-1"}],
}


class Account:
    """The transport, its Twilio, and a parent who has just written."""

    def __init__(self, twilio: FakeTwilio, channel: WhatsApp, hour: Hour) -> None:
        self.twilio, self.channel, self.hour = twilio, channel, hour
        self.phone: Phone = twilio.whatsapp(PARENT)

    async def send(self, payload: dict[str, Any], **more: Any) -> str | None:
        return await self.channel.send(outgoing(payload, self.hour, **more), None)

    async def shown(self, payload: dict[str, Any]) -> Any:
        """Send it and return it as the phone shows it."""
        sid = await self.send(payload)
        await self.twilio.deliver_due()
        assert self.phone.last.sid == sid
        return self.phone.last

    async def failure(self, payload: dict[str, Any], **more: Any) -> SendFailed:
        with pytest.raises(SendFailed) as failed:
            await self.send(payload, **more)
        return failed.value

    async def end(self, payload: dict[str, Any]) -> int | None:
        """Send it and return the code it failed with afterwards."""
        sid = await self.send(payload)
        await self.twilio.deliver_due()
        return self.twilio.message(str(sid)).error_code


@asynccontextmanager
async def channel(twilio: FakeTwilio, hour: Hour, url: str = "") -> AsyncIterator[WhatsApp]:
    sender = twilio.whatsapp_from.removeprefix("whatsapp:")
    made = WhatsApp(twilio.account_sid, twilio.auth_token, sender, PUBLIC, hour, url or twilio.url, timeout=2)
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    hour = Hour()
    async with FakeTwilio(now=hour.stamp) as twilio, channel(twilio, hour) as made:
        found = Account(twilio, made, hour)
        await found.phone.text("Сәлем")
        yield found


def policy(failed: SendFailed) -> set[str]:
    """What the outbox is told."""
    told = {
        "pause": failed.pause,
        "retry": failed.retry_in,
        "unknown": failed.unknown,
        "gone": failed.gone,
        "opted_out": failed.opted_out,
        "closed": failed.closed,
        "instead": failed.instead,
    }
    return {name for name, value in told.items() if value}


# Forms


async def test_words_go_as_they_are_with_our_own_uid_for_the_status(account: Account) -> None:
    assert (await account.shown(TEXT)).text == TEXT["body"]

    (call,) = account.twilio.calls_of("messages.create")
    assert call.params["StatusCallback"] == f"{PUBLIC}/webhooks/twilio/status?uid={'u' * 22}"


async def test_quick_replies_look_as_drawn(account: Account) -> None:
    shown = await account.shown(ASKED)

    assert (shown.kind, shown.text) == ("quick-reply", ASKED["body"])
    assert [(button.title, button.id) for button in shown.buttons] == [("Да", "7:yes"), ("Нет", "7:no")]


async def test_a_list_looks_as_drawn_whether_a_row_has_a_description_or_not(account: Account) -> None:
    shown = await account.shown(LISTED)

    assert (shown.kind, shown.text) == ("list-picker", "Ваши дети")
    assert [(row.title, row.id, row.description) for row in shown.rows] == [
        ("Дана", "7:c1", "4 года"),
        ("Назад", "7:~back", ""),
    ]


async def test_a_page_is_a_button_with_its_address(account: Account) -> None:
    shown = await account.shown(PAGE)

    assert [(button.title, button.url) for button in shown.buttons] == [("Открыть страницу", f"{PUBLIC}/s/abc_DEF-1")]


async def test_words_with_tabs_many_spaces_and_gaps_are_not_refused(account: Account) -> None:
    shown = await account.shown(ASKED | {"body": "a\tb       c\n\n\n d \n \ne"})

    assert shown.text == "a b    c\n\n d \n\ne"


async def test_a_body_of_more_lines_than_variables_goes_as_words(account: Account) -> None:
    shown = await account.shown(ASKED | {"body": "\n".join("abcdefg"[at % 7] for at in range(70))})

    assert shown.kind == "text"
    assert shown.text.endswith("\n\n1 Да\n2 Нет")


async def test_a_picture_is_fetched_from_our_public_address(account: Account) -> None:
    await account.send({"type": "media", "body": "Вот так", "media": "id_card"})

    (call,) = account.twilio.calls_of("messages.create")
    assert call.params["MediaUrl"] == f"{PUBLIC}/pictures/id_card.png"


async def test_what_is_erased_twice_is_erased(account: Account) -> None:
    (typed,) = account.twilio.received
    await account.send({"type": "erase", "message": typed.sid})

    assert account.twilio.message(typed.sid).is_redacted
    assert await account.send({"type": "erase", "message": "SM" + "0" * 32}) is None


# Shapes


async def test_a_shape_is_made_once_by_however_many_messages(account: Account) -> None:
    others = [ASKED | {"body": f"Другой вопрос?\n\nИмя: {name}\nПол: мужской"} for name in "абвгд"]
    await asyncio.gather(*(account.send(payload) for payload in (ASKED, *others)))

    assert len(account.twilio.sent) == 6
    assert [content.friendly_name for content in account.twilio.contents] == ["bb1_qr_2_1.2"]
    assert len(account.twilio.calls_of("content.list")) == 1


async def test_a_shape_is_found_again_after_a_restart(account: Account) -> None:
    await account.send(ASKED)
    async with channel(account.twilio, account.hour) as anew:
        await anew.send(outgoing(ASKED, account.hour), None)

    assert len(account.twilio.calls_of("content.create")) == 1


async def test_shapes_of_many_pages_are_found(account: Account) -> None:
    for number in range(1, 61):
        await account.send(ASKED | {"body": "\n\n".join(["a"] * (number % 50 + 1))})
        await account.send(LISTED | {"body": "\n\n".join(["a"] * (number % 50 + 1))})
    made = len(account.twilio.calls_of("content.create"))
    async with channel(account.twilio, account.hour) as anew:
        await anew.send(outgoing(ASKED | {"body": "\n\n".join(["a"] * 50)}, account.hour), None)

    assert made == 100
    assert len(account.twilio.calls_of("content.create")) == made


async def test_a_shape_that_somebody_deleted_is_made_anew(account: Account) -> None:
    await account.send(ASKED)
    (content,) = account.twilio.contents
    answer = await account.channel._ready().request_async(
        "DELETE", f"https://content.twilio.com/v1/Content/{content.sid}"
    )
    assert answer.status_code == 204

    assert (await account.shown(ASKED)).labels == ["Да", "Нет"]
    assert len(account.twilio.contents) == 1


async def test_a_shape_that_cannot_be_made_now_leaves_the_message_unsent_and_undoubted(account: Account) -> None:
    account.twilio.drop_next("content.create", after=True)
    failed = await account.failure(ASKED)

    assert policy(failed) == {"retry"}
    assert account.twilio.sent == []


def test_each_number_of_rows_and_each_pattern_of_lines_is_a_shape_of_its_own() -> None:
    rows = [{"item": f"r{number}", "id": f"7:{number}"} for number in range(10)]
    shapes = [shaped(LISTED | {"items": rows[:count], "body": body}) for count in (1, 10) for body in ("a", "a\nb")]

    assert len({shape.name for shape in shapes if shape}) == 4
    assert all(shape and all(shape.variables.values()) for shape in shapes)


# The window


@pytest.mark.parametrize(
    ("heard", "is_open"),
    [
        (timedelta(hours=23, minutes=54), True),
        (timedelta(hours=23, minutes=56), False),
        (timedelta(days=3), False),
    ],
)
async def test_free_words_go_only_while_the_window_is_surely_open(
    account: Account, heard: timedelta, *, is_open: bool
) -> None:
    if is_open:
        assert await account.send(TEXT, heard=heard)
        return
    failed = await account.failure(TEXT, heard=heard)

    assert policy(failed) == {"closed"}
    assert "template" in failed.reason
    assert account.twilio.sent == []


async def test_the_window_that_twilio_sees_closed_is_said_later(account: Account) -> None:
    account.hour.move(hours=25)

    assert await account.end(TEXT) == 63016


# Refusals


async def test_21610_is_an_opt_out(account: Account) -> None:
    account.twilio.stop(f"whatsapp:{PARENT}")

    assert policy(await account.failure(TEXT)) == {"gone", "opted_out"}


async def test_21656_sends_the_words_instead_of_the_form(account: Account) -> None:
    account.twilio.fail_next("messages.create", 400, 21656)
    failed = await account.failure(ASKED)

    assert failed.instead == {"type": "text", "body": f"{ASKED['body']}\n\n1 Да\n2 Нет"}
    assert (await account.shown(failed.instead)).text == failed.instead["body"]


async def test_20429_pauses_everything_and_spends_nothing(account: Account) -> None:
    account.twilio.fail_next("messages.create", 429, 20429)

    assert policy(await account.failure(TEXT)) == {"pause"}
    assert account.twilio.sent == []


async def test_a_body_over_1600_is_refused_and_is_our_bug(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    failed = await account.failure({"type": "text", "body": "я" * 1601})

    assert (failed.reason, policy(failed)) == ("twilio 21617", set())
    assert caplog.records[-1].levelname == "ERROR"


@pytest.mark.parametrize(
    ("payload", "longest"),
    [
        (ASKED | {"actions": [{"title": "я" * 21, "id": "7:yes"}]}, 20),
        (LISTED | {"items": [{"item": "я" * 25, "id": "7:c1"}]}, 24),
        (LISTED | {"items": [{"item": "я", "id": "7:c1", "description": "я" * 73}]}, 72),
        (LISTED | {"button": "я" * 21}, 20),
        (PAGE | {"actions": [{"title": "я" * 21, "url": f"{PUBLIC}/s/x"}]}, 20),
    ],
)
async def test_a_label_that_is_too_long_fails_later_and_goes_as_words(
    account: Account, payload: dict[str, Any], longest: int
) -> None:
    code = await account.end(payload)

    assert code == 63013
    failed = verdict(code, payload)
    assert failed.instead is not None
    assert (await account.shown(failed.instead)).kind == "text"
    assert longest in (20, 24, 72)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (63016, {"closed"}),
        (63018, {"retry"}),
        (63024, {"gone"}),
        (63032, set()),
        (63049, set()),
        (63014, {"gone", "opted_out"}),
        (63038, {"pause"}),
        (63051, {"pause"}),
        (63005, {"instead"}),
        (63019, set()),
    ],
)
async def test_what_fails_later_has_its_policy(account: Account, code: int, told: set[str]) -> None:
    account.twilio.fail_delivery(code)

    assert await account.end(ASKED) == code
    assert policy(verdict(code, ASKED)) == told


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_account_waits_and_is_said_loudly(
    account: Account, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    account.twilio.fail_next("messages.create", status, 20003)

    assert policy(await account.failure(TEXT)) == {"pause"}
    assert caplog.records[-1].levelname == "CRITICAL"


@pytest.mark.parametrize("how", ["500", "page", "cut"])
async def test_when_nobody_knows_whether_it_went_it_is_not_repeated_by_itself(account: Account, how: str) -> None:
    match how:
        case "500":
            account.twilio.fail_next("messages.create", 500)
        case "page":
            account.twilio.fail_next("messages.create", 502, page="<html>")
        case _:
            account.twilio.drop_next("messages.create", after=True)

    assert policy(await account.failure(TEXT)) == {"unknown"}
    assert len(account.twilio.calls_of("messages.create")) == 1


async def test_a_call_that_hangs_ends_in_time(account: Account) -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    async with Server(hang) as url:
        made = WhatsApp("AC" + "0" * 32, "token", "+77770000001", PUBLIC, account.hour, url, timeout=0.2)
        with pytest.raises(SendFailed) as failed:
            await made.send(outgoing(TEXT, account.hour), None)
        await made.close()

    assert policy(failed.value) == {"unknown"}


async def test_no_log_line_carries_a_number_or_words(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    account.twilio.stop(f"whatsapp:{PARENT}")
    await account.failure(ASKED)

    said = "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records if record.name != "asyncio")
    assert not any(secret in said for secret in (PARENT, PARENT[1:], "Айгерим", account.twilio.auth_token))


# Addresses


@pytest.mark.parametrize(
    ("external", "phone"),
    [("+77471234567", "+77471234567"), ("KZ.77471234567", None), ("KZ.1234567890123456", None), ("+12025550123", None)],
)
def test_an_address_is_a_phone_only_where_it_is_one(external: str, phone: str | None) -> None:
    found = own_phone(external)

    assert (found.e164 if found else None) == phone


def test_every_status_twilio_knows_has_its_place() -> None:
    steps = ("accepted", "queued", "sending", "sent", "failed", "undelivered", "delivered", "read")

    assert [RANKS[step] for step in steps] == sorted(RANKS[step] for step in steps)
