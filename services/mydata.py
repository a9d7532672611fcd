"""My data: what is kept and why, a copy of it, consent withdrawn, everything erased (flow 1.44, T28)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from services.consents import POLICY_VERSION
from services.profile import must_be_settled

if TYPE_CHECKING:
    from services.services import Services

#: What the law obliges to keep after an erasure, by the keys of their names; without a person's data in it.
KEPT_BY_LAW: Final = ("kept.consents", "kept.record")
#: Kept of who ever filed an application: its number, its days, its states, and the consent it was filed with.
KEPT_OF_APPLICANTS: Final = "kept.applications"


@dataclass(frozen=True)
class Held:
    """How much of each kind is kept of this person; who looked at it is counted, too."""

    children: int
    applications: int
    chats: int
    consents: int
    acts: int
    #: When somebody of the desk opened this person's data.
    looks: tuple[datetime, ...]


class MyData(Protocol):
    """What storage does with everything of one person."""

    def held(self) -> Held: ...
    def erase(self) -> None: ...


def withdraw(do: Services) -> None:
    """Take the consent back: every chat is logged out, reminders end; what was filed stays (journeys §1.3)."""
    must_be_settled(do)
    do.consents.refuse(POLICY_VERSION)
    do.chats.tell_others("msg.security.withdrawn")
    do.accounts.drop_chats()
    do.audit.note("consent.withdrawn")
    do.accounts.leave()


def erase(do: Services) -> tuple[str, ...]:
    """Erase everything of this person for ever; this chat is a stranger's afterwards. Return what the law keeps.

    The key goes, and with it whatever was sealed; rows go; what is planned to be sent goes; open applications leave
    their queues. Answers to the policy, the record of acts and the numbers of applications stay, without a name in
    them. Refuses `err.trust.cooling(until)` (T19).
    """
    must_be_settled(do)
    kept = (*KEPT_BY_LAW, KEPT_OF_APPLICANTS) if any(item.is_mine for item in do.applications.mine()) else KEPT_BY_LAW
    do.audit.note("data.erased")
    do.mydata.erase()
    return kept
