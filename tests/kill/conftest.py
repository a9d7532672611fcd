"""What every test of deaths uses."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests import postgres

Show = Callable[[str], None]


@pytest.fixture
def server(database: str) -> str:
    """The server a town keeps everything on; empty where it keeps a file."""
    return postgres.server_url() if database == "postgres" else ""


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """Write figures to the terminal, also when the test passes."""

    def write(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

    return write
