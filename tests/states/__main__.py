"""`python -m tests.states` writes the stored example of every step that has none yet; it overwrites nothing."""

from __future__ import annotations

import sys

import dialogs.entries  # noqa: F401 - every dialog registers its steps
from tests.states import golden


def main() -> int:
    """Write what is missing and say so; return 1 if a field has no example yet."""
    written, lacking = golden.write_missing()
    said = [f"wrote {path.relative_to(golden.ROOT)}" for path in written]
    said += [f"no example of {field}: add it to BY_NAME in tests/states/examples.py" for field in lacking]
    print("\n".join([*said, f"{len(written)} new, {len(golden.stored())} in all"]))  # noqa: T201 - a command answers
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
