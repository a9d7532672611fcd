"""The dictionary of intents: lines of words with their weight, found by word however it is spelt."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Final

from dialogs.engine import repair

HERE: Final = Path(__file__).parent

#: The tables of intents, and the name of lines that want nothing and only hold a negation.
TABLES: Final = ("kk", "ru", "en", "mixed")
NOTHING: Final = ""

#: What a line proves by itself: enough to act, enough to answer, or a reason to ask back.
GRADES: Final[Mapping[str, float]] = {"sure": 0.95, "likely": 0.8, "hint": 0.45}
#: A stem shorter than this is never guessed at, and one from MORE letters on may hold two typos (journeys §5.3).
SOME, MORE = 4, 7


@dataclass(frozen=True)
class Stem:
    """A word of the dictionary as it sounds: whole, or the beginning that keeps any ending."""

    text: str
    whole: bool

    def typos(self, token: str) -> int:
        """Return how many typos the token holds, or repair.TOO_MANY if it is another word."""
        size = len(self.text)
        cuts = (len(token),) if self.whole else (size - 1, size, size + 1)
        return min(repair.typos(token[:cut], self.text) for cut in cuts)


@dataclass(frozen=True)
class Line:
    """Words that together mean something, in any order."""

    #: One word of each group must be there.
    slots: tuple[tuple[Stem, ...], ...]
    weight: float
    #: Holds a negation of its own, which negates nothing: "не успеваю".
    negates: bool


@dataclass(frozen=True)
class Entry:
    """A line of the dictionary and the intent, or the topic, it speaks for."""

    name: str
    line: Line


class Index:
    """Entries by the stems in them, and stems by the tokens that may mean them."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.by_stem: dict[Stem, list[Entry]] = defaultdict(list)
        for entry in entries:
            for stem in {stem for slot in entry.line.slots for stem in slot}:
                self.by_stem[stem].append(entry)
        self._written = {(stem.text, stem.whole): stem for stem in self.by_stem}
        self._misspelt: dict[str, list[Stem]] = defaultdict(list)
        for stem in self.by_stem:
            for left in _without_letters(stem.text):
                self._misspelt[left].append(stem)

    def stems(self, token: str, *, guess: bool = True) -> dict[Stem, int]:
        """Return the stems a token may mean, with the typos in it; a word spelt properly is not guessed at."""
        found = dict.fromkeys(self._spelt(token), 0)
        return found or ({} if not guess or token in common() else self._guessed(token))

    def _spelt(self, token: str) -> Iterator[Stem]:
        if (token, True) in self._written:
            yield self._written[token, True]
        for size in range(1, len(token) + 1):
            if (token[:size], False) in self._written:
                yield self._written[token[:size], False]

    def _guessed(self, token: str) -> dict[Stem, int]:
        """Look letters away on both sides: what is left of two words a typo apart is the same somewhere."""
        near: set[Stem] = set()
        for size in range(SOME - 1, min(len(token), 14) + 1):
            for left in _without_letters(token[:size]):
                near.update(self._misspelt.get(left, ()))
        typos = {stem: stem.typos(token) for stem in near}
        return {stem: count for stem, count in typos.items() if count < repair.TOO_MANY}


def _without_letters(word: str) -> set[str]:
    """Return the word without as many letters as it may have typos; nothing of a word too short to guess at."""
    most = 0 if len(word) < SOME - 1 else 1 if len(word) < MORE - 1 else 2
    kept = (combinations(word, len(word) - count) for count in range(most + 1)) if most else ()
    return {"".join(letters) for group in kept for letters in group}


def check() -> None:
    """Read every table once, at the start, so that no parent waits for it; raises where one is broken."""
    intents()
    topics()
    common()


@cache
def intents() -> Index:
    """Return the lines of all intents in all languages."""
    entries: list[Entry] = []
    for table in TABLES:
        for name, grades in _read(table).items():
            entries += [Entry(name, _line(text, GRADES[grade])) for grade, texts in grades.items() for text in texts]
    entries += [Entry(NOTHING, _line(text, 0)) for text in _read("common")["troubles"]["lines"]]
    return Index(entries)


@cache
def common() -> frozenset[str]:
    """Return words so common that they are no misspelling of another."""
    return frozenset(_sounds(word) for words in _read("common")["common"].values() for word in words)


@cache
def topics() -> tuple[Mapping[str, tuple[str, ...]], Index]:
    """Return the topics of each intent, what it means by itself first; and the words that choose among them."""
    table = _read("topics")
    entries = [
        Entry(topic, _line(text, 1)) for choices in table.values() for topic, texts in choices.items() for text in texts
    ]
    return {intent: tuple(choices) for intent, choices in table.items()}, Index(entries)


def names() -> frozenset[str]:
    """Return every intent there is."""
    return frozenset(name for table in TABLES for name in _read(table))


@cache
def _read(name: str) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def _line(text: str, weight: float) -> Line:
    slots = tuple(tuple(_stems(group)) for group in text.removeprefix("!").split())
    return Line(slots, weight, text.startswith("!"))


def _stems(group: str) -> Iterator[Stem]:
    for word in group.split("|"):
        same = _read("common")["classes"][word[1:-1]] if word.startswith("<") else [word]
        yield from (Stem(_sounds(spelt), not spelt.endswith("*")) for spelt in same)


def _sounds(word: str) -> str:
    return repair.sounds(repair.plain(word))
