"""A message nobody asked for, with buttons that outlive every question: each carries what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channels import Channel, Screen
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.texts import T


def drawn(
    channel: Channel, key: str, language: str, names: Mapping[str, object], buttons: tuple[tuple[str, str], ...]
) -> dict[str, Any]:
    """Return the payload of a push: `buttons` are pairs of a label's key and the id the tap brings back."""
    ask = Ask(T(key, **names), tuple(Choice(name, T(label)) for label, name in buttons))
    return channel.draw(ask, language, 0, Screen(), "").messages[-1].payload
