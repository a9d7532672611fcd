"""uvicorn inside our loop: open event streams never delay a shutdown."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn


class Server(uvicorn.Server):
    """Tells the open streams before it waits for them."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Uvicorn's own way raises the signal again when serving is over: the process would die before the rest of the
        # app has ended, with messages half sent.
        self._stopping.set()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    def end(self) -> None:
        """Stop serving without a signal."""
        self._stopping.set()
        self.should_exit = True


def address(open_socket: socket.socket) -> str:
    """Return where a bound socket is reached from this machine."""
    host, port = open_socket.getsockname()[:2]
    return f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104 - compared, not bound


async def serve(server: Server, on: socket.socket, ready: Callable[[str], None], broken: asyncio.Event) -> None:
    """Serve on a bound socket until stopped; `ready` hears the address; a broken app is served no longer.

    Raises RuntimeError if the app broke, so that the process ends with a failure its supervisor sees.
    """
    task = asyncio.get_running_loop().create_task(server.serve(sockets=[on]), name="web")
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    if server.started:
        ready(f"{address(on)}/")
    breaking = asyncio.get_running_loop().create_task(broken.wait(), name="broken")
    await asyncio.wait({task, breaking}, return_when=asyncio.FIRST_COMPLETED)
    breaking.cancel()
    if broken.is_set():
        server.end()
    await task
    if broken.is_set():
        raise RuntimeError("a loop of the app ended; the log says which")
