"""The ways a typed message may be read, in the order of the journeys §5.3, and how near it is to a phrase."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

#: Nobody types a command or a label longer than this; what follows is not looked at.
LONGEST: Final = 200

#: Shorter words are in many labels, and English and translit make them by chance.
TELLING: Final = 4

#: More typos than we forgive.
TOO_MANY: Final = 3

_LATIN: Final = re.compile(r"[a-zäəɵğñöüūşıáǵńóúý]")
_CYRILLIC: Final = re.compile(r"[а-яёәғқңөұүһі]")

#: Letters that look the same: a keyboard switched in the middle of a word.
_TO_CYRILLIC: Final = str.maketrans("aceopxykmhbtiəɵ", "асеорхукмнвтіәө")
_TO_LATIN: Final = str.maketrans("асеорхукмнвтіәө", "aceopxykmhbtiəɵ")

#: What people without Kazakh letters on their keyboard type instead.
_WITHOUT_KAZAKH: Final = str.maketrans("әғқңөұүһі", "агкноуухи")

#: Letters that Latin spelling cannot tell apart ("y" is й and ы), or leaves out.
_ALIKE: Final = str.maketrans({"ы": "и", "й": "и", "щ": "ш", "э": "е", "ь": None, "ъ": None})

_SPELT: Final = {
    **dict(zip("abdefghijklmnopqrstuvxyz", "абдефгхижклмнопкрстувхыз", strict=True)),
    **dict(zip(("sh", "zh", "ch", "kh", "ts", "ya", "yu", "yo", "ye"), "шжчхцяюее", strict=True)),
}
_RUSSIAN_CHAT: Final = _SPELT | {"shch": "щ", "sch": "щ", "c": "ц", "w": "ш"}
_KAZAKH_LATIN: Final = {
    **_SPELT,
    **dict(zip(("gh", "ng"), "ғң", strict=True)),
    # The spec's letters, then the accents of the alphabet of 2018.
    **dict(zip("qcwäəğñöüūşı" + "áǵńóúý", "қсуәәғңөүұшы" + "әғңөүу", strict=True)),
}
_CHAT_DIGITS: Final = {"4": "ch", "6": "sh"}

#: The same keys under another layout; the Kazakh one has letters where the digits are.
_LATIN_KEYS: Final = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN_KEYS: Final = "йцукенгшщзхъфывапролджэячсмитьбюё"
_RUSSIAN_LAYOUT: Final = str.maketrans(_LATIN_KEYS + '{}:"<>~', _RUSSIAN_KEYS + "хъжэбюё")
_KAZAKH_LAYOUT: Final = _RUSSIAN_LAYOUT | str.maketrans("2345890-=", "әіңғүұқөһ")
_LATIN_LAYOUT: Final = str.maketrans(_RUSSIAN_KEYS, _LATIN_KEYS)

#: Fewer Latin letters among digits are no word of the Kazakh layout.
_A_WORD: Final = 3

#: Words that turn a sentence round, as `sounds` leaves them.
_NEGATIONS: Final = frozenset(
    {"не", "нет", "нету", "ни", "нелзя", "никогда", "без", "жок", "емес"}
    | {"no", "not", "dont", "doesnt", "cant", "cannot", "never", "without"}
)
#: The same inside a Kazakh verb: "алмаймын", "көрсетпеу", in speech "алмимын".
_NEGATED_VERB: Final = re.compile(r"\w{2}[мбп](?:[аеи]и|[ае]у)")

#: Words a letter or two apart that mean different deeds: a typo of one is no typo of the other.
_RIVALS: Final = (
    ("войти", "выйти"),
    ("вход", "выход"),
    ("включить", "выключить"),
    ("отменить", "оценить"),
    ("отменить", "отметить"),
    ("отказать", "отказаться"),
    ("продлить", "продолжить"),
    ("connect", "correct"),
)

Fold = Callable[[str], str]


@dataclass(frozen=True)
class Reading:
    """What a message may say; a word of ours goes through the same fold before the two are compared."""

    text: str
    fold: Fold
    #: The script or the keyboard was guessed.
    guessed: bool = False

    @property
    def is_telling(self) -> bool:
        """Return whether a match proves something: two or three guessed letters may be chance."""
        return not self.guessed or sum(map(str.isalpha, self.text)) >= TELLING


def readings(text: str) -> Iterator[Reading]:
    """Yield what the message may say, the surest reading first; nothing if it has no letter or digit."""
    said = plain(text)
    if not said:
        return
    yield Reading(said, as_typed)
    said = _in_one_script(said)
    yield Reading(said, as_typed)
    yield Reading(without_kazakh(said), without_kazakh)
    yield from _transliterated(said)
    yield from _on_another_layout(raw(text))


def raw(text: str) -> str:
    """Return the message trimmed and lowered, with its punctuation: on another layout some is letters."""
    # NFKC would spell the number sign as the English word "no".
    short = text.strip()[:LONGEST].replace("№", "#")
    return unicodedata.normalize("NFKC", short)[:LONGEST].lower().strip()


def plain(text: str) -> str:
    """Return only the words and digits of the message, in lower case, with single spaces."""
    return _cleaned(raw(text))


def as_typed(text: str) -> str:
    """Return the text itself."""
    return text


def without_kazakh(text: str) -> str:
    """Return the text as people type it without Kazakh letters: "нөмір" is "номир"."""
    return text.translate(_WITHOUT_KAZAKH)


def sounds(text: str) -> str:
    """Return the text without the differences that Latin spelling loses."""
    return without_kazakh(text).translate(_ALIKE)


#: Every fold a reading may carry.
FOLDS: Final[tuple[Fold, ...]] = (as_typed, without_kazakh, sounds)


def typos(typed: str, meant: str) -> int:
    """Return how many typos turn `meant` into `typed`, or TOO_MANY if it is another phrase."""
    ours, theirs = meant.split(), typed.split()
    if len(ours) != len(theirs):
        return TOO_MANY
    return min(TOO_MANY, sum(_typos_in_word(*pair) for pair in zip(theirs, ours, strict=True)))


def likeness(left: str, right: str) -> float:
    """Return the share of letter pairs two texts have in common."""
    ours, theirs = _letter_pairs(left), _letter_pairs(right)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


def negates(text: str) -> bool:
    """Return whether a word of the text turns it round."""
    words = sounds(text).split()
    return any(word in _NEGATIONS or _NEGATED_VERB.search(word) for word in words)


class _Letters(dict[int, str | None]):
    """What each letter becomes, looked up once in a life: apostrophes, accents and invisible signs go."""

    def __missing__(self, code: int) -> str | None:
        letter = chr(code)
        goes = letter in "'’ʼ" or unicodedata.category(letter) in {"Mn", "Me", "Cf"}
        kept = " " if _NO_WORD.fullmatch(letter) else "е" if letter == "ё" else letter
        self[code] = None if goes else kept
        return self[code]


_NO_WORD: Final = re.compile(r"[^\w@+]|_")
_DRAWN_OUT: Final = re.compile(r"([^\W\d_])\1{2,}")
_LETTERS: Final = _Letters()


def _cleaned(text: str) -> str:
    return " ".join(_DRAWN_OUT.sub(r"\1", text.translate(_LETTERS)).split())


def _in_one_script(text: str) -> str:
    return " ".join(_word_in_one_script(word) for word in text.split())


def _word_in_one_script(word: str) -> str:
    if _LATIN.search(word) and _CYRILLIC.search(word):
        if not _LATIN.search(cyrillic := word.translate(_TO_CYRILLIC)):
            return cyrillic
        if not _CYRILLIC.search(latin := word.translate(_TO_LATIN)):
            return latin
    return word


def _transliterated(said: str) -> Iterator[Reading]:
    if _LATIN.search(said):
        # A digit is a letter ("4to") only where it touches one.
        said = re.sub(r"(?<=[a-z])[46]|[46](?=[a-z])", lambda digit: _CHAT_DIGITS[digit[0]], said)
        for letters in (_RUSSIAN_CHAT, _KAZAKH_LATIN):
            yield Reading(sounds(_respelt(said, letters)), sounds, guessed=True)


def _respelt(said: str, letters: dict[str, str]) -> str:
    longest_first = "|".join(sorted(letters, key=len, reverse=True))
    return re.sub(longest_first, lambda spelt: letters[spelt[0]], said)


def _on_another_layout(text: str) -> Iterator[Reading]:
    latin, cyrillic = len(_LATIN.findall(text)), _CYRILLIC.search(text)
    if cyrillic and not latin:
        yield Reading(_cleaned(text.translate(_LATIN_LAYOUT)), as_typed, guessed=True)
    if latin and not cyrillic:
        yield Reading(without_kazakh(_cleaned(text.translate(_RUSSIAN_LAYOUT))), without_kazakh, guessed=True)
    # "B2" is a number of something, not the Kazakh word "иә".
    if latin >= _A_WORD and not cyrillic:
        yield Reading(without_kazakh(_cleaned(text.translate(_KAZAKH_LAYOUT))), without_kazakh, guessed=True)


def _letter_pairs(text: str) -> set[str]:
    padded = f" {text} "
    return {padded[at : at + 2] for at in range(len(padded) - 1)}


def _typos_in_word(typed: str, meant: str) -> int:
    if typed == meant:
        return 0
    if _is_another_word(typed, meant):
        return TOO_MANY
    count = _edits(typed, meant, most=_forgiven(min(len(typed), len(meant))))
    is_rival = any(_edits(sounds(typed), rival, most=count) <= count for rival in _rivals(sounds(meant)))
    return TOO_MANY if is_rival else count


def _is_another_word(typed: str, meant: str) -> bool:
    if any(letter.isdigit() for letter in typed + meant):
        return True
    # A Kazakh verb is negated by one syllable with м, б or п inside it: "келісемін" agrees and
    # "келіспеймін" does not, two letters apart. A typo in these letters is never guessed.
    if any(typed.count(letter) != meant.count(letter) for letter in "мбп"):
        return True
    return typed[0] != meant[0] and typed[:2] != meant[1::-1]


def _rivals(meant: str) -> list[str]:
    pairs = [tuple(map(sounds, pair)) for pair in _RIVALS]
    return [word for pair in pairs if meant in pair for word in pair if word != meant]


def _forgiven(letters: int) -> int:
    """Return how many typos a word of so many letters may have."""
    return 0 if letters <= 3 else 1 if letters <= 6 else 2  # noqa: PLR2004 - the journeys, §5.3


def _edits(typed: str, meant: str, *, most: int) -> int:
    """Return the Damerau-Levenshtein distance, or TOO_MANY if it is over `most`."""
    return next((count for count in range(most + 1) if _within(count, typed, meant)), TOO_MANY)


def _within(edits: int, left: str, right: str) -> bool:
    """Try every edit at the first difference only, so that long hostile words cost linear time."""
    same = next((at for at, pair in enumerate(zip(left, right, strict=False)) if len(set(pair)) > 1), None)
    same = min(len(left), len(right)) if same is None else same
    left, right = left[same:], right[same:]
    if not (edits and left and right):
        return len(left) + len(right) <= edits
    if abs(len(left) - len(right)) > edits:
        return False
    ways = [(left[1:], right), (left, right[1:]), (left[1:], right[1:])]
    if left[:2] == right[1::-1]:
        ways.append((left[2:], right[2:]))
    return any(_within(edits - 1, *way) for way in ways)
