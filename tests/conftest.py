"""Fixtures every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.city import City

#: Tests whose every case runs on both databases at each run; of the others only with `dev.py test --long`.
ON_BOTH = (
    "tests.storage.",
    "tests.dialogs.test_registration",
    "tests.dialogs.test_login",
    "tests.dialogs.test_leaving",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for a database on each of them; `@pytest.mark.only("sqlite")` names the one it is about."""
    if "database" not in metafunc.fixturenames:
        return
    only = metafunc.definition.get_closest_marker("only")
    if only is not None:
        metafunc.parametrize("database", only.args)
        return
    marks = [] if metafunc.module.__name__.startswith(ON_BOTH) else [pytest.mark.long]
    metafunc.parametrize("database", ["sqlite", pytest.param("postgres", marks=marks)])


@pytest.fixture
def city(tmp_path: Path, database: str) -> Iterator[City]:
    """A city with the registry's fixtures and no accounts, Friday 20 November 2026, 10:00."""
    made = City(tmp_path, database=database)
    yield made
    made.close()
