"""Files from a messenger, kept sealed before the turn that hears of them: a turn waits for no network and no disk.

The bytes are looked at, sealed with a key of their own and written to FILES_DIR; the turn is told the file's token and
key, and keeps the key sealed with the person's. A file no turn took is an orphan nobody can open;
a tick takes it away.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.channels import Inbound
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import STEPS
from services import files
from storage import conversations
from storage.do import Chance
from storage.reader import Reader
from storage.vault import Vault

log = logging.getLogger(__name__)

#: Fetches the bytes a said file names; raises, or returns nothing, where they cannot be had.
Fetch = Callable[[Said], Awaitable[bytes | None]]
_SEAL = b"stored_file"


@dataclass(frozen=True)
class Shelf:
    """The folder of sealed files. Transports of all messengers put files here, the desk reads them."""

    folder: Path
    chance: Chance

    async def keep(self, data: bytes, name: str) -> tuple[tuple[str, str], ...]:
        """Return what a turn is told of these bytes: where they lie, or the reason they are not taken."""
        return await asyncio.to_thread(self._keep, data, name)

    def _keep(self, data: bytes, name: str) -> tuple[tuple[str, str], ...]:
        seen = files.look(data)
        if seen.reason:
            return (("name", name), ("reason", seen.reason))
        token, key, nonce = self.chance.token(), self.chance.bytes(32), self.chance.bytes(12)
        self._write(token, nonce + AESGCM(key).encrypt(nonce, seen.data, _SEAL))
        told = {
            "file": token,
            "key": key.hex(),
            "kind": seen.kind,
            "size": str(len(seen.data)),
            "digest": hashlib.sha256(seen.data).hexdigest(),
            "name": name,
        }
        return tuple((told | ({"small": "1"} if seen.is_small else {})).items())

    def _write(self, token: str, sealed: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / token
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())

    def read(self, token: str, key: str) -> bytes:
        """Return the bytes of a file; raises where it is gone, or the key is another file's."""
        sealed = (self.folder / token).read_bytes()
        return AESGCM(bytes.fromhex(key)).decrypt(sealed[:12], sealed[12:], _SEAL)

    def older_than(self, age: timedelta) -> list[str]:
        """Return the tokens of files that have lain here for longer: by the machine's clock, as their days are."""
        if not self.folder.is_dir():
            return []
        since = time.time() - age.total_seconds()
        return [entry.name for entry in os.scandir(self.folder) if entry.is_file() and entry.stat().st_mtime < since]

    def drop(self, tokens: Iterable[str]) -> None:
        """Take files away; one that another process took meanwhile is gone, too."""
        for token in tokens:
            (self.folder / token).unlink(missing_ok=True)


@dataclass(frozen=True)
class Attachments:
    """Gives an inbound file its bytes, but only where a file is an answer: nobody's other pictures are kept."""

    shelf: Shelf
    reader: Reader
    vault: Vault
    fetchers: Mapping[str, Fetch]

    async def fetched(self, inbound: Inbound) -> Inbound:
        """Return the event with its file on the shelf, or with the reason it is not."""
        fetch = self.fetchers.get(inbound.channel)
        if fetch is None or inbound.said.heard not in (Heard.PHOTO, Heard.FILE) or not await self.is_wanted(inbound):
            return inbound
        said = inbound.said
        name = said.text if said.heard is Heard.FILE else ""
        if int(said.value("size") or 0) > files.MAX_BYTES:
            return _with(inbound, (("name", name), ("reason", "too_big")))
        try:
            data = await fetch(said)
        except files.TooLarge:
            return _with(inbound, (("name", name), ("reason", "too_big")))
        except Exception as failed:  # noqa: BLE001 - the parent is told and sends it again; its text may hold a token
            log.warning("a file could not be fetched", extra={"reason": type(failed).__name__})
            data = None
        if data is None:
            return _with(inbound, (("name", name), ("reason", "unreachable")))
        return await self.received(inbound, data, name)

    async def received(self, inbound: Inbound, data: bytes, name: str) -> Inbound:
        """Return the event with these bytes on the shelf."""
        return _with(inbound, await self.shelf.keep(data, name))

    async def is_wanted(self, inbound: Inbound) -> bool:
        """Say whether the question this chat stands at takes files."""
        index = self.vault.index("address", f"{inbound.channel}|{inbound.external}")
        state = await self.reader.read(lambda session: conversations.state_of(session, inbound.channel, index))
        step = STEPS.get(state)
        return step is not None and step.takes_files


def _with(inbound: Inbound, values: tuple[tuple[str, str], ...]) -> Inbound:
    return replace(inbound, said=replace(inbound.said, values=values))
