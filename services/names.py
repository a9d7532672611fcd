"""A person's name: as the registry writes it, short for lists, masked before proof."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class PersonName:
    """Surname, first name and patronymic, each cleaned; a patronymic may be missing."""

    last: str
    first: str
    middle: str = ""

    def __post_init__(self) -> None:
        for part in ("last", "first", "middle"):
            object.__setattr__(self, part, clean(getattr(self, part)))

    def __repr__(self) -> str:
        return f"PersonName({self.masked})"

    @property
    def full(self) -> str:
        """Return all that is known, surname first: `Сабитова Айгерим Маратқызы`."""
        return " ".join(part for part in (self.last, self.first, self.middle) if part)

    @property
    def short(self) -> str:
        """Return the form of pushes and lists: `Алихан С.` (journeys §0.5).

        It ends with its own dot, so a sentence that names it puts nothing behind it: a new line, not another dot.
        """
        return f"{self.first} {self.last[:1]}.".lstrip() if self.last else self.first

    @property
    def veiled(self) -> PersonName:
        """Return a name to show in this one's place before proof: initials, equally long for every name."""
        return PersonName(_veiled(self.last), _veiled(self.first))

    @property
    def masked(self) -> str:
        """Return the form shown before proof, `А••••• С.`, equally long for every name (architecture §7)."""
        return f"{self.first[:1] or '•'}••••• {self.last[:1] or '•'}."


def _veiled(part: str) -> str:
    return f"{part[:1] or '•'}•••••"


def clean(text: str) -> str:
    """Return `text` composed (NFC), without control, bidi and other invisible characters, single-spaced.

    A name with a right-to-left override could draw itself over the words of our sentence.
    """
    visible = text if text.isprintable() else _visible(text)  # an import reads millions of plain cells
    return " ".join(unicodedata.normalize("NFC", visible).split())


def _visible(text: str) -> str:
    spaced = "".join(" " if sign.isspace() else sign for sign in text)
    return "".join(sign for sign in spaced if not unicodedata.category(sign).startswith("C"))
