"""The SMS of one number."""

from collections.abc import Callable
from typing import TypeVar

from tests.fakes.twilio.messages import Look, Message, transcript
from tests.fakes.twilio.waiting import wait_for
from tests.fakes.twilio.world import World

Answer = TypeVar("Answer")


class Inbox:
    """A phone that knows SMS only."""

    def __init__(self, world: World, number: str) -> None:
        self.number = number
        self._world = world

    @property
    def messages(self) -> list[Message]:
        return list(self._world.seen.get(self.number, []))

    @property
    def texts(self) -> list[str]:
        """What came from us."""
        return [message.text for message in self.messages if message.by_bot]

    @property
    def last(self) -> str:
        assert self.texts, "no SMS has come yet"
        return self.texts[-1]

    async def text(self, text: str) -> Message:
        return self._world.receive(self.number, Look(text=text))

    async def wait_for(
        self,
        predicate: Callable[["Inbox"], Answer],
        timeout: float = 10,  # noqa: ASYNC109 - the limit is part of the claim
    ) -> Answer:
        """Wait until the predicate holds and give what it gave; one that asserts does not hold yet."""
        return await wait_for(
            self._world.changes, lambda: predicate(self), seconds=timeout, picture=lambda: transcript(self.messages)
        )
