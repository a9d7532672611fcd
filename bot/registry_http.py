"""The person registry over HTTP: asked by a job, answered by an event. It may be slow, wrong or dead."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

import aiohttp
import orjson

from bot.channels import Kept
from dialogs.engine.said import Heard, Said
from services import registry
from services.registry import ChildFound, Down, Found, NotFound, RegistryPerson
from storage.crashpoints import crashpoint
from storage.events import Event
from storage.registry import Job, due_jobs
from storage.writer import ConnectionLost, Writer

log = logging.getLogger(__name__)

TIMEOUT: Final = 8.0
#: An answer is one flat object of short texts; more is not an answer.
ANSWER_BYTES: Final = 65_536
VALUE_LIMIT: Final = 100
MAY_LACK: Final = ("iin", "document", "middle", "sex", "nationality", "social")
OK: Final = 200
NOT_FOUND: Final = 404


class NotAnAnswer(ValueError):
    """The registry said something that answers no question of ours."""


class HttpRegistry:
    """Asks `POST {url}/parent` and `POST {url}/child`; the answer is the flat object of `services.registry`."""

    def __init__(self, writer: Writer, url: str, token: str, *, timeout: float = TIMEOUT) -> None:
        self._writer, self._url = writer, url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._asked: set[str] = set()

    async def work(self) -> None:
        """Ask what is due. Asking twice is harmless; the event is unique by its ticket."""
        jobs = [job for job in await self._writer.deed(due_jobs) if job.ticket not in self._asked]
        self._asked.update(job.ticket for job in jobs)
        await asyncio.gather(*(self._one(job) for job in jobs))

    async def _one(self, job: Job) -> None:
        try:
            await self._tell(job, await self._ask(job))
        except ConnectionLost:
            raise
        except Exception:
            # The job stays due and is asked again; the others of this round must not fall with it.
            log.exception("a registry's answer could not be kept")
        finally:
            self._asked.discard(job.ticket)

    async def _tell(self, job: Job, values: Mapping[str, str]) -> None:
        said = Said(Heard.EVENT, text=job.ticket, purpose="registry", values=tuple(sorted(values.items())))
        await self._writer.turn(Event("registry", "", job.ticket, Kept(said).body(), address_id=job.address))

    async def _ask(self, job: Job) -> Mapping[str, str]:
        """Return the answer's values; slow, wrong and dead are all the answer `down`, and said so to the parent."""
        url = f"{self._url}/{job.kind.removeprefix('registry.')}"
        try:
            crashpoint("registry.asking")
            status, body = await self._post(url, job.asked)
            crashpoint("registry.answered")
            return _answer(status, body, job)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failed:
            # By its kind only: the text of an error may carry the address, or what was sent.
            log.warning("the registry did not answer", extra={"reason": type(failed).__name__})
            return registry.to_values(Down())

    async def _post(self, url: str, asked: Mapping[str, str]) -> tuple[int, bytes]:
        """Ask once. A redirect is not followed: it would carry an IIN to another address."""
        async with (
            aiohttp.ClientSession(timeout=self._timeout) as session,
            session.post(url, json=asked, headers=self._headers, allow_redirects=False) as response,
        ):
            return response.status, await _limited(response.content)


async def _limited(stream: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for part in stream.iter_any():
        body += part
        if len(body) > ANSWER_BYTES:
            raise NotAnAnswer
    return bytes(body)


def _answer(status: int, body: bytes, job: Job) -> Mapping[str, str]:
    """Return the values of an answer to exactly this question; raise ValueError for anything else."""
    if status not in (OK, NOT_FOUND):
        raise NotAnAnswer
    # A wrong address answers 404 as well, with a page for people: that is not the registry's "no such person".
    values = _flat(orjson.loads(body or b"{}"))
    answer = NotFound() if status == NOT_FOUND else registry.from_values(values)
    wanted = Found if job.kind == "registry.parent" else ChildFound
    if not isinstance(answer, (wanted, NotFound, Down)):
        raise NotAnAnswer
    if isinstance(answer, (Found, ChildFound)) and not _is_asked_for(answer.person, job.asked):
        log.error("the registry answered about somebody else")
        raise NotAnAnswer
    return registry.to_values(answer)


def _flat(values: object) -> dict[str, str]:
    if not isinstance(values, dict):
        raise NotAnAnswer
    flat = dict.fromkeys(MAY_LACK, "") | {key: "" if value is None else value for key, value in values.items()}
    if not all(isinstance(value, str) and len(value) <= VALUE_LIMIT for value in flat.values()):
        raise NotAnAnswer
    return flat


def _is_asked_for(person: RegistryPerson, asked: Mapping[str, str]) -> bool:
    """Whether the answer is about whom was asked: a registry that mixes up two people must not open an account."""
    if asked["iin"]:
        return person.iin is not None and person.iin.digits == asked["iin"]
    return person.document is not None and person.document.text == asked["document"]
