"""Who works when: the carrier and the postman, one after the other, together, or in the background."""

import asyncio

from tests.fakes.twilio.carrier import Carrier
from tests.fakes.twilio.postman import Postman
from tests.fakes.twilio.webhooks import Job
from tests.fakes.twilio.world import Delivery, World


class Rounds:
    """Everything Twilio does by itself."""

    def __init__(self, world: World, carrier: Carrier, postman: Postman) -> None:
        self.carrier = carrier
        self._world = world
        self._postman = postman
        self._busy: set[str] = set()
        self._running: asyncio.Task[None] | None = None

    async def deliver_due(self) -> list[Delivery]:
        return await self.deliver_of("")

    async def deliver_of(self, sid: str) -> list[Delivery]:
        """Work off what there is of one message, or of all, until nothing is left."""
        brought: list[Delivery] = []
        while True:
            if message := self.carrier.next_due(sid):
                await self.carrier.carry(message)
            elif job := self._postman.next_job(busy=self._busy, sid=sid):
                self._busy.add(job.queue)
                brought.append(await self._bring(job))
            else:
                return brought

    async def deliver_together(self) -> list[Delivery]:
        while message := self.carrier.next_due():
            await self.carrier.carry(message)
        jobs: list[Job] = []
        while job := self._postman.next_job():
            jobs.append(job)
        return list(await asyncio.gather(*(self._postman.bring(job) for job in jobs)))

    def start(self) -> None:
        assert self._running is None, "it is delivering already"
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        running, self._running = self._running, None
        if running:
            running.cancel()
            await asyncio.wait([running])
            if not running.cancelled():
                running.result()  # a postman that broke down must not do so in silence

    async def _run(self) -> None:
        """Carry every message by itself; bring webhooks side by side, those of one queue in a row."""
        async with asyncio.TaskGroup() as rounds:
            while True:
                while message := self.carrier.next_due():
                    rounds.create_task(self.carrier.carry(message))
                while job := self._postman.next_job(busy=self._busy):
                    self._busy.add(job.queue)
                    rounds.create_task(self._bring(job))
                await self._world.changes.wait(self.carrier.seconds_to_next())

    async def _bring(self, job: Job) -> Delivery:
        try:
            return await self._postman.bring(job)
        finally:
            self._busy.discard(job.queue)
            self._world.changes.tell()
