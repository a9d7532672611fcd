"""T01 and T03 on WhatsApp, and a registration during which the app dies at each point it has for Twilio."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from tests.acceptance.running import RunningBot
from tests.acceptance.whatsapp import digits, installation, link, restart, sees, serve
from tests.fakes.twilio import FakeTwilio, Message, Phone

AIGERIM, IIN, PASSWORD = "+77471234567", "930427400001", "qwerty123"
TYPO = "930427400002"


def says(key: str, language: str, **names: object) -> str:
    return say(T(key, **names), language)


async def submits(bot: RunningBot, phone: Phone, **form: str) -> str:
    return (await bot.page(link(phone.last), form))[1]


# T01


async def registers(phone: Phone, twilio: FakeTwilio, bot: RunningBot, *, killing: bool) -> None:
    """Walk through T01 in Kazakh; with `killing`, the app dies and comes back before each answer."""

    async def before() -> None:
        if killing:
            await restart(twilio, bot)

    await phone.text("/start")
    await sees(phone, "msg.start.language", "kk")
    await before()
    await phone.tap("Қазақша")
    assert (await sees(phone, "msg.start.welcome", "kk")).labels == ["Кіру", "Тіркелу", "Кірусіз"]
    await before()
    await phone.tap("Тіркелу")
    await sees(phone, "msg.registration.use_chat_number", "kk", phone_masked="+7 747 •••-45-67")
    await before()
    # A card proves nothing: whose number is on it?
    await phone.contact("+77770000123")
    await sees(phone, "err.phone.contact_not_yours", "kk")
    await before()
    await phone.tap(says("btn.yes", "kk"))
    await sees(phone, "msg.reg.ask_iin_page", "kk")
    await before()
    assert says("page.done.title", "kk") in await submits(bot, phone, value=IIN)
    await phone.wait_for(lambda seen: says("btn.accept_policy", "kk") in seen.labels, timeout=60)
    await before()
    await phone.text("иә")
    await sees(phone, "msg.policy_consent.press_button", "kk")
    assert twilio.sms(AIGERIM).texts == []
    await before()
    await phone.tap(says("btn.accept_policy", "kk"))
    await sees(phone, "msg.code.sent", "kk", phone_masked="+7 747 •••-45-67", seconds=90)
    code = await digits(twilio, AIGERIM)
    await before()
    await phone.text(f"код {code}")
    await phone.wait_for(lambda seen: "Сабитова" in seen.last.text, timeout=60)
    assert all(part in phone.last.text for part in ("Айгерим", "Маратқызы", "27.04.1993", says("sex.f", "kk")))
    await before()
    await phone.tap("Бәрі дұрыс")
    await sees(phone, "msg.reg.ask_password", "kk")
    assert says("err.password.mismatch", "kk") in await submits(bot, phone, value=PASSWORD, again="qwerty124")
    assert says("page.done.title", "kk") in await submits(bot, phone, value=PASSWORD, again=PASSWORD)
    await sees(phone, "msg.registration.remember", "kk")
    await before()
    await phone.tap("Иә")
    await sees(phone, "msg.reg.done", "kk", first_name="Айгерим")


@pytest.mark.parametrize(
    "killing", [False, pytest.param(True, marks=pytest.mark.long)], ids=["calm", "killed before each answer"]
)
async def test_a_parent_registers_in_kazakh(tmp_path: Path, *, killing: bool) -> None:
    async with installation(tmp_path) as (twilio, bot):
        await registers(twilio.whatsapp(AIGERIM), twilio, bot, killing=killing)
        await bot.kill()

        with closing(sqlite3.connect(tmp_path / "bot.db")) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            assert db.execute("SELECT count(*) FROM account").fetchone() == (1,)
            assert db.execute("SELECT given, language, channel FROM consent").fetchall() == [(1, "kk", "whatsapp")]
        stored = (tmp_path / "bot.db").read_bytes() + bot.log.read_bytes()
        assert not [secret for secret in (PASSWORD, IIN, AIGERIM[1:], "Сабитова") if secret.encode() in stored]


@pytest.mark.parametrize(
    "point",
    [
        "twilio.answered",
        "shapes.made",
        "twilio.told",
        *[
            pytest.param(point, marks=pytest.mark.long)
            for point in ("twilio.received", "shapes.listing", "shapes.listed", "shapes.making", "twilio.noted")
        ],
    ],
)
async def test_a_death_beside_twilio_loses_and_doubles_no_effect(tmp_path: Path, point: str) -> None:
    async with installation(tmp_path) as (twilio, bot):
        phone = twilio.whatsapp(AIGERIM)
        await bot.kill()
        await bot.start(die_at=point)
        serve(twilio, bot)
        await phone.text("Сәлем")
        assert await bot.died(), "nobody passed the point"
        await bot.start()
        serve(twilio, bot)
        if point == "twilio.received":
            # Nothing was stored and Twilio has given up: the parent writes again, or the list tells.
            await phone.text("Сәлем")
        await phone.wait_for(lambda seen: seen.last.labels, timeout=60)
        await phone.tap("Русский")
        await sees(phone, "msg.start.welcome")

        doubtful = await settled(tmp_path / "bot.db", messages=2)
        assert 0 <= len(twilio.sent) - 2 <= doubtful
        names = [content.friendly_name for content in twilio.contents]
        assert len(names) == len(set(names))


async def settled(database: Path, *, messages: int) -> int:
    """Wait until so many messages are sent and none waits; return how many of them are in doubt."""
    sql = "SELECT count(*), sum(state='sent'), sum(maybe_duplicate) FROM outbox"
    for _ in range(200):
        with closing(sqlite3.connect(database)) as db:
            planned, sent, doubtful = db.execute(sql).fetchone()
        if planned == sent == messages:
            return int(doubtful)
        await asyncio.sleep(0.05)
    raise AssertionError((planned, sent, doubtful))


# T03


async def at_iin(phone: Phone) -> None:
    await phone.text("Здравствуйте")
    await sees(phone, "msg.start.language")
    await phone.tap("Русский")
    await sees(phone, "msg.start.welcome")
    await phone.tap(says("btn.register", "ru"))
    await phone.wait_for(lambda seen: says("btn.other_number", "ru") in seen.labels, timeout=60)
    await phone.tap(says("btn.yes", "ru"))
    await sees(phone, "msg.reg.ask_iin_page")


async def test_the_ladder_of_the_iin_stands_on_the_page(tmp_path: Path) -> None:
    async with installation(tmp_path) as (twilio, bot):
        phone = twilio.whatsapp(AIGERIM)
        await at_iin(phone)

        for typed, key, names in (
            ("93042740000", "err.iin.length", {"count": 11}),
            (TYPO, "err.iin.checksum", {}),
            ("931327400001", "err.iin.date_page", {}),
            ("230315500002", "err.iin.child_here", {}),
        ):
            assert says(key, "ru", **names) in await submits(bot, phone, value=typed)
        # A letter O is a zero; what is refused on the page leaves the chat as it was.
        assert says("page.done.title", "ru") in await submits(bot, phone, value="93O427400001")
        await phone.wait_for(lambda seen: says("btn.accept_policy", "ru") in seen.labels, timeout=60)


async def test_an_iin_the_registry_does_not_know_is_said_after_the_code_only(tmp_path: Path) -> None:
    async with installation(tmp_path) as (twilio, bot):
        phone = twilio.whatsapp(AIGERIM)
        await at_iin(phone)
        assert says("page.done.title", "ru") in await submits(bot, phone, value="950101300006")
        await phone.wait_for(lambda seen: says("btn.accept_policy", "ru") in seen.labels, timeout=60)
        await phone.tap(says("btn.accept_policy", "ru"))
        await phone.text(await digits(twilio, AIGERIM))

        asked = await sees(phone, "err.iin.not_found")
        assert asked.labels[:2] == [says("btn.type_again", "ru"), says("btn.operator", "ru")]


async def answer(phone: Phone, before: int) -> Message:
    """Wait for what follows the message that came after so many."""
    await phone.wait_for(lambda seen: len(seen.messages) > before + 1, timeout=60)
    return phone.last


async def test_an_iin_typed_three_times_is_three_answers_and_a_human(tmp_path: Path) -> None:
    async with installation(tmp_path) as (twilio, _):
        phone = twilio.whatsapp(AIGERIM)
        await at_iin(phone)

        said = []
        for _ in range(3):
            before = len(phone.messages)
            await phone.text(TYPO)
            said.append(await answer(phone, before))
        assert says("msg.common.page_only", "ru") in said[0].text
        assert says("hint.iin", "ru") in said[1].text
        assert said[1].kind == "media"
        assert says("msg.common.call_operator", "ru") in said[2].text
        assert twilio.alerts == []
