"""Papers a family can download: what they are called and what `/v/{code}` says of them (seed 004, A8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

#: Notice of registration, receipt of documents, entry in the register, child card.
KINDS: Final = ("registration", "receipt", "register_entry", "child_card")
#: Papers are issued in the two languages of the state.
LANGUAGES: Final = ("kk", "ru")


@dataclass(frozen=True)
class Certified:
    """What anybody with a paper in hand may check: no name in full, no IIN, no number in the queue."""

    kind: str
    language: str
    issued_at: datetime
    number: str
    filed_at: datetime
    kato: str
    status: str
    #: Letters of the child's name with the rest veiled.
    child: str
