"""A registered parent with children, as a black box: what T05, T07 and T08 begin with."""

from __future__ import annotations

from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from tests.acceptance.running import RunningBot
from tests.fakes.telegram import Phone

AIGERIM = "+77471234567"
DANA, TIMUR = "210802600002", "241111500008"


def ru(key: str, **names: object) -> str:
    return say(T(key, **names), "ru")


async def sees(phone: Phone, *sentences: str) -> str:
    """Wait until the last message says all the sentences; return it."""
    return await phone.wait_for(
        lambda seen: seen.last.text if all(words in seen.last.text for words in sentences) else "", timeout=20
    )


async def shows(phone: Phone, label: str) -> None:
    """Wait until the last message has this button."""
    await phone.wait_for(lambda seen: label in seen.last.labels, timeout=60)


async def registered(phone: Phone, bot: RunningBot) -> None:
    """A parent who registered in Russian and is remembered."""
    await phone.start()
    await shows(phone, "Русский")
    await phone.tap("Русский")
    await shows(phone, "Регистрация")
    await phone.tap("Регистрация")
    await sees(phone, ru("msg.reg.ask_phone"))
    await phone.contact(AIGERIM.lstrip("+"))
    await sees(phone, ru("msg.reg.ask_iin"))
    await phone.text("930427400001")
    await shows(phone, ru("btn.accept_policy"))
    await phone.tap(ru("btn.accept_policy"))
    await sees(phone, ru("msg.code.sent", phone_masked="+7 747 •••-45-67", seconds=90))
    await phone.text(await bot.code(AIGERIM))
    await shows(phone, ru("btn.all_correct"))
    await phone.tap(ru("btn.all_correct"))
    await phone.wait_for(lambda seen: any(button.url for button in seen.last.buttons), timeout=60)
    link = next(button.url for button in phone.last.buttons if button.url)
    await bot.page(link, {"value": "qwerty123", "again": "qwerty123"})
    await sees(phone, ru("msg.registration.remember"))
    await phone.tap("Да")
    await shows(phone, ru("btn.add_child"))
    await bot.move_clock(minutes=2)


async def adds(phone: Phone, bot: RunningBot, iin: str) -> None:
    """Add a child where the parent was just asked to."""
    first, another = ru("btn.add_child"), ru("btn.add_another")
    await phone.tap(first if first in phone.last.labels else another)
    await sees(phone, ru("msg.child.ask_iin"))
    await phone.text(iin)
    await shows(phone, ru("btn.save"))
    await phone.tap(ru("btn.save"))
    await shows(phone, ru("btn.my_children"))
    await bot.move_clock(minutes=2)


async def at_languages(phone: Phone, child: str, *, begins: bool = True) -> None:
    """A parent at step 4 of an application in Кентау; without `begins` they stand at the first question already."""
    if begins:
        await phone.text("/apply")
    await shows(phone, child)
    await phone.tap(child)
    await shows(phone, ru("group.general"))
    await phone.tap(ru("group.general"))
    await sees(phone, ru("msg.app.ask_locality", step=3, total=7))
    await phone.text("кентау")
    await sees(phone, "Туркестанская область, город Кентау")
    await phone.tap(ru("btn.right"))
    await sees(phone, ru("msg.application_add.languages", step=4, total=7))
