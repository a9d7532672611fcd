"""Our way to the Bot API: JSON bodies, short connects, and an error that says whether Telegram has seen the call."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final, cast

import orjson
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError, TelegramServerError
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Message
from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, ConnectionTimeoutError

#: A whole call, and the part of it in which a connection is made.
TIMEOUT: Final = 15.0
CONNECT_TIMEOUT: Final = 5.0
JSON: Final = {"Content-Type": "application/json"}
#: Methods of whose answer nobody reads more than the id of the message.
_PLAIN: Final = frozenset(
    {
        "answerCallbackQuery",
        "deleteMessage",
        "editMessageReplyMarkup",
        "editMessageText",
        "sendDocument",
        "sendMessage",
        "sendPhoto",
    }
)


class NotSent(TelegramNetworkError):
    """The connection was never made: Telegram has not seen the call."""


class Unreadable(TelegramServerError):
    """The answer is not one of the Bot API; `result` is there where Telegram did take the call."""

    def __init__(self, method: TelegramMethod[Any], status: int, result: dict[str, Any] | None) -> None:
        super().__init__(method=method, message=f"not an answer of the Bot API, status {status}")
        self.result = result


def make_bot(token: str, api_url: str, *, timeout: float = TIMEOUT) -> Bot:
    """Return the client; a self-hosted Bot API server is only another address."""
    server = TelegramAPIServer.from_base(api_url)
    return Bot(token, session=JsonSession(api=server, timeout=timeout, json_loads=orjson.loads))


class JsonSession(AiohttpSession):
    """aiogram's session with a JSON body: a third of the time of its multipart form."""

    async def close(self) -> None:
        """Close the connections; aiohttp itself waits for them now, so no quarter of a second is slept as well."""
        if self._session is not None and not self._session.closed:
            await self._session.close()

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> TelegramType:
        """Call once. Raises NotSent only where Telegram cannot have seen it."""
        session = await self.create_session()
        limit = ClientTimeout(total=timeout or self.timeout, sock_connect=CONNECT_TIMEOUT)
        try:
            status, text = await self._post(session, bot, method, limit)
        except (ClientConnectorError, ConnectionTimeoutError) as failed:
            raise NotSent(method=method, message=type(failed).__name__) from None
        except (ClientError, TimeoutError) as failed:
            # The text of an aiohttp error may carry the address, and the address the token.
            raise TelegramNetworkError(method=method, message=type(failed).__name__) from None
        if (taken := _plainly_taken(method, status, text)) is not None:
            return cast("TelegramType", taken)
        try:
            response = self.check_response(bot=bot, method=method, status_code=status, content=text)
        except ClientDecodeError:
            raise Unreadable(method, status, _taken(status, text)) from None
        return cast("TelegramType", response.result)

    async def _post(
        self, session: ClientSession, bot: Bot, method: TelegramMethod[Any], limit: ClientTimeout
    ) -> tuple[int, str]:
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        data, headers = self._body(bot, method)
        async with session.post(url, data=data, headers=headers, timeout=limit, allow_redirects=False) as answer:
            return answer.status, await answer.text(errors="replace")

    def _body(self, bot: Bot, method: TelegramMethod[Any]) -> tuple[Any, dict[str, str]]:  # Any: bytes or a form
        files: dict[str, Any] = {}
        prepared = {
            key: self.prepare_value(value, bot=bot, files=files, _dumps_json=False)
            for key, value in method.model_dump(warnings=False).items()
        }
        if files:
            return self.build_form_data(bot=bot, method=method), {}
        return orjson.dumps({key: value for key, value in prepared.items() if value is not None}), JSON


def _plainly_taken(method: TelegramMethod[Any], status: int, text: str) -> object:
    """Return what a call came to where only that matters: yes, or the id of a message; None: look closer."""
    if method.__api_method__ not in _PLAIN or status != HTTPStatus.OK:
        return None
    result = _taken(status, text)
    number = result.get("message_id") if result else None
    if type(number) is int:
        return Message.model_construct(message_id=number)
    return True if text == '{"ok":true,"result":true}' else None


def _taken(status: int, text: str) -> dict[str, Any] | None:
    """Return the result of a call that worked, though aiogram knows no such answer: it must not be repeated."""
    try:
        answer = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if status != HTTPStatus.OK or not isinstance(answer, dict) or answer.get("ok") is not True:
        return None
    result = answer.get("result")
    return result if isinstance(result, dict) else {}
