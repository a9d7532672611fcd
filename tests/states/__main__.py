"""`python -m tests.states` writes the stored example of every step that has none yet; it overwrites nothing."""

from __future__ import annotations

import dialogs.entries  # noqa: F401 - every dialog registers its steps
from tests.states import golden


def main() -> None:
    """Write what is missing and say so."""
    written = golden.write_missing()
    for path in written:
        print(f"wrote {path.relative_to(golden.ROOT)}")  # noqa: T201 - a command talks to its user
    print(f"{len(written)} new, {len(golden.stored())} in all")  # noqa: T201


if __name__ == "__main__":
    main()
