"""The table of who else may see what of a family."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Base, Id, Instant, _some


class AccessRow(Base):
    """Somebody asks to see an application, is invited by a link, or may see: one of it, or all of the owner's."""

    __tablename__ = "access"
    __table_args__ = (
        UniqueConstraint("code_index"),
        _some("uq_access_asked", "member_id", "application_id", where="state IN ('asked', 'given')", unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    #: Nobody yet while a link is on its way.
    member_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: Nothing: all applications of the owner, those to come as well.
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), index=True)
    #: "parent" or "helper".
    role: Mapped[str] = mapped_column(String(8))
    #: "asked", "invited", "given", "refused", "over", "revoked".
    state: Mapped[str] = mapped_column(String(8))
    code_index: Mapped[str | None] = mapped_column(String(40))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
