"""Logs: one fact for a human plus fields for a machine, without anything that names a person."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final

import structlog

#: IINs and phones, also as people write them; tokens of bots, of links, of calls: whatever slips into a library's text.
_NUMBERS: Final = re.compile(r"\+?\d(?:[ \u00a0()-]{0,2}\d){9,}")
_BOT_TOKEN: Final = re.compile(r"(?<!\d)\d{5,}(?::|%3A)[A-Za-z0-9_-]{10,}", re.IGNORECASE)
_LINK: Final = re.compile(r"/s/[A-Za-z0-9_-]{10,}")
_BEARER: Final = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
#: What no log line of ours may say, and what libraries call it.
_SECRET_KEYS: Final = frozenset(
    {"text", "name", "phone", "iin", "token", "password", "code", "external", "payload", "body", "document"}
)
#: Our own packages; every other logger speaks only when something is wrong: at DEBUG some print what they store.
_OURS: Final = ("bot", "dialogs", "services", "storage", "locales", "tests")


class _Redactor:
    """Takes out personal values, last of all: exception texts leak, too (T22)."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(sorted((secret for secret in secrets if len(secret) > 3), key=len, reverse=True))  # noqa: PLR2004

    def fields(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> Mapping[str, Any]:  # Any: structlog
        """Hide what a key says is personal, and clean the texts before they are quoted."""
        return {key: "[secret]" if key in _SECRET_KEYS else self._cleaned(value) for key, value in event.items()}

    def line(self, _logger: Any, _method: str, event: Any) -> str:  # Any: by now a str, which structlog cannot know
        """Clean the finished line: by now numbers, lists and objects are text as well."""
        return self.clean(event)

    def _cleaned(self, value: Any) -> Any:  # Any: log fields
        return self.clean(value) if isinstance(value, str) else value

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        text = _BEARER.sub(r"\1 [token]", _LINK.sub("/s/[link]", _BOT_TOKEN.sub("[token]", text)))
        return _NUMBERS.sub("[number]", text)


def configure(level: str, secrets: Iterable[str] = ()) -> None:
    """Send all loggers through one formatter whose last step redacts; `secrets` are hidden wherever they stand."""
    redactor = _Redactor(secrets)
    before: list[Any] = [structlog.stdlib.add_log_level, structlog.stdlib.ExtraAdder()]  # Any: structlog's processors
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redactor.fields,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
            redactor.line,
        ],
    )
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for ours in _OURS:
        logging.getLogger(ours).setLevel(level)
    # A tick that finds the last one still at work says so every second; ticks are only hints.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.captureWarnings(capture=True)
    sys.excepthook = _last_words


def _last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What ends the process goes through the log as well: Python itself would print it with all it carries."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("the process ends", exc_info=(kind, error, trace))
