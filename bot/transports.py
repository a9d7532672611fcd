"""What is configured of the world outside; a library is imported only by the process that speaks to its provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels import Channel, Sender
from bot.registry_http import HttpRegistry
from bot.settings import Settings
from storage.do import Clock
from storage.writer import Writer

if TYPE_CHECKING:
    from aiogram import Bot

    from bot.whatsapp.send import WhatsApp


def telegram(settings: Settings) -> tuple[Bot | None, dict[str, Channel]]:
    """Aiogram takes seconds to import, so only a process that speaks Telegram does."""
    if settings.bot_token is None or settings.telegram_mode == "off":
        return None, {}
    from bot.telegram.send import Telegram, make_bot

    bot = make_bot(settings.bot_token.get_secret_value(), settings.telegram_api_url)
    return bot, {"telegram": Telegram(bot, has_pages=settings.has_pages)}


def whatsapp(settings: Settings, base: str, clock: Clock) -> WhatsApp | None:
    if settings.twilio_auth_token is None or not settings.twilio_whatsapp_from:
        return None
    from bot.whatsapp.send import WhatsApp

    token = settings.twilio_auth_token.get_secret_value()
    sender = settings.twilio_whatsapp_from
    return WhatsApp(settings.twilio_account_sid, token, sender, base, clock, settings.twilio_api_url)


def sms(settings: Settings) -> dict[str, Sender]:
    if settings.twilio_auth_token is None:
        return {}
    from bot.whatsapp.sms import TwilioSms

    token = settings.twilio_auth_token.get_secret_value()
    return {"sms": TwilioSms(settings.twilio_account_sid, token, settings.twilio_sms_from, settings.twilio_api_url)}


def mail(settings: Settings) -> dict[str, Sender]:
    if settings.smtp_url is None:
        return {}
    from bot.mail import Mail

    return {"mail": Mail(settings.smtp_url.get_secret_value(), settings.mail_from)}


def registry(settings: Settings, writer: Writer) -> HttpRegistry | None:
    if not settings.registry_url:
        return None
    token = settings.registry_token.get_secret_value() if settings.registry_token else ""
    return HttpRegistry(writer, settings.registry_url, token)
