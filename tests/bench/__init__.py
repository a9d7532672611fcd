"""Figures, not tests: each benchmark names its peer and runs it side by side. `python3 dev.py bench [name]`."""

from __future__ import annotations

import sys


def tell(line: str) -> None:
    """Print one line of figures as soon as it is known."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
