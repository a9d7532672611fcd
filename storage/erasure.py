"""Everything of one person at once: counted, and erased for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, or_, select, update

from services.applications import Status
from services.mydata import Held
from services.queue import Cause
from storage import addresses, queue
from storage.account_models import BindingRow, DoorRow, InvitationRow, PreferenceRow, TriesRow
from storage.desk_models import CallbackRow, CaseMessageRow
from storage.family_models import AccessRow
from storage.models import (
    AccountRow,
    AddressRow,
    AuditRow,
    Base,
    CaseRow,
    ChildRow,
    CodeRow,
    ConsentRow,
    ConversationRow,
    InboxRow,
    JobRow,
    LinkRow,
    OutboxRow,
    PersonRow,
)
from storage.queue_models import ApplicationEventRow, ApplicationRow, FileRow, PaperRow

if TYPE_CHECKING:
    from storage.do import Deed, Do

#: Rows that go with their person.
GONE: Final[tuple[type[Base], ...]] = (
    AccountRow,
    BindingRow,
    CodeRow,
    ConversationRow,
    DoorRow,
    FileRow,
    JobRow,
    LinkRow,
    PreferenceRow,
)
#: Rows that go with a row of their person: the column that leads there, and the table it leads to.
GONE_WITH: Final[tuple[tuple[type[Base], str, type[ApplicationRow | CaseRow]], ...]] = (
    (PaperRow, "application_id", ApplicationRow),
    (CaseMessageRow, "case_id", CaseRow),
    (CallbackRow, "case_id", CaseRow),
)
#: Tables with a person in them whose rows stay, and why nothing of the person stays with them.
STAYS: Final = {
    "access": "goes where this person gave it, has it or asked for it",
    "address": "its id is needed to know an event again; where it led is emptied",
    "application": "the law wants the proof that a place was asked for, when and by which rules: its number, its days, "
    "the consent above its button; whose it was goes with the child, and it leaves the queue",
    "application_event": "why the numbers of those behind it moved follows from it; notes are emptied",
    "audit": "the law wants the record; it holds acts and references, never values",
    "case": "closed; it holds the name of a step, never words",
    "case_event": "the order in which the desk did what; references only",
    "child": "goes, but where an application refers to it: then its name and IIN go, and the day it was born on",
    "consent": "the law wants the proof: version, time, channel",
    "inbox": "its id is needed to know an event again; the body is emptied",
    "invitation": "goes where it is this person's",
    "outbox": "its fate is counted; what it said is emptied",
    "person": "its id is referred to; the key is gone",
    "staff_audit": "the law wants the record of what staff did; names of fields and reasons, never values",
    "tabel_act": "the law wants the receipt; what was said in it is sealed with the key that is gone",
}
#: Acts of the desk that show somebody a person's data.
LOOKS: Final = "desk.revealed"


class MyDataStore:
    """All that is kept of this person."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def held(self) -> Held:
        do = self._do
        mine = AuditRow.person_id == do.person
        looks = do.session.scalars(select(AuditRow.at).where(mine, AuditRow.act == LOOKS).order_by(AuditRow.id))
        return Held(
            children=len(do.children.all()),
            applications=self._count(ApplicationRow),
            chats=self._count(AddressRow),
            consents=self._count(ConsentRow),
            acts=self._count(AuditRow),
            looks=tuple(looks),
        )

    def _count(self, kind: type[AddressRow | ApplicationRow | ConsentRow | AuditRow]) -> int:
        mine = kind.person_id == self._do.person
        return self._do.session.scalar(select(func.count()).select_from(kind).where(mine)) or 0

    def erase(self) -> None:
        """Make this chat a stranger's, then let everything of the person go."""
        person = self._do.person
        self._do.accounts.leave()
        empty(self._do, person)


def empty(deed: Deed, person: int) -> None:
    """Let everything of a person go: rows, words, chats, and the key that opens what is left."""
    session = deed.session
    _empty_chats(deed, person)
    _empty_messages(deed, person)
    session.execute(delete(TriesRow).where(TriesRow.subject == f"account|{person}"))
    session.execute(delete(InvitationRow).where(InvitationRow.person_id == person))
    session.execute(delete(AccessRow).where(or_(AccessRow.owner_id == person, AccessRow.member_id == person)))
    session.execute(update(CaseRow).where(CaseRow.person_id == person).values(state="closed", closed_at=deed.now))
    for kind, column, owner in GONE_WITH:
        theirs = select(owner.id).where(owner.person_id == person)
        session.execute(delete(kind).where(kind.__table__.c[column].in_(theirs)))
    for kind in GONE:
        session.execute(delete(kind).where(kind.__table__.c.person_id == person))
    _empty_applications(deed, person)
    _empty_children(deed, person)
    session.execute(update(PersonRow).where(PersonRow.id == person).values(key=None, erased_at=deed.now))
    session.flush()


def _empty_chats(deed: Deed, person: int) -> None:
    """Nobody is reached there any more, and who speaks from there is a stranger."""
    for chat in deed.session.scalars(select(AddressRow).where(AddressRow.person_id == person)):
        chat.external_index, chat.external = f"erased-{chat.id}", b""
        chat.verified_until = chat.code_at = chat.heard_at = None
        chat.gone_at = deed.now
    deed.session.flush()


def _empty_applications(deed: Deed, person: int) -> None:
    """Leave every queue, so that nobody waits behind a family that cannot be reached, and forget whose place it was."""
    for row in deed.session.scalars(select(ApplicationRow).where(ApplicationRow.person_id == person)).all():
        if row.closed_at is None and row.status != Status.ENROLLED:
            queue.change(deed, row, Status.REMOVED_BY_PARENT, Cause.WITHDRAWN)
        row.child_index, row.sealed, row.consent_message = f"erased-{row.id}", None, ""
        events = ApplicationEventRow.application_id == row.id
        deed.session.execute(update(ApplicationEventRow).where(events).values(note=""))
    deed.session.flush()


def _empty_children(deed: Deed, person: int) -> None:
    referred = select(ApplicationRow.child_id).where(ApplicationRow.person_id == person)
    mine = ChildRow.person_id == person
    deed.session.execute(delete(ChildRow).where(mine, ChildRow.id.not_in(referred)))
    for child in deed.session.scalars(select(ChildRow).where(mine)):
        child.iin_index, child.sealed, child.sex = f"erased-{child.id}", b"", ""
        child.born, child.removed_at = child.born.replace(month=1, day=1), deed.now
    deed.session.flush()


def _empty_messages(deed: Deed, person: int) -> None:
    mine = OutboxRow.person_id == person
    planned = {"state": "cancelled", "reason": "erased", "done_at": deed.now}
    deed.session.execute(update(OutboxRow).where(mine, OutboxRow.state == "planned").values(**planned))
    deed.session.execute(update(OutboxRow).where(mine).values(payload=None, subject=""))
    heard = InboxRow.person_id == person
    waiting = (heard, InboxRow.state == "retry")
    deed.session.execute(update(InboxRow).where(*waiting).values(state="done", retry_at=None))
    deed.session.execute(update(InboxRow).where(heard).values(body=None))


def drop_chats(do: Do) -> None:
    """Make every other chat of this person a guest's."""
    others = (AddressRow.person_id == do.person, AddressRow.id != do.address)
    for chat in do.session.scalars(select(AddressRow).where(*others)):
        release(do, chat)


def release(do: Do, chat: AddressRow) -> None:
    """Make a chat of this person a guest's: a key of their own, nothing proved, nothing remembered."""
    external = addresses.unseal(do.world.vault, _wrapped(do, chat.person_id), chat.external_index, chat.external)
    key, wrapped = do.world.vault.new_key()
    guest = PersonRow(key=wrapped, created_at=do.now)
    do.session.add(guest)
    do.session.flush()
    chat.person_id, chat.proof, chat.bound_at = guest.id, "first", do.now
    chat.external = addresses.seal(do.world.vault, key, chat.channel, external)
    chat.verified_until = chat.code_at = None
    do.session.flush()


def _wrapped(do: Do, person: int) -> bytes | None:
    return do.session.get_one(PersonRow, person).key
