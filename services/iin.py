"""An IIN: the twelve digits that name a person, parsed once at the door."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from services import ages
from services.names import clean
from services.refused import Refused

LENGTH: Final = 12

_SEPARATORS: Final = re.compile(r"[\s.\-\u2010-\u2015\u2212]")
_DIGITS: Final = re.compile(r"[0-9]*")  # str.isdigit would let Arabic-Indic digits in
# O and the Cyrillic О, З, l, I and the Kazakh І: what a thumb or a scanner puts for 0, 3 and 1.
_LOOK_ALIKES: Final = str.maketrans("O\u041e\u0417lI\u0406", "003111")

#: The seventh digit names sex and century (domain.md §5.1).
_CENTURIES: Final = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}
_FOREIGNER: Final = "0"

_FIRST_WEIGHTS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND_WEIGHTS: Final = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_NO_DIGIT: Final = 10


class Sex(StrEnum):
    """Sex as the seventh digit gives it: odd is male."""

    MALE = "m"
    FEMALE = "f"


@dataclass(frozen=True, repr=False)
class Iin:
    """Twelve digits with a real birth date and check digit; that the person exists only a registry knows."""

    digits: str

    @classmethod
    def parse(cls, text: str) -> Iin:
        """Return the IIN a person typed; spaces, dashes, dots and look-alikes of digits are forgiven.

        Refuses, in this order: `err.iin.chars`, `err.iin.length(count)`, `err.iin.date(digits)`,
        `err.iin.foreign` (seventh digit 0: the way is [Нет ИИН]), `err.iin.century`, `err.iin.checksum`.
        Source: journeys §0.5, domain.md §5, seed 000.
        """
        digits = _plain(text)
        if not _DIGITS.fullmatch(digits):
            raise Refused("err.iin.chars")
        if len(digits) != LENGTH:
            raise Refused("err.iin.length", count=len(digits))
        if _born(digits) is None:
            raise Refused("err.iin.date", digits=digits[:6])
        if digits[6] == _FOREIGNER:
            raise Refused("err.iin.foreign")
        if digits[6] not in _CENTURIES:
            raise Refused("err.iin.century")
        if check_digit(digits[:11]) != int(digits[11]):
            raise Refused("err.iin.checksum")
        return cls(digits)

    def __repr__(self) -> str:
        return f"Iin({self.masked})"

    @property
    def born(self) -> date:
        """Return the birth date the first seven digits give."""
        return date(_CENTURIES[self.digits[6]] + int(self.digits[:2]), *_month_and_day(self.digits))

    @property
    def sex(self) -> Sex:
        """Return the sex the seventh digit gives."""
        return Sex.MALE if int(self.digits[6]) % 2 else Sex.FEMALE

    @property
    def masked(self) -> str:
        """Return the only form shown to anybody: `••••••••0001` (journeys §0.5)."""
        return "•" * 8 + self.digits[-4:]

    def age_on(self, today: date) -> int:
        """Return the full years on `today`; negative for a birth date still to come."""
        return ages.full_years(self.born, today)

    def must_be_born_by(self, today: date) -> None:
        """Refuse a birth date after `today`: `err.iin.date(digits)` (domain.md §5.4)."""
        if self.born > today:
            raise Refused("err.iin.date", digits=self.digits[:6])


def check_digit(eleven: str) -> int | None:
    """Return the twelfth digit for the first eleven; None if no such IIN is issued (domain.md §5.2)."""
    for weights in (_FIRST_WEIGHTS, _SECOND_WEIGHTS):
        rest = _weigh(eleven, weights) % 11
        if rest != _NO_DIGIT:
            return rest
    return None


def _weigh(eleven: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(eleven, weights, strict=True))


def _plain(text: str) -> str:
    typed = _SEPARATORS.sub("", clean(text))
    mended = typed.translate(_LOOK_ALIKES)
    # "ООО" is a word, not a number: look-alikes count only among digits.
    among_digits = _DIGITS.fullmatch(mended) and re.search("[0-9]", typed)
    return mended if among_digits else typed


def _born(digits: str) -> date | None:
    # A wrong seventh digit names no century: then any that knows this day will do (29 February).
    centuries = {_CENTURIES[digits[6]]} if digits[6] in _CENTURIES else set(_CENTURIES.values())
    for century in centuries:
        try:
            return date(century + int(digits[:2]), *_month_and_day(digits))
        except ValueError:
            continue
    return None


def _month_and_day(digits: str) -> tuple[int, int]:
    return int(digits[2:4]), int(digits[4:6])
