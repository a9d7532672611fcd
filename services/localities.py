"""Localities: regions, districts, towns, and how a typed name or a place on the map finds one (domain.md §4.5)."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Protocol

HERE: Final = Path(__file__).parent
_MARKS: Final = re.compile(r"^(г\.\s*а\.|г\.|город|с\.|село)\s*|\s*(г\.\s*а\.?|қ\.|қаласы)$", re.IGNORECASE)
#: Farther than this from every known town a place is in none of them.
NEAR_KM: Final = 150
EARTH_KM: Final = 6371


@dataclass(frozen=True)
class Locality:
    """A unit of the classifier; its Kazakh name is empty where we are not sure of it."""

    kato: str
    #: "region", "district" or "town".
    kind: str
    parent: str
    ru: str
    kk: str
    place: tuple[float, float] | None = None

    def called(self, language: str) -> str:
        """Return its name: the Kazakh one to who speaks Kazakh, where it is known."""
        return self.kk if language == "kk" and self.kk else self.ru

    def brief(self, language: str) -> str:
        """Return its name for a button: the word for its kind goes where there is no other reading."""
        called = self.called(language)
        if self.kind == "region":
            # "Алматы облысы" must not read like the city beside it.
            called = called.removesuffix(" область").replace(" облысы", " обл.")
        return called.removeprefix("Район имени ")


class Places(Protocol):
    """What storage keeps: the imported classifier, and where this person lives."""

    def imported(self) -> tuple[Locality, ...]: ...
    def home(self) -> str: ...
    def set_home(self, kato: str) -> None: ...


@dataclass(frozen=True)
class Map:
    """All localities, found by code, by parent, by name and by place."""

    all: tuple[Locality, ...]

    def get(self, kato: str) -> Locality | None:
        return next((item for item in self.all if item.kato == kato), None)

    def under(self, kato: str) -> list[Locality]:
        """Return what lies directly under a unit (regions under ""): towns first, by name."""
        inside = [item for item in self.all if item.parent == kato]
        return sorted(inside, key=lambda item: (item.kind != "town", item.ru))

    def path(self, kato: str, language: str) -> str:
        """Return the way down to a unit: `Туркестанская область, Кентау`."""
        names: list[str] = []
        while (item := self.get(kato)) is not None:
            names.insert(0, item.called(language))
            kato = item.parent
        return ", ".join(names)

    def near(self, lat: float, lon: float) -> Locality | None:
        """Return the town nearest to a place, None where none is near."""
        placed = [(_km((lat, lon), item.place), item) for item in self.all if item.place is not None]
        away, nearest = min(placed, key=lambda found: found[0])
        return nearest if away <= NEAR_KM else None


def of(places: Places) -> Map:
    """Return the imported classifier, with the built-in places of towns; without an import the built-in file."""
    imported = places.imported()
    return Map(imported) if imported else _built_in()


@cache
def _built_in() -> Map:
    with (HERE / "localities.csv").open(encoding="utf-8", newline="") as lines:
        return Map(tuple(_locality(row) for row in csv.DictReader(lines)))


def _locality(row: dict[str, str]) -> Locality:
    place = (float(row["lat"]), float(row["lon"])) if row["lat"] else None
    return Locality(row["kato"], row["kind"], row["parent"], row["name_ru"], row["name_kk"], place)


def shown(places: Places, language: str) -> str:
    """Return the person's own locality as it is shown, a dash where none was chosen."""
    return of(places).path(places.home(), language) or "—"


def nearest_of(found: Iterable[str], known: Map) -> list[Locality]:
    """Return the localities of these codes, in this order."""
    return [item for kato in found if (item := known.get(kato)) is not None]


def _km(one: tuple[float, float], other: tuple[float, float] | None) -> float:
    if other is None:
        return math.inf
    lat1, lon1, lat2, lon2 = (math.radians(value) for value in (*one, *other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


# The classifier as a file.

COLUMNS: Final = ("te", "name_kaz", "name_rus")


@dataclass(frozen=True)
class BadLine:
    """A line that is no unit, and why."""

    line: int
    why: str


def read(lines: Iterable[str]) -> tuple[list[Locality], list[BadLine]]:
    """Return the units of a classifier file (te, name_kaz, name_rus; comma or semicolon), and its bad lines.

    City administrations are left out: the city itself hangs under the region. Source: domain.md §4.5.
    """
    first, *rest = list(lines) or [""]
    split = ";" if first.count(";") > first.count(",") else ","
    rows = csv.DictReader([first.lstrip("\ufeff"), *rest], delimiter=split)
    if not set(COLUMNS) <= set(rows.fieldnames or ()):
        return [], [BadLine(1, f"the columns {', '.join(COLUMNS)} are missing")]
    units: dict[str, Locality] = {}
    bad: list[BadLine] = []
    for number, row in enumerate(rows, start=2):
        found = _unit(row)
        if isinstance(found, str):
            bad.append(BadLine(number, found))
        else:
            units[found.kato] = found
    return _linked(units), bad


def _unit(row: dict[str, str]) -> Locality | str:
    kato, kk, ru = ((row[name] or "").strip() for name in COLUMNS)
    if len(kato) != 9 or not kato.isascii() or not kato.isdigit():  # noqa: PLR2004 - a code of the classifier
        return "te is not nine digits"
    if not ru:
        return "name_rus is empty"
    return Locality(kato, _kind(kato, ru), "", bare(ru), bare(kk))


def _kind(kato: str, ru: str) -> str:
    if kato.endswith("0000000"):
        return "region"
    if "г.а." in ru.lower():
        return "administration"
    return "district" if kato.endswith("00000") else "town"


def bare(name: str) -> str:
    """Return a name without the marks of its kind: "г. Кентау", "Кентау г.а.", "город Кентау", "Кентау қ."."""
    return _MARKS.sub("", name.strip())


def _linked(units: dict[str, Locality]) -> list[Locality]:
    """Hang each unit under the nearest one above that can be chosen; rural districts keep their villages together."""
    linked = []
    for unit in units.values():
        if unit.kind == "administration":
            continue
        ups: Sequence[str] = (f"{unit.kato[:6]}000", f"{unit.kato[:4]}00000", f"{unit.kato[:2]}0000000")
        parent = next((up for up in ups if up != unit.kato and up in units and units[up].kind != "administration"), "")
        linked.append(Locality(unit.kato, unit.kind, parent, unit.ru, unit.kk))
    return linked
