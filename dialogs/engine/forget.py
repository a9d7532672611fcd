"""What must not stay in the chat: codes, numbers of people and papers, passwords, key files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dialogs.engine import meaning, words
from dialogs.engine.ask import SECRETS, Ask, Awaits
from dialogs.engine.said import Heard, Said
from dialogs.engine.walk import Walk

KEY_FILES: Final = (".p12", ".pfx", ".jks", ".key")
#: Secrets that may be all letters; a code and an IIN always show a digit.
_ANY_WORDS: Final = frozenset({Awaits.DOCUMENT, Awaits.PASSWORD})


def must_go(walk: Walk) -> bool:
    """Say whether to delete what was just said, whatever becomes of it."""
    said = walk.said
    if said.heard is Heard.FILE:
        return is_key_file(said)
    if said.heard not in (Heard.TEXT, Heard.EDITED, Heard.PHOTO):
        return False
    if words.has_long_number(said.text):
        return True
    return said.heard is not Heard.PHOTO and any(_answers(walk, ask) for ask in _asked(walk))


def is_key_file(said: Said) -> bool:
    """Say whether this is somebody's signature key: never taken, never kept."""
    return said.heard is Heard.FILE and said.text.strip().lower().endswith(KEY_FILES)


def _asked(walk: Walk) -> Iterator[Ask]:
    """Yield the standing question, and the one under it that a person may still be answering."""
    steps = [item.step for item in reversed(walk.talk.trail) if item.step.asks]
    under = next((step for step in steps if not step.prompt), None)
    for step in dict.fromkeys((*steps[:1], *((under,) if under else ()))):
        yield step.ask(walk.do)


def _answers(walk: Walk, ask: Ask) -> bool:
    """A question or a command at a secret's step is no secret: nobody likes their words to vanish."""
    text = walk.said.text
    if ask.awaits not in SECRETS or meaning.of(text, ask, walk.entries.options):
        return False
    return ask.awaits in _ANY_WORDS or any(sign.isdigit() for sign in text)
