"""An e-mail address: what one may look like, how it is shown, and the slips of the hand that are offered mended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from services.names import clean
from services.refused import Refused

LONGEST: Final = 254
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_SHORTEST_END: Final = 2

#: Where people of Kazakhstan have their mail; a domain one slip away from one of these is asked about.
_DOMAINS: Final = (
    "gmail.com",
    "mail.ru",
    "mail.kz",
    "yandex.ru",
    "yandex.kz",
    "inbox.ru",
    "list.ru",
    "bk.ru",
    "icloud.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "rambler.ru",
)


@dataclass(frozen=True, repr=False)
class Email:
    """An address in canonical form: small letters, as every provider of ours treats them."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Email:
        """Return the typed address; refuse `err.email.format` for anything but one @ with a dotted Latin domain behind.

        Source: journeys §1.9 (length up to 254, no Cyrillic look-alikes).
        """
        typed = clean(text).strip("<>").removeprefix("mailto:")
        local, at, domain = typed.partition("@")
        labels = domain.split(".")
        is_domain = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
        if not at or len(typed) > LONGEST or not _LOCAL.fullmatch(local) or not is_domain:
            raise Refused("err.email.format")
        if len(labels[-1]) < _SHORTEST_END or labels[-1].isdigit():
            raise Refused("err.email.format")
        return cls(typed.lower())

    def __repr__(self) -> str:
        return f"Email({self.masked})"

    @property
    def masked(self) -> str:
        """Return the form shown in a chat: `a•••@mail.kz` (journeys §1.9)."""
        local, _, domain = self.text.partition("@")
        return f"{local[0]}•••@{domain}"

    @property
    def meant(self) -> Email | None:
        """Return the address that was probably meant (`gmial.com`), None where nothing looks like a slip."""
        local, _, domain = self.text.partition("@")
        if domain in _DOMAINS:
            return None
        near = [known for known in _DOMAINS if _is_one_slip(domain, known)]
        return Email(f"{local}@{near[0]}") if near else None


def _is_one_slip(typed: str, known: str) -> bool:
    """Say whether one letter too many, one too few, another one, or two swapped make the difference."""
    if abs(len(typed) - len(known)) > 1:
        return False
    at = next((place for place, (a, b) in enumerate(zip(typed, known, strict=False)) if a != b), len(known))
    one, other = typed[at:], known[at:]
    swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return swapped or one[1:] == other or one == other[1:] or one[1:] == other[1:]
