"""Localities: the imported classifier, read once for each state of it, and where a person lives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select

from services.localities import Locality
from storage.account_models import LocalityRow, PreferenceRow

if TYPE_CHECKING:
    from storage.do import Deed, Do

#: The last classifier read, by how many rows it has: an import replaces it whole.
_read: Final[dict[int, tuple[Locality, ...]]] = {}


class PlaceStore:
    """Localities, and this person's own."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def imported(self) -> tuple[Locality, ...]:
        session = self._do.session
        count = session.scalar(select(func.count()).select_from(LocalityRow)) or 0
        if not count:
            return ()
        if count not in _read:
            rows = session.scalars(select(LocalityRow).order_by(LocalityRow.kato))
            _read.clear()
            _read[count] = tuple(Locality(r.kato, r.kind, r.parent, r.name_ru, r.name_kk) for r in rows)
        return _read[count]

    def home(self) -> str:
        row = self._do.session.get(PreferenceRow, self._do.person)
        return (row.locality or "") if row else ""

    def set_home(self, kato: str) -> None:
        do = self._do
        row = do.session.get(PreferenceRow, do.person)
        if row is None:
            row = PreferenceRow(person_id=do.person)
            do.session.add(row)
        row.locality = kato
        do.session.flush()


def replace_all(deed: Deed, units: Sequence[Locality]) -> int:
    """Put an imported classifier in place of the one before; return how many units it has."""
    deed.session.execute(delete(LocalityRow))
    deed.session.add_all(
        LocalityRow(kato=unit.kato, kind=unit.kind, parent=unit.parent, name_ru=unit.ru, name_kk=unit.kk)
        for unit in units
    )
    deed.session.flush()
    _read.clear()
    return len(units)
