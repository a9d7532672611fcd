"""A parent's account: opened once for a phone and an IIN, found again by a code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Protocol

from services.documents import DocumentNumber
from services.iin import Iin, Sex
from services.names import PersonName
from services.phones import Phone
from services.refused import Refused
from services.registry import Belongs, RegistryPerson

if TYPE_CHECKING:
    from services.services import Services

#: A parent or legal representative is at least this old (domain.md §5.4).
ADULT_AT: Final = 16


@dataclass(frozen=True)
class Account:
    """What is known of a registered parent; names and birth date are the registry's."""

    person: int
    phone: Phone
    iin: Iin | None
    document: DocumentNumber | None
    name: PersonName
    born: date
    sex: Sex | None
    #: True when the registry, an agent or a signature confirmed that phone and IIN belong together.
    confirmed: bool
    has_password: bool

    @property
    def called(self) -> str:
        """Return the first name to greet with, veiled until it is confirmed that this is the person."""
        return self.name.first if self.confirmed else self.name.veiled.first


class Accounts(Protocol):
    """What storage keeps of accounts."""

    def mine(self) -> Account | None: ...
    def by_phone(self, phone: Phone) -> int | None: ...
    def by_iin(self, iin: Iin) -> int | None: ...
    def by_document(self, document: DocumentNumber) -> int | None: ...
    def open(self, person: RegistryPerson, phone: Phone, *, confirmed: bool) -> None: ...
    def set_password(self, password_hash: str) -> None: ...
    def take_chat_to(self, person: int, proof: str = "login") -> None: ...
    def leave(self) -> None: ...
    def drop_chats(self) -> None: ...
    def recover(self, person: int, password_hash: str) -> None: ...


class Chats(Protocol):
    """What storage keeps of this chat's trust."""

    @property
    def here(self) -> int: ...
    def proved_by_code(self) -> None: ...
    def proved_by_password(self) -> None: ...
    def remember(self, *, until: datetime) -> None: ...
    def tell_others(self, key: str, *, newcomer: int | None = None) -> int: ...
    def tell(self, person: int, key: str) -> int: ...
    def is_only_one(self) -> bool: ...
    def cools_until(self) -> datetime | None: ...
    def opt_out(self) -> None: ...
    def opt_in(self) -> None: ...


def must_be_parents(iin: Iin, today: date) -> None:
    """Refuse an IIN of someone under 16 where a parent's is asked: `err.iin.child_here`."""
    iin.must_be_born_by(today)
    if iin.age_on(today) < ADULT_AT:
        raise Refused("err.iin.child_here")


def is_confirmed(do: Services) -> bool:
    """Say whether it is confirmed that this person is who the account says (architecture §7)."""
    account = do.accounts.mine()
    return account is not None and account.confirmed


def shown(do: Services, name: PersonName) -> PersonName:
    """Return a name of the registry as this person may see it: veiled until they are confirmed.

    Otherwise anyone could claim an IIN whose phone the registry does not know and read the family's names.
    """
    return name if is_confirmed(do) else name.veiled


def taken(do: Services, phone: Phone, iin: Iin | None, document: DocumentNumber | None) -> str:
    """Return "phone", "iin" or "" — asked only after the right code, so that nothing is disclosed before."""
    if do.accounts.by_phone(phone) is not None:
        return "phone"
    known = do.accounts.by_iin(iin) if iin else do.accounts.by_document(document) if document else None
    return "iin" if known is not None else ""


def named_by(do: Services, phone: Phone, iin: Iin) -> int | None:
    """Return the account that this phone and this IIN both name, None if they name none or two."""
    by_phone, by_iin = do.accounts.by_phone(phone), do.accounts.by_iin(iin)
    return by_phone if by_phone is not None and by_phone == by_iin else None


def recover(do: Services, phone: Phone, iin: Iin, password_hash: str) -> bool:
    """Give the account a new password: all its chats must prove themselves anew and are told (journeys §1.6).

    Returns False where phone and IIN no longer name one account.
    """
    person = named_by(do, phone, iin)
    if person is None:
        return False
    do.accounts.recover(person, password_hash)
    do.chats.tell(person, "msg.security.password")
    do.audit.note("password.recovered", str(person))
    return True


def leave(do: Services) -> None:
    """Log this chat out: it becomes a guest's, its reminders end; the account stays as it is."""
    do.audit.note("logout")
    do.accounts.leave()


def open_account(do: Services, person: RegistryPerson, phone: Phone, password_hash: str) -> None:
    """Open the account of this chat's person; the phone was proved by a code in this chat.

    An answer `unknown` of the registry leaves the account unconfirmed: no legal act until an agent or a
    signature confirms (architecture §7).
    """
    do.accounts.open(person, phone, confirmed=person.belongs is Belongs.YES)
    if password_hash:
        do.accounts.set_password(password_hash)
    do.chats.proved_by_code()
    do.audit.note("account.opened")
