"""Keys: every person has one, wrapped by DATA_KEYS; what is sealed with it goes when the key goes."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


class Lottery(Protocol):
    """Where keys and nonces are drawn."""

    def bytes(self, count: int) -> bytes: ...


class Sealed(Exception):
    """This was not sealed with this key, or for this row."""


@dataclass(frozen=True)
class Vault:
    """Wraps person keys with the data keys, and makes blind indexes with the index key.

    `data_keys` are 32 bytes each, the first one writes, all read; `index_key` never lies in the database.
    """

    data_keys: tuple[bytes, ...]
    index_key: bytes
    lottery: Lottery

    def new_key(self) -> tuple[bytes, bytes]:
        """Return a new person key and the same wrapped."""
        key = self.lottery.bytes(KEY_BYTES)
        return key, self.wrap(key)

    def wrap(self, key: bytes) -> bytes:
        """Return `key` sealed with the first data key, its number in front."""
        return _number(self.data_keys[0]) + self.seal(self.data_keys[0], key, "person.key")

    def is_newest(self, wrapped: bytes) -> bool:
        """Say whether a key is wrapped with the data key that writes."""
        return wrapped[:4] == _number(self.data_keys[0])

    def unwrap(self, wrapped: bytes | None) -> bytes:
        """Return the person key; raise Sealed if no data key of ours opens it, or the person was erased."""
        if wrapped is None:
            raise Sealed("erased")
        number, sealed = wrapped[:4], wrapped[4:]
        for key in self.data_keys:
            if _number(key) == number:
                return self.open(key, sealed, "person.key")
        raise Sealed("no such data key")

    def seal(self, key: bytes, clear: bytes, row: str) -> bytes:
        """Return `clear` encrypted and bound to `row` (`table|owner|field`)."""
        nonce = self.lottery.bytes(NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, clear, row.encode())

    def open(self, key: bytes, sealed: bytes, row: str) -> bytes:
        """Return what was sealed for `row`; raise Sealed for another row or key."""
        try:
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], row.encode())
        except (InvalidTag, ValueError):  # ValueError: too short to have been sealed
            raise Sealed(row.partition("|")[0]) from None

    def own(self, name: str) -> bytes:
        """Return the key of what belongs to no person (`registry`), derived from the index key."""
        return hmac.digest(self.index_key, b"own|" + name.encode(), "sha256")

    def index(self, kind: str, value: str) -> str:
        """Return the blind index of a value: IINs can be enumerated, so the key is the only protection (F14)."""
        return hmac.digest(self.index_key, f"{kind}|{value}".encode(), "sha256").hex()[:40]


def _number(key: bytes) -> bytes:
    return hashlib.sha256(b"number|" + key).digest()[:4]
