"""The simulator as a transport: the production draw functions, the demo's phones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

from bot.channels import Drawing, Screen, SendFailed
from bot.telegram import draw as telegram
from bot.web.simulator.phones import Phones, ProviderRefused
from bot.whatsapp import draw as whatsapp
from bot.whatsapp.addresses import own_phone
from dialogs.engine.ask import Ask
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from services.services import Chat
from storage.outbox import Outgoing

#: Hears of every payload that goes out.
Sent = Callable[[str, dict[str, Any]], None]


class SimTelegram:
    """A Telegram that is a web page."""

    name = "sim-telegram"

    def __init__(self, phones: Phones, sent: Sent = lambda _channel, _payload: None) -> None:
        self._phones, self._sent = phones, sent

    def chat(self, external: str) -> Chat:
        return Chat(may_type_ids=True, shares_contact=True, shows_codes=True)

    def draw(self, ask: Ask, language: str, revision: int, screen: Screen, page_url: str) -> Drawing:
        return telegram.draw(ask, language, revision, screen, page_url)

    def toast(self, tap_id: str, text: str) -> dict[str, Any]:
        return telegram.toast(tap_id, text)

    def erase(self, message: str) -> dict[str, Any]:
        return telegram.erase(message)

    def notice(self, text: str) -> dict[str, Any]:
        return telegram.notice(text)

    async def send(self, out: Outgoing, target: str | None) -> str | None:
        payload = telegram.aimed(out.payload, target)
        if payload is None:
            return None
        self._sent(self.name, payload)
        return _deliver(self._phones, "sim-telegram", out.external, payload)

    async def close(self) -> None:
        """Nothing is open."""


class SimWhatsApp:
    """A WhatsApp that is a web page."""

    name = "sim-whatsapp"

    def __init__(self, phones: Phones, sent: Sent = lambda _channel, _payload: None) -> None:
        self._phones, self._sent = phones, sent

    def chat(self, external: str) -> Chat:
        return Chat(may_type_ids=False, own_phone=own_phone(external))

    def draw(self, ask: Ask, language: str, revision: int, screen: Screen, page_url: str) -> Drawing:
        return whatsapp.draw(ask, language, revision, screen, page_url)

    def toast(self, tap_id: str, text: str) -> None:
        return None

    def erase(self, message: str) -> None:
        return None

    def notice(self, text: str) -> dict[str, Any]:
        return whatsapp.notice(text)

    async def send(self, out: Outgoing, target: str | None) -> str | None:
        self._sent(self.name, out.payload)
        return _deliver(self._phones, "sim-whatsapp", out.external, out.payload)

    async def close(self) -> None:
        """Nothing is open."""


class SimSms:
    """SMS codes land in the inbox beside the phones."""

    name = "sms"

    def __init__(self, phones: Phones) -> None:
        self._phones = phones

    async def send(self, out: Outgoing, target: str | None) -> str | None:
        text = say(T("sms.code", code=out.payload["code"]), out.payload["language"])
        return self._phones.sms(out.payload["to"], text)

    async def close(self) -> None:
        """Nothing is open."""


class SimMail:
    """Mail lands in the inbox beside the phones."""

    name = "mail"

    def __init__(self, phones: Phones) -> None:
        self._phones = phones

    async def send(self, out: Outgoing, target: str | None) -> str | None:
        language = out.payload["language"]
        subject = say(T("mail.code.subject"), language)
        return self._phones.mail(out.payload["to"], subject, say(T("mail.code", code=out.payload["code"]), language))

    async def close(self) -> None:
        """Nothing is open."""


def _deliver(
    phones: Phones, channel: Literal["sim-telegram", "sim-whatsapp"], external: str, payload: dict[str, Any]
) -> str | None:
    try:
        return phones.deliver(channel, external, payload)
    except ProviderRefused as refused:
        said = refused.description.lower()
        if any(words in said for words in ("not modified", "delete not found", "query is too old")):
            return None
        if refused.retry_after:
            raise SendFailed("429", pause=timedelta(seconds=refused.retry_after)) from None
        raise SendFailed(f"{refused.code} {refused.description}"[:80]) from None
