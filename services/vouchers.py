"""A voucher: the money of a child's place, which lives as long as the months are answered.

It moves with the child and ends by a refusal or an annulment (V7); illness and leave end nothing by themselves (V14).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from services import tabels
from services.tabels import Month, Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.regimes import Regime


class VoucherState(StrEnum):
    """What a family is told of a voucher that has a place."""

    ACTIVE = "active"
    #: One more month without an answer, and it is annulled (T2).
    AT_RISK = "at_risk"
    ANNULLED = "annulled"
    #: Refused, or the child left: nothing follows (V4, V7).
    CLOSED = "closed"


@dataclass(frozen=True)
class Voucher:
    """A voucher with its place, as one of the child's parents sees it."""

    id: int
    #: The child on this person's list.
    child: int
    regime: str
    kindergarten_kk: str
    kindergarten_ru: str
    since: Month
    #: As stored: `state_of` says what it is at an instant.
    stored: str
    annulled_at: datetime | None = None

    def kindergarten(self, language: str) -> str:
        """Return the kindergarten's name; English readers get the Russian one."""
        return self.kindergarten_kk if language == "kk" else self.kindergarten_ru


def state_of(voucher: Voucher, sheets: Sequence[Sheet], regime: Regime, now: datetime) -> VoucherState:
    """Return what a voucher is at an instant, whether or not the clock has written it down already (T2, V13).

    Money is transferred only for answered months (V13), and months without an answer in a row end the voucher.
    """
    if voucher.stored == VoucherState.CLOSED:
        return VoucherState.CLOSED
    if annulled_at(voucher, sheets, regime, now) is not None:
        return VoucherState.ANNULLED
    at_risk = regime.tabel is not None and tabels.missed_in_a_row(sheets, regime.tabel, now) > 0
    return VoucherState.AT_RISK if at_risk else VoucherState.ACTIVE


def annulled_at(voucher: Voucher, sheets: Sequence[Sheet], regime: Regime, now: datetime) -> datetime | None:
    """Return the instant at which a voucher was annulled, if that has come.

    The rule is asked beside what is stored: after an outage a parent may be quicker than the clock, and an answer of
    the last second may be slower than it.
    """
    ruled = tabels.annulled_at(sheets, regime.tabel) if regime.tabel is not None else None
    stored = voucher.annulled_at
    found = min((at for at in (ruled, stored) if at is not None), default=None)
    return found if found is not None and found <= now else None
