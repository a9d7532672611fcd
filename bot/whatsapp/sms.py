"""SMS codes through Twilio. The client is theirs, the timeout is ours."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Final

from aiohttp import ClientError
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from bot.channels import SendFailed
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from storage.outbox import Outgoing

logging.getLogger("twilio.async_http_client").setLevel(logging.WARNING)  # INFO prints numbers

TIMEOUT: Final = 10.0
TOO_MANY: Final = 429
#: Twilio must not deliver a dead code: it lives five minutes.
VALID_SECONDS: Final = 300


class _Http(AsyncTwilioHttpClient):  # type: ignore[misc]  # twilio ships no types
    """Their client ignores its own timeout (twilio-python #925)."""

    async def request(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> Any:  # noqa: ASYNC109
        return await super().request(*args, timeout=timeout or TIMEOUT, **kwargs)


class TwilioSms:
    """The channel of codes. Made inside the running loop; a POST is never repeated by the client itself."""

    name = "sms"

    def __init__(self, account: str, token: str, sender: str, api_url: str = "") -> None:
        self._account, self._token, self._sender, self._api_url = account, token, sender, api_url
        self._http: _Http | None = None
        self._client: Client | None = None

    def _ready(self) -> Client:
        """Return the client, made on first use: it must be made inside the running loop."""
        if self._client is None:
            self._http = _Http(max_retries=None)
            self._client = Client(self._account, self._token, http_client=self._http)
            if self._api_url:
                self._client.api.base_url = self._api_url
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
        except TwilioRestException as refused:
            if refused.status == TOO_MANY:
                raise SendFailed("429", pause=timedelta(seconds=5)) from None
            raise SendFailed(f"twilio {refused.code}") from None
        except (TimeoutError, OSError, ClientError) as failed:
            raise SendFailed(type(failed).__name__, unknown=True) from None
        return str(message.sid)

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
