"""Telegram's calls through aiogram, and what its refusals mean."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from html import unescape
from typing import Any, Final

from aiogram import Bot, methods
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods.base import TelegramMethod
from aiogram.types import BufferedInputFile

from bot import pictures
from bot.channels import Drawing, Screen, SendFailed
from bot.telegram import draw as drawing
from bot.telegram.draw import aimed, as_new
from bot.telegram.session import JsonSession, NotSent, Unreadable, make_bot
from dialogs.engine.ask import Ask
from services.services import Chat
from storage.outbox import Outgoing

__all__ = ["Telegram", "make_bot", "policy"]

log = logging.getLogger(__name__)

#: 400s after which there is nothing left to do: the wish is met, or can never be.
FULFILLED: Final = ("message is not modified", "message to delete not found", "query is too old")
#: 400s of an edit whose message is gone: the question comes as a new message.
NOT_EDITABLE: Final = (
    "message to edit not found",
    "message can't be edited",
    "message identifier is not specified",
    "there is no text in the message to edit",
)
NOT_REACHABLE: Final = ("chat not found", "user is deactivated", "peer_id_invalid")
UNDELETABLE: Final = "message can't be deleted"

#: The whole bot waits: no connection, a token that is refused, a 429 that does not say how long.
NO_CONNECTION: Final = timedelta(seconds=3)
REFUSED_TOKEN: Final = timedelta(minutes=1)
UNSAID: Final = timedelta(seconds=5)
#: One message waits.
SOON: Final = timedelta(seconds=1)


class Telegram:
    """The channel."""

    name = "telegram"

    def __init__(self, bot: Bot, *, has_pages: bool) -> None:
        self._bot, self._has_pages = bot, has_pages

    def chat(self, external: str) -> Chat:
        return Chat(may_type_ids=True, shares_contact=True, shows_codes=True, has_pages=self._has_pages)

    def draw(self, ask: Ask, language: str, revision: int, screen: Screen, page_url: str) -> Drawing:
        return drawing.draw(ask, language, revision, screen, page_url)

    def toast(self, tap_id: str, text: str) -> dict[str, Any] | None:
        return drawing.toast(tap_id, text)

    def erase(self, message: str) -> dict[str, Any] | None:
        return drawing.erase(message)

    def notice(self, text: str) -> dict[str, Any]:
        return drawing.notice(text)

    async def send(self, out: Outgoing, target: str | None) -> str | None:
        """Send one message; return Telegram's message id where there is one."""
        payload = aimed(out.payload, target)
        if payload is None:
            return None
        try:
            return _id(await self._call(payload, out.external))
        except TelegramAPIError as refused:
            return _met_after_all(refused, payload)

    async def _call(self, payload: dict[str, Any], chat: str) -> int | None:
        kind, values = await _made(payload, chat)
        session = self._bot.session
        if isinstance(session, JsonSession) and "photo" not in values:
            return await session.say(self._bot, kind, values)
        result = await self._bot(kind.model_validate(values))
        return getattr(result, "message_id", None)

    async def close(self) -> None:
        """Close the connections; polling uses the same ones and has ended by now."""
        await self._bot.session.close()


def _id(message: object) -> str | None:
    return None if message is None else str(message)


def _met_after_all(refused: TelegramAPIError, payload: dict[str, Any]) -> str | None:
    """Return the message's id where there is nothing left to do; raise SendFailed with the policy otherwise."""
    if isinstance(refused, Unreadable) and refused.result is not None:
        log.warning("sent, but aiogram cannot read Telegram's answer", extra={"method": payload["method"]})
        return _id(refused.result.get("message_id"))
    failed = policy(refused, payload)
    if failed is not None:
        raise failed from None
    return _id(payload.get("message_id"))


def policy(refused: TelegramAPIError, payload: dict[str, Any]) -> SendFailed | None:
    """Return what a refusal means for the outbox; None if the wish is met all the same."""
    said = refused.message.lower()
    match refused:
        case TelegramRetryAfter():
            return SendFailed("429", pause=timedelta(seconds=refused.retry_after))
        case TelegramForbiddenError():
            return SendFailed("403", gone=True)
        case TelegramBadRequest():
            return _bad_request(said, payload)
        case TelegramUnauthorizedError() | TelegramNotFound() | TelegramConflictError():
            # 404 is what a token gets that is none; the messages wait until somebody repairs the setting.
            log.critical("Telegram refuses our token: sending waits", extra={"reason": refused.message[:40]})
            return SendFailed("token refused", pause=REFUSED_TOKEN)
        case TelegramEntityTooLarge():
            log.error("Telegram refuses a message as too large", extra={"method": payload["method"]})
            return SendFailed("413")
        case NotSent():
            # Nobody has seen the message and none of the others would fare better.
            return SendFailed("no connection", pause=NO_CONNECTION)
        case TelegramServerError() if not isinstance(refused, Unreadable):
            return SendFailed("5xx", retry_in=SOON)
        case TelegramServerError() | TelegramNetworkError():
            return SendFailed(type(refused).__name__, retry_in=SOON, unknown=True)
        case _ if "too many requests" in said:
            return SendFailed("429", pause=UNSAID)
        case _:
            log.error("Telegram answers as it never did", extra={"method": payload["method"]})
            return SendFailed(type(refused).__name__)


def _bad_request(said: str, payload: dict[str, Any]) -> SendFailed | None:
    if any(words in said for words in FULFILLED):
        return None
    if UNDELETABLE in said:
        log.warning("a message with a secret could not be deleted")
        return None
    if any(words in said for words in NOT_REACHABLE):
        return SendFailed("unreachable", gone=True)
    if any(words in said for words in NOT_EDITABLE):
        loses_buttons = payload["method"] == "editMessageReplyMarkup"
        return None if loses_buttons else SendFailed("not editable", instead=as_new(payload))
    if "can't parse entities" in said and "parse_mode" in payload:
        # A reminder must never stop at a name: once more as plain text.
        log.error("Telegram could not parse our markup", extra={"method": payload["method"]})
        return SendFailed("entities", instead=_plain(payload))
    log.error("Telegram refuses a message", extra={"method": payload["method"], "reason": said[:60]})
    return SendFailed("400")


def _plain(payload: dict[str, Any]) -> dict[str, Any]:
    bare = {key: value for key, value in payload.items() if key != "parse_mode"}
    return bare | {key: unescape(bare[key]) for key in ("text", "caption") if key in bare}


async def _made(payload: dict[str, Any], chat: str) -> tuple[type[TelegramMethod[Any]], dict[str, Any]]:
    """Return the call; a picture is drawn beside the loop, which has others to serve meanwhile."""
    if payload["method"] == "sendPhoto":
        return await asyncio.to_thread(_method, payload, chat)
    return _method(payload, chat)


def _method(payload: dict[str, Any], chat: str) -> tuple[type[TelegramMethod[Any]], dict[str, Any]]:
    values = {key: value for key, value in payload.items() if key != "method"}
    name = payload["method"]
    if name != "answerCallbackQuery":
        values["chat_id"] = int(chat)
    if "message_id" in values:
        values["message_id"] = int(values["message_id"])
    if name == "sendPhoto":
        values["photo"] = BufferedInputFile(pictures.read(values["photo"]), filename="picture.png")
    return getattr(methods, name[0].upper() + name[1:]), values
