"""One-time codes: 6 digits, 5 minutes, resend after 90 s, 5 tries, 4 an hour; a new one kills the old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING, Final, Protocol

from services.phones import Phone
from services.refused import Refused

if TYPE_CHECKING:
    from services.services import Services

DIGITS: Final = 6
LIVES: Final = timedelta(minutes=5)
RESEND_AFTER: Final = timedelta(seconds=90)
TRIES: Final = 5
SENDS_AN_HOUR: Final = 4
#: Numbers one chat may try in a day: an honest person has two, a toll-fraud bot has thousands (T17).
NUMBERS_A_DAY: Final = 3
#: All codes of all people in an hour; beyond it somebody is spending our money (T17).
SENDS_AN_HOUR_IN_ALL: Final = 2000


class Purpose(StrEnum):
    """What a code opens; a code for one thing never opens another."""

    REGISTRATION = "registration"
    LOGIN = "login"
    STEP_UP = "step_up"


@dataclass(frozen=True)
class Code:
    """A code as it is kept: without its digits."""

    id: int
    phone: Phone
    sent_at: datetime
    tries: int
    #: "live", "used", "dead"
    state: str


class Verdict(StrEnum):
    """What became of a typed code."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    TOO_MANY = "too_many"


class Codes(Protocol):
    """What storage keeps of codes; all instants UTC."""

    def sent_to(self, phone: Phone, since: datetime) -> list[datetime]: ...
    def sent_here(self, since: datetime) -> list[datetime]: ...
    def sent_in_all(self, since: datetime) -> int: ...
    def other_numbers_here(self, phone: Phone, since: datetime) -> int: ...
    def latest(self, purpose: Purpose) -> Code | None: ...
    def issue(self, purpose: Purpose, phone: Phone, digits: str) -> None: ...
    def matches(self, code: Code, typed: str) -> bool: ...
    def count_try(self, code: Code, *, state: str) -> None: ...


def send(do: Services, purpose: Purpose, phone: Phone) -> None:
    """Issue a new code to `phone`, kill the old one and hand it to the outbox.

    Refuses with `err.code.too_many(minutes)` beyond 4 sends in an hour to the number or from the chat,
    3 numbers in a day from the chat, or the limit for everybody. Source: README of shared, threats T16–T17.
    """
    hour_ago, day_ago = do.now - timedelta(hours=1), do.now - timedelta(days=1)
    for sent in (do.codes.sent_to(phone, hour_ago), do.codes.sent_here(hour_ago)):
        if len(sent) >= SENDS_AN_HOUR:
            raise Refused("err.code.too_many", minutes=_minutes_until(min(sent) + timedelta(hours=1), do.now))
    if do.codes.other_numbers_here(phone, day_ago) >= NUMBERS_A_DAY:
        raise Refused("err.code.too_many", minutes=24 * 60)
    if do.codes.sent_in_all(hour_ago) >= SENDS_AN_HOUR_IN_ALL:
        raise Refused("err.code.too_many", minutes=60)
    do.codes.issue(purpose, phone, do.chance.digits(DIGITS))


def wait_left(do: Services, purpose: Purpose) -> int:
    """Return the seconds until a new code may be asked for; 0 if now."""
    code = do.codes.latest(purpose)
    if code is None:
        return 0
    return max(0, ceil((code.sent_at + RESEND_AFTER - do.now).total_seconds()))


def latest_id(do: Services, purpose: Purpose) -> str:
    """Return the reference of the newest code of this chat, empty if there is none."""
    code = do.codes.latest(purpose)
    return str(code.id) if code else ""


def check(do: Services, purpose: Purpose, typed: str) -> tuple[Verdict, int]:
    """Return the verdict on the typed digits and the tries left; a right code is used up.

    A code counts only in the chat it was asked in, for its purpose, within 5 minutes, within 5 tries (I17).
    """
    code = do.codes.latest(purpose)
    if code is None or code.state == "used":
        return Verdict.EXPIRED, 0
    if code.state == "dead":
        return Verdict.TOO_MANY, 0
    if do.now >= code.sent_at + LIVES:
        return Verdict.EXPIRED, 0
    if do.codes.matches(code, typed):
        do.codes.count_try(code, state="used")
        return Verdict.RIGHT, 0
    left = TRIES - code.tries - 1
    do.codes.count_try(code, state="live" if left else "dead")
    return (Verdict.WRONG, left) if left else (Verdict.TOO_MANY, 0)


def _minutes_until(when: datetime, now: datetime) -> int:
    return max(1, ceil((when - now).total_seconds() / 60))
