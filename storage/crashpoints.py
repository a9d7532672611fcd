"""Named points beside every commit and every provider call; a test may make the process die at one."""

from __future__ import annotations

from collections.abc import Callable

#: Every point there is; the kill test walks this list.
POINTS = (
    "inbound.received",  # verified, nothing stored: the provider repeats
    "inbound.answered",  # stored and committed, the provider does not know yet
    "batch.begun",
    "batch.stepped",
    "batch.closed",  # everything written, not committed
    "batch.committed",  # durable, nobody knows yet
    "offset.before",  # polling: the batch is durable, the offset has not moved
    "telegram.asking",
    "telegram.asked",  # polling: what the offset confirmed is gone from Telegram, what came is only here
    "twilio.received",  # verified, nothing stored: Twilio repeats, or its list tells
    "twilio.answered",
    "twilio.told",
    "twilio.noted",
    "reconcile.asking",
    "reconcile.asked",  # what no webhook brought is listed, nothing of it is stored
    "webhook.setting",
    "webhook.set",
    "send.claimed",  # marked as being sent, not sent
    "send.calling",
    "shapes.listing",
    "shapes.listed",
    "shapes.making",
    "shapes.made",  # Twilio has the shape, we do not know its name yet: it is found by it
    "send.called",  # ambiguous: the provider has it, we have not written so
    "send.refused",  # the provider does not want it, we have not written so
    "send.acknowledged",
    "registry.asking",  # the job is durable, the registry knows nothing
    "registry.answered",  # the registry said it, nobody has written so
)

#: Points between "marked as being sent" and "acknowledged", where a second send is allowed, once, flagged.
AMBIGUOUS = frozenset(
    {"send.claimed", "send.calling", "send.called", "send.refused"}
    | {"shapes.listing", "shapes.listed", "shapes.making", "shapes.made"}
)

_armed: Callable[[str], None] | None = None


def crashpoint(name: str) -> None:
    """Do nothing, unless a test armed the points."""
    if _armed is not None:
        _armed(name)


def arm(hook: Callable[[str], None]) -> None:
    """Let `hook` see every point that is passed; for tests only."""
    global _armed  # noqa: PLW0603 - one process, one test
    _armed = hook
