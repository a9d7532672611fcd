"""Polling: the offset moves only after the batch is durable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramConflictError, TelegramRetryAfter
from aiogram.methods import GetUpdates
from aiogram.types import Update

from bot.channels import Inbound
from bot.telegram.receive import ALLOWED, receive
from storage.crashpoints import crashpoint

log = logging.getLogger(__name__)

LONG_POLL_SECONDS = 25
PAUSE_SECONDS = 3


async def poll(bot: Bot, account: str, turn: Callable[[Inbound], Awaitable[object]]) -> None:
    """Take updates for ever. Each is committed before the offset that confirms it is sent."""
    await bot.delete_webhook(drop_pending_updates=False)
    offset = None
    while True:
        updates = await _updates(bot, offset)
        inbound = [receive(update.model_dump(mode="json", exclude_none=True), account=account) for update in updates]
        # Together: they queue in order at the lane and share its commits.
        await asyncio.gather(*(turn(item) for item in inbound if item is not None))
        if updates:
            offset = updates[-1].update_id + 1
            crashpoint("offset.before")


async def _updates(bot: Bot, offset: int | None) -> list[Update]:
    call = GetUpdates(offset=offset, timeout=LONG_POLL_SECONDS, allowed_updates=ALLOWED)
    try:
        return await bot(call, request_timeout=LONG_POLL_SECONDS + 10)
    except TelegramRetryAfter as busy:
        await asyncio.sleep(busy.retry_after)
    except TelegramConflictError:
        log.critical("another process polls this bot: stop one of them")
        await asyncio.sleep(PAUSE_SECONDS)
    except TelegramAPIError as failed:
        log.warning("no updates from Telegram", extra={"reason": type(failed).__name__})
        await asyncio.sleep(PAUSE_SECONDS)
    return []


async def stop(task: asyncio.Task[None]) -> None:
    """End polling: what is not confirmed is delivered again."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
