"""Telegram's updates in the words of the engine. Decides nothing."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, Final

from aiogram.enums import ContentType
from aiogram.types import CallbackQuery, ChatMemberUpdated, Contact, Message, Update
from pydantic import ValidationError

from bot.channels import Inbound
from dialogs.engine.said import Heard, Said

log = logging.getLogger(__name__)

#: Asked for explicitly: what is not named keeps its former value on Telegram's side.
ALLOWED: Final = ("message", "edited_message", "callback_query", "my_chat_member")

#: What people send. Everything else is a note of Telegram's own (pinned, timer set): nobody said it.
SAID: Final = frozenset(
    {
        ContentType.TEXT,
        ContentType.RICH_MESSAGE,
        ContentType.CONTACT,
        ContentType.DOCUMENT,
        ContentType.PHOTO,
        ContentType.LIVE_PHOTO,
        ContentType.PAID_MEDIA,
        ContentType.VOICE,
        ContentType.AUDIO,
        ContentType.VIDEO,
        ContentType.VIDEO_NOTE,
        ContentType.ANIMATION,
        ContentType.STICKER,
        ContentType.DICE,
        ContentType.GAME,
        ContentType.POLL,
        ContentType.STORY,
        ContentType.CHECKLIST,
        ContentType.LOCATION,
        ContentType.VENUE,
        ContentType.UNKNOWN,
    }
)


def receive(raw: dict[str, Any], *, account: str, channel: str = "telegram") -> Inbound | None:
    """Return one update as an inbound event; None for what no private chat of a person sent.

    Never raises: an update that cannot be read is said without its content and acknowledged, or Telegram would
    repeat it for a day and hold up the words behind it (F4).
    """
    try:
        return _inbound(Update.model_validate(raw), account, channel)
    except ValidationError as wrong:
        # Its text would show what was sent; the place is enough to find the field.
        why = ".".join(str(part) for part in wrong.errors(include_input=False, include_url=False)[0]["loc"])
    except Exception as bug:  # noqa: BLE001 - ours, and its text may carry what was said
        why = type(bug).__name__
    log.error("an update we cannot read", extra={"update": raw.get("update_id"), "why": why})
    return None


def _inbound(update: Update, account: str, channel: str) -> Inbound | None:
    if update.callback_query is not None:
        return _tap(update.callback_query, update.update_id, account, channel)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member, update.update_id, account, channel)
    message = update.message or update.edited_message
    if message is None or message.chat.type != "private" or message.from_user is None or message.from_user.is_bot:
        return None
    if message.content_type not in SAID:
        return None
    edited = update.edited_message is not None
    if edited and message.text is None:
        return None  # a live location moves every few seconds; only words are ever corrected
    said = replace(_words(message, edited=edited), album=message.media_group_id or "")
    here, event_id = str(message.chat.id), str(update.update_id)
    return Inbound("telegram", account, event_id, channel, here, said, str(message.message_id))


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
    if message.contact is not None:
        own = _is_own(message, message.contact)
        return Said(Heard.CONTACT, contact=message.contact.phone_number, own=own, locale=locale)
    # A GIF comes as a document, too.
    if message.document is not None and message.animation is None:
        return Said(Heard.FILE, text=message.document.file_name or "", values=_file(message.document), locale=locale)
    if message.photo:
        return Said(Heard.PHOTO, text=message.caption or "", values=_file(message.photo[-1]), locale=locale)
    return Said(_kind(message), values=_point(message), locale=locale)


def _is_own(message: Message, contact: Contact) -> bool:
    """Only Telegram's own user_id counts, and never in a forwarded message: anybody can send any contact (T15)."""
    sender = message.from_user
    forwarded = message.forward_origin or message.forward_date or message.via_bot
    return sender is not None and contact.user_id == sender.id and not forwarded


def _file(file: Any) -> tuple[tuple[str, str], ...]:  # Any: Document or PhotoSize
    return (
        ("file_id", file.file_id),
        ("file_unique_id", file.file_unique_id),
        ("size", str(file.file_size or 0)),
        ("mime", getattr(file, "mime_type", None) or ""),
    )


def _point(message: Message) -> tuple[tuple[str, str], ...]:
    """Return where a shared place lies."""
    place = message.location or (message.venue.location if message.venue else None)
    return (("lat", str(place.latitude)), ("lon", str(place.longitude))) if place else ()


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
