"""Polling: the offset moves only after the batch is durable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import DeleteWebhook, TelegramMethod

from bot.channels import Inbound
from bot.telegram.receive import ALLOWED, receive
from storage.crashpoints import crashpoint
from storage.writer import ConnectionLost

log = logging.getLogger(__name__)

LONG_POLL_SECONDS: Final = 25
#: After a failure; so many times longer while the token is refused.
PAUSE_SECONDS: Final = 3.0
PATIENCE: Final = 10

Turn = Callable[[Inbound], Awaitable[object]]


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):  # Any: JSON
    """getUpdates, each update unread: one that aiogram cannot read must not hold up the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


async def poll(bot: Bot, account: str, turn: Turn, *, pause: float = PAUSE_SECONDS) -> None:
    """Take updates for ever; each is committed before the offset that confirms it is sent.

    Raises ConnectionLost when the writer is gone; whatever else goes wrong is said, and tried again.
    """
    # Once: a webhook set later is somebody's wish, and deleting it would make them deaf.
    while not await _asked(bot, DeleteWebhook(drop_pending_updates=False), pause):
        pass
    offset = None
    while True:
        call = GetRawUpdates(offset=offset, timeout=LONG_POLL_SECONDS, allowed_updates=list(ALLOWED))
        updates = await _asked(bot, call, pause) or []
        if not await _are_durable(updates, account, turn):
            await asyncio.sleep(pause)
        elif updates:
            offset = max(update["update_id"] for update in updates) + 1
            crashpoint("offset.before")


async def _are_durable(updates: list[dict[str, Any]], account: str, turn: Turn) -> bool:
    """Take a batch and say whether all of it is kept; Telegram repeats what was not confirmed."""
    inbound = [receive(update, account=account) for update in updates]
    # Together: they queue in order at the lane and share its commits.
    outcomes = await asyncio.gather(*(turn(item) for item in inbound if item is not None), return_exceptions=True)
    failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    for error in failed:
        if isinstance(error, ConnectionLost) or not isinstance(error, Exception):
            raise error
    if failed:
        log.error("updates could not be kept, asking for them again", exc_info=failed[0])
    return not failed


async def _asked(bot: Bot, call: TelegramMethod[Any], pause: float) -> Any:  # Any: what the method returns
    """Return Telegram's answer; None after the pause a failure asks for."""
    try:
        crashpoint("telegram.asking")
        answer = await bot(call, request_timeout=LONG_POLL_SECONDS + 10)
        crashpoint("telegram.asked")
    except TelegramRetryAfter as busy:
        await asyncio.sleep(busy.retry_after)
    except TelegramConflictError as other:
        log.critical("another process takes this bot's updates: stop one of them", extra={"said": other.message[:80]})
        await asyncio.sleep(pause)
    except (TelegramUnauthorizedError, TelegramNotFound):
        log.critical("Telegram refuses our token: BOT_TOKEN or TELEGRAM_API_URL is wrong")
        await asyncio.sleep(pause * PATIENCE)
    except TelegramAPIError as failed:
        log.warning("no updates from Telegram", extra={"reason": type(failed).__name__})
        await asyncio.sleep(pause)
    else:
        return answer
    return None


async def stop(task: asyncio.Task[None]) -> None:
    """End polling: what is not confirmed is delivered again."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
