"""T05: the language is switched in the middle of an application; what is stored are codes."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from tests.acceptance.parents import DANA, Phone, adds, at_languages, registered, ru, sees, shows
from tests.acceptance.running import RunningBot


async def test_the_language_changes_and_the_answers_stay(parent: tuple[Phone, RunningBot]) -> None:
    phone, bot = parent
    await registered(phone, bot)
    await adds(phone, bot, DANA)
    await at_languages(phone, "Дана С.")
    await phone.tap("Казахский")
    await shows(phone, "✅ Казахский")

    await phone.text("қазақша")

    await shows(phone, "✅ Қазақ тілі")
    assert say(T("msg.language_switch.done"), "kk") in phone.last.text
    await phone.tap(say(T("btn.done"), "kk"))
    await shows(phone, say(T("btn.next"), "kk"))
    await phone.tap(say(T("btn.next"), "kk"))
    await shows(phone, say(T("btn.no_priority"), "kk"))
    await phone.tap(say(T("btn.no_priority"), "kk"))
    await sees(phone, "Кентау қаласы", "Қазақ тілі", "Жалпы білім беретін")
    await phone.text("English")
    await sees(phone, "Turkistan Region, Kentau", "Kazakh", "General")
    await phone.tap("Submit" if "Submit" in phone.last.labels else say(T("btn.send"), "en"))
    await shows(phone, say(T("btn.interested"), "en"))
    with closing(sqlite3.connect(bot.folder / "bot.db")) as db:
        stored = db.execute("SELECT kato, group_type, languages, benefit, consent_language FROM application").fetchall()
    assert stored == [("612010000", "general", "kk", "", "en")]
    assert ru("btn.interested") not in phone.last.labels
