"""Fixtures every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.city import City


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """A city with the registry's fixtures and no accounts, Friday 20 November 2026, 10:00."""
    made = City(tmp_path)
    yield made
    made.close()
