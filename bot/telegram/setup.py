"""What Telegram is told at start: commands and descriptions in each language, and where updates go."""

from __future__ import annotations

from typing import Final

from aiogram import Bot
from aiogram.types import BotCommand

from bot.telegram.receive import ALLOWED
from dialogs.engine.catalogue import say
from dialogs.engine.texts import LANGUAGES, T

#: A command stands here only when its dialog works.
COMMANDS: Final = ("menu", "children", "help", "agent", "lang", "cancel", "stop", "start")


async def introduce(bot: Bot) -> None:
    """Set the localised commands and descriptions; repeating it changes nothing."""
    for language, code in (*((language, language) for language in LANGUAGES), ("ru", None)):
        commands = [BotCommand(command=name, description=say(T(f"cmd.{name}"), language)) for name in COMMANDS]
        await bot.set_my_commands(commands, language_code=code)
        await bot.set_my_description(description=say(T("bot.description"), language), language_code=code)
        await bot.set_my_short_description(short_description=say(T("bot.short"), language), language_code=code)


async def point_webhook(bot: Bot, address: str, secret: str) -> None:
    """Have updates delivered to `address`; what waits on Telegram's side is kept."""
    await bot.set_webhook(address, secret_token=secret, allowed_updates=ALLOWED, drop_pending_updates=False)
