"""A password: what one may look like. It is typed on the secure page only."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

from services.iin import Iin
from services.phones import Phone
from services.refused import Refused

SHORTEST: Final = 8
LONGEST: Final = 40
#: How a hash of ours begins: Argon2id, 64 MiB, three passes, four lanes.
PARAMETERS: Final = "$argon2id$v=19$m=65536,t=3,p=4$"

#: Control characters, and halves of a character no hash can be made of.
_UNTYPABLE: Final = ("Cc", "Cs")
_BETWEEN: Final = re.compile(r"[\W_]")


def check(password: str) -> None:
    """Refuse `err.password.length(count)` outside 8-40 characters, then `err.password.chars`.

    The latter for a space at either end or a control character anywhere.
    Source: seeds 001-002, journeys §1.4.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused("err.password.length", count=len(password))
    if password != password.strip() or any(unicodedata.category(sign) in _UNTYPABLE for sign in password):
        raise Refused("err.password.chars")


def looks_like(password: str, iin: Iin | None, phone: Phone | None) -> None:
    """Refuse a password that is the person's own IIN or phone: `err.password.same_as_iin_phone`.

    Spaces and signs between the digits and +7 or 8 before them change nothing; with letters among them it is
    another password. Source: journeys §1.4.
    """
    bare = _BETWEEN.sub("", password)
    if bare in _spellings(iin, phone):
        raise Refused("err.password.same_as_iin_phone")


def _spellings(iin: Iin | None, phone: Phone | None) -> set[str]:
    own = {iin.digits} if iin else set()
    if phone:
        national = phone.e164.removeprefix("+7")
        own |= {national, f"7{national}", f"8{national}"}
    return own


def mark(password: str, salt: str) -> str:
    """Return what a turn may hold of a password to know it for an IIN or a phone: salted, one way."""
    return hashlib.sha256(f"{salt}|{_BETWEEN.sub('', password)}".encode()).hexdigest()


def must_not_be(marked: str, salt: str, iin: Iin | None, phone: Phone | None) -> None:
    """Refuse, as `looks_like`, the password behind a `mark`: `err.password.same_as_iin_phone`."""
    if marked in {mark(own, salt) for own in _spellings(iin, phone)}:
        raise Refused("err.password.same_as_iin_phone")
