"""T01: first contact and registration on Telegram, in Kazakh, with someone else's contact on the way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from tests.acceptance.running import PAGES, SECRET, RunningBot
from tests.fakes.telegram import FakeTelegram, Phone

AIGERIM = "+77471234567"
PASSWORD = "qwerty123"


def kk(key: str, **names: object) -> str:
    return say(T(key, **names), "kk")


async def sees(phone: Phone, key: str, **names: object) -> None:
    """Wait until the last message says the sentence."""
    words = kk(key, **names)
    await phone.wait_for(lambda seen: words in seen.last.text, timeout=60)


async def registers(phone: Phone, bot: RunningBot, *, killing: bool) -> None:
    """Walk through T01; with `killing`, the app dies and comes back before each answer."""

    async def before() -> None:
        if killing:
            await bot.restart()

    await phone.start()
    await sees(phone, "msg.start.language")
    assert phone.last.labels[0] == "Қазақша"
    await before()
    await phone.tap("Қазақша")
    await sees(phone, "msg.start.welcome")
    assert phone.last.labels == ["Кіру", "Тіркелу", "Кірусіз"]
    await before()
    await phone.tap("Тіркелу")
    await sees(phone, "msg.reg.ask_phone")
    assert phone.keyboard is not None
    await before()
    await phone.contact("77770000123", user_id=999)
    await sees(phone, "err.phone.contact_not_yours")
    await before()
    await phone.contact("87471234567")
    await sees(phone, "msg.reg.ask_iin")
    await before()
    typed = await phone.text("930427 400001")
    await phone.wait_for(lambda seen: typed.message_id not in {item.message_id for item in seen.messages})
    await phone.wait_for(lambda seen: "ЖСН, телефон" in seen.last.text)
    await before()
    await phone.text("иә")
    await sees(phone, "msg.policy_consent.press_button")
    assert await bot.sms(AIGERIM) == []
    await before()
    await phone.tap("Саясатты қабылдаймын")
    await sees(phone, "msg.code.sent", phone_masked="+7 747 •••-45-67", seconds=90)
    assert len(await bot.sms(AIGERIM)) == 1
    await before()
    code = await bot.code(AIGERIM)
    typed = await phone.text(f"код {code}")
    await phone.wait_for(lambda seen: typed.message_id not in {item.message_id for item in seen.messages})
    await phone.wait_for(lambda seen: "Сабитова" in seen.last.text)
    assert all(part in phone.last.text for part in ("Айгерим", "Маратқызы", "27.04.1993", kk("sex.f")))
    await before()
    await phone.tap("Бәрі дұрыс")
    await sees(phone, "msg.reg.ask_password")


async def sets_the_password(phone: Phone, bot: RunningBot) -> None:
    typed = await phone.text(PASSWORD)
    await sees(phone, "msg.registration.password_in_chat")
    assert typed.message_id not in {item.message_id for item in phone.messages}
    link = next(button.url for button in phone.last.buttons if button.url)
    assert "8–40" in (await bot.page(link))[1]
    assert kk("err.password.length", count=7) in (await bot.page(link, {"value": "qwerty1", "again": "qwerty1"}))[1]
    assert kk("err.password.mismatch") in (await bot.page(link, {"value": PASSWORD, "again": "qwerty124"}))[1]
    assert kk("page.done.title") in (await bot.page(link, {"value": PASSWORD, "again": PASSWORD}))[1]
    assert (await bot.page(link, {"value": PASSWORD, "again": PASSWORD}))[0] == 410


async def is_remembered(phone: Phone) -> None:
    await sees(phone, "msg.registration.remember")
    await phone.tap("Иә")
    await sees(phone, "msg.reg.done", first_name="Айгерим")


def everything_stored(bot: RunningBot) -> bytes:
    """Return the database as bytes, after its log is folded in, with the app's own log."""
    with closing(sqlite3.connect(bot.folder / "bot.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (bot.folder / "bot.db").read_bytes() + bot.log.read_bytes()


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_parent_registers_in_kazakh(telegram: FakeTelegram, tmp_path: Path, mode: str) -> None:
    phone = telegram.phone(user_id=501, first_name="Айгерим", language_code="kk")
    settings = {} if mode == "polling" else {"TELEGRAM_MODE": "webhook", "TELEGRAM_WEBHOOK_SECRET": SECRET}
    async with RunningBot(tmp_path, telegram.url, **settings) as bot:
        if mode == "webhook":
            telegram.put_before(PAGES, bot.address)
            telegram.start_delivering()
        await registers(phone, bot, killing=False)
        await sets_the_password(phone, bot)
        await is_remembered(phone)


@pytest.mark.timeout(300)
async def test_a_parent_registers_although_the_app_is_killed_before_each_answer(
    telegram: FakeTelegram, bot: RunningBot
) -> None:
    phone = telegram.phone(user_id=501, first_name="Айгерим", language_code="kk")

    await registers(phone, bot, killing=True)
    await sets_the_password(phone, bot)
    await bot.restart()
    await is_remembered(phone)
    code = await bot.code(AIGERIM)
    await bot.kill()

    stored = everything_stored(bot)
    for secret in (PASSWORD, code, "930427400001", "77471234567", "Сабитова"):
        assert secret.encode() not in stored, secret[:2]
    with closing(sqlite3.connect(bot.folder / "bot.db")) as db:
        assert db.execute("SELECT count(*) FROM account").fetchone() == (1,)
        assert db.execute("SELECT given, language, channel FROM consent").fetchall() == [(1, "kk", "telegram")]
