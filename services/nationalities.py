"""Nationalities: the codes a child's form may hold, and how a typed word finds one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

#: Code → key of its name in the catalogues; never required, "" stands for not stated (domain.md §4.4).
KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kazakh": "nationality.kazakh",
        "russian": "nationality.russian",
        "uzbek": "nationality.uzbek",
        "uyghur": "nationality.uyghur",
        "ukrainian": "nationality.ukrainian",
        "tatar": "nationality.tatar",
        "german": "nationality.german",
        "korean": "nationality.korean",
        "turkish": "nationality.turkish",
        "azerbaijani": "nationality.azerbaijani",
        "dungan": "nationality.dungan",
        "belarusian": "nationality.belarusian",
        "kyrgyz": "nationality.kyrgyz",
        "polish": "nationality.polish",
        "kurdish": "nationality.kurdish",
        "chechen": "nationality.chechen",
        "greek": "nationality.greek",
        "armenian": "nationality.armenian",
        "other": "nationality.other",
    }
)
ALL: Final = tuple(KEYS)
#: The rows a parent sees at once (journeys §1.13).
TOP: Final = ALL[:8]

_MOST: Final = 3
_EXACT, _STARTS, _CONTAINS, _NO = range(4)


def search(text: str, labels: Mapping[str, Sequence[str]]) -> list[str]:
    """Return up to three codes whose labels are, begin with or contain `text`, the nearest first.

    `labels` gives the names of each code in every language the person may type.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return []
    near = {code: _nearest(wanted, names) for code, names in labels.items()}
    return sorted((code for code in near if near[code] < _NO), key=near.__getitem__)[:_MOST]


def _nearest(wanted: str, names: Sequence[str]) -> int:
    return min((_nearness(wanted, name) for name in names), default=_NO)


def _nearness(wanted: str, name: str) -> int:
    known = name.casefold()
    if known == wanted:
        return _EXACT
    if known.startswith(wanted):
        return _STARTS
    return _CONTAINS if wanted in known else _NO
