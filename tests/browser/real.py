"""The real demo for tests of its page: `python -m bot demo` in a folder of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
#: Eight seconds on a free machine.
START_WITHIN: Final = 90.0
STOP_WITHIN: Final = 15.0


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """Run the demo and give its address."""
    said = folder / "said.txt"
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        # Not 0: after a reset the city must be found where it was.
        "PORT": str(_free_port()),
    }
    with said.open("wb") as saying:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo"], cwd=ROOT, env=environment, stdout=saying, stderr=subprocess.STDOUT
        )
    try:
        yield _address(process, said)
    finally:
        process.terminate()
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    give_up_at = time.monotonic() + START_WITHIN
    while time.monotonic() < give_up_at and process.poll() is None:
        if found := re.search(r"Balabaqsha demo: (\S+)", said.read_text()):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the demo did not start:\n{said.read_text()[-3000:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
