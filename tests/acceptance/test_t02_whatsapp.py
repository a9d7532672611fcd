"""T02: registration on WhatsApp with numbers only, another phone, a late SMS and a password typed in the chat."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from dialogs.engine.catalogue import say
from dialogs.engine.texts import N, T
from tests.acceptance.running import RunningBot
from tests.acceptance.whatsapp import digits, installation, link, sees
from tests.fakes.twilio import FakeTwilio, Phone

OWN, OTHER = "+77471234567", "+77015556677"
IIN, PASSWORD = "900914300007", "qwerty123"


def ru(key: str, **names: object) -> str:
    return say(T(key, **names), "ru")


async def test_a_parent_registers_by_numbers_with_another_phone(tmp_path: Path) -> None:
    async with installation(tmp_path) as (twilio, bot):
        phone = twilio.whatsapp(OWN)
        await at_the_phone(phone)
        await gives_another_phone(phone)
        await types_the_iin_on_the_page(phone, bot)
        await takes_the_second_code(phone, twilio, bot)
        await keeps_the_password_out_of_the_chat(phone, bot)
        assert [delivery for delivery in twilio.deliveries if delivery.status != 200] == []
        assert twilio.alerts == []
        await bot.kill()

        stored = (tmp_path / "bot.db").read_bytes() + (tmp_path / "bot.log").read_bytes()
        assert not [secret for secret in (PASSWORD, IIN, OTHER[1:]) if secret.encode() in stored]
        with closing(sqlite3.connect(tmp_path / "bot.db")) as db:
            assert db.execute("SELECT count(*) FROM account").fetchone() == (1,)
            assert db.execute("SELECT given, language, channel FROM consent").fetchall() == [(1, "ru", "whatsapp")]
        # What was typed and is secret does not stay with Twilio either.
        kept = [twilio.message(item.sid) for item in twilio.received if item.text in (IIN, PASSWORD)]
        assert len(kept) == 2
        assert all(item.is_redacted for item in kept)


async def at_the_phone(phone: Phone) -> None:
    await phone.text("Сәлем")
    asked = await sees(phone, "msg.start.language")
    assert asked.labels == ["Қазақша", "Русский", "English"]
    assert asked.text.endswith("\n\n1 Қазақша\n2 Русский\n3 English")
    await phone.text("2")
    asked = await sees(phone, "msg.start.welcome")
    assert asked.kind == "quick-reply"
    assert len(asked.labels) == 3
    assert all(len(label) <= 20 for label in asked.labels)
    await phone.text("2")
    asked = await sees(phone, "msg.registration.use_chat_number", phone_masked="+7 747 •••-45-67")
    assert asked.labels[:2] == [ru("btn.yes"), ru("btn.other_number")]


async def gives_another_phone(phone: Phone) -> None:
    await phone.text("другой")
    await sees(phone, "msg.reg.ask_phone_typed")
    await phone.text("8 (701) 555-66-7")
    await sees(phone, "err.phone.format")
    await phone.text("+7 925 123 45 67")
    await sees(phone, "err.phone.foreign")
    await phone.text("8 727 339 72 22")
    await sees(phone, "err.phone.landline")
    await phone.text("87015556677")
    await sees(phone, "msg.reg.ask_iin_page")


async def types_the_iin_on_the_page(phone: Phone, bot: RunningBot) -> None:
    first = link(phone.last)
    await phone.text(IIN)
    asked = await sees(phone, "msg.common.page_only")
    assert link(asked) != first
    assert ru("page.done.title") in (await bot.page(link(asked), {"value": IIN}))[1]
    await phone.wait_for(lambda seen: ru("btn.accept_policy") in seen.labels, timeout=60)
    await phone.tap(ru("btn.accept_policy"))
    await sees(phone, "msg.code.sent", phone_masked="+7 701 •••-66-77", seconds=90)


async def takes_the_second_code(phone: Phone, twilio: FakeTwilio, bot: RunningBot) -> None:
    first = await digits(twilio, OTHER)
    await bot.move_clock(seconds=40)
    await phone.text("новый код")
    # The demo's clock tells whole seconds, so one may be lost on the way.
    waits = [ru("msg.code.resend_wait", seconds=seconds) for seconds in (50, 51)]
    await phone.wait_for(lambda seen: any(words in seen.last.text for words in waits), timeout=60)
    assert len(twilio.sms(OTHER).texts) == 1
    await bot.move_clock(seconds=51)
    await phone.text("новый код")
    code = await digits(twilio, OTHER, 2)
    assert code != first
    for left in (4, 3, 2, 1):
        await phone.text(first if left == 4 else "111111")
        await sees(phone, "err.code.wrong", attempts_phrase=N("attempts_left", left))
    await phone.text(code)
    await phone.wait_for(lambda seen: ru("btn.all_correct") in seen.labels, timeout=60)
    await phone.text("1")
    await sees(phone, "msg.reg.ask_password")


async def keeps_the_password_out_of_the_chat(phone: Phone, bot: RunningBot) -> None:
    await phone.text(PASSWORD)
    asked = await sees(phone, "msg.registration.password_in_chat")
    page = link(asked)
    await bot.move_clock(minutes=10, seconds=1)
    assert (await bot.page(page))[0] == 410
    await phone.text("повтори")
    page = await phone.wait_for(lambda seen: new if (new := link(seen.last)) != page else "", timeout=60)
    assert ru("page.done.title") in (await bot.page(page, {"value": PASSWORD, "again": PASSWORD}))[1]
    assert (await bot.page(page, {"value": PASSWORD, "again": PASSWORD}))[0] == 410
    await sees(phone, "msg.registration.remember")
