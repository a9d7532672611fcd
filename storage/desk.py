"""What agents do with cases: exactly one winner takes, only the holder speaks, everything is recorded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import ColumnElement, CursorResult, Update, func, select, update

from services import cases
from services.cases import State
from services.desk import Staff, words
from services.refused import Refused
from storage import hours, staff_audit
from storage.cases import FIRST_NUMBER, OPEN, case_key, happened, place_of, say
from storage.desk_models import AgentRow, CallbackRow, CaseMessageRow
from storage.models import AddressRow, CaseRow, OutboxRow

if TYPE_CHECKING:
    from storage.do import Deed

#: How long a reply can be taken back.
UNDO: Final = timedelta(seconds=5)
#: WhatsApp carries free words only so long after the parent's last ones.
WINDOW: Final = timedelta(hours=24)
MISSES_TO_TELL: Final = 3
#: A parent who says nothing is warned, then the conversation is closed (journeys §1.43).
WARNING: Final = timedelta(minutes=45)
SILENCE: Final = timedelta(minutes=60)
#: A tick takes no more than so many: it holds up no turn.
AT_ONCE: Final = 20


def case_of(deed: Deed, number: int) -> CaseRow:
    """Return a case by the number people say; refuse `err.desk.no_case`."""
    row = deed.session.get(CaseRow, number - FIRST_NUMBER)
    if row is None:
        raise Refused("err.desk.no_case", number=number)
    return row


def row_of(deed: Deed, case: int) -> CaseRow:
    """Return a case that is known to be there."""
    return deed.session.get_one(CaseRow, case)


def take(deed: Deed, staff: Staff, number: int) -> CaseRow:
    """Take a waiting case; of two who try, the second is refused `err.desk.taken` with the winner's name."""
    staff.must("take")
    row = case_of(deed, number)
    mine = {"holder_id": staff.id, "state": State.TAKEN, "taken_at": deed.now}
    waiting = (CaseRow.id == row.id, CaseRow.state == State.NEW, CaseRow.holder_id.is_(None))
    if not _changed(deed, update(CaseRow).where(*waiting).values(mine)):
        raise _lost(deed, row)
    deed.session.refresh(row)
    _done(deed, staff, row, "taken")
    return row


def _changed(deed: Deed, statement: Update) -> bool:
    """Say whether the condition of an update still held: the database decides who was first."""
    return cast("CursorResult[Any]", deed.session.execute(statement)).rowcount == 1


def _lost(deed: Deed, row: CaseRow) -> Refused:
    deed.session.refresh(row)
    holder = deed.session.get(AgentRow, row.holder_id) if row.holder_id else None
    return Refused("err.desk.taken", agent=holder.shown) if holder else Refused("err.desk.closed")


def held(deed: Deed, staff: Staff, number: int) -> CaseRow:
    """Return a case this agent holds; refuse `err.desk.not_yours`."""
    row = case_of(deed, number)
    if row.state == State.CLOSED:
        raise Refused("err.desk.closed")
    if row.holder_id != staff.id:
        raise Refused("err.desk.not_yours")
    return row


def replied(deed: Deed, staff: Staff, row: CaseRow, text: str, *, uid: str | None, waits: dict[str, Any] | None) -> int:
    """Keep a reply: the clock stops until the parent speaks. `waits` is the payload held back by a closed window."""
    message = say(deed, row, who="agent", text=text, agent=staff.id, uid=uid, held=waits)
    if row.replied_at is None:
        row.replied_at = deed.now
        row.late = row.due_at is not None and row.due_at < deed.now
    row.state, row.due_at, row.spoke_at, row.warned_at = State.WAITING, None, deed.now, None
    _done(deed, staff, row, "replied")
    return message.id


def undo(deed: Deed, staff: Staff, number: int, message: int) -> str:
    """Take a reply back while it still waits to be sent, and return its words; refuse `err.desk.sent` after that."""
    staff.must("undo")
    row = held(deed, staff, number)
    found = deed.session.get(CaseMessageRow, message)
    if found is None or found.case_id != row.id or found.agent_id != staff.id or found.state != "said":
        raise Refused("err.desk.sent")
    planned = (OutboxRow.uid == found.uid, OutboxRow.state == "planned", OutboxRow.due_at > deed.now)
    gone = {"state": "cancelled", "reason": "undone", "payload": None, "done_at": deed.now}
    if not _changed(deed, update(OutboxRow).where(*planned).values(gone)):
        raise Refused("err.desk.sent")
    found.state = "undone"
    _owes_again(deed, row)
    _done(deed, staff, row, "undone")
    return read(deed, row, found)


def _owes_again(deed: Deed, row: CaseRow) -> None:
    said = (CaseMessageRow.case_id == row.id, CaseMessageRow.who == "agent", CaseMessageRow.state != "undone")
    deed.session.flush()
    if deed.session.scalar(select(CaseMessageRow.id).where(*said).limit(1)) is None:
        row.replied_at, row.late = None, False
    row.state = State.TAKEN
    first = row.replied_at is None
    row.due_at = cases.reply_by(
        hours.read(deed.session), row.opened_at if first else deed.now, row.priority, first=first
    )


def note(deed: Deed, staff: Staff, number: int, text: str) -> None:
    """Keep a note that never leaves the desk; anybody of the desk may write one."""
    staff.must("note")
    row = case_of(deed, number)
    say(deed, row, who="note", text=cases.cut(words(text)), agent=staff.id)
    _done(deed, staff, row, "noted")


def transfer(deed: Deed, staff: Staff, number: int, to: AgentRow | None, team: str, reason: str) -> CaseRow:
    """Hand a case to a colleague, or back to the queue of a team; the clock keeps running."""
    staff.must("transfer")
    row = held(deed, staff, number) if not staff.may("reassign") else case_of(deed, number)
    if row.state == State.CLOSED:
        raise Refused("err.desk.closed")
    if to is not None and to.id == row.holder_id:
        raise Refused("err.desk.self")
    row.holder_id, row.team = (to.id if to else None), team or row.team
    row.state = State.TAKEN if to else State.NEW
    row.due_at = row.due_at or cases.reply_by(hours.read(deed.session), deed.now, row.priority, first=False)
    say(deed, row, who="note", text=words(reason), agent=staff.id)
    _done(deed, staff, row, "transferred")
    return row


def close(deed: Deed, staff: Staff, number: int, reason: str, *, faq_gap: bool) -> CaseRow:
    """Close a case; what still waits for a window goes with it."""
    staff.must("close")
    row = held(deed, staff, number)
    row.state, row.closed_at, row.reason, row.faq_gap = State.CLOSED, deed.now, reason, faq_gap
    row.due_at = None
    _done(deed, staff, row, "closed")
    return row


def snooze(deed: Deed, staff: Staff, number: int, until: datetime) -> CaseRow:
    """Come back to it later; the parent is told by when."""
    staff.must("reply")
    row = held(deed, staff, number)
    row.snoozed_until = row.due_at = until
    _done(deed, staff, row, "snoozed")
    return row


def reopen(deed: Deed, staff: Staff, number: int) -> CaseRow:
    """Open a closed case again and hold it."""
    staff.must("reopen")
    row = case_of(deed, number)
    other = select(CaseRow.id).where(CaseRow.person_id == row.person_id, CaseRow.state != State.CLOSED)
    if row.state != State.CLOSED or deed.session.scalar(other) is not None:
        raise Refused("err.desk.open")
    row.state, row.holder_id, row.closed_at, row.reopened = State.TAKEN, staff.id, None, row.reopened + 1
    _done(deed, staff, row, "reopened")
    return row


# What the clock does.


def silent(deed: Deed) -> list[CaseRow]:
    """Return the cases whose parent has not answered for a while, and was not warned of it."""
    late = (CaseRow.spoke_at <= deed.now - WARNING, CaseRow.warned_at.is_(None))
    return list(deed.session.scalars(select(CaseRow).where(*_unanswered(), *late).order_by(CaseRow.id).limit(AT_ONCE)))


def given_up(deed: Deed) -> list[CaseRow]:
    """Return the cases whose parent was warned, and still says nothing."""
    late = CaseRow.warned_at <= deed.now - (SILENCE - WARNING)
    return list(deed.session.scalars(select(CaseRow).where(*_unanswered(), late).order_by(CaseRow.id).limit(AT_ONCE)))


def next_due(deed: Deed) -> datetime | None:
    """Return when the clock has to look at a silence next."""
    spoke = select(func.min(CaseRow.spoke_at)).where(*_unanswered(), CaseRow.warned_at.is_(None))
    warned = select(func.min(CaseRow.warned_at)).where(*_unanswered())
    first, second = deed.session.scalar(spoke), deed.session.scalar(warned)
    ends = ((first, WARNING), (second, SILENCE - WARNING))
    return min((at + wait for at, wait in ends if at is not None), default=None)


def _unanswered() -> tuple[ColumnElement[bool], ...]:
    """A closed window is no silence, nor is a promise to come back."""
    held = select(CaseMessageRow.id).where(CaseMessageRow.case_id == CaseRow.id, CaseMessageRow.state == "window")
    return (OPEN, CaseRow.state == State.WAITING, CaseRow.snoozed_until.is_(None), ~held.exists())


def close_silent(deed: Deed, row: CaseRow) -> None:
    """Close a case nobody answers in; no agent did it."""
    row.state, row.closed_at, row.reason = State.CLOSED, deed.now, "silent"
    deed.session.flush()
    happened(deed, "closed", row.id)


def moved_on(deed: Deed, told_before: datetime) -> list[CaseRow]:
    """Return the waiting cases that stand elsewhere in the queue than their parent was told a while ago."""
    waiting = select(CaseRow).where(OPEN, CaseRow.state == State.NEW, CaseRow.told_place > 0)
    rows = deed.session.scalars(waiting.order_by(CaseRow.priority, CaseRow.opened_at, CaseRow.id)).all()
    known = deed.session.scalar(select(func.count()).select_from(CaseRow).where(OPEN, CaseRow.state == State.NEW)) or 0
    if known == len(rows):
        places = {row.id: place for place, row in enumerate(rows, 1)}
    else:
        places = {row.id: place_of(deed.session, row).position for row in rows}
    late = (row for row in rows if row.told_at is None or row.told_at <= told_before)
    return [row for row in late if row.told_place != places[row.id]][:AT_ONCE]


# The call list.


def called(deed: Deed, staff: Staff, callback: int, outcome: str) -> CallbackRow:
    """Write how a call went: "done", "missed" (three of them end it) or "later"."""
    staff.must("call")
    found = deed.session.get(CallbackRow, callback)
    if found is None or found.state != "planned":
        raise Refused("err.desk.closed")
    if outcome == "done":
        found.state = "done"
    else:
        found.tries += outcome == "missed"
        found.due_at = max(found.due_at, deed.now) + timedelta(hours=1)
        found.state = "missed" if found.tries >= MISSES_TO_TELL else "planned"
    row = deed.session.get_one(CaseRow, found.case_id)
    _done(deed, staff, row, "called", outcome)
    return found


def phone_of(deed: Deed, staff: Staff, callback: int) -> str:
    """Return the number to call; looking leaves a record."""
    staff.must("call")
    found = deed.session.get(CallbackRow, callback)
    if found is None:
        raise Refused("err.desk.closed")
    row = deed.session.get_one(CaseRow, found.case_id)
    staff_audit.note(deed, staff.id, "case.reveal", case=row.id, subject="phone: call")
    return deed.world.vault.open(case_key(deed, row), found.phone, f"callback|{row.id}").decode()


# What is read.


def read(deed: Deed, row: CaseRow, message: CaseMessageRow) -> str:
    """Return the words of a message."""
    return deed.world.vault.open(case_key(deed, row), message.sealed, f"case_message|{row.id}").decode()


def window_left(deed: Deed, row: CaseRow) -> timedelta | None:
    """Return how long free words can still be sent; nothing where there is no such window."""
    address = deed.session.get(AddressRow, row.address_id) if row.address_id else None
    if address is None or not address.channel.endswith("whatsapp"):
        return None
    if address.heard_at is None:
        return timedelta()
    return max(address.heard_at + WINDOW - deed.now, timedelta())


def has_held(deed: Deed, row: CaseRow) -> bool:
    """Say whether an answer waits for the window already: one template is enough."""
    waits = (CaseMessageRow.case_id == row.id, CaseMessageRow.state == "window")
    return deed.session.scalar(select(CaseMessageRow.id).where(*waits).limit(1)) is not None


def _done(deed: Deed, staff: Staff, row: CaseRow, what: str, subject: str = "") -> None:
    deed.session.flush()
    staff_audit.note(deed, staff.id, f"case.{what}", case=row.id, subject=subject)
    happened(deed, what, row.id, staff.id)
