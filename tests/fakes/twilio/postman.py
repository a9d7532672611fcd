"""Brings webhooks: fifteen seconds in all, one more try when nobody listens, then the fallback, then nothing."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag, urlencode

import aiohttp

from tests.fakes.twilio.asking import FORM
from tests.fakes.twilio.webhooks import IDEMPOTENCY, Job
from tests.fakes.twilio.world import Delivery, World

LONGEST = 15_000
CONNECT, READ, CLIENT, SERVER = "ct", "rt", "4xx", "5xx"
POLICIES = {CONNECT, READ, CLIENT, SERVER}
# What may come back: TwiML, or nothing at all.
TWIML = {"text/xml", "application/xml", "text/html"}
EMPTY_TWIML = {"", "<Response/>", "<Response />", "<Response></Response>"}


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """How stubborn to be: the defaults, or what the fragment of the URL says."""

    retries: int = 1
    on: frozenset[str] = frozenset({CONNECT})
    connect: float = 5
    read: float = 15
    total: float = 15


@dataclass(frozen=True)
class Answer:
    """What our server said, or how it failed to."""

    status: int | None = None
    failure: str = ""
    problem: str = ""


class Postman:
    """Every webhook of the account goes through here."""

    def __init__(
        self, world: World, session: aiohttp.ClientSession, *, chance: random.Random, answer_within: float
    ) -> None:
        self._world = world
        self._session = session
        self._chance = chance
        self._limit = answer_within

    def next_job(self, *, busy: set[str] | None = None, sid: str = "") -> Job | None:
        """Take what is brought next: in order, unless a test wants it shuffled."""
        twists = self._world.twists
        free = [job for job in self._world.jobs if job.kind not in twists.held and job.queue not in (busy or set())]
        mine = [job for job in free if sid in {"", job.sid}]
        if not mine:
            return None
        alike = [job for job in mine if job.kind == mine[0].kind]
        job = self._chance.choice(alike) if mine[0].kind in twists.shuffled else mine[0]
        self._world.jobs.remove(job)
        return job

    async def bring(self, job: Job) -> Delivery:
        """Bring one webhook, to the fallback if need be, and tell how the last attempt went."""
        delivery = await self._insist(job, job.url)
        if not delivery.problem:
            self._world.done.append(job)
        elif job.fallback:
            more = {"ErrorCode": "11200", "ErrorUrl": urldefrag(job.url).url}
            delivery = await self._insist(job, job.fallback, more)
        self._world.changes.tell()
        return delivery

    async def _insist(self, job: Job, url: str, more: Mapping[str, str] | None = None) -> Delivery:
        overrides = self._overrides(url)
        end = asyncio.get_running_loop().time() + overrides.total
        params = dict(job.params) | dict(more or {})
        left, tries = overrides.total, overrides.retries + 1
        while True:
            answer = await self._post(job, url, params, overrides, left)
            delivery = self._log(job, url, answer)
            left, tries = end - asyncio.get_running_loop().time(), tries - 1
            if answer.failure not in overrides.on or not tries or left <= 0:
                break
        if answer.failure:
            self._world.alert(11200, url, answer.problem)
        return delivery

    async def _post(self, job: Job, url: str, params: Mapping[str, str], overrides: Overrides, left: float) -> Answer:
        real = self._world.reach.real(url)
        if real is None:
            return Answer(failure=CONNECT, problem=f"nobody serves {url}")
        headers = {
            "Content-Type": f"{FORM}; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            IDEMPOTENCY: job.token,
            **self._world.signing.headers(url, params),
        }
        timeout = aiohttp.ClientTimeout(total=left, sock_connect=overrides.connect, sock_read=overrides.read)
        try:
            async with self._session.post(
                real, data=urlencode(params), headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                return self._judge(job, response, await response.text(errors="replace"))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as problem:
            return Answer(failure=CONNECT, problem=f"no connection: {problem}")
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            return Answer(failure=READ, problem=f"no answer: {problem or 'in time'}")

    def _judge(self, job: Job, response: aiohttp.ClientResponse, text: str) -> Answer:
        status = response.status
        if not 200 <= status <= 299:
            failure = SERVER if status >= 500 else CLIENT
            return Answer(status=status, failure=failure, problem=f"answered {status}")
        if job.kind == "status":
            return Answer(status=status)
        if text and response.content_type not in TWIML:
            # In life a text/plain "OK" goes to the parent as a message.
            self._world.alert(12300, job.url, f"Invalid Content-Type: {response.content_type}")
        elif text.strip().split("?>")[-1].strip() not in EMPTY_TWIML:
            self._world.alert(12200, job.url, "the fake does not model replies in TwiML")
        return Answer(status=status)

    def _log(self, job: Job, url: str, answer: Answer) -> Delivery:
        at, status, problem = self._world.now(), answer.status, answer.problem
        delivery = Delivery(kind=job.kind, sid=job.sid, url=url, at=at, status=status, problem=problem)
        self._world.deliveries.append(delivery)
        return delivery

    def _overrides(self, url: str) -> Overrides:
        given = dict(parse_qsl(urldefrag(url).fragment))
        asked = set(given.get("rp", CONNECT).split(","))
        on = POLICIES if "all" in asked else asked & POLICIES
        return Overrides(
            retries=_within(given.get("rc", "1"), 0, 5),
            on=frozenset(on),
            connect=_within(given.get("ct", "5000"), 100, 10_000) / 1000,
            read=_within(given.get("rt", "15000"), 100, LONGEST) / 1000,
            total=min(_within(given.get("tt", "15000"), 100, LONGEST) / 1000, self._limit),
        )


def _within(text: str, low: int, high: int) -> int:
    number = int(text)
    assert low <= number <= high, f"Twilio takes {low} to {high} here, not {number}"
    return number
