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
    db, now = deed.db, micros(deed.now)
    sql = "SELECT person_id FROM conversation WHERE expires_at<=? ORDER BY expires_at LIMIT ?"
    persons = [row[0] for row in db.execute(sql, (now, limit))]
    # Whoever speaks at this moment may have kept the draft; after that they are not moved under our hands.
    db.hold(persons)
    rows = db.execute(
        "SELECT c.person_id, c.sealed, p.key FROM conversation c JOIN person p ON p.id=c.person_id"  # noqa: S608
        f" WHERE c.person_id {db.among} AND c.expires_at<=? ORDER BY c.expires_at",
        (db.many(persons), now),
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
