"""What every test of deaths uses."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

Show = Callable[[str], None]


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """Write figures to the terminal, also when the test passes."""

    def write(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

    return write
