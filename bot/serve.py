"""uvicorn inside our loop: open event streams never delay a shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import FrameType

import uvicorn


class Server(uvicorn.Server):
    """Tells the open streams before it waits for them."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping
        self.interrupted = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.interrupted = True
        self._stopping.set()
        super().handle_exit(sig, frame)

    def end(self) -> None:
        """Stop serving without a signal."""
        self._stopping.set()
        self.should_exit = True


async def serve(server: Server, ready: Callable[[str], None]) -> None:
    """Serve until stopped; `ready` hears the address once it is open."""
    task = asyncio.get_running_loop().create_task(server.serve(), name="web")
    while not server.started and not task.done():
        await asyncio.sleep(0.01)
    if server.started:
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        ready(f"http://{host}:{port}/")
    await task
