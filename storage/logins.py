"""Login by a password: names found by blind index, one comparison of hashes, failures counted."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from sqlalchemy import select

from services.emails import Email
from services.logins import Against, Ident, LoginName, Tries, Way
from services.passwords import PARAMETERS
from storage.account_models import DoorRow, TriesRow
from storage.models import AccountRow

if TYPE_CHECKING:
    from storage.do import Do

#: Compared where there is no hash to compare: no proof is as short.
NOTHING = "-"
SALT_BYTES = 16


class LoginStore:
    """What accounts are called by, and how often somebody guessed."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def find(self, ident: Ident) -> int | None:
        index = self._index(ident)
        match ident.way:
            case Way.IIN:
                query = select(AccountRow.person_id).where(AccountRow.iin_index == index)
            case Way.PHONE:
                query = select(AccountRow.person_id).where(AccountRow.phone_index == index)
            case _:
                where = (DoorRow.kind == ident.way.value, DoorRow.value_index == index)
                query = select(DoorRow.person_id).where(*where)
        return self._do.session.scalar(query)

    def challenge(self, ident: Ident) -> str:
        """A decoy is made from the name itself: asked twice, nobody learns that there is no account."""
        stored = self._password(self.find(ident))
        decoy = hashlib.sha256(f"decoy|{self._index(ident)}".encode()).digest()[:SALT_BYTES]
        return stored.rpartition("$")[0] or PARAMETERS + base64.b64encode(decoy).decode().rstrip("=")

    def fits(self, person: int | None, proof: str) -> bool:
        """Compare in constant time, where there is nothing to compare with, too."""
        stored = self._password(person) or NOTHING
        return hmac.compare_digest(stored.encode(), proof.encode()) and stored != NOTHING

    def tries(self, against: Against, ident: Ident) -> Tries:
        row = self._do.session.get(TriesRow, self._subject(against, ident))
        return Tries(row.failures, row.locked_until) if row else Tries()

    def put_tries(self, against: Against, ident: Ident, tries: Tries) -> None:
        do, subject = self._do, self._subject(against, ident)
        row = do.session.get(TriesRow, subject)
        if row is None:
            row = TriesRow(subject=subject)
            do.session.add(row)
        row.failures, row.locked_until, row.at = tries.failures, tries.locked_until, do.now
        do.session.flush()

    # The person's own names.

    def name(self) -> str:
        return self._mine(Way.LOGIN)

    def email(self) -> Email | None:
        text = self._mine(Way.EMAIL)
        return Email(text) if text else None

    def set_name(self, name: LoginName) -> None:
        self._set(Ident(Way.LOGIN, name.text))

    def set_email(self, email: Email) -> None:
        self._set(Ident(Way.EMAIL, email.text))

    def _set(self, ident: Ident) -> None:
        """Uniqueness is the schema's."""
        do, index = self._do, self._index(ident)
        row = do.session.get(DoorRow, (do.person, ident.way.value))
        if row is None:
            row = DoorRow(person_id=do.person, kind=ident.way.value)
            do.session.add(row)
        row.value_index, row.since = index, do.now
        row.sealed = do.world.vault.seal(do.key, ident.value.encode(), door_row(do.person, ident.way.value))
        do.session.flush()

    def _mine(self, way: Way) -> str:
        do = self._do
        row = do.session.get(DoorRow, (do.person, way.value))
        return do.world.vault.open(do.key, row.sealed, door_row(do.person, way.value)).decode() if row else ""

    def _password(self, person: int | None) -> str:
        row = self._do.session.get(AccountRow, person) if person is not None else None
        return (row.password or "") if row else ""

    def _index(self, ident: Ident) -> str:
        return self._do.world.vault.index(ident.way.value, ident.value)

    def _subject(self, against: Against, ident: Ident) -> str:
        match against:
            case Against.CHAT:
                return f"chat|{self._do.address}"
            case Against.NAME:
                return f"name|{self._index(ident)}"
            case Against.ACCOUNT:
                person = self.find(ident)
                return f"account|{person}" if person is not None else f"nobody|{self._index(ident)}"


def door_row(person: int, kind: str) -> str:
    """Return what a name of an account is bound to."""
    return f"door|{person}|{kind}"
