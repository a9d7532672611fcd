"""A channel: what its chats can do, how a question is drawn on it, and the call that sends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, Protocol

from dialogs.engine import codec
from dialogs.engine.ask import Ask
from dialogs.engine.said import Said
from services.services import Chat
from storage.events import Event
from storage.outbox import Outgoing

#: Begins the id of a row that shows another page of the same question, `~page.2`.
MORE: Final = "~page."


#: A command stands here only when its dialog works.
COMMANDS: Final = (
    "menu",
    "tabel",
    "applications",
    "apply",
    "children",
    "profile",
    "city",
    "login",
    "register",
    "logout",
    "help",
    "agent",
    "lang",
    "cancel",
    "stop",
    "start",
)


@dataclass(frozen=True)
class Inbound:
    """One verified event of a provider, in the words of the engine."""

    provider: str
    account: str
    event_id: str
    channel: str
    external: str
    said: Said
    #: The provider's id of the message that was typed or whose button was tapped.
    message: str = ""
    #: The tap to be answered.
    tap_id: str = ""

    def event(self) -> Event:
        """Return it as the writer takes it."""
        kept = Kept(self.said, self.message, self.tap_id)
        return Event(self.provider, self.account, self.event_id, kept.body(), self.channel, self.external)


@dataclass(frozen=True)
class Kept:
    """What of an event is kept until it is handled."""

    said: Said
    message: str = ""
    tap_id: str = ""
    #: The link a secure page was opened by.
    token: str = ""

    def body(self) -> bytes:
        """Return it as stored."""
        import orjson

        return orjson.dumps(codec.dump(self), option=orjson.OPT_SORT_KEYS)

    @classmethod
    def of(cls, body: bytes) -> Kept:
        """Return what was stored."""
        import orjson

        kept: Kept = codec.load(cls, orjson.loads(body))
        return kept


@dataclass(frozen=True)
class Screen:
    """What a chat shows now, as far as drawing the next question depends on it."""

    #: The uid of the message with the live question.
    live: str = ""
    #: That message has buttons under it, and is a picture.
    buttons: bool = False
    picture: bool = False
    #: It answers a file that came a moment ago: the next of the same album is answered in its place.
    filed: bool = False
    #: A reply keyboard covers the input.
    keyboard: bool = False
    #: The provider's id of the tapped message, which may be edited into the next question.
    tapped: str = ""
    #: Which page of a long list is asked for.
    page: int = 0


@dataclass(frozen=True)
class Drawn:
    """One message of a drawn question.

    `edits` says what it edits: "tapped" (by the payload's own id), "live" (the former question) or "asked" (the
    message of this drawing that asks).
    """

    payload: dict[str, Any]
    kind: Literal["reply", "frame"] = "reply"
    edits: Literal["", "tapped", "live", "asked"] = ""
    after: timedelta = timedelta()


@dataclass(frozen=True)
class Drawing:
    """A drawn question: its messages in order, and what the chat shows afterwards."""

    messages: tuple[Drawn, ...]
    screen: Screen
    #: Which message becomes the live one; -1 keeps the tapped message.
    live: int = 0


class SendFailed(Exception):
    """The provider did not take the message."""

    def __init__(
        self,
        reason: str,
        *,
        retry_in: timedelta | None = None,
        pause: timedelta | None = None,
        gone: bool = False,
        instead: dict[str, Any] | None = None,
        unknown: bool = False,
        opted_out: bool = False,
        closed: bool = False,
    ) -> None:
        """Carry the policy.

        `retry_in`: try this message again then; `pause`: the whole channel waits, no attempt is spent;
        `gone`: the person cannot be reached here; `instead`: send this payload once at once;
        `unknown`: the provider may have it; `opted_out`: the person wants nothing from us here;
        `closed`: free words are not taken now, only an approved template.
        """
        super().__init__(reason)
        self.reason, self.retry_in, self.pause, self.gone = reason, retry_in, pause, gone
        self.instead, self.unknown, self.opted_out, self.closed = instead, unknown, opted_out, closed


class Sender(Protocol):
    """What the outbox needs of a transport."""

    name: str

    async def send(self, out: Outgoing, target: str | None) -> str | None:
        """Send one message; return the provider's id; raise SendFailed with its policy."""
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...


class Channel(Sender, Protocol):
    """A transport people talk through, as the rest of the bot sees it."""

    def chat(self, external: str) -> Chat:
        """Return what a chat at this address can do."""
        ...

    def draw(self, ask: Ask, language: str, revision: int, screen: Screen, page_url: str) -> Drawing:
        """Return the messages that ask this question. Pure."""
        ...

    def toast(self, tap_id: str, text: str) -> dict[str, Any] | None:
        """Return the answer to a tap, where the channel has one."""
        ...

    def erase(self, message: str) -> dict[str, Any] | None:
        """Return the deletion of a person's message, where the channel can."""
        ...

    def notice(self, text: str) -> dict[str, Any]:
        """Return a plain message."""
        ...
