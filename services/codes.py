"""One-time codes: 6 digits, 5 minutes, resend after 90 s, 5 tries, 4 an hour; a new one kills the old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING, Final, Protocol

from services.emails import Email
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
#: Wrong codes of all people within WATCHED. An honest hour of SENDS_AN_HOUR_IN_ALL brings a tenth of it; whoever
#: guesses in many chats at once has one chance in 5,000 before nothing is checked for a while (T16).
WRONG_IN_ALL: Final = 200
WATCHED: Final = timedelta(minutes=10)
#: Where a code goes.
To = Phone | Email
#: A wait from here on is told in hours.
LONG_WAIT: Final = timedelta(hours=2)


class Purpose(StrEnum):
    """What a code opens; a code for one thing never opens another."""

    REGISTRATION = "registration"
    LOGIN = "login"
    STEP_UP = "step_up"
    RECOVERY = "recovery"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True)
class Code:
    """A code as it is kept: without its digits."""

    id: int
    phone: To
    sent_at: datetime
    tries: int
    #: "live", "used", "dead" (five wrong tries, or a newer one), "failed" (no SMS went out)
    state: str


class Verdict(StrEnum):
    """What became of a typed code."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    TOO_MANY = "too_many"


class Codes(Protocol):
    """What storage keeps of codes; all instants UTC."""

    def sent_to(self, phone: To, since: datetime) -> list[datetime]: ...
    def sent_here(self, since: datetime) -> list[datetime]: ...
    def sent_in_all(self, since: datetime) -> int: ...
    def other_numbers_here(self, phone: To, since: datetime) -> int: ...
    def latest(self, purpose: Purpose) -> Code | None: ...
    def alone_with(self, phone: To) -> None: ...
    def wrong_in_all(self, since: datetime) -> int: ...
    def issue(self, purpose: Purpose, phone: To, digits: str, *, goes_out: bool) -> None: ...
    def matches(self, code: Code, typed: str) -> bool: ...
    def count_try(self, code: Code, *, state: str) -> None: ...


def send(do: Services, purpose: Purpose, phone: To, *, goes_out: bool = True) -> None:
    """Issue a new code to `phone` (or an e-mail address), kill the old one and hand it to the outbox.

    A code that must not go out is issued all the same and counted like any: whoever asks sees no difference (T18).

    Refuses with `err.code.too_many(minutes)` or `err.code.too_many_hours(hours)` beyond 4 sends in an hour to the
    number or from the chat, 3 numbers in a day from the chat, or the limit for everybody; and while so many wrong codes
    come in that somebody must be guessing. Source: README of shared, threats T16–T17.
    """
    _must_not_be_guessed(do)
    # Two processes must not both find room for the last code of an hour.
    do.codes.alone_with(phone)
    hour, day = timedelta(hours=1), timedelta(days=1)
    if purpose is Purpose.RECOVERY and (spent := do.codes.latest(purpose)) and spent.tries >= TRIES:
        _must_have_rested(spent.sent_at + hour - do.now)
    hour_ago, day_ago = do.now - hour, do.now - day
    for sent in (do.codes.sent_to(phone, hour_ago), do.codes.sent_here(hour_ago)):
        if len(sent) >= SENDS_AN_HOUR:
            raise _too_many(min(sent) + hour - do.now)
    if do.codes.other_numbers_here(phone, day_ago) >= NUMBERS_A_DAY:
        raise _too_many(day)
    if do.codes.sent_in_all(hour_ago) >= SENDS_AN_HOUR_IN_ALL:
        raise _too_many(hour)
    do.codes.issue(purpose, phone, do.chance.digits(DIGITS), goes_out=goes_out)


def _must_not_be_guessed(do: Services) -> None:
    """Refuse everybody while wrong codes come in by the hundred: the guess that would fit must not be among them."""
    if do.codes.wrong_in_all(do.now - WATCHED) >= WRONG_IN_ALL:
        raise _too_many(WATCHED)


def _must_have_rested(wait: timedelta) -> None:
    """Five wrong codes of a recovery close it here for an hour (journeys §1.6)."""
    if wait > timedelta():
        raise _too_many(wait)


def wait_left(do: Services, purpose: Purpose, phone: To) -> int:
    """Return the seconds until a new code for `phone` may be asked for; 0 if now, as when the last one is spent."""
    code = _latest(do, purpose, phone)
    if code is None or code.state != "live":
        return 0
    return max(0, ceil((code.sent_at + RESEND_AFTER - do.now).total_seconds()))


def was_tried(do: Services, purpose: Purpose, phone: To) -> bool:
    """Say whether a wrong code was typed since the last one was sent."""
    code = _latest(do, purpose, phone)
    return code is not None and code.tries > 0


def latest_id(do: Services, purpose: Purpose) -> str:
    """Return the reference of the newest code of this chat, empty if there is none."""
    code = do.codes.latest(purpose)
    return str(code.id) if code else ""


def not_sent(do: Services, purpose: Purpose) -> None:
    """Give the newest code up: its SMS did not go out, so nobody need wait for it."""
    if code := do.codes.latest(purpose):
        do.codes.count_try(code, state="failed")


def check(do: Services, purpose: Purpose, phone: To, typed: str) -> tuple[Verdict, int]:
    """Return the verdict on the typed digits and the tries left; a right code is used up.

    A code proves the phone it went to and no other. It counts only in the chat it was asked in, for its purpose,
    within 5 minutes, within 5 tries (I17). Refuses `err.code.too_many(minutes)` while somebody guesses (T16).
    """
    _must_not_be_guessed(do)
    code = _latest(do, purpose, phone)
    if code is not None and code.state == "dead":
        return Verdict.TOO_MANY, 0
    if code is None or code.state != "live" or do.now >= code.sent_at + LIVES:
        return Verdict.EXPIRED, 0
    if do.codes.matches(code, typed):
        do.codes.count_try(code, state="used")
        return Verdict.RIGHT, 0
    left = TRIES - code.tries - 1
    do.codes.count_try(code, state="live" if left else "dead")
    return (Verdict.WRONG, left) if left else (Verdict.TOO_MANY, 0)


def _latest(do: Services, purpose: Purpose, phone: To) -> Code | None:
    """Return the newest code of this chat if it went to `phone`."""
    code = do.codes.latest(purpose)
    return code if code is not None and code.phone == phone else None


def _too_many(wait: timedelta) -> Refused:
    if wait >= LONG_WAIT:
        return Refused("err.code.too_many_hours", hours=ceil(wait / timedelta(hours=1)))
    return Refused("err.code.too_many", minutes=max(1, ceil(wait / timedelta(minutes=1))))
