"""What the demo's people have in their pockets: the numbers they will be asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from services import demo_city
from services.iin import Iin
from services.persons_file import PersonRow


class Papers:
    """The city's registry, looked at from a phone: whose it is, and which children are theirs."""

    def __init__(self, people: Sequence[PersonRow]) -> None:
        self._by_phone = {phone.e164: row for row in people for phone in row.phones}
        self._children: dict[str, list[PersonRow]] = {}
        for row in people:
            for guardian in row.guardians:
                self._children.setdefault(_number(guardian), []).append(row)
        self._free = self._parents(people)

    def of(self, phone: str) -> dict[str, Any] | None:
        """Return name, IIN or document number, and children of the owner of a phone."""
        row = self._by_phone.get(phone)
        if row is None:
            return None
        children = self._children.get(_number(row.iin or row.document), [])
        return {
            "name": row.name.full,
            "iin": row.iin.digits if row.iin else "",
            "document": row.document.text if row.document else "",
            "children": [{"name": child.name.full, "iin": _number(child.iin)} for child in children],
        }

    def next_parent(self, taken: set[str]) -> PersonRow:
        """Return a parent of the city whose phone stands on no page yet."""
        return next(row for row in self._free if row.phones[0].e164 not in taken)

    def _parents(self, people: Sequence[PersonRow]) -> Iterator[PersonRow]:
        fixtures = set(map(id, demo_city.FIXTURES))
        for row in people:
            if id(row) not in fixtures and row.phones and row.iin and _number(row.iin) in self._children:
                yield row


def _number(identity: object) -> str:
    if isinstance(identity, Iin):
        return identity.digits
    return str(getattr(identity, "text", ""))
