"""Whether a regime is whole: every value of its kind and within its bounds, also those that nothing uses yet.

A number that is wrong must stop the start, not the city's life in the month somebody needs it first.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from services.benefits import BENEFITS

if TYPE_CHECKING:
    from services.regimes import Age, Order, Regime, Tabel, Term

#: What may start the clock of a term.
STARTS: Final = frozenset(
    {
        "bulletin_published",
        "offer_confirmed",
        "offer_sent",
        "old_deadline",
        "referral_issued",
        "referral_lapsed",
        "turn_notice",
        "voucher_confirmed",
        "voucher_inactive",
        "voucher_offered",
    }
)
#: Acts that need a proof, and the proofs there are (§7.1).
ACTS: Final = frozenset({"submit", "respond", "accept_referral", "confirm_offer", "confirm_voucher", "confirm_tabel"})
PROOFS: Final = frozenset({"session", "eds"})
CHILD_FIELDS: Final = frozenset({"iin", "sex", "nationality"})
#: What the letters of a tabel may mean.
MEANINGS: Final = frozenset({"present", "absent", "ill", "leave", "off"})
#: Every month has this day.
_LAST_DAY: Final = 28
_PAIR: Final = 2


def must_be_whole(regime: Regime) -> None:
    """Raise ValueError, naming the field, unless every value is of its kind and within its bounds."""
    _must_be_typed(regime)
    _check_words(regime)
    _check_age(regime.age)
    _check_order(regime.order)
    for term in vars(regime.terms).values():
        if term is not None:
            _check_term(term)
    if regime.tabel is not None:
        _check_tabel(regime.tabel)
    if regime.lapses is not None and regime.lapses < 1:
        raise ValueError(f"lapses is {regime.lapses}")
    if regime.until is not None and regime.until < regime.since:
        raise ValueError("until is before since")


def _check_words(regime: Regime) -> None:
    if not (regime.languages and regime.groups):
        raise ValueError("languages and groups are not whole")
    if set(regime.assurance) - ACTS or set(regime.assurance.values()) - PROOFS:
        raise ValueError(f"assurance is {dict(regime.assurance)}")
    if "iin" not in regime.child_fields or set(regime.child_fields) - CHILD_FIELDS:
        raise ValueError(f"child_fields is {regime.child_fields}")
    if not all(prefix.isascii() and prefix.isdigit() for prefix in (*regime.takes, *regime.older)):
        raise ValueError("a locality is the beginning of a KATO")


def _check_age(age: Age) -> None:
    if age.remove_at < 1 or not 0 <= age.min_months < 12 * age.remove_at:
        raise ValueError("places are given from an age on that comes before the queue is left")
    date.fromisoformat(f"2000-{age.removal_after}")


def _check_term(term: Term) -> None:
    if term.n < 1 or (term.uses is not None and term.uses < 1):
        raise ValueError(f"a term of {term.n}, used {term.uses} times")
    if term.starts not in STARTS:
        raise ValueError(f"a term that {term.starts!r} starts")


def _check_tabel(tabel: Tabel) -> None:
    if not 1 <= tabel.first_day <= tabel.last_day <= _LAST_DAY or tabel.miss_limit < 1:
        raise ValueError("the window of the tabel is no part of a month, or nothing may be missed")
    if not {"present", "off"} <= set(tabel.marks.values()) <= MEANINGS or any(len(mark) != 1 for mark in tabel.marks):
        raise ValueError("each mark of a tabel is one letter that means something known")


def _check_order(order: Order) -> None:
    if order.policy == "ratio" and (len(order.ratio) != _PAIR or min(order.ratio) < 1):
        raise ValueError("a ratio is two numbers of one or more")
    if order.policy == "categories":
        listed = [code for codes in order.standings for code in codes]
        if sorted(listed) != sorted(item.code for item in BENEFITS) or not order.standings or order.standings[-1]:
            raise ValueError("each benefit stands in one line of standings, and the last line is everybody else")
        if list(order.age_bands) != sorted(set(order.age_bands), reverse=True) or order.age_bands[-1:] != (0,):
            raise ValueError("age bands go from the eldest down to nought")
    days = [date.fromisoformat(f"2000-{day}") for day in (order.refresh_by, order.distribution_from) if day]
    if days != sorted(days) or len(days) == 1:
        raise ValueError("the order is refreshed before places are given")


# Kinds.


def _must_be_typed(thing: Any) -> None:  # Any: a dataclass
    hints = get_type_hints(type(thing))
    for field in fields(thing):
        value = getattr(thing, field.name)
        if not _is(value, hints[field.name]):
            raise ValueError(f"{field.name} is {value!r}")
        if is_dataclass(value):
            _must_be_typed(value)


def _is(value: object, hint: Any) -> bool:  # Any: an annotation
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return value in args
    if origin in (Union, types.UnionType):
        return any(_is(value, option) for option in args)
    if origin is tuple:
        kinds = args[:1] * len(value) if args[-1] is Ellipsis and isinstance(value, tuple) else args
        return isinstance(value, tuple) and len(value) == len(kinds) and all(map(_is, value, kinds))
    if origin is Mapping:
        return isinstance(value, dict) and all(_is(key, args[0]) and _is(item, args[1]) for key, item in value.items())
    if origin is frozenset:
        return isinstance(value, frozenset) and all(_is(item, args[0]) for item in value)
    # A truth is no number, though Python says so.
    return type(value) is hint
