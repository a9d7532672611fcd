"""The person registry: our embedded table, or a job whose answer arrives as an event."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select

from services.documents import DocumentNumber
from services.iin import Iin, Sex
from services.names import PersonName
from services.persons_file import PersonRow
from services.phones import Phone
from services.registry import Belongs, ChildFound, Found, NotFound, Pending, RegistryPerson, Status
from storage.failures import report
from storage.models import JobRow, RegistryKinRow, RegistryPhoneRow, RegistryRow, micros
from storage.vault import Sealed

if TYPE_CHECKING:
    from storage.do import Deed, Do

log = logging.getLogger(__name__)

#: Whose events the answers are: one for each job, named by its ticket.
PROVIDER: Final = "registry"
#: A job that cannot be opened is looked at again after this.
SHUT_WAITS: Final = timedelta(minutes=10)


class EmbeddedRegistry:
    """The registry in our own database: answers within the turn."""

    def __init__(self, deed: Deed) -> None:
        self._deed = deed

    def parent(self, *, iin: Iin | None, document: DocumentNumber | None, phone: Phone) -> Found | NotFound:
        row = self._find(iin, document)
        if row is None:
            return NotFound()
        return Found(self._person(row, self._belongs(row, phone)))

    def child(
        self, *, iin: Iin, guardian_iin: Iin | None, guardian_document: DocumentNumber | None
    ) -> ChildFound | NotFound:
        row = self._find(iin, None)
        if row is None:
            return NotFound()
        asking = {index for index in (self._iin(guardian_iin), self._document(guardian_document)) if index}
        kin = select(RegistryKinRow.guardian_index).where(RegistryKinRow.child_id == row.id)
        known = set(self._deed.session.scalars(kin))
        return ChildFound(self._person(row, Belongs.UNKNOWN), kin=bool(asking & known))

    def _belongs(self, row: RegistryRow, phone: Phone) -> Belongs:
        """Unknown where the registry knows no phone of this person; no where it knows others only."""
        known = select(RegistryPhoneRow.phone_index).where(RegistryPhoneRow.registry_id == row.id)
        phones = set(self._deed.session.scalars(known))
        if not phones:
            return Belongs.UNKNOWN
        return Belongs.YES if self._index("phone", phone.e164) in phones else Belongs.NO

    def _find(self, iin: Iin | None, document: DocumentNumber | None) -> RegistryRow | None:
        if iin is not None:
            where = RegistryRow.iin_index == self._iin(iin)
        elif document is not None:
            where = RegistryRow.document_index == self._document(document)
        else:
            return None
        return self._deed.session.scalar(select(RegistryRow).where(where))

    def _person(self, row: RegistryRow, belongs: Belongs) -> RegistryPerson:
        vault = self._deed.world.vault
        known: dict[str, Any] = json.loads(
            vault.open(vault.own("registry"), row.sealed, person_row(row.iin_index or row.document_index or ""))
        )
        return RegistryPerson(
            iin=Iin(known["iin"]) if known["iin"] else None,
            document=DocumentNumber(known["document"]) if known["document"] else None,
            name=PersonName(*known["name"]),
            born=date.fromisoformat(known["born"]),
            sex=Sex(known["sex"]) if known["sex"] else None,
            nationality=known["nationality"],
            status=Status(known["status"]),
            belongs=belongs,
            social=known.get("social", ""),
        )

    def _iin(self, iin: Iin | None) -> str | None:
        return self._index("iin", iin.digits) if iin else None

    def _document(self, document: DocumentNumber | None) -> str | None:
        return self._index("document", document.text) if document else None

    def _index(self, kind: str, value: str) -> str:
        return self._deed.world.vault.index(kind, value)


def put_people(deed: Deed, people: Iterable[PersonRow]) -> int:
    """Write people into the embedded registry; somebody known is replaced. Return how many are new."""
    new = 0
    for person in people:
        new += _put(deed, person)
    return new


def _put(deed: Deed, person: PersonRow) -> bool:
    vault, session = deed.world.vault, deed.session
    iin_index = vault.index("iin", person.iin.digits) if person.iin else None
    document_index = vault.index("document", person.document.text) if person.document else None
    by = RegistryRow.iin_index == iin_index if iin_index else RegistryRow.document_index == document_index
    row = session.scalar(select(RegistryRow).where(by))
    is_new = row is None
    if row is None:
        row = RegistryRow(sealed=b"")
        session.add(row)
    row.iin_index, row.document_index = iin_index, document_index
    row.sealed = vault.seal(
        vault.own("registry"), _known(person), person_row(row.iin_index or row.document_index or "")
    )
    session.flush()
    session.execute(delete(RegistryPhoneRow).where(RegistryPhoneRow.registry_id == row.id))
    session.execute(delete(RegistryKinRow).where(RegistryKinRow.child_id == row.id))
    phones = {vault.index("phone", phone.e164) for phone in person.phones}
    session.add_all(RegistryPhoneRow(registry_id=row.id, phone_index=index) for index in phones)
    guardians = {_guardian(deed, guardian) for guardian in person.guardians}
    session.add_all(RegistryKinRow(child_id=row.id, guardian_index=index) for index in guardians)
    session.flush()
    return is_new


def _guardian(deed: Deed, guardian: Iin | DocumentNumber) -> str:
    return deed.world.vault.index(*_named(guardian))


def _named(guardian: Iin | DocumentNumber) -> tuple[str, str]:
    return ("iin", guardian.digits) if isinstance(guardian, Iin) else ("document", guardian.text)


def _known(person: PersonRow) -> bytes:
    known = {
        "iin": person.iin.digits if person.iin else None,
        "document": person.document.text if person.document else None,
        "name": (person.name.last, person.name.first, person.name.middle),
        "born": person.born.isoformat(),
        "sex": person.sex.value if person.sex else None,
        "nationality": person.nationality,
        "status": person.status.value,
        "social": person.social,
        # Found by index only; here so that the indexes can be made anew.
        "phones": [phone.e164 for phone in person.phones],
        "guardians": [_named(guardian) for guardian in person.guardians],
    }
    return json.dumps(known, ensure_ascii=False).encode()


def person_row(index: str) -> str:
    """Return what a person of the registry is bound to: the index they are found by."""
    return f"registry|{index}"


class JobRegistry:
    """The registry lies outside: ask by a job, wait for the event."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def parent(self, *, iin: Iin | None, document: DocumentNumber | None, phone: Phone) -> Pending:
        asked = {
            "iin": iin.digits if iin else "",
            "document": document.text if document else "",
            "phone": phone.e164,
        }
        return self._ask("registry.parent", asked)

    def child(self, *, iin: Iin, guardian_iin: Iin | None, guardian_document: DocumentNumber | None) -> Pending:
        asked = {
            "iin": iin.digits,
            "guardian_iin": guardian_iin.digits if guardian_iin else "",
            "guardian_document": guardian_document.text if guardian_document else "",
        }
        return self._ask("registry.child", asked)

    def _ask(self, kind: str, asked: dict[str, str]) -> Pending:
        do = self._do
        ticket = do.world.chance.token()[:22]
        row = JobRow(
            uid=ticket,
            person_id=do.person,
            address_id=do.address,
            kind=kind,
            payload=do.world.vault.seal(do.key, json.dumps(asked).encode(), _row(ticket)),
            due_at=do.now,
            state="planned",
        )
        do.session.add(row)
        do.session.flush()
        return Pending(ticket)


@dataclass(frozen=True)
class Job:
    """Work outside that a turn asked for."""

    ticket: str
    kind: str
    asked: dict[str, str]
    address: int
    attempts: int


def due_jobs(deed: Deed, limit: int = 50) -> list[Job]:
    """Return the jobs that are due; asking again is harmless, so they are not marked.

    One whose answer is in the inbox is not asked again, whatever became of the answer's turn.
    """
    rows = deed.db.execute(
        "SELECT j.uid, j.kind, j.payload, j.address_id, j.attempts, p.key FROM job j JOIN person p ON p.id=j.person_id"
        " WHERE j.state='planned' AND j.due_at<=?"
        " AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.provider=? AND i.account='' AND i.event_id=j.uid)"
        " ORDER BY j.due_at, j.id LIMIT ?",
        (micros(deed.now), PROVIDER, limit),
    ).fetchall()
    return [job for row in rows if (job := _job(deed, *row)) is not None]


def _job(
    deed: Deed, uid: str, kind: str, sealed: bytes, address: int, attempts: int, wrapped: bytes | None
) -> Job | None:
    vault = deed.world.vault
    try:
        asked = json.loads(vault.open(vault.unwrap(wrapped), sealed, _row(uid)))
    except Sealed as shut:
        # Its person was erased, or a data key is missing: the others are asked all the same.
        report(log, "a job cannot be opened", shut, job=uid)
        deed.db.execute("UPDATE job SET due_at=? WHERE uid=?", (micros(deed.now + SHUT_WAITS), uid))
        return None
    return Job(uid, kind, asked, address, attempts)


def close_job(do: Do, ticket: str) -> None:
    """The answer is being handled: the question goes."""
    do.db.execute("UPDATE job SET state='done', payload=NULL WHERE uid=?", (ticket,))


def _row(ticket: str) -> str:
    return f"job|{ticket}"
