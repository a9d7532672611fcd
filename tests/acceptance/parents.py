"""A registered parent with children, as a black box: what T05, T07 and T08 begin with."""

from __future__ import annotations

from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from tests.acceptance.running import PAGES, RunningBot
from tests.acceptance.whatsapp import OnWhatsApp, digits, serve
from tests.fakes.telegram import Phone as OnTelegram

Phone = OnTelegram | OnWhatsApp
AIGERIM = "+77471234567"
DANA, TIMUR = "210802600002", "241111500008"


def ru(key: str, **names: object) -> str:
    return say(T(key, **names), "ru")


async def sees(phone: Phone, *sentences: str) -> str:
    """Wait until the last message says all the sentences; return it."""
    return await phone.wait_for(
        lambda seen: seen.last.text if all(words in seen.last.text for words in sentences) else "", timeout=60
    )


async def shows(phone: Phone, label: str) -> None:
    """Wait until the last message offers this: as a button, or on WhatsApp as a numbered line."""
    await phone.wait_for(lambda seen: label in offered(seen), timeout=60)


def offered(phone: Phone) -> list[str]:
    """Return what the last message offers."""
    lines = [line.partition(" ") for line in phone.last.text.splitlines()]
    return [*phone.last.labels, *(label for number, _, label in lines if number.isdigit())]


async def linked(phone: Phone, after: str = "") -> str:
    """Wait for the secure page a message leads to, by its button or by its words; return its address."""
    return await phone.wait_for(lambda seen: found if (found := _page(seen)) != after else "", timeout=60)


def _page(phone: Phone) -> str:
    words = [*(button.url or "" for button in phone.last.buttons), *phone.last.text.split()]
    return next((word for word in words if word.startswith(PAGES)), "")


async def registered(phone: Phone, bot: RunningBot) -> None:
    """A parent who registered in Russian and is remembered."""
    await phone.start()
    await shows(phone, "Русский")
    await phone.tap("Русский")
    await shows(phone, "Регистрация")
    await phone.tap("Регистрация")
    if isinstance(phone, OnWhatsApp):
        await shows(phone, ru("btn.other_number"))
        await phone.tap(ru("btn.yes"))
        await sees(phone, ru("msg.reg.ask_iin_page"))
    else:
        await sees(phone, ru("msg.reg.ask_phone"))
        await phone.contact(AIGERIM.lstrip("+"))
        await sees(phone, ru("msg.reg.ask_iin"))
    await gives_iin(phone, bot, "930427400001")
    await shows(phone, ru("btn.accept_policy"))
    await phone.tap(ru("btn.accept_policy"))
    await sees(phone, ru("msg.code.sent", phone_masked="+7 747 •••-45-67", seconds=90))
    await phone.text(await digits(phone.twilio, AIGERIM) if isinstance(phone, OnWhatsApp) else await bot.code(AIGERIM))
    await shows(phone, ru("btn.all_correct"))
    await phone.tap(ru("btn.all_correct"))
    await sees(phone, ru("msg.reg.ask_password"))
    await bot.page(await linked(phone), {"value": "qwerty123", "again": "qwerty123"})
    await sees(phone, ru("msg.registration.remember"))
    await phone.tap("Да")
    await shows(phone, ru("btn.add_child"))
    await bot.move_clock(minutes=2)


async def restarted(phone: Phone, bot: RunningBot) -> None:
    """Kill the app and start it again; on WhatsApp it then stands elsewhere behind its public address."""
    await bot.restart()
    if isinstance(phone, OnWhatsApp):
        serve(phone.twilio, bot)


async def gives_iin(phone: Phone, bot: RunningBot, iin: str) -> None:
    """Type an IIN where the channel lets one: on WhatsApp on the page only."""
    if isinstance(phone, OnWhatsApp):
        await bot.page(await linked(phone), {"value": iin})
    else:
        await phone.text(iin)


async def adds(phone: Phone, bot: RunningBot, iin: str) -> None:
    """Add a child where the parent was just asked to."""
    first, another = ru("btn.add_child"), ru("btn.add_another")
    await phone.tap(first if first in offered(phone) else another)
    await sees(phone, ru("msg.child.ask_iin_page" if isinstance(phone, OnWhatsApp) else "msg.child.ask_iin"))
    await gives_iin(phone, bot, iin)
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
