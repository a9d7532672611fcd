"""What a step may ask of the world in one turn: `do`. Storage satisfies it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.accounts import Accounts, Chats
from services.applications import Applications
from services.cases import Cases
from services.children import Children
from services.codes import Codes
from services.consents import Consents
from services.deadlines import Deadlines
from services.family import Family
from services.files import Files
from services.invitations import Invitations
from services.localities import Places
from services.logins import Logins
from services.mydata import MyData
from services.phones import Phone
from services.profile import Profile
from services.regimes import Regimes
from services.registry import Registry
from services.tabels import Tabels
from services.trust import Trust
from services.workdays import Calendar


@dataclass(frozen=True)
class Chat:
    """What this chat can do, freed from its channel's name."""

    #: IIN and document numbers may be typed here; where not, a secure page takes them.
    may_type_ids: bool = True
    #: A button can share the person's own phone.
    shares_contact: bool = False
    #: The phone this chat itself belongs to, vouched for by the provider.
    own_phone: Phone | None = None
    #: Secure pages can be opened from here.
    has_pages: bool = True
    #: Codes can be sent to an e-mail address.
    has_mail: bool = True
    #: A picture shown here can be photographed by another phone.
    shows_codes: bool = False
    trust: Trust = Trust.GUEST


class Chance(Protocol):
    """Everything drawn by lot, so that a test can choose it."""

    def digits(self, count: int) -> str: ...
    def token(self) -> str: ...


class Audit(Protocol):
    """The person's append-only, hash-chained record; no personal values in it."""

    def note(self, act: str, subject: str = "") -> None: ...
    def times(self, act: str, since: datetime) -> int: ...


class Services(Protocol):
    """One turn's view of the world: its clock, its person, the ports of the rules."""

    @property
    def now(self) -> datetime: ...
    @property
    def today(self) -> date: ...
    @property
    def language(self) -> str: ...
    @property
    def chat(self) -> Chat: ...
    @property
    def policy_url(self) -> str: ...
    @property
    def outage(self) -> str:
        """What does not work at this moment, in this person's language; empty if all does."""
        ...

    @property
    def chance(self) -> Chance: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def chats(self) -> Chats: ...
    @property
    def deadlines(self) -> Deadlines: ...
    @property
    def profile(self) -> Profile: ...
    @property
    def places(self) -> Places: ...
    @property
    def mydata(self) -> MyData: ...
    @property
    def invitations(self) -> Invitations: ...
    @property
    def logins(self) -> Logins: ...
    @property
    def codes(self) -> Codes: ...
    @property
    def consents(self) -> Consents: ...
    @property
    def children(self) -> Children: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def registry(self) -> Registry: ...
    @property
    def regimes(self) -> Regimes: ...
    @property
    def calendar(self) -> Calendar: ...
    @property
    def applications(self) -> Applications: ...
    @property
    def tabels(self) -> Tabels: ...
    @property
    def family(self) -> Family: ...
    @property
    def files(self) -> Files: ...
    @property
    def audit(self) -> Audit: ...
    def speak(self, language: str) -> None: ...
    def doorway(self, payload: str) -> tuple[str, str]:
        """Return the other messenger, and the link (or the words) by which this payload comes in there."""
