"""The table of what a provider tells about messages it took."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Base, Id, Instant


class DeliveryRow(Base):
    """One try to deliver one message; a message that was tried again has several."""

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: The provider's id of the try, and our uid of the message.
    provider_id: Mapped[str] = mapped_column(String(140), unique=True)
    uid: Mapped[str] = mapped_column(String(32), index=True)
    #: The highest state heard of (delivery.RANKS), and the provider's code where it failed.
    status: Mapped[str] = mapped_column(String(12))
    error: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)
