"""Polling: nothing is confirmed before it is kept, and no trouble ends it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiogram import Bot

from bot.telegram import polling
from bot.telegram.receive import ALLOWED
from bot.telegram.session import make_bot
from storage import crashpoints
from storage.writer import ConnectionLost
from tests.bot.rig import PARENT, TOKEN, Turns, until
from tests.fakes.telegram import FakeTelegram


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(token=TOKEN) as fake:
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    made = make_bot(TOKEN, telegram.url)
    yield made
    await made.session.close()


@pytest.fixture
def turns() -> Turns:
    return Turns()


@asynccontextmanager
async def polled(bot: Bot, turns: Turns) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(polling.poll(bot, "1", turns, pause=0.02))
    try:
        yield task
    finally:
        await polling.stop(task)


def offsets(telegram: FakeTelegram) -> list[Any]:
    return [call.params.get("offset") for call in telegram.calls_of("getUpdates")]


async def test_updates_arrive_in_order_and_are_confirmed_once_kept(
    telegram: FakeTelegram, bot: Bot, turns: Turns
) -> None:
    phone = telegram.phone(user_id=PARENT)
    for word in ("бір", "екі", "үш"):
        await phone.text(word)
    async with polled(bot, turns):
        await until(lambda: telegram.waiting == [])

    assert turns.texts == ["бір", "екі", "үш"]


async def test_only_what_is_understood_is_asked_for(telegram: FakeTelegram, bot: Bot, turns: Turns) -> None:
    async with polled(bot, turns):
        await telegram.phone(user_id=PARENT).text("бір")
        await until(lambda: turns.texts)

    assert telegram.calls_of("getUpdates")[0].params["allowed_updates"] == list(ALLOWED)


async def test_the_offset_does_not_move_before_the_batch_is_kept(
    telegram: FakeTelegram, bot: Bot, turns: Turns
) -> None:
    turns.failures = [sqlite3.OperationalError("database is locked")]
    for word in ("бір", "екі"):
        await telegram.phone(user_id=PARENT).text(word)
    async with polled(bot, turns):
        await until(lambda: telegram.waiting == [])

    assert sorted(turns.texts) == ["бір", "екі", "екі"]
    assert offsets(telegram)[:2] == [None, None]


async def test_the_point_before_the_offset_is_passed_once_the_batch_is_kept(
    telegram: FakeTelegram, bot: Bot, turns: Turns
) -> None:
    passed: list[tuple[list[str], int]] = []
    await telegram.phone(user_id=PARENT).text("бір")

    def hook(point: str) -> None:
        if point == "offset.before":
            passed.append((turns.texts, len(telegram.waiting)))

    crashpoints.arm(hook)
    try:
        async with polled(bot, turns):
            await until(lambda: passed)
    finally:
        crashpoints.arm(lambda _: None)

    kept, unconfirmed = ["бір"], 1
    assert passed[0] == (kept, unconfirmed)


async def test_a_lost_connection_ends_polling_so_that_the_process_ends(
    telegram: FakeTelegram, bot: Bot, turns: Turns
) -> None:
    turns.failures = [ConnectionLost()]
    await telegram.phone(user_id=PARENT).text("бір")
    async with polled(bot, turns) as task:
        await asyncio.wait([task], timeout=10)

        assert isinstance(task.exception(), ConnectionLost)
    assert len(telegram.waiting) == 1


async def test_an_update_nobody_can_read_holds_up_nothing(
    telegram: FakeTelegram, bot: Bot, turns: Turns, caplog: pytest.LogCaptureFixture
) -> None:
    phone = telegram.phone(user_id=PARENT)
    await phone.text("бір")
    telegram.waiting[0].payload["from"] = "somebody new"
    await phone.text("екі")
    async with polled(bot, turns):
        await until(lambda: telegram.waiting == [])

    assert turns.texts == ["екі"]
    assert "cannot read" in caplog.text


async def test_what_is_said_in_a_group_is_acknowledged_and_ignored(
    telegram: FakeTelegram, bot: Bot, turns: Turns
) -> None:
    phone = telegram.phone(user_id=PARENT)
    await phone.text("бір")
    telegram.waiting[0].payload["chat"] = {"id": -100, "type": "supergroup", "title": "Desk"}
    async with polled(bot, turns):
        await until(lambda: telegram.waiting == [])

    assert turns.taken == []


@pytest.mark.parametrize(
    ("status", "words"),
    [(500, "Internal Server Error"), (409, "Conflict: terminated by other getUpdates request"), (401, "Unauthorized")],
)
async def test_no_refusal_ends_polling(telegram: FakeTelegram, bot: Bot, turns: Turns, status: int, words: str) -> None:
    telegram.fail_next("getUpdates", status, words, times=2)
    await telegram.phone(user_id=PARENT).text("бір")
    async with polled(bot, turns):
        await until(lambda: turns.texts == ["бір"])


async def test_a_gateways_page_does_not_end_polling(telegram: FakeTelegram, bot: Bot, turns: Turns) -> None:
    telegram.fail_next("getUpdates", 502, "Bad Gateway", page="<html>502</html>")
    telegram.drop_next("getUpdates", after=False)
    await telegram.phone(user_id=PARENT).text("бір")
    async with polled(bot, turns):
        await until(lambda: turns.texts == ["бір"])


async def test_polling_waits_as_long_as_telegram_says(telegram: FakeTelegram, bot: Bot, turns: Turns) -> None:
    telegram.fail_next("getUpdates", 429, "Too Many Requests: retry after 1", retry_after=1)
    await telegram.phone(user_id=PARENT).text("бір")
    async with polled(bot, turns):
        await until(lambda: turns.texts == ["бір"])

    first, second = telegram.calls_of("getUpdates")[:2]
    assert second.at - first.at >= 0.9


async def test_a_telegram_that_is_down_at_the_start_is_waited_for(
    telegram: FakeTelegram, bot: Bot, turns: Turns
) -> None:
    telegram.fail_next("deleteWebhook", 500, "Internal Server Error")
    telegram.drop_next("deleteWebhook", after=False)
    await telegram.phone(user_id=PARENT).text("бір")
    async with polled(bot, turns):
        await until(lambda: turns.texts == ["бір"])


async def test_a_former_webhook_goes_and_its_waiting_updates_stay(
    telegram: FakeTelegram, bot: Bot, turns: Turns
) -> None:
    await bot.set_webhook("https://old.test/hook")
    await telegram.phone(user_id=PARENT).text("бір")
    async with polled(bot, turns):
        await until(lambda: turns.texts == ["бір"])


async def test_a_webhook_set_later_by_another_is_left_alone_and_said(
    telegram: FakeTelegram, bot: Bot, turns: Turns, caplog: pytest.LogCaptureFixture
) -> None:
    async with polled(bot, turns):
        await until(lambda: telegram.is_polled)
        await bot.set_webhook("https://new.test/hook")
        await until(lambda: len(telegram.calls_of("getUpdates")) > 1)

    assert len(telegram.calls_of("deleteWebhook")) == 1
    assert logging.CRITICAL in {record.levelno for record in caplog.records}


async def test_stopping_a_poll_that_failed_is_quiet() -> None:
    async def fails() -> None:
        raise ConnectionLost

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)

    await polling.stop(task)
