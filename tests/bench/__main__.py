"""`python -m tests.bench [name]`: run one benchmark, or all of them."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from tests.bench import tell


def main(words: list[str]) -> int:
    known = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    wanted = words or known
    if unknown := [name for name in wanted if name not in known]:
        tell(f"no benchmark {unknown[0]!r}; there is {', '.join(known)}")
        return 2
    for name in wanted:
        import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
