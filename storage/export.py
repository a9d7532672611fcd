"""A copy of everything that is kept of one person, opened with their own key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import addresses
from storage.account_models import DoorRow, PreferenceRow
from storage.cases import message_row
from storage.desk_models import CaseMessageRow
from storage.models import AccountRow, AddressRow, AuditRow, CaseRow, ChildRow, ConsentRow, PersonRow
from storage.queue import application_row, number_of
from storage.queue_models import ApplicationRow, FileRow

if TYPE_CHECKING:
    from storage.vault import Vault

Copy = dict[str, Any]  # Any: JSON values


def collect(session: Session, vault: Vault, person: int) -> Copy:
    """Return a person's data by group, as JSON values; somebody erased has none."""
    row = session.get(PersonRow, person)
    if row is None or row.key is None:
        return {}
    key = vault.unwrap(row.key)
    return {
        "account": _account(session, vault, key, person),
        "children": [_child(vault, key, child) for child in _of(session, ChildRow, person)],
        "applications": [_application(session, vault, key, item) for item in _of(session, ApplicationRow, person)],
        "chats": [_chat(vault, row.key, chat) for chat in _of(session, AddressRow, person)],
        "consents": [
            {"version": item.version, "given": item.given, "at": item.at.isoformat(), "channel": item.channel}
            for item in _of(session, ConsentRow, person)
        ],
        "requests": [{"at": item.opened_at.isoformat(), "state": item.state} for item in _of(session, CaseRow, person)],
        "cases": _words(session, vault, key, person),
        "record": [{"at": item.at.isoformat(), "act": item.act} for item in _of(session, AuditRow, person)],
    }


def _of(session: Session, kind: Any, person: int) -> list[Any]:  # Any: whichever row
    return list(session.scalars(select(kind).where(kind.person_id == person).order_by(kind.id)))


def _account(session: Session, vault: Vault, key: bytes, person: int) -> Copy:
    row = session.get(AccountRow, person)
    if row is None:
        return {}
    known = json.loads(vault.open(key, row.sealed, f"account|{person}"))
    doors = session.scalars(select(DoorRow).where(DoorRow.person_id == person))
    names = {door.kind: vault.open(key, door.sealed, f"door|{person}|{door.kind}").decode() for door in doors}
    lives = session.get(PreferenceRow, person)
    return {
        "name": " ".join(part for part in known["name"] if part),
        "iin": known["iin"],
        "document": known["document"],
        "phone": known["phone"],
        "born": row.born.isoformat(),
        "sex": row.sex,
        "confirmed": row.confirmed,
        "has_password": row.password is not None,
        "opened_at": row.opened_at.isoformat(),
        "locality": lives.locality if lives else None,
        **names,
    }


def _child(vault: Vault, key: bytes, row: ChildRow) -> Copy:
    known = json.loads(vault.open(key, row.sealed, f"child|{row.person_id}|{row.iin_index}"))
    return {
        "name": " ".join(part for part in known["name"] if part),
        "iin": known["iin"],
        "nationality": known["nationality"],
        "social_status": known.get("social", ""),
        "born": row.born.isoformat(),
        "sex": row.sex,
        "added_at": row.added_at.isoformat(),
        "removed_at": row.removed_at.isoformat() if row.removed_at else None,
    }


def _application(session: Session, vault: Vault, key: bytes, row: ApplicationRow) -> Copy:
    bound = application_row(row.person_id, row.child_index)
    second = json.loads(vault.open(key, row.sealed, bound)) if row.sealed else {}
    papers = session.execute(select(FileRow.paper, FileRow.kind).where(FileRow.application_id == row.id))
    return {
        "number": number_of(row),
        "child": row.child_id,
        "locality": row.kato,
        "group": row.group_type,
        "languages": row.languages,
        "benefit": row.benefit,
        "state": row.status,
        "filed_at": row.filed_at.isoformat(),
        "consent": row.consent,
        "papers": ", ".join(f"{paper} ({kind})" for paper, kind in papers),
        **{f"second_{name}": value for name, value in second.items()},
    }


def _words(session: Session, vault: Vault, key: bytes, person: int) -> list[Copy]:
    """What was said to a human and by one; notes of the desk about its own work are the desk's."""
    rows = session.scalars(
        select(CaseMessageRow)
        .join(CaseRow, CaseRow.id == CaseMessageRow.case_id)
        .where(CaseRow.person_id == person, CaseMessageRow.who != "note")
        .order_by(CaseMessageRow.id)
    )

    def said(row: CaseMessageRow) -> str:
        return vault.open(key, row.sealed, message_row(row.case_id)).decode()

    return [{"at": row.at.isoformat(), "who": row.who, "said": said(row)} for row in rows]


def _chat(vault: Vault, wrapped: bytes, row: AddressRow) -> Copy:
    return {
        "channel": row.channel,
        "address": addresses.unseal(vault, wrapped, row.external_index, row.external),
        "since": row.bound_at.isoformat(),
        "proof": row.proof,
    }
