"""WhatsApp's calls through Twilio, and the window in which they are taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from bot import pictures
from bot.channels import Drawing, Screen, SendFailed
from bot.whatsapp import draw as drawing
from bot.whatsapp.addresses import own_phone
from bot.whatsapp.client import TIMEOUT, Caller
from bot.whatsapp.policy import NO_SHAPE, NOT_FOUND, SOON, asking, plain
from bot.whatsapp.templates import Shaped, Shapes, shaped
from dialogs.engine.ask import Ask
from services.services import Chat
from storage.do import Clock
from storage.outbox import Outgoing

#: Free words are taken for a day after the person last wrote; the clocks of three parties differ a little.
WINDOW: Final = timedelta(hours=24) - timedelta(minutes=5)
#: A question that waited longer than this at WhatsApp would answer nobody any more.
VALID_SECONDS: Final = 14_400
PAGE_SIZE: Final = 500

Payload = dict[str, Any]


class WhatsApp(Caller):
    """The channel."""

    name = "whatsapp"

    def __init__(
        self,
        account: str,
        token: str,
        sender: str,
        base: str,
        clock: Clock,
        api_url: str = "",
        *,
        timeout: float = TIMEOUT,
    ) -> None:
        """`sender` is our number; `base` the address under which Twilio and people reach us."""
        super().__init__(account, token, api_url, timeout=timeout)
        self.sender = f"whatsapp:{sender}"
        self.base, self._clock = base, clock
        self._shapes: Shapes | None = None
        #: Where Twilio fetches a picture, on our site.
        self.media: Callable[[str], str] = pictures.path

    def chat(self, external: str) -> Chat:
        return Chat(may_type_ids=False, own_phone=own_phone(external))

    def draw(self, ask: Ask, language: str, revision: int, screen: Screen, page_url: str) -> Drawing:
        return drawing.draw(ask, language, revision, screen, page_url)

    def toast(self, tap_id: str, text: str) -> None:
        return None

    def erase(self, message: str) -> Payload:
        return drawing.erase(message)

    def notice(self, text: str) -> Payload:
        return drawing.notice(text)

    async def send(self, out: Outgoing, target: str | None) -> str | None:
        """Send one message; return Twilio's id. Outside the window nothing goes: only templates would."""
        if out.payload["type"] == "erase":
            await self._erase(out.payload)
            return None
        self._must_be_open(out)
        if "actions" not in out.payload and "items" not in out.payload:
            return await self._create(out, self._words(out.payload))
        shape = shaped(out.payload)
        if shape is None:
            return await self._create(out, self._words(plain(out.payload) or out.payload))
        sid = await self._shape(shape, out.payload)
        try:
            return await self._create(out, {"content_sid": sid, "content_variables": shape.filled})
        except SendFailed as failed:
            if failed.reason != f"twilio {NO_SHAPE}":
                raise
        self._ready_shapes().forget(shape, sid)
        sid = await self._shape(shape, out.payload)
        return await self._create(out, {"content_sid": sid, "content_variables": shape.filled})

    async def _shape(self, shape: Shaped, payload: Payload) -> str:
        try:
            return await asking(lambda: self._ready_shapes().find(shape), payload)
        except SendFailed as failed:
            if not failed.unknown:
                raise
            # Whatever became of the shape, the message itself was not sent.
            raise SendFailed(failed.reason, retry_in=SOON) from None

    async def _erase(self, payload: Payload) -> None:
        """Empty somebody's words in Twilio's store; what is gone already is well gone."""
        try:
            await asking(lambda: self._ready().messages(payload["message"]).update_async(body=""), payload)
        except SendFailed as failed:
            if failed.reason != f"twilio {NOT_FOUND}":
                raise

    def _must_be_open(self, out: Outgoing) -> None:
        heard = out.heard_at
        if heard is None or self._clock.now() >= heard + WINDOW:
            raise SendFailed("window closed: needs a template", closed=True)

    def _ready_shapes(self) -> Shapes:
        if self._shapes is None:
            self._shapes = Shapes(self._ready())
        return self._shapes

    def _words(self, payload: Payload) -> Payload:
        picture = payload.get("media")
        media = {"media_url": [f"{self.base}{self.media(picture)}"]} if picture else {}
        return {"body": payload["body"], **media}

    async def _create(self, out: Outgoing, content: Payload) -> str:
        # Our own uid in the address: a status may come before the answer that tells Twilio's id.
        callback = f"{self.base}/webhooks/twilio/status?uid={quote(out.uid)}"

        async def create() -> Any:  # Any: twilio ships no types
            return await self._ready().messages.create_async(
                to=f"whatsapp:{out.external}",
                from_=self.sender,
                status_callback=callback,
                validity_period=VALID_SECONDS,
                **content,
            )

        return str((await asking(create, out.payload)).sid)

    # What was sent to us.

    async def received(self, since: datetime, *, limit: int) -> list[Any]:  # Any: twilio ships no types
        """Return the messages to our sender since then."""
        listed = await self._ready().messages.list_async(
            to=self.sender, date_sent_after=since, limit=limit, page_size=PAGE_SIZE
        )
        return list(listed)

    async def type_of_file(self, sid: str) -> str:
        """Return the content type of a message's first file."""
        files = await self._ready().messages(sid).media.list_async(limit=1)
        return str(files[0].content_type) if files else ""
