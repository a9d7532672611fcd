"""The line above every question while something does not work; read at most once a second by each process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.desk_models import OutageRow

if TYPE_CHECKING:
    from storage.do import Deed

FRESH_SECONDS: Final = 1.0


class Outages:
    """What is known of the line; most turns only look here."""

    def __init__(self) -> None:
        self._lines: dict[str, str] = {}
        self._read_at = float("-inf")

    def line(self, deed: Deed, language: str) -> str:
        """Return the line in a language, empty if everything works."""
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            row = deed.session.scalars(select(OutageRow).where(OutageRow.running == 1)).first()
            self._lines = {"ru": row.ru, "kk": row.kk} if row else {}
            self._read_at = time.monotonic()
        return self._lines.get("kk" if language == "kk" else "ru", "")

    def forget(self) -> None:
        """Look anew next time: it was just changed here."""
        self._read_at = float("-inf")


def switch_on(deed: Deed, agent: int, *, ru: str, kk: str) -> None:
    """Show a line from now on, in place of the one before."""
    switch_off(deed)
    deed.session.add(OutageRow(ru=ru, kk=kk, running=1, agent_id=agent, at=deed.now))
    deed.session.flush()


def switch_off(deed: Deed) -> None:
    """Everything works again."""
    deed.session.execute(update(OutageRow).where(OutageRow.running == 1).values(running=None))
    deed.session.flush()
    deed.world.outages.forget()


def now(session: Session) -> tuple[str, str] | None:
    """Return the running line in Russian and in Kazakh."""
    row = session.scalars(select(OutageRow).where(OutageRow.running == 1)).first()
    return (row.ru, row.kk) if row else None
