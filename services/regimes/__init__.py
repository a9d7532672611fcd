"""Regimes: every number and capability of a queue, read from the files beside this one and checked at start.

A regime is chosen by locality and date when an application is filed, and stays with it (architecture §6,
domain.md §11). A capability or a term that is not there means that the action is not offered.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from services.benefits import BENEFITS, standing
from services.regimes.whole import must_be_whole

HERE: Final = Path(__file__).parent


class BadRegime(Exception):
    """A regime's file does not say what a regime must say."""


class Unit(StrEnum):
    """What a term counts."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    HOUR = "hour"


@dataclass(frozen=True)
class Term:
    """How long something may take, and what starts the clock."""

    n: int
    unit: Unit
    starts: str
    #: How often it may be used; nothing where that is not limited.
    uses: int | None = None
    only_on_last_day: bool = False
    documents_required: bool = False


@dataclass(frozen=True)
class Terms:
    """Every deadline of a regime; nothing: the action is not offered."""

    priority_access: Term | None = None
    referral_valid: Term | None = None
    stop_list: Term | None = None
    extension: Term | None = None
    parent_annul: Term | None = None
    voucher_confirm: Term | None = None
    voucher_restore: Term | None = None
    contract: Term | None = None
    offer_confirm: Term | None = None


@dataclass(frozen=True)
class Age:
    """Who may stand in the queue (AG1-AG4)."""

    group_basis: Literal["year_end", "birth_year"]
    #: Places are given from this age on, by the day (AG4).
    min_months: int
    #: Children who reach this age in a year leave the queue at its beginning (AG2).
    remove_at: int
    #: They leave on the first working day after this day of January ("01-07").
    removal_after: str


@dataclass(frozen=True)
class Order:
    """In which order children stand (§3.2, §3.3)."""

    policy: Literal["ratio", "categories"]
    per_birth_year: bool
    #: So many of the first priority, then so many of the rest.
    ratio: tuple[int, int] = (1, 0)
    #: Categories: lists of benefits, and the ages by the end of the year that split each of them.
    standings: tuple[tuple[str, ...], ...] = ()
    age_bands: tuple[int, ...] = ()
    refresh_by: str = ""
    distribution_from: str = ""

    def rank(self, benefit: str, birth_year: int, year: int) -> int:
        """Return the rank the queue sorts by: the standing of a benefit, or the number of a voucher category (V8)."""
        if self.policy == "ratio":
            return int(standing(benefit))
        line = next((at for at, codes in enumerate(self.standings) if benefit in codes), len(self.standings) - 1)
        age = year - birth_year
        band = next((at for at, lowest in enumerate(self.age_bands) if age >= lowest), len(self.age_bands) - 1)
        return line * len(self.age_bands) + band + 1

    def place(self, rank: int, before: Mapping[int, int], total: Mapping[int, int]) -> int:
        """Return the place of one who has `before` others of each rank filed earlier, `total` in all.

        Out of turn all come first, then so many of the first priority to so many of the rest while both last;
        categories come one after another. Only others are counted. Source: §3.2, §3.3.
        """
        if self.policy == "categories":
            return sum(count for other, count in total.items() if other < rank) + before.get(rank, 0) + 1
        own = before.get(rank, 0) + 1
        if rank == 0:
            return own
        first, rest = self.ratio
        if rank == 1:
            others = min(rest * ((own - 1) // first), total.get(2, 0))
        else:
            others = min(first * ((own - 1) // rest + 1), total.get(1, 0))
        return total.get(0, 0) + own + others


@dataclass(frozen=True)
class Tabel:
    """The window in which a month is confirmed, and what follows from missing it (T1, T2, T5)."""

    first_day: int
    last_day: int
    late: Literal["allow", "block", "warn"]
    miss_limit: int
    dispute_counts: bool
    #: What each letter of a tabel means: the portal's own legend is not known (T7).
    marks: Mapping[str, str]


CAPABILITIES: Final = frozenset(
    {
        "bulletin",
        "staff_activation",
        "direct_choice",
        "offer",
        "referral",
        "parent_annul",
        "lapse_removal",
        "voucher",
        "waiting_list",
        "tabel",
        "interest",
        "out_of_turn",
        "benefit_list",
        "benefit_number",
        "signature",
    }
)
#: What a capability cannot work without.
_NEEDS: Final = {
    "bulletin": "priority_access",
    "direct_choice": "priority_access",
    "offer": "offer_confirm",
    "referral": "referral_valid",
    "parent_annul": "parent_annul",
    "voucher": "voucher_confirm",
}


@dataclass(frozen=True)
class Regime:
    """The rules an application lives by."""

    id: str
    since: date
    capabilities: frozenset[str]
    age: Age
    order: Order
    terms: Terms
    languages: tuple[str, ...]
    groups: tuple[str, ...]
    assurance: Mapping[str, str]
    child_fields: tuple[str, ...] = ("iin",)
    #: KATO prefixes that file new applications here, and those where only older ones live.
    takes: tuple[str, ...] = ()
    older: tuple[str, ...] = ()
    until: date | None = None
    #: Lapsed referrals after which a child leaves the queue; nothing: never (C5).
    lapses: int | None = None
    tabel: Tabel | None = None

    def can(self, capability: str) -> bool:
        """Say whether this regime knows the action at all."""
        if capability not in CAPABILITIES:
            raise KeyError(capability)
        return capability in self.capabilities

    @property
    def benefits(self) -> tuple[str, ...]:
        """The categories a parent chooses from: 2020 lists only those out of turn (X6)."""
        listed = self.can("benefit_list")
        return tuple(item.code for item in BENEFITS if listed or item.standing == 0)

    def removal_year(self, born: date) -> int:
        """Return the year at whose beginning a child of this age leaves the queue (AG2, AG3)."""
        return born.year + self.age.remove_at


@dataclass(frozen=True)
class Regimes:
    """All regimes of this installation."""

    all: Mapping[str, Regime] = field(default_factory=dict)

    def get(self, regime: str) -> Regime:
        """Return the regime an application was filed under."""
        return self.all[regime]

    def taking(self, kato: str, on: date) -> Regime | None:
        """Return the one regime that takes new applications there on that day."""
        open_now = [item for item in self.all.values() if item.since <= on and (item.until is None or on <= item.until)]
        found = [(_longest(item.takes, kato), item) for item in open_now]
        best = max((length for length, _ in found), default=0)
        return next((item for length, item in found if length == best), None) if best else None

    def living(self, kato: str) -> tuple[Regime, ...]:
        """Return every regime that may have applications there: the one that takes new ones and the former ones."""
        return tuple(item for item in self.all.values() if _longest((*item.takes, *item.older), kato))


def _longest(prefixes: Iterable[str], kato: str) -> int:
    return max((len(prefix) for prefix in prefixes if kato.startswith(prefix)), default=0)


@cache
def installed() -> Regimes:
    """Return the regimes that lie beside this file."""
    return load(HERE)


def load(folder: Path) -> Regimes:
    """Return the regimes of a folder; raise BadRegime where one is not whole or two claim one locality."""
    found = [parse(path.read_text(encoding="utf-8"), path.name) for path in sorted(folder.glob("*.toml"))]
    if not found:
        raise BadRegime(f"no regime in {folder.name}")
    _one_takes_each_locality(found)
    return Regimes({item.id: item for item in found})


def parse(text: str, name: str = "regime") -> Regime:
    """Return one regime; raise BadRegime with the file and the field that is missing, unknown or wrong."""
    try:
        return _parse(tomllib.loads(text))
    except (TypeError, ValueError, KeyError) as wrong:
        raise BadRegime(f"{name}: {wrong}") from None


def _parse(raw: dict[str, Any]) -> Regime:  # Any: TOML values
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}
    order: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in raw["order"].items()
    }
    order["standings"] = tuple(tuple(codes) for codes in order.get("standings", ()))
    given |= {
        "terms": Terms(**{name: _term(item) for name, item in raw.get("terms", {}).items()}),
        "age": Age(**raw["age"]),
        "order": Order(**order),
        "capabilities": frozenset(raw["capabilities"]),
        "tabel": Tabel(**raw["tabel"]) if "tabel" in raw else None,
        "lapses": given.pop("limits", {}).get("lapses"),
    }
    regime = Regime(**given)
    _check(regime)
    return regime


def _term(raw: dict[str, Any]) -> Term:
    return Term(**{**raw, "unit": Unit(raw["unit"])})


def _check(regime: Regime) -> None:
    must_be_whole(regime)
    if unknown := regime.capabilities - CAPABILITIES:
        raise ValueError(f"unknown capabilities {sorted(unknown)}")
    for capability, term in _NEEDS.items():
        if capability in regime.capabilities and getattr(regime.terms, term) is None:
            raise ValueError(f"{capability} needs the term {term}")
    if "tabel" in regime.capabilities and regime.tabel is None:
        raise ValueError("tabel needs its window")
    if "lapse_removal" in regime.capabilities and regime.lapses is None:
        raise ValueError("lapse_removal needs limits.lapses")


def _one_takes_each_locality(found: Iterable[Regime]) -> None:
    claimed: dict[str, Regime] = {}
    for regime in found:
        for prefix in regime.takes:
            other = claimed.setdefault(prefix, regime)
            if other is not regime and _overlap(other, regime):
                raise BadRegime(f"{other.id} and {regime.id} both take applications of {prefix}")


def _overlap(one: Regime, other: Regime) -> bool:
    return one.since <= (other.until or date.max) and other.since <= (one.until or date.max)
