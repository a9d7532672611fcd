"""T03: the IIN ladder on Telegram, as a parent sees it."""

from __future__ import annotations

import pytest

from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from tests.acceptance.running import RunningBot
from tests.fakes.telegram import FakeTelegram, Phone

AIGERIM = "+77471234567"
TYPO = "930427400002"


def ru(key: str, **names: object) -> str:
    return say(T(key, **names), "ru")


async def sees(phone: Phone, *sentences: str) -> str:
    """Wait until the last message says all the sentences; return it."""
    return await phone.wait_for(
        lambda seen: seen.last.text if all(words in seen.last.text for words in sentences) else "", timeout=20
    )


async def at_iin(phone: Phone) -> None:
    """A parent who chose Russian and shared the own number."""
    await phone.start()
    await sees(phone, ru("msg.start.language"))
    await phone.tap("Русский")
    await sees(phone, ru("msg.start.welcome"))
    await phone.tap("Регистрация")
    await sees(phone, ru("msg.reg.ask_phone"))
    await phone.contact(AIGERIM.lstrip("+"))
    await sees(phone, ru("msg.reg.ask_iin"))


async def back_at_iin(phone: Phone) -> None:
    """Accepted: the policy is asked about. Back to the IIN."""
    await phone.wait_for(lambda seen: ru("btn.accept_policy") in seen.last.labels, timeout=60)
    await phone.tap("Назад")
    await sees(phone, ru("msg.reg.ask_iin"))


@pytest.fixture
def phone(telegram: FakeTelegram) -> Phone:
    return telegram.phone(user_id=503, first_name="Айгерим", language_code="ru")


async def test_each_kind_of_error_is_said_and_a_letter_o_is_a_zero(phone: Phone, bot: RunningBot) -> None:
    await at_iin(phone)

    await phone.text("93042740000")
    await sees(phone, ru("err.iin.length", count=11))
    await phone.text("93O427400001")
    await back_at_iin(phone)
    await phone.text(TYPO)
    said = await sees(phone, ru("err.iin.checksum"))
    # The accepted answer started the ladder anew: this is a first failure again.
    assert ru("hint.iin") not in said
    await phone.text("931327400001")
    await sees(phone, ru("err.iin.date", digits="931327"))
    await phone.text("930427400001")
    await back_at_iin(phone)
    await phone.text("230315500002")
    await sees(phone, ru("err.iin.child_here"))
    typed = [message.text for message in phone.messages if not message.by_bot]
    assert not any(sign.isdigit() for sign in "".join(typed)), "an IIN must not stay in the chat"


async def test_three_failures_are_three_messages_the_card_and_a_human(phone: Phone, bot: RunningBot) -> None:
    await at_iin(phone)

    await phone.text(TYPO)
    first = await sees(phone, ru("err.iin.checksum"))
    await phone.text(TYPO)
    second = await sees(phone, ru("err.iin.checksum"), ru("hint.iin"))
    assert phone.last.kind == "photo"
    await phone.text(TYPO)
    third = await sees(phone, ru("err.iin.checksum"), ru("msg.common.call_operator"))

    assert len({first, second, third}) == 3
    assert {"Оператор", "Ещё раз", "Меню"} <= set(phone.last.labels)


async def test_the_answers_survive_the_menu_and_a_restart(phone: Phone, bot: RunningBot) -> None:
    await at_iin(phone)
    for sentence in (ru("err.iin.checksum"), ru("hint.iin"), ru("msg.common.call_operator")):
        await phone.text(TYPO)
        await sees(phone, sentence)
    await phone.tap("Меню")
    await sees(phone, ru("msg.menu.guest"))
    await bot.restart()
    await phone.tap("Вход или регистрация")
    await sees(phone, ru("msg.login.gate"))
    await phone.tap("Регистрация")
    await phone.wait_for(lambda seen: "Продолжить" in seen.last.labels, timeout=60)

    await phone.tap("Продолжить")

    await sees(phone, ru("msg.reg.ask_iin"))


async def test_an_iin_of_nobody_is_told_only_after_the_right_code(phone: Phone, bot: RunningBot) -> None:
    await at_iin(phone)
    await phone.text("950101300006")
    await phone.wait_for(lambda seen: ru("btn.accept_policy") in seen.last.labels, timeout=60)
    assert ru("err.iin.not_found") not in phone.transcript
    await phone.tap(ru("btn.accept_policy"))
    await sees(phone, ru("msg.code.sent", phone_masked="+7 747 •••-45-67", seconds=90))
    assert ru("err.iin.not_found") not in phone.transcript

    await phone.text(await bot.code(AIGERIM))

    await sees(phone, ru("err.iin.not_found"))
    assert phone.last.labels[:2] == ["Ввести заново", "Оператор"]


async def test_whether_an_iin_has_an_account_is_not_said_before_the_code(
    telegram: FakeTelegram, phone: Phone, bot: RunningBot
) -> None:
    await at_iin(phone)
    await phone.text("930427400001")
    await phone.wait_for(lambda seen: ru("btn.accept_policy") in seen.last.labels, timeout=60)
    await phone.tap(ru("btn.accept_policy"))
    await sees(phone, ru("msg.code.sent", phone_masked="+7 747 •••-45-67", seconds=90))
    await phone.text(await bot.code(AIGERIM))
    await phone.wait_for(lambda seen: "Всё верно" in seen.last.labels, timeout=60)
    await phone.tap("Всё верно")
    await phone.wait_for(lambda seen: any(button.url for button in seen.last.buttons), timeout=60)
    link = next(button.url for button in phone.last.buttons if button.url)
    await bot.page(link, {"value": "qwerty123", "again": "qwerty123"})
    await sees(phone, ru("msg.registration.remember"))
    stranger = telegram.phone(user_id=504, first_name="Ерлан", language_code="ru")
    await stranger.start()
    await sees(stranger, ru("msg.start.language"))
    await stranger.tap("Русский")
    await sees(stranger, ru("msg.start.welcome"))
    await stranger.tap("Регистрация")
    await sees(stranger, ru("msg.reg.ask_phone"))
    await stranger.contact("77015550011")
    await sees(stranger, ru("msg.reg.ask_iin"))

    await stranger.text("930427400001")

    await stranger.wait_for(lambda seen: ru("btn.accept_policy") in seen.last.labels, timeout=60)
    assert "аккаунт" not in stranger.transcript.replace(ru("msg.start.welcome"), "")
