"""Consent to the data policy: a tap on the live button or the exact word, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Call, Done, Life, Move, Return, Step, step
from dialogs.engine.texts import T, Text
from services import accounts
from services.consents import POLICY_VERSION
from services.services import Services
from services.trust import Trust


def before(then: Step, do: Services) -> Move:
    """Return `then` if this person's consent to the current policy is kept, else the question for it first."""
    return then if do.consents.given(POLICY_VERSION) else Call(Show(), then=then)


@step("policy_consent.show")
@dataclass(frozen=True)
class Show(Step):
    """What data, why, and how to take the consent back."""

    life: ClassVar[Life] = Life.DRAFT

    def ask(self, do: Services) -> Ask:
        return _question(T("msg.consent.policy", policy_url=do.policy_url), read=True)

    def answer(self, said: Said, do: Services) -> Move:
        return ReadText() if said.choice == "read" else _decide(said, do, opened=False)


@step("policy_consent.text")
@dataclass(frozen=True)
class ReadText(Step):
    """The policy itself, and the same question."""

    life: ClassVar[Life] = Life.DRAFT

    def ask(self, do: Services) -> Ask:
        return _question(T("msg.policy_consent.text", policy_url=do.policy_url), read=False)

    def answer(self, said: Said, do: Services) -> Move:
        return _decide(said, do, opened=True)


def _question(text: Text, *, read: bool) -> Ask:
    accept = Choice("accept", T("btn.accept_policy"), word=T("word.accept"))
    refuse = Choice("refuse", T("btn.refuse_policy"))
    choices = (accept, Choice("read", T("btn.read_policy")), refuse) if read else (accept, refuse)
    return Ask(text, choices, legal=True, insist=T("msg.policy_consent.press_button"))


def _decide(said: Said, do: Services, *, opened: bool) -> Move:
    if said.choice == "refuse":
        do.consents.refuse(POLICY_VERSION)
        if do.chat.trust >= Trust.LINKED:  # an account whose consent is gone lets nobody in without a new one
            accounts.leave(do)
        return Done(T("err.consent.required"), abandon=True)
    do.consents.give(POLICY_VERSION, opened=opened)
    return Return()
