"""Argon2, off the writer's thread: a page makes hashes, a turn compares them."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable
from typing import Final

from argon2 import PasswordHasher
from argon2.low_level import Type, hash_secret

#: Each run takes 64 MiB and a core for a while; whoever comes third waits.
AT_ONCE: Final = 2
HASH_BYTES: Final = 32
_CHALLENGE: Final = re.compile(r"\$argon2id\$v=(\d+)\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)")


class Argon:
    """Counts its runs, so that a test can show that nobody's login costs more or fewer than another's."""

    def __init__(self) -> None:
        self.runs = 0
        self._room = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        """Return the hash of a new password."""
        return await self._run(lambda: PasswordHasher().hash(password))

    async def prove(self, password: str, challenge: str) -> str:
        """Return the hash of a typed password with the parameters and the salt of an account.

        Whether it is the right one only the turn knows.
        """
        return await self._run(lambda: derive(password, challenge))

    async def _run(self, work: Callable[[], str]) -> str:
        async with self._room:
            self.runs += 1
            return await asyncio.to_thread(work)


def derive(password: str, challenge: str) -> str:
    """Return the encoded hash of `password` for a challenge, `$argon2id$v=…$m=…,t=…,p=…$salt`."""
    found = _CHALLENGE.fullmatch(challenge)
    if found is None:
        raise ValueError("this is no challenge")
    version, memory, time, lanes = (int(part) for part in found.groups()[:4])
    salt = base64.b64decode(found[5] + "=" * (-len(found[5]) % 4))
    return hash_secret(
        password.encode(),
        salt,
        time_cost=time,
        memory_cost=memory,
        parallelism=lanes,
        hash_len=HASH_BYTES,
        type=Type.ID,
        version=version,
    ).decode()
