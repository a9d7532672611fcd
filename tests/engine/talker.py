"""Somebody in the town: says, taps, and is told; each answer is a restart."""

from __future__ import annotations

import json
from typing import Any

from dialogs.engine import conversation
from dialogs.engine.advance import Engine, Turn
from dialogs.engine.ask import Ask
from dialogs.engine.conversation import Conversation
from dialogs.engine.said import Heard, Said
from dialogs.engine.texts import Text
from services.trust import Trust
from tests.engine.town import ENGINE, Town


class Talker:
    """One chat. Nothing of it lives anywhere but in JSON, and in the town."""

    def __init__(self, *, engine: Engine = ENGINE, trust: Trust = Trust.VERIFIED, language: str = "ru") -> None:
        self.engine, self.town = engine, Town(trust=trust)
        self.stored = json.dumps(conversation.dump(Conversation(language=language)))
        self.turn: Turn
        self.shown: Ask
        if language:
            self.says("/menu")

    # What a person does; each returns the words of what is asked then.

    def says(self, text: str) -> str:
        return self.hear(Said(Heard.TEXT, text=text))

    def edits(self, text: str) -> str:
        return self.hear(Said(Heard.EDITED, text=text))

    def sends(self, heard: Heard, **said: Any) -> str:
        return self.hear(Said(heard, **said))

    def taps(self, choice: str, *, revision: int | None = None) -> str:
        return self.hear(Said(Heard.TAP, tap=choice, revision=self.talk.revision if revision is None else revision))

    def submits(self, value: str, purpose: str = "iin") -> str:
        return self.hear(Said(Heard.PAGE, purpose=purpose, values=(("value", value),)))

    def is_told(self, purpose: str, text: str = "", **values: str) -> str:
        """An answer from outside arrives."""
        return self.hear(Said(Heard.EVENT, purpose=purpose, text=text, values=tuple(values.items())))

    def waits(self, **ahead: float) -> None:
        self.town.waits(**ahead)

    def hear(self, said: Said) -> str:
        before = self.talk
        self.turn = self.engine.advance(before, said, self.town.do)
        assert self.turn.talk.revision == before.revision + (self.turn.ask is not None)
        self.stored = json.dumps(conversation.dump(self.turn.talk))
        assert self.talk == self.turn.talk, "a restart must lose nothing"
        if self.turn.ask is not None:
            self.shown = self.turn.ask
        return self.asked

    # What is seen and stored.

    @property
    def talk(self) -> Conversation:
        return conversation.load(json.loads(self.stored))

    @property
    def asked(self) -> str:
        """The words of the question that stands."""
        return words(self.shown.text)

    @property
    def notes(self) -> list[str]:
        """What was said before the question this time."""
        return [words(note) for note in self.turn.ask.notes] if self.turn.ask else []

    @property
    def ways(self) -> list[str]:
        return [way.id for way in self.shown.ways]

    @property
    def toast(self) -> str:
        return words(self.turn.toast) if self.turn.toast else ""

    @property
    def refused(self) -> str:
        return words(self.turn.refused) if self.turn.refused else ""

    @property
    def state(self) -> str:
        return self.talk.current.name if self.talk.current else ""

    @property
    def trail(self) -> list[str]:
        return [item.step.name for item in self.talk.trail]

    @property
    def drafts(self) -> list[str]:
        return [flow for flow, _ in self.talk.drafts]


def words(text: Text) -> str:
    """The words of a test's own sentence, the key of any other."""
    return str(dict(text.names)["name"]) if text.key == "label.name" else text.key


def at_day() -> Talker:
    """Somebody with one answer given: the name."""
    talker = Talker()
    talker.taps("tour")
    talker.says("Aida")
    return talker


def at_place() -> Talker:
    """Somebody with two answers given."""
    talker = at_day()
    talker.taps("mon")
    return talker


def at_check() -> Talker:
    """Somebody who went through a called dialog to the summary."""
    talker = at_place()
    talker.taps("p0")
    talker.taps("yes")
    return talker


def at_sign() -> Talker:
    """Somebody before the legal act."""
    talker = at_check()
    talker.taps("sign")
    return talker
