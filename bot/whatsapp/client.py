"""Twilio's client as we use it. The client is theirs; the connections, the timeout and the address are ours."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import ClientSession, ClientTimeout, encode_basic_auth
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

log = logging.getLogger(__name__)

#: A whole call, and the part of it in which a connection is made.
TIMEOUT: Final = 10.0
CONNECT_TIMEOUT: Final = 4.0
JSON: Final = "application/json"


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
        is_json = sent.get("Content-Type") == JSON
        async with self._session.request(
            method,
            uri,
            params=params,
            data=None if is_json else data,
            json=data if is_json else None,
            headers=sent,
            allow_redirects=False,
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


class Caller:
    """Calls one account. A POST is never repeated by the client itself."""

    def __init__(self, account: str, token: str, api_url: str = "", *, timeout: float = TIMEOUT) -> None:
        self.account, self._token = account, token
        self._api_url, self._timeout = api_url, timeout
        self._http: _Http | None = None
        self._client: _Client | None = None

    def _ready(self) -> _Client:
        """Return the client, made on first use: it must be made inside the running loop."""
        if self._client is None:
            self._http = _Http(self._timeout)
            self._client = _Client(self.account, self._token, self._http, self._api_url)
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
