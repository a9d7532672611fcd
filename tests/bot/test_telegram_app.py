"""The whole app on a fake Telegram, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.channels import Kept
from bot.inbox import Handler, PageAnswer
from dialogs.engine.texts import LANGUAGES
from storage.do import Do
from storage.events import Event
from tests.bot.rig import PARENT, TOKEN, Rig, rig, says, sees, until
from tests.fakes.telegram import FakeTelegram, Message, Phone, Rates

PARENT_IIN = "930427400001"


@pytest.fixture(params=[False, True], ids=["telegram", "self-hosted"])
async def telegram(request: pytest.FixtureRequest) -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(token=TOKEN, local=request.param, rates=Rates(set_webhook_every=0)) as fake:
        yield fake


@pytest.fixture
async def local() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(token=TOKEN, local=True, rates=Rates(set_webhook_every=0)) as fake:
        yield fake


@pytest.fixture
async def city(tmp_path: Path, local: FakeTelegram) -> AsyncIterator[Rig]:
    async with rig(tmp_path, local) as made:
        yield made


async def meets(phone: Phone, language: str = "ru") -> None:
    """Say hello and choose a language."""
    await phone.start()
    await phone.wait_for(lambda seen: seen.last.labels)
    await phone.tap(says(f"lang.{language}", language))
    await sees(phone, "msg.start.welcome", language)


def answers(phone: Phone) -> list[Message]:
    return [item for item in phone.messages if item.by_bot]


async def to_the_phone(phone: Phone) -> None:
    await meets(phone)
    await phone.tap(says("btn.register"))
    await sees(phone, "msg.reg.ask_phone")


async def to_the_iin(phone: Phone) -> None:
    await to_the_phone(phone)
    await phone.press(says("btn.share_number"))
    await sees(phone, "msg.reg.ask_iin")


async def test_a_parent_meets_the_bot_by_polling(tmp_path: Path, telegram: FakeTelegram) -> None:
    async with rig(tmp_path, telegram) as city:
        await meets(city.parent())


async def test_a_parent_meets_the_bot_by_webhook(tmp_path: Path, local: FakeTelegram) -> None:
    local.start_delivering()
    async with rig(tmp_path, local, telegram_mode="webhook") as city:
        await meets(city.parent())

    assert {delivery.status for delivery in local.deliveries} == {200}


async def test_a_telegram_that_refuses_the_commands_does_not_stop_the_start(
    tmp_path: Path, local: FakeTelegram
) -> None:
    local.fail_next("setMyCommands", 500, "Internal Server Error")
    local.fail_next("getMe", 500, "Internal Server Error")
    async with rig(tmp_path, local) as city:
        await meets(city.parent())


async def test_the_tapped_question_becomes_the_next_one(city: Rig) -> None:
    phone = city.parent()
    await phone.start()
    await phone.wait_for(lambda seen: seen.last.labels)
    first = phone.last.message_id

    await phone.tap(says("lang.ru", "ru"))
    await sees(phone, "msg.start.welcome")

    assert phone.last.message_id == first
    assert len(answers(phone)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_old_button_says_so_in_a_toast(city: Rig, language: str) -> None:
    phone = city.parent(language)
    await meets(phone, language)
    other = {"kk": "ru", "ru": "en", "en": "kk"}[language]
    await phone.tap(says(f"lang.{other}", other), stale=True)

    await phone.wait_for(lambda seen: any(toast.text for toast in seen.toasts))
    assert phone.toasts[-1].text == says("err.stale_button", language)


async def test_every_tap_is_answered(city: Rig) -> None:
    phone = city.parent()
    await meets(phone)

    await phone.wait_for(lambda seen: seen.toasts)


# The phone


async def test_the_key_shares_the_own_number_and_goes_away_afterwards(city: Rig) -> None:
    phone = city.parent()
    await to_the_phone(phone)
    assert phone.keyboard is not None
    assert phone.keyboard.labels[0] == says("btn.share_number")

    await phone.press(says("btn.share_number"))
    await sees(phone, "msg.reg.ask_iin")

    assert phone.keyboard is None


@pytest.mark.parametrize(
    ("user_id", "forwarded"), [(999, False), (None, False), (PARENT, True)], ids=["other", "no account", "forwarded"]
)
async def test_somebody_elses_contact_is_refused(city: Rig, user_id: int | None, *, forwarded: bool) -> None:
    phone = city.parent()
    await to_the_phone(phone)
    await phone.contact("77471234567", user_id, forwarded=forwarded)

    await sees(phone, "err.phone.contact_not_yours")


@pytest.mark.parametrize("number", ["7011112233;ext=9", "+7 747 12E 45 67", "７７４７１２３４５６７x", "79121234567"])
async def test_a_number_that_is_none_is_refused_even_from_a_contact(city: Rig, number: str) -> None:
    phone = city.parent()
    await to_the_phone(phone)
    before = len(phone.messages)
    await phone.contact(number)
    await phone.wait_for(lambda seen: len(seen.messages) > before + 1)

    assert says("msg.reg.ask_iin") not in phone.last.text


# Secrets, pictures, files


async def test_a_typed_iin_is_deleted_from_the_chat(city: Rig) -> None:
    phone = city.parent()
    await to_the_iin(phone)
    typed = await phone.text("930427 400001")

    await phone.wait_for(lambda seen: typed.message_id not in {item.message_id for item in seen.messages})


async def test_the_second_mistake_brings_a_picture_of_where_to_look(city: Rig) -> None:
    phone = city.parent()
    await to_the_iin(phone)
    await phone.text("930427400002")
    await sees(phone, "err.iin.checksum")
    await phone.text("930427400003")

    await phone.wait_for(lambda seen: seen.last.kind == "photo")
    assert phone.last.text
    assert phone.last.labels

    await phone.text(PARENT_IIN)
    await phone.wait_for(lambda seen: seen.last.kind == "text" and seen.last.labels)


async def test_a_photo_and_a_document_are_received_and_answered(city: Rig) -> None:
    phone = city.parent()
    await to_the_iin(phone)
    for send in (phone.photo(b"\xff\xd8", "Міне"), phone.document("a.pdf", b"%PDF", "application/pdf")):
        before = len(answers(phone))
        await send
        await until(lambda before=before: len(answers(phone)) > before)  # type: ignore[misc]  # a default binds it now

    kept = await city.rows("SELECT count(*) FROM inbox WHERE state='done'")
    assert kept[0][0] >= 5


# Blocking and trouble


async def test_a_parent_who_blocks_is_gone_and_one_who_returns_is_back(city: Rig) -> None:
    phone = city.parent()
    await meets(phone)
    city.telegram.block(PARENT)
    await until_gone(city, gone=True)

    city.telegram.unblock(PARENT)

    await until_gone(city, gone=False)


async def test_a_parent_who_blocked_while_we_were_talking_gets_nothing_more(city: Rig) -> None:
    phone = city.parent()
    await meets(phone)
    city.telegram.fail_next("editMessageText", 403, "Forbidden: bot was blocked by the user")
    city.telegram.fail_next("sendMessage", 403, "Forbidden: bot was blocked by the user")
    city.telegram.fail_next("answerCallbackQuery", 400, "Bad Request: query is too old")
    await phone.tap(says("btn.register"))

    await until_gone(city, gone=True)


async def until_gone(city: Rig, *, gone: bool) -> None:
    for _ in range(500):
        rows = await city.rows("SELECT gone_at FROM address")
        if (rows[0][0] is not None) == gone:
            return
        await city.app.tick()
    raise AssertionError("the address did not change")


async def test_a_bug_of_ours_never_blocks_the_chat_at_telegrams_side(
    tmp_path: Path, local: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Handler.handle

    def handle(self: Handler, event: Event, do: Do) -> PageAnswer:
        if Kept.of(event.body).said.text == "boom":
            raise KeyError("ours")
        return right(self, event, do)

    monkeypatch.setattr(Handler, "handle", handle)
    local.start_delivering()
    async with rig(tmp_path, local, telegram_mode="webhook") as city:
        await city.parent().text("boom")
        await meets(local.phone(user_id=PARENT + 1, language_code="ru"))
        waiting = await city.rows("SELECT count(*) FROM inbox WHERE state='retry'")

    assert {delivery.status for delivery in local.deliveries} == {200}
    assert waiting == [(1,)]


async def test_429_delays_the_answer_and_loses_nothing(city: Rig) -> None:
    phone = city.parent()
    city.telegram.fail_next("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)
    await phone.start()

    await phone.wait_for(lambda seen: seen.last.labels)
    assert len(answers(phone)) == 1


async def test_a_cut_connection_after_the_message_leaves_a_flagged_twin(city: Rig) -> None:
    phone = city.parent()
    city.telegram.drop_next("sendMessage", after=True)
    await phone.start()

    await phone.wait_for(lambda seen: len(answers(seen)) == 2)
    await until(lambda: city.telegram.calls_of("sendMessage")[-1].status == 200)
    flagged = await city.rows("SELECT count(*) FROM outbox WHERE maybe_duplicate=true")
    assert flagged == [(1,)]


async def test_a_redelivered_update_is_answered_once(city: Rig) -> None:
    phone = city.parent()
    city.telegram.duplicate_next(3)
    await meets(phone)
    await until(lambda: not city.telegram.waiting)

    assert len(answers(phone)) == 1


async def test_pages_are_served_while_telegram_does_not_take_the_webhook(tmp_path: Path, local: FakeTelegram) -> None:
    local.fail_next("setWebhook", 429, "Too Many Requests: retry after 1", retry_after=1)
    async with rig(tmp_path, local, telegram_mode="webhook") as city, aiohttp.ClientSession() as browser:
        base = city.app.settings.public_base_url

        async def status(path: str) -> int:
            async with browser.get(f"{base}{path}") as answer:
                return answer.status

        seen = await status("/readyz"), await status("/policy")
        await until(lambda: city.app.is_pointed)

        assert seen == (503, 200)
        assert await status("/readyz") == 200


async def test_a_webhook_telegram_will_never_take_ends_the_process(tmp_path: Path, local: FakeTelegram) -> None:
    local.fail_next("setWebhook", 400, "Bad Request: bad webhook: HTTPS url must be provided for webhook")
    async with rig(tmp_path, local, telegram_mode="webhook") as city:
        await city.app.broken.wait()

        assert "PUBLIC_BASE_URL" in str(city.app.never)
