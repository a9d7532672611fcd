"""Brings updates to the webhook: in order inside a queue, again after a refusal, later each time."""

import asyncio
import random
from dataclasses import dataclass

import aiohttp

from tests.fakes.telegram.updates import Queue, Update
from tests.fakes.telegram.world import Delivery, Hook, World

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
LONGEST_RETRY_AFTER = 3600
LONGEST_PAUSE = (60, 120)
ANSWER_WITHIN = 60


@dataclass(frozen=True)
class Wait:
    """How often an update was refused, and when it is due again."""

    due_at: float = 0
    delay: int = 1
    refusals: int = 0


@dataclass(frozen=True)
class Answer:
    """What the webhook said; no status when the connection broke."""

    status: int | None
    words: str
    retry_after: int = 0

    @property
    def is_yes(self) -> bool:
        return self.status is not None and 200 <= self.status <= 299


class Postman:
    """One webhook's deliveries."""

    def __init__(self, world: World, session: aiohttp.ClientSession, chance: random.Random) -> None:
        self.held: set[str] = set()
        #: What stands before the bot: a proxy that ends TLS, as (public address, where the bot listens).
        self.proxy = ("", "")
        self._world = world
        self._session = session
        self._chance = chance
        self._waits: dict[int, Wait] = {}
        self._busy: set[Queue] = set()

    async def deliver_due(self) -> list[Delivery]:
        """Deliver what is due now, oldest first, until every queue is empty or blocked."""
        done: list[Delivery] = []
        while due := self._due():
            self._busy.add(due[0].queue)
            try:
                done.append(await self._deliver(due[0]))
            finally:
                self._busy.discard(due[0].queue)
        return done

    async def run(self) -> None:
        """Deliver for ever, the queues side by side as the real server does."""
        async with asyncio.TaskGroup() as rounds:
            while True:
                for update in self._due():
                    self._busy.add(update.queue)
                    rounds.create_task(self._walk(update.queue))
                await self._world.changes.wait(self._seconds_to_next())

    def hurry(self) -> None:
        """Make everything refused so far due at once."""
        self._waits = {id_: Wait(0, wait.delay, wait.refusals) for id_, wait in self._waits.items()}
        self._world.changes.tell()

    async def _walk(self, queue: Queue) -> None:
        try:
            while update := self._head_due(queue):
                await self._deliver(update)
        finally:
            self._busy.discard(queue)
            self._world.changes.tell()

    async def _deliver(self, update: Update) -> Delivery:
        assert self._world.hook
        answer = await self._post(update, self._world.hook)
        if answer.is_yes:
            self._world.updates.accept(update)
            self._waits.pop(update.update_id, None)
        else:
            self._refused(update, answer)
        delivery = Delivery(update_id=update.update_id, kind=update.kind, at=self._world.now(), status=answer.status)
        self._world.deliveries.append(delivery)
        self._world.changes.tell()
        return delivery

    async def _post(self, update: Update, hook: Hook) -> Answer:
        headers = {SECRET_HEADER: hook.secret} if hook.secret else {}
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        try:
            url = hook.url.replace(*self.proxy) if self.proxy[0] else hook.url
            async with self._session.post(url, json=update.as_json, headers=headers, timeout=timeout) as response:
                await response.read()
                words = f"Wrong response from the webhook: {response.status} {response.reason}"
                return Answer(response.status, words, _seconds(response.headers.get("Retry-After", "")))
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            return Answer(None, f"Webhook connection failed: {problem}")

    def _refused(self, update: Update, answer: Answer) -> None:
        """Plan the next try: the first at once, then 2, 4, 8 … s, or when the bot asked for it."""
        now = self._world.now()
        self._world.hook_error = (now, answer.words)
        if self._world.updates.drop_replay(update):
            return
        wait = self._waits.get(update.update_id, Wait())
        pause, delay = min(answer.retry_after, LONGEST_RETRY_AFTER), wait.delay
        if not pause and wait.refusals:
            pause = delay = min(delay * 2, self._chance.randint(*LONGEST_PAUSE))
        if now + pause > update.expires_at:
            self._world.updates.lose(update)
        self._waits[update.update_id] = Wait(now + pause, delay, wait.refusals + 1)

    def _due(self) -> list[Update]:
        return [update for update in self._open_heads() if self._due_at(update) <= self._world.now()]

    def _head_due(self, queue: Queue) -> Update | None:
        heads = self._world.updates.heads() if self._world.hook else []
        mine = [update for update in heads if update.queue == queue and queue[0] not in self.held]
        return next((update for update in mine if self._due_at(update) <= self._world.now()), None)

    def _open_heads(self) -> list[Update]:
        if not self._world.hook:
            return []
        heads = self._world.updates.heads()
        return [u for u in heads if u.queue not in self._busy and u.queue[0] not in self.held]

    def _due_at(self, update: Update) -> float:
        return self._waits.get(update.update_id, Wait()).due_at

    def _seconds_to_next(self) -> float | None:
        due = [self._due_at(update) for update in self._open_heads()]
        return max(0.0, min(due) - self._world.now()) if due else None


def _seconds(header: str) -> int:
    return int(header) if header.isdecimal() else 0
