"""Logs: one fact for a human plus fields for a machine, without anything that names a person."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog

#: IINs and phones, tokens of bots, tokens of links: whatever slips into a text of a library.
_NUMBERS: Final = re.compile(r"(?<!\d)\+?\d{10,12}(?!\d)")
_BOT_TOKEN: Final = re.compile(r"(?<!\d)\d{5,}:[A-Za-z0-9_-]{10,}")
_LINK: Final = re.compile(r"/s/[A-Za-z0-9_-]{10,}")
_SECRET_KEYS: Final = frozenset(
    {"text", "name", "phone", "iin", "token", "password", "code", "external", "payload", "body"}
)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:  # Any: structlog's shape
    """Take out personal values, last of all: exception texts leak, too (T22)."""
    return {key: "[secret]" if key in _SECRET_KEYS else _clean(value) for key, value in event.items()}


def _clean(value: Any) -> Any:  # Any: log fields
    if not isinstance(value, str):
        return value
    return _NUMBERS.sub("[number]", _LINK.sub("/s/[link]", _BOT_TOKEN.sub("[token]", value)))


def configure(level: str) -> None:
    """Send all loggers through one formatter whose last step redacts."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn", "aiogram.event", "asyncio", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # A tick that finds the last one still at work says so every second; ticks are only hints.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
