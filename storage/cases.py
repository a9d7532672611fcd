"""Cases as the parent's turn sees them: one open case per person; a second request joins it."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, literal_column, or_, select
from sqlalchemy.orm import Session

from services import cases
from services.cases import Case, Place, State
from services.hours import ALMATY, Hours
from storage import hours
from storage.desk_models import AgentRow, CallbackRow, CaseEventRow, CaseMessageRow
from storage.models import CaseRow, PersonRow

if TYPE_CHECKING:
    from storage.do import Deed, Do

#: Case numbers a person reads out on the phone start here.
FIRST_NUMBER: Final = 1000
REOPEN_WITHIN: Final = timedelta(hours=24)
#: So many cases tell how long one takes.
MEASURED: Final = 50
#: Said in these letters, so that the small index of open cases answers however many were closed.
OPEN: Final = CaseRow.state != literal_column("'closed'")
EVENING, MORNING, NOON = time(18), time(9), time(14)


class CaseStore:
    """Cases of this person."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def open(self, *, flow: str, state: str, question: str, topic: str = "", text: str = "") -> Case:
        """Open a case where the person stands, or return the one they have open; `text` is its first message."""
        do = self._do
        row = self._open_row()
        if row is not None:
            self._hear(row, "text", text)
            return _case(do.session, row, new=False)
        urgency = cases.priority(flow=flow, question=question, text=text, today=do.today)
        row = CaseRow(
            person_id=do.person,
            address_id=do.address,
            flow=flow,
            step=state,
            question=question,
            state=State.NEW,
            opened_at=do.now,
            topic=topic or cases.topic_of(flow),
            language=do.language,
            priority=urgency,
            due_at=cases.reply_by(self.hours(), do.now, urgency, first=True),
        )
        do.session.add(row)
        do.session.flush()
        do.audit.note("case.opened", str(row.id))
        happened(do, "new", row.id)
        self._hear(row, "text", text)
        return _case(do.session, row, new=True)

    def mine(self) -> Case | None:
        """Return the open case of this person, or of this chat before it proved whose it is."""
        row = self._open_row()
        return None if row is None else _case(self._do.session, row, new=False)

    def place(self) -> Place:
        """Return where the open case stands in the queue, and remember that it was told."""
        do, row = self._do, self._open_row()
        if row is None:
            return Place(1, cases.WAIT_STEP)
        found = place_of(do.session, row)
        row.told_place, row.told_at = found.position, do.now
        do.session.flush()
        return found

    def hear(self, kind: str, text: str) -> None:
        """Hand what the parent said to the case; held answers go out now, their window is open again."""
        if (row := self._open_row()) is not None:
            self._hear(row, kind, text)
            self._release(row)

    def _hear(self, row: CaseRow, kind: str, text: str) -> None:
        if not text and kind == "text":
            return
        do = self._do
        say(do, row, who="parent", kind=kind, text=cases.cut(text))
        row.address_id, row.spoke_at, row.warned_at, row.snoozed_until = do.address, do.now, None, None
        if (harm := cases.priority(flow="", text=text, today=do.today)) < row.priority:
            row.priority = harm
            row.due_at = cases.reply_by(self.hours(), do.now, harm, first=row.replied_at is None)
        if row.state == State.WAITING:
            row.state = State.TAKEN
            row.due_at = cases.reply_by(self.hours(), do.now, row.priority, first=False)
        do.session.flush()
        happened(do, "heard", row.id)

    def _release(self, row: CaseRow) -> None:
        do = self._do
        held = (CaseMessageRow.case_id == row.id, CaseMessageRow.state == "window")
        for message in do.session.scalars(select(CaseMessageRow).where(*held).order_by(CaseMessageRow.id)):
            payload = json.loads(do.world.vault.open(case_key(do, row), message.payload or b"", message_row(row.id)))
            message.uid, message.state, message.payload = do.outbox.add("reply", payload), "said", None
        do.session.flush()

    def rate(self, answer: str) -> None:
        """Keep whether the agent helped: "yes", "partly" or "no"."""
        if (row := self._last_row()) is not None:
            row.rating = answer
            self._do.session.flush()
            happened(self._do, "rated", row.id)

    def comment(self, text: str) -> None:
        """Keep why it was no help, and open the case again, more urgent, for somebody else."""
        row = self._last_row()
        if row is None or self._open_row() is not None:
            return
        say(self._do, row, who="parent", kind="text", text=cases.cut(text))
        self._open_again(row, urgency=min(row.priority, 2), holder=None)
        row.team = "senior"
        self._do.session.flush()

    def last(self) -> Case | None:
        """Return the case that was closed within a day: it may be gone on with."""
        row = self._fresh_row()
        return None if row is None else _case(self._do.session, row, new=False)

    def reopen(self) -> Case | None:
        """Open the last case again within a day, with the same agent if they are there (journeys §1.43)."""
        do, row = self._do, self._fresh_row()
        if row is None:
            return None
        agent = do.session.get(AgentRow, row.holder_id) if row.holder_id else None
        is_there = agent is not None and agent.status == "online" and agent.gone_at is None
        self._open_again(row, urgency=row.priority, holder=row.holder_id if is_there else None)
        return _case(do.session, row, new=False)

    def _open_again(self, row: CaseRow, *, urgency: int, holder: int | None) -> None:
        do = self._do
        row.state, row.holder_id = (State.TAKEN if holder else State.NEW), holder
        row.closed_at, row.priority, row.reopened = None, urgency, row.reopened + 1
        row.due_at = cases.reply_by(self.hours(), do.now, urgency, first=False)
        do.session.flush()
        do.audit.note("case.reopened", str(row.id))
        happened(do, "new", row.id)

    def call_back(self, *, phone: str, slot: str, topic: str) -> datetime:
        """Put the person on the call list; return by when they are called."""
        do = self._do
        case = self.open(flow="callback_request", state="callback_request.slot", question="", topic=topic)
        row = do.session.get_one(CaseRow, case.number - FIRST_NUMBER)
        due = self._slot(slot)
        sealed = do.world.vault.seal(case_key(do, row), phone.encode(), _phone(row.id))
        do.session.add(CallbackRow(case_id=row.id, phone=sealed, slot=slot, due_at=due, state="planned"))
        do.session.flush()
        happened(do, "call", row.id)
        return due

    def _slot(self, slot: str) -> datetime:
        """Today by six while somebody is there; else the morning, or the afternoon, of the next open day."""
        do, open_hours = self._do, self.hours()
        local = do.now.astimezone(ALMATY)
        if slot == "today" and open_hours.is_open(do.now):
            return datetime.combine(local.date(), EVENING, ALMATY)
        tomorrow = datetime.combine(local.date() + timedelta(days=1), MORNING, ALMATY)
        # Asked before the first hour of an open day, "tomorrow" is that day no less: it is what was tapped.
        day = (open_hours.opens_at(tomorrow) or tomorrow).astimezone(ALMATY).date()
        return datetime.combine(day, EVENING if slot == "later" else NOON, ALMATY)

    def hours(self) -> Hours:
        """Return the desk's working hours."""
        return hours.read(self._do.session)

    def _open_row(self) -> CaseRow | None:
        do = self._do
        whose = or_(CaseRow.person_id == do.person, CaseRow.address_id == do.address)
        return do.session.scalars(
            select(CaseRow).where(whose, CaseRow.state != State.CLOSED).order_by(CaseRow.id).limit(1)
        ).first()

    def _fresh_row(self) -> CaseRow | None:
        row = self._last_row()
        is_fresh = row is not None and row.closed_at is not None and self._do.now < row.closed_at + REOPEN_WITHIN
        return row if is_fresh and self._open_row() is None else None

    def _last_row(self) -> CaseRow | None:
        do = self._do
        whose = or_(CaseRow.person_id == do.person, CaseRow.address_id == do.address)
        return do.session.scalars(
            select(CaseRow).where(whose, CaseRow.state == State.CLOSED).order_by(CaseRow.closed_at.desc()).limit(1)
        ).first()


def place_of(session: Session, row: CaseRow) -> Place:
    """Return the place of a waiting case: urgent ones first, then in the order they came."""
    before = or_(
        CaseRow.priority < row.priority,
        (CaseRow.priority == row.priority)
        & or_(CaseRow.opened_at < row.opened_at, (CaseRow.opened_at == row.opened_at) & (CaseRow.id < row.id)),
    )
    waiting = select(func.count()).select_from(CaseRow).where(OPEN, CaseRow.state == State.NEW, before)
    position = (session.scalar(waiting) or 0) + 1
    there = select(func.count()).select_from(AgentRow).where(AgentRow.status == "online", AgentRow.gone_at.is_(None))
    return Place(position, cases.wait_minutes(position, usual_minutes(session), session.scalar(there) or 0))


def usual_minutes(session: Session) -> float:
    """Return the median time from taking a case to closing it."""
    rows = session.execute(
        select(CaseRow.taken_at, CaseRow.closed_at)
        .where(CaseRow.closed_at.is_not(None), CaseRow.taken_at.is_not(None))
        .order_by(CaseRow.closed_at.desc())
        .limit(MEASURED)
    ).all()
    took = [(closed - taken).total_seconds() / 60 for taken, closed in rows if taken and closed]
    return median(took) if took else cases.USUAL_MINUTES


def case_key(deed: Deed, row: CaseRow) -> bytes:
    """Return the data key of the person a case belongs to."""
    wrapped = deed.session.scalar(select(PersonRow.key).where(PersonRow.id == row.person_id))
    return deed.world.vault.unwrap(wrapped)


def say(
    deed: Deed,
    row: CaseRow,
    *,
    who: str,
    text: str,
    kind: str = "text",
    agent: int | None = None,
    uid: str | None = None,
    held: dict[str, Any] | None = None,
) -> CaseMessageRow:
    """Keep one message of a case; `held` is the payload that waits for the window to open."""
    key, vault = case_key(deed, row), deed.world.vault
    message = CaseMessageRow(
        case_id=row.id,
        who=who,
        agent_id=agent,
        kind=kind,
        sealed=vault.seal(key, text.encode(), message_row(row.id)),
        at=deed.now,
        state="window" if held else "said",
        uid=uid,
        payload=vault.seal(key, json.dumps(held, ensure_ascii=False).encode(), message_row(row.id)) if held else None,
    )
    deed.session.add(message)
    deed.session.flush()
    return message


def happened(deed: Deed, kind: str, case: int | None, agent: int | None = None) -> None:
    """Tell the open pages of the desk."""
    deed.session.add(CaseEventRow(case_id=case, kind=kind, agent_id=agent, at=deed.now))
    deed.session.flush()


def _case(session: Session, row: CaseRow, *, new: bool) -> Case:
    agent = session.get(AgentRow, row.holder_id) if row.holder_id else None
    return Case(FIRST_NUMBER + row.id, new, State(row.state), agent.shown if agent else "", row.topic)


def message_row(case: int) -> str:
    """Return what the words of a case are bound to."""
    return f"case_message|{case}"


def _phone(case: int) -> str:
    return f"callback|{case}"
