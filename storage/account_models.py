"""Tables of the account: what else it is called by, how it was guessed at, where it lives, who may see it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Base, Id, Instant, _some


class DoorRow(Base):
    """Another name an account answers to at login: "login" or "email"."""

    __tablename__ = "door"
    __table_args__ = (UniqueConstraint("kind", "value_index"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    value_index: Mapped[str] = mapped_column(String(40))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    since: Mapped[datetime] = mapped_column(Instant)


class TriesRow(Base):
    """Failures in a row against one thing (a chat, a name, an account), found by blind index."""

    __tablename__ = "tries"

    subject: Mapped[str] = mapped_column(String(60), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    at: Mapped[datetime] = mapped_column(Instant, index=True)


class BindingRow(Base):
    """When a chat came to a person, by which proof, and until when it may do nothing irreversible (T19, I16)."""

    __tablename__ = "binding"
    __table_args__ = (_some("uq_binding_live", "address_id", where="ended_at IS NULL", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id"), index=True)
    proof: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Instant)
    cools_until: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class PreferenceRow(Base):
    """What a person set for themselves: the locality shown first, the chat that reminders go to (none: all)."""

    __tablename__ = "preference"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    locality: Mapped[str | None] = mapped_column(String(9))
    reminders_to: Mapped[int | None] = mapped_column(ForeignKey("address.id"))


class InvitationRow(Base):
    """A one-time code by which another chat joins an account; the code itself is in the link only."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("code_index"),
        Index("ix_invitation_person_id_made_at", "person_id", "made_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id"))
    code_index: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    #: "open", "claimed" (another chat wants in), "joined", "refused", "over".
    state: Mapped[str] = mapped_column(String(10))
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("address.id"))


class LocalityRow(Base):
    """A unit of the imported classifier; without an import the built-in file answers (domain.md §4.5)."""

    __tablename__ = "locality"

    kato: Mapped[str] = mapped_column(String(9), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    parent: Mapped[str] = mapped_column(String(9))
    name_ru: Mapped[str] = mapped_column(String(120))
    name_kk: Mapped[str] = mapped_column(String(120))
