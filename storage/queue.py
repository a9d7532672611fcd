"""Applications of a person, and the queues they stand in: numbers counted, causes kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, Select, and_, case, func, or_, select, update

from services.applications import CONSENT, IN_QUEUE, OVER, Application, Filing, Happened, Status
from services.benefits import Standing
from services.family import Role
from services.names import PersonName
from services.queue import Around, Cause, Movement, Shift, scanned, why
from services.regimes import Regime, Regimes
from storage.family import role_of, shared_with
from storage.models import ChildRow, PersonRow
from storage.queue_models import ApplicationEventRow as EventRow
from storage.queue_models import ApplicationRow, FileRow, IntakeRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from storage.do import Deed, Do


class ApplicationStore:
    """This person's applications; somebody else's are not there."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def mine(self) -> list[Application]:
        """Return all, others' that are shared as well; those that are not over first, then the newest first."""
        where = or_(ApplicationRow.person_id == self._do.person, shared_with(self._do.person))
        order = (ApplicationRow.closed_at.is_not(None), ApplicationRow.filed_at.desc(), ApplicationRow.id.desc())
        return [
            self._application(row)
            for row in self._do.session.scalars(select(ApplicationRow).where(where).order_by(*order))
        ]

    def get(self, application: int) -> Application | None:
        row = self._do.session.get(ApplicationRow, application)
        return self._application(row) if row is not None and role_of(self._do.session, self._do.person, row) else None

    def active_for(self, child: int, kato: str) -> Application | None:
        """Return the application of this child there that is not over, whichever parent filed it."""
        listed = self._do.session.get_one(ChildRow, child)
        where = (ApplicationRow.child_index == listed.iin_index, ApplicationRow.kato == kato)
        row = self._do.session.scalar(select(ApplicationRow).where(*where, ApplicationRow.closed_at.is_(None)))
        return self._application(row) if row else None

    def is_closed(self, kato: str) -> bool:
        """Say whether the department takes no new applications there now."""
        row = self._do.session.get(IntakeRow, kato)
        return row is not None and row.closed_at is not None

    def file(self, filing: Filing, regime: Regime) -> Application:
        """Put a child into the queue; that it stands there once is the schema's."""
        do = self._do
        child = do.session.get_one(ChildRow, filing.child)
        year, born = do.today.year, child.born.year
        row = ApplicationRow(
            year=year,
            serial=next_serial(do.session, year),
            person_id=do.person,
            child_id=child.id,
            child_index=child.iin_index,
            regime=regime.id,
            kato=filing.kato,
            queue=queue_name(regime, filing.kato, born),
            group_type=filing.group,
            languages=",".join(filing.languages),
            benefit=filing.benefit,
            status=Status.QUEUED.value,
            rank=regime.order.rank(filing.benefit, born, year),
            birth_year=born,
            filed_at=do.now,
            consent=CONSENT,
            consent_language=do.language,
            consent_message=do.message,
        )
        if filing.email or filing.phone:
            row.sealed = self._seal({"email": filing.email, "phone": filing.phone}, child.iin_index)
        do.session.add(row)
        do.session.flush()
        do.session.execute(
            update(FileRow)
            .where(FileRow.id.in_(filing.files), FileRow.person_id == do.person)
            .values(application_id=row.id)
        )
        note_event(do, row, Cause.FILED, was=None)
        return self._application(row)

    def number(self, application: Application) -> int | None:
        """Return the number in the queue, counted now; nothing outside the queue."""
        if application.rank is None:
            return None
        row = self._do.session.get_one(ApplicationRow, application.id)
        order = self._regime(application).order
        return around(self._do.session, row).place(application.rank, order)

    def benefit_number(self, application: Application) -> int | None:
        """Return the number among those with a benefit, where the regime counts one (S4)."""
        rank = application.rank
        if rank is None or rank >= Standing.GENERAL or not self._regime(application).can("benefit_number"):
            return None
        found = around(self._do.session, self._do.session.get_one(ApplicationRow, application.id))
        ahead = found.total.get(0, 0) if rank else 0
        return ahead + found.before.get(rank, 0) + 1

    def movement(self, application: Application, since: datetime) -> Movement:
        """Return how the number came to be what it is since then, cause by cause."""
        row = self._do.session.get_one(ApplicationRow, application.id)
        shifts = list(shifts_of(self._do.session, row.queue, since))
        found = around(self._do.session, row)
        return why(row.id, row.filed_at, application.rank or 0, found, shifts, self._regime(application).order)

    def left_ahead(self, application: Application, since: datetime) -> list[datetime]:
        """Return when somebody who stood before this one left the queue since then."""
        row = self._do.session.get_one(ApplicationRow, application.id)
        return [
            shift.at
            for shift in shifts_of(self._do.session, row.queue, since)
            if shift.now is None
            and shift.was is not None
            and (shift.was, shift.filed_at) < (application.rank or 0, row.filed_at)
        ]

    def history(self, application: int) -> list[Happened]:
        """Return what happened to an application, the oldest first."""
        where = EventRow.application_id == application
        rows = self._do.session.scalars(select(EventRow).where(where).order_by(EventRow.id))
        return [Happened(row.at, row.cause, Status(row.status), row.note) for row in rows]

    def mark_interested(self, application: int) -> bool:
        """Note the wish for a place once; return False where it was noted before."""
        session = self._do.session
        # Both parents may tap at once, in two processes: the database decides who was first.
        still = (ApplicationRow.id == application, ApplicationRow.interested_at.is_(None))
        marked = session.execute(update(ApplicationRow).where(*still).values(interested_at=self._do.now))
        row = session.get_one(ApplicationRow, application, populate_existing=True)
        if cast("CursorResult[Any]", marked).rowcount == 0:
            return False
        note_event(self._do, row, "interested", was=row.rank)
        return True

    def change(self, application: int, status: Status, cause: Cause, note: str = "") -> None:
        change(self._do, self._do.session.get_one(ApplicationRow, application), status, cause, note)

    def _regime(self, application: Application) -> Regime:
        return self._do.regimes.get(application.regime)

    def _application(self, row: ApplicationRow) -> Application:
        # What another guardian sealed stays closed here.
        role = role_of(self._do.session, self._do.person, row)
        known = self._open(row) if row.sealed and role is Role.OWNER else {}
        return Application(
            id=row.id,
            number=number_of(row),
            regime=row.regime,
            child=row.child_id if role is Role.OWNER else 0,
            kato=row.kato,
            group=row.group_type,
            languages=tuple(row.languages.split(",")),
            benefit=row.benefit,
            status=Status(row.status),
            rank=row.rank,
            birth_year=row.birth_year,
            filed_at=row.filed_at,
            interested_at=row.interested_at,
            closed_at=row.closed_at,
            email=known.get("email", ""),
            phone=known.get("phone", ""),
            seen_as=role or Role.HELPER,
            named=None if role is Role.OWNER or role is None else self._named(row),
        )

    def _named(self, row: ApplicationRow) -> PersonName:
        """Return the name of somebody else's child, opened with the key of whose list it stands on."""
        session, vault = self._do.session, self._do.world.vault
        child = session.get_one(ChildRow, row.child_id)
        key = vault.unwrap(session.get_one(PersonRow, row.person_id).key)
        return PersonName(
            *json.loads(vault.open(key, child.sealed, f"child|{row.person_id}|{child.iin_index}"))["name"]
        )

    def _seal(self, known: dict[str, str], child: str) -> bytes:
        do = self._do
        return do.world.vault.seal(do.key, json.dumps(known).encode(), application_row(do.person, child))

    def _open(self, row: ApplicationRow) -> dict[str, Any]:  # Any: JSON
        do = self._do
        clear = do.world.vault.open(do.key, row.sealed or b"", application_row(row.person_id, row.child_index))
        return dict(json.loads(clear))


def application_row(person: int, child_index: str) -> str:
    """Return what the second e-mail and phone of an application are bound to."""
    return f"application|{person}|{child_index}"


# The queue itself: for turns, the desk and the clock alike.


def queue_name(regime: Regime, kato: str, birth_year: int) -> str:
    """Return the name of the queue a child stands in (A7)."""
    return f"{regime.id}|{kato}|{birth_year if regime.order.per_birth_year else ''}"


def number_of(row: ApplicationRow) -> str:
    """Return the number of an application as people read it: 2026-118."""
    return f"{row.year}-{row.serial}"


def next_serial(session: Session, year: int) -> int:
    """Return the next number of a year; a twin that took it first makes this turn run again."""
    return (session.scalar(select(func.max(ApplicationRow.serial)).where(ApplicationRow.year == year)) or 0) + 1


def change(deed: Deed, row: ApplicationRow, status: Status, cause: Cause, note: str = "") -> None:
    """Give an application another status; whether it stands in the order follows from it. The event keeps the cause.

    What goes under way or ends leaves the order; what returns stands where its filing puts it (A7, A9).
    """
    was, rank = row.rank, None
    if status in IN_QUEUE:
        regime = deed.world.regimes.get(row.regime)
        rank = regime.order.rank(row.benefit, row.birth_year, row.year if row.rank is None else deed_year(deed))
    row.status, row.rank = status.value, rank if status in IN_QUEUE else None
    row.closed_at = deed.now if status in OVER else None
    deed.session.flush()
    note_event(deed, row, cause, was=was, note=note)


def change_benefit(deed: Deed, row: ApplicationRow, benefit: str, note: str = "") -> None:
    """Give an application another category, or none: a rejected benefit returns it to the general queue (A9)."""
    regime = deed.world.regimes.get(row.regime)
    was, row.benefit = row.rank, benefit
    if row.rank is not None:
        row.rank = regime.order.rank(benefit, row.birth_year, deed_year(deed))
    deed.session.flush()
    note_event(deed, row, Cause.BENEFIT, was=was, note=note)


def deed_year(deed: Deed) -> int:
    """Return the year it is in Almaty."""
    from storage.do import ALMATY

    return deed.now.astimezone(ALMATY).year


def note_event(deed: Deed, row: ApplicationRow, cause: str, *, was: int | None, note: str = "") -> None:
    """Keep what happened, with its effect on the order."""
    deed.session.add(
        EventRow(
            application_id=row.id,
            at=deed.now,
            cause=str(cause),
            status=row.status,
            note=note,
            queue=row.queue,
            filed_at=row.filed_at,
            rank_was=was,
            rank_now=row.rank,
        )
    )
    deed.session.flush()


def around_statement(queue: str, filed_at: datetime, application: int) -> Select[int | None, int, Any]:  # Any: a sum
    """Return the one statement a number is counted with: of each rank, all, and those filed before."""
    is_before = or_(
        ApplicationRow.filed_at < filed_at, and_(ApplicationRow.filed_at == filed_at, ApplicationRow.id < application)
    )
    return (
        select(ApplicationRow.rank, func.count(), func.sum(case((is_before, 1), else_=0)))
        .where(ApplicationRow.queue == queue, ApplicationRow.rank.is_not(None))
        .group_by(ApplicationRow.rank)
    )


def around(session: Session, row: ApplicationRow) -> Around:
    """Return how many others stand around an application, by rank."""
    before, total = {}, {}
    for rank, count, earlier in session.execute(around_statement(row.queue, row.filed_at, row.id)).all():
        total[int(rank or 0)] = int(count) - (rank == row.rank)
        before[int(rank or 0)] = int(earlier)
    return Around(before, total)


def shifts_of(session: Session, queue: str, since: datetime) -> Iterator[Shift]:
    """Return what changed the order of a queue since then, the oldest first."""
    rows = session.scalars(
        select(EventRow)
        .where(
            EventRow.queue == queue,
            EventRow.at >= since,
            or_(
                EventRow.rank_was != EventRow.rank_now,
                EventRow.rank_was.is_(None) != EventRow.rank_now.is_(None),
            ),
        )
        .order_by(EventRow.id)
    )
    for row in rows:
        yield Shift(row.application_id, row.filed_at, row.rank_was, row.rank_now, Cause(row.cause), row.at)


def all_numbers(session: Session, regimes: Regimes) -> Iterator[tuple[int, int]]:
    """Return (application, number) of everybody who waits, in one scan in the order of the index."""
    rows = session.execute(
        select(ApplicationRow.queue, ApplicationRow.id, ApplicationRow.rank)
        .where(ApplicationRow.rank.is_not(None))
        .order_by(ApplicationRow.queue, ApplicationRow.rank, ApplicationRow.filed_at, ApplicationRow.id)
        .execution_options(yield_per=10_000)
    )
    for queue, group in groupby(rows, key=lambda row: row[0]):
        order = regimes.get(queue.partition("|")[0]).order
        yield from scanned(((row[1], row[2] or 0) for row in group), order).items()
