"""The supervisor's figures (journeys §2.6): counted from the cases of the last days, nothing is kept for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cases import State
from storage.desk_models import AgentRow, CallbackRow
from storage.models import AddressRow, CaseRow, OutboxRow

DAYS: Final = timedelta(days=30)


@dataclass(frozen=True)
class Medians:
    """How fast parents of one language on one channel were served, in minutes."""

    language: str
    channel: str
    cases: int
    first_reply: int | None
    handling: int | None


@dataclass(frozen=True)
class Board:
    """What a supervisor looks at."""

    waiting: int
    oldest: datetime | None
    open: tuple[tuple[str, int], ...]
    medians: tuple[Medians, ...]
    #: Per cent of first replies that came in time.
    in_time: int | None
    #: Where parents gave up and called a human: the list of what to mend.
    origins: tuple[tuple[str, int], ...]
    gaps: tuple[tuple[int, str], ...]
    ratings: tuple[tuple[str, int], ...]
    #: Per cent of closed cases that were opened again.
    reopened: int | None
    calls: tuple[tuple[str, int], ...]
    failures: tuple[tuple[str, int], ...]
    opted_out: int


def read(session: Session, now: datetime) -> Board:
    """Count everything of the last thirty days."""
    found = session.execute(
        select(CaseRow, AddressRow.channel)
        .outerjoin(AddressRow, AddressRow.id == CaseRow.address_id)
        .where(CaseRow.opened_at >= now - DAYS)
    ).all()
    rows = [(row, "WA" if (channel or "").endswith("whatsapp") else "TG") for row, channel in found]
    cases = [row for row, _ in rows]
    new = [row for row in cases if row.state == State.NEW]
    replied = [row for row in cases if row.replied_at is not None]
    ended = [row for row in cases if row.state == State.CLOSED or row.reopened]
    return Board(
        waiting=len(new),
        oldest=min((row.opened_at for row in new), default=None),
        open=_held(session),
        medians=_medians(rows),
        in_time=_percent(sum(not row.late for row in replied), len(replied)),
        origins=tuple(Counter(row.step or "—" for row in cases).most_common(10)),
        gaps=tuple((row.id, row.topic) for row in cases if row.faq_gap)[:10],
        ratings=tuple(sorted(Counter(row.rating for row in cases if row.rating).items())),
        reopened=_percent(sum(bool(row.reopened) for row in ended), len(ended)),
        calls=_counted(session, CallbackRow.state),
        failures=_counted(session, OutboxRow.kind, OutboxRow.state == "failed", OutboxRow.created_at >= now - DAYS),
        opted_out=session.scalar(select(func.count()).where(AddressRow.opted_out_at.is_not(None))) or 0,
    )


def _held(session: Session) -> tuple[tuple[str, int], ...]:
    held = (
        select(AgentRow.shown, func.count(CaseRow.id))
        .join(CaseRow, CaseRow.holder_id == AgentRow.id)
        .where(CaseRow.state.in_((State.TAKEN, State.WAITING)))
        .group_by(AgentRow.id, AgentRow.shown)
        .order_by(AgentRow.shown)
    )
    return tuple((shown, count) for shown, count in session.execute(held))


def _counted(session: Session, column: object, *where: object) -> tuple[tuple[str, int], ...]:
    counted = select(column, func.count()).where(*where).group_by(column).order_by(column)  # type: ignore[call-overload]  # columns of different tables
    return tuple((str(name), count) for name, count in session.execute(counted))


def _medians(rows: list[tuple[CaseRow, str]]) -> tuple[Medians, ...]:
    kinds = sorted({(row.language or "kk", channel) for row, channel in rows})
    return tuple(
        _median_of(kind, [row for row, channel in rows if (row.language or "kk", channel) == kind]) for kind in kinds
    )


def _median_of(kind: tuple[str, str], rows: list[CaseRow]) -> Medians:
    first = _minutes((row.opened_at, row.replied_at) for row in rows)
    handling = _minutes((row.taken_at, row.closed_at) for row in rows)
    return Medians(*kind, len(rows), first, handling)


def _minutes(spans: Iterable[tuple[datetime | None, datetime | None]]) -> int | None:
    took = [(end - start).total_seconds() / 60 for start, end in spans if start and end]
    return round(median(took)) if took else None


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None
