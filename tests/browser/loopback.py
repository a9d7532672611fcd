"""Serve an application on a loopback port of its own, in a thread beside the test."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

#: Longer than any machine of ours needs to start one small application.
START_WITHIN = 20.0


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve `app` and give its address; `app.state.closing` tells endless answers to end."""
    app.state.closing = False
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", lifespan="off", ws="none", timeout_graceful_shutdown=3)
    )
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    running.start()
    _wait_for_start(server)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        app.state.closing = True
        server.should_exit = True
        running.join(START_WITHIN)
        listening.close()


def _wait_for_start(server: uvicorn.Server) -> None:
    give_up_at = time.monotonic() + START_WITHIN
    while not server.started:
        if time.monotonic() > give_up_at:
            raise TimeoutError("the application did not start")
        time.sleep(0.02)
