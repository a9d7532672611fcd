"""Who may see what: asked, invited, given; settled by conditional updates, so that both sides see one truth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from services.family import Access, Role
from services.names import PersonName
from services.refused import Refused
from storage import conversations
from storage.family_models import AccessRow
from storage.models import AccountRow, AddressRow, ChildRow, ConversationRow, OutboxRow, PersonRow
from storage.queue_models import ApplicationRow

if TYPE_CHECKING:
    from storage.do import Deed, Do


class FamilyStore:
    """Rights this person gave, has, or asks for."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def filed_by_other(self, child: int) -> int | None:
        """Return the application under way for a child of this person's list that somebody else filed."""
        do, listed = self._do, self._do.session.get(ChildRow, child)
        if listed is None or listed.person_id != do.person:
            return None
        where = (ApplicationRow.child_index == listed.iin_index, ApplicationRow.person_id != do.person)
        query = select(ApplicationRow.id).where(*where, ApplicationRow.closed_at.is_(None))
        return do.session.scalar(query.order_by(ApplicationRow.id).limit(1))

    def number_of(self, application: int) -> str:
        row = self._do.session.get_one(ApplicationRow, application)
        return f"{row.year}-{row.serial}"

    def ask(self, application: int, *, until: datetime) -> int:
        """Uniqueness is the schema's; what has run out makes room."""
        do = self._do
        mine = (AccessRow.member_id == do.person, AccessRow.application_id == application)
        over = (*mine, AccessRow.state == "asked", AccessRow.expires_at <= do.now)
        do.session.execute(update(AccessRow).where(*over).values(state="over"))
        if do.session.scalar(select(AccessRow.id).where(*mine, AccessRow.state.in_(("asked", "given")))) is not None:
            raise Refused("err.already_done")
        owner = do.session.get_one(ApplicationRow, application).person_id
        return self._add(
            owner_id=owner, member_id=do.person, application_id=application, role="parent", state="asked", until=until
        )

    def invite(self, role: Role, application: int | None, code: str, *, until: datetime) -> int:
        do = self._do
        return self._add(
            owner_id=do.person,
            application_id=application,
            role=role.value,
            state="invited",
            code_index=do.world.vault.index("access", code),
            until=until,
        )

    def _add(self, *, until: datetime, **values: Any) -> int:  # Any: columns
        row = AccessRow(asked_at=self._do.now, expires_at=until, **values)
        self._do.session.add(row)
        self._do.session.flush()
        return row.id

    def by_code(self, code: str) -> Access | None:
        """Return what a code invites to; one's own invitation is none."""
        index = self._do.world.vault.index("access", code)
        row = self._do.session.scalar(select(AccessRow).where(AccessRow.code_index == index))
        return self._read(row) if row is not None and row.owner_id != self._do.person else None

    def asked_of_me(self, access: int) -> Access | None:
        row = self._do.session.get(AccessRow, access)
        is_mine = row is not None and row.owner_id == self._do.person and row.expires_at > self._do.now
        return self._read(row) if row is not None and is_mine else None

    def settle(self, access: int, *, was: str, now: str, member: bool = False) -> bool:
        """Change a state if it still is what it was: of two who settle at once, one does."""
        do = self._do
        values: dict[str, object] = {"state": now, "settled_at": do.now}
        open_ = [AccessRow.id == access, AccessRow.state == was]
        if member:
            values["member_id"] = do.person
            open_ += [AccessRow.owner_id != do.person, AccessRow.expires_at > do.now]
        done = cast("CursorResult[Any]", do.session.execute(update(AccessRow).where(*open_).values(values)))
        do.session.expire_all()
        return done.rowcount == 1

    def given(self) -> list[Access]:
        return self._all(AccessRow.owner_id == self._do.person)

    def got(self) -> list[Access]:
        return self._all(AccessRow.member_id == self._do.person)

    def _all(self, whose: Any) -> list[Access]:  # Any: a column comparison
        query = select(AccessRow).where(whose, AccessRow.state == "given").order_by(AccessRow.id)
        return [self._read(row) for row in self._do.session.scalars(query)]

    def is_of_me(self, access: int) -> bool:
        row = self._do.session.get(AccessRow, access)
        return row is not None and self._do.person in (row.owner_id, row.member_id)

    def knows_children(self, access: int) -> bool:
        """Say whether a second parent has a child of what is shared on their own list; a helper need not."""
        do, row = self._do, self._do.session.get_one(AccessRow, access)
        if row.role != "parent":
            return True
        theirs = select(ChildRow.iin_index).where(ChildRow.person_id == row.owner_id, ChildRow.removed_at.is_(None))
        if row.application_id is not None:
            theirs = select(ApplicationRow.child_index).where(ApplicationRow.id == row.application_id)
        mine = (ChildRow.person_id == do.person, ChildRow.removed_at.is_(None), ChildRow.iin_index.in_(theirs))
        return do.session.scalar(select(ChildRow.id).where(*mine).limit(1)) is not None

    def push(
        self, access: int, side: str, key: str, names: Mapping[str, object], *buttons: tuple[str, str], after: timedelta
    ) -> None:
        """Write to all chats of the owner or the member, in their language."""
        do, row = self._do, self._do.session.get_one(AccessRow, access)
        person = row.owner_id if side == "owner" else row.member_id
        chats = select(AddressRow).where(AddressRow.person_id == person, AddressRow.gone_at.is_(None))
        language = self._language(person) if person is not None else ""
        for chat in do.session.scalars(chats).all():
            payload = do.world.push(chat.channel, key, language or do.language, names, buttons)
            do.outbox.add(
                "notice", payload, channel=chat.channel, address=chat.id, after=after, subject=f"access-{access}"
            )

    def unpush(self, access: int) -> None:
        """What was to be asked again is answered."""
        planned = (OutboxRow.subject == f"access-{access}", OutboxRow.state == "planned")
        gone = {"state": "cancelled", "reason": "answered", "payload": None, "done_at": self._do.now}
        self._do.session.execute(update(OutboxRow).where(*planned).values(gone))

    def _language(self, person: int) -> str:
        do, talk = self._do, self._do.session.get(ConversationRow, person)
        if talk is None:
            return ""
        vault = do.world.vault
        known = conversations.unseal(vault, vault.unwrap(self._key(person)), person, talk.sealed)
        return str(known.get("talk", {}).get("language") or "")

    def _read(self, row: AccessRow) -> Access:
        member = self._masked(row.member_id) if row.member_id is not None else "—"
        owner = self._masked(row.owner_id)
        return Access(
            row.id, row.owner_id, row.application_id, Role(row.role), row.state, row.expires_at, owner, member
        )

    def _masked(self, person: int) -> str:
        account, vault = self._do.session.get(AccountRow, person), self._do.world.vault
        if account is None:
            return "—"
        known = json.loads(vault.open(vault.unwrap(self._key(person)), account.sealed, f"account|{person}"))
        return PersonName(*known["name"]).masked

    def _key(self, person: int) -> bytes | None:
        return self._do.session.get_one(PersonRow, person).key


def role_of(session: Session, person: int, row: ApplicationRow) -> Role | None:
    """Return what somebody is to an application, nothing for a stranger."""
    if row.person_id == person:
        return Role.OWNER
    whole = (AccessRow.application_id.is_(None)) & (AccessRow.owner_id == row.person_id)
    where = (AccessRow.member_id == person, AccessRow.state == "given")
    roles = session.scalars(select(AccessRow.role).where(*where, or_(AccessRow.application_id == row.id, whole))).all()
    return None if not roles else Role.PARENT if "parent" in roles else Role.HELPER


def shared_with(person: int) -> Any:  # Any: a condition on applications
    """Return the condition that an application of somebody else is shared with this person."""
    mine = (AccessRow.member_id == person, AccessRow.state == "given")
    one = select(AccessRow.application_id).where(*mine, AccessRow.application_id.is_not(None))
    whole = select(AccessRow.owner_id).where(*mine, AccessRow.application_id.is_(None))
    return or_(ApplicationRow.id.in_(one), ApplicationRow.person_id.in_(whole))


def expire(deed: Deed) -> None:
    """Close the requests nobody answered in time."""
    late = (AccessRow.state.in_(("asked", "invited")), AccessRow.expires_at <= deed.now)
    deed.session.execute(update(AccessRow).where(*late).values(state="over", settled_at=deed.now))
