"""A case: a parent asked for a human; where they stood is kept with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Case:
    """An open case of this person."""

    number: int
    #: False when the person already had this one open: a second request joins it.
    new: bool


class Cases(Protocol):
    """What storage keeps of cases."""

    def open(self, *, flow: str, state: str, question: str) -> Case: ...
