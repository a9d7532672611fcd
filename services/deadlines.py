"""What a person must do until when, as the account asks about it before somebody leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class OpenDeadline:
    """One thing that still waits for this person: the key of its name, and its last instant (UTC)."""

    what: str
    due: datetime


class Deadlines(Protocol):
    """The open deadlines of this person."""

    def open(self) -> list[OpenDeadline]: ...
