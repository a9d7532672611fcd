"""A person's own account: what the registry says anew, and what they may change of it themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from services.phones import Phone
from services.refused import Refused
from services.registry import RegistryPerson, Status

if TYPE_CHECKING:
    from services.services import Services


@dataclass(frozen=True)
class Difference:
    """One field the registry now knows otherwise: its name, and both values as they are shown."""

    field: str
    before: str
    after: str


class Profile(Protocol):
    """What storage changes of this person's account."""

    def set_phone(self, phone: Phone) -> None: ...
    def take_from_registry(self, person: RegistryPerson, *, confirmed: bool) -> None: ...


def differences(do: Services, found: RegistryPerson) -> list[Difference]:
    """Return what the registry knows otherwise than this account; nothing is changed yet (journeys §1.8)."""
    account = do.accounts.mine()
    if account is None or found.status is not Status.ACTIVE:
        return []
    pairs = {
        "last_name": (account.name.last, found.name.last),
        "first_name": (account.name.first, found.name.first),
        "middle_name": (account.name.middle or "—", found.name.middle or "—"),
        "birth_date": (account.born.strftime("%d.%m.%Y"), found.born.strftime("%d.%m.%Y")),
    }
    return [Difference(name, *values) for name, values in pairs.items() if values[0] != values[1]]


def change_phone(do: Services, phone: Phone) -> None:
    """Make `phone`, just proved by a code in this chat, the account's; the other chats are told.

    Refuses `err.phone.taken` if another account has it (told only now, to who holds the phone) and
    `err.trust.cooling(until)` in a chat that came to the account less than a day ago (T19).
    """
    must_be_settled(do)
    owner, mine = do.accounts.by_phone(phone), do.accounts.mine()
    if owner is not None and (mine is None or owner != mine.person):
        raise Refused("err.phone.taken")
    do.profile.set_phone(phone)
    do.audit.note("phone.changed")
    do.chats.tell_others("msg.security.phone")


def must_be_settled(do: Services) -> None:
    """Refuse an irreversible act in a chat that is new to an account with other chats: `err.trust.cooling(until)`.

    A stolen number opens the account; for a day it must not be able to take it away from its owner (T19, I16).
    """
    until: datetime | None = do.chats.cools_until()
    if until is not None and until > do.now:
        raise Refused("err.trust.cooling", until=until)
