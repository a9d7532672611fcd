"""Tables of the contact centre. What a parent said is sealed with the parent's key, staff's secrets with the desk's."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Base, Id, Instant, _some


class AgentRow(Base):
    """Somebody who works at the desk."""

    __tablename__ = "agent"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    login: Mapped[str] = mapped_column(String(40), unique=True)
    shown: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(12))
    password: Mapped[str] = mapped_column(String(200))
    #: The secret of the second factor, sealed.
    totp: Mapped[bytes] = mapped_column(LargeBinary)
    #: The last time step that was used: a code opens once.
    totp_step: Mapped[int] = mapped_column(Integer, default=0)
    language: Mapped[str] = mapped_column(String(2), default="ru")
    #: "online", "away", "off".
    status: Mapped[str] = mapped_column(String(8), default="off")
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    made_at: Mapped[datetime] = mapped_column(Instant)
    gone_at: Mapped[datetime | None] = mapped_column(Instant)


class SessionRow(Base):
    """A signed-in browser, without the token it shows."""

    __tablename__ = "agent_session"

    token_index: Mapped[str] = mapped_column(String(40), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class CaseMessageRow(Base):
    """One thing said in a case, or noted beside it."""

    __tablename__ = "case_message"
    __table_args__ = (
        Index("ix_case_message_case_id_id", "case_id", "id"),
        _some("ix_case_message_held", "case_id", where="state = 'window'"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    #: "parent", "agent", "note", "bot".
    who: Mapped[str] = mapped_column(String(8))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    #: As the parent's messages come: "text", "photo", "voice"...
    kind: Mapped[str] = mapped_column(String(10))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Instant)
    #: "said", "undone", "window" (held until the parent opens the window again).
    state: Mapped[str] = mapped_column(String(8))
    #: The message of the outbox that carries it.
    uid: Mapped[str | None] = mapped_column(String(32))
    #: What is to be sent when the window opens, sealed.
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)


class CaseEventRow(Base):
    """Something happened at the desk: open pages hear of it, in order. References only."""

    __tablename__ = "case_event"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    at: Mapped[datetime] = mapped_column(Instant)


class CallbackRow(Base):
    """A parent wants to be called."""

    __tablename__ = "callback"
    __table_args__ = (_some("ix_callback_open", "due_at", where="state = 'planned'"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    phone: Mapped[bytes] = mapped_column(LargeBinary)
    slot: Mapped[str] = mapped_column(String(12))
    due_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    #: "planned", "done", "missed".
    state: Mapped[str] = mapped_column(String(8))


class CannedRow(Base):
    """A ready answer, edited by seniors; the first ones come with the release."""

    __tablename__ = "canned"

    key: Mapped[str] = mapped_column(String(20), primary_key=True)
    ru: Mapped[str] = mapped_column(Text)
    kk: Mapped[str] = mapped_column(Text)


class DeskDayRow(Base):
    """The hours of one weekday, where they differ from the release's."""

    __tablename__ = "desk_day"

    weekday: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: "9:00–18:00", empty where the desk is closed.
    span: Mapped[str] = mapped_column(String(12))


class DeskHolidayRow(Base):
    """A day that is closed, or a holiday that is worked."""

    __tablename__ = "desk_holiday"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    worked: Mapped[bool] = mapped_column()


class OutageRow(Base):
    """A line above every question while something does not work."""

    __tablename__ = "outage"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ru: Mapped[str] = mapped_column(String(200))
    kk: Mapped[str] = mapped_column(String(200))
    #: 1 while it is shown, nothing afterwards: there is one at a time, and it is found by index.
    running: Mapped[int | None] = mapped_column(Integer, unique=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    at: Mapped[datetime] = mapped_column(Instant)


class StaffAuditRow(Base):
    """Append-only, hash-chained per staff account; no personal values."""

    __tablename__ = "staff_audit"
    __table_args__ = (UniqueConstraint("agent_id", "seq"), Index("ix_staff_audit_case_id", "case_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    seq: Mapped[int] = mapped_column(Integer)
    act: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    #: What of it, and why: names of fields and reasons, never values.
    subject: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Instant)
    prev: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))
