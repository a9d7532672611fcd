"""The conversation is over: did the agent help? Then back to the same question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Move, Return, Step, step
from dialogs.engine.texts import T
from services.services import Services


@step("agent_rating.ask")
@dataclass(frozen=True)
class Rate(Step):
    """Asked once, never again; words are taken as a comment."""

    prompt: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(
            T("msg.agent.rate"),
            (
                Choice("yes", T("btn.yes")),
                Choice("partly", T("btn.partly")),
                Choice("no", T("btn.no")),
            ),
        )

    def answer(self, said: Said, do: Services) -> Move:
        do.cases.rate(said.choice)
        if said.choice == "no":
            return Comment()
        return Return(T("msg.agent_rating.thanks"), offer=True)


@step("agent_rating.comment")
@dataclass(frozen=True)
class Comment(Step):
    """What went wrong opens the case again, for somebody more experienced."""

    prompt: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.agent_rating.comment"), (Choice("skip", T("btn.skip")),), awaits=Awaits.TEXT)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "skip":
            return Return(T("msg.agent_rating.thanks"), offer=True)
        do.cases.comment(said.text)
        return Return(T("msg.agent_rating.reopened"), offer=True)
