"""A second chat for the same account: invited in one, claimed in the other, approved in the first (flow 1.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from services.profile import must_be_settled

if TYPE_CHECKING:
    from services.services import Services

LIVES: Final = timedelta(minutes=10)
#: Wrong codes in a row that close this door to a chat, and for how long.
BAD_CODES: Final = 3
LOCKED_FOR: Final = timedelta(hours=1)
#: A code is in a link, so it can be longer than what a person types.
CODE_LENGTH: Final = 12
PREFIX: Final = "link_"


@dataclass(frozen=True)
class Invitation:
    """An invitation as both chats see it: nothing in it names its owner in full."""

    id: int
    person: int
    owner_masked: str
    state: str
    expires_at: datetime


@dataclass(frozen=True)
class OtherChat:
    """A chat of an account as its owner sees it."""

    id: int
    #: "Telegram" or "WhatsApp".
    channel: str
    #: Its phone with the middle hidden, a dash where it has none.
    phone_masked: str
    heard_at: datetime | None
    is_here: bool


class Invitations(Protocol):
    """What storage keeps of invitations and of the chats of an account."""

    def make(self, code: str, *, until: datetime) -> int: ...
    def by_code(self, code: str) -> Invitation | None: ...
    def mine(self, invitation: int) -> Invitation | None: ...
    def claim(self, invitation: int) -> None: ...
    def claimant(self, invitation: int) -> OtherChat | None: ...
    def settle(self, invitation: int, state: str) -> None: ...
    def join(self, invitation: int, *, told: str) -> int: ...
    def bad_codes(self) -> int: ...
    def count_bad_code(self, failures: int, *, locked_until: datetime | None) -> None: ...
    def locked_until(self) -> datetime | None: ...
    def chats(self) -> list[OtherChat]: ...
    def unlink(self, chat: int) -> None: ...
    def newcomer(self, binding: int) -> int | None: ...
    def remind_only(self, chat: int | None) -> None: ...


def invite(do: Services) -> tuple[int, str]:
    """Return a new invitation and its one-time code; older ones of this account are over.

    Refuses `err.trust.cooling(until)` in a chat that came today: a thief must not bring a second one.
    """
    must_be_settled(do)
    code = do.chance.token()[:CODE_LENGTH]
    do.audit.note("chat.invited")
    return do.invitations.make(code, until=do.now + LIVES), PREFIX + code


def found(do: Services, code: str) -> Invitation | None:
    """Return the open invitation of a code; a wrong one is counted, and three close the door for an hour (T16)."""
    until = do.invitations.locked_until()
    if until is not None and until > do.now:
        return None
    invitation = do.invitations.by_code(code.removeprefix(PREFIX))
    if invitation is not None and invitation.state == "open" and invitation.expires_at > do.now:
        return invitation
    failures = do.invitations.bad_codes() + 1
    is_last = failures >= BAD_CODES
    do.invitations.count_bad_code(0 if is_last else failures, locked_until=do.now + LOCKED_FOR if is_last else None)
    return None


def approve(do: Services, invitation: int) -> bool:
    """Bind the chat that claimed the invitation to this account; return False where it is over or not ours."""
    mine = do.invitations.mine(invitation)
    if mine is None or mine.state != "claimed":
        return False
    joined = do.invitations.join(invitation, told="msg.channel_link.joined")
    do.chats.tell_others("msg.security.channel", newcomer=joined)
    do.audit.note("chat.linked", str(invitation))
    return True


def is_waiting(do: Services, invitation: int) -> bool:
    """Say whether somebody waits to be let in by this invitation of this account."""
    mine = do.invitations.mine(invitation)
    return mine is not None and mine.state == "claimed"


def cut_off(do: Services, binding: int) -> bool:
    """Take a chat away that came to this account after this one; return False where there is none to take.

    An older chat is not its to judge: a thief's new chat would turn the owner out with the owner's own button.
    """
    chat = do.invitations.newcomer(binding)
    if chat is None:
        return False
    do.invitations.unlink(chat)
    do.audit.note("chat.cut_off", str(chat))
    return True


def refuse(do: Services, invitation: int) -> None:
    """Burn the invitation: whoever claimed it stays outside."""
    if do.invitations.mine(invitation) is not None:
        do.invitations.settle(invitation, "refused")
        do.audit.note("chat.refused", str(invitation))
