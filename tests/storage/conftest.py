"""Houses, opened and closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage import book
from storage.book import Handler
from storage.database import Where
from tests.storage.house import House, new_house, note, regret

Build = Callable[..., House]


@pytest.fixture(autouse=True)
def all_the_time_in_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch takes all it is given, however busy this machine is; tests of its time say otherwise."""
    monkeypatch.setattr(book, "BATCH_SECONDS", 60)


@pytest.fixture
def where(tmp_path: Path, database: str) -> Where:
    """Where a house is to be opened, on the database of this test."""
    return new_house(tmp_path, database)


@pytest.fixture
def build(tmp_path: Path, database: str) -> Iterator[Build]:
    """Return what opens a house with turns of a test's own."""
    made: list[House] = []

    def open_one(handle: Handler = note, give_up: Handler = regret) -> House:
        made.append(House(new_house(tmp_path, database), handle, give_up).open())
        return made[-1]

    yield open_one
    for house in made:
        house.close()


@pytest.fixture
def house(build: Build) -> House:
    """A house whose turns note words."""
    return build()
