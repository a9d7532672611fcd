"""One turn on its way: the doors it may go through, what it knows so far, and what it will leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from dialogs.engine.ask import Ask, Choice
from dialogs.engine.conversation import Conversation
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Move, Step
from dialogs.engine.texts import T, Text
from dialogs.engine.words import Universal
from services.refused import Refused
from services.services import Services

BACK, CANCEL, MENU, OPERATOR, AGAIN = "~back", "~cancel", "~menu", "~operator", "~again"
#: The ways out that the engine adds to a question, by the id of their button.
WAYS: Final[Mapping[str, Choice]] = {
    BACK: Choice(BACK, T("btn.back")),
    CANCEL: Choice(CANCEL, T("btn.cancel")),
    MENU: Choice(MENU, T("btn.menu")),
    OPERATOR: Choice(OPERATOR, T("btn.operator")),
    AGAIN: Choice(AGAIN, T("btn.again")),
}
#: What each way says, as a word would.
WAY_OF: Final[Mapping[str, Universal]] = {
    BACK: Universal.BACK,
    CANCEL: Universal.CANCEL,
    MENU: Universal.MENU,
    OPERATOR: Universal.OPERATOR,
    AGAIN: Universal.REPEAT,
}


@dataclass(frozen=True)
class Wish:
    """What words that answer nothing seem to want."""

    #: The step or the command it leads to; nothing for a courtesy, which is only answered.
    to: Step | Universal | None = None
    #: What is said on the way.
    note: Text | None = None
    #: Not sure enough to interrupt anything: an answer, or a question back.
    is_guess: bool = False
    #: The name it is stored by while the person is asked whether to switch.
    name: str = ""


@dataclass(frozen=True)
class Entries:
    """The doors of the dialogs: where the engine goes by itself."""

    first: Callable[[Said], Step]
    home: Callable[[Services], Step]
    #: The dialog that proves who this is, before a step that needs it.
    proof: Callable[[Services], Step]
    #: The dialog that calls a human, told where the person stood: flow, step, question.
    operator: Callable[[str, str, str], Step]
    #: Where an event that no step waits for leads from the standing question, if anywhere.
    laid: Callable[[Said, Step], Move | None]
    language: Step
    cancel: Step
    stop: Step
    resume: Callable[[str, str], Step]
    starts: Mapping[str, Step]
    #: The human name of each dialog that can be taken up again.
    titles: Mapping[str, Text]
    options: Callable[[Text], tuple[str, ...]]
    #: What words that answer nothing seem to want, said at this step.
    wish: Callable[[Said, Step, Services], Wish | None] | None = None
    #: Where words go that nobody understood, outside of any dialog.
    lost: Callable[[Said, Step], Step] | None = None
    #: The question whether to leave a dialog for a wish.
    switch: Callable[[str, Wish], Step] | None = None
    #: What "help" opens where nothing is being filled in.
    help: Step | None = None
    #: Dialogs that open by a command or a word from anywhere.
    doors: Mapping[str, Step] = field(default_factory=dict)
    #: Where a button of a push leads, by what its tap brings; it may be pressed at any time, from anywhere.
    pushed: Callable[[str], Step | None] = field(default=lambda _tap: None)
    #: Where a link to join an account leads, by its code.
    claim: Callable[[str], Step] | None = None


@dataclass(frozen=True)
class Turn:
    """What a turn leaves: the conversation to keep, and what to show."""

    talk: Conversation
    #: The live question to draw; nothing when the screen stays as it is.
    ask: Ask | None = None
    #: The short answer to a tap.
    toast: Text | None = None
    #: What was typed is a secret: delete it where the channel can.
    forget: bool = False
    #: Why a secure page's answer was not taken; shown on the page, not in the chat.
    refused: Text | None = None


@dataclass
class Walk:
    """One turn on its way. The only thing here that changes; it lives no longer than the turn."""

    entries: Entries
    before: Conversation
    said: Said
    do: Services
    talk: Conversation = field(init=False)
    #: Sentences to say before the next question.
    notes: list[Text] = field(default_factory=list)
    toast: Text | None = None
    refused: Text | None = None
    #: What was said was no answer.
    missed: bool = False
    #: The screen stays as it is.
    silent: bool = False

    def __post_init__(self) -> None:
        # An answer from outside is no sign of life of the person.
        touched = self.before.touched_at if self.said.heard is Heard.EVENT else self.do.now
        self.talk = replace(self.before, touched_at=touched)

    @property
    def pause(self) -> timedelta:
        """How long nothing was said here before this."""
        return self.do.now - (self.before.touched_at or self.do.now)

    @property
    def asked_ago(self) -> timedelta:
        """How long the standing question has been waiting."""
        asked_at = self.talk.trail[-1].asked_at if self.talk.trail else None
        return self.do.now - (asked_at or self.do.now)

    def say(self, *notes: Text) -> None:
        """Say this before the next question."""
        self.notes += notes

    def may_see(self, step: Step) -> bool:
        """Say whether this chat has proved enough for a step."""
        return self.do.chat.trust >= step.needs

    def stay_silent(self) -> None:
        """Leave the screen as it is."""
        self.silent = True


def text_of(no: Refused) -> Text:
    """Return the sentence of a refusal."""
    return T(no.key, **no.names)
