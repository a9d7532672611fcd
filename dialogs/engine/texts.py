"""Sentences for people: chosen in a language only when drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Language = Literal["kk", "ru", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("kk", "ru", "en")


@dataclass(frozen=True)
class Text:
    """One sentence by its catalogue key, with the values it names and, for plurals, the number it counts."""

    key: str
    names: tuple[tuple[str, object], ...] = ()
    count: int | None = None

    def named(self, **names: object) -> Text:
        """Return the same sentence with more values."""
        return Text(self.key, (*self.names, *names.items()), self.count)


def T(key: str, /, **names: object) -> Text:  # noqa: N802 - as short as gettext's _
    """Return the sentence `key`; values may be str, int, date, datetime or another Text."""
    return Text(key, tuple(names.items()))


def N(key: str, count: int, /, **names: object) -> Text:  # noqa: N802
    """Return the plural sentence `key` for `count`, which the sentence may name as `{n}`."""
    return Text(key, (("n", count), *names.items()), count)
