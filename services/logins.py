"""Login by a password: what names an account, the one verification of it, and the lock after five failures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING, Final, Protocol

from services.emails import Email
from services.iin import Iin
from services.names import clean
from services.phones import Phone
from services.refused import Refused

if TYPE_CHECKING:
    from services.services import Services

FAILURES: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
SHORTEST: Final = 3
LONGEST: Final = 64

_LOGIN: Final = re.compile(r"[A-Za-z0-9А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі._-]+")


class Way(StrEnum):
    """What an account is called by at the password door."""

    IIN = "iin"
    PHONE = "phone"
    LOGIN = "login"
    EMAIL = "email"


@dataclass(frozen=True)
class LoginName:
    """A login name of a person's own choice; large and small letters are the same."""

    text: str

    @classmethod
    def parse(cls, text: str) -> LoginName:
        """Return the typed login name; refuse `err.login.format` for what is none.

        3-64 letters, digits, dots, dashes and underlines, a letter among them, so that it is never taken for a phone
        or an IIN. Source: journeys §1.5.
        """
        typed = clean(text)
        has_letter = any(sign.isalpha() for sign in typed)
        if not SHORTEST <= len(typed) <= LONGEST or not _LOGIN.fullmatch(typed) or not has_letter:
            raise Refused("err.login.format")
        return cls(typed.casefold())


@dataclass(frozen=True, repr=False)
class Ident:
    """What somebody says they are, in canonical form."""

    way: Way
    value: str

    @classmethod
    def parse(cls, way: Way, text: str) -> Ident:
        """Return the identifier typed for this way; refuses as its kind does."""
        match way:
            case Way.IIN:
                return cls(way, Iin.parse(text).digits)
            case Way.PHONE:
                return cls(way, Phone.parse(text).e164)
            case Way.EMAIL:
                return cls(way, Email.parse(text).text)
            case Way.LOGIN:
                return cls(way, LoginName.parse(text).text)

    def __repr__(self) -> str:
        return f"Ident({self.way})"


def way_of(text: str) -> Way:
    """Return the kind of identifier the words look like: an @ is an e-mail, twelve digits an IIN, digits a phone."""
    typed = clean(text)
    digits = re.sub(r"[\s()+.\-]", "", typed)
    if "@" in typed:
        return Way.EMAIL
    if not digits.isdigit():
        return Way.LOGIN
    return Way.IIN if len(digits) == 12 else Way.PHONE  # noqa: PLR2004 - an IIN


class Against(StrEnum):
    """What failures are counted against: one chat, one name, one account by whatever name."""

    CHAT = "chat"
    NAME = "name"
    ACCOUNT = "account"


@dataclass(frozen=True)
class Tries:
    """Failures in a row, and until when no more are taken."""

    failures: int = 0
    locked_until: datetime | None = None


class Logins(Protocol):
    """What storage keeps of login by password."""

    def find(self, ident: Ident) -> int | None: ...
    def challenge(self, ident: Ident) -> str:
        """Return Argon2's parameters and salt for this account; for nobody, ones that never change either."""

    def fits(self, person: int | None, proof: str) -> bool: ...
    def tries(self, against: Against, ident: Ident) -> Tries: ...
    def put_tries(self, against: Against, ident: Ident, tries: Tries) -> None: ...
    def name(self) -> str: ...
    def email(self) -> Email | None: ...
    def set_name(self, name: LoginName) -> None: ...
    def set_email(self, email: Email) -> None: ...


def person_of(do: Services, ident: Ident, proof: str) -> int:
    """Return whose password this is; `proof` is the Argon2 hash made with the challenge of `ident`.

    Refuses `err.login.failed` for an unknown name and for a wrong password alike, and `err.login.locked(minutes)`
    after five failures, by chat and by name. That an account is locked by failures under another of its names is told
    only to who knows the password: else a lock would show that two names belong together (T18).
    """
    person = do.logins.find(ident)
    fits = do.logins.fits(person, proof)
    shut = {against: _locked(do, against, ident) for against in Against}
    told = [until for against, until in shut.items() if until and (fits or against is not Against.ACCOUNT)]
    if told:
        raise _told(max(told) - do.now)
    if not fits or person is None:
        _count(do, ident, shut)
        locked = [until for against in (Against.CHAT, Against.NAME) if (until := _locked(do, against, ident))]
        raise _told(max(locked) - do.now) if locked else Refused("err.login.failed")
    for against in Against:
        do.logins.put_tries(against, ident, Tries())
    return person


def _count(do: Services, ident: Ident, shut: dict[Against, datetime | None]) -> None:
    for against in Against:
        if shut[against]:
            continue
        failures = do.logins.tries(against, ident).failures + 1
        is_last = failures >= FAILURES
        after = Tries(0, do.now + LOCKED_FOR) if is_last else Tries(failures)
        do.logins.put_tries(against, ident, after)


def _locked(do: Services, against: Against, ident: Ident) -> datetime | None:
    until = do.logins.tries(against, ident).locked_until
    return until if until is not None and until > do.now else None


def _told(wait: timedelta) -> Refused:
    return Refused("err.login.locked", minutes=max(1, ceil(wait / timedelta(minutes=1))))


def must_be_free(do: Services, ident: Ident) -> None:
    """Refuse a login name or an e-mail of somebody else: `err.login.taken`, `err.email.taken`."""
    person, mine = do.logins.find(ident), do.accounts.mine()
    if person is not None and (mine is None or mine.person != person):
        raise Refused("err.email.taken" if ident.way is Way.EMAIL else "err.login.taken")
