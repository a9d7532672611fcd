"""What a person said, freed from the channel it came by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Heard(StrEnum):
    """The kind of thing that arrived."""

    TEXT = "text"
    TAP = "tap"
    CONTACT = "contact"
    PHOTO = "photo"
    FILE = "file"
    VOICE = "voice"
    VIDEO = "video"
    STICKER = "sticker"
    LOCATION = "location"
    EDITED = "edited"
    PAGE = "page"
    EVENT = "event"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Said:
    """One thing a person said or a machine answered on their behalf.

    `text` is what was typed; `tap` the choice of a button with `revision`, the question it belongs to;
    `contact` a shared phone with `own` true only if the provider vouches that it is the sender's;
    `values` what a secure page or an outside answer carries.
    """

    heard: Heard
    text: str = ""
    tap: str = ""
    revision: int = 0
    contact: str = ""
    own: bool = False
    purpose: str = ""
    values: tuple[tuple[str, str], ...] = ()
    #: The language the provider says the person's app speaks ("kk", "ru-RU"), a guess only.
    locale: str = ""
    #: The album this came in with others, where the provider says so.
    album: str = ""
    #: What the engine understood: the id of the chosen option.
    choice: str = ""

    def value(self, name: str) -> str:
        """Return the named value, empty if absent."""
        return dict(self.values).get(name, "")


def typed(text: str, *, locale: str = "") -> Said:
    """Return typed words."""
    return Said(Heard.TEXT, text=text, locale=locale)


def tapped(choice: str, revision: int) -> Said:
    """Return a tap on a button of the question with this revision."""
    return Said(Heard.TAP, tap=choice, revision=revision)
