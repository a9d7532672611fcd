"""A bell that rings at every change, so that nobody has to poll."""

import asyncio


class Changes:
    """Waiters look at the state, then wait here, then look again; no await lies between."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        rung, self._next = self._next, asyncio.Event()
        rung.set()

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait for the next change; False when the seconds ran out first."""
        try:
            await asyncio.wait_for(self._next.wait(), seconds)
        except TimeoutError:
            return False
        return True
