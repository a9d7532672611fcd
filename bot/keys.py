"""`python -m bot keys rotate` and `keys reindex`: new keys for what is stored."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot import settings
from bot.chance import Secure
from bot.clock import WallClock
from bot.settings import KEY_BYTES, BadSettings, Settings
from storage import migrate, rekey
from storage.books import books
from storage.do import World
from storage.keys import WrongKeys
from storage.vault import Sealed, Vault
from storage.writer import Writer

T = TypeVar("T")


def rotate() -> None:
    """Wrap every person's key with the first of DATA_KEYS, in slices, beside the running bot."""
    given = settings.must_be_writable(settings.must_have_keys(settings.load()))
    new = asyncio.run(_with_writer(given, given.index_key, _rotate))
    print(f"{new} keys are wrapped anew; the other DATA_KEYS can be left out once every process has been started anew")


async def _rotate(writer: Writer) -> int:
    new = 0
    last = -1
    while last:
        last, some = await writer.deed(partial(rekey.rewrap, after=max(last, 0)))
        new += some
    return new


def reindex(former: Path) -> None:
    """Make every blind index anew with INDEX_KEY; `former` is a file with the key they were made with."""
    given = settings.must_be_writable(settings.must_have_keys(settings.load()))
    before = _key(former)

    async def work(writer: Writer) -> None:
        await writer.deed(lambda deed: rekey.reindex(deed, Vault(given.data_keys, given.index_key, Secure())))

    try:
        # Opened with the former key, which is the one that fits; what is written is made with the new one.
        asyncio.run(_with_writer(given, before, work))
    except (Sealed, WrongKeys):
        raise BadSettings(f"{former} holds another key than the one this database was indexed with") from None
    except rekey.NotWhole as broken:
        raise BadSettings(str(broken)) from None
    print("every index is made anew; the former key is not needed any more")


def _key(former: Path) -> bytes:
    try:
        key = base64.b64decode(former.read_text().strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise BadSettings(f"{former} must hold the former INDEX_KEY: 32 bytes in base64")
    return key


async def _with_writer(given: Settings, index_key: bytes, work: Callable[[Writer], Awaitable[T]]) -> T:
    migrate.upgrade(given.database_url)
    chance = Secure()
    world = World(WallClock(), chance, Vault(given.data_keys, index_key, chance))
    writer = Writer(books(given.database_url, world, _no_turns, _no_turns)[0])
    await writer.start()
    try:
        return await work(writer)
    finally:
        await writer.stop()


def _no_turns(*_: object) -> None:
    raise RuntimeError("keys take no turns")
