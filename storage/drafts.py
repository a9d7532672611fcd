"""Conversations whose oldest draft has lived its days, opened and sealed outside a turn."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from storage.models import micros

if TYPE_CHECKING:
    from storage.do import Deed


@dataclass(frozen=True)
class StoredTalk:
    """One person's conversation as stored values."""

    person: int
    values: dict[str, Any]


def expired(deed: Deed, limit: int = 100) -> list[StoredTalk]:
    """Return conversations with a draft to wipe."""
    vault = deed.world.vault
    rows = deed.db.execute(
        "SELECT c.person_id, c.sealed, p.key FROM conversation c JOIN person p ON p.id=c.person_id"
        " WHERE c.expires_at<=? LIMIT ?",
        (micros(deed.now), limit),
    ).fetchall()
    return [
        StoredTalk(person, json.loads(vault.open(vault.unwrap(key), sealed, f"conversation|{person}")))
        for person, sealed, key in rows
    ]


def keep(deed: Deed, person: int, values: dict[str, Any], *, expires_at: datetime | None) -> None:
    """Store a conversation without what was wiped."""
    vault = deed.world.vault
    wrapped = deed.db.execute("SELECT key FROM person WHERE id=?", (person,)).fetchone()[0]
    clear = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    sealed = vault.seal(vault.unwrap(wrapped), clear, f"conversation|{person}")
    deed.db.execute(
        "UPDATE conversation SET sealed=?, expires_at=? WHERE person_id=?",
        (sealed, micros(expires_at) if expires_at else None, person),
    )
