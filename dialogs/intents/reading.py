"""What a message wants: its readings weighed against the dictionary, with the guards of journeys §5.3."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dialogs.engine import repair
from dialogs.intents import dictionary, negation
from dialogs.intents.dictionary import Entry, Index, Stem

#: From here on: act, answer, offer three (journeys §5.3).
ACT, ANSWER, OFFER = 0.85, 0.75, 0.5
#: The topic that is none: the intent means a place, not a question.
ITSELF: Final = "_"
#: Three to choose from.
THREE: Final = 3

#: What a negation turns round. Questions are asked with a negation all the time: "почему не подошла очередь".
_DEEDS: Final = frozenset(
    {"tabel_confirm", "apply", "referral", "voucher", "child", "register", "agent", "settings", "language", "stop"}
    | {"delete_data"}
)
#: Never guessed: one wrong letter is a question back, and any negation at all is a no.
_GRAVE: Final = frozenset({"delete_data"})
#: Said on the way to what is really wanted.
_COURTESIES: Final = frozenset({"greeting", "thanks", "help", "abuse"})
#: Too short and too common to guess at: "придёт" is no misspelt "привет".
_NEVER_GUESSED: Final = frozenset({"greeting", "thanks", "abuse"})

#: Words of one line stand near each other; further apart they belong to other thoughts.
_SPAN: Final = 7
_TYPO: Final = 0.97
_GUESSED: Final = 0.99
_FAVOUR: Final = 0.1
_TOKENS: Final = 40
#: Typos are looked for in so many words only: a long story costs no more than a question.
_GUESSES: Final = 10


@dataclass(frozen=True)
class Guess:
    """An intent, the question of it that was meant, and how sure that is (0-1)."""

    intent: str
    topic: str
    score: float


@dataclass(frozen=True)
class _Hit:
    entry: Entry
    at: frozenset[int]
    weight: float


@dataclass(frozen=True)
class _Found:
    """One intent in one reading, and the words that speak for it."""

    intent: str
    at: frozenset[int]
    score: float


def read(text: str, *, favour: Collection[str] = ()) -> tuple[Guess, ...]:
    """Return what the words may want, the likeliest first; nothing they say is kept.

    Two guesses from ANSWER on are two wishes in one message. `favour` are the intents of the dialog around.
    """
    best: tuple[Guess, ...] = ()
    for tokens, sureness in _readings(text):
        guesses = _read_tokens(tokens, sureness, favour)
        if guesses and (not best or guesses[0].score > best[0].score):
            best = guesses
        if best and best[0].score >= ACT:
            break
    return best


def _readings(text: str) -> Iterator[tuple[tuple[str, ...], float]]:
    seen: set[str] = set()
    for reading in repair.readings(text):
        form = repair.sounds(reading.text)
        if form not in seen and reading.is_telling:
            seen.add(form)
            yield tuple(form.split()[:_TOKENS]), _GUESSED if reading.guessed else 1.0


def _read_tokens(tokens: Sequence[str], sureness: float, favour: Collection[str]) -> tuple[Guess, ...]:
    hits = _hits(dictionary.intents(), tokens, sureness)
    covered = frozenset().union(*(hit.at for hit in hits if hit.entry.line.negates))
    found = [_weighed(name, own, favour) for name, own in _by_name(hits).items() if name]
    found = _without_refused([item for item in found if item.score >= OFFER], tokens, covered)
    # Among the sure ones the fuller reading wins: "why did my number grow" is more than "my number".
    found.sort(key=lambda item: (item.score < ACT, -len(item.at), -item.score))
    chosen = _apart(_without_courtesies(found))
    return tuple(Guess(item.intent, _topic(item.intent, tokens), item.score) for item in chosen[:THREE])


def _hits(index: Index, tokens: Sequence[str], sureness: float) -> list[_Hit]:
    meant: dict[Stem, dict[int, int]] = defaultdict(dict)
    for at, token in enumerate(tokens):
        for stem, typos in index.stems(token, guess=at < _GUESSES).items():
            meant[stem][at] = typos
    entries = {id(entry): entry for stem in meant for entry in index.by_stem[stem]}
    hits = (_hit(entry, meant, sureness) for entry in entries.values())
    return [hit for hit in hits if hit is not None]


def _hit(entry: Entry, meant: Mapping[Stem, Mapping[int, int]], sureness: float) -> _Hit | None:
    """Return where all words of the line stand, each in a place of its own; nothing if one is missing."""
    at: set[int] = set()
    typos = 0
    for slot in entry.line.slots:
        found = (item for stem in slot for item in meant.get(stem, {}).items())
        places = [(count, place) for place, count in found if place not in at]
        if not places:
            return None
        count, place = min(places)
        at.add(place)
        typos += count
    if max(at) - min(at) >= _SPAN or (typos and entry.name in _NEVER_GUESSED):
        return None
    weight = entry.line.weight * sureness * _TYPO**typos
    is_guess = typos and entry.name in _GRAVE
    return _Hit(entry, frozenset(at), min(weight, OFFER) if is_guess else weight)


def _by_name(hits: Sequence[_Hit]) -> dict[str, list[_Hit]]:
    named: dict[str, list[_Hit]] = defaultdict(list)
    for hit in hits:
        named[hit.entry.name].append(hit)
    return named


def _weighed(name: str, hits: Sequence[_Hit], favour: Collection[str]) -> _Found:
    """Add up lines that rest on other words; the same words are not counted twice."""
    at: frozenset[int] = frozenset()
    doubt = 1.0
    for hit in sorted(hits, key=lambda hit: (-hit.weight, -len(hit.at))):
        if hit.at - at == hit.at:
            doubt *= 1 - hit.weight
        at |= hit.at
    bonus = _FAVOUR if name in favour else 0
    return _Found(name, at, min(1 - doubt + bonus, 1.0))


def _without_refused(found: list[_Found], tokens: Sequence[str], covered: Collection[int]) -> list[_Found]:
    """Leave out what is refused, and what the same words would ask: "не хочу вставать в очередь" asks no number."""
    refused = [item for item in found if _is_negated(item, tokens, covered)]
    words = frozenset().union(*(item.at for item in refused if item.score >= ANSWER))
    return [item for item in found if item not in refused and not item.at & words]


def _is_negated(found: _Found, tokens: Sequence[str], covered: Collection[int]) -> bool:
    if found.intent not in _DEEDS:
        return False
    return negation.uncovered(tokens, () if found.intent in _GRAVE else covered)


def _without_courtesies(found: list[_Found]) -> list[_Found]:
    return [item for item in found if item.intent not in _COURTESIES] or found[:1]


def _apart(found: list[_Found]) -> list[_Found]:
    """Keep a second wish only where it rests on words of its own; doubts are kept for the offer of three."""
    if not found or found[0].score < ANSWER:
        return found
    first = found[0]
    return [first, *(item for item in found[1:] if _is_second(item) and not item.at & first.at)]


def _is_second(found: _Found) -> bool:
    """A name dropped is a wish ("и табель"); a half-understood turn of phrase beside a clear wish is its colour."""
    return found.score >= ACT or (found.score >= ANSWER and len(found.at) == 1)


def _topic(intent: str, tokens: Sequence[str]) -> str:
    choices, index = dictionary.topics()
    if intent not in choices:
        return ""
    votes: dict[str, int] = defaultdict(int)
    for hit in _hits(index, tokens, 1):
        votes[hit.entry.name] += len(hit.at)
    topic = max(choices[intent], key=lambda topic: votes[topic])
    return "" if topic == ITSELF else topic
