"""Start the demo as a test wants it: nobody has an account yet; perhaps it dies at a named point."""

from __future__ import annotations

import asyncio
import os
import signal

from bot import demo, logs
from storage import crashpoints


def die_at(name: str, hit: int) -> None:
    """Kill this process, as `kill -9` does, when it passes the point for the `hit`-th time."""
    passed = 0

    def hook(point: str) -> None:
        nonlocal passed
        passed += point == name
        if point == name and passed == hit:
            os.kill(os.getpid(), signal.SIGKILL)

    crashpoints.arm(hook)


def main() -> None:
    logs.configure("INFO")
    if at := os.environ.get("TEST_DIE_AT"):
        name, _, hit = at.partition(":")
        die_at(name, int(hit or 1))
    asyncio.run(demo.run(demo.settings(), samples=False, ready=lambda address: print(address, flush=True)))


if __name__ == "__main__":
    main()
