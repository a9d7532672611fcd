"""The monthly tabel: when it is answered, what a month without an answer costs, and the two answers to it.

Numbers come from the regime; months and windows are those of Asia/Almaty. Source: T1-T10, seed 002.
"""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from services import accounts
from services.refused import Refused
from services.regimes import Tabel as Rules
from services.workdays import ALMATY

if TYPE_CHECKING:
    from services.services import Services
    from services.vouchers import Voucher

#: Why a parent refuses a tabel (journeys §1.36); the last one needs words.
REASONS: Final = ("extra", "missing", "code", "ill", "wrongkg", "other")
#: A tabel is urgent on the parent's menu from so many days before its last day on.
URGENT_DAYS: Final = 3
COMMENT_MIN: Final = 10
COMMENT_MAX: Final = 500
#: Months a parent can look back.
SHOWN: Final = 12


@dataclass(frozen=True, order=True)
class Month:
    """A month, counted through from year 0, so that neighbours differ by one."""

    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year * 12 + day.month - 1)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Return the month of "2026-11"; raise ValueError for another text."""
        return cls.of(date.fromisoformat(f"{text}-01"))

    @property
    def text(self) -> str:
        """Return the month as it is stored in a conversation: "2026-11"."""
        return f"{self.first:%Y-%m}"

    @property
    def first(self) -> date:
        return date(self.number // 12, self.number % 12 + 1, 1)

    @property
    def days(self) -> int:
        return monthrange(self.first.year, self.first.month)[1]

    @property
    def next(self) -> Month:
        return Month(self.number + 1)

    @property
    def before(self) -> Month:
        return Month(self.number - 1)

    def day(self, number: int) -> date:
        return self.first.replace(day=number)


@dataclass(frozen=True)
class Window:
    """When a month can be answered: from its first instant to the last one before `ends`."""

    opens: datetime
    ends: datetime

    @property
    def last(self) -> datetime:
        """Return the last second of the window: 10 December, 23:59:59."""
        return self.ends - timedelta(seconds=1)


def window(month: Month, rules: Rules) -> Window:
    """Return the window of a month: days of the month after it, whole ones, in Almaty (T1, T8)."""
    opens, last = month.next.day(rules.first_day), month.next.day(rules.last_day)
    return Window(datetime.combine(opens, time(), ALMATY), datetime.combine(last + timedelta(days=1), time(), ALMATY))


class Answer(StrEnum):
    """What a family said to a month."""

    NONE = ""
    CONFIRMED = "confirmed"
    CONFIRMED_LATE = "confirmed_late"
    REFUSED = "refused"


CONFIRMED: Final = frozenset({Answer.CONFIRMED, Answer.CONFIRMED_LATE})


class State(StrEnum):
    """Where a month stands (T10, §1.10)."""

    NOT_PUBLISHED = "not_published"
    OPEN = "open"
    CONFIRMED = "confirmed"
    CONFIRMED_LATE = "confirmed_late"
    #: Refused because of its data: an answer, and the kindergarten's turn (T6).
    DISPUTED = "disputed"
    MISSED = "missed"


@dataclass(frozen=True)
class Sheet:
    """One month of a child as the kindergarten wrote it, and what the family answered."""

    id: int
    voucher: int
    month: Month
    #: A correction is the next version.
    version: int
    #: One letter for each day (T7, T9).
    marks: str
    #: When it was first published; nothing while the kindergarten still fills it.
    published_at: datetime | None
    opens_at: datetime
    ends_at: datetime
    answer: Answer = Answer.NONE
    answered_at: datetime | None = None
    #: Which version was answered.
    answered: int = 0

    @property
    def seal(self) -> str:
        """A short name of exactly what is shown: a tap that names another one was made on another picture."""
        return hashlib.sha256(f"{self.id}|{self.version}|{self.marks}".encode()).hexdigest()[:12]

    @property
    def last(self) -> datetime:
        """Return the last second in which an answer is in time."""
        return self.ends_at - timedelta(seconds=1)

    def is_shown(self, now: datetime) -> bool:
        """Say whether the family can see it: published, and the window has begun (T1)."""
        return self.published_at is not None and self.published_at <= now and self.opens_at <= now

    @property
    def could_be_missed(self) -> bool:
        """Say whether it was published while it could still be answered in time (T10)."""
        return self.published_at is not None and self.published_at < self.ends_at

    def is_late(self, now: datetime) -> bool:
        """Say whether an answer at this instant comes after the window (T5)."""
        return self.could_be_missed and now >= self.ends_at

    def totals(self, legend: Mapping[str, str]) -> dict[str, int]:
        """Return how many days of each meaning there are; a letter nobody explained counts as none (T7)."""
        found = dict.fromkeys(legend.values(), 0)
        for mark in self.marks:
            if mark in legend:
                found[legend[mark]] += 1
        return found

    def days(self, meaning: str, legend: Mapping[str, str]) -> list[int]:
        """Return the days that are marked so."""
        return [day for day, mark in enumerate(self.marks, start=1) if legend.get(mark) == meaning]


def state(sheet: Sheet, now: datetime) -> State:
    """Return where a month stands: corrected after a refusal it is open again, and no miss any more (T6, T10)."""
    if not sheet.is_shown(now):
        return State.NOT_PUBLISHED
    if sheet.answer in CONFIRMED:
        return State(sheet.answer.value)
    if sheet.answer is Answer.REFUSED:
        return State.DISPUTED if sheet.answered == sheet.version else State.OPEN
    return State.MISSED if sheet.is_late(now) else State.OPEN


def waits(sheet: Sheet, now: datetime) -> bool:
    """Say whether a month can be answered in time now."""
    return state(sheet, now) is State.OPEN


def is_missed(sheet: Sheet, rules: Rules, now: datetime) -> bool:
    """Say whether a month is over without an answer (T2, T10).

    Only a published month can be missed; a disagreement counts as an answer unless the regime says otherwise.
    """
    unanswered = sheet.answer is Answer.NONE or (rules.dispute_counts and sheet.answer is Answer.REFUSED)
    return unanswered and sheet.is_late(now)


def annulled_at(sheets: Sequence[Sheet], rules: Rules) -> datetime | None:
    """Return the instant at which months missed in a row annul the voucher: the end of the last one's window (T2).

    A month that was not published, or was answered at all, breaks the row; whether the instant has come is the
    caller's question.
    """
    row, before = 0, None
    for sheet in sorted(sheets, key=lambda item: item.month):
        missed = is_missed(sheet, rules, sheet.ends_at)
        row = (row + 1 if before == sheet.month.before else 1) if missed else 0
        before = sheet.month
        if row >= rules.miss_limit:
            return sheet.ends_at
    return None


def missed_in_a_row(sheets: Sequence[Sheet], rules: Rules, now: datetime) -> int:
    """Return how many months in a row, ending with the last one that is over, are missed now (T2)."""
    row, expected = 0, None
    for sheet in sorted(sheets, key=lambda item: item.month, reverse=True):
        if now < sheet.ends_at:
            continue
        if not is_missed(sheet, rules, now) or expected not in (None, sheet.month):
            break
        row, expected = row + 1, sheet.month.before
    return row


@dataclass(frozen=True)
class Receipt:
    """Who answered a month, when, and from where: a link of the voucher's chain (T4)."""

    act: str
    version: int
    at: datetime
    #: The name with its letters veiled, and the last digits of the IIN; nothing of somebody who is erased.
    who: str
    iin: str
    #: The beginning of the link: a family can name it.
    code: str
    is_mine: bool


@dataclass(frozen=True)
class Objection:
    """Why a month is refused: reason, days, words and files (T6)."""

    reason: str
    days: tuple[int, ...] = ()
    comment: str = ""
    files: tuple[int, ...] = ()


class Tabels(Protocol):
    """What storage keeps of the vouchers and months of the children on this person's list."""

    def vouchers(self) -> list[Voucher]: ...
    def voucher(self, child: int) -> Voucher | None: ...
    def sheets(self, voucher: int) -> list[Sheet]: ...
    def hold(self, child: int, month: Month) -> Sheet | None: ...
    def receipt(self, sheet: Sheet) -> Receipt | None: ...
    def answer(self, sheet: Sheet, answer: Answer, objection: Objection | None = None) -> None: ...


def sheet_of(do: Services, child: int, month: Month) -> Sheet | None:
    """Return the month of a child on this person's list, if the family can see it now."""
    voucher = do.tabels.voucher(child)
    listed = do.tabels.sheets(voucher.id) if voucher else []
    return next((item for item in listed if item.month == month and item.is_shown(do.now)), None)


def waiting(do: Services) -> list[tuple[Voucher, Sheet]]:
    """Return the months that wait for an answer of this family, the first deadline first."""
    found = [
        (voucher, sheet)
        for voucher in do.tabels.vouchers()
        for sheet in do.tabels.sheets(voucher.id)
        if waits(sheet, do.now) and not _is_over(do, voucher)
    ]
    return sorted(found, key=lambda item: (item[1].ends_at, item[0].child))


def urgent(do: Services) -> tuple[Voucher, Sheet] | None:
    """Return the month whose last day is near."""
    near = do.now + timedelta(days=URGENT_DAYS)
    return next(((voucher, sheet) for voucher, sheet in waiting(do) if do.now < sheet.ends_at <= near), None)


def confirm(do: Services, child: int, month: Month, shown: str) -> Sheet:
    """Confirm a month as it was shown; return it (T3, T4).

    Late confirmation is the regime's word (T5): it clears the miss of a first month, but after the last one the
    voucher is annulled already. Refuses what `_must_be_answerable` refuses.
    """
    sheet = _must_be_answerable(do, child, month, shown)
    late = sheet.is_late(do.now)
    do.tabels.answer(sheet, Answer.CONFIRMED_LATE if late else Answer.CONFIRMED)
    do.audit.note("tabel.confirmed", f"{sheet.id}.{sheet.version}")
    return sheet


def refuse(do: Services, child: int, month: Month, shown: str, objection: Objection) -> Sheet:
    """Refuse a month because of its data: it counts as answered, and the kindergarten reads why (T2, T6).

    Refuses what `_must_be_answerable` refuses, `msg.tabel_refuse.comment_short` where only words would say why, and
    `err.already_done` where this version is refused already.
    """
    if objection.reason == "other" and len(objection.comment) < COMMENT_MIN:
        raise Refused("msg.tabel_refuse.comment_short")
    sheet = _must_be_answerable(do, child, month, shown)
    if state(sheet, do.now) is State.DISPUTED:
        raise Refused("err.already_done")
    do.tabels.answer(sheet, Answer.REFUSED, objection)
    do.audit.note("tabel.refused", f"{sheet.id}.{sheet.version}")
    return sheet


def warns(do: Services, voucher: Voucher, sheet: Sheet) -> bool:
    """Say whether a confirmation now is late and the family is to be told so (T5)."""
    rules = do.regimes.get(voucher.regime).tabel
    return rules is not None and rules.late == "warn" and sheet.is_late(do.now)


def must_be_open(do: Services, child: int, month: Month, shown: str) -> Sheet:
    """Return the month somebody looks at; refuse, before anything is asked, what an answer would be refused for."""
    return _must_be_answerable(do, child, month, shown)


def _must_be_answerable(do: Services, child: int, month: Month, shown: str) -> Sheet:
    """Return the month, held for this turn.

    Refuses `err.tabel.unconfirmed`, `err.tabel.no_voucher`, `err.tabel.not_ready(month)`,
    `err.tabel.already(who, confirmed_at)`, `err.voucher.annulled(annulled_at)`, `err.tabel.changed` and
    `err.tabel.window_closed(month)`.
    """
    if not accounts.is_confirmed(do):
        raise Refused("err.tabel.unconfirmed")
    voucher = do.tabels.voucher(child)
    if voucher is None:
        raise Refused("err.tabel.no_voucher")
    sheet = do.tabels.hold(child, month)
    if sheet is None or not sheet.is_shown(do.now):
        raise Refused("err.tabel.not_ready", month=month)
    if sheet.answer in CONFIRMED:
        raise _already(do, sheet)
    if (at := _annulled(do, voucher)) is not None:
        raise Refused("err.voucher.annulled", annulled_at=at)
    if sheet.seal != shown:
        raise Refused("err.tabel.changed")
    rules = do.regimes.get(voucher.regime).tabel
    if sheet.is_late(do.now) and (rules is None or rules.late == "block"):
        raise Refused("err.tabel.window_closed", month=month)
    return sheet


def _already(do: Services, sheet: Sheet) -> Refused:
    receipt = do.tabels.receipt(sheet)
    who = receipt.who if receipt and receipt.who else "—"
    return Refused("err.tabel.already", who=who, confirmed_at=sheet.answered_at)


def _annulled(do: Services, voucher: Voucher) -> datetime | None:
    from services import vouchers

    return vouchers.annulled_at(voucher, do.tabels.sheets(voucher.id), do.regimes.get(voucher.regime), do.now)


def _is_over(do: Services, voucher: Voucher) -> bool:
    return _annulled(do, voucher) is not None
