"""Production: one process with everything that is configured."""

from __future__ import annotations

import asyncio
import logging
import socket

import uvicorn

from bot import logs, settings
from bot.app import build
from bot.serve import Server, serve
from bot.settings import BadSettings, Settings

log = logging.getLogger(__name__)


def main() -> None:
    """Run until a signal; raises BadSettings before anything is opened."""
    given = must_be_complete(settings.load())
    logs.configure(given.log_level, given.secrets)
    config = _config(given)
    # Bound before anything else begins: a second process must not take the updates of the first and die then.
    on = config.bind_socket()
    asyncio.run(live(given, config, on))


def must_be_complete(given: Settings) -> Settings:
    """Return settings with which parents can be served; raise BadSettings naming what is missing."""
    settings.must_be_writable(settings.must_have_keys(given))
    if given.bot_token is None and not given.twilio_whatsapp_from:
        raise BadSettings("BOT_TOKEN is missing: get one from @BotFather, or try `python3 dev.py demo` without one")
    if given.telegram_mode == "off" and not given.twilio_whatsapp_from:
        raise BadSettings("TELEGRAM_MODE is off, and nobody could talk to the bot: set it to polling or webhook")
    if given.twilio_whatsapp_from and not given.has_pages:
        # An IIN must not be typed into WhatsApp, so without secure pages nobody could register there.
        raise BadSettings(
            "PUBLIC_BASE_URL must begin with https:// for TWILIO_WHATSAPP_FROM: WhatsApp needs secure pages"
        )
    if given.twilio_auth_token is None:
        raise BadSettings(
            "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_SMS_FROM are missing: without SMS nobody can register"
        )
    return given


async def live(given: Settings, config: uvicorn.Config, on: socket.socket) -> None:
    """Start everything, serve, stop in order."""
    app = build(given)
    config.app = app.web
    async with app.running():
        await serve(Server(config, asyncio.Event()), on, _ready, app.broken)


def _config(given: Settings) -> uvicorn.Config:
    """Return how we serve: what a proxy claims about the caller is nothing we would act on."""
    return uvicorn.Config(
        "",
        host=given.host,
        port=given.port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )


def _ready(address: str) -> None:
    log.info("serving", extra={"address": address})
