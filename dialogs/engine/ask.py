"""A channel-free question: what is said, what may be chosen, what kind of answer is awaited."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from dialogs.engine.texts import Text


class Awaits(StrEnum):
    """The kind of answer a question takes besides its choices."""

    CHOICE = "choice"
    TEXT = "text"
    NAME = "name"  # of a person: "Адам" is one, though elsewhere it calls a human
    PHONE = "phone"
    CODE = "code"
    IIN = "iin"
    DOCUMENT = "document"
    PASSWORD = "password"  # noqa: S105 - the kind of a question
    PLACE = "place"  # a name, or a point on the map
    NOTHING = "nothing"  # the answer comes from elsewhere: a registry, a secure page


#: What only a secure page may take everywhere, and where it is typed on it.
Purpose = Literal["password", "iin", "document", "login", "export"]

#: Kinds that take words as they are: nothing but a number is bent into a choice.
FREE = frozenset({Awaits.TEXT, Awaits.NAME})
#: Kinds whose typed text is a secret: deleted from the chat where the channel can.
SECRETS = frozenset({Awaits.CODE, Awaits.IIN, Awaits.DOCUMENT, Awaits.PASSWORD})


@dataclass(frozen=True)
class Choice:
    """One option: a stable id of at most 40 ASCII characters, and its label."""

    id: str
    label: Text
    description: Text | None = None
    #: The one word that says this choice where the law wants exact words ("принимаю").
    word: Text | None = None
    #: Understood when typed, but not drawn.
    hidden: bool = False


@dataclass(frozen=True)
class Later:
    """What the same question looks like after a while (a countdown), where the channel can edit."""

    after: timedelta
    ask: Ask


@dataclass(frozen=True)
class Ask:
    """One question. Frozen: the engine makes the next one."""

    text: Text
    choices: tuple[Choice, ...] = ()
    awaits: Awaits = Awaits.CHOICE
    #: A legal question takes a tap on the live button or the exact words of a choice, nothing else.
    legal: bool = False
    #: What a legal question answers to "ok", a number or a sticker.
    insist: Text | None = None
    #: The secure page that takes the answer, offered as a link.
    page: Purpose | None = None
    #: What that page must know to do its part (how to make a hash); nothing of a person.
    about: str = ""
    #: An example for the sentence "I need text here".
    example: str = ""
    #: Where to find the answer: said on the second failure, with a picture if there is one.
    hint: Text | None = None
    picture: str | None = None
    #: A picture that belongs to the question itself (a code to point another phone at).
    shows: str = ""
    #: Sentences said before the question: why the last answer was refused, what was just done.
    notes: tuple[Text, ...] = ()
    later: tuple[Later, ...] = ()
    #: False where the question itself must not be said again after a refusal.
    repeat: bool = True
    #: False where the failures are counted and answered by a rule of their own (codes).
    ladder: bool = True
    #: Said with its numbers even where buttons are drawn: whoever sees it first may have a phone that shows none.
    numbered: bool = False
    #: Ways out the engine adds: "back", "cancel", "operator", "again", "menu".
    ways: tuple[Choice, ...] = field(default=())

    @property
    def takes_words(self) -> bool:
        """Whether words that choose nothing may still be the answer."""
        return not self.legal and self.awaits not in (Awaits.CHOICE, Awaits.NOTHING)

    @property
    def all_choices(self) -> tuple[Choice, ...]:
        """The question's own options, then the ways out."""
        return (*self.choices, *self.ways)
