"""Files people send: fetched through the Bot API, up to the 20 MB it gives."""

from __future__ import annotations

from aiogram import Bot
from aiohttp import ClientTimeout

from dialogs.engine.said import Said
from services.files import MAX_BYTES

#: A file must be here before its turn begins; longer, and the parent is asked to send it again.
SECONDS = 20


async def fetch(bot: Bot, said: Said) -> bytes | None:
    """Return the bytes of the file that was said; nothing where Telegram does not give them. May raise."""
    found = await bot.get_file(said.value("file_id"), request_timeout=SECONDS)
    if not found.file_path:
        return None
    url = bot.session.api.file_url(bot.token, found.file_path)
    session = await bot.session.create_session()  # type: ignore[attr-defined]  # our own session
    async with session.get(url, timeout=ClientTimeout(total=SECONDS), allow_redirects=False) as answer:
        if answer.status != 200:  # noqa: PLR2004
            return None
        data = bytearray()
        async for part in answer.content.iter_chunked(65_536):
            data += part
            if len(data) > MAX_BYTES:  # enough to know that it is too big
                break
        return bytes(data)
