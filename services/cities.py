"""Cities that take applications in this release: their names, and finding one despite a typo.

KATO of 2022 (domain.md §4.5). English names are transliterations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final


@dataclass(frozen=True)
class City:
    """A city by its KATO, with the way to it from the region down."""

    kato: str
    kk: str
    ru: str
    en: str
    path_kk: str
    path_ru: str
    path_en: str

    def name(self, language: str) -> str:
        """Return the name as people of this language know it."""
        return {"kk": self.kk, "ru": self.ru}.get(language, self.en)

    def path(self, language: str) -> str:
        """Return the full path, so that two places of one name are told apart."""
        return {"kk": self.path_kk, "ru": self.path_ru}.get(language, self.path_en)


#: The demo's cities (architecture §6).
ALL: Final = (
    City(
        "612010000",
        "Кентау",
        "Кентау",
        "Kentau",
        "Түркістан облысы, Кентау қаласы",
        "Туркестанская область, город Кентау",
        "Turkistan Region, Kentau",
    ),
    City("750000000", "Алматы", "Алматы", "Almaty", "Алматы қаласы", "город Алматы", "Almaty"),
    City(
        "151010000",
        "Ақтөбе",
        "Актобе",
        "Aktobe",
        "Ақтөбе облысы, Ақтөбе қаласы",
        "Актюбинская область, город Актобе",
        "Aktobe Region, Aktobe",
    ),
    City(
        "591010000",
        "Петропавл",
        "Петропавловск",
        "Petropavl",
        "Солтүстік Қазақстан облысы, Петропавл қаласы",
        "Северо-Казахстанская область, город Петропавловск",
        "North Kazakhstan Region, Petropavl",
    ),
)
_BY_KATO: Final = {item.kato: item for item in ALL}
_WITHOUT_KAZAKH: Final = str.maketrans("әғқңөұүһіё", "агкноуухие")
_ALIKE: Final = 0.72
_SHORTEST: Final = 3


def get(kato: str) -> City | None:
    """Return a locality by its KATO."""
    return _BY_KATO.get(kato)


def search(text: str, among: Iterable[City]) -> list[City]:
    """Return what the words may mean, the likeliest first: a name, its beginning, a region, or a near miss."""
    wanted = _plain(text)
    if len(wanted) < _SHORTEST:
        return []
    scored = [(max(_likeness(wanted, name) for name in _names(item)), item) for item in among]
    found = [(score, item) for score, item in scored if score >= _ALIKE]
    best = max((score for score, _ in found), default=0)
    found = [(score, item) for score, item in found if score > best - 0.15 or best < 1]
    return [item for _, item in sorted(found, key=lambda pair: -pair[0])]


def _names(item: City) -> tuple[str, ...]:
    return (item.kk, item.ru, item.en, item.path_kk, item.path_ru, item.path_en)


def _likeness(wanted: str, name: str) -> float:
    known = _plain(name)
    if wanted == known:
        return 1
    if wanted in known:
        return 0.9
    return max(SequenceMatcher(None, wanted, word).ratio() for word in (known, *known.replace(",", "").split()))


def _plain(text: str) -> str:
    return " ".join(text.strip().casefold().translate(_WITHOUT_KAZAKH).split())
