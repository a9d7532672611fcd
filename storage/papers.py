"""Papers of ours: issued once for an application, kind and language, and checked by their code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from services.names import PersonName
from services.papers import Certified
from storage.models import AccountRow, ChildRow, LinkRow, PersonRow
from storage.queue import number_of
from storage.queue_models import ApplicationRow, FileRow, PaperRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from storage.do import Deed
    from storage.vault import Vault


@dataclass(frozen=True)
class Printed:
    """Everything a paper says; only its owner's link leads to it."""

    code: str
    kind: str
    language: str
    issued_at: datetime
    number: str
    filed_at: datetime
    kato: str
    group: str
    languages: tuple[str, ...]
    benefit: str
    child: PersonName
    born: date
    applicant: PersonName
    #: What was handed in: the kind of paper and the type of file.
    files: tuple[tuple[str, str], ...]


def issue(deed: Deed, token: str, kind: str, application: int, language: str) -> Printed | None:
    """Return a paper for the holder of an open link, issued now if it never was; nothing for anybody else."""
    link = deed.session.get(LinkRow, deed.world.vault.index("link", token))
    if link is None or link.expires_at <= deed.now or link.purpose != f"paper-{kind}-{application}":
        return None
    row = deed.session.get(ApplicationRow, application)
    if row is None or row.person_id != link.person_id:
        return None
    where = (PaperRow.application_id == row.id, PaperRow.kind == kind, PaperRow.language == language)
    paper = deed.session.scalar(select(PaperRow).where(*where))
    if paper is None:
        paper = PaperRow(
            code=deed.world.chance.token(), application_id=row.id, kind=kind, language=language, issued_at=deed.now
        )
        deed.session.add(paper)
        deed.session.flush()
    return _printed(deed, paper, row)


def _printed(deed: Deed, paper: PaperRow, row: ApplicationRow) -> Printed:
    session, vault = deed.session, deed.world.vault
    key = vault.unwrap(session.get_one(PersonRow, row.person_id).key)
    child = session.get_one(ChildRow, row.child_id)
    account = session.get_one(AccountRow, row.person_id)
    known = json.loads(vault.open(key, account.sealed, f"account|{row.person_id}"))
    files = session.execute(select(FileRow.paper, FileRow.kind).where(FileRow.application_id == row.id))
    return Printed(
        code=paper.code,
        kind=paper.kind,
        language=paper.language,
        issued_at=paper.issued_at,
        number=number_of(row),
        filed_at=row.filed_at,
        kato=row.kato,
        group=row.group_type,
        languages=tuple(row.languages.split(",")),
        benefit=row.benefit,
        child=_name(vault, key, child),
        born=child.born,
        applicant=PersonName(*known["name"]),
        files=tuple((paper, kind) for paper, kind in files),
    )


def _name(vault: Vault, key: bytes, child: ChildRow) -> PersonName:
    known = json.loads(vault.open(key, child.sealed, f"child|{child.person_id}|{child.iin_index}"))
    return PersonName(*known["name"])


def check(session: Session, vault: Vault, code: str) -> Certified | None:
    """Return what a code certifies; nothing for one we never gave, or of a family that was erased."""
    paper = session.scalar(select(PaperRow).where(PaperRow.code == code))
    row = session.get(ApplicationRow, paper.application_id) if paper else None
    person = session.get(PersonRow, row.person_id) if row else None
    if paper is None or row is None or person is None or person.key is None:
        return None
    child = session.get_one(ChildRow, row.child_id)
    return Certified(
        kind=paper.kind,
        language=paper.language,
        issued_at=paper.issued_at,
        number=number_of(row),
        filed_at=row.filed_at,
        kato=row.kato,
        status=row.status,
        child=_name(vault, vault.unwrap(person.key), child).masked,
    )
