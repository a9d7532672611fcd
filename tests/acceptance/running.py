"""The real app as a subprocess: started, killed, started again on the same files."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Self

import aiohttp

TOKEN = "123456:TEST-token-of-no-real-bot-000000000"
SECRET = "s" * 40
PAGES = "https://pages.test"
ROOT = Path(__file__).resolve().parents[2]


class RunningBot:
    """One installation: its folder, its process, its address; without a Telegram if none is given."""

    def __init__(self, folder: Path, telegram_url: str, **settings: str) -> None:
        self.folder = folder
        self.address = ""
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
            **({"BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram_url} if telegram_url else {}),
            "PUBLIC_BASE_URL": PAGES,
            "PORT": "0",
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        assert self._session is not None
        await self._session.close()

    async def start(self, *, die_at: str = "") -> None:
        """Start, and wait until it says where it listens."""
        dying = {"TEST_DIE_AT": die_at} if die_at else {}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.acceptance.launch",
                cwd=ROOT,
                env=self._environment | dying,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        said = await asyncio.wait_for(self._process.stdout.readline(), 60)
        if not said and not die_at:
            raise AssertionError(f"the app did not start:\n{self.log.read_text()[-3000:]}")
        self.address = said.decode().strip().rstrip("/") or self.address

    @property
    def log(self) -> Path:
        return self.folder / "bot.log"

    async def kill(self) -> None:
        """As `kill -9` does."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await self._process.wait()

    async def died(self, within: float = 30) -> bool:
        """Say whether it died by itself within so many seconds."""
        assert self._process is not None
        try:
            await asyncio.wait_for(self._process.wait(), within)
        except TimeoutError:
            return False
        return True

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def restart(self) -> None:
        """Begin a new life, and let it send what the last one left in doubt: the person sees that before they act."""
        await self.kill()
        await self.start()
        async with asyncio.timeout(60):
            while self._is_sending():  # noqa: ASYNC110 - a file
                await asyncio.sleep(0.05)

    def _is_sending(self) -> bool:
        with closing(sqlite3.connect(self.folder / "bot.db")) as db:
            sql = "SELECT 1 FROM outbox WHERE state='sending' OR (state='planned' AND kind<>'frame')"
            return db.execute(sql).fetchone() is not None

    async def get(self, path: str) -> Any:
        assert self._session is not None
        async with self._session.get(self.address + path) as response:
            return await response.json()

    async def bytes(self, path: str) -> bytes:
        assert self._session is not None
        async with self._session.get(self.address + path) as response:
            assert response.status == 200, await response.text()
            return await response.read()

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        assert self._session is not None
        async with self._session.post(self.address + path, json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def page(self, url: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Open a secure page by the link a chat shows, or press its button; return status and HTML."""
        assert self._session is not None
        address = url.replace(PAGES, self.address)
        async with self._session.get(address) as response:
            status, shown = response.status, await response.text()
        if form is None:
            return status, shown
        hidden = re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', shown)
        async with self._session.post(address, data={**form, **dict(hidden)}) as response:
            return response.status, await response.text()

    async def code(self, phone: str) -> str:
        """Return the digits of the last SMS this phone got."""
        texts = await self.sms(phone)
        return "".join(sign for sign in texts[-1] if sign.isdigit())[:6]

    async def sms(self, phone: str) -> list[str]:
        return [letter["text"] for letter in await self.get(f"/demo/sms?phone={phone.lstrip('+')}")]

    async def move_clock(self, **ahead: float) -> None:
        from datetime import datetime, timedelta

        now = datetime.fromisoformat((await self.get("/demo/clock"))["now"])
        await self.post("/demo/clock", {"to": (now + timedelta(**ahead)).isoformat()})
