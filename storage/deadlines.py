"""Open deadlines of a person: the months of the tabel that wait for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services import tabels
from services.deadlines import OpenDeadline

if TYPE_CHECKING:
    from storage.do import Do


class DeadlineStore:
    """What this person must still do, whichever dialog knows of it."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def open(self) -> list[OpenDeadline]:
        waiting = (sheet for _, sheet in tabels.waiting(self._do))
        return [OpenDeadline("object.tabel", sheet.last) for sheet in waiting if self._do.now < sheet.ends_at]
