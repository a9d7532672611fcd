"""Who else sees an application: a second parent who asks, or whoever a parent invites (flows 1.21 and 1.45, P1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol
from zoneinfo import ZoneInfo

from services.invitations import BAD_CODES, CODE_LENGTH, LOCKED_FOR
from services.profile import must_be_settled
from services.refused import Refused

if TYPE_CHECKING:
    from services.services import Services

#: How long the applicant has to answer a second parent, and how long an invitation can be accepted (journeys).
ASKED_FOR: Final = timedelta(hours=72)
INVITED_FOR: Final = timedelta(hours=24)
#: The applicant is asked again after so long.
AGAIN_AFTER: Final = timedelta(hours=24)
PREFIX: Final = "fam_"
#: Nobody is written to at night because somebody else is awake.
_QUIET_FROM: Final = 21
_QUIET_TO: Final = 9
_ALMATY: Final = ZoneInfo("Asia/Almaty")


class Role(StrEnum):
    """What somebody is to a child whose application they see."""

    OWNER = "owner"  # filed it: may do everything
    PARENT = "parent"  # sees it whole, may confirm; leaving the queue stays with who filed
    HELPER = "helper"  # sees the number and the state; names are masked, nothing can be done


@dataclass(frozen=True)
class Access:
    """A right to see, asked for, offered or given; names of both sides are masked."""

    id: int
    owner: int
    application: int | None
    role: Role
    state: str
    expires_at: datetime
    owner_masked: str
    member_masked: str


class Family(Protocol):
    """What storage keeps of who may see what."""

    def filed_by_other(self, child: int) -> int | None: ...
    def number_of(self, application: int) -> str: ...
    def ask(self, application: int, *, until: datetime) -> int: ...
    def invite(self, role: Role, application: int | None, code: str, *, until: datetime) -> int: ...
    def by_code(self, code: str) -> Access | None: ...
    def asked_of_me(self, access: int) -> Access | None: ...
    def settle(self, access: int, *, was: str, now: str, member: bool = False) -> bool: ...
    def given(self) -> list[Access]: ...
    def got(self) -> list[Access]: ...
    def is_of_me(self, access: int) -> bool: ...
    def knows_children(self, access: int) -> bool: ...
    def push(
        self, access: int, side: str, key: str, names: Mapping[str, object], *buttons: tuple[str, str], after: timedelta
    ) -> None: ...
    def unpush(self, access: int) -> None: ...


def until_awake(now: datetime) -> timedelta:
    """Return how long to wait until nobody is woken: from 21:00 to 9:00 in Almaty pushes rest."""
    here = now.astimezone(_ALMATY)
    if _QUIET_TO <= here.hour < _QUIET_FROM:
        return timedelta()
    morning = here.replace(hour=_QUIET_TO, minute=0, second=0, microsecond=0)
    return (morning if here.hour < _QUIET_TO else morning + timedelta(days=1)) - here


def ask(do: Services, child: int) -> None:
    """Ask who filed for this child to let me see it. The child must be on my own list: its IIN alone opens nothing.

    Refuses `msg.application_attach.no_application` and `err.already_done` where it was asked already.
    """
    listed, application = do.children.get(child), do.family.filed_by_other(child)
    if listed is None or application is None:
        raise Refused("msg.application_attach.no_application")
    access = do.family.ask(application, until=do.now + ASKED_FOR)
    do.audit.note("access.asked", str(access))
    me = do.accounts.mine()
    names = {"name_masked": me.name.masked if me else "—", "child": listed.name.masked}
    buttons = (("btn.allow", f"!allow-{access}"), ("btn.deny", f"!deny-{access}"))
    wait = until_awake(do.now)
    for after in (wait, wait + AGAIN_AFTER):
        do.family.push(access, "owner", "push.attach.request", names, *buttons, after=after)


def allow(do: Services, access: int) -> str | None:
    """Let a second parent see what they asked for; return its number, nothing where that is over or not mine."""
    must_be_settled(do)
    asked = do.family.asked_of_me(access)
    if asked is None or asked.application is None or not do.family.settle(access, was="asked", now="given"):
        return None
    return _settled(do, asked, "access.given", "msg.application_attach.done")


def deny(do: Services, access: int) -> bool:
    """Refuse a second parent, neutrally; return False where that is over or not mine."""
    asked = do.family.asked_of_me(access)
    if asked is None or not do.family.settle(access, was="asked", now="refused"):
        return False
    _settled(do, asked, "access.refused", "msg.application_attach.not_approved")
    return True


def _settled(do: Services, asked: Access, act: str, told: str) -> str:
    number = do.family.number_of(asked.application) if asked.application is not None else "—"
    do.family.unpush(asked.id)
    do.audit.note(act, str(asked.id))
    do.family.push(asked.id, "member", told, {"app_number": number}, after=until_awake(do.now))
    return number


def invite(do: Services, role: Role, application: int | None = None) -> str:
    """Return the word of a link by which somebody else gets in, once, within a day.

    Refuses `err.trust.cooling(until)` in a chat that came today.
    """
    must_be_settled(do)
    code = do.chance.token()[:CODE_LENGTH]
    do.family.invite(role, application, code, until=do.now + INVITED_FOR)
    do.audit.note("access.invited", role.value)
    return PREFIX + code


def invited(do: Services, code: str) -> Access | None:
    """Return the open invitation of a code, of somebody else; wrong ones are counted as those of chats are (T16)."""
    until = do.invitations.locked_until()
    if until is not None and until > do.now:
        return None
    found = do.family.by_code(code.removeprefix(PREFIX))
    if found is not None and found.state == "invited" and found.expires_at > do.now:
        return found
    failures = do.invitations.bad_codes() + 1
    is_last = failures >= BAD_CODES
    do.invitations.count_bad_code(0 if is_last else failures, locked_until=do.now + LOCKED_FOR if is_last else None)
    return None


def accept(do: Services, access: int) -> bool:
    """Take an invitation; return False where somebody was quicker or it is over.

    Refuses `err.family.not_parent`: a second parent has the child on their own list, where the registry put it.
    """
    if not do.family.knows_children(access):
        raise Refused("err.family.not_parent")
    if not do.family.settle(access, was="invited", now="given", member=True):
        return False
    do.audit.note("access.accepted", str(access))
    do.family.push(access, "owner", "msg.family_access.joined", {}, after=until_awake(do.now))
    return True


def revoke(do: Services, access: int) -> bool:
    """End a right to see; whoever gave it and whoever has it may. Return False where there is none."""
    if not (do.family.is_of_me(access) and do.family.settle(access, was="given", now="revoked")):
        return False
    do.audit.note("access.revoked", str(access))
    return True
