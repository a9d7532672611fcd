"""Tables of vouchers: the place it pays for, the months, their versions, and the receipts of what families answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Base, Id, Instant, _some


class VoucherRow(Base):
    """A child's voucher with its kindergarten; a child has one at a time."""

    __tablename__ = "voucher"
    __table_args__ = (_some("uq_voucher_active", "child_index", where="state = 'active'", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), index=True)
    kindergarten_id: Mapped[int] = mapped_column(ForeignKey("kindergarten.id"), index=True)
    #: The child's IIN as a blind index: two parents' entries are one child.
    child_index: Mapped[str] = mapped_column(String(40), index=True)
    regime: Mapped[str] = mapped_column(String(40))
    #: The first month it pays for, counted through: year * 12 + month - 1.
    since: Mapped[int] = mapped_column(Integer)
    #: "active", "annulled" (two months without an answer), "closed".
    state: Mapped[str] = mapped_column(String(12))
    annulled_at: Mapped[datetime | None] = mapped_column(Instant)


class TabelRow(Base):
    """A month of a voucher as it stands; months are counted through, so that neighbours differ by one."""

    __tablename__ = "tabel"
    __table_args__ = (
        UniqueConstraint("voucher_id", "month"),
        # Finds the months without an answer from the index alone, however many answered ones there are.
        _some("ix_tabel_unanswered", "voucher_id", "month", "ends_at", "published_at", where="answer = ''"),
        _some("ix_tabel_draft", "opens_at", where="published_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"))
    month: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    #: One letter for each day of the month.
    marks: Mapped[str] = mapped_column(String(31))
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    #: The window of the month as the regime had it when the month was written.
    opens_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    #: "", "confirmed", "confirmed_late", "refused".
    answer: Mapped[str] = mapped_column(String(16), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Which version was answered.
    answered: Mapped[int] = mapped_column(Integer, default=0)


class TabelVersionRow(Base):
    """What a month said in each of its versions; append-only."""

    __tablename__ = "tabel_version"

    tabel_id: Mapped[int] = mapped_column(ForeignKey("tabel.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    marks: Mapped[str] = mapped_column(String(31))
    at: Mapped[datetime] = mapped_column(Instant)


class TabelActRow(Base):
    """A receipt: who answered which version of a month, chained by hash with the voucher's former ones; append-only."""

    __tablename__ = "tabel_act"
    __table_args__ = (
        UniqueConstraint("voucher_id", "seq"),
        UniqueConstraint("tabel_id", "person_id", "act", "version"),
        # Both parents at once: the schema lets one of them win.
        _some("uq_tabel_act_confirmed", "tabel_id", where="act = 'confirmed'", unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"))
    seq: Mapped[int] = mapped_column(Integer)
    tabel_id: Mapped[int] = mapped_column(ForeignKey("tabel.id"))
    version: Mapped[int] = mapped_column(Integer)
    #: "confirmed" or "refused".
    act: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Instant)
    #: What was said against the month, sealed with the person's key: reason, days, words, files.
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    prev: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))
