"""The 35 questions in the order people meet them, and the rule each answer rests on (domain.md, seeds)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Source:
    """The paper, its rules by their ids, and the version of it that the answer tells."""

    paper: str
    rules: tuple[str, ...]
    version: str


#: The instruction of a portal for parents, or what is marked as said outside of them.
_VOUCHER, _TABEL, _FILING, _REFERRAL, _AKT = "voucher", "tabel", "filing", "referral", "akt"
_PRESS, _BOT = "press", "bot"

TOPICS: Final[Mapping[str, Source]] = {
    "register": Source(_VOUCHER, ("1.3",), "2025"),
    "login": Source(_VOUCHER, ("1.3",), "2025"),
    "forgot_password": Source(_VOUCHER, ("1.3",), "2025"),
    "code_not_coming": Source(_BOT, ("1.3",), "2026"),
    "change_phone": Source(_BOT, ("1.3",), "2026"),
    "no_iin": Source(_FILING, ("1.3",), "2020"),
    "add_child": Source(_VOUCHER, ("1.4",), "2025"),
    "child_not_found": Source(_BOT, ("1.4",), "2026"),
    "apply": Source(_VOUCHER, ("A2",), "2025"),
    "which_group": Source(_FILING, ("4.1", "AG1"), "2020"),
    "priority_papers": Source(_PRESS, ("3.1", "3.4"), "2023"),
    "edit_application": Source(_BOT, ("A7",), "2026"),
    "delete_application": Source(_FILING, ("A6",), "2020"),
    "number_check": Source(_AKT, ("A5", "3.2"), "2018"),
    "number_grows": Source(_PRESS, ("3.2", "V10"), "2026"),
    "age_groups": Source(_FILING, ("AG1",), "2020"),
    "seven_years": Source(_FILING, ("AG2",), "2020"),
    "bulletin": Source(_REFERRAL, ("B1",), "2020"),
    "priority_general": Source(_REFERRAL, ("B2",), "2020"),
    "respond": Source(_REFERRAL, ("B1", "B6"), "2020"),
    "eds": Source(_AKT, ("7.1", "B6"), "2018"),
    "no_eds": Source(_AKT, ("7.1",), "2018"),
    "referral": Source(_REFERRAL, ("C1", "C2", "C3"), "2020"),
    "what_to_bring": Source(_REFERRAL, ("C2", "3.4"), "2020"),
    "extend": Source(_REFERRAL, ("C6",), "2020"),
    "annul": Source(_AKT, ("C8",), "2018"),
    "stop_list": Source(_REFERRAL, ("C3", "C4"), "2020"),
    "two_expiries": Source(_AKT, ("C5",), "2018"),
    "enrolment": Source(_REFERRAL, ("C9",), "2020"),
    "voucher": Source(_PRESS, ("V1", "V3", "V7"), "2025"),
    "category": Source(_PRESS, ("V8", "V10"), "2026"),
    "consent": Source(_PRESS, ("V1", "V2", "V4"), "2025"),
    "tabel_how": Source(_TABEL, ("T1", "T3"), "2025"),
    "tabel_error": Source(_TABEL, ("T2", "T6"), "2025"),
    "tabel_late": Source(_TABEL, ("T1", "T2"), "2025"),
}

#: Intents that are places to go to rather than questions.
PLACES: Final = ("child", "delete_data", "kindergarten", "language", "settings", "stop")


def beside(topic: str, count: int = 3) -> tuple[str, ...]:
    """Return the questions that stand around a topic."""
    names = list(TOPICS)
    at = names.index(topic)
    near = sorted((name for name in names if name != topic), key=lambda name: abs(names.index(name) - at))
    return tuple(near[:count])
