"""A parent's phone: says, taps and presses, and sees the chat as it is now."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from tests.fakes.telegram.chats import Message, Person
from tests.fakes.telegram.files import photo_sizes
from tests.fakes.telegram.keyboards import Button, ReplyKeyboard
from tests.fakes.telegram.params import Json
from tests.fakes.telegram.world import Tap, Toast, World
from tests.fakes.telegram.writing import TEXT_LIMIT, document

OWN = -1  # as a contact's user_id: the sender's
ALMATY = (43.238949, 76.889709)

Answer = TypeVar("Answer")


class Phone:
    """One person in a private chat with the bot."""

    def __init__(self, world: World, user_id: int, phone_number: str) -> None:
        self.user_id = user_id
        self.phone_number = phone_number
        self._world = world

    @property
    def messages(self) -> list[Message]:
        """The chat now: own messages and the bot's, edits applied, deleted ones gone."""
        return self._world.chats.seen_in(self.user_id)

    @property
    def last(self) -> Message:
        said = [message for message in self.messages if message.by_bot]
        assert said, "the bot has said nothing yet"
        return said[-1]

    @property
    def keyboard(self) -> ReplyKeyboard | None:
        shown = self._world.chats.shown.get(self.user_id)
        return shown.keyboard if shown else None

    @property
    def toasts(self) -> list[Toast]:
        return self._world.toasts.get(self.user_id, [])

    @property
    def transcript(self) -> str:
        return "\n".join(_line(message) for message in self.messages)

    async def text(self, text: str) -> Message:
        assert 0 < len(text) <= TEXT_LIMIT, "a phone sends 1 to 4096 characters at once"
        return self._say(text=text, entities=_commands(text))

    async def start(self, payload: str | None = None) -> Message:
        """Press START, or open t.me/<bot>?start=<payload>."""
        assert payload is None or re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload), payload
        return await self.text(f"/start {payload}" if payload else "/start")

    async def contact(
        self, phone_number: str | None = None, user_id: int | None = OWN, *, forwarded: bool = False
    ) -> Message:
        """Share a contact: one's own by default; user_id None or 0 is a card without an account."""
        owner = self.user_id if user_id == OWN else user_id
        name = self._person.first_name if owner == self.user_id else "Somebody"
        card: Json = {"phone_number": phone_number or self.phone_number, "first_name": name}
        content: Json = {"contact": card | ({"user_id": owner} if owner else {})}
        if forwarded:
            origin = {
                "type": "user",
                "date": int(self._world.now()),
                "sender_user": self._person.as_user,
            }
            content["forward_origin"] = origin
        return self._say(kind="contact", content=content)

    async def photo(self, data: bytes, caption: str = "") -> Message:
        file = self._world.files.store("photo", data, name="photo.jpg", mime="image/jpeg")
        return self._say(kind="photo", text=caption, content={"photo": photo_sizes(file)})

    async def document(self, name: str, data: bytes, mime: str, caption: str = "") -> Message:
        file = self._world.files.store("document", data, name=name, mime=mime)
        return self._say(kind="document", text=caption, content={"document": document(file)})

    async def voice(self) -> Message:
        file = self._world.files.store("voice", b"OggS", name="voice.oga", mime="audio/ogg")
        voice = file.as_json | {"duration": 3, "mime_type": "audio/ogg"}
        return self._say(kind="voice", content={"voice": voice})

    async def sticker(self) -> Message:
        file = self._world.files.store("sticker", b"RIFF", name="sticker.webp", mime="image/webp")
        look = {
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
        }
        return self._say(kind="sticker", content={"sticker": file.as_json | look})

    async def location(self, lat: float, lon: float) -> Message:
        return self._say(kind="location", content={"location": {"latitude": lat, "longitude": lon}})

    async def edit(self, message_id: int, text: str) -> Message:
        message = self._world.chats.find(self.user_id, message_id)
        assert message, f"message {message_id} is not in the chat"
        assert not message.by_bot, "people edit only their own words"
        assert message.kind == "text", f"a {message.kind} has no text to edit"
        self._must_be_able()
        now = self._world.now()
        edited = replace(message, text=text, entities=_commands(text), edited_at=now)
        self._world.chats.change(edited)
        self._world.tell_bot("edited_message", self._world.chats.as_json(edited), key=self.user_id)
        return edited

    async def tap(self, label_or_data: str, message: Message | None = None, *, stale: bool = False) -> str:
        """Tap an inline button and return the query's id.

        A button that is no longer there cannot be tapped, unless `stale`: old clients show
        keyboards that were edited away and messages that were deleted.
        """
        self._must_be_able()
        on, button = self._button(label_or_data, message, stale=stale)
        assert not button.is_disabled, f"{button.text!r} is disabled"
        assert button.callback_data, f"{button.text!r} opens {button.url or 'nothing'}"
        tap = Tap(
            query_id=f"{self.user_id}{len(self._world.taps) + 1:06}",
            user_id=self.user_id,
            at=self._world.now(),
        )
        self._world.taps[tap.query_id] = tap
        query = {
            "id": tap.query_id,
            "from": self._person.as_user,
            "message": self._tapped(on),
            "chat_instance": str(self.user_id * 31),
            "data": button.callback_data,
        }
        self._world.tell_bot("callback_query", query, key=self.user_id)
        return tap.query_id

    async def press(self, label: str) -> Message:
        """Press a button of the reply keyboard."""
        self._must_be_able()
        assert self.keyboard, "no reply keyboard is showing"
        button = self.keyboard.find(label)
        assert button, f"no button {label!r} among {self.keyboard.labels}"
        if self.keyboard.one_time:
            del self._world.chats.shown[self.user_id]
        if button.asks_contact:
            return await self.contact()
        if button.asks_location:
            return await self.location(*ALMATY)
        assert not button.url, f"{label!r} opens {button.url}"
        return await self.text(button.text)

    async def wait_for(
        self,
        predicate: Callable[["Phone"], Answer],
        timeout: float = 10,  # noqa: ASYNC109 - the limit is part of the claim
    ) -> Answer:
        """Wait until the predicate holds and give what it gave; one that asserts does not hold yet."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not (answer := self._try(predicate)):
            left = deadline - loop.time()
            if left <= 0 or not await self._world.changes.wait(left):
                raise AssertionError(f"not within {timeout} s; the chat is\n{self.transcript}")
        return answer

    @property
    def _person(self) -> Person:
        return self._world.chats.people[self.user_id]

    def _try(self, predicate: Callable[["Phone"], Answer]) -> Answer | None:
        try:
            return predicate(self)
        except AssertionError:
            return None

    def _must_be_able(self) -> None:
        assert not self._person.is_deactivated, "the account is gone"
        assert not self._person.has_blocked, "unblock the bot first: Telegram shows no input field"

    def _say(
        self,
        *,
        kind: str = "text",
        text: str = "",
        entities: tuple[Json, ...] = (),
        content: Json | None = None,
    ) -> Message:
        self._must_be_able()
        self._world.set_person(replace(self._person, has_written=True))
        message = self._world.chats.put(
            Message(
                chat_id=self.user_id,
                message_id=0,
                by_bot=False,
                at=self._world.now(),
                kind=kind,
                text=text,
                entities=entities,
                content=content or {},
            )
        )
        self._world.tell_bot("message", self._world.chats.as_json(message), key=self.user_id)
        return message

    def _button(self, label_or_data: str, message: Message | None, *, stale: bool) -> tuple[Message, Button]:
        now = [seen for seen in reversed(self.messages) if seen.by_bot]
        once = self._world.chats.once_in(self.user_id) if stale else []
        for candidate in now + once:
            if message is not None and candidate.message_id != message.message_id:
                continue
            if candidate.inline and (button := candidate.inline.find(label_or_data)):
                return candidate, button
        raise AssertionError(f"no button {label_or_data!r} to tap; the chat is\n{self.transcript}")

    def _tapped(self, on: Message) -> Json:
        """Describe the message as the server knows it now, not as the old client shows it."""
        current = self._world.chats.find(self.user_id, on.message_id)
        if current:
            return self._world.chats.as_json(current)
        return {"chat": self._person.as_chat, "message_id": on.message_id, "date": 0}


def _commands(text: str) -> tuple[Json, ...]:
    match = re.match(r"/[A-Za-z0-9_]{1,32}(?:@\w+)?(?=\s|$)", text)
    return ({"type": "bot_command", "offset": 0, "length": match.end()},) if match else ()


def _line(message: Message) -> str:
    who = "bot" if message.by_bot else "me"
    what = message.text if message.kind == "text" else f"[{message.kind}] {message.text}"
    return f"{who}: {what} {message.labels}" if message.labels else f"{who}: {what}"
