"""Invitations, and the chats of an account."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from services.invitations import Invitation, OtherChat
from services.names import PersonName
from services.phones import Phone
from services.refused import Refused
from services.trust import ONLY_NOW_FOR
from storage import addresses, profile
from storage.account_models import BindingRow, InvitationRow, PreferenceRow, TriesRow
from storage.erasure import release
from storage.events import Event
from storage.inbox import Inbox
from storage.models import AccountRow, AddressRow, ConversationRow, PersonRow

if TYPE_CHECKING:
    from storage.do import Do

#: The provider of news that one chat has for another.
PROVIDER = "chat"


class InvitationStore:
    """Invitations of this person, or, by their code, of somebody else."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def make(self, code: str, *, until: datetime) -> int:
        do = self._do
        older = (InvitationRow.person_id == do.person, InvitationRow.state.in_(("open", "claimed")))
        do.session.execute(update(InvitationRow).where(*older).values(state="over"))
        row = InvitationRow(
            person_id=do.person,
            address_id=do.address,
            code_index=do.world.vault.index("invitation", code),
            made_at=do.now,
            expires_at=until,
            state="open",
        )
        do.session.add(row)
        do.session.flush()
        return row.id

    def by_code(self, code: str) -> Invitation | None:
        index = self._do.world.vault.index("invitation", code)
        row = self._do.session.scalar(select(InvitationRow).where(InvitationRow.code_index == index))
        return self._read(row) if row else None

    def mine(self, invitation: int) -> Invitation | None:
        row = self._row(invitation)
        return self._read(row) if row is not None and row.person_id == self._do.person else None

    def claim(self, invitation: int) -> None:
        """Ask the chat it was made in; the news reaches it as an event of its own turn."""
        do, row = self._do, self._do.session.get_one(InvitationRow, invitation)
        row.state, row.claimed_by = "claimed", do.address
        do.session.flush()
        body = do.world.news("link_claimed", str(row.id))
        event = Event(PROVIDER, "", f"claimed-{row.id}", body, address_id=row.address_id)
        inbox = Inbox(do.db, do.world)
        received = inbox.receive(event, None)
        if received.fate is None:
            inbox.retry(received, event.body, do.now, "", attempts=0)

    def claimant(self, invitation: int) -> OtherChat | None:
        row = self._row(invitation)
        chat = self._do.session.get(AddressRow, row.claimed_by) if row and row.claimed_by else None
        return self._chat(chat) if chat else None

    def settle(self, invitation: int, state: str) -> None:
        self._do.session.get_one(InvitationRow, invitation).state = state
        self._do.session.flush()

    def join(self, invitation: int, *, told: str) -> int:
        """Bind the chat that claimed it and tell it so; return it.

        What its guest had begun gives way to the account's talk.
        """
        do, row = self._do, self._do.session.get_one(InvitationRow, invitation)
        chat = do.session.get_one(AddressRow, row.claimed_by)
        guest = chat.person_id
        external = addresses.unseal(do.world.vault, self._key(guest), chat.external_index, chat.external)
        chat.person_id, chat.proof, chat.bound_at = do.person, "link", do.now
        chat.external = addresses.seal(do.world.vault, do.key, chat.channel, external)
        chat.verified_until, chat.code_at = do.now + ONLY_NOW_FOR, None
        row.state = "joined"
        do.session.flush()
        profile.bind(do, do.person, chat.id, "link")
        notice = do.world.notice(chat.channel, told, do.language)
        do.outbox.add("notice", notice, channel=chat.channel, address=chat.id)
        talk = do.session.get(ConversationRow, guest)
        if talk is not None:
            do.session.delete(talk)
        do.session.flush()
        return chat.id

    # Guesses.

    def bad_codes(self) -> int:
        row = self._do.session.get(TriesRow, self._subject())
        return row.failures if row else 0

    def locked_until(self) -> datetime | None:
        row = self._do.session.get(TriesRow, self._subject())
        return row.locked_until if row else None

    def count_bad_code(self, failures: int, *, locked_until: datetime | None) -> None:
        do = self._do
        row = do.session.get(TriesRow, self._subject())
        if row is None:
            row = TriesRow(subject=self._subject())
            do.session.add(row)
        row.failures, row.locked_until, row.at = failures, locked_until, do.now
        do.session.flush()

    def _subject(self) -> str:
        return f"link|{self._do.address}"

    # The chats of this account.

    def chats(self) -> list[OtherChat]:
        mine = (AddressRow.person_id == self._do.person, AddressRow.gone_at.is_(None))
        rows = self._do.session.scalars(select(AddressRow).where(*mine).order_by(AddressRow.id))
        return [self._chat(row) for row in rows]

    def unlink(self, chat: int) -> None:
        """Make another chat of this person a guest's; somebody else's is not there."""
        do, row = self._do, self._do.session.get(AddressRow, chat)
        if row is None or row.person_id != do.person or row.id == do.address:
            raise LookupError("no such chat of this person")
        profile.unbind(do, row.id)
        release(do, row)

    def newcomer(self, binding: int) -> int | None:
        """Return the chat of a binding that still holds, of this person, made after that of this chat."""
        do = self._do
        row = do.session.get(BindingRow, binding)
        if row is None or row.person_id != do.person or row.ended_at is not None or row.address_id == do.address:
            return None
        live = (BindingRow.address_id == do.address, BindingRow.person_id == do.person, BindingRow.ended_at.is_(None))
        mine = do.session.scalar(select(BindingRow.id).where(*live))
        return row.address_id if mine is not None and mine < row.id else None

    def remind_only(self, chat: int | None) -> None:
        do = self._do
        row = do.session.get(PreferenceRow, do.person)
        if row is None:
            row = PreferenceRow(person_id=do.person)
            do.session.add(row)
        row.reminders_to = chat
        do.session.flush()

    def _chat(self, row: AddressRow) -> OtherChat:
        do = self._do
        external = addresses.unseal(do.world.vault, self._key(row.person_id), row.external_index, row.external)
        channel = "WhatsApp" if row.channel.endswith("whatsapp") else "Telegram"
        return OtherChat(row.id, channel, _phone(channel, external), row.heard_at, row.id == do.address)

    def _read(self, row: InvitationRow) -> Invitation:
        return Invitation(row.id, row.person_id, self._owner(row.person_id), row.state, row.expires_at)

    def _owner(self, person: int) -> str:
        vault, account = self._do.world.vault, self._do.session.get(AccountRow, person)
        if account is None:
            return "—"
        known = json.loads(vault.open(vault.unwrap(self._key(person)), account.sealed, f"account|{person}"))
        return PersonName(*known["name"]).masked

    def _row(self, invitation: int) -> InvitationRow | None:
        return self._do.session.get(InvitationRow, invitation)

    def _key(self, person: int) -> bytes | None:
        return self._do.session.get_one(PersonRow, person).key


def _phone(channel: str, external: str) -> str:
    """A Telegram id and a WhatsApp address without a phone show nothing of themselves."""
    if channel != "WhatsApp":
        return "—"
    try:
        return Phone.parse(external).masked
    except Refused:
        return "—"
