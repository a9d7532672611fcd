"""What is served over HTTP: pages, health, the providers' webhooks, the desk; each wired to the parts of the app."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import FastAPI

from bot.web import certificates, hooks, media, pages, twilio_hooks
from bot.web.desk import cases as screen
from bot.web.desk import door, office
from bot.web.desk.console import Console
from storage import hours
from storage.delivery import Update

if TYPE_CHECKING:
    from bot.app import App
    from bot.whatsapp.send import WhatsApp


def web() -> FastAPI:
    """Return the web app: no interface description yet, small bodies, and no telemetry that carries texts or tokens."""
    return FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        max_body_size=hooks.BODY_LIMIT,
        telemetry={"logs": False, "tracing": False, "metrics": False},
    )


def add(app: App, base: str) -> None:
    given = pages.Pages(app.writer, app.reader, app.vault, app.clock, lambda channel: way_back(app, channel), base)
    app.web.include_router(pages.router(given))
    app.web.include_router(certificates.router(given))
    app.web.include_router(hooks.health(lambda: app.is_alive, lambda: _is_ready(app), app.metrics.registry))
    secret = app.settings.telegram_webhook_secret
    if app.bot is not None and app.settings.telegram_mode == "webhook" and secret is not None:
        from bot.telegram.receive import receive

        account = str(app.bot.id)
        app.web.include_router(
            hooks.telegram_webhook(secret.get_secret_value(), lambda raw: receive(raw, account=account), app.turn)
        )
    if app.whatsapp is not None:
        _add_twilio(app, app.whatsapp)


def _add_twilio(app: App, whatsapp: WhatsApp) -> None:
    from bot.whatsapp import receive, told

    settings = app.settings
    shown = media.Media(app.vault, app.clock)
    whatsapp.media = shown.path
    app.web.include_router(media.router(shown))
    token = settings.twilio_auth_token.get_secret_value() if settings.twilio_auth_token else ""
    shared = settings.twilio_shared_key.get_secret_value() if settings.twilio_shared_key else ""
    name, _, secret = shared.partition(":")

    async def tell(news: Update) -> None:
        # Most news is that all is well: it wakes nobody.
        if await app.writer.deed(lambda deed: told.take(deed, news), wakes=False):
            app.outbox.wake()

    door = receive.Door(whatsapp.base, whatsapp.account, token, (name, secret))
    app.web.include_router(
        twilio_hooks.webhooks(
            door.open,
            lambda fields: receive.receive(fields, whatsapp.sender),
            app.turn,
            receive.status,
            tell,
        )
    )


def add_desk(app: App, *, demo: bool) -> Callable[[], None]:
    """Add the agents' desk; return what wakes its open pages."""
    hours.by_rule()  # the first turn that asks must not wait for a quarter of a second
    console = Console(
        app.writer,
        app.reader,
        app.vault,
        app.clock,
        app.desk,
        app.outbox.wake,
        app.stopping,
        secure=not demo,
        demo=demo,
    )
    app.web.include_router(door.router(console))
    app.web.include_router(screen.router(console))
    app.web.include_router(office.router(console))
    return console.wire.wake


def way_back(app: App, channel: str) -> str:
    if channel == "telegram" and app.bot_name:
        return f"https://t.me/{app.bot_name}"
    if channel == "whatsapp":
        return f"https://wa.me/{app.settings.twilio_whatsapp_from.lstrip('+')}"
    return "/" if channel.startswith("sim-") else ""


async def _is_ready(app: App) -> bool:
    """Ready when the writer answers, and Telegram knows where to send."""
    if not (app.is_alive and app.is_pointed):
        return False
    await app.writer.deed(lambda deed: deed.db.execute("SELECT 1").fetchone())
    return True
