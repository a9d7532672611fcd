"""Conversations whose oldest draft has lived its days, opened and sealed outside a turn."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from storage import conversations
from storage.failures import report
from storage.models import micros
from storage.vault import Sealed

if TYPE_CHECKING:
    from storage.do import Deed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredTalk:
    """One person's conversation as stored values."""

    person: int
    values: dict[str, Any]


def expired(deed: Deed, limit: int = 100) -> list[StoredTalk]:
    """Return conversations with a draft to wipe."""
    rows = deed.db.execute(
        "SELECT c.person_id, c.sealed, p.key FROM conversation c JOIN person p ON p.id=c.person_id"
        " WHERE c.expires_at<=? ORDER BY c.expires_at LIMIT ?",
        (micros(deed.now), limit),
    ).fetchall()
    return [talk for row in rows if (talk := _open(deed, *row)) is not None]


def _open(deed: Deed, person: int, sealed: bytes, wrapped: bytes | None) -> StoredTalk | None:
    vault = deed.world.vault
    try:
        return StoredTalk(person, conversations.unseal(vault, vault.unwrap(wrapped), person, sealed))
    except Sealed as shut:
        # Nobody can read it, so there is nothing to wipe; the others must not wait behind it.
        report(log, "a conversation cannot be opened", shut, person=person)
        deed.db.execute("UPDATE conversation SET expires_at=NULL WHERE person_id=?", (person,))
        return None


def keep(deed: Deed, person: int, values: dict[str, Any], *, expires_at: datetime | None) -> None:
    """Store a conversation without what was wiped."""
    vault = deed.world.vault
    wrapped = deed.db.execute("SELECT key FROM person WHERE id=?", (person,)).fetchone()[0]
    deed.db.execute(
        "UPDATE conversation SET sealed=?, expires_at=? WHERE person_id=?",
        (
            conversations.seal(vault, vault.unwrap(wrapped), person, values),
            micros(expires_at) if expires_at else None,
            person,
        ),
    )
