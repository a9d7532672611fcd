"""`do`: what a turn may ask of the database, in one transaction, with a session only where the domain is touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.regimes import Regimes, installed
from services.registry import Registry
from services.services import Chat
from services.trust import level
from services.workdays import Calendar
from storage import addresses, conversations
from storage.audit import AuditLog
from storage.calendar import calendar
from storage.cases import CaseStore
from storage.codes import CodeStore
from storage.database import Database, Park
from storage.deadlines import DeadlineStore
from storage.erasure import MyDataStore
from storage.family import FamilyStore
from storage.files import FileStore
from storage.inbox import Received
from storage.invitations import InvitationStore
from storage.links import LinkStore
from storage.logins import LoginStore
from storage.models import instant, micros
from storage.outages import Outages
from storage.outbox import Outbox
from storage.people import AccountStore, ChatStore, ChildStore, ConsentStore
from storage.places import PlaceStore
from storage.profile import ProfileStore
from storage.queue import ApplicationStore
from storage.registry import EmbeddedRegistry, JobRegistry
from storage.tabels import TabelStore
from storage.vault import Vault

ALMATY = ZoneInfo("Asia/Almaty")


class Clock(Protocol):
    """Wall time, UTC."""

    def now(self) -> datetime: ...


class Chance(Protocol):
    """Everything drawn by lot."""

    def digits(self, count: int) -> str: ...
    def token(self) -> str: ...
    def bytes(self, count: int) -> bytes: ...


@dataclass(frozen=True)
class World:
    """What all turns share: the clock, the lot, the keys, and what differs by deployment."""

    clock: Clock
    chance: Chance
    vault: Vault
    #: What a chat of this channel can do; the provider's vouched phone is read from the address.
    chats: Callable[[str, str], Chat] = field(default=lambda _channel, _external: Chat())
    #: A sentence, by its key, as a plain message of a channel: (channel, key, language) to payload.
    notice: Callable[[str, str, str], dict[str, Any]] = field(default=lambda _channel, key, _language: {"text": key})
    #: The same with values and buttons that outlive every question: (channel, key, language, names, buttons).
    push: Callable[[str, str, str, Mapping[str, object], tuple[tuple[str, str], ...]], dict[str, Any]] = field(
        default=lambda _channel, key, _language, _names, _buttons: {"text": key}
    )
    policy_url: str = ""
    #: True where the person registry lies outside and answers by an event.
    registry_outside: bool = False
    outages: Outages = field(default_factory=Outages)
    #: The rules applications live by.
    regimes: Regimes = field(default_factory=installed)
    #: The body of an event that one chat sends another: (purpose, text).
    news: Callable[[str, str], bytes] = field(default=lambda purpose, text: f"{purpose} {text}".encode())
    #: The other messenger than this channel's, and how a payload comes in there: (channel, payload).
    doorway: Callable[[str, str], tuple[str, str]] = field(default=lambda channel, payload: (_other(channel), payload))
    #: True where mail can be sent.
    has_mail: bool = True


def _other(channel: str) -> str:
    return "Telegram" if channel.endswith("whatsapp") else "WhatsApp"


class Deed:
    """One deed's hold on the database: raw for the hot path, a session for the domain."""

    def __init__(self, db: Database, connection: Connection, world: World) -> None:
        self.db, self.world = db, world
        self._connection = connection
        self._session: Session | None = None
        # One instant for the whole turn: what is decided together happened together.
        self.now = world.clock.now()

    @property
    def session(self) -> Session:
        """The session, in a savepoint of its own on the same connection; opened on first touch."""
        if self.db.is_shared:
            raise Park
        if self._session is None:
            self._session = Session(self._connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        return self._session

    def keep(self) -> None:
        """Release the savepoint of the session."""
        if self._session is not None:
            self._session.commit()
            self._session.close()
            self._session = None

    def drop(self) -> None:
        """Undo what the session did; the savepoint around the work undoes the rest."""
        if self._session is not None:
            session, self._session = self._session, None
            # Where SQLite has rolled everything back by itself, the session's savepoint is gone already.
            with suppress(SQLAlchemyError):
                session.rollback()
            session.close()


class Do(Deed):
    """One turn of one person."""

    def __init__(self, db: Database, connection: Connection, world: World, received: Received) -> None:
        super().__init__(db, connection, world)
        self.received = received
        self.address, self.channel, self.external = received.address, received.channel, received.external
        self.person = received.person
        self.language = ""
        #: The provider's id of the message that caused this turn: the proof of a consent.
        self.message = ""
        self.moved = False
        #: This chat left its account: nothing of the conversation goes along.
        self.left = False
        self._chat: Chat | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(ALMATY).date()

    @property
    def chance(self) -> Chance:
        return self.world.chance

    @property
    def policy_url(self) -> str:
        return self.world.policy_url

    @property
    def outage(self) -> str:
        """The line of a running outage, in this person's language."""
        return self.world.outages.line(self, self.language)

    @property
    def chat(self) -> Chat:
        """The chat with its trust; only the domain proves anything, so without a session it stays as it was read."""
        if self._chat is None or self._session is not None:
            self._chat = self._read_chat()
        return self._chat

    def _read_chat(self) -> Chat:
        found = self.db.execute(
            "SELECT verified_until, code_at, proof<>'silent' AND EXISTS"
            " (SELECT 1 FROM account WHERE person_id=address.person_id)"
            " FROM address WHERE id=?",
            (self.address,),
        ).fetchone()
        verified, code, account = found
        trust = level(
            has_account=bool(account),
            verified_until=instant(verified) if verified else None,
            code_at=instant(code) if code else None,
            now=self.now,
        )
        here = self.world.chats(self.channel, self.external)
        return replace(here, trust=trust, has_mail=here.has_mail and self.world.has_mail)

    @cached_property
    def key(self) -> bytes:
        """This person's data key."""
        wrapped = self.db.execute("SELECT key FROM person WHERE id=?", (self.person,)).fetchone()[0]
        return self.world.vault.unwrap(wrapped)

    def speak(self, language: str) -> None:
        """Speak this language from now on in this turn."""
        self.language = language

    def doorway(self, payload: str) -> tuple[str, str]:
        """Return the other messenger, and how a payload comes in there."""
        return self.world.doorway(self.channel, payload)

    def become(self, person: int) -> None:
        """Go on as another person: this chat just proved to be theirs."""
        self.db.hold([person])
        self.person, self.moved, self._chat = person, True, None
        self.__dict__.pop("key", None)

    # The ports of the rules.

    @cached_property
    def accounts(self) -> AccountStore:
        return AccountStore(self)

    @cached_property
    def chats(self) -> ChatStore:
        return ChatStore(self)

    @cached_property
    def profile(self) -> ProfileStore:
        return ProfileStore(self)

    @cached_property
    def places(self) -> PlaceStore:
        return PlaceStore(self)

    @cached_property
    def mydata(self) -> MyDataStore:
        return MyDataStore(self)

    @cached_property
    def invitations(self) -> InvitationStore:
        return InvitationStore(self)

    @cached_property
    def deadlines(self) -> DeadlineStore:
        return DeadlineStore(self)

    @cached_property
    def logins(self) -> LoginStore:
        return LoginStore(self)

    @cached_property
    def codes(self) -> CodeStore:
        return CodeStore(self)

    @cached_property
    def consents(self) -> ConsentStore:
        return ConsentStore(self)

    @cached_property
    def children(self) -> ChildStore:
        return ChildStore(self)

    @cached_property
    def cases(self) -> CaseStore:
        return CaseStore(self)

    @cached_property
    def registry(self) -> Registry:
        return JobRegistry(self) if self.world.registry_outside else EmbeddedRegistry(self)

    @property
    def regimes(self) -> Regimes:
        return self.world.regimes

    @cached_property
    def calendar(self) -> Calendar:
        """The working days, with what staff said of them."""
        return calendar(self)

    @cached_property
    def applications(self) -> ApplicationStore:
        return ApplicationStore(self)

    @cached_property
    def tabels(self) -> TabelStore:
        return TabelStore(self)

    @cached_property
    def family(self) -> FamilyStore:
        return FamilyStore(self)

    @cached_property
    def files(self) -> FileStore:
        return FileStore(self)

    @cached_property
    def audit(self) -> AuditLog:
        return AuditLog(self)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self)

    @cached_property
    def links(self) -> LinkStore:
        return LinkStore(self)

    # The conversation: opaque here, sealed with the person's key.

    def conversation(self) -> dict[str, Any] | None:
        """Return the stored conversation as JSON values, None for somebody new."""
        sql = "SELECT p.key, c.sealed FROM person p LEFT JOIN conversation c ON c.person_id=p.id WHERE p.id=?"
        wrapped, sealed = self.db.execute(sql, (self.person,)).fetchone()
        if sealed is None:
            return None
        # Both at once: each turn needs both, and on a server each question is a journey.
        self.__dict__.setdefault("key", self.world.vault.unwrap(wrapped))
        return conversations.unseal(self.world.vault, self.key, self.person, sealed)

    def keep_conversation(
        self, stored: dict[str, Any], *, revision: int, state: str, expires_at: datetime | None
    ) -> None:
        """Store the conversation for the next turn."""
        self.db.execute(
            "INSERT INTO conversation (person_id, revision, state, sealed, touched_at, expires_at) VALUES (?,?,?,?,?,?)"
            " ON CONFLICT (person_id) DO UPDATE SET revision=excluded.revision, state=excluded.state,"
            " sealed=excluded.sealed, touched_at=excluded.touched_at, expires_at=excluded.expires_at",
            (
                self.person,
                revision,
                state,
                conversations.seal(self.world.vault, self.key, self.person, stored),
                micros(self.now),
                micros(expires_at) if expires_at else None,
            ),
        )


def hold(deed: Deed, address: int) -> Do:
    """Return a hold on the person at an address for somebody else's deed; no event of theirs caused it."""
    found = addresses.known(deed.db, deed.world.vault, address)
    received = Received(0, found.id, found.person, found.channel, found.external)
    return Do(deed.db, deed._connection, deed.world, received)  # noqa: SLF001 - the same transaction
