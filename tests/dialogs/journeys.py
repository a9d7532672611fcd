"""Short cuts to where a test begins."""

from __future__ import annotations

from typing import Any

from tests.city import TELEGRAM, WHATSAPP, City, Parent

AIGERIM = "930427400001"


def started(city: City, channel: str = TELEGRAM, language: str = "ru", **known: Any) -> Parent:
    """A parent who chose a language and reads the welcome."""
    parent = city.parent(channel, **known)
    parent.says("/start")
    parent.taps({"kk": "Қазақша", "ru": "Русский", "en": "English"}[language])
    return parent


def at_iin(city: City, channel: str = TELEGRAM, language: str = "ru", **known: Any) -> Parent:
    """A parent asked for their IIN."""
    parent = started(city, channel, language, **known)
    parent.taps("btn.register")
    gives_phone(parent)
    return parent


def gives_phone(parent: Parent) -> None:
    if parent.channel == WHATSAPP:
        parent.taps("btn.yes")
    else:
        parent.shares_contact()


def gives_iin(parent: Parent, iin: str = AIGERIM) -> None:
    if parent.channel == WHATSAPP:
        parent.submits(value=iin)
    else:
        parent.says(iin)


def at_code(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = AIGERIM, **known: Any) -> Parent:
    """A parent who waits for the code of a registration."""
    parent = at_iin(city, channel, language, **known)
    gives_iin(parent, iin)
    parent.taps("btn.accept_policy")
    return parent


def registered(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = AIGERIM, **known: Any) -> Parent:
    """A registered parent, remembered for 30 days, at the end of the registration."""
    parent = at_code(city, channel, language, iin, **known)
    parent.says(parent.code)
    parent.taps("btn.all_correct")
    parent.submits(hash="$argon2id$test", salt="s", mark="m")
    parent.taps("btn.yes")
    return parent
