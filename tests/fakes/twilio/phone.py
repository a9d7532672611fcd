"""A parent's phone: writes, taps and chooses, and sees the chat; its old buttons never go away."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from tests.fakes.twilio.messages import Button, Look, Message, Row, transcript
from tests.fakes.twilio.people import Person
from tests.fakes.twilio.waiting import wait_for
from tests.fakes.twilio.world import World

MEGABYTE = 1024 * 1024
LARGEST_MEDIA = 16 * MEGABYTE
LONGEST_TEXT = 4096
NOT_FORWARDED = {"Forwarded": "false", "FrequentlyForwarded": "false"}

Answer = TypeVar("Answer")


class Phone:
    """One person in a WhatsApp chat with us."""

    def __init__(self, world: World, bsuid: str, *, on_switched_on: Callable[[], None]) -> None:
        self.bsuid = bsuid
        self._world = world
        self._on_switched_on = on_switched_on

    @property
    def person(self) -> Person:
        return self._world.people.on_whatsapp[self.bsuid]

    @property
    def address(self) -> str:
        """By what our side knows this person now: whatsapp:+… or whatsapp:CC.…"""
        return self.person.address

    @property
    def messages(self) -> list[Message]:
        """The chat as it is on the phone: what our side redacts or deletes at Twilio stays here."""
        return list(self._world.seen.get(self.bsuid, []))

    @property
    def last(self) -> Message:
        said = [message for message in self.messages if message.by_bot]
        assert said, "nothing has come yet"
        return said[-1]

    @property
    def labels(self) -> list[str]:
        """What the last message offers."""
        return self.last.labels

    @property
    def transcript(self) -> str:
        return transcript(self.messages)

    async def text(self, text: str, *, quoting: Message | None = None) -> Message:
        assert 0 < len(text) <= LONGEST_TEXT, "a phone sends 1 to 4096 characters at once"
        return self._send(Look(text=text), fields=_quoting(quoting) if quoting else {})

    async def tap(self, label_or_id: str, message: Message | None = None) -> Message:
        """Tap a quick reply of this message, or of the newest one that has it."""
        on, button = self._button(label_or_id, message)
        assert not button.url, f"{button.title!r} opens {button.url}"
        fields = _quoting(on) | NOT_FORWARDED | {"ButtonText": button.title, "ButtonPayload": button.id}
        # A template's button is told apart from one inside the session.
        return self._send(Look(kind="button" if on.look.is_template else "interactive", text=button.title), fields)

    async def choose(self, label_or_id: str, message: Message | None = None) -> Message:
        """Open the list of this message, or of the newest one that has the row, and choose."""
        on, row = self._row(label_or_id, message)
        fields = _quoting(on) | NOT_FORWARDED | {"ListId": row.id, "ListTitle": row.title}
        return self._send(Look(kind="interactive", text=row.title), fields, prefix="MM")

    def link(self, label: str) -> str:
        """Read the address behind a button that opens a page."""
        _, button = self._button(label, None)
        assert button.url, f"{label!r} opens nothing"
        return button.url

    async def media(self, data: bytes, mime: str, caption: str = "") -> Message:
        assert len(data) <= LARGEST_MEDIA, "WhatsApp takes 16 MB at most"
        family = mime.partition("/")[0]
        kind = family if family in {"image", "video", "audio"} else "document"
        return self._send_file(kind, data, mime, caption)

    async def voice(self, data: bytes = b"OggS") -> Message:
        return self._send_file("audio", data, "audio/ogg")

    async def sticker(self) -> Message:
        return self._send_file("sticker", b"RIFF", "image/webp")

    async def contact(self, number: str) -> Message:
        """Share a contact: a card proves nothing about whose number it is."""
        card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Somebody\r\nTEL:{number}\r\nEND:VCARD\r\n"
        return self._send_file("contacts", card.encode(), "text/vcard")

    async def location(self, latitude: float, longitude: float) -> Message:
        fields = {"Latitude": str(latitude), "Longitude": str(longitude)}
        return self._send(Look(kind="location"), fields)

    async def reads(self) -> None:
        """Open the chat: everything in it is read, and our side learns it if receipts are on."""
        for shown in self.messages:
            now = self._world.messages.kept.get(shown.sid)
            if now and now.by_bot and now.status == "delivered" and self.person.has_receipts:
                self._world.set_status(now, "read")

    def switch_off(self) -> None:
        self._become(replace(self.person, is_off=True))

    def switch_on(self) -> None:
        self._become(replace(self.person, is_off=False))
        self._on_switched_on()

    def hide_number(self) -> None:
        """Take a username: from now on messages come from the business-scoped id alone."""
        self._become(replace(self.person, hides_number=True))

    def block(self) -> None:
        self._become(replace(self.person, has_blocked=True))

    def unblock(self) -> None:
        self._become(replace(self.person, has_blocked=False))

    async def wait_for(
        self,
        predicate: Callable[["Phone"], Answer],
        timeout: float = 10,  # noqa: ASYNC109 - the limit is part of the claim
    ) -> Answer:
        """Wait until the predicate holds and give what it gave; one that asserts does not hold yet."""
        return await wait_for(
            self._world.changes, lambda: predicate(self), seconds=timeout, picture=lambda: self.transcript
        )

    def _become(self, person: Person) -> None:
        self._world.people.put(person)
        self._world.changes.tell()

    def _send(self, look: Look, fields: Mapping[str, str], *, prefix: str = "SM") -> Message:
        self._must_be_able()
        return self._world.receive(self.address, look, prefix=prefix, fields=fields)

    def _send_file(self, kind: str, data: bytes, mime: str, caption: str = "") -> Message:
        self._must_be_able()
        media = (self._world.media(data, mime),)
        return self._world.receive(self.address, Look(kind=kind, text=caption), prefix="MM", media=media)

    def _must_be_able(self) -> None:
        assert not self.person.has_blocked, "unblock the business first"
        assert not self.person.is_off, "the phone is off"

    def _button(self, label_or_id: str, message: Message | None) -> tuple[Message, Button]:
        for on in self._offers(message):
            for button in on.buttons:
                if label_or_id in {button.title, button.id}:
                    return on, button
        raise AssertionError(f"no button {label_or_id!r} to tap; the chat is\n{self.transcript}")

    def _row(self, label_or_id: str, message: Message | None) -> tuple[Message, Row]:
        for on in self._offers(message):
            for row in on.rows:
                if label_or_id in {row.title, row.id}:
                    return on, row
        raise AssertionError(f"no row {label_or_id!r} to choose; the chat is\n{self.transcript}")

    def _offers(self, message: Message | None) -> list[Message]:
        newest_first = [seen for seen in reversed(self.messages) if seen.by_bot]
        return [seen for seen in newest_first if message is None or seen.sid == message.sid]


def _quoting(message: Message) -> dict[str, str]:
    return {"OriginalRepliedMessageSid": message.sid, "OriginalRepliedMessageSender": message.sender}
