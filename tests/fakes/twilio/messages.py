"""Messages as the account keeps them: what a list shows, what a phone draws."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from tests.fakes.twilio.asking import Json
from tests.fakes.twilio.refusals import LATER

API = "2010-04-01"
DEFAULT_VALIDITY = 36_000
FINAL = frozenset({"delivered", "read", "failed", "undelivered", "received"})


@dataclass(frozen=True, kw_only=True)
class Media:
    """One file of a message."""

    sid: str
    content_type: str
    data: bytes
    at: float


@dataclass(frozen=True, kw_only=True)
class Button:
    """A quick reply, or a link when it has an address."""

    title: str
    id: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One item of a list."""

    title: str
    id: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a message looks like on the phone, its variables filled in."""

    kind: str = "text"
    text: str = ""
    buttons: tuple[Button, ...] = ()
    rows: tuple[Row, ...] = ()
    menu: str = ""
    media_url: str = ""
    is_template: bool = False
    flaw: int | None = None

    @property
    def is_interactive(self) -> bool:
        return bool(self.buttons or self.rows)


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message; each change of its state makes the next one under the same SID."""

    sid: str
    by_bot: bool
    sender: str
    recipient: str
    look: Look
    at: float
    status: str
    due_at: float = 0
    sent_at: float | None = None
    updated_at: float = 0
    error_code: int | None = None
    media: tuple[Media, ...] = ()
    service: str | None = None
    callback: str = ""
    content_sid: str = ""
    validity: int = DEFAULT_VALIDITY
    fate: int | None = None
    is_redacted: bool = False

    @property
    def text(self) -> str:
        return self.look.text

    @property
    def kind(self) -> str:
        return self.look.kind

    @property
    def buttons(self) -> tuple[Button, ...]:
        return self.look.buttons

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.look.rows

    @property
    def labels(self) -> list[str]:
        """What can be tapped or chosen."""
        return [button.title for button in self.buttons] + [row.title for row in self.rows]

    @property
    def is_whatsapp(self) -> bool:
        return self.recipient.startswith("whatsapp:")


@dataclass
class Messages:
    """Every message of the account, by SID."""

    kept: dict[str, Message] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)
    received: list[Message] = field(default_factory=list)

    def put(self, message: Message) -> Message:
        """Keep a new message."""
        self.kept[message.sid] = message
        (self.sent if message.by_bot else self.received).append(message)
        return message

    def change(self, message: Message) -> Message:
        """Keep the next state; a record deleted meanwhile stays deleted."""
        if message.sid in self.kept:
            self.kept[message.sid] = message
        return message


def segments(body: str) -> int:
    """Count SMS parts: 160 or 153 letters each, 70 or 67 when one of them is not in the basic alphabet."""
    # ASCII stands for GSM-7 here: close enough to count, and never fewer parts than in life for Cyrillic.
    alone, joined = (160, 153) if body.isascii() else (70, 67)
    units = len(body) if body.isascii() else len(body.encode("utf-16-be")) // 2
    return 1 if units <= alone else -(-units // joined)


def as_json(message: Message, *, account: str) -> Json:
    uri = f"/{API}/Accounts/{account}/Messages/{message.sid}"
    is_sms = not message.is_whatsapp and message.by_bot
    # An accepted message of a service has no sender yet.
    sender = None if message.service and message.status == "accepted" else message.sender
    return {
        "account_sid": account,
        "api_version": API,
        "body": "" if message.is_redacted else message.text,
        "date_created": date(message.at),
        "date_sent": date(message.sent_at),
        "date_updated": date(message.updated_at or message.at),
        "direction": "outbound-api" if message.by_bot else "inbound",
        "error_code": message.error_code,
        "error_message": LATER.get(message.error_code or 0),
        "from": sender,
        "messaging_service_sid": message.service,
        "num_media": str(len(message.media)),
        "num_segments": str(segments(message.text) if is_sms else 1),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipient,
        "uri": f"{uri}.json",
    }


def media_as_json(message: Message, media: Media, *, account: str) -> Json:
    return {
        "account_sid": account,
        "content_type": media.content_type,
        "date_created": date(media.at),
        "date_updated": date(media.at),
        "parent_sid": message.sid,
        "sid": media.sid,
        "uri": f"/{API}/Accounts/{account}/Messages/{message.sid}/Media/{media.sid}.json",
    }


def date(at: float | None) -> str | None:
    """Write a moment as the 2010 API does."""
    return None if at is None else format_datetime(datetime.fromtimestamp(int(at), UTC))


def transcript(messages: Sequence[Message]) -> str:
    return "\n".join(_line(message) for message in messages)


def _line(message: Message) -> str:
    who = "bot" if message.by_bot else "me"
    what = message.text if message.kind == "text" else f"[{message.kind}] {message.text}"
    return f"{who}: {what} {message.labels}" if message.labels else f"{who}: {what}"
