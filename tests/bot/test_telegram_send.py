"""What Telegram answers to a send, and what the outbox is told to do about it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from bot import pictures
from bot.channels import SendFailed
from bot.telegram.send import Telegram
from tests.bot.rig import PARENT, TOKEN, Server, channel, message, outgoing
from tests.fakes.telegram import FakeTelegram, Phone


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(token=TOKEN, rates=None) as fake:
        yield fake


@pytest.fixture
async def phone(telegram: FakeTelegram) -> Phone:
    phone = telegram.phone(user_id=PARENT)
    await phone.start()
    return phone


@pytest.fixture
async def sender(telegram: FakeTelegram) -> AsyncIterator[Telegram]:
    async with channel(telegram.url) as made:
        yield made


async def failure(sender: Telegram, payload: dict[str, object] | None = None, target: str | None = None) -> SendFailed:
    with pytest.raises(SendFailed) as failed:
        await sender.send(outgoing(payload or message()), target)
    return failed.value


# What arrives


async def test_a_message_arrives_and_its_number_comes_back(sender: Telegram, phone: Phone) -> None:
    sent = await sender.send(outgoing(message("Сәлем &lt;3")), None)

    assert phone.last.text == "Сәлем <3"
    assert sent == str(phone.last.message_id)


async def test_a_call_without_a_file_goes_as_json() -> None:
    seen: list[str] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(request.content_type)
        return web.json_response({"ok": True, "result": True})

    async with Server(take) as url, channel(url) as sender:
        await sender.send(outgoing({"method": "deleteMessage", "message_id": "7"}), None)

    assert seen == ["application/json"]


async def test_a_picture_goes_as_a_file_with_its_caption(sender: Telegram, phone: Phone) -> None:
    caption = {"method": "sendPhoto", "photo": "id_card", "caption": "Мұнда &amp; осында", "parse_mode": "HTML"}
    await sender.send(outgoing(caption), None)

    assert (phone.last.kind, phone.last.text) == ("photo", "Мұнда & осында")
    assert phone.last.content["photo"][-1]["file_size"] == len(pictures.read("id_card"))


async def test_buttons_and_previews_arrive_as_they_were_drawn(
    sender: Telegram, telegram: FakeTelegram, phone: Phone
) -> None:
    buttons = {"inline_keyboard": [[{"text": "Иә", "callback_data": "1:yes"}]]}
    drawn = message(reply_markup=buttons, link_preview_options={"is_disabled": True})
    await sender.send(outgoing(drawn), None)

    assert phone.last.labels == ["Иә"]
    assert telegram.calls_of("sendMessage")[-1].params["link_preview_options"] == {"is_disabled": True}


async def test_an_edit_goes_to_the_message_that_was_sent(sender: Telegram, phone: Phone) -> None:
    sent = await sender.send(outgoing(message("Бір")), None)

    edited = await sender.send(outgoing(message("Екі") | {"method": "editMessageText"}), sent)

    assert [item.text for item in phone.messages if item.by_bot] == ["Екі"]
    assert edited == sent


async def test_a_tap_is_answered_with_a_toast(sender: Telegram, phone: Phone) -> None:
    buttons = {"inline_keyboard": [[{"text": "Иә", "callback_data": "1:yes"}]]}
    await sender.send(outgoing(message(reply_markup=buttons)), None)
    tap = await phone.tap("Иә")

    await sender.send(outgoing({"method": "answerCallbackQuery", "callback_query_id": tap, "text": "Ескі түйме"}), None)

    assert [toast.text for toast in phone.toasts] == ["Ескі түйме"]


async def test_a_secret_is_deleted(sender: Telegram, phone: Phone) -> None:
    typed = await phone.text("930427400001")

    await sender.send(outgoing({"method": "deleteMessage", "message_id": str(typed.message_id)}), None)

    assert typed.message_id not in {item.message_id for item in phone.messages}


# What is refused


async def test_429_pauses_the_whole_bot_for_as_long_as_telegram_says(sender: Telegram, telegram: FakeTelegram) -> None:
    telegram.fail_next("sendMessage", 429, "Too Many Requests: retry after 35", retry_after=35)

    assert (await failure(sender)).pause == timedelta(seconds=35)


async def test_429_without_a_time_pauses_a_little(sender: Telegram, telegram: FakeTelegram) -> None:
    telegram.fail_next("sendMessage", 429, "Too Many Requests")

    failed = await failure(sender)

    assert failed.pause
    assert not failed.gone


async def test_a_parent_who_blocked_the_bot_is_gone(sender: Telegram, telegram: FakeTelegram, phone: Phone) -> None:
    telegram.block(PARENT)

    assert (await failure(sender)).gone


async def test_a_deleted_account_is_gone(sender: Telegram, telegram: FakeTelegram, phone: Phone) -> None:
    telegram.deactivate(PARENT)

    assert (await failure(sender)).gone


async def test_a_chat_telegram_does_not_know_is_gone(sender: Telegram) -> None:
    assert (await failure(sender)).gone


@pytest.mark.parametrize(("status", "words"), [(401, "Unauthorized"), (404, "Not Found")])
async def test_a_refused_token_stops_sending_loudly_and_loses_nothing(
    sender: Telegram, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture, status: int, words: str
) -> None:
    telegram.fail_next("sendMessage", status, words)

    failed = await failure(sender)

    assert failed.pause == timedelta(minutes=1)
    assert not failed.gone
    assert caplog.records[-1].levelno == logging.CRITICAL


async def test_markup_telegram_cannot_read_is_sent_once_more_as_plain_words(
    sender: Telegram, telegram: FakeTelegram, phone: Phone
) -> None:
    instead = (await failure(sender, message("Сәлем <3 &amp; &lt;b&gt;"))).instead

    assert instead is not None
    assert "parse_mode" not in instead
    await sender.send(outgoing(instead), None)
    assert phone.last.text == "Сәлем <3 & <b>"


async def test_plain_words_that_are_refused_as_well_are_not_sent_for_ever(
    sender: Telegram, telegram: FakeTelegram, phone: Phone
) -> None:
    telegram.fail_next("sendMessage", 400, "Bad Request: can't parse entities: it is a mystery")
    plain = message()
    del plain["parse_mode"]

    failed = await failure(sender, plain)

    assert (failed.instead, failed.retry_in, failed.gone) == (None, None, False)


async def test_an_edit_of_a_message_that_is_gone_comes_as_a_new_one(sender: Telegram, phone: Phone) -> None:
    edit = message("Екі") | {"method": "editMessageText", "message_id": "4711"}

    instead = (await failure(sender, edit)).instead

    assert instead == message("Екі")


async def test_a_picture_cannot_become_words_so_they_come_as_a_new_message(sender: Telegram, phone: Phone) -> None:
    sent = await sender.send(outgoing({"method": "sendPhoto", "photo": "id_card"}), None)

    failed = await failure(sender, message("Екі") | {"method": "editMessageText"}, sent)

    assert failed.instead == message("Екі")


async def test_buttons_of_a_message_that_is_gone_need_not_go(sender: Telegram, phone: Phone) -> None:
    assert await sender.send(outgoing({"method": "editMessageReplyMarkup", "message_id": "4711"}), None) == "4711"


async def test_an_edit_that_never_arrived_comes_as_a_new_message(sender: Telegram, phone: Phone) -> None:
    await sender.send(outgoing(message("Екі") | {"method": "editMessageText"}), None)

    assert phone.last.text == "Екі"


async def test_nothing_is_said_when_the_buttons_to_remove_never_arrived(
    sender: Telegram, telegram: FakeTelegram
) -> None:
    assert await sender.send(outgoing({"method": "editMessageReplyMarkup"}), None) is None
    assert telegram.calls == []


async def test_an_edit_that_changes_nothing_is_done(sender: Telegram, phone: Phone) -> None:
    sent = await sender.send(outgoing(message("Бір")), None)

    assert await sender.send(outgoing(message("Бір") | {"method": "editMessageText"}), sent) == sent


async def test_a_message_already_deleted_is_done(sender: Telegram, phone: Phone) -> None:
    await sender.send(outgoing({"method": "deleteMessage", "message_id": "4711"}), None)


async def test_a_secret_that_cannot_be_deleted_is_said_in_the_log(
    sender: Telegram, telegram: FakeTelegram, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fail_next("deleteMessage", 400, "Bad Request: message can't be deleted for everyone")
    await sender.send(outgoing({"method": "deleteMessage", "message_id": "1"}), None)

    assert "could not be deleted" in caplog.text


async def test_a_tap_that_waited_too_long_is_done(sender: Telegram, phone: Phone) -> None:
    await sender.send(outgoing({"method": "answerCallbackQuery", "callback_query_id": "old"}), None)


async def test_any_other_refusal_is_final_and_said_without_the_words(
    sender: Telegram, telegram: FakeTelegram, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    failed = await failure(sender, message("я" * 4097))

    assert (failed.instead, failed.retry_in, failed.pause, failed.gone) == (None, None, None, False)
    assert "яяя" not in caplog.text
    assert "message is too long" in str(caplog.records[-1].__dict__)


async def test_a_file_that_is_too_large_is_not_sent_again(sender: Telegram, telegram: FakeTelegram) -> None:
    telegram.fail_next("sendPhoto", 413, "Request Entity Too Large")

    failed = await failure(sender, {"method": "sendPhoto", "photo": "id_card"})

    assert (failed.retry_in, failed.unknown) == (None, False)


async def test_trouble_at_telegram_is_waited_out(sender: Telegram, telegram: FakeTelegram) -> None:
    telegram.fail_next("sendMessage", 500, "Internal Server Error")

    failed = await failure(sender)

    assert failed.retry_in
    assert not failed.unknown


async def test_a_gateways_page_is_no_answer_of_telegram(sender: Telegram, telegram: FakeTelegram) -> None:
    telegram.fail_next("sendMessage", 502, "Bad Gateway", page="<html>502 Bad Gateway</html>")

    failed = await failure(sender)

    assert failed.retry_in
    assert failed.unknown


async def test_a_page_that_forbids_is_no_parent_who_blocked(sender: Telegram, telegram: FakeTelegram) -> None:
    telegram.fail_next("sendMessage", 403, "Forbidden", page="<html>403 for you</html>")

    assert not (await failure(sender)).gone


# When the network fails


@pytest.mark.parametrize("after", [False, True])
async def test_a_cut_connection_leaves_the_outcome_unknown(
    sender: Telegram, telegram: FakeTelegram, phone: Phone, *, after: bool
) -> None:
    telegram.drop_next("sendMessage", after=after)

    failed = await failure(sender)

    assert failed.retry_in
    assert failed.unknown
    assert telegram.count("Сәлем") == int(after)


async def test_a_refused_connection_means_nobody_has_seen_it() -> None:
    async with FakeTelegram(token=TOKEN) as telegram:
        address = telegram.url
    async with channel(address) as sender:
        failed = await failure(sender)

    assert failed.pause
    assert not failed.unknown


async def test_a_name_that_cannot_be_found_means_nobody_has_seen_it() -> None:
    async with channel("http://telegram.invalid") as sender:
        assert (await failure(sender)).pause


async def test_a_telegram_that_does_not_answer_in_time_leaves_the_outcome_unknown() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with Server(hang) as url, channel(url, timeout=0.3) as sender:
        failed = await failure(sender)

    assert failed.unknown


async def test_a_sent_message_is_not_sent_again_because_its_answer_looks_new() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "result": {"message_id": 77, "chat": "of a new kind"}})

    async with Server(answer) as url, channel(url) as sender:
        assert await sender.send(outgoing(message()), None) == "77"


async def test_a_redirect_is_not_followed() -> None:
    async def away(_: web.Request) -> web.Response:
        raise web.HTTPFound("http://127.0.0.1:9/")

    async with Server(away) as url, channel(url) as sender:
        assert (await failure(sender)).unknown


# Where Telegram is


async def test_a_self_hosted_server_may_live_under_a_path() -> None:
    seen: list[str] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.json_response({"ok": True, "result": True})

    async with Server(take) as url, channel(f"{url}/tg/api/") as sender:
        await sender.send(outgoing({"method": "deleteMessage", "message_id": "7"}), None)

    assert seen == [f"/tg/api/bot{TOKEN}/deleteMessage"]


async def test_no_error_carries_the_token() -> None:
    async with channel("http://127.0.0.1:1") as sender:
        failed = await failure(sender)

    chain = f"{failed!r} {failed} {failed.__cause__!r} {failed.__context__!r} {failed.__context__}"
    assert not re.search(TOKEN, chain)
