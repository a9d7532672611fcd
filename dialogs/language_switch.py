"""Change the language: the same step is drawn again, its answers kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Move, Return, Speak, Step, step
from dialogs.engine.texts import LANGUAGES, T
from services.services import Services


@step("language_switch.ask")
@dataclass(frozen=True)
class AskLanguage(Step):
    """Three buttons, each in its own language."""

    prompt: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.start.language"), tuple(Choice(code, T(f"lang.{code}")) for code in LANGUAGES))

    def answer(self, said: Said, do: Services) -> Move:
        return Speak(said.choice, then=Switched())


@step("language_switch.done")
@dataclass(frozen=True)
class Switched(Step):
    """Say so in the new language and go back to where the person stood."""

    def enter(self, do: Services) -> Move:
        return Return(T("msg.language_switch.done"))
