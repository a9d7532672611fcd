"""Priority categories: who stands before whom, and with which paper (domain.md §3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Standing(IntEnum):
    """What a category is worth; in a ratio queue it is the rank itself (§3.2)."""

    OUT_OF_TURN = 0
    FIRST = 1
    GENERAL = 2


@dataclass(frozen=True)
class Benefit:
    """One category, the kind of paper that proves it, and how long that paper counts."""

    code: str
    standing: Standing
    #: The catalogue's `doc.{paper}`; "" where the state's registers know it and a paper is not required.
    paper: str
    #: A certificate from the place of work counts for a month (§3.4).
    paper_months: int = 0


#: §3.1; 1 and 2 are the drop-down of seed 000, the rest W12, W19, W36, W45.
BENEFITS: Final = (
    Benefit("military", Standing.OUT_OF_TURN, "work", 1),
    Benefit("special_state_body", Standing.OUT_OF_TURN, "work", 1),
    Benefit("parent_disability", Standing.FIRST, "disability"),
    Benefit("no_parental_care", Standing.FIRST, "guardianship"),
    Benefit("orphan", Standing.FIRST, "guardianship"),
    Benefit("large_family", Standing.FIRST, "large_family"),
    Benefit("special_needs", Standing.FIRST, "pmpk"),
    Benefit("sibling_disability", Standing.FIRST, "disability"),
    Benefit("teacher", Standing.FIRST, "work", 1),
)
_BY_CODE: Final = {benefit.code: benefit for benefit in BENEFITS}


def benefit(code: str) -> Benefit | None:
    """Return a category by its code; nothing for "" (no benefit)."""
    return _BY_CODE[code] if code else None


def standing(code: str) -> Standing:
    """Return what a category is worth; no category is general."""
    found = benefit(code)
    return found.standing if found else Standing.GENERAL


#: Beginnings of words that name a category, in the spelling of people who write without Kazakh letters, too.
_WORDS: Final = {
    "military": ("воен", "аскер", "military", "soldier"),
    "special_state_body": ("спец", "кнб", "арнаулы", "арнайы", "special state", "security"),
    "parent_disability": ("инвалидность родител", "родитель инвалид", "мугедектиги бар ата", "parent with"),
    "no_parental_care": ("попечен", "опек", "камкор", "guardian", "care"),
    "orphan": ("сирот", "жетим", "orphan"),
    "large_family": ("многодет", "копбала", "large"),
    "special_needs": ("особ", "ооп", "ерекше", "пмпк", "special needs", "special education"),
    "sibling_disability": ("ребенок инвалид", "ребенка с инвалид", "мугедектиги бар бала", "child with"),
    "teacher": ("педагог", "учител", "мугалим", "teacher"),
}
_WITHOUT_KAZAKH: Final = str.maketrans("әғқңөұүһіё", "агкноуухие")


def search(text: str, among: tuple[str, ...]) -> list[str]:
    """Return the categories that the words name: "дети военных" is the one of military personnel."""
    said = " ".join(text.casefold().translate(_WITHOUT_KAZAKH).replace("-", " ").split())
    return [code for code in among if any(word in said for word in _WORDS[code])]
