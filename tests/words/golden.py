"""Golden phrases: read from a table, asked, and counted."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dialogs.intents import reading

HERE: Final = Path(__file__).parent
#: What no other words may ever be taken for.
GRAVE: Final = frozenset({"delete_data"})
#: The answers about undoing something: only an answer, yet nobody who wants something else should get it.
UNDOING: Final = frozenset({"annul", "delete_application"})
NOTHING: Final = "-"


@dataclass(frozen=True)
class Phrase:
    """Words and what a person means by them; `-` for nothing the bot knows."""

    text: str
    intent: str
    language: str

    @property
    def heard(self) -> str:
        """The intent the bot would act on or answer; nothing where it asks back or climbs the ladder."""
        taken = self._taken
        return taken[0].intent if len(taken) == 1 else NOTHING

    @property
    def topics(self) -> frozenset[str]:
        """The questions the bot would answer."""
        return frozenset(guess.topic for guess in self._taken)

    @property
    def _taken(self) -> list[reading.Guess]:
        return [guess for guess in reading.read(self.text) if guess.score >= reading.ANSWER]


@dataclass(frozen=True)
class Count:
    """How often the bot was right: of what it took up, and of what it should have taken up."""

    precision: float
    recall: float
    missed: tuple[str, ...]
    grave: tuple[str, ...]


def phrases(name: str) -> list[Phrase]:
    """Return the phrases of a table: phrase, intent, language, parted by tabs; a heading may be there or not."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row and row[0].strip()]
    return [Phrase(row[0].strip(), row[1].strip(), row[2].strip()) for row in rows if row[0] != "phrase"]


def count(known: list[Phrase]) -> Count:
    """Return precision and recall over the phrases, and every miss in words."""
    heard = [(phrase, phrase.heard) for phrase in known]
    taken = [(phrase, intent) for phrase, intent in heard if intent != NOTHING]
    wanted = [(phrase, intent) for phrase, intent in heard if phrase.intent != NOTHING]
    right = sum(phrase.intent == intent for phrase, intent in taken)
    return Count(
        precision=right / max(len(taken), 1),
        recall=right / max(len(wanted), 1),
        missed=tuple(f"{p.text!r} ({p.language}) is {p.intent}, heard {i}" for p, i in heard if p.intent != i),
        grave=tuple(p.text for p, i in heard if i in GRAVE and p.intent not in GRAVE),
    )
