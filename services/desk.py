"""Who may do what at the desk: roles, rights and fields as data (threat T26)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.refused import Refused


class Role(StrEnum):
    """Each role may all that the one before may (journeys §2.1)."""

    AGENT = "agent"
    SENIOR = "senior"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


ROLES: Final = tuple(Role)

#: The least role for each deed; what is not named here nobody may do.
RIGHTS: Final[dict[str, Role]] = {
    "queue": Role.AGENT,
    "read": Role.AGENT,
    "search": Role.AGENT,
    "take": Role.AGENT,
    "reply": Role.AGENT,
    "undo": Role.AGENT,
    "note": Role.AGENT,
    "transfer": Role.AGENT,
    "close": Role.AGENT,
    "screen": Role.AGENT,
    "call": Role.AGENT,
    "transcript": Role.AGENT,
    "reveal": Role.SENIOR,
    "reopen": Role.SENIOR,
    "reassign": Role.SENIOR,
    "canned": Role.SENIOR,
    "board": Role.SUPERVISOR,
    "audit": Role.SUPERVISOR,
    "outage": Role.SUPERVISOR,
    "hours": Role.SUPERVISOR,
    "agents": Role.ADMIN,
}

#: Fields of the card: how each role sees them at first, and the least role that may reveal one with a reason.
MASKED: Final[dict[str, Role]] = {"name": Role.SENIOR, "phone": Role.AGENT, "iin": Role.SENIOR}
REASONS: Final = ("identify", "call", "registry", "complaint")
CLOSE_REASONS: Final = ("solved", "silent", "double", "spam", "passed_on")
GROUPS: Final = ("common", "voucher", "signature", "technical")

LONGEST_TEXT: Final = 1400
LONGEST_REASON: Final = 200


@dataclass(frozen=True)
class Staff:
    """A signed-in member of the contact centre."""

    id: int
    login: str
    shown: str
    role: Role
    language: str = "ru"

    def may(self, deed: str) -> bool:
        """Say whether the role allows it."""
        least = RIGHTS.get(deed)
        return least is not None and ROLES.index(self.role) >= ROLES.index(least)

    def must(self, deed: str) -> None:
        """Refuse `err.desk.forbidden` what the role does not allow."""
        if not self.may(deed):
            raise Refused("err.desk.forbidden")

    def may_reveal(self, field: str) -> bool:
        """Say whether a masked field may be shown to this role, with a reason."""
        least = MASKED.get(field)
        return least is not None and ROLES.index(self.role) >= ROLES.index(least)


def words(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return what an agent wrote; refuse nothing (`err.desk.empty`) and too much (`err.desk.too_long`)."""
    text = text.strip()
    if not text:
        raise Refused("err.desk.empty")
    if len(text) > longest:
        raise Refused("err.desk.too_long", limit=longest)
    return text
