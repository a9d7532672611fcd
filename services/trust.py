"""How far a chat is trusted: what it has proved, and until when (journeys §0.5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

#: A remembered chat stays verified this long; a chat for this time only, the shorter one.
REMEMBER_FOR: Final = timedelta(days=30)
ONLY_NOW_FOR: Final = timedelta(minutes=30)
#: A code opens what needs a fresh proof for this long.
STEP_UP_FOR: Final = timedelta(minutes=10)
#: A chat new to an account that has other chats may do nothing irreversible for so long (T19).
COOLS_FOR: Final = timedelta(hours=24)


class Trust(IntEnum):
    """L0 guest … L4 signature; L4 never lives in a chat."""

    GUEST = 0
    LINKED = 1
    VERIFIED = 2
    STEP_UP = 3


def level(*, has_account: bool, verified_until: datetime | None, code_at: datetime | None, now: datetime) -> Trust:
    """Return the trust of a chat at `now` (UTC); all instants are timezone-aware. Source: journeys §0.5."""
    if not has_account:
        return Trust.GUEST
    if code_at is not None and now < code_at + STEP_UP_FOR:
        return Trust.STEP_UP
    if verified_until is not None and now < verified_until:
        return Trust.VERIFIED
    return Trust.LINKED
