"""A parent's file, fetched from Twilio: with our password from Twilio alone, and never more than we take."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, encode_basic_auth

from services.files import MAX_BYTES, TooLarge

CHUNK: Final = 65_536
#: For each of two steps: a file must be here before its turn begins, and Twilio waits fifteen seconds for the webhook.
SECONDS: Final = 6.0
MOVED: Final = (301, 302, 303, 307, 308)
OK: Final = 200


class NotThere(Exception):
    """Twilio does not give the file."""


async def fetch(url: str, *, account: str, token: str, api_url: str = "", largest: int = MAX_BYTES) -> bytes:
    """Return a file of a message; raise TooLarge as soon as it is, NotThere where it cannot be had.

    Twilio sends on to a store that must not see our password; and a webhook's field, though signed, must not send our
    password anywhere but to Twilio.
    """
    home = urlsplit(api_url or "https://api.twilio.com")
    asked = urlsplit(url)
    if (asked.scheme, asked.netloc) != (home.scheme, home.netloc):
        raise NotThere("not at Twilio")
    login = {"Authorization": encode_basic_auth(account, token)}
    try:
        async with ClientSession(timeout=ClientTimeout(total=SECONDS)) as session:
            async with session.get(url, headers=login, allow_redirects=False) as answer:
                if answer.status not in MOVED:
                    return await _read(answer.status, answer.content.iter_chunked(CHUNK), largest)
                store = answer.headers.get("Location", "")
            if urlsplit(store).scheme not in ("https", home.scheme):
                raise NotThere("sent elsewhere")
            async with session.get(store, allow_redirects=False) as answer:
                return await _read(answer.status, answer.content.iter_chunked(CHUNK), largest)
    except (ClientError, TimeoutError, OSError, ValueError) as failed:
        raise NotThere(type(failed).__name__) from None


async def _read(status: int, chunks: AsyncIterator[bytes], largest: int) -> bytes:
    """Read no further than the cap: a header may promise anything."""
    if status != OK:
        raise NotThere(str(status))
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > largest:
            raise TooLarge
    return bytes(body)
