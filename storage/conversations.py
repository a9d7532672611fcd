"""Conversations: opaque here, sealed with the person's key; revision, step and expiry stand in clear."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage.models import AddressRow, ConversationRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

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


def state_of(session: Session, channel: str, external_index: str) -> str:
    """Return the name of the step a chat stands at, "" for somebody new."""
    found = session.scalar(
        select(ConversationRow.state)
        .join(AddressRow, AddressRow.person_id == ConversationRow.person_id)
        .where(AddressRow.channel == channel, AddressRow.external_index == external_index)
    )
    return found or ""
