"""Tables. Instants are UTC microseconds; what names a person is sealed with that person's key."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware datetime kept as microseconds since 1970 UTC: equal and ordered alike on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # Any: the driver's int
        return None if value is None else micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # Any: the driver's int
        return None if value is None else instant(value)


def micros(value: datetime) -> int:
    """Return an aware instant as stored; a naive one is refused."""
    if value.tzinfo is None:
        raise ValueError("an instant has a zone")
    return round(value.timestamp() * 1_000_000)


def instant(value: int) -> datetime:
    """Return a stored instant."""
    return datetime.fromtimestamp(value / 1_000_000, UTC)


class Base(DeclarativeBase):
    """All tables; constraints are named so that a migration can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


#: SQLite counts a row id only for INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


def _some(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Return an index over some of the rows: it stays small however long the table grows."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


class Tenant(Base):
    """An education department; everything of kindergartens will carry its id."""

    __tablename__ = "tenant"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kato: Mapped[str] = mapped_column(String(9), unique=True)
    name_kk: Mapped[str] = mapped_column(String(80))
    name_ru: Mapped[str] = mapped_column(String(80))
    regime: Mapped[str] = mapped_column(String(40))


class PersonRow(Base):
    """A person; a guest is a person with nothing but an address. No key, no data: erased."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)


class AddressRow(Base):
    """Where a person is reached; it belongs to them through a proof."""

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("channel", "external_index"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    external_index: Mapped[str] = mapped_column(String(40))
    external: Mapped[bytes] = mapped_column(LargeBinary)
    #: How it came to this person: "first" (a guest), "registration", "login".
    proof: Mapped[str] = mapped_column(String(20))
    bound_at: Mapped[datetime] = mapped_column(Instant)
    verified_until: Mapped[datetime | None] = mapped_column(Instant)
    code_at: Mapped[datetime | None] = mapped_column(Instant)
    heard_at: Mapped[datetime | None] = mapped_column(Instant)
    gone_at: Mapped[datetime | None] = mapped_column(Instant)
    opted_out_at: Mapped[datetime | None] = mapped_column(Instant)


class ConversationRow(Base):
    """Where a person stands. The words are sealed; what the clock and the desk need is clear."""

    __tablename__ = "conversation"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(60))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    touched_at: Mapped[datetime] = mapped_column(Instant)
    #: When the oldest draft in it has lived its days.
    expires_at: Mapped[datetime | None] = mapped_column(Instant, index=True)


class InboxRow(Base):
    """A provider's event, unique for ever; its body stays only until it is handled."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("provider", "account", "event_id"),
        _some("ix_inbox_retry", "retry_at", where="state = 'retry'"),
        _some("ix_inbox_waiting", "address_id", where="state = 'retry'"),
        _some("ix_inbox_dead", "received_at", where="state = 'dead'"),
        Index("ix_inbox_address_id_received_at", "address_id", "received_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(40))
    event_id: Mapped[str] = mapped_column(String(140))
    body_mac: Mapped[str] = mapped_column(String(40))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    address_id: Mapped[int | None] = mapped_column(ForeignKey("address.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    received_at: Mapped[datetime] = mapped_column(Instant)
    #: "done", "retry", "dead", "twisted" (same id, other body).
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    retry_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(String(80), default="")


class OutboxRow(Base):
    """One message to one address; sealed until it is sent, then only its fate is kept."""

    __tablename__ = "outbox"
    __table_args__ = (
        _some("ix_outbox_due", "due_at", "id", where="state = 'planned'"),
        _some("ix_outbox_wait", "wait_until", where="state = 'planned' AND wait_until IS NOT NULL"),
        _some("ix_outbox_planned", "address_id", "due_at", "id", where="state = 'planned'"),
        _some("ix_outbox_sending", "address_id", where="state = 'sending'"),
        _some("ix_outbox_doubtful", "id", where="maybe_duplicate = true"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: Our own name for it towards providers and for what edits it later.
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    address_id: Mapped[int | None] = mapped_column(ForeignKey("address.id"))
    channel: Mapped[str] = mapped_column(String(20))
    #: "answer" (to a tap), "reply", "frame" (a countdown's edit), "erase", "code", "notice", "template".
    kind: Mapped[str] = mapped_column(String(10))
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: The uid of the message this one edits or erases.
    edits: Mapped[str | None] = mapped_column(String(32))
    #: A frame is wanted only while the conversation still asks this question.
    revision: Mapped[int | None] = mapped_column(Integer)
    #: What outside it speaks for: the id of the code in an SMS.
    subject: Mapped[str] = mapped_column(String(40), default="")
    cause: Mapped[int | None] = mapped_column(ForeignKey("inbox.id"))
    #: When it is to be sent: its place among the messages of its address.
    due_at: Mapped[datetime] = mapped_column(Instant)
    #: A failed one is not tried again before this; it keeps its place, and those behind it wait with it.
    wait_until: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    #: "planned", "sending", "sent", "failed", "cancelled", "expired".
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    provider_id: Mapped[str | None] = mapped_column(String(140))
    reason: Mapped[str] = mapped_column(String(80), default="")
    maybe_duplicate: Mapped[bool] = mapped_column(Boolean, default=False)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class AccountRow(Base):
    """A registered parent; found by blind index, ordered by nothing secret."""

    __tablename__ = "account"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    phone_index: Mapped[str] = mapped_column(String(40), unique=True)
    iin_index: Mapped[str | None] = mapped_column(String(40), unique=True)
    document_index: Mapped[str | None] = mapped_column(String(40), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    born: Mapped[date] = mapped_column(Date)
    sex: Mapped[str | None] = mapped_column(String(1))
    confirmed: Mapped[bool] = mapped_column(Boolean)
    password: Mapped[str | None] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(Instant)


class CodeRow(Base):
    """A one-time code, without its digits."""

    __tablename__ = "code"
    __table_args__ = (
        Index("ix_code_phone_index_sent_at", "phone_index", "sent_at"),
        Index("ix_code_address_id_sent_at", "address_id", "sent_at"),
        Index("ix_code_sent_at", "sent_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id"))
    purpose: Mapped[str] = mapped_column(String(20))
    phone_index: Mapped[str] = mapped_column(String(40))
    phone: Mapped[bytes] = mapped_column(LargeBinary)
    digits_mac: Mapped[str] = mapped_column(String(40))
    sent_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(8))


class ConsentRow(Base):
    """An answer to a version of the policy, with its proof."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    version: Mapped[str] = mapped_column(String(20))
    given: Mapped[bool] = mapped_column(Boolean)
    policy_opened: Mapped[bool] = mapped_column(Boolean)
    language: Mapped[str] = mapped_column(String(2))
    channel: Mapped[str] = mapped_column(String(20))
    message: Mapped[str] = mapped_column(String(140))
    at: Mapped[datetime] = mapped_column(Instant)


class ChildRow(Base):
    """A child on a parent's list; once listed at a time, history kept."""

    __tablename__ = "child"
    __table_args__ = (_some("uq_child_listed", "person_id", "iin_index", where="removed_at IS NULL", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    iin_index: Mapped[str] = mapped_column(String(40))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    born: Mapped[date] = mapped_column(Date)
    sex: Mapped[str] = mapped_column(String(1))
    source: Mapped[str] = mapped_column(String(10))
    added_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)


class CaseRow(Base):
    """A parent asked for a human; `tenant_id` is known once the question is about a kindergarten."""

    __tablename__ = "case"
    __table_args__ = (
        _some("uq_case_open", "person_id", where="state <> 'closed'", unique=True),
        _some("ix_case_queue", "priority", "opened_at", where="state <> 'closed'"),
        Index("ix_case_address_id", "address_id"),
        Index("ix_case_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    address_id: Mapped[int | None] = mapped_column(ForeignKey("address.id"))
    flow: Mapped[str] = mapped_column(String(40))
    step: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(String(60))
    #: "new" (in the queue), "taken", "waiting" (for the parent), "closed".
    state: Mapped[str] = mapped_column(String(10))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    topic: Mapped[str] = mapped_column(String(12), default="other", server_default="other")
    team: Mapped[str] = mapped_column(String(12), default="common", server_default="common")
    language: Mapped[str] = mapped_column(String(2), default="", server_default="")
    priority: Mapped[int] = mapped_column(Integer, default=3, server_default="3")
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    replied_at: Mapped[datetime | None] = mapped_column(Instant)
    #: When the next reply is due; nothing while the parent is to speak.
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    #: The first reply came after its time.
    late: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    #: When either side spoke last.
    spoke_at: Mapped[datetime | None] = mapped_column(Instant)
    snoozed_until: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(12), default="", server_default="")
    faq_gap: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    rating: Mapped[str] = mapped_column(String(8), default="", server_default="")
    reopened: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: The place the parent was told last.
    told_place: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    #: The silence was pointed out.
    warned_at: Mapped[datetime | None] = mapped_column(Instant)


class LinkRow(Base):
    """A one-time link to a secure page, without its token."""

    __tablename__ = "link"

    token_index: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(2))
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    #: What the page must know to do its part; nothing of a person.
    about: Mapped[str] = mapped_column(String(120), default="", server_default="")


class JobRow(Base):
    """Work that needs the network; its result comes back as an event."""

    __tablename__ = "job"
    __table_args__ = (_some("ix_job_due", "due_at", where="state = 'planned'"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id"))
    kind: Mapped[str] = mapped_column(String(20))
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    due_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer, default=0)


class RegistryRow(Base):
    """The embedded person registry: found by blind index, sealed with the registry's own key."""

    __tablename__ = "registry_person"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    iin_index: Mapped[str | None] = mapped_column(String(40), unique=True)
    document_index: Mapped[str | None] = mapped_column(String(40), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class RegistryPhoneRow(Base):
    """A phone the registry knows as this person's."""

    __tablename__ = "registry_phone"

    registry_id: Mapped[int] = mapped_column(ForeignKey("registry_person.id", ondelete="CASCADE"), primary_key=True)
    phone_index: Mapped[str] = mapped_column(String(40), primary_key=True)


class RegistryKinRow(Base):
    """A guardian, by the index of their IIN or document, of a child."""

    __tablename__ = "registry_kin"

    child_id: Mapped[int] = mapped_column(ForeignKey("registry_person.id", ondelete="CASCADE"), primary_key=True)
    guardian_index: Mapped[str] = mapped_column(String(40), primary_key=True)


class AuditRow(Base):
    """Append-only, hash-chained per person; no personal values."""

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("person_id", "seq"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    seq: Mapped[int] = mapped_column(Integer)
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)
    prev: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))


class SealRow(Base):
    """All audit records up to one, sealed together; its mac goes out of the house, into the log."""

    __tablename__ = "audit_seal"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    last: Mapped[int] = mapped_column(Id)
    records: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)
    mac: Mapped[str] = mapped_column(String(64))
