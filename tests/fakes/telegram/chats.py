"""Chats as the people in them see them: messages, edits, deletions, keyboards."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.fakes.telegram.keyboards import (
    Button,
    ForceReply,
    InlineKeyboard,
    Markup,
    RemoveKeyboard,
    ReplyKeyboard,
)
from tests.fakes.telegram.params import Json
from tests.fakes.telegram.refusals import bad_request, forbidden


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with a phone."""

    user_id: int
    first_name: str
    language_code: str
    has_written: bool = False
    has_blocked: bool = False
    is_deactivated: bool = False

    @property
    def as_user(self) -> Json:
        return {
            "id": self.user_id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language_code,
        }

    @property
    def as_chat(self) -> Json:
        return {"id": self.user_id, "type": "private", "first_name": self.first_name}


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message; an edit makes the next one under the same number."""

    chat_id: int
    message_id: int
    by_bot: bool
    at: float
    kind: str = "text"
    text: str = ""
    entities: tuple[Json, ...] = ()
    content: Json = field(default_factory=dict)
    markup: Markup | None = None
    edited_at: float | None = None

    @property
    def inline(self) -> InlineKeyboard | None:
        return self.markup if isinstance(self.markup, InlineKeyboard) else None

    @property
    def buttons(self) -> tuple[Button, ...]:
        return self.inline.buttons if self.inline else ()

    @property
    def labels(self) -> list[str]:
        return [button.text for button in self.buttons]

    def button(self, label_or_data: str) -> Button:
        found = self.inline.find(label_or_data) if self.inline else None
        assert found, f"no button {label_or_data!r} among {self.labels}"
        return found


@dataclass(frozen=True)
class ShownKeyboard:
    """A reply keyboard and the message that brought it."""

    keyboard: ReplyKeyboard
    message_id: int


@dataclass
class Chats:
    """All chats of the bot; message numbers grow through all of them, as in the real thing."""

    bot: Json
    now: Callable[[], float]
    people: dict[int, Person] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)
    shown: dict[int, ShownKeyboard] = field(default_factory=dict)
    past: dict[int, list[Message]] = field(default_factory=dict)
    last_id: int = 0

    def writable(self, chat_id: str) -> int:
        """Let the bot write here, or say in Telegram's words why not."""
        if not chat_id:
            raise bad_request("chat_id is empty")
        number = int(chat_id) if chat_id.lstrip("-").isdecimal() else 0
        if number in self.groups:
            return number
        if number not in self.people:
            raise bad_request("chat not found")
        person = self.people[number]
        if person.is_deactivated:
            raise forbidden("user is deactivated")
        if person.has_blocked:
            raise forbidden("bot was blocked by the user")
        if not person.has_written:
            raise forbidden("bot can't initiate conversation with a user")
        return number

    def is_private(self, chat_id: int) -> bool:
        return chat_id in self.people

    def put(self, message: Message) -> Message:
        """Show a new message; its number is given here."""
        self.last_id += 1
        message = replace(message, message_id=self.last_id)
        self.messages[message.message_id] = message
        if message.by_bot:
            self.sent.append(message)
            self._change_keyboard(message)
        return message

    def change(self, message: Message) -> Message:
        self._remember(self.messages[message.message_id])
        self.messages[message.message_id] = message
        return message

    def delete(self, message: Message) -> None:
        self._remember(self.messages.pop(message.message_id))
        shown = self.shown.get(message.chat_id)
        if shown and shown.message_id == message.message_id:
            del self.shown[message.chat_id]

    def find(self, chat_id: int, message_id: int) -> Message | None:
        message = self.messages.get(message_id)
        return message if message and message.chat_id == chat_id else None

    def seen_in(self, chat_id: int) -> list[Message]:
        return [message for message in self.messages.values() if message.chat_id == chat_id]

    def once_in(self, chat_id: int) -> list[Message]:
        """List earlier forms of messages, newest first: an old client still shows them."""
        old = [message for forms in self.past.values() for message in forms]
        return [message for message in reversed(old) if message.chat_id == chat_id]

    def chat(self, chat_id: int) -> Json:
        if chat_id in self.groups:
            return {"id": chat_id, "type": "supergroup", "title": self.groups[chat_id]}
        return self.people[chat_id].as_chat

    def as_json(self, message: Message) -> Json:
        sender = self.bot if message.by_bot else self.people[message.chat_id].as_user
        body: Json = {
            "message_id": message.message_id,
            "from": sender,
            "chat": self.chat(message.chat_id),
            "date": int(message.at),
        }
        if message.edited_at is not None:
            body["edit_date"] = int(message.edited_at)
        return body | message.content | _worded(message) | _marked(message)

    def _remember(self, message: Message) -> None:
        self.past.setdefault(message.message_id, []).append(message)

    def _change_keyboard(self, message: Message) -> None:
        if isinstance(message.markup, ReplyKeyboard):
            self.shown[message.chat_id] = ShownKeyboard(message.markup, message.message_id)
        if isinstance(message.markup, RemoveKeyboard | ForceReply):
            self.shown.pop(message.chat_id, None)


def _worded(message: Message) -> Json:
    name = "text" if message.kind == "text" else "caption"
    words: Json = {name: message.text} if message.text else {}
    if message.entities:
        words["entities" if name == "text" else "caption_entities"] = list(message.entities)
    return words


def _marked(message: Message) -> Json:
    return {"reply_markup": message.inline.as_json} if message.inline else {}
