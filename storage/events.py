"""What asks the writer for a turn, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Event:
    """One thing from outside, unique by (provider, account, event_id) for ever.

    It comes from an address (channel, external), or speaks for one we know (`address_id`): a secure page, a registry.
    `body` is what was said, kept sealed until it is handled, so that a failed turn can be taken again.
    """

    provider: str
    account: str
    event_id: str
    body: bytes
    channel: str = ""
    external: str = ""
    address_id: int | None = None


class Fate(StrEnum):
    """What became of an event."""

    DONE = "done"
    REPLAYED = "replayed"
    RETRY = "retry"
    DEAD = "dead"
    TWISTED = "twisted"


@dataclass(frozen=True)
class Answer:
    """The fate of an event, and what its turn returned."""

    fate: Fate
    result: object = None
