"""A case: a parent asked for a human; how urgent it is, how long it may wait, and what of it may be read later."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from math import ceil
from typing import Final, Protocol

from services.hours import Hours


class State(StrEnum):
    """Where a case stands (journeys §2.2)."""

    NEW = "new"  # in the queue
    TAKEN = "taken"  # an agent holds it and owes an answer
    WAITING = "waiting"  # for the parent: the clock stands still
    CLOSED = "closed"


#: What a question can be about, in the order of the rows.
TOPICS: Final = ("account", "queue", "places", "referral", "tabel", "other")
#: The topic that is offered first to somebody who comes from a dialog.
_TOPIC_OF: Final[Mapping[str, str]] = {
    "registration": "account",
    "login": "account",
    "step_up": "account",
    "profile": "account",
    "child_add": "account",
    "child_list": "account",
    "application": "queue",
    "queue": "queue",
    "bulletin": "places",
    "kindergarten": "places",
    "referral": "referral",
    "enrolment": "referral",
    "tabel": "tabel",
    "voucher": "tabel",
}

#: Minutes until the first and each next reply, by priority (journeys §2.2).
FIRST_REPLY: Final[Mapping[int, int]] = {1: 5, 2: 15, 3: 60}
NEXT_REPLY: Final[Mapping[int, int]] = {1: 10, 2: 20, 3: 60}
SOON_DAYS: Final = 3
#: How long a case takes while nobody knows better.
USUAL_MINUTES: Final = 10.0
WAIT_STEP: Final = 5

#: Money asked for a place, and a child in danger: never in the ordinary queue.
_HARM: Final = re.compile(
    r"взятк|вымога|деньги за мест|просят заплат|плат\w+ за мест|пара сұра|ақша сұра|ақша талап|"
    r"бьют|побил|избил|синяк|насили|ұрды|ұрып|соққы|зорлық",
    re.IGNORECASE,
)
#: Where somebody who fails cannot get in at all.
_DOORS: Final = frozenset({"registration", "login", "step_up", "password_recovery"})

_LONG_NUMBER: Final = re.compile(r"(?<!\d)(?:\d[ \-.]?){8}(?:\d[ \-.]?){3}\d(?!\d)")
_CODE: Final = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}(?!\d)")
_PASSWORD: Final = re.compile(r"(?i)((?:парол\w*|құпиясөз\w*|password)\s*[:=—-]?\s*)(\S+)")
CUT: Final = "[…]"


@dataclass(frozen=True)
class Case:
    """An open case of this person."""

    number: int
    #: False when the person already had this one open: a second request joins it.
    new: bool
    state: State = State.NEW
    #: The name of the agent who holds it.
    agent: str = ""
    topic: str = "other"


@dataclass(frozen=True)
class Place:
    """Where a case stands in the queue, and about how many minutes that takes."""

    position: int
    minutes: int


class Cases(Protocol):
    """What storage keeps of cases."""

    def open(self, *, flow: str, state: str, question: str, topic: str = "", text: str = "") -> Case: ...
    def mine(self) -> Case | None: ...
    def place(self) -> Place: ...
    def hear(self, kind: str, text: str) -> None: ...
    def rate(self, answer: str) -> None: ...
    def comment(self, text: str) -> None: ...
    def last(self) -> Case | None: ...
    def reopen(self) -> Case | None: ...
    def call_back(self, *, phone: str, slot: str, topic: str) -> datetime: ...
    def hours(self) -> Hours: ...


def topic_of(flow: str) -> str:
    """Return what a question from this dialog is probably about."""
    return next((topic for start, topic in _TOPIC_OF.items() if flow.startswith(start)), "other")


def priority(*, flow: str, question: str = "", text: str = "", deadline: date | None = None, today: date) -> int:
    """Return 1, 2 or 3 (journeys §2.2): harm and today's deadlines first, then what is close or shuts a parent out."""
    if _HARM.search(text) or (deadline is not None and deadline <= today):
        return 1
    is_soon = deadline is not None and (deadline - today).days <= SOON_DAYS
    return 2 if is_soon or flow in _DOORS or question == "err.dead" else 3


def reply_by(hours: Hours, now: datetime, urgency: int, *, first: bool) -> datetime:
    """Return when a reply is due: the clock runs in working hours only."""
    return hours.after(now, (FIRST_REPLY if first else NEXT_REPLY)[urgency])


def wait_minutes(position: int, median: float, agents: int) -> int:
    """Return the wait a parent is told: median × position ÷ agents, rounded up to five (journeys §2.2)."""
    return max(WAIT_STEP, ceil(median * position / max(agents, 1) / WAIT_STEP) * WAIT_STEP)


def cut(text: str) -> str:
    """Return words as a desk may keep them: no IIN but its last four digits, no code, no password (rules §0.5)."""
    text = _PASSWORD.sub(lambda found: found[1] + CUT, text)
    text = _LONG_NUMBER.sub(lambda found: "••••••••" + re.sub(r"\D", "", found[0])[-4:], text)
    return _CODE.sub(CUT, text)
