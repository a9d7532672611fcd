"""Accounts, chats, consents and children of the person a turn is about."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from services.accounts import Account
from services.children import Child
from services.documents import DocumentNumber
from services.iin import Iin, Sex
from services.names import PersonName
from services.phones import Phone
from services.registry import RegistryPerson
from services.trust import ONLY_NOW_FOR
from storage import addresses, erasure, profile
from storage.models import AccountRow, AddressRow, ChildRow, ConsentRow, ConversationRow, OutboxRow, PersonRow

if TYPE_CHECKING:
    from storage.do import Do


class AccountStore:
    """Accounts, found by blind index."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def mine(self) -> Account | None:
        """Return the account of this chat's person."""
        do = self._do
        row = do.session.get(AccountRow, do.person)
        if row is None:
            return None
        known = _open(do, row.sealed, account_row(do.person))
        return Account(
            person=do.person,
            phone=Phone(known["phone"]),
            iin=Iin(known["iin"]) if known["iin"] else None,
            document=DocumentNumber(known["document"]) if known["document"] else None,
            name=PersonName(*known["name"]),
            born=row.born,
            sex=Sex(row.sex) if row.sex else None,
            confirmed=row.confirmed,
            has_password=row.password is not None,
        )

    def by_phone(self, phone: Phone) -> int | None:
        return self._find(AccountRow.phone_index == self._index("phone", phone.e164))

    def by_iin(self, iin: Iin) -> int | None:
        return self._find(AccountRow.iin_index == self._index("iin", iin.digits))

    def by_document(self, document: DocumentNumber) -> int | None:
        return self._find(AccountRow.document_index == self._index("document", document.text))

    def open(self, person: RegistryPerson, phone: Phone, *, confirmed: bool) -> None:
        """Open the account of this chat's person; uniqueness is the schema's."""
        do = self._do
        name = (person.name.last, person.name.first, person.name.middle)
        iin = person.iin.digits if person.iin else None
        document = person.document.text if person.document else None
        known = {"phone": phone.e164, "iin": iin, "document": document, "name": name}
        row = AccountRow(
            person_id=do.person,
            phone_index=self._index("phone", phone.e164),
            iin_index=self._index("iin", iin) if iin else None,
            document_index=self._index("document", document) if document else None,
            sealed=_seal(do, known, account_row(do.person)),
            born=person.born,
            sex=person.sex.value if person.sex else None,
            confirmed=confirmed,
            opened_at=do.now,
        )
        do.session.add(row)
        do.session.flush()
        address = do.session.get_one(AddressRow, do.address)
        address.proof = "registration"
        profile.bind(do, do.person, do.address, "registration")

    def set_password(self, password_hash: str) -> None:
        self._do.session.get_one(AccountRow, self._do.person).password = password_hash

    def recover(self, person: int, password_hash: str) -> None:
        """Set the password and end what every chat of the account has proved."""
        session = self._do.session
        session.get_one(AccountRow, person).password = password_hash
        chats = AddressRow.person_id == person
        session.execute(update(AddressRow).where(chats).values(verified_until=None, code_at=None))
        session.flush()

    def take_chat_to(self, person: int, proof: str = "login") -> None:
        """Bind this chat to the person whose phone it proved; what it proved before proved somebody else."""
        do = self._do
        if person == do.person:
            do.session.get_one(AddressRow, do.address).proof = proof
            do.session.flush()
            return
        before = do.person
        address = do.session.get_one(AddressRow, do.address)
        do.become(person)
        address.person_id = person
        address.external = addresses.seal(do.world.vault, do.key, do.channel, do.external)
        address.proof, address.bound_at = proof, do.now
        address.verified_until = address.code_at = None
        do.session.flush()
        profile.bind(do, person, do.address, proof)
        self._leave_nothing(before)

    def leave(self) -> None:
        """Make this chat a guest's again; the account and its other chats stay as they are."""
        do = self._do
        before, address = do.person, do.session.get_one(AddressRow, do.address)
        key, wrapped = do.world.vault.new_key()
        guest = PersonRow(key=wrapped, created_at=do.now)
        do.session.add(guest)
        do.session.flush()
        do.become(guest.id)
        do.left = True
        address.person_id = guest.id
        address.external = addresses.seal(do.world.vault, key, do.channel, do.external)
        address.proof, address.bound_at = "first", do.now
        address.verified_until = address.code_at = None
        do.session.flush()
        profile.unbind(do, do.address)
        self._cancel_planned(before, AddressRow.id == do.address)
        self._leave_nothing(before)

    def drop_chats(self) -> None:
        erasure.drop_chats(self._do)

    def _cancel_planned(self, person: int, chats: Any) -> None:  # Any: a column comparison
        """What was to be told in a chat of this account is not told there any more."""
        do = self._do
        mine = (
            OutboxRow.person_id == person,
            OutboxRow.address_id.in_(select(AddressRow.id).where(chats)),
            OutboxRow.state == "planned",
        )
        gone = {"state": "cancelled", "reason": "left", "payload": None, "done_at": do.now}
        do.session.execute(update(OutboxRow).where(*mine).values(**gone))

    def _leave_nothing(self, guest: int) -> None:
        """Nobody comes back to a conversation without a chat."""
        chats = select(AddressRow.id).where(AddressRow.person_id == guest).limit(1)
        talk = self._do.session.get(ConversationRow, guest)
        if talk is not None and self._do.session.scalar(chats) is None:
            self._do.session.delete(talk)
            self._do.session.flush()

    def _find(self, where: Any) -> int | None:  # Any: a column comparison
        return self._do.session.scalar(select(AccountRow.person_id).where(where))

    def _index(self, kind: str, value: str) -> str:
        return self._do.world.vault.index(kind, value)


class ChatStore:
    """Trust and wishes of this chat."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def _row(self) -> AddressRow:
        return self._do.session.get_one(AddressRow, self._do.address)

    @property
    def here(self) -> int:
        """The chat this turn happens in."""
        return self._do.address

    def proved_by_code(self) -> None:
        """A code was proved here: a fresh proof for 10 minutes, and verified at least as long as only-now."""
        row, now = self._row(), self._do.now
        row.code_at = now
        row.verified_until = max(row.verified_until or now, now + ONLY_NOW_FOR)
        self._do.session.flush()

    def proved_by_password(self) -> None:
        """A password was right here: verified at least as long as only-now, no fresh proof for what needs a code."""
        row, now = self._row(), self._do.now
        row.verified_until = max(row.verified_until or now, now + ONLY_NOW_FOR)
        self._do.session.flush()

    def remember(self, *, until: datetime) -> None:
        self._row().verified_until = until
        self._do.session.flush()

    def tell_others(self, key: str, *, newcomer: int | None = None) -> int:
        """Hand a notice to the person's other chats; return how many there are.

        Where it is about a `newcomer` among the chats, that one hears nothing, and the others can cut it off.
        """
        do = self._do
        binding = profile.binding_of(do, newcomer) if newcomer is not None else None
        button = (("btn.not_me", f"!not_me-{binding}"),) if binding is not None else ()
        return self._tell(do.person, key, button, but=newcomer)

    def tell(self, person: int, key: str) -> int:
        """Hand a notice to the chats of a person, this one left out; return how many there are."""
        return self._tell(person, key)

    def _tell(self, person: int, key: str, buttons: tuple[tuple[str, str], ...] = (), but: int | None = None) -> int:
        do = self._do
        left_out = (do.address, but if but is not None else do.address)
        theirs = (AddressRow.person_id == person, AddressRow.id.not_in(left_out), AddressRow.gone_at.is_(None))
        others = do.session.scalars(select(AddressRow).where(*theirs)).all()
        for other in others:
            payload = do.world.push(other.channel, key, do.language, {}, buttons)
            do.outbox.add("notice", payload, channel=other.channel, address=other.id)
        return len(others)

    def cools_until(self) -> datetime | None:
        return profile.cools_until(self._do)

    def is_only_one(self) -> bool:
        """Say whether this is the only chat that reaches the person."""
        do = self._do
        others = (AddressRow.person_id == do.person, AddressRow.id != do.address, AddressRow.gone_at.is_(None))
        return do.session.scalar(select(AddressRow.id).where(*others).limit(1)) is None

    def opt_out(self) -> None:
        self._row().opted_out_at = self._do.now
        self._do.session.flush()

    def opt_in(self) -> None:
        self._row().opted_out_at = None
        self._do.session.flush()


class ConsentStore:
    """Answers to the policy, each kept with its proof."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def given(self, version: str) -> bool:
        """Say whether the last answer to this version was yes."""
        where = (ConsentRow.person_id == self._do.person, ConsentRow.version == version)
        newest = select(ConsentRow.given).where(*where).order_by(ConsentRow.id.desc()).limit(1)
        return bool(self._do.session.scalar(newest))

    def give(self, version: str, *, opened: bool) -> None:
        self._note(version, given=True, opened=opened)
        self._do.audit.note("consent.given", version)

    def refuse(self, version: str) -> None:
        self._note(version, given=False, opened=False)
        self._do.audit.note("consent.refused", version)

    def _note(self, version: str, *, given: bool, opened: bool) -> None:
        do = self._do
        row = ConsentRow(
            person_id=do.person,
            version=version,
            given=given,
            policy_opened=opened,
            language=do.language,
            channel=do.channel,
            message=do.message,
            at=do.now,
        )
        do.session.add(row)
        do.session.flush()


class ChildStore:
    """Children on this person's list."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def all(self) -> list[Child]:
        where = (ChildRow.person_id == self._do.person, ChildRow.removed_at.is_(None))
        return [
            self._child(row) for row in self._do.session.scalars(select(ChildRow).where(*where).order_by(ChildRow.id))
        ]

    def get(self, child: int) -> Child | None:
        """Return a listed child of this person; somebody else's is not there."""
        row = self._listed(child)
        return None if row is None else self._child(row)

    def add(self, iin: Iin, name: PersonName, born: date, sex: Sex, nationality: str, *, social: str = "") -> Child:
        do = self._do
        index = do.world.vault.index("iin", iin.digits)
        whole = (name.last, name.first, name.middle)
        known = {"iin": iin.digits, "name": whole, "nationality": nationality, "social": social}
        row = ChildRow(
            person_id=do.person,
            iin_index=index,
            sealed=_seal(do, known, child_row(do.person, index)),
            born=born,
            sex=sex.value,
            source="registry",
            added_at=do.now,
        )
        do.session.add(row)
        do.session.flush()
        return Child(row.id, iin, name, born, sex, nationality, social)

    def remove(self, child: int) -> None:
        if (row := self._listed(child)) is None:
            raise LookupError("no such child on this list")
        row.removed_at = self._do.now
        self._do.session.flush()

    def _listed(self, child: int) -> ChildRow | None:
        row = self._do.session.get(ChildRow, child)
        is_mine = row is not None and row.person_id == self._do.person and row.removed_at is None
        return row if is_mine else None

    def _child(self, row: ChildRow) -> Child:
        known = _open(self._do, row.sealed, child_row(row.person_id, row.iin_index))
        name = PersonName(*known["name"])
        iin, sex, social = Iin(known["iin"]), Sex(row.sex), known.get("social", "")
        return Child(row.id, iin, name, row.born, sex, known["nationality"], social)


def account_row(person: int) -> str:
    """Return what an account is bound to."""
    return f"account|{person}"


def child_row(person: int, iin_index: str) -> str:
    """Return what a child is bound to."""
    return f"child|{person}|{iin_index}"


def _seal(do: Do, known: dict[str, Any], row: str) -> bytes:
    return do.world.vault.seal(do.key, json.dumps(known, ensure_ascii=False).encode(), row)


def _open(do: Do, sealed: bytes, row: str) -> dict[str, Any]:
    return dict(json.loads(do.world.vault.open(do.key, sealed, row)))
