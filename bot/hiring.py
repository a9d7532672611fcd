"""`python -m bot agent add`: the first accounts of the desk, before anybody can sign in to make others."""

from __future__ import annotations

import asyncio
import sys

from bot import settings
from bot.chance import Secure
from bot.clock import WallClock
from bot.settings import BadSettings
from bot.web.desk.office import hired, new_account
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from services.desk import ROLES
from services.refused import Refused
from storage import migrate
from storage.books import books
from storage.do import Do, World
from storage.events import Event
from storage.vault import Vault
from storage.writer import Writer


def main(login: str, shown: str, role: str) -> int:
    """Make an account, print its secrets once, and return the exit code."""
    given = settings.must_be_writable(settings.must_have_keys(settings.load()))
    if role not in ROLES:
        raise BadSettings(f"the role must be one of {', '.join(ROLES)}")
    migrate.upgrade(given.database_url)
    vault = Vault(given.data_keys, given.index_key, Secure())
    world = World(WallClock(), Secure(), vault)
    writer = Writer(books(given.database_url, world, _no_turn, _no_turn)[0])
    made = new_account(login, shown, role)
    try:
        asyncio.run(_hire(writer, made))
    except Refused as no:
        sys.stderr.write(f"balabaqsha: {say(T(no.key, **no.names), 'en')}\n")
        return 1
    sys.stdout.write(f"login:    {made['login']}\npassword: {made['password']}\nsecond factor: {made['link']}\n")
    return 0


async def _hire(writer: Writer, made: dict[str, str]) -> None:
    await writer.start()
    try:
        await writer.deed(lambda deed: hired(deed, made))
    finally:
        await writer.stop()


def _no_turn(_event: Event, _do: Do) -> None:
    raise RuntimeError("nobody talks here")
