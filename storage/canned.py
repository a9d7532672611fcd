"""Ready answers: the release's first ones, and over them what seniors wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.canned import FIRST, Canned
from services.desk import Staff, words
from storage import staff_audit
from storage.desk_models import CannedRow

if TYPE_CHECKING:
    from storage.do import Deed


def all_of_them(session: Session) -> list[Canned]:
    """Return the answers by key."""
    written = {row.key: Canned(row.key, row.ru, row.kk) for row in session.scalars(select(CannedRow))}
    return sorted(({item.key: item for item in FIRST} | written).values(), key=lambda item: item.key)


def write(deed: Deed, staff: Staff, key: str, *, ru: str, kk: str) -> None:
    """Write an answer, in both languages."""
    staff.must("canned")
    deed.session.merge(CannedRow(key=words(key, 20), ru=words(ru), kk=words(kk)))
    deed.session.flush()
    staff_audit.note(deed, staff.id, "canned.written", subject=key)
