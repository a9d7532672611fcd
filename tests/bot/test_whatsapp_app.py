"""The whole app on a strict Twilio, over real HTTP: what a parent on WhatsApp meets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.whatsapp import reconcile
from dialogs.engine.texts import LANGUAGES
from tests.bot.rig import says
from tests.bot.twilio_rig import PARENT, Rig, meets, rig, sees
from tests.fakes.twilio import Phone

IIN = "930427400001"
LAST = "SELECT state, reason FROM outbox WHERE kind='reply' ORDER BY id DESC LIMIT 1"
TOLD = "SELECT d.status FROM delivery d JOIN outbox o ON o.uid=d.uid ORDER BY o.id"


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path) as made:
        yield made


async def to_the_phone(city: Rig, phone: Phone) -> None:
    await meets(city, phone)
    await phone.tap(says("btn.register"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_parent_meets_the_bot(city: Rig, language: str) -> None:
    await meets(city, city.parent(), language)

    assert {delivery.status for delivery in city.twilio.deliveries} == {200}
    assert city.twilio.alerts == []


async def test_the_own_number_is_offered(city: Rig) -> None:
    phone = city.parent()
    await to_the_phone(city, phone)

    await sees(phone, "msg.registration.use_chat_number", phone_masked="+7 747 •••-45-67")


async def test_who_hides_the_number_is_asked_for_one_and_the_code_goes_there(city: Rig) -> None:
    phone = city.parent(None, bsuid="KZ.1234567890123456")
    await to_the_phone(city, phone)

    await sees(phone, "msg.reg.ask_phone_typed")
    assert phone.address == "whatsapp:KZ.1234567890123456"
    assert city.twilio.sms(PARENT).texts == []


async def test_a_message_that_comes_twice_is_answered_once(city: Rig) -> None:
    phone = city.parent()
    city.twilio.duplicate_next("inbound", 2)
    await meets(city, phone)
    await city.says(phone, "1")

    assert len([message for message in phone.messages if message.by_bot]) == 3


async def test_the_same_message_with_other_words_changes_nothing(city: Rig) -> None:
    phone = city.parent()
    await meets(city, phone)
    first = city.twilio.received[0]
    city.twilio.redeliver(first.sid, Body="стоп")

    await city.until("SELECT count(*) FROM inbox WHERE state='twisted'", [(1,)])
    assert len([message for message in phone.messages if message.by_bot]) == 2


async def test_an_old_button_says_so_and_changes_nothing(city: Rig) -> None:
    phone = city.parent()
    await meets(city, phone)
    await phone.tap(says("lang.kk", "kk"))

    await sees(phone, "err.stale_button")
    await sees(phone, "msg.start.welcome")


async def test_an_iin_in_the_chat_is_explained_and_taken_from_twilio(city: Rig) -> None:
    phone = city.parent()
    await to_the_phone(city, phone)
    await city.says(phone, "да")
    typed = await phone.text(IIN)

    await sees(phone, "msg.common.page_only")
    await city.until("SELECT count(*) FROM outbox WHERE kind='erase' AND state='sent'", [(1,)])
    assert city.twilio.message(typed.sid).is_redacted
    assert await city.rows("SELECT count(*) FROM inbox WHERE body IS NOT NULL") == [(0,)]


@pytest.mark.parametrize(
    ("mime", "caption"), [("image/jpeg", "справка"), ("application/pdf", ""), ("audio/ogg", ""), ("video/mp4", "")]
)
async def test_a_file_where_none_is_wanted_is_said_and_no_error(city: Rig, mime: str, caption: str) -> None:
    phone = city.parent()
    await meets(city, phone)
    before = len(phone.messages)
    await phone.media(b"\0" * 2048, mime, caption)
    await phone.wait_for(lambda seen: len(seen.messages) > before + 1)

    assert says("err.sorry") not in phone.last.text
    # Nobody asked for the file, so nobody fetched it.
    assert city.twilio.calls_of("media.get") == []


async def test_stop_is_kept_and_start_undoes_it(city: Rig) -> None:
    phone = city.parent()
    await meets(city, phone)
    await phone.text("stop")
    # Twilio itself lets nothing through after STOP, not even an answer.
    await city.until("SELECT opted_out_at IS NOT NULL, gone_at IS NOT NULL FROM address", [(1, 1)])
    await city.says(phone, "старт")

    await city.until("SELECT opted_out_at IS NULL, gone_at IS NULL FROM address", [(1, 1)])


# Status callbacks


@pytest.mark.parametrize("twist", ["in order", "shuffled", "doubled", "early"])
async def test_the_highest_status_is_kept_however_they_come(city: Rig, twist: str) -> None:
    if twist == "shuffled":
        city.twilio.shuffle("status")
    if twist == "doubled":
        city.twilio.duplicate_next("status", 20)
    if twist == "early":
        city.twilio.call_back_first(2)
    phone = city.parent()
    await meets(city, phone)

    await city.until(TOLD, [("delivered",), ("delivered",)])
    await phone.reads()
    await city.until(TOLD, [("read",), ("read",)])
    assert await city.rows("SELECT state, payload FROM outbox") == [("sent", None), ("sent", None)]
    assert len([message for message in phone.messages if message.by_bot]) == 2


async def test_an_answer_that_was_cut_off_after_the_message_went_sends_no_second_one(city: Rig) -> None:
    phone = city.parent()
    city.twilio.call_back_first()
    city.twilio.drop_next("messages.create", after=True)
    await phone.text("Сәлем")
    await phone.wait_for(lambda seen: seen.last.labels)

    await city.until("SELECT state, maybe_duplicate FROM outbox", [("sent", 0)])
    city.move(minutes=1)
    await city.says(phone, "2")
    assert len([message for message in phone.messages if message.by_bot]) == 2


async def test_an_unknown_outcome_is_sent_once_more_and_flagged(city: Rig) -> None:
    phone = city.parent()
    city.twilio.lose_next("status", 4)
    city.twilio.drop_next("messages.create", after=True)
    await phone.text("Сәлем")
    await phone.wait_for(lambda seen: len([item for item in seen.messages if item.by_bot]) == 2)

    await city.until("SELECT state, maybe_duplicate FROM outbox", [("sent", 1)])


@pytest.mark.parametrize(
    ("code", "reason"), [(63032, "twilio 63032"), (63049, "twilio 63049"), (63016, "twilio 63016")]
)
async def test_what_whatsapp_will_not_bring_is_not_tried_again(city: Rig, code: int, reason: str) -> None:
    phone = city.parent()
    city.twilio.fail_delivery(code)
    await phone.text("Сәлем")

    await city.until(LAST, [("failed", reason)])
    city.move(hours=1)
    assert len(city.twilio.sent) == 1
    heard = await city.rows("SELECT heard_at IS NULL, gone_at IS NULL FROM address")
    assert heard == [(code == 63016, 1)]


@pytest.mark.parametrize("code", [63024, 63003])
async def test_an_address_nobody_has_is_left_alone_until_somebody_writes(city: Rig, code: int) -> None:
    phone = city.parent()
    city.twilio.fail_delivery(code)
    await phone.text("Сәлем")

    await city.until("SELECT gone_at IS NOT NULL, opted_out_at IS NULL FROM address", [(1, 1)])
    await city.says(phone, "2")
    await city.until("SELECT gone_at IS NULL FROM address", [(1,)])


async def test_a_block_counts_as_a_wish_to_hear_nothing(city: Rig) -> None:
    phone = city.parent()
    city.twilio.fail_delivery(63014)
    await phone.text("Сәлем")

    await city.until("SELECT gone_at IS NOT NULL, opted_out_at IS NOT NULL FROM address", [(1, 1)])


@pytest.mark.parametrize("code", [63018, 30001])
async def test_what_failed_for_the_moment_goes_once_more(city: Rig, code: int) -> None:
    phone = city.parent()
    city.twilio.fail_delivery(code)
    await phone.text("Сәлем")
    await city.until(LAST, [("planned", f"twilio {code}")])
    assert phone.messages[-1].by_bot is False

    city.move(seconds=16)
    await phone.wait_for(lambda seen: seen.last.labels)
    await city.until(LAST, [("sent", "")])
    assert len(city.twilio.sent) == 2


async def test_a_form_that_is_refused_goes_as_words_that_can_be_answered(city: Rig) -> None:
    phone = city.parent()
    city.twilio.fail_delivery(63013)
    await phone.text("Сәлем")

    said = await phone.wait_for(lambda seen: seen.last)
    assert said.kind == "text"
    assert "2 Русский" in said.text
    await city.says(phone, "2")
    await sees(phone, "msg.start.welcome")


# What no webhook brought


async def test_a_lost_message_is_found_in_the_list_and_taken_once(city: Rig) -> None:
    phone = city.parent()
    await meets(city, phone)
    city.twilio.lose_next("inbound")
    await phone.text("2")
    assert await city.reconciler.once() == 0, "a webhook may still be on its way"

    city.move(seconds=61)
    looking = city.reconciler
    assert await looking.once() == 1
    await sees(phone, "msg.registration.use_chat_number", phone_masked="+7 747 •••-45-67")
    assert await looking.once() == 0
    assert await city.reconciler.once() == 0


async def test_a_lost_tap_comes_as_its_label_and_a_lost_file_with_its_kind(city: Rig) -> None:
    phone = city.parent()
    await meets(city, phone)
    city.twilio.lose_next("inbound", 2)
    await phone.tap(says("btn.register"))
    city.hour.move(seconds=1)
    await phone.voice()

    city.move(seconds=61)
    assert await city.reconciler.once() == 2
    await phone.wait_for(lambda seen: says("btn.other_number") in seen.labels)
    assert len(city.twilio.calls_of("media.list")) == 1


async def test_old_talk_of_a_number_that_was_used_before_wakes_nobody(tmp_path: Path) -> None:
    async with rig(tmp_path, listening=False) as city:
        city.twilio.lose_next("inbound")
        await city.parent().text("Сәлем")
        city.move(minutes=20)

        assert await city.reconciler.once() == 0


async def test_a_list_that_cannot_be_read_is_read_the_next_time(city: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "EVERY_SECONDS", 0.01)
    phone = city.parent()
    await meets(city, phone)
    city.twilio.lose_next("inbound")
    await phone.text("2")
    city.move(seconds=61)
    city.twilio.fail_next("messages.list", 503, times=2)
    task = asyncio.create_task(city.reconciler.run())

    await sees(phone, "msg.registration.use_chat_number", phone_masked="+7 747 •••-45-67")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


# The door


async def test_who_is_not_twilio_is_turned_away_and_nothing_breaks(city: Rig) -> None:
    impostor = city.twilio.impostor
    others = [
        f"http{INBOUND_REST}",
        f"https://bot.test:443{PATH}",
        f"https://bot.test{PATH}/",
        f"{URL}?a=1",
        URL.upper(),
    ]

    answers = [
        await impostor.without_signature(),
        *[await impostor.with_signature(words) for words in ("", "x", "=", "қол", "a" * 5000)],
        await impostor.with_other_secret(),
        await impostor.json_without_hash(),
        await impostor.folded(),
        await impostor.folded("Body"),
        await impostor.folded("MessageSid"),
        await impostor.duplicated(),
        await impostor.duplicated("From"),
        await impostor.from_other_account(),
        await impostor.to_other_sender(),
        await impostor.signed(From="whatsapp:+77"),
        *[await impostor.signed(for_url=url) for url in others],
    ]

    assert set(answers) == {403}
    assert await city.rows("SELECT count(*) FROM inbox") == [(0,)]
    assert await impostor.signed() == 200
    assert await impostor.signed(Body="", Blank="") == 200


URL = "https://bot.test/webhooks/twilio/inbound"
PATH = "/webhooks/twilio/inbound"
INBOUND_REST = URL.removeprefix("https")


async def test_a_status_that_is_not_twilios_is_turned_away(city: Rig) -> None:
    impostor, url = city.twilio.impostor, "https://bot.test/webhooks/twilio/status"
    form = {"AccountSid": city.twilio.account_sid, "MessageSid": "SM" + "0" * 32, "MessageStatus": "failed"}

    assert await impostor.post(form, {}, url=f"{url}?uid=x") == 403
    assert await impostor.post(form, {"X-Twilio-Signature": "x"}, url=f"{url}?uid=x") == 403
    assert await city.rows("SELECT count(*) FROM delivery") == [(0,)]


async def test_webhooks_may_be_signed_with_a_shared_key(tmp_path: Path) -> None:
    async with rig(tmp_path, twilio_shared_key="webhooks-1:a-shared-secret") as city:
        city.twilio.sign_with("webhooks-1", "a-shared-secret")
        await meets(city, city.parent())
        assert {delivery.status for delivery in city.twilio.deliveries} == {200}

        for key, secret in (("webhooks-2", "a-shared-secret"), ("webhooks-1", "another-secret")):
            city.twilio.sign_with(key, secret)
            assert await city.twilio.impostor.signed() == 403


async def test_a_shared_key_nobody_told_us_of_opens_nothing(city: Rig) -> None:
    city.twilio.sign_with("", "")
    for key in ("webhooks-1", ""):
        city.twilio.sign_with(key, "")

        assert await city.twilio.impostor.signed() == 403


async def test_a_message_that_cannot_be_kept_is_asked_for_again(city: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(city.app.writer, "turn", fails)

    assert await city.twilio.impostor.signed() == 503


async def test_the_way_back_leads_to_the_chat(city: Rig) -> None:
    from bot.routes import way_back

    assert way_back(city.app, "whatsapp") == "https://wa.me/77770000001"
