"""What the desk sees: the queue, a conversation, a masked card. Opening a card leaves a record in the same commit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cases import State
from services.desk import Staff
from services.iin import Iin
from services.names import PersonName
from services.phones import Phone
from services.refused import Refused
from storage import desk, staff_audit
from storage.cases import FIRST_NUMBER, OPEN, happened
from storage.desk_models import AgentRow, CallbackRow, CaseEventRow, CaseMessageRow
from storage.models import AccountRow, AddressRow, CaseRow, ChildRow, ConversationRow, OutboxRow, PersonRow
from storage.vault import Sealed, Vault

if TYPE_CHECKING:
    from storage.do import Deed

TABS: Final = ("mine", "free", "all", "closed", "calls")
SHOWN: Final = 300
MESSAGES: Final = 200


@dataclass(frozen=True)
class Row:
    """A case in the queue."""

    number: int
    priority: int
    channel: str
    language: str
    name: str
    topic: str
    team: str
    state: str
    opened_at: datetime
    due_at: datetime | None
    holder: str
    rating: str


@dataclass(frozen=True)
class Call:
    """A line of the call list."""

    id: int
    number: int
    name: str
    slot: str
    due_at: datetime
    tries: int


@dataclass(frozen=True)
class Line:
    """A message of a conversation; `fate` is what became of it on its way."""

    id: int
    who: str
    agent: str
    kind: str
    words: str
    at: datetime
    fate: str
    can_undo: bool = False


@dataclass(frozen=True)
class Child:
    """A child on the card."""

    name: str
    born: date


@dataclass(frozen=True)
class Card:
    """Everything an agent may see of a case without asking for more."""

    row: Row
    lines: tuple[Line, ...]
    is_mine: bool
    flow: str
    step: str
    now_at: str
    name: str = ""
    phone: str = ""
    iin: str = ""
    confirmed: bool = False
    children: tuple[Child, ...] = ()
    window: timedelta | None = None
    earlier: tuple[int, ...] = ()


def queue(session: Session, vault: Vault, staff: Staff, tab: str) -> list[Row]:
    """Return the cases of a tab: urgent ones first, closed ones newest first."""
    staff.must("queue")
    found = _cases().order_by(CaseRow.priority, CaseRow.opened_at, CaseRow.id)
    match tab:
        case "mine":
            found = found.where(OPEN, CaseRow.holder_id == staff.id)
        case "free":
            found = found.where(OPEN, CaseRow.state == State.NEW)
        case "closed":
            found = _cases().where(CaseRow.state == State.CLOSED).order_by(CaseRow.closed_at.desc())
        case _:
            found = found.where(OPEN)
    return [_row(vault, *item) for item in session.execute(found.limit(SHOWN))]


def _cases() -> Any:  # Any: a select of these five columns
    return (
        select(CaseRow, AddressRow.channel, AgentRow.shown, AccountRow.sealed, PersonRow.key)
        .join(PersonRow, PersonRow.id == CaseRow.person_id)
        .outerjoin(AddressRow, AddressRow.id == CaseRow.address_id)
        .outerjoin(AgentRow, AgentRow.id == CaseRow.holder_id)
        .outerjoin(AccountRow, AccountRow.person_id == CaseRow.person_id)
    )


def _row(
    vault: Vault, case: CaseRow, channel: str | None, holder: str | None, sealed: bytes | None, key: bytes | None
) -> Row:
    known = _known(vault, case.person_id, sealed, key)
    return Row(
        number=FIRST_NUMBER + case.id,
        priority=case.priority,
        channel="WA" if (channel or "").endswith("whatsapp") else "TG",
        language=case.language or "kk",
        name=PersonName(*known["name"]).short if known else "",
        topic=case.topic,
        team=case.team,
        state=case.state,
        opened_at=case.opened_at,
        due_at=case.due_at,
        holder=holder or "",
        rating=case.rating,
    )


def _known(vault: Vault, person: int, sealed: bytes | None, key: bytes | None) -> dict[str, Any]:
    if sealed is None:
        return {}
    try:
        return dict(json.loads(vault.open(vault.unwrap(key), sealed, f"account|{person}")))
    except Sealed:  # erased: a guest like any other
        return {}


def calls(session: Session, vault: Vault, staff: Staff) -> list[Call]:
    """Return who wants to be called, the soonest first."""
    staff.must("call")
    found = session.execute(
        select(CallbackRow, CaseRow, AccountRow.sealed, PersonRow.key)
        .join(CaseRow, CaseRow.id == CallbackRow.case_id)
        .join(PersonRow, PersonRow.id == CaseRow.person_id)
        .outerjoin(AccountRow, AccountRow.person_id == CaseRow.person_id)
        .where(CallbackRow.state == "planned")
        .order_by(CallbackRow.due_at, CallbackRow.id)
        .limit(SHOWN)
    )
    return [_call(vault, *item) for item in found]


def _call(vault: Vault, call: CallbackRow, case: CaseRow, sealed: bytes | None, key: bytes | None) -> Call:
    known = _known(vault, case.person_id, sealed, key)
    name = PersonName(*known["name"]).short if known else ""
    return Call(call.id, FIRST_NUMBER + case.id, name, call.slot, call.due_at, call.tries)


def card(deed: Deed, staff: Staff, number: int) -> Card:
    """Open a case: the conversation and the masked card; that it was read is recorded."""
    staff.must("read")
    row = desk.case_of(deed, number)
    staff_audit.note(deed, staff.id, "case.read", case=row.id)
    happened(deed, "looks", row.id, staff.id)
    return _card(deed, staff, row)


def _card(deed: Deed, staff: Staff, row: CaseRow) -> Card:
    session, vault = deed.session, deed.world.vault
    case, channel, holder, sealed, key = session.execute(_cases().where(CaseRow.id == row.id)).one()
    known = _known(vault, row.person_id, sealed, key)
    account = session.get(AccountRow, row.person_id)
    talk = session.get(ConversationRow, row.person_id)
    return Card(
        row=_row(vault, case, channel, holder, sealed, key),
        lines=tuple(_lines(deed, staff, row)),
        is_mine=row.holder_id == staff.id and row.state != State.CLOSED,
        flow=row.flow,
        step=row.step,
        now_at=talk.state if talk else "",
        name=PersonName(*known["name"]).short if known else "",
        phone=Phone(known["phone"]).masked if known else "",
        iin=Iin(known["iin"]).masked if known and known["iin"] else "",
        confirmed=bool(account and account.confirmed),
        children=tuple(_children(deed, row, key)),
        window=desk.window_left(deed, row),
        earlier=_earlier(session, row),
    )


def _lines(deed: Deed, staff: Staff, row: CaseRow) -> list[Line]:
    found = deed.session.execute(
        select(CaseMessageRow, AgentRow.shown, OutboxRow.state, OutboxRow.due_at)
        .outerjoin(AgentRow, AgentRow.id == CaseMessageRow.agent_id)
        .outerjoin(OutboxRow, OutboxRow.uid == CaseMessageRow.uid)
        .where(CaseMessageRow.case_id == row.id, CaseMessageRow.state != "undone")
        .order_by(CaseMessageRow.id.desc())
        .limit(MESSAGES)
    ).all()
    return [_line(deed, staff, row, *item) for item in reversed(found)]


def _line(
    deed: Deed, staff: Staff, row: CaseRow, said: CaseMessageRow, agent: str | None, sent: str | None, due: Any
) -> Line:
    can_undo = sent == "planned" and due is not None and due > deed.now and said.agent_id == staff.id
    fate = "window" if said.state == "window" else sent or ""
    words = desk.read(deed, row, said)
    return Line(said.id, said.who, agent or "", said.kind, words, said.at, fate, can_undo)


def _children(deed: Deed, row: CaseRow, key: bytes | None) -> list[Child]:
    vault, found = deed.world.vault, []
    mine = (ChildRow.person_id == row.person_id, ChildRow.removed_at.is_(None))
    for child in deed.session.scalars(select(ChildRow).where(*mine).order_by(ChildRow.id)):
        clear = vault.open(vault.unwrap(key), child.sealed, f"child|{child.person_id}|{child.iin_index}")
        found.append(Child(PersonName(*json.loads(clear)["name"]).short, child.born))
    return found


def _earlier(session: Session, row: CaseRow) -> tuple[int, ...]:
    rows = session.scalars(
        select(CaseRow.id)
        .where(CaseRow.person_id == row.person_id, CaseRow.id != row.id)
        .order_by(CaseRow.id.desc())
        .limit(10)
    )
    return tuple(FIRST_NUMBER + id_ for id_ in rows)


def transcript(deed: Deed, staff: Staff, number: int) -> list[Line]:
    """Return what was said with the parent, without notes; secrets were cut out when it was kept."""
    staff.must("transcript")
    row = desk.case_of(deed, number)
    staff_audit.note(deed, staff.id, "case.transcript", case=row.id)
    return [line for line in _lines(deed, staff, row) if line.who != "note"]


def reveal(deed: Deed, staff: Staff, number: int, name: str, reason: str) -> tuple[CaseRow, str]:
    """Return one field in clear, with a reason of the list; recorded in the same commit."""
    from services.desk import REASONS

    if not staff.may_reveal(name):
        raise Refused("err.desk.forbidden")
    if reason not in REASONS:
        raise Refused("err.desk.reason")
    row = desk.case_of(deed, number)
    if row.holder_id != staff.id and not staff.may("board"):
        raise Refused("err.desk.not_yours")
    _, _, _, sealed, key = deed.session.execute(_cases().where(CaseRow.id == row.id)).one()
    known = _known(deed.world.vault, row.person_id, sealed, key)
    if not known or not known.get(name):
        raise Refused("err.desk.unknown")
    staff_audit.note(deed, staff.id, "case.reveal", case=row.id, subject=f"{name}: {reason}")
    value = PersonName(*known["name"]).full if name == "name" else str(known[name])
    return row, value


def search(deed: Deed, staff: Staff, text: str) -> list[Row]:
    """Find by case number, exact phone or exact IIN; that somebody searched is recorded, what for is not."""
    staff.must("search")
    vault, digits = deed.world.vault, "".join(sign for sign in text if sign.isdigit())
    found = _cases().order_by(CaseRow.id.desc()).limit(SHOWN)
    kind, where = _searched(vault, text, digits)
    staff_audit.note(deed, staff.id, "case.search", subject=kind)
    if where is None:
        return []
    return [_row(vault, *item) for item in deed.session.execute(found.where(where))]


def _searched(vault: Vault, text: str, digits: str) -> tuple[str, Any]:  # Any: a column comparison
    if text.strip().lstrip("#№ ").isdigit() and len(digits) <= 9:  # noqa: PLR2004 - shorter than any phone
        return "number", CaseRow.id == int(digits) - FIRST_NUMBER
    try:
        return "iin", AccountRow.iin_index == vault.index("iin", Iin.parse(text).digits)
    except Refused:
        pass
    try:
        return "phone", AccountRow.phone_index == vault.index("phone", Phone.parse(text).e164)
    except Refused:
        return "nothing", None


# What open pages hear.


@dataclass(frozen=True)
class Happened:
    """One event of the desk."""

    id: int
    kind: str
    number: int | None
    agent: int | None


def since(session: Session, last: int) -> Sequence[Happened]:
    """Return what happened after an event, in order."""
    rows = session.scalars(select(CaseEventRow).where(CaseEventRow.id > last).order_by(CaseEventRow.id).limit(SHOWN))
    return [
        Happened(row.id, row.kind, FIRST_NUMBER + row.case_id if row.case_id else None, row.agent_id) for row in rows
    ]


def newest(session: Session) -> int:
    """Return the id of the newest event."""
    return session.scalar(select(func.max(CaseEventRow.id))) or 0
