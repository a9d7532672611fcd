"""Cases: one open case per person; a second request joins it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.cases import Case
from storage.models import CaseRow

if TYPE_CHECKING:
    from storage.do import Do

#: Case numbers a person reads out on the phone start here.
FIRST_NUMBER = 1000


class CaseStore:
    """Cases of this person."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def open(self, *, flow: str, state: str, question: str) -> Case:
        """Open a case where the person stands, or return the one they have open."""
        do = self._do
        known = do.db.execute("SELECT id FROM \"case\" WHERE person_id=? AND state='new'", (do.person,)).fetchone()
        if known is not None:
            return Case(FIRST_NUMBER + known[0], new=False)
        row = CaseRow(
            person_id=do.person,
            address_id=do.address,
            flow=flow,
            step=state,
            question=question,
            state="new",
            opened_at=do.now,
        )
        do.session.add(row)
        do.session.flush()
        do.audit.note("case.opened", str(row.id))
        return Case(FIRST_NUMBER + row.id, new=True)
