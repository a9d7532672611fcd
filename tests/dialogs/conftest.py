"""A city whose every word is read: what no dialog may say in any language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.web.simulator.channels import SimTelegram, SimWhatsApp
from tests.city import TELEGRAM, WHATSAPP, City, buttons_of, words_of

#: Two dots, a value nobody filled in, Python's own words, a space too many.
NEVER_SAID = re.compile(r"\.\.|[{}]|\bNone\b|\bText\(|  | [.,:;?!]")


@pytest.fixture
def city(tmp_path: Path, database: str) -> Iterator[City]:
    """A city with the registry's fixtures and no accounts, Friday 20 November 2026, 10:00."""
    with read(City(tmp_path, database=database)) as made:
        yield made


@pytest.fixture
def city_asking_outside(tmp_path: Path, database: str) -> Iterator[City]:
    """A city whose person registry lies outside and answers by events."""
    with read(City(tmp_path, outside=True, database=database)) as made:
        yield made


@contextmanager
def read(city: City) -> Iterator[City]:
    """Hear all that goes out of the city, and judge it at the end."""
    drawn: list[dict[str, Any]] = []
    city.channels[TELEGRAM] = SimTelegram(city.phones, lambda _, payload: drawn.append(payload))
    city.channels[WHATSAPP] = SimWhatsApp(city.phones, lambda _, payload: drawn.append(payload))
    yield city
    city.close()
    said = [words for payload in drawn for words in (words_of(payload), *(label for label, _ in buttons_of(payload)))]
    assert [words for words in said if NEVER_SAID.search(words)] == []
