"""Our way to the Bot API: JSON bodies, short connects, and an error that says whether Telegram has seen the call."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final, cast

import orjson
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError, TelegramServerError
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientConnectorError, ClientError, ClientTimeout, ConnectionTimeoutError

#: A whole call, and the part of it in which a connection is made.
TIMEOUT: Final = 15.0
CONNECT_TIMEOUT: Final = 5.0
JSON: Final = {"Content-Type": "application/json"}


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
        data, headers = self._body(bot, method)
        status, text = await self._post(bot, method, data, headers, timeout)
        try:
            response = self.check_response(bot=bot, method=method, status_code=status, content=text)
        except ClientDecodeError:
            raise Unreadable(method, status, _taken(status, text)) from None
        return cast("TelegramType", response.result)

    async def say(self, bot: Bot, kind: type[TelegramMethod[Any]], values: dict[str, Any]) -> int | None:
        """Call with values that are JSON already; return the id of the message, None where there is none.

        What aiogram would make of the call and of its answer costs more than the call itself, and nobody reads it.
        """
        method = kind.model_construct()
        status, text = await self._post(bot, method, orjson.dumps(values), JSON, None)
        if (taken := _taken(status, text)) is not None:
            number = taken.get("message_id")
            return number if type(number) is int else None
        with suppress(ClientDecodeError):
            self.check_response(bot=bot, method=method, status_code=status, content=text)
        raise Unreadable(method, status, None)

    async def _post(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        data: Any,  # Any: bytes or a form
        headers: dict[str, str],
        timeout: int | None,  # noqa: ASYNC109 - aiogram's
    ) -> tuple[int, str]:
        """Call once; return the status and the words of the answer."""
        session = await self.create_session()
        limit = ClientTimeout(total=timeout or self.timeout, sock_connect=CONNECT_TIMEOUT)
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        try:
            async with session.post(url, data=data, headers=headers, timeout=limit, allow_redirects=False) as answer:
                return answer.status, await answer.text(errors="replace")
        except (ClientConnectorError, ConnectionTimeoutError) as failed:
            raise NotSent(method=method, message=type(failed).__name__) from None
        except (ClientError, TimeoutError) as failed:
            # The text of an aiohttp error may carry the address, and the address the token.
            raise TelegramNetworkError(method=method, message=type(failed).__name__) from None

    def _body(self, bot: Bot, method: TelegramMethod[Any]) -> tuple[Any, dict[str, str]]:  # Any: bytes or a form
        files: dict[str, Any] = {}
        prepared = {
            key: self.prepare_value(value, bot=bot, files=files, _dumps_json=False)
            for key, value in method.model_dump(warnings=False).items()
        }
        if files:
            return self.build_form_data(bot=bot, method=method), {}
        return orjson.dumps({key: value for key, value in prepared.items() if value is not None}), JSON


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
