"""Telegram's calls through aiogram, and what its refusals mean."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Final, cast

from aiogram import Bot, methods
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
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
from dialogs.engine.ask import Ask
from services.services import Chat
from storage.outbox import Outgoing

log = logging.getLogger(__name__)

TIMEOUT: Final = 15.0

#: 400s after which there is nothing left to do: the wish is met, or can never be.
FULFILLED: Final = ("message is not modified", "message to delete not found", "query is too old")
#: 400s of an edit whose message is gone: the question comes as a new message.
NOT_EDITABLE: Final = (
    "message to edit not found",
    "message can't be edited",
    "message identifier is not specified",
)
NOT_REACHABLE: Final = ("chat not found", "user is deactivated", "peer_id_invalid")
HIDDEN: Final = "message can't be deleted"


def make_bot(token: str, api_url: str) -> Bot:
    """Return the client; a self-hosted Bot API server is only another address."""
    server = TelegramAPIServer.from_base(api_url.rstrip("/"))
    return Bot(token, session=AiohttpSession(api=server, timeout=TIMEOUT))


class Telegram:
    """The channel."""

    name = "telegram"

    def __init__(self, bot: Bot, *, has_pages: bool) -> None:
        self._bot, self._has_pages = bot, has_pages

    def chat(self, external: str) -> Chat:
        return Chat(may_type_ids=True, shares_contact=True, has_pages=self._has_pages)

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
            result = await self._bot(_method(payload, out.external))
        except TelegramAPIError as refused:
            answer = policy(refused, payload)
            if answer is None:
                return None
            raise answer from None
        return str(result.message_id) if hasattr(result, "message_id") else None

    async def close(self) -> None:
        """Close the connections; polling uses the same ones and has ended by now."""
        await self._bot.session.close()


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
        case TelegramUnauthorizedError() | TelegramConflictError():
            log.critical(
                "Telegram refuses our token: sending stops for a minute",
                extra={"reason": refused.message[:40]},
            )
            return SendFailed("401", pause=timedelta(minutes=1))
        case TelegramServerError():
            return SendFailed("5xx", retry_in=timedelta(seconds=1))
        case TelegramNetworkError():
            refused_before = "cannot connect" in said or "connection refused" in said
            return SendFailed("network", retry_in=timedelta(seconds=1), unknown=not refused_before)
        case _:
            return SendFailed(type(refused).__name__)


def _bad_request(said: str, payload: dict[str, Any]) -> SendFailed | None:
    if any(words in said for words in FULFILLED) or HIDDEN in said:
        return None
    if any(words in said for words in NOT_REACHABLE):
        return SendFailed("unreachable", gone=True)
    if any(words in said for words in NOT_EDITABLE):
        gone = payload["method"] == "editMessageReplyMarkup"
        return None if gone else SendFailed("not editable", instead=as_new(payload))
    if "can't parse entities" in said and "parse_mode" in payload:
        # A reminder must never stop at a name: once more as plain text.
        log.error("Telegram could not parse our markup", extra={"method": payload["method"]})
        return SendFailed("entities", instead=_plain(payload))
    log.error("Telegram refuses a message", extra={"method": payload["method"], "reason": said[:60]})
    return SendFailed("400")


def _plain(payload: dict[str, Any]) -> dict[str, Any]:
    from html import unescape

    bare = {key: value for key, value in payload.items() if key != "parse_mode"}
    return bare | {key: unescape(bare[key]) for key in ("text", "caption") if key in bare}


def _method(payload: dict[str, Any], chat: str) -> TelegramMethod[Any]:
    values = {key: value for key, value in payload.items() if key != "method"}
    name = payload["method"]
    if name != "answerCallbackQuery":
        values["chat_id"] = int(chat)
    if name == "sendPhoto":
        values["photo"] = BufferedInputFile(pictures.read(values["photo"]), filename=f"{values['photo']}.png")
    kind = getattr(methods, name[0].upper() + name[1:])
    return cast("TelegramMethod[Any]", kind.model_validate(values))
