"""Logs: whatever a library writes, no IIN, phone, token or link comes through (T22)."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import warnings
from collections.abc import Callable, Iterator

import pytest
import structlog
from aiogram.exceptions import ClientDecodeError
from pydantic import BaseModel, ValidationError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from bot import logs

IIN = "930427400001"
PHONE = "+77471234567"
TOKEN = "123456789:AAcanaryTokenThatNobodyMaySee_000000000"
LINK = "/s/canarylinktokenthatnobodymaysee"
SETTING = "canary-setting-s3cr3t"
CANARIES = (
    IIN,
    "930427 400001",
    PHONE,
    PHONE[1:],
    "8 (747) 123-45-67",
    "8\u00a0747\u00a0123\u00a045\u00a067",
    TOKEN,
    f"https://api.telegram.org/bot{TOKEN}/getMe",
    TOKEN.replace(":", "%3A"),
    LINK,
    f"https://bot.test{LINK}?x=1",
    SETTING,
    "Bearer canary-bearer-token",
    "Authorization: Basic Y2FuYXJ5OmNhbmFyeQ==",
)
#: What must not be left of any of them.
TRACES = (
    "930427",
    "400001",
    "7471234567",
    "123-45",
    "45\u00a067",
    "AAcanary",
    "canarylink",
    SETTING,
    "canary-bearer",
    "Y2FuYXJ5",
)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the log says; afterwards everything is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    ours = {name: logging.getLogger(name).level for name in (*logs._OURS, "apscheduler")}
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    logs.configure("DEBUG", (SETTING,))
    yield said
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in ours.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


class Person(BaseModel):
    iin: int


def raised(build: Callable[[str], BaseException]) -> Callable[[str], None]:
    """Return what logs an exception with the canary in it."""

    def write(canary: str) -> None:
        error = build(canary)
        logging.getLogger("bot.test").error("it failed", exc_info=error)

    return write


def validation(canary: str) -> BaseException:
    try:
        Person.model_validate({"iin": canary + "x"})
    except ValidationError as wrong:
        return wrong
    raise AssertionError


def database(canary: str) -> BaseException:
    with create_engine("sqlite://").connect() as db:
        try:
            db.execute(text("SELECT nothing FROM nowhere WHERE iin=:iin"), {"iin": canary})
        except OperationalError as wrong:
            return wrong
    raise AssertionError


def chained(canary: str) -> BaseException:
    error = RuntimeError("outer")
    error.__cause__ = ValueError(canary)
    return error


def warned(canary: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"odd: {canary}", UserWarning, stacklevel=1)


def last_words(canary: str) -> None:
    error = RuntimeError(canary)
    sys.excepthook(RuntimeError, error, None)


def in_the_loop(canary: str) -> None:
    loop = asyncio.new_event_loop()
    loop.call_exception_handler({"message": "a task broke", "exception": RuntimeError(canary)})
    loop.close()


def named(name: str) -> Callable[[str], None]:
    return lambda canary: logging.getLogger(name).error("trouble with %s", canary)


WRITERS: dict[str, Callable[[str], None]] = {
    "message": lambda canary: logging.getLogger("bot.test").info(f"saw {canary}"),  # noqa: G004 - the wrong way
    "argument": lambda canary: logging.getLogger("bot.test").info("saw %s", canary),
    "argument of an object": lambda canary: logging.getLogger("bot.test").info("saw %r", {"a": [canary]}),
    "field": lambda canary: logging.getLogger("bot.test").info("saw", extra={"what": canary}),
    "field of a list": lambda canary: logging.getLogger("bot.test").info("saw", extra={"what": [canary, (canary,)]}),
    "field of an object": lambda canary: logging.getLogger("bot.test").info("saw", extra={"what": {"in": canary}}),
    "field of bytes": lambda canary: logging.getLogger("bot.test").info("saw", extra={"what": canary.encode()}),
    "field of an exception": lambda canary: logging.getLogger("bot.test").info(
        "saw", extra={"what": ValueError(canary)}
    ),
    "structlog": lambda canary: structlog.get_logger("bot.test").info("saw", what=canary),
    "structlog event": lambda canary: structlog.get_logger("bot.test").warning(f"saw {canary}"),
    "structlog bound": lambda canary: structlog.get_logger("bot.test").bind(what=canary).error("saw"),
    "exception": raised(ValueError),
    "exception with a cause": raised(chained),
    "exception of a check": raised(validation),
    "exception of the database": raised(database),
    "exception of aiogram": raised(lambda canary: ClientDecodeError("odd", ValueError(canary), {"text": canary})),
    "aiogram": named("aiogram.event"),
    "uvicorn": named("uvicorn.error"),
    "uvicorn access": lambda canary: logging.getLogger("uvicorn.access").warning('%s - "GET %s"', "127.0.0.1", canary),
    "sqlalchemy": named("sqlalchemy.engine.Engine"),
    "twilio": named("twilio.http_client"),
    "aiohttp": named("aiohttp.client"),
    "asyncio": in_the_loop,
    "warning": warned,
    "last words": last_words,
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_nothing_personal_comes_through(log: io.StringIO, write: Callable[[str], None]) -> None:
    for canary in CANARIES:
        write(canary)

    said = log.getvalue()
    assert said.count("\n") >= len(CANARIES)
    assert [trace for trace in TRACES if trace in said] == []


@pytest.mark.parametrize(
    "name", ["sqlalchemy.engine.Engine", "aiosqlite", "twilio.http_client", "aiogram.dispatcher", "uvicorn.access"]
)
def test_a_library_that_prints_what_it_stores_is_silent_at_debug(log: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("INSERT %s", "anything")
    logging.getLogger(name).debug("INSERT %s", "anything")

    assert log.getvalue() == ""


@pytest.mark.parametrize("key", sorted(logs._SECRET_KEYS - {"name"}))
def test_a_field_that_is_named_like_a_secret_is_one(log: io.StringIO, key: str) -> None:
    logging.getLogger("bot.test").info("saw", extra={key: "Айгерим"})

    assert "Айгерим" not in log.getvalue()
    assert "[secret]" in log.getvalue()


def test_a_line_says_when_how_bad_and_what(log: io.StringIO) -> None:
    logging.getLogger("bot.outbox").warning("not sent", extra={"channel": "sms", "reason": "429", "tries": 3})

    line = log.getvalue()
    assert "level='warning' event='not sent'" in line
    assert all(part in line for part in ("timestamp='20", "channel='sms'", "reason='429'", "tries=3"))


@pytest.mark.parametrize("kept", ["2026-11-20T10:00:00Z", "http://127.0.0.1:8080/", "inbox 4711", "v3.11.7", "12:30"])
def test_what_is_not_personal_stays_readable(log: io.StringIO, kept: str) -> None:
    logging.getLogger("bot.test").info("at %s", kept)

    assert kept in log.getvalue()


def test_configuring_twice_writes_each_line_once(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", log)
    logs.configure("INFO")
    logging.getLogger("bot.test").info("once")

    assert log.getvalue().count("once") == 1
