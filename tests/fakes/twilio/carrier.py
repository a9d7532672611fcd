"""Takes accepted messages to their phones, or finds out why that cannot be."""

from dataclasses import replace

import aiohttp

from tests.fakes.twilio.content import failure_of
from tests.fakes.twilio.messages import Media, Message
from tests.fakes.twilio.refusals import FAILED
from tests.fakes.twilio.world import World

MEGABYTE = 1024 * 1024
LARGEST_MEDIA = 5 * MEGABYTE
MEDIA_TYPES = {
    "application/pdf",
    "audio/aac",
    "audio/amr",
    "audio/mpeg",
    "audio/ogg",
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/3gpp",
    "video/mp4",
}

EXPIRED = 30036
DOWNLOAD_FAILED, BAD_MEDIA = 63019, 63021
NOT_THERE, BLOCKED, OUTSIDE_WINDOW = 63024, 63014, 63016


class MediaTrouble(Exception):
    """The file behind MediaUrl is not to be had, or not to be sent."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Carrier:
    """Everything between «accepted» and the phone."""

    def __init__(self, world: World, session: aiohttp.ClientSession) -> None:
        self._world = world
        self._session = session
        self._busy: set[str] = set()

    def next_due(self, sid: str = "") -> Message | None:
        """Find a message that is to go now; whoever finds it carries it."""
        due = (m for m in self._waiting() if m.due_at <= self._world.now() and sid in {"", m.sid})
        if message := next(due, None):
            self._busy.add(message.sid)
        return message

    def seconds_to_next(self) -> float | None:
        times = [message.due_at for message in self._waiting()]
        return max(0.0, min(times) - self._world.now()) if times else None

    async def carry(self, message: Message) -> None:
        """Carry one message: sent, delivered, or failed with a code."""
        try:
            if message.status == "accepted":
                message = self._world.set_status(message, "queued")
            code = self._trouble(message)
            if code is None and message.look.media_url:
                try:
                    message = replace(message, media=(await self._download(message.look.media_url),))
                except MediaTrouble as trouble:
                    code = trouble.code
            if code is not None:
                self._world.set_status(message, "failed" if code in FAILED else "undelivered", code)
                return
            self._hand_over(self._world.set_status(message, "sent"))
        finally:
            self._busy.discard(message.sid)

    def hand_over_waiting(self) -> None:
        """Deliver what waited at WhatsApp while a phone was off."""
        for message in list(self._world.messages.kept.values()):
            if message.status == "sent":
                self._hand_over(message)

    def _waiting(self) -> list[Message]:
        kept = self._world.messages.kept.values()
        return [m for m in kept if m.status in {"accepted", "queued"} and m.sid not in self._busy]

    def _hand_over(self, message: Message) -> None:
        person = self._world.people.find(message.recipient) if message.is_whatsapp else None
        if person and person.is_off:
            return
        self._world.show(message.recipient, message)
        self._world.set_status(message, "delivered")

    def _trouble(self, message: Message) -> int | None:
        """Look for what stands in the way, in the order in which it would be met."""
        if self._world.now() - message.at > message.validity:
            return EXPIRED
        if message.fate is not None:
            return message.fate
        if (code := self._scripted(message)) is not None:
            return code
        return self._whatsapp_trouble(message) if message.is_whatsapp else None

    def _scripted(self, message: Message) -> int | None:
        for fault in self._world.faults:
            if fault.recipient in {"", message.recipient}:
                if fault.times is not None:
                    fault.times -= 1
                    if not fault.times:
                        self._world.faults.remove(fault)
                return fault.code
        return None

    def _whatsapp_trouble(self, message: Message) -> int | None:
        person = self._world.people.find(message.recipient)
        if not person:
            return NOT_THERE
        if person.has_blocked:
            return BLOCKED
        content = self._world.contents.kept.get(message.content_sid)
        # Meta 131062: a one-time code goes to a number, never to a business-scoped id.
        if content and content.is_for_codes and message.recipient == f"whatsapp:{person.bsuid}":
            return NOT_THERE
        if content and (code := failure_of(content)):
            return code
        is_template = content is not None and content.status == "approved"
        if not is_template and not self._is_in_session(message):
            return OUTSIDE_WINDOW
        return message.look.flaw

    def _is_in_session(self, message: Message) -> bool:
        return self._world.people.is_in_session(message.sender, message.recipient, self._world.now())

    async def _download(self, url: str) -> Media:
        """Fetch the file as Twilio does, from the public address it was given."""
        real = self._world.reach.real(url)
        if real is None:
            raise MediaTrouble(DOWNLOAD_FAILED)
        try:
            async with self._session.get(real, timeout=aiohttp.ClientTimeout(total=15)) as response:
                data = await response.read()
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise MediaTrouble(DOWNLOAD_FAILED) from problem
        if response.status != 200:
            raise MediaTrouble(DOWNLOAD_FAILED)
        if len(data) > LARGEST_MEDIA or response.content_type not in MEDIA_TYPES:
            raise MediaTrouble(BAD_MEDIA)
        return self._world.media(data, response.content_type)
