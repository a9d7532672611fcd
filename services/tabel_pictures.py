"""What the picture of a month shows, packed into its name: the picture is drawn from it and kept nowhere."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from services.regimes.whole import MEANINGS
from services.tabels import Month

NAME: Final = "tabel:"
_LONGEST_NAME: Final = 60
_LANGUAGES: Final = ("kk", "ru", "en")
_MONTHS: Final = range(12, 9998 * 12)


@dataclass(frozen=True)
class MonthPicture:
    """All a picture shows: whoever has its name can draw it, so nothing else may be in it."""

    language: str
    #: Counted through: year * 12 + month - 1.
    month: int
    marks: str
    #: First name and initial.
    child: str
    #: What each letter means, as the regime has it.
    legend: Mapping[str, str]
    #: Days that are free by the law or a swap, though they may be weekdays.
    free: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Return the picture's name."""
        packed = json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()
        return NAME + urlsafe_b64encode(packed).decode().rstrip("=")


def unpacked(name: str) -> MonthPicture:
    """Return what a name describes; raise ValueError where it describes no month."""
    packed = name.removeprefix(NAME)
    try:
        raw = json.loads(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        given = MonthPicture(**{**raw, "free": tuple(raw["free"])})
        is_one = _is_one(given)
    except (AttributeError, KeyError, TypeError, UnicodeDecodeError) as wrong:
        raise ValueError("no picture has such a name") from wrong
    if not is_one:
        raise ValueError("no picture has such a name")
    return given


def _is_one(given: MonthPicture) -> bool:
    return (
        given.language in _LANGUAGES
        and len(given.child) <= _LONGEST_NAME
        and set(given.legend.values()) <= MEANINGS
        and given.month in _MONTHS
        and len(given.marks) == Month(given.month).days
    )
