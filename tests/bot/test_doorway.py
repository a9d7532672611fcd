"""The way into the other messenger: a link where it is known, else the words to send there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.app import _doorway


def app(number: str = "", bot_name: str = "") -> Any:  # Any: the two things of an app that a door needs
    return SimpleNamespace(settings=SimpleNamespace(twilio_whatsapp_from=number), bot_name=bot_name)


@pytest.mark.parametrize(
    ("known", "channel", "door"),
    [
        (app("+77001234567"), "telegram", ("WhatsApp", "https://wa.me/77001234567?text=link_k7m2p9")),
        (app("+77001234567"), "sim-telegram", ("WhatsApp", "link_k7m2p9")),
        (app(), "telegram", ("WhatsApp", "link_k7m2p9")),
        (app(bot_name="balabaqsha_bot"), "whatsapp", ("Telegram", "https://t.me/balabaqsha_bot?start=link_k7m2p9")),
        (app(), "whatsapp", ("Telegram", "link_k7m2p9")),
    ],
)
def test_a_link_leads_into_the_other_messenger(known: Any, channel: str, door: tuple[str, str]) -> None:
    assert _doorway(known, channel, "link_k7m2p9") == door
