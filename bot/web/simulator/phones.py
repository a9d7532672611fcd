"""The outside world of the demo: what providers take or refuse, and what people see on their phones."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, TypedDict, get_args
from uuid import uuid4

from bot.web.simulator import refusals
from bot.web.simulator.refusals import ProviderRefused

__all__ = [
    "PICTURES",
    "Bubble",
    "Channel",
    "Keyboard",
    "Kind",
    "Letter",
    "Person",
    "PhoneView",
    "Phones",
    "ProviderRefused",
    "Status",
    "Toast",
]

Channel = Literal["sim-telegram", "sim-whatsapp"]
Kind = Literal["text", "press", "contact", "photo", "file", "voice", "sticker", "location"]
Status = Literal["sent", "delivered", "read"]

#: The pictures the bot may send: `name.png`, asked for by name.
PICTURES: Final = Path(__file__).resolve().parents[2] / "pictures"
#: WhatsApp lets a business write freely this long after the person's last message.
WINDOW: Final = timedelta(hours=24)
#: Telegram lets a bot delete a message this long.
DELETABLE: Final = timedelta(hours=48)
#: The contact a person shares when it is not their own.
STRANGER: Final = ("Ерлан", "+77770000123")
#: Where the demo's people are when they share their location: Кентау.
HERE: Final = (43.5166, 68.5046)
#: Toasts a phone remembers; a page shows those it has not shown yet.
TOASTS_KEPT: Final = 5

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS person (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, name TEXT,
    telegram TEXT UNIQUE, whatsapp TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, channel TEXT, external TEXT, who TEXT, at TEXT,
    edited INTEGER DEFAULT 0, gone INTEGER DEFAULT 0, status TEXT, payload TEXT);
CREATE INDEX IF NOT EXISTS message_chat ON message (channel, external, seq);
CREATE TABLE IF NOT EXISTS query (id TEXT PRIMARY KEY, external TEXT);
CREATE TABLE IF NOT EXISTS keyboard (external TEXT PRIMARY KEY, rows TEXT, one_time INTEGER, hidden INTEGER);
CREATE TABLE IF NOT EXISTS toast (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, external TEXT, text TEXT, at TEXT, alert INTEGER);
CREATE TABLE IF NOT EXISTS letter (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, recipient TEXT, subject TEXT, text TEXT, at TEXT);
"""
_TABLES = ("person", "message", "query", "keyboard", "toast", "letter")


@dataclass(frozen=True)
class Person:
    """Somebody of the demo: a Telegram account and a WhatsApp number."""

    id: str
    name: str
    telegram: str
    whatsapp: str


class Bubble(TypedDict):
    """One message as it is seen now."""

    id: str
    who: Literal["bot", "me"]
    at: str
    edited: bool
    status: Status
    payload: dict[str, Any]


class Keyboard(TypedDict):
    """Telegram's reply keyboard: hidden after use if it was for one time, still there to be called back."""

    keyboard: list[list[dict[str, Any]]]
    one_time: bool
    hidden: bool


class Toast(TypedDict):
    """The short answer to a tap on an inline button."""

    id: int
    text: str
    at: str
    alert: bool


class PhoneView(TypedDict):
    """All a phone shows of one chat. `window` says until when WhatsApp carries free messages."""

    channel: Channel
    external: str
    messages: list[Bubble]
    keyboard: Keyboard | None
    toasts: list[Toast]
    window: str | None


class Letter(TypedDict):
    """An SMS or a mail somebody got; an SMS has no subject."""

    to: str
    subject: str
    text: str
    at: str


class Phones:
    """The phones of the demo's people, kept in a small file of their own."""

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime],
        changed: Callable[[], None],
        *,
        pictures: Path = PICTURES,
    ) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(_SCHEMA)
        self._now = now
        self._changed = changed
        self._pictures = pictures

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def erase(self) -> None:
        """Forget everything and everybody; message ids are not used again."""
        with self._turn():
            for table in _TABLES:
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names

    # What the bot does

    def deliver(self, channel: Channel, external: str, payload: dict[str, Any]) -> str:
        """Do what `payload` asks of the provider; return its message id or raise ProviderRefused."""
        with self._turn():
            if channel == "sim-telegram":
                message = self._telegram(external, payload)
            else:
                message = self._whatsapp(external, payload)
            self._raise_status(channel, external, "me", "read")
        return message

    def sms(self, phone: str, text: str) -> str:
        """Put an SMS into the inbox of `phone`."""
        return f"SM{self._letter('sms', phone, '', text):032x}"

    def mail(self, to: str, subject: str, text: str) -> str:
        """Put a mail into the inbox of `to`."""
        return f"mail-{self._letter('mail', to, subject, text)}"

    # What a person does

    def me_said(
        self,
        channel: Channel,
        external: str,
        kind: Kind,
        *,
        text: str = "",
        label: str = "",
        own: bool = True,
    ) -> str:
        """Record a person's bubble and return its message id. `label` names a photo or a file."""
        payload = self._spoken(channel, external, kind, text=text, label=label, own=own)
        with self._turn():
            if kind in ("press", "contact"):
                self._db.execute("UPDATE keyboard SET hidden = 1 WHERE external = ? AND one_time", (external,))
            self._raise_status(channel, external, "bot", "read")
            return self._add(channel, external, "me", "sent", payload)

    def me_tapped(self, channel: Channel, external: str, message: str, data: str, label: str = "") -> str:
        """Record a tap; return the callback query id on Telegram, the id of the new bubble on WhatsApp."""
        with self._turn():
            self._raise_status(channel, external, "bot", "read")
            if channel == "sim-telegram":
                query = str(uuid4().int % 10**18)
                self._db.execute("INSERT INTO query VALUES (?, ?)", (query, external))
                return query
            payload = {"kind": "tap", "text": label, "data": data, "message": message}
            return self._add(channel, external, "me", "sent", payload)

    def mark(self, channel: Channel, external: str, message: str, status: Status) -> None:
        """Give one message a further status; statuses never go back."""
        with self._turn():
            self._raise_status(channel, external, None, status, message=message)

    # What is seen

    def transcript(self, channel: Channel, external: str) -> PhoneView:
        """Return the chat as it looks now."""
        rows = self._all(
            "SELECT * FROM message WHERE channel = ? AND external = ? AND NOT gone ORDER BY seq",
            channel,
            external,
        )
        telegram = channel == "sim-telegram"
        return {
            "channel": channel,
            "external": external,
            "messages": [_bubble(row) for row in rows],
            "keyboard": self._keyboard(external) if telegram else None,
            "toasts": self._toasts(external) if telegram else [],
            "window": None if telegram else self._window(external),
        }

    def bubble(self, channel: Channel, external: str, message: str) -> Bubble | None:
        """Return one message that is still there."""
        row = self._message(channel, external, message)
        return _bubble(row) if row else None

    def sms_of(self, phone: str | None = None) -> list[Letter]:
        """Return the SMS of one phone, or of all, oldest first."""
        return self._letters("sms", phone)

    def mails(self, to: str | None = None) -> list[Letter]:
        """Return the mails of one address, or of all, oldest first."""
        return self._letters("mail", to)

    # Who is there

    @property
    def people(self) -> list[Person]:
        """The named people of the demo, in the order they came."""
        return [_person(row) for row in self._all("SELECT * FROM person ORDER BY seq")]

    def add_person(
        self,
        name: str,
        *,
        person_id: str | None = None,
        telegram: str | None = None,
        whatsapp: str | None = None,
    ) -> Person:
        """Add somebody; an account and a number are made up where none is given."""
        with self._turn():
            row = self._db.execute("INSERT INTO person (name) VALUES (?)", (name,))
            seq = row.lastrowid or 0
            person = Person(
                person_id or f"p{seq}",
                name,
                telegram or str(700_000_000 + seq),
                whatsapp or f"+7747555{seq:04}",
            )
            self._db.execute(
                "UPDATE person SET id = ?, telegram = ?, whatsapp = ? WHERE seq = ?",
                (person.id, person.telegram, person.whatsapp, seq),
            )
        return person

    def person(self, person_id: str) -> Person:
        """Return the person with this id; KeyError if there is none."""
        for row in self._all("SELECT * FROM person WHERE id = ?", person_id):
            return _person(row)
        raise KeyError(person_id)

    def owner(self, channel: Channel, external: str) -> Person | None:
        """Return whose phone this is."""
        for person in self.people:
            if external == (person.telegram if channel == "sim-telegram" else person.whatsapp):
                return person
        return None

    # Telegram

    def _telegram(self, external: str, payload: dict[str, Any]) -> str:
        method = _TELEGRAM.get(payload.get("method", ""))
        if method is None:
            raise ProviderRefused(404, "Not Found")
        if not self._last_word("sim-telegram", external):
            raise ProviderRefused(403, "Forbidden: bot can't initiate conversation with a user")
        return method(self, external, payload)

    def _send_message(self, external: str, payload: dict[str, Any]) -> str:
        refusals.telegram_text(payload)
        refusals.telegram_markup(payload)
        return self._sent(external, payload)

    def _send_photo(self, external: str, payload: dict[str, Any]) -> str:
        refusals.telegram_caption(payload)
        refusals.telegram_markup(payload)
        if not self._has_picture(payload.get("photo")):
            raise refusals.bad_request("wrong file identifier/HTTP URL specified")
        return self._sent(external, payload)

    def _sent(self, external: str, payload: dict[str, Any]) -> str:
        markup = payload.get("reply_markup") or {}
        if "keyboard" in markup:
            rows = json.dumps(markup["keyboard"], ensure_ascii=False)
            one_time = bool(markup.get("one_time_keyboard"))
            self._db.execute("REPLACE INTO keyboard VALUES (?, ?, ?, 0)", (external, rows, one_time))
        elif markup.get("remove_keyboard"):
            self._db.execute("DELETE FROM keyboard WHERE external = ?", (external,))
        return self._add("sim-telegram", external, "bot", "delivered", payload)

    def _edit_text(self, external: str, payload: dict[str, Any]) -> str:
        refusals.telegram_text(payload)
        refusals.telegram_markup(payload)
        old = self._editable(external, payload)
        if "text" not in old:
            raise refusals.bad_request("there is no text in the message to edit")
        new = {key: value for key, value in payload.items() if key != "message_id"}
        return self._edited(external, payload, old, {**new, "method": "sendMessage"})

    def _edit_markup(self, external: str, payload: dict[str, Any]) -> str:
        refusals.telegram_markup(payload)
        old = self._editable(external, payload)
        new = {key: value for key, value in old.items() if key != "reply_markup"}
        if payload.get("reply_markup"):
            new["reply_markup"] = payload["reply_markup"]
        return self._edited(external, payload, old, new)

    def _edited(self, external: str, asked: dict[str, Any], old: dict[str, Any], new: dict[str, Any]) -> str:
        if _look(old) == _look(new):
            raise refusals.bad_request(
                "message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message"
            )
        message = str(asked["message_id"])
        # Telegram says "edited" of new words, not of buttons that went or came.
        self._db.execute(
            "UPDATE message SET payload = ?, edited = edited OR ?"
            " WHERE channel = 'sim-telegram' AND external = ? AND id = ?",
            (json.dumps(new, ensure_ascii=False), _look(old)[:2] != _look(new)[:2], external, message),
        )
        return message

    def _editable(self, external: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Return what is written in the bot's own message; one sent with a reply keyboard cannot change."""
        row = self._message("sim-telegram", external, str(payload.get("message_id", "")))
        if row is None:
            raise refusals.bad_request("message to edit not found")
        written: dict[str, Any] = json.loads(row["payload"])
        markup = written.get("reply_markup") or {"inline_keyboard": []}
        if row["who"] != "bot" or "inline_keyboard" not in markup:
            raise refusals.bad_request("message can't be edited")
        return written

    def _delete(self, external: str, payload: dict[str, Any]) -> str:
        message = str(payload.get("message_id", ""))
        row = self._message("sim-telegram", external, message)
        if row is None:
            raise refusals.bad_request("message to delete not found")
        if self._now() - datetime.fromisoformat(row["at"]) > DELETABLE:
            raise refusals.bad_request("message can't be deleted for everyone")
        # Gone for good: what is deleted from a chat is mostly a code or an IIN.
        self._db.execute("UPDATE message SET gone = 1, payload = '{}' WHERE seq = ?", (row["seq"],))
        return message

    def _answer_tap(self, external: str, payload: dict[str, Any]) -> str:
        refusals.telegram_toast(payload)
        query = str(payload.get("callback_query_id", ""))
        if not self._all("SELECT 1 FROM query WHERE id = ? AND external = ?", query, external):
            raise refusals.bad_request("query is too old and response timeout expired or query ID is invalid")
        if text := payload.get("text"):
            self._db.execute(
                "INSERT INTO toast (external, text, at, alert) VALUES (?, ?, ?, ?)",
                (external, text, self._instant(), bool(payload.get("show_alert"))),
            )
        return query

    def _keyboard(self, external: str) -> Keyboard | None:
        for row in self._all("SELECT * FROM keyboard WHERE external = ?", external):
            return {
                "keyboard": json.loads(row["rows"]),
                "one_time": bool(row["one_time"]),
                "hidden": bool(row["hidden"]),
            }
        return None

    def _toasts(self, external: str) -> list[Toast]:
        rows = self._all("SELECT * FROM toast WHERE external = ? ORDER BY seq DESC LIMIT ?", external, TOASTS_KEPT)
        return [
            {"id": row["seq"], "text": row["text"], "at": row["at"], "alert": bool(row["alert"])}
            for row in reversed(rows)
        ]

    # WhatsApp

    def _whatsapp(self, external: str, payload: dict[str, Any]) -> str:
        refusals.whatsapp(payload)
        if "media" in payload and not self._has_picture(payload["media"]):
            raise refusals.no_such_picture()
        is_template = bool(payload.get("template")) and payload["type"] != "list-picker"
        if not is_template and self._window(external) is None:
            raise refusals.outside_window()
        return self._add("sim-whatsapp", external, "bot", "delivered", payload)

    def _window(self, external: str) -> str | None:
        """Return until when free messages are carried, None if they are not now."""
        last = self._last_word("sim-whatsapp", external)
        if last is None or self._now() >= last + WINDOW:
            return None
        return (last + WINDOW).isoformat()

    # The file

    def _turn(self) -> _Turn:
        return _Turn(self._db, self._changed)

    def _add(
        self,
        channel: Channel,
        external: str,
        who: Literal["bot", "me"],
        status: Status,
        payload: dict[str, Any],
    ) -> str:
        added = self._db.execute(
            "INSERT INTO message (channel, external, who, at, status, payload) VALUES (?, ?, ?, ?, ?, ?)",
            (channel, external, who, self._instant(), status, json.dumps(payload, ensure_ascii=False)),
        )
        seq = added.lastrowid
        prefix = "MM" if payload.get("type", "text") != "text" else "SM"
        message = str(seq) if channel == "sim-telegram" else f"{prefix}{uuid4().hex}"
        self._db.execute("UPDATE message SET id = ? WHERE seq = ?", (message, seq))
        return message

    def _message(self, channel: Channel, external: str, message: str) -> sqlite3.Row | None:
        for row in self._all(
            "SELECT * FROM message WHERE channel = ? AND external = ? AND id = ? AND NOT gone",
            channel,
            external,
            message,
        ):
            return row
        return None

    def _raise_status(
        self, channel: Channel, external: str, who: str | None, status: Status, *, message: str | None = None
    ) -> None:
        lower = get_args(Status)[: get_args(Status).index(status)]
        self._db.execute(
            "UPDATE message SET status = :status WHERE channel = :channel AND external = :external"
            " AND (:who IS NULL OR who = :who) AND (:message IS NULL OR id = :message)"
            " AND status IN (SELECT value FROM json_each(:lower))",
            {
                "status": status,
                "channel": channel,
                "external": external,
                "who": who,
                "message": message,
                "lower": json.dumps(lower),
            },
        )

    def _last_word(self, channel: Channel, external: str) -> datetime | None:
        """Return when the person last did something in this chat."""
        (row,) = self._all(
            "SELECT max(at) AS at FROM message WHERE channel = ? AND external = ? AND who = 'me'",
            channel,
            external,
        )
        return datetime.fromisoformat(row["at"]) if row["at"] else None

    def _spoken(
        self, channel: Channel, external: str, kind: Kind, *, text: str, label: str, own: bool
    ) -> dict[str, Any]:
        if kind not in get_args(Kind):
            raise ValueError(f"a phone cannot send {kind!r}")
        if kind in ("text", "press"):
            if not text.strip():
                raise ValueError("nothing was written")
            return {"kind": "text", "text": text}
        if kind == "contact":
            name, phone = self._own_contact(channel, external) if own else STRANGER
            return {"kind": "contact", "name": name, "phone": phone, "own": own}
        if kind == "location":
            return {"kind": "location", "latitude": HERE[0], "longitude": HERE[1]}
        return {"kind": kind, "name": label, "text": text}

    def _own_contact(self, channel: Channel, external: str) -> tuple[str, str]:
        person = self.owner(channel, external)
        if person is None:
            raise ValueError(f"nobody has the phone {external}")
        return person.name, person.whatsapp

    def _has_picture(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        # A code and a month are drawn from their own names, so there is always one.
        return name.startswith(("qr:", "tabel:")) or (
            name.isidentifier() and (self._pictures / f"{name}.png").is_file()
        )

    def _letter(self, kind: str, to: str, subject: str, text: str) -> int:
        with self._turn():
            added = self._db.execute(
                "INSERT INTO letter (kind, recipient, subject, text, at) VALUES (?, ?, ?, ?, ?)",
                (kind, to, subject, text, self._instant()),
            )
        return added.lastrowid or 0

    def _letters(self, kind: str, to: str | None) -> list[Letter]:
        rows = self._all(
            "SELECT * FROM letter WHERE kind = ? AND (? IS NULL OR recipient = ?) ORDER BY seq", kind, to, to
        )
        return [
            {"to": row["recipient"], "subject": row["subject"], "text": row["text"], "at": row["at"]} for row in rows
        ]

    def _instant(self) -> str:
        return self._now().astimezone(UTC).isoformat()

    def _all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return self._db.execute(sql, values).fetchall()


class _Turn:
    """One transaction of the file; what changed is told after the commit, a refusal changes nothing."""

    def __init__(self, db: sqlite3.Connection, changed: Callable[[], None]) -> None:
        self._db = db
        self._changed = changed

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        self._db.execute("ROLLBACK" if failed else "COMMIT")
        if not failed:
            self._changed()


_TELEGRAM: Final[dict[str, Callable[[Phones, str, dict[str, Any]], str]]] = {
    "sendMessage": Phones._send_message,  # noqa: SLF001 - the table of its own methods
    "sendPhoto": Phones._send_photo,  # noqa: SLF001
    "editMessageText": Phones._edit_text,  # noqa: SLF001
    "editMessageReplyMarkup": Phones._edit_markup,  # noqa: SLF001
    "deleteMessage": Phones._delete,  # noqa: SLF001
    "answerCallbackQuery": Phones._answer_tap,  # noqa: SLF001
}


def _bubble(row: sqlite3.Row) -> Bubble:
    return {
        "id": row["id"],
        "who": row["who"],
        "at": row["at"],
        "edited": bool(row["edited"]),
        "status": row["status"],
        "payload": json.loads(row["payload"]),
    }


def _person(row: sqlite3.Row) -> Person:
    return Person(row["id"], row["name"], row["telegram"], row["whatsapp"])


def _look(payload: dict[str, Any]) -> tuple[str, str, list[Any]]:
    """Return what a reader can tell two versions of a message apart by."""
    markup = payload.get("reply_markup") or {}
    text = payload.get("text", payload.get("caption", ""))
    return text, payload.get("parse_mode", ""), markup.get("inline_keyboard") or []
