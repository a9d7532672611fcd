"""Days of a month as people write them: "14, 15 и с 20 по 22", "20-дан 22-ге дейін", "3 to 5", "14.11"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from services.refused import Refused

if TYPE_CHECKING:
    from services.tabels import Month

_DATE: Final = re.compile(r"(?<!\d)(\d{1,2})[./](\d{1,2})(?:[./](?:\d{4}|\d{2}))?(?!\d)")
_RUN: Final = re.compile(
    r"(\d+)(?:\s*-?\s*(?:го|дан|ден|тан|тен|нан|нен))?\s*(?:-|–|—|\bпо\b|\bдо\b|\bto\b|\bthrough\b|\s)\s*(\d+)"
    r"\s*-?\s*(?:ға|ге|қа|ке)?",
    re.IGNORECASE,
)
#: Between two numbers a mere space joins nothing unless the first one says "from".
_FROM: Final = re.compile(r"\d+\s*-?\s*(?:дан|ден|тан|тен|нан|нен)\s+\d", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d+")


def parse(text: str, month: Month) -> tuple[int, ...]:
    """Return the days in their order, each once; nothing where no number is written.

    Refuses `msg.tabel_refuse.no_such_day(month, days)` for a day the month does not have.
    """
    left = _DATE.sub(lambda found: _of_month(found, month), text)
    days: set[int] = set()
    for found in _RUN.finditer(left):
        if not _joins(found.group(0)):
            continue
        first, last = int(found.group(1)), int(found.group(2))
        if first > last:
            raise _no_such_day(month)
        _must_be_there((first, last), month)
        days |= set(range(first, last + 1))
    days |= {int(number) for number in _NUMBER.findall(left)}
    _must_be_there(days, month)
    return tuple(sorted(days))


def _joins(words: str) -> bool:
    return re.fullmatch(r"\d+\s+\d+\s*", words) is None or _FROM.search(words) is not None


def _of_month(found: re.Match[str], month: Month) -> str:
    if int(found.group(2)) != month.first.month:
        raise _no_such_day(month)
    return found.group(1)


def _must_be_there(days: tuple[int, ...] | set[int], month: Month) -> None:
    if any(not 1 <= day <= month.days for day in days):
        raise _no_such_day(month)


def _no_such_day(month: Month) -> Refused:
    return Refused("msg.tabel_refuse.no_such_day", month=month, days=month.days)
