"""Everything of one person at once: counted, and erased for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select, update

from services.mydata import Held
from storage import addresses
from storage.account_models import BindingRow, DoorRow, InvitationRow, PreferenceRow, TriesRow
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

if TYPE_CHECKING:
    from storage.do import Deed, Do

#: Rows that go with their person.
GONE: Final[tuple[type[Base], ...]] = (
    AccountRow,
    BindingRow,
    ChildRow,
    CodeRow,
    ConversationRow,
    DoorRow,
    JobRow,
    LinkRow,
    PreferenceRow,
)
#: Tables with a person in them whose rows stay, and why nothing of the person stays with them.
STAYS: Final = {
    "address": "its id is needed to know an event again; where it led is emptied",
    "audit": "the law wants the record; it holds acts and references, never values",
    "case": "closed; it holds the name of a step, never words",
    "consent": "the law wants the proof: version, time, channel",
    "inbox": "its id is needed to know an event again; the body is emptied",
    "invitation": "goes where it is this person's",
    "outbox": "its fate is counted; what it said is emptied",
    "person": "its id is referred to; the key is gone",
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
            chats=self._count(AddressRow),
            consents=self._count(ConsentRow),
            acts=self._count(AuditRow),
            looks=tuple(looks),
        )

    def _count(self, kind: type[AddressRow | ConsentRow | AuditRow]) -> int:
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
    for kind in GONE:
        session.execute(delete(kind).where(kind.__table__.c.person_id == person))
    session.execute(update(CaseRow).where(CaseRow.person_id == person).values(state="closed"))
    session.execute(update(PersonRow).where(PersonRow.id == person).values(key=None, erased_at=deed.now))
    session.flush()


def _empty_chats(deed: Deed, person: int) -> None:
    """Nobody is reached there any more, and who speaks from there is a stranger."""
    for chat in deed.session.scalars(select(AddressRow).where(AddressRow.person_id == person)):
        chat.external_index, chat.external = f"erased-{chat.id}", b""
        chat.verified_until = chat.code_at = chat.heard_at = None
        chat.gone_at = deed.now
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
