"""Everything the fake Telegram remembers, shared by the methods, the phones and the postman."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.fakes.telegram.changes import Changes
from tests.fakes.telegram.chats import Chats, Person
from tests.fakes.telegram.files import Files
from tests.fakes.telegram.params import Json
from tests.fakes.telegram.rates import Limiter
from tests.fakes.telegram.updates import Updates


@dataclass(frozen=True, kw_only=True)
class Hook:
    """A webhook as the bot set it."""

    url: str
    secret: str
    max_connections: int


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to bring an update to the webhook; no status means no answer came."""

    update_id: int
    kind: str
    at: float
    status: int | None


@dataclass(frozen=True, kw_only=True)
class Tap:
    """A press of an inline button, waiting for its answer."""

    query_id: str
    user_id: int
    at: float
    is_answered: bool = False


@dataclass(frozen=True, kw_only=True)
class Toast:
    """The answer to a tap; an empty text only stops the spinner."""

    query_id: str
    text: str
    is_alert: bool


@dataclass
class Profile:
    """What people read about the bot before they write to it."""

    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    """The state; who may do what with it is decided by its users."""

    now: Callable[[], float]
    local: bool
    chats: Chats
    updates: Updates
    files: Files
    limiter: Limiter
    profile: Profile = field(default_factory=Profile)
    changes: Changes = field(default_factory=Changes)
    hook: Hook | None = None
    hook_error: tuple[float, str] | None = None
    deliveries: list[Delivery] = field(default_factory=list)
    taps: dict[str, Tap] = field(default_factory=dict)
    toasts: dict[int, list[Toast]] = field(default_factory=dict)
    actions: list[tuple[int, str]] = field(default_factory=list)
    poller: object | None = None

    def tell_bot(self, kind: str, payload: Json, *, key: int) -> None:
        self.updates.push(kind, payload, key=key)
        self.changes.tell()

    def set_person(self, person: Person) -> None:
        self.chats.people[person.user_id] = person
        self.changes.tell()

    def set_blocked(self, user_id: int, *, blocked: bool) -> None:
        person = self.chats.people[user_id]
        assert person.has_blocked != blocked, f"{user_id} has done so already"
        self.set_person(replace(person, has_blocked=blocked))
        before, after = ("member", "kicked") if blocked else ("kicked", "member")
        change = {
            "chat": person.as_chat,
            "from": person.as_user,
            "date": int(self.now()),
            "old_chat_member": self._bot_as(before),
            "new_chat_member": self._bot_as(after),
        }
        self.tell_bot("my_chat_member", change, key=user_id)

    def _bot_as(self, status: str) -> Json:
        until: Json = {"until_date": 0} if status == "kicked" else {}
        return {"user": self.chats.bot, "status": status} | until
