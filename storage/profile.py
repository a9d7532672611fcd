"""What a person changes of their own account, and the history of the chats that came to it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from services.phones import Phone
from services.registry import RegistryPerson
from services.trust import COOLS_FOR
from storage.account_models import BindingRow
from storage.models import AccountRow, AddressRow

if TYPE_CHECKING:
    from storage.do import Do


class ProfileStore:
    """The account of this chat's person."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def set_phone(self, phone: Phone) -> None:
        """Uniqueness is the schema's."""
        do = self._do
        row = do.session.get_one(AccountRow, do.person)
        known = self._open(row) | {"phone": phone.e164}
        row.phone_index = do.world.vault.index("phone", phone.e164)
        self._keep(row, known)

    def take_from_registry(self, person: RegistryPerson, *, confirmed: bool) -> None:
        """Keep the names and the birth date the registry has now; the IIN and the phone stay."""
        row = self._do.session.get_one(AccountRow, self._do.person)
        name = (person.name.last, person.name.first, person.name.middle)
        row.born, row.sex = person.born, person.sex.value if person.sex else None
        row.confirmed = row.confirmed or confirmed
        self._keep(row, self._open(row) | {"name": name})

    def _open(self, row: AccountRow) -> dict[str, object]:
        do = self._do
        return dict(json.loads(do.world.vault.open(do.key, row.sealed, f"account|{do.person}")))

    def _keep(self, row: AccountRow, known: dict[str, object]) -> None:
        do = self._do
        clear = json.dumps(known, ensure_ascii=False).encode()
        row.sealed = do.world.vault.seal(do.key, clear, f"account|{do.person}")
        do.session.flush()


def bind(do: Do, person: int, address: int, proof: str) -> None:
    """Write down that a chat came to a person; where others reach them already, it must cool down first (T19)."""
    unbind(do, address)
    others = (AddressRow.person_id == person, AddressRow.id != address, AddressRow.gone_at.is_(None))
    is_second = do.session.scalar(select(AddressRow.id).where(*others).limit(1)) is not None
    cools = do.now + COOLS_FOR if is_second else None
    row = BindingRow(person_id=person, address_id=address, proof=proof, at=do.now, cools_until=cools)
    do.session.add(row)
    do.session.flush()


def unbind(do: Do, address: int) -> None:
    """Write down that a chat left whoever it belonged to."""
    live = (BindingRow.address_id == address, BindingRow.ended_at.is_(None))
    do.session.execute(update(BindingRow).where(*live).values(ended_at=do.now))


def binding_of(do: Do, address: int) -> int | None:
    """Return how a chat is bound to this person now, if it is."""
    live = (BindingRow.address_id == address, BindingRow.person_id == do.person, BindingRow.ended_at.is_(None))
    return do.session.scalar(select(BindingRow.id).where(*live))


def cools_until(do: Do) -> datetime | None:
    """Return until when this chat may do nothing irreversible."""
    live = (BindingRow.address_id == do.address, BindingRow.person_id == do.person, BindingRow.ended_at.is_(None))
    return do.session.scalar(select(BindingRow.cools_until).where(*live))
