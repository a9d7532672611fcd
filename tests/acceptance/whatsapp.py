"""A fake Twilio and the real app behind it, reached by its public address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from tests.acceptance.running import PAGES, RunningBot
from tests.fakes.twilio import FakeTwilio, Message, Phone

Seen = TypeVar("Seen")

#: As the operations manual says: repeated on whatever goes wrong, within Twilio's fifteen seconds.
INBOUND = f"{PAGES}/webhooks/twilio/inbound#rc=3&rp=all"


@asynccontextmanager
async def installation(folder: Path, **more: str) -> AsyncIterator[tuple[FakeTwilio, RunningBot]]:
    """Run the app with WhatsApp and SMS only."""
    async with FakeTwilio() as twilio:
        settings = {
            "TWILIO_ACCOUNT_SID": twilio.account_sid,
            "TWILIO_AUTH_TOKEN": twilio.auth_token,
            "TWILIO_WHATSAPP_FROM": twilio.whatsapp_from,
            "TWILIO_SMS_FROM": twilio.sms_from,
            "TWILIO_API_URL": twilio.url,
            **more,
        }
        async with RunningBot(folder, "", **settings) as bot:
            serve(twilio, bot)
            twilio.listen(INBOUND)
            twilio.start_delivering()
            yield twilio, bot


def serve(twilio: FakeTwilio, bot: RunningBot) -> None:
    """Put the app behind its public address; after a restart it stands elsewhere."""
    twilio.serve(PAGES, bot.address)


async def restart(twilio: FakeTwilio, bot: RunningBot) -> None:
    await bot.restart()
    serve(twilio, bot)


async def sees(phone: Phone, key: str, language: str = "ru", **names: object) -> Message:
    """Wait until the last message says the sentence; return it."""
    words = say(T(key, **names), language)
    await phone.wait_for(lambda seen: words in seen.last.text, timeout=60)
    return phone.last


def link(message: Message) -> str:
    """Return the secure page a message leads to, by its button or by its words."""
    urls = [button.url for button in message.buttons if button.url]
    urls += [word for word in message.text.split() if word.startswith(f"{PAGES}/s/")]
    assert urls, message.text
    return urls[-1]


async def digits(twilio: FakeTwilio, number: str, nth: int = 1) -> str:
    """Wait for the nth SMS to a number; return the code in it."""
    text = await twilio.sms(number).wait_for(lambda inbox: inbox.texts[nth - 1] if len(inbox.texts) >= nth else "")
    return "".join(sign for sign in text if sign.isdigit())[:6]


class OnWhatsApp:
    """A parent who does on WhatsApp what another does on Telegram: a tap is a button, a row, or the words of it."""

    def __init__(self, twilio: FakeTwilio, number: str) -> None:
        self.twilio, self.number = twilio, number
        self.phone = twilio.whatsapp(number)

    @property
    def last(self) -> Message:
        return self.phone.last

    @property
    def transcript(self) -> str:
        return self.phone.transcript

    async def wait_for(self, predicate: Callable[[OnWhatsApp], Seen], timeout: float = 10) -> Seen:  # noqa: ASYNC109
        return await self.phone.wait_for(lambda _: predicate(self), timeout=timeout)

    async def start(self) -> None:
        await self.phone.text("Здравствуйте")

    async def text(self, text: str) -> None:
        await self.phone.text(text)

    async def tap(self, label: str) -> None:
        last = self.last
        if label in [button.title for button in last.buttons]:
            await self.phone.tap(label, last)
        elif label in [row.title for row in last.rows]:
            await self.phone.choose(label, last)
        else:
            await self.phone.text(label)

    async def photo(self, data: bytes) -> None:
        await self.phone.media(data, "image/jpeg")

    async def document(self, name: str, data: bytes, mime: str) -> None:
        await self.phone.media(data, mime, name)
