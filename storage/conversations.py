"""Conversations: opaque here, sealed with the person's key; revision, step and expiry stand in clear."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.vault import Vault


def seal(vault: Vault, key: bytes, person: int, values: dict[str, Any]) -> bytes:
    """Return the stored values of a conversation, sealed for its person."""
    clear = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    return vault.seal(key, clear, _row(person))


def unseal(vault: Vault, key: bytes, person: int, sealed: bytes) -> dict[str, Any]:
    """Return the stored values of this person's conversation."""
    return dict(json.loads(vault.open(key, sealed, _row(person))))


def _row(person: int) -> str:
    return f"conversation|{person}"
