"""Telegram's updates in the words of the engine. Decides nothing."""

from __future__ import annotations

from typing import Any

from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, Update
from pydantic import ValidationError

from bot.channels import Inbound
from dialogs.engine.said import Heard, Said

#: Asked for explicitly: what is not named keeps its former value on Telegram's side.
ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]


def receive(raw: dict[str, Any], *, account: str, channel: str = "telegram") -> Inbound | None:
    """Return one update as an inbound event; None for what no private chat of a person sent."""
    try:
        update = Update.model_validate(raw)
    except ValidationError:
        return None
    if update.callback_query is not None:
        return _tap(update.callback_query, update.update_id, account, channel)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member, update.update_id, account, channel)
    message = update.message or update.edited_message
    if message is None or message.chat.type != "private" or message.from_user is None or message.from_user.is_bot:
        return None
    said = _words(message, edited=update.edited_message is not None)
    return Inbound(
        "telegram",
        account,
        str(update.update_id),
        channel,
        str(message.chat.id),
        said,
        str(message.message_id),
    )


def _tap(query: CallbackQuery, update_id: int, account: str, channel: str) -> Inbound | None:
    """A button carries `revision:choice`; anything else is some other bot's, or tampered with."""
    revision, _, choice = (query.data or "").partition(":")
    number = int(revision) if revision.isascii() and revision.isdigit() and len(revision) <= 9 else -1  # noqa: PLR2004
    said = Said(Heard.TAP, tap=choice, revision=number, locale=query.from_user.language_code or "")
    message = str(query.message.message_id) if query.message else ""
    if query.message is not None and query.message.chat.type != "private":
        return None
    return Inbound("telegram", account, str(update_id), channel, str(query.from_user.id), said, message, query.id)


def _membership(change: ChatMemberUpdated, update_id: int, account: str, channel: str) -> Inbound | None:
    if change.chat.type != "private":
        return None
    blocked = change.new_chat_member.status in ("kicked", "left")
    said = Said(Heard.BLOCKED if blocked else Heard.UNBLOCKED)
    return Inbound("telegram", account, str(update_id), channel, str(change.chat.id), said)


def _words(message: Message, *, edited: bool) -> Said:
    locale = (message.from_user.language_code if message.from_user else "") or ""
    if message.text is not None:
        return Said(Heard.EDITED if edited else Heard.TEXT, text=message.text, locale=locale)
    if edited:
        return Said(Heard.UNKNOWN, locale=locale)
    if message.contact is not None:
        # Only Telegram's own user_id counts, and never in a forwarded message: anybody can send any contact.
        own = (
            message.from_user is not None
            and message.contact.user_id == message.from_user.id
            and message.forward_origin is None
        )
        return Said(Heard.CONTACT, contact=message.contact.phone_number, own=own, locale=locale)
    if message.document is not None:
        return Said(Heard.FILE, text=message.document.file_name or "", values=_file(message.document), locale=locale)
    if message.photo:
        return Said(Heard.PHOTO, text=message.caption or "", values=_file(message.photo[-1]), locale=locale)
    return Said(_kind(message), locale=locale)


def _file(file: Any) -> tuple[tuple[str, str], ...]:  # Any: Document or PhotoSize
    return (
        ("file_id", file.file_id),
        ("file_unique_id", file.file_unique_id),
        ("size", str(file.file_size or 0)),
        ("mime", getattr(file, "mime_type", None) or ""),
    )


def _kind(message: Message) -> Heard:
    for heard, part in (
        (Heard.VOICE, message.voice or message.audio or message.video_note),
        (Heard.VIDEO, message.video or message.animation),
        (Heard.STICKER, message.sticker or message.dice),
        (Heard.LOCATION, message.location or message.venue),
    ):
        if part is not None:
            return heard
    return Heard.UNKNOWN
