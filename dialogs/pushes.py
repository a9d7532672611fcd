"""Buttons of pushes: where they lead. The tap says the kind and the number of a thing; the step looks whose it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from dialogs import application_attach, channel_link
from dialogs.engine.step import Step

PUSHED: Final[Mapping[str, Callable[[int], Step]]] = {
    "allow": application_attach.Approve,
    "deny": application_attach.Deny,
    "not_me": channel_link.NotMe,
}


def opened(tap: str) -> Step | None:
    """Return the step behind a tap like `!not_me-17`, nothing for any other."""
    kind, _, number = tap.removeprefix("!").partition("-")
    known = tap.startswith("!") and kind in PUSHED and number.isascii() and number.isdigit()
    # No id of ours is longer; a longer number would not fit the database.
    return PUSHED[kind](int(number)) if known and len(number) <= 18 else None  # noqa: PLR2004 - eight bytes
