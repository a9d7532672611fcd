"""Tables of the queue: where it is joined, kindergartens, applications, what happened to them, and their papers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Base, Id, Instant, _some


class IntakeRow(Base):
    """Where a department takes applications, as staff keep it; most places are known by their regime alone."""

    __tablename__ = "intake"

    kato: Mapped[str] = mapped_column(String(9), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), index=True)
    name_kk: Mapped[str] = mapped_column(String(80))
    name_ru: Mapped[str] = mapped_column(String(80))
    #: Set while the department takes no new applications here.
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class KindergartenRow(Base):
    """A kindergarten of a department (domain.md §4.6)."""

    __tablename__ = "kindergarten"
    __table_args__ = (Index("ix_kindergarten_kato", "kato"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), index=True)
    kato: Mapped[str] = mapped_column(String(9))
    name_kk: Mapped[str] = mapped_column(String(120))
    name_ru: Mapped[str] = mapped_column(String(120))
    ownership: Mapped[str] = mapped_column(String(24))
    address_kk: Mapped[str] = mapped_column(String(160), default="")
    address_ru: Mapped[str] = mapped_column(String(160), default="")
    phone: Mapped[str] = mapped_column(String(16), default="")
    languages: Mapped[str] = mapped_column(String(40), default="kk,ru")


class ApplicationRow(Base):
    """A place in a queue. Its number is counted, never stored: one withdrawal would rewrite thousands of rows."""

    __tablename__ = "application"
    __table_args__ = (
        UniqueConstraint("year", "serial"),
        _some("uq_application_active", "child_index", "kato", where="closed_at IS NULL", unique=True),
        # Serves a single number and all numbers from the index alone, already grouped by rank.
        _some("ix_application_queue", "queue", "rank", "filed_at", "id", where="rank IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    year: Mapped[int] = mapped_column(Integer)
    serial: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"), index=True)
    #: The child's IIN as a blind index: two parents' entries are one child.
    child_index: Mapped[str] = mapped_column(String(40))
    regime: Mapped[str] = mapped_column(String(40))
    kato: Mapped[str] = mapped_column(String(9))
    #: Who is ordered together: regime, locality, and the birth year where the regime orders by it (A7).
    queue: Mapped[str] = mapped_column(String(60))
    group_type: Mapped[str] = mapped_column(String(24))
    languages: Mapped[str] = mapped_column(String(40))
    benefit: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(24))
    #: What the queue sorts by before the day and time of filing; nothing outside the queue.
    rank: Mapped[int | None] = mapped_column(Integer)
    birth_year: Mapped[int] = mapped_column(Integer)
    filed_at: Mapped[datetime] = mapped_column(Instant)
    interested_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    #: The second e-mail and phone.
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    # The consent above the button: which words, in which language, in which message.
    consent: Mapped[str] = mapped_column(String(40))
    consent_language: Mapped[str] = mapped_column(String(2))
    consent_message: Mapped[str] = mapped_column(String(140))


class ApplicationEventRow(Base):
    """What happened to an application, and how it changed the order; append-only."""

    __tablename__ = "application_event"
    __table_args__ = (
        # Changes of one queue in order: what "why did it move" reads backwards.
        Index("ix_application_event_queue", "queue", "id"),
        Index("ix_application_event_application", "application_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    cause: Mapped[str] = mapped_column(String(24))
    status: Mapped[str] = mapped_column(String(24))
    note: Mapped[str] = mapped_column(String(300), default="")
    queue: Mapped[str] = mapped_column(String(60))
    filed_at: Mapped[datetime] = mapped_column(Instant)
    rank_was: Mapped[int | None] = mapped_column(Integer)
    rank_now: Mapped[int | None] = mapped_column(Integer)


class FileRow(Base):
    """A file somebody sent: its bytes lie sealed in FILES_DIR, its key here, sealed with the person's."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), index=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    #: The file's own key, its name and its hash.
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(String(8))
    size: Mapped[int] = mapped_column(Integer)
    #: Which paper it is, from when, and until when it counts (domain.md §3.4).
    paper: Mapped[str] = mapped_column(String(24))
    issued_on: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    checked_by: Mapped[str] = mapped_column(String(60), default="")
    added_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)


class PaperRow(Base):
    """A paper of ours that somebody holds: `/v/{code}` says what it certifies."""

    __tablename__ = "paper"
    __table_args__ = (UniqueConstraint("application_id", "kind", "language"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    kind: Mapped[str] = mapped_column(String(24))
    language: Mapped[str] = mapped_column(String(2))
    issued_at: Mapped[datetime] = mapped_column(Instant)


class DayOverrideRow(Base):
    """A day that staff made working or free; the newest word about a day wins."""

    __tablename__ = "day_override"
    __table_args__ = (Index("ix_day_override_day", "day"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    working: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(String(160))
    at: Mapped[datetime] = mapped_column(Instant)


class CalendarYearRow(Base):
    """A year whose moved days somebody has checked."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
