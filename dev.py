#!/usr/bin/env python3
"""The two commands: `python3 dev.py demo` opens the bot at work, `python3 dev.py test` passes all tests.

Needs Python 3.11 with venv or pip, nothing else; sets up .venv on first use and again when the requirements change.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNTIME = ROOT / "requirements.txt"
EVERYTHING = ROOT / "requirements-dev.txt"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
NO_CHROMIUM = "the tests of pages need a browser: apt-get install chromium, or set CHROMIUM to its path"
USAGE = "usage: python3 dev.py demo | test [--long] [pytest words] | check | bench [name] | lock | setup"


def main(words: list[str]) -> int:
    """Run one command; return its exit code."""
    if sys.version_info < (3, 11):
        return _stop("Python 3.11 or newer is needed: apt install python3.11 python3.11-venv")
    command, rest = (words[0], words[1:]) if words else ("", [])
    match command:
        case "demo":
            _set_up(RUNTIME)
            os.chdir(ROOT)
            os.execv(PYTHON, [str(PYTHON), "-m", "bot", "demo", *rest])
        case "test":
            return _test(rest)
        case "check":
            _set_up(EVERYTHING)
            return _check()
        case "bench":
            _set_up(EVERYTHING)
            return _run(str(PYTHON), "-m", "tests.bench", *rest)
        case "lock":
            _set_up(EVERYTHING)
            return _lock()
        case "setup":
            _set_up(EVERYTHING)
            return 0
    return _stop(USAGE)


def _test(rest: list[str]) -> int:
    _set_up(EVERYTHING)
    long = "--long" in rest
    words = [word for word in rest if word != "--long"]
    blind: list[str] = []
    if not words and not _has_chromium():
        if os.environ.get("CI"):
            return _stop(NO_CHROMIUM)
        print(f"{NO_CHROMIUM}; now they are left out", flush=True)
        blind = ["--ignore=tests/browser"]
    if Path("/dev/shm").is_dir():
        # Thousands of small databases: the same files, on a disk that does not wait for a platter.
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")
    # What one process can do alone it does; the whole takes every core there is.
    spread = [] if words else ["-n", "auto", "--dist", "worksteal"]
    if long:
        return _run(str(PYTHON), "-m", "pytest", "-m", "long", *spread, *blind, *words)
    return (0 if words else _check()) or _run(str(PYTHON), "-m", "pytest", *spread, *blind, *words)


def _check() -> int:
    """Style, types, borders, the lock; all of them run, the first failure counts."""
    checks = (
        ("-m", "ruff", "check", "."),
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "mypy", "bot", "dialogs", "services", "storage", "locales", "tests", "dev.py"),
    )
    codes = [_run(str(PYTHON), *check) for check in checks]
    codes.append(_run(str(VENV / "bin" / "lint-imports")))
    return next((code for code in codes if code), 0)


def _set_up(requirements: Path) -> None:
    """Install what the hashed requirements name, once for each version of them."""
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    stamp = VENV / f".installed-{requirements.stem}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    started = time.monotonic()
    print(f"setting up .venv from {requirements.name} (about a minute, once)", flush=True)
    pip = _pip()
    _must(
        [
            *pip,
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            str(requirements),
        ]
    )
    stamp.write_text(wanted)
    print(f"ready after {time.monotonic() - started:.0f} s", flush=True)


def _pip() -> list[str]:
    """Return the words that install into .venv, with its own pip or with the system's."""
    if PYTHON.exists() and _says_yes([str(PYTHON), "-m", "pip", "--version"]):
        return [str(PYTHON), "-m", "pip"]
    if _says_yes([sys.executable, "-m", "ensurepip", "--version"]):
        _must([sys.executable, "-m", "venv", "--clear", str(VENV)])
        return [str(PYTHON), "-m", "pip"]
    if _says_yes([sys.executable, "-m", "pip", "--version"]):
        _must([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    raise SystemExit(_stop("neither venv nor pip is here: apt install python3-venv"))


def _has_chromium() -> bool:
    """Say whether there is a browser for the tests of pages; as root on Debian one is installed."""
    if os.environ.get("CHROMIUM") or any(shutil.which(name) for name in CHROMIUM):
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing chromium for the tests of pages", flush=True)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for words in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "chromium", "fonts-dejavu-core"],
        ):
            if subprocess.run(words, env=environment, stdout=subprocess.DEVNULL).returncode:
                return False
        return True
    return False


def _lock() -> int:
    """Compile the hashed requirements anew, without index addresses."""
    compile_ = [
        str(VENV / "bin" / "uv"),
        "pip",
        "compile",
        "--quiet",
        "--upgrade",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--no-header",
        "--universal",
        "--python-version",
        "3.11",
    ]
    for name in ("requirements", "requirements-dev"):
        if code := _run(*compile_, f"{name}.in", "-o", f"{name}.txt"):
            return code
    return 0


def _run(*words: str) -> int:
    return subprocess.run(words, cwd=ROOT).returncode


def _must(words: list[str]) -> None:
    if code := subprocess.run(words, cwd=ROOT).returncode:
        raise SystemExit(code)


def _says_yes(words: list[str]) -> bool:
    quiet = subprocess.DEVNULL
    return subprocess.run(words, stdout=quiet, stderr=quiet).returncode == 0


def _stop(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
