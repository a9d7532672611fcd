"""A document number: what a parent without an IIN is known by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from services.names import clean
from services.refused import Refused

_SEPARATORS: Final = re.compile(r"[\s\-\u2010-\u2015\u2212]")
#: "Паспорт N12345678": a word beside the number is no part of it, and cannot be told from one once the spaces are gone.
_WORD: Final = re.compile(r"(?<!\S)[^\W\d_]{5,}(?!\S)")
#: Latin and Cyrillic capitals (the Kazakh ones too) and digits, at least one of them a digit.
_NUMBER: Final = re.compile(r"(?=.*[0-9])[0-9A-Z\u0400-\u0481\u048a-\u04ff]{5,20}")


@dataclass(frozen=True, repr=False)
class DocumentNumber:
    """The number of a passport or a residence permit, in capitals without spaces."""

    text: str

    @classmethod
    def parse(cls, text: str) -> DocumentNumber:
        """Return the number a person typed; spaces and dashes are forgiven, small letters raised.

        Refuses `err.doc.format` unless 5-20 letters and digits with at least one digit remain, and beside a word.
        Source: journeys §1.4, seed 000.
        """
        typed = clean(text)
        number = _SEPARATORS.sub("", typed).upper()
        if _WORD.search(typed) or not _NUMBER.fullmatch(number):
            raise Refused("err.doc.format")
        return cls(number)

    def __repr__(self) -> str:
        return f"DocumentNumber({self.masked})"

    @property
    def masked(self) -> str:
        """Return the form shown to anybody: the last two signs, `•••••••78`, whatever the length."""
        return "•" * 7 + self.text[-2:]
