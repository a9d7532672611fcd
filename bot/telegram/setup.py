"""What Telegram is told at start: commands and descriptions in each language, and where updates go."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import BotCommand

from bot.channels import COMMANDS
from bot.settings import BadSettings
from bot.telegram.receive import ALLOWED
from dialogs.engine.catalogue import say
from dialogs.engine.texts import LANGUAGES, T
from storage.crashpoints import crashpoint

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 3.0


async def introduce(bot: Bot) -> None:
    """Set the localised commands and descriptions; repeating it changes nothing."""
    for language, code in (*((language, language) for language in LANGUAGES), ("ru", None)):
        commands = [BotCommand(command=name, description=say(T(f"cmd.{name}"), language)) for name in COMMANDS]
        await bot.set_my_commands(commands, language_code=code)
        await bot.set_my_description(description=say(T("bot.description"), language), language_code=code)
        await bot.set_my_short_description(short_description=say(T("bot.short"), language), language_code=code)


async def point_webhook(bot: Bot, address: str, secret: str, *, pause: float = PAUSE_SECONDS) -> None:
    """Have updates delivered to `address`; what waits on Telegram's side is kept.

    Returns once Telegram has agreed, however long it cannot be reached. Raises BadSettings where it never will.
    """
    while not await _is_pointed(bot, address, secret, pause):
        pass


async def _is_pointed(bot: Bot, address: str, secret: str, pause: float) -> bool:
    try:
        crashpoint("webhook.setting")
        is_pointed = await bot.set_webhook(
            address, secret_token=secret, allowed_updates=list(ALLOWED), drop_pending_updates=False
        )
        crashpoint("webhook.set")
    except TelegramRetryAfter as busy:
        await asyncio.sleep(busy.retry_after)
    except TelegramBadRequest as refused:
        raise BadSettings(f"PUBLIC_BASE_URL cannot be Telegram's webhook: {refused.message}") from None
    except (TelegramUnauthorizedError, TelegramNotFound):
        raise BadSettings("BOT_TOKEN is not valid: Telegram does not know it; ask @BotFather for a new one") from None
    except TelegramAPIError as failed:
        log.warning("no webhook yet, asking again", extra={"reason": type(failed).__name__})
        await asyncio.sleep(pause)
    else:
        return is_pointed
    return False
