"""Production: one process with everything that is configured."""

from __future__ import annotations

import asyncio

import uvicorn

from bot import logs, settings
from bot.app import build
from bot.serve import Server, serve
from bot.settings import BadSettings, Settings


def main() -> None:
    """Run until a signal; raises BadSettings before anything is opened."""
    given = settings.must_have_keys(settings.load())
    if given.bot_token is None or given.telegram_mode == "off":
        raise BadSettings("BOT_TOKEN is missing: get one from @BotFather, or try `python3 dev.py demo` without one")
    if given.twilio_auth_token is None:
        raise BadSettings(
            "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_SMS_FROM are missing: without SMS nobody can register"
        )
    logs.configure(given.log_level)
    asyncio.run(live(given))


async def live(given: Settings) -> None:
    """Start everything, serve, stop in order."""
    app = build(given)
    config = uvicorn.Config(
        app.web,
        host=given.host,
        port=given.port,
        log_config=None,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    async with app.running():
        await serve(Server(config, asyncio.Event()), config.bind_socket(), lambda _: None, app.broken)
