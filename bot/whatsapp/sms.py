"""SMS codes through Twilio. The client is theirs; the connections, the timeout and the address are ours."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    encode_basic_auth,
)
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.channels import SendFailed
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from storage.outbox import Outgoing

log = logging.getLogger(__name__)

#: A whole call, and the part of it in which a connection is made.
TIMEOUT: Final = 10.0
CONNECT_TIMEOUT: Final = 4.0
TOO_MANY: Final = 429
TROUBLE: Final = 500
#: Twilio does not know our account or its token.
NOT_US: Final = (401, 403)
#: Twilio must not deliver a dead code: it lives five minutes.
VALID_SECONDS: Final = 300


class _Http(AsyncHttpClient):  # type: ignore[misc]  # twilio ships no types
    """One call, once, in time, and nothing kept of it.

    Twilio's own client ignores its timeout (twilio-python #925), logs numbers and remembers the last request.
    """

    def __init__(self, timeout: float) -> None:
        super().__init__(log, True, timeout)
        limit = ClientTimeout(total=timeout, sock_connect=CONNECT_TIMEOUT)
        self._session = ClientSession(timeout=limit)

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - their signature
        allow_redirects: bool = False,
    ) -> Response:
        sent = dict(headers or {}) | ({"Authorization": encode_basic_auth(*auth)} if auth else {})
        async with self._session.request(
            method, uri, params=params, data=data, headers=sent, allow_redirects=False
        ) as answer:
            return Response(answer.status, await answer.text(errors="replace"), answer.headers)

    async def close(self) -> None:
        await self._session.close()


class _Client(Client):  # type: ignore[misc]  # twilio ships no types
    """Twilio's client, at another address if one is given: by itself it knows only regions and edges."""

    def __init__(self, account: str, token: str, http: _Http, base_url: str) -> None:
        super().__init__(account, token, http_client=http)
        self._base_url = base_url.rstrip("/")

    def get_hostname(self, uri: str) -> str:
        """Every call of every product passes here."""
        if not self._base_url:
            return str(super().get_hostname(uri))
        return self._base_url + urlsplit(uri)._replace(scheme="", netloc="").geturl()


class TwilioSms:
    """The channel of codes. A POST is never repeated by the client itself."""

    name = "sms"

    def __init__(self, account: str, token: str, sender: str, api_url: str = "", *, timeout: float = TIMEOUT) -> None:
        self._account, self._token, self._sender = account, token, sender
        self._api_url, self._timeout = api_url, timeout
        self._http: _Http | None = None
        self._client: _Client | None = None

    def _ready(self) -> _Client:
        """Return the client, made on first use: it must be made inside the running loop."""
        if self._client is None:
            self._http = _Http(self._timeout)
            self._client = _Client(self._account, self._token, self._http, self._api_url)
        return self._client

    async def send(self, out: Outgoing, target: str | None) -> str | None:
        """Send one code; return Twilio's message id."""
        try:
            message = await self._ready().messages.create_async(
                to=out.payload["to"],
                from_=self._sender,
                body=say(T("sms.code", code=out.payload["code"]), out.payload["language"]),
                validity_period=VALID_SECONDS,
            )
        except (TwilioRestException, TwilioServiceException) as refused:
            raise policy(refused.status, refused.code) from None
        except (ClientConnectorError, ConnectionTimeoutError) as failed:
            # Nobody has seen the code.
            raise SendFailed(type(failed).__name__, retry_in=timedelta(seconds=1)) from None
        except (TimeoutError, OSError, ClientError, ValueError) as failed:
            # A ValueError is an answer that is not JSON: who knows what stood behind it.
            raise SendFailed(type(failed).__name__, unknown=True) from None
        return str(message.sid)

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()


def policy(status: int, code: int | None) -> SendFailed:
    """Return what a refusal means for the outbox; Twilio's own words may carry the number, so they are not kept."""
    if status == TOO_MANY:
        # Not processed: the same code may go a little later.
        return SendFailed("429", pause=timedelta(seconds=5))
    if status >= TROUBLE:
        return SendFailed(f"twilio {status}", unknown=True)
    if status in NOT_US:
        log.critical("Twilio refuses our account: TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is wrong")
    else:
        log.error("Twilio refuses a code", extra={"status": status, "twilio": code})
    return SendFailed(f"twilio {code or status}")
