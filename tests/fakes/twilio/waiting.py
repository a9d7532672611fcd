"""Waiting for something to become true, without looking again and again."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from tests.fakes.telegram.changes import Changes

Answer = TypeVar("Answer")


async def wait_for(
    changes: Changes, question: Callable[[], Answer], *, seconds: float, picture: Callable[[], str]
) -> Answer:
    """Wait until the answer is a true one and give it; a question that asserts is not answered yet."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not (answer := _tried(question)):
        left = deadline - loop.time()
        if left <= 0 or not await changes.wait(left):
            raise AssertionError(f"not within {seconds} s; the chat is\n{picture()}")
    return answer


def _tried(question: Callable[[], Answer]) -> Answer | None:
    try:
        return question()
    except AssertionError:
        return None
