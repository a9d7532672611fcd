"""Applications to the queue: filing, interest, leaving; who may stand in which queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from services import ages, benefits
from services.family import Role
from services.names import PersonName
from services.queue import Cause, Movement
from services.refused import Refused
from services.regimes import Regime

if TYPE_CHECKING:
    from services.children import Child
    from services.services import Services

#: The consent above [Отправить] and its version (D9, seed 000).
CONSENT: Final = "application-2026-11"
#: How far back a movement is explained.
LOOKS_BACK: Final = timedelta(days=90)


class Status(StrEnum):
    """Where an application is in its life (domain.md §1.5, §1.8)."""

    QUEUED = "queued"
    TURN_CAME = "turn_came"
    RESPONDED = "responded"
    OFFERED = "offered"
    REFERRAL = "referral"
    CONFIRMED = "confirmed"
    STOP_LIST = "stop_list"
    INACTIVE = "inactive"
    ENROLLED = "enrolled"
    REMOVED_BY_PARENT = "removed_by_parent"
    REMOVED_AGE = "removed_age"
    REMOVED_LAPSES = "removed_lapses"
    REJECTED = "rejected"
    CLOSED = "closed"


#: Those that stand in the order and have a number.
IN_QUEUE: Final = frozenset({Status.QUEUED, Status.TURN_CAME, Status.RESPONDED, Status.STOP_LIST})
#: Those that are over: the archive.
OVER: Final = frozenset(
    {
        Status.REMOVED_BY_PARENT,
        Status.REMOVED_AGE,
        Status.REMOVED_LAPSES,
        Status.REJECTED,
        Status.CLOSED,
    }
)
#: Where something must be used or cancelled before the application can be deleted (journeys §1.20).
UNDER_WAY: Final = frozenset({Status.REFERRAL, Status.OFFERED, Status.CONFIRMED})


@dataclass(frozen=True)
class Filing:
    """Everything an application says."""

    child: int = 0
    kato: str = ""
    group: str = ""
    languages: tuple[str, ...] = ()
    benefit: str = ""
    files: tuple[int, ...] = ()
    #: A second way to reach the family (seed 004).
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Application:
    """An application as it stands."""

    id: int
    number: str
    regime: str
    child: int
    kato: str
    group: str
    languages: tuple[str, ...]
    benefit: str
    status: Status
    #: What the queue sorts by; nothing outside the queue.
    rank: int | None
    birth_year: int
    filed_at: datetime
    interested_at: datetime | None = None
    closed_at: datetime | None = None
    email: str = ""
    phone: str = ""
    #: What whoever looks is to it, and the child's name where it is somebody else's child list that knows it.
    seen_as: Role = Role.OWNER
    named: PersonName | None = None

    @property
    def is_mine(self) -> bool:
        return self.seen_as is Role.OWNER

    @property
    def is_over(self) -> bool:
        return self.closed_at is not None

    @property
    def is_signed(self) -> bool:
        """The child is counted in a kindergarten: nothing can be deleted any more (A6)."""
        return self.status is Status.ENROLLED


@dataclass(frozen=True)
class Happened:
    """One line of an application's history."""

    at: datetime
    cause: str
    status: Status
    note: str = ""


class Applications(Protocol):
    """What storage keeps of this person's applications and of the queues they stand in."""

    def mine(self) -> list[Application]: ...
    def get(self, application: int) -> Application | None: ...
    def active_for(self, child: int, kato: str) -> Application | None: ...
    def is_closed(self, kato: str) -> bool: ...
    def file(self, filing: Filing, regime: Regime) -> Application: ...
    def number(self, application: Application) -> int | None: ...
    def benefit_number(self, application: Application) -> int | None: ...
    def movement(self, application: Application, since: datetime) -> Movement: ...
    def left_ahead(self, application: Application, since: datetime) -> list[datetime]: ...
    def history(self, application: int) -> list[Happened]: ...
    def mark_interested(self, application: int) -> bool: ...
    def change(self, application: int, status: Status, cause: Cause, note: str = "") -> None: ...


def regime_for(do: Services, kato: str) -> Regime | None:
    """Return the regime that takes new applications in a locality today; nothing where none does."""
    return None if do.applications.is_closed(kato) else do.regimes.taking(kato, do.today)


def must_be_young_enough(child: Child, today: date) -> None:
    """Refuse a child who turns seven this year: `err.child.age_max(year)` (AG1, AG2, seed 000)."""
    year = ages.turns_seven_in(child.born)
    if year <= today.year:
        raise Refused("err.child.age_max", year=year)


def must_be_taken(do: Services, child: Child, kato: str) -> Regime:
    """Return the regime that takes this child's application; refuse where the locality or the age does not allow it.

    Refuses `err.app.locality_closed`, `err.child.age_max(year)`, `err.app.duplicate(app_number)`.
    """
    regime = regime_for(do, kato)
    if regime is None:
        raise Refused("err.app.locality_closed")
    if regime.removal_year(child.born) <= do.today.year:
        raise Refused("err.child.age_max", year=regime.removal_year(child.born))
    if (active := do.applications.active_for(child.id, kato)) is not None:
        raise Refused("err.app.duplicate", app_number=active.number)
    return regime


def file(do: Services, filing: Filing) -> Application:
    """File an application; its regime, its day and time are those of now (A7).

    Refuses what `must_be_taken` refuses, `err.app.benefit_gone` where the locality knows no such category, and
    `err.app.paper_missing` or `err.app.paper_old` where the category's paper is not there or no longer counts.
    """
    child = do.children.get(filing.child)
    if child is None:
        raise Refused("msg.common.object_gone")
    regime = must_be_taken(do, child, filing.kato)
    if filing.benefit and filing.benefit not in regime.benefits:
        raise Refused("err.app.benefit_gone")
    must_have_papers(do, filing)
    made = do.applications.file(filing, regime)
    do.audit.note("application.filed", made.number)
    return made


def must_have_papers(do: Services, filing: Filing) -> None:
    """Refuse a category without its paper, or with one that has had its month (§3.4)."""
    wanted = benefits.benefit(filing.benefit)
    if wanted is None or not wanted.paper:
        return
    papers = [paper for item in filing.files if (paper := do.files.get(item)) is not None]
    if not papers:
        raise Refused("err.app.paper_missing")
    if wanted.paper_months and any(paper.valid_until and paper.valid_until < do.today for paper in papers):
        raise Refused("err.app.paper_old", months=wanted.paper_months)


def valid_until(issued_on: date, months: int) -> date:
    """Return the last day a certificate counts: the same day so many months later, or that month's last (§3.4)."""
    month = issued_on.month - 1 + months
    year, month = issued_on.year + month // 12, month % 12 + 1
    last = ((date(year + month // 12, month % 12 + 1, 1)) - timedelta(days=1)).day
    return date(year, month, min(issued_on.day, last))


def interested(do: Services, application: Application) -> bool:
    """Mark that the place is still wanted; return False where it was marked before (A3).

    Both parents may; a helper is refused `err.family.only_owner`.
    """
    if application.seen_as is Role.HELPER:
        raise Refused("err.family.only_owner")
    if not do.applications.mark_interested(application.id):
        return False
    do.audit.note("application.interested", application.number)
    return True


def must_be_deletable(application: Application) -> None:
    """Refuse a signed application, one with something under way (A6), and one that somebody else filed (P1).

    Refuses `err.family.only_owner`, `err.app.delete_enrolled`,
    `msg.application_delete.active_referral`, `err.already_done`.
    """
    if not application.is_mine:
        raise Refused("err.family.only_owner")
    if application.is_over:
        raise Refused("err.already_done")
    if application.is_signed:
        raise Refused("err.app.delete_enrolled")
    if application.status in UNDER_WAY:
        raise Refused("msg.application_delete.active_referral")


def withdraw(do: Services, application: Application, reason: str) -> None:
    """Leave the queue for good; refuses what `must_be_deletable` refuses (A6)."""
    must_be_deletable(application)
    do.applications.change(application.id, Status.REMOVED_BY_PARENT, Cause.WITHDRAWN, reason)
    do.audit.note("application.withdrawn", application.number)


def open_of(do: Services) -> list[Application]:
    """Return this person's applications that are not over."""
    return [item for item in do.applications.mine() if item.is_mine and not item.is_over]


def active_of(do: Services, child: int) -> list[Application]:
    """Return the applications of a child that are not over: while there are any, it stays on the list."""
    return [item for item in open_of(do) if item.child == child]
