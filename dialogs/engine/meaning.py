"""What typed words mean at the question that stands: a choice, a language, a command, or nothing yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dialogs.engine import words
from dialogs.engine.ask import FREE, Ask, Awaits, Choice
from dialogs.engine.texts import Language, Text
from dialogs.engine.walk import WAY_OF, WAYS
from dialogs.engine.words import Universal


@dataclass(frozen=True)
class Chosen:
    """One of the question's own choices."""

    id: str


@dataclass(frozen=True)
class Spoken:
    """A wish to go on in this language."""

    language: Language


@dataclass(frozen=True)
class Opened:
    """The door of another dialog."""

    name: str


Meaning = Chosen | Spoken | Opened | Universal | None
#: The label of a choice in every language.
Labels = Callable[[Text], tuple[str, ...]]

_YES: Final = "btn.yes"
_SIGNS: Final = " .)"


def of(text: str, ask: Ask, labels: Labels) -> Meaning:
    """Return what the words mean; nothing if they can only be a free answer, or none at all.

    The exact words of a choice come first, so that no command hides a button; then what works everywhere; last
    numbers, beginnings and typos, which a legal question never takes.
    """
    own = [_option(item, labels) for item in ask.choices]
    ways = [_option(item, labels) for item in WAYS.values()]
    exact = words.exact(text, own) or words.exact(text, ways)
    meant: Meaning = _chosen(exact) or _language(text, ask) or words.universal(text, name=ask.awaits is Awaits.NAME)
    if meant is None:
        door = words.door(text, commands_only=ask.legal or ask.awaits in FREE)
        meant = Opened(door) if door else None
    if meant or ask.legal:
        return meant
    return _chosen(_picked(text, ask, own, ways, labels))


def _chosen(choice: str | None) -> Chosen | Universal | None:
    if choice is None:
        return None
    return WAY_OF.get(choice) or Chosen(choice)


def _language(text: str, ask: Ask) -> Chosen | Spoken | None:
    language = words.language_word(text)
    if language is None:
        return None
    # "орысша" answers the question which language, and is a wish everywhere else.
    return Chosen(language) if any(item.id == language for item in ask.choices) else Spoken(language)


def _picked(text: str, ask: Ask, own: list[words.Option], ways: list[words.Option], labels: Labels) -> str | None:
    """Numbers count what is drawn; free words are never bent into a choice."""
    shown = [_option(item, labels) for item in ask.choices if not item.hidden]
    if ask.awaits in FREE:
        return words.pick(text, shown) if text.strip(_SIGNS).isdigit() else None
    picked = words.pick(text, shown)
    if picked is None and not any(sign.isdigit() for sign in text):
        picked = words.pick(text, [*own, *ways])
    return picked or _yes(text, ask)


def _yes(text: str, ask: Ask) -> str | None:
    """Return the choice that "ok" and "+" stand for."""
    if words.yes_or_no(text) is not True:
        return None
    return next((item.id for item in ask.choices if item.label.key == _YES), None)


def _option(item: Choice, labels: Labels) -> words.Option:
    return words.Option(id=item.id, labels=labels(item.label), words=labels(item.word) if item.word else ())
