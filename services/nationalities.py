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

#: What people type besides the names in the catalogues: the word for a woman, other spellings.
SPELLINGS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "kazakh": ("казашка",),
        "russian": ("русская",),
        "uzbek": ("узбечка", "ozbek"),
        "uyghur": ("уйгурка", "uighur", "uygur"),
        "ukrainian": ("украинка",),
        "tatar": ("татарка",),
        "german": ("немка",),
        "korean": ("кореянка", "корей"),
        "turkish": ("турчанка", "turk"),
        "azerbaijani": ("азербайджанка", "азери", "azeri"),
        "dungan": ("дунганка", "дұңған"),
        "belarusian": ("белоруска", "беларус", "беларуска", "belorussian"),
        "kyrgyz": ("кыргызка", "киргиз", "киргизка", "kirghiz"),
        "polish": ("полька", "pole"),
        "kurdish": ("курдянка", "kurd"),
        "chechen": ("чеченка",),
        "greek": ("гречанка",),
        "armenian": ("армянка", "ермен"),
    }
)

#: What people without Kazakh letters on their keyboard type instead.
_WITHOUT_KAZAKH: Final = str.maketrans("әғқңөұүһіё", "агкноуухие")

_MOST: Final = 3
_EXACT, _STARTS, _CONTAINS, _NO = range(4)


def search(text: str, labels: Mapping[str, Sequence[str]]) -> list[str]:
    """Return up to three codes whose labels are, begin with or contain `text`, the nearest first.

    `labels` gives the names of each code in every language the person may type; our other spellings of it and a
    keyboard without Kazakh letters are understood besides.
    """
    wanted = _plain(text)
    if not wanted:
        return []
    near = {code: _nearest(wanted, (*names, *SPELLINGS.get(code, ()))) for code, names in labels.items() if names}
    return sorted((code for code in near if near[code] < _NO), key=near.__getitem__)[:_MOST]


def _nearest(wanted: str, names: Sequence[str]) -> int:
    return min((_nearness(wanted, name) for name in names), default=_NO)


def _nearness(wanted: str, name: str) -> int:
    known = _plain(name)
    if known == wanted:
        return _EXACT
    if known.startswith(wanted):
        return _STARTS
    return _CONTAINS if wanted in known else _NO


def _plain(text: str) -> str:
    return text.strip().casefold().translate(_WITHOUT_KAZAKH)
