"""T08: three days of silence in the middle of an application (its push is part of the reminders)."""

from __future__ import annotations

from tests.acceptance.parents import DANA, Phone, adds, registered, restarted, ru, sees, shows
from tests.acceptance.running import RunningBot


async def test_after_three_days_the_answers_are_offered_and_after_a_month_they_are_gone(
    parent: tuple[Phone, RunningBot],
) -> None:
    phone, bot = parent
    await registered(phone, bot)
    await adds(phone, bot, DANA)
    await phone.text("/apply")
    await shows(phone, "Дана С.")
    await phone.tap("Дана С.")
    await shows(phone, ru("group.general"))
    await phone.tap(ru("group.general"))
    await sees(phone, ru("msg.app.ask_locality", step=3, total=7))
    await bot.move_clock(days=3)

    await phone.text("здравствуйте")

    await shows(phone, ru("btn.continue"))
    assert phone.last.text.startswith(ru("msg.faq.hello"))
    assert ru("flow.application_add") in phone.last.text
    assert len(phone.last.labels) == 3
    await phone.tap(ru("btn.continue"))
    await sees(phone, ru("msg.app.ask_locality", step=3, total=7))
    await restarted(phone, bot)
    await phone.text("кентау")
    await sees(phone, "Туркестанская область, город Кентау")
    await bot.move_clock(days=31)

    await phone.text("здравствуйте")

    await shows(phone, ru("r_apps"))
    assert ru("btn.continue") not in phone.last.labels
