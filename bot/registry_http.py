"""The person registry over HTTP: asked by a job, answered by an event. It may be slow, wrong or dead."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import aiohttp

from bot.channels import Kept
from dialogs.engine.said import Heard, Said
from services import registry
from services.registry import Down
from storage.events import Event
from storage.registry import Job, due_jobs
from storage.writer import Writer

log = logging.getLogger(__name__)

TIMEOUT: Final = 8.0
NOT_FOUND: Final = 404


class HttpRegistry:
    """Asks `POST {url}/parent` and `POST {url}/child`; the answer is the flat object of `services.registry`."""

    def __init__(self, writer: Writer, url: str, token: str) -> None:
        self._writer, self._url = writer, url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._asked: set[str] = set()

    async def work(self) -> None:
        """Ask what is due. Asking twice is harmless; the event is unique by its ticket."""
        jobs = await self._writer.deed(due_jobs)
        await asyncio.gather(*(self._one(job) for job in jobs if job.ticket not in self._asked))

    async def _one(self, job: Job) -> None:
        self._asked.add(job.ticket)
        try:
            values = await self._ask(job)
        finally:
            self._asked.discard(job.ticket)
        said = Said(Heard.EVENT, text=job.ticket, purpose="registry", values=tuple(sorted(values.items())))
        await self._writer.turn(Event("registry", "", job.ticket, Kept(said).body(), address_id=job.address))

    async def _ask(self, job: Job) -> dict[str, str]:
        """Return the answer's values; slow, wrong and dead are all the answer `down`, and said so to the parent."""
        url = f"{self._url}/{job.kind.removeprefix('registry.')}"
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, json=job.asked, headers=self._headers) as response,
            ):
                if response.status == NOT_FOUND:
                    return {"answer": "not_found"}
                response.raise_for_status()
                return _valid(await response.json())
        except (aiohttp.ClientError, TimeoutError, ValueError) as failed:
            log.warning("the registry did not answer", extra={"reason": type(failed).__name__})
            return registry.to_values(Down())


def _valid(values: Any) -> dict[str, str]:  # Any: what a stranger sent
    if not isinstance(values, dict):
        raise ValueError("not an object")
    flat = {str(key): str(value) for key, value in values.items()}
    registry.from_values(flat)
    return flat
