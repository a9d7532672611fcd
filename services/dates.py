"""Days as people type them."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from services.refused import Refused

_DAY: Final = re.compile(r"^\s*(\d{1,2})[.,/\- ](\d{1,2})[.,/\- ](\d{4}|\d{2})\s*$", re.ASCII)
_CENTURY: Final = 100


def parse(text: str) -> date:
    """Return the day "20.11.2026" names; refuse what is no day: `err.date.bad`."""
    found = _DAY.match(text)
    if found is None:
        raise Refused("err.date.bad")
    day, month, year = (int(part) for part in found.groups())
    try:
        return date(year + 2000 if year < _CENTURY else year, month, day)
    except ValueError:
        raise Refused("err.date.bad") from None
