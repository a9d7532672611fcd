"""Sentences in three languages: read once at start, checked whole, chosen only when drawn."""

from __future__ import annotations

import gettext
import string
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import dates
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog

from dialogs.engine.texts import LANGUAGES, Language, Text
from locales import HERE
from services.tabels import Month

ALMATY = ZoneInfo("Asia/Almaty")
#: Forms a plural sentence must have; Kazakh nouns do not change after a number, its two are equal.
PLURALS: dict[Language, int] = {"kk": 2, "ru": 3, "en": 2}


class Incomplete(Exception):
    """A catalogue lacks a sentence, a plural form or a placeholder."""


@dataclass(frozen=True)
class Book:
    """One language: its catalogue, and the same compiled."""

    entries: dict[str, tuple[str, ...]]
    compiled: gettext.GNUTranslations


@cache
def book(language: str) -> Book:
    """Return the catalogue of a language; raise Incomplete where a sentence has no words."""
    path = HERE / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalog = pofile.read_po(file, locale=language)
    compiled = BytesIO()
    mofile.write_mo(compiled, catalog)
    compiled.seek(0)
    return Book(_entries(catalog, path), gettext.GNUTranslations(compiled))


def _entries(catalog: Catalog, path: Path) -> dict[str, tuple[str, ...]]:
    entries: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        if not message.id:
            continue
        key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
        forms = tuple(message.string) if isinstance(message.string, (tuple, list)) else (message.string or "",)
        if not all(forms) or message.fuzzy:
            raise Incomplete(f"{path.parent.parent.name}: {key} has no words")
        entries[key] = forms
    return entries


def check() -> None:
    """Raise Incomplete unless all languages have the same keys, plural forms and placeholders."""
    keys = {language: set(book(language).entries) for language in LANGUAGES}
    everything = set().union(*keys.values())
    for language in LANGUAGES:
        if missing := everything - keys[language]:
            raise Incomplete(f"{language} lacks {sorted(missing)}")
    for key in everything:
        _check_entry(key)


def _check_entry(key: str) -> None:
    forms = {language: book(language).entries[key] for language in LANGUAGES}
    plural = len(forms["ru"]) > 1
    for language, found in forms.items():
        if len(found) != (PLURALS[language] if plural else 1):
            raise Incomplete(f"{language}: {key} has {len(found)} forms")
    # A plural's "one" form may leave the number out; every other form names the same values.
    wanted = placeholders(forms["ru"][-1])
    for language, found in forms.items():
        if placeholders(found[-1]) != wanted:
            raise Incomplete(f"{language}: {key} names {sorted(placeholders(found[-1]))}, ru {sorted(wanted)}")


def placeholders(sentence: str) -> set[str]:
    """Return the names a sentence is to be given."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def say(text: Text, language: str) -> str:
    """Return the sentence in a language; values are drawn in the same language."""
    spoken = book(language)
    if text.key not in spoken.entries:
        raise Incomplete(f"{language} lacks {text.key}")
    if text.count is None:
        sentence = spoken.compiled.gettext(text.key)
    else:
        sentence = spoken.compiled.ngettext(text.key, text.key, text.count)
    return sentence.format(**{name: value(item, language) for name, item in text.names})


def value(item: object, language: str) -> str:
    """Return a value as people of this language read it; instants are shown in Almaty time."""
    match item:
        case Text():
            return say(item, language)
        case datetime():
            local = item.astimezone(ALMATY)
            return f"{day_and_month(local.date(), language)}, {local:%H:%M}"
        case Month():
            # The form that stands alone: "ноябрь", not "ноября".
            name = dates.format_date(item.first, "LLLL", locale=language)
            return name if language == "en" else name.lower()
        case date():
            return item.strftime("%d.%m.%Y")
        case _:
            return str(item)


def day_and_month(day: date, language: str) -> str:
    """Return "20 ноября", "20 қараша", "20 November"."""
    return dates.format_date(day, "d MMMM", locale=language)


def in_every_language(text: Text) -> tuple[str, ...]:
    """Return the sentence in each language: what a person may type for it."""
    return tuple(say(text, language) for language in LANGUAGES)
