"""Call me: which number, when; the call list of the desk does the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Move, Return, Step, step
from dialogs.engine.texts import T, Text
from services import phones
from services.hours import ALMATY
from services.services import Services


@step("callback_request.phone")
@dataclass(frozen=True)
class Phone(Step):
    """The number we know is one tap away; another may be typed."""

    prompt: ClassVar[bool] = True

    topic: str

    def ask(self, do: Services) -> Ask:
        known = _known(do)
        own = (Choice("own", T("label.name", name=known.masked)),) if known else ()
        return Ask(T("msg.callback_request.phone"), own, awaits=Awaits.PHONE, example="+7 747 123-45-67")

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "own" and (known := _known(do)):
            return Slot(self.topic, known.e164)
        parse = phones.Phone.from_contact if said.heard is Heard.CONTACT else phones.Phone.parse
        return Slot(self.topic, parse(said.contact if said.heard is Heard.CONTACT else said.text).e164)


@step("callback_request.slot")
@dataclass(frozen=True)
class Slot(Step):
    """Today while somebody is there, tomorrow morning, or another time."""

    prompt: ClassVar[bool] = True

    topic: str
    phone: str

    def ask(self, do: Services) -> Ask:
        today = (Choice("today", T("r_today")),) if do.cases.hours().is_open(do.now) else ()
        return Ask(
            T("msg.callback_request.slot"),
            (*today, Choice("tomorrow", T("r_tomorrow")), Choice("later", T("r_afternoon"))),
        )

    def answer(self, said: Said, do: Services) -> Move:
        due = do.cases.call_back(phone=self.phone, slot=said.choice, topic=self.topic)
        return Return(T("msg.callback_request.done", slot=_slot(said.choice, due)))


def _known(do: Services) -> phones.Phone | None:
    account = do.accounts.mine()
    return account.phone if account else do.chat.own_phone


def _slot(slot: str, due: datetime) -> Text:
    if slot == "today":
        return T("r_today")
    part = "afternoon" if slot == "later" else "morning"
    return T(f"label.slot_{part}", day=due.astimezone(ALMATY).date())
