"""Messages to be sent: planned in the turn, claimed and acknowledged in batches, sealed until sent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from storage.models import instant, micros

if TYPE_CHECKING:
    from storage.do import Deed, Do, World

CLAIM: Final = 200
LEASE: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class Outgoing:
    """A claimed message: where it goes, what it says, and which sent message it edits."""

    uid: str
    channel: str
    external: str
    kind: str
    payload: dict[str, Any]
    #: The message to edit or erase: our uid for it, and the provider's id once it arrived.
    edits: str | None
    target: str | None
    address: int | None
    attempts: int
    subject: str
    person: int
    maybe_duplicate: bool


@dataclass(frozen=True)
class Fate:
    """What became of one claimed message."""

    uid: str
    #: "sent", "planned" (again at `due_at`), "failed", "cancelled".
    state: str
    provider_id: str | None = None
    due_at: datetime | None = None
    reason: str = ""
    #: False where waiting was the provider's wish and no attempt is spent.
    spent: bool = True
    #: The person cannot be reached at this address any more.
    gone: bool = False
    #: The provider may have it already: the next try is flagged.
    doubtful: bool = False


class Outbox:
    """Plans the messages of one turn."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def add(
        self,
        kind: str,
        payload: dict[str, Any],
        *,
        channel: str | None = None,
        address: int | None = None,
        edits: str | None = None,
        revision: int | None = None,
        after: timedelta = timedelta(),
        expires_at: datetime | None = None,
        subject: str = "",
    ) -> str:
        """Plan one message of this turn and return its uid; to this chat unless told otherwise."""
        do = self._do
        uid = do.world.chance.token()[:22]
        sealed = do.world.vault.seal(do.key, json.dumps(payload, ensure_ascii=False).encode(), f"outbox|{uid}")
        do.db.execute(
            "INSERT INTO outbox (uid, person_id, address_id, channel, kind, payload, edits, revision, subject, cause,"
            " due_at, expires_at, created_at, state, attempts, reason, maybe_duplicate)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,'planned',0,'',0)",
            (
                uid,
                do.person,
                address or do.address,
                channel or do.channel,
                kind,
                sealed,
                edits,
                revision,
                subject,
                do.received.row,
                micros(do.now + after),
                micros(expires_at) if expires_at else None,
                micros(do.now),
            ),
        )
        return uid

    def sent_as(self, uid: str) -> str | None:
        """Return the provider's id of a sent message."""
        found = self._do.db.execute("SELECT provider_id FROM outbox WHERE uid=?", (uid,)).fetchone()
        return found[0] if found else None


def claim(deed: Deed, channels: Sequence[str]) -> list[Outgoing]:
    """Mark what is due as being sent and return it, in order; what is no longer wanted is cancelled first.

    A message of an address waits behind the earlier ones of the same address, also behind one that waits itself;
    a countdown's edits and an SMS neither wait nor make wait.
    """
    now = micros(deed.now)
    _cancel_unwanted(deed.db, now)
    marks = ",".join("?" * len(channels))
    rows = deed.db.execute(
        "SELECT o.uid FROM outbox o WHERE o.state='planned' AND o.due_at<=? AND o.kind NOT IN ('frame','code')"  # noqa: S608 - marks only
        f" AND o.channel IN ({marks}) AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.address_id=o.address_id"
        " AND e.kind NOT IN ('frame','code') AND e.id<o.id AND (e.state='sending' OR (e.state='planned' AND e.due_at>?)))"
        " UNION ALL SELECT uid FROM outbox WHERE state='planned' AND due_at<=? AND kind IN ('frame','code')"
        f" AND channel IN ({marks}) LIMIT ?",
        (now, *channels, now, now, *channels, CLAIM),
    ).fetchall()
    uids = [row[0] for row in rows]
    deed.db.execute(
        "UPDATE outbox SET state='sending', lease_until=? WHERE uid IN (SELECT value FROM json_each(?))",
        (micros(deed.now + LEASE), json.dumps(uids)),
    )
    return _read(deed, uids)


def _cancel_unwanted(db: sqlite3.Connection, now: int) -> None:
    """Re-check at the moment of acting: too late, asked differently by now, or nobody there."""
    due = "state='planned' AND due_at<=?"
    db.execute(
        f"UPDATE outbox SET state='expired', payload=NULL, done_at=? WHERE {due} AND expires_at<=?",
        (now, now, now),
    )
    db.execute(
        f"UPDATE outbox SET state='cancelled', reason='asked anew', payload=NULL, done_at=? WHERE {due}"  # noqa: S608
        " AND revision IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.person_id=outbox.person_id AND c.revision=outbox.revision)",
        (now, now),
    )
    db.execute(
        f"UPDATE outbox SET state='cancelled', reason='gone', payload=NULL, done_at=? WHERE {due}"  # noqa: S608
        " AND EXISTS (SELECT 1 FROM address a WHERE a.id=outbox.address_id AND a.gone_at IS NOT NULL)",
        (now, now),
    )


def _read(deed: Deed, uids: Iterable[str]) -> list[Outgoing]:
    vault = deed.world.vault
    rows = deed.db.execute(
        "SELECT o.uid, o.channel, a.channel, a.external, o.kind, o.payload, o.edits, t.provider_id, o.address_id, o.attempts,"
        " o.subject, o.person_id, p.key, ap.key, o.maybe_duplicate"
        " FROM outbox o JOIN person p ON p.id=o.person_id"
        " LEFT JOIN address a ON a.id=o.address_id LEFT JOIN person ap ON ap.id=a.person_id"
        " LEFT JOIN outbox t ON t.uid=o.edits"
        " WHERE o.uid IN (SELECT value FROM json_each(?)) ORDER BY o.id",
        (json.dumps(list(uids)),),
    ).fetchall()
    return [_outgoing(vault, row) for row in rows]


def _outgoing(vault: Any, row: tuple[Any, ...]) -> Outgoing:  # Any: a driver row
    (
        uid,
        channel,
        home,
        external,
        kind,
        payload,
        edits,
        target,
        address,
        attempts,
        subject,
        person,
        key,
        owner,
        twice,
    ) = row
    clear = json.loads(vault.open(vault.unwrap(key), payload, f"outbox|{uid}"))
    to = vault.open(vault.unwrap(owner), external, f"address|{home}|external").decode() if external else ""
    return Outgoing(uid, channel, to, kind, clear, edits, target, address, attempts, subject, person, bool(twice))


def settle(deed: Deed, fates: Iterable[Fate]) -> None:
    """Write what became of the claimed messages; what was said is forgotten once it is sent."""
    for fate in fates:
        if fate.state == "planned":
            _plan_again(deed, fate)
        else:
            _finish(deed, fate)


def _plan_again(deed: Deed, fate: Fate) -> None:
    deed.db.execute(
        "UPDATE outbox SET state='planned', due_at=?, attempts=attempts+?, reason=?, lease_until=NULL,"
        " maybe_duplicate=(maybe_duplicate OR ?) WHERE uid=?",
        (micros(fate.due_at or deed.now), int(fate.spent), fate.reason, fate.doubtful, fate.uid),
    )


def _finish(deed: Deed, fate: Fate) -> None:
    deed.db.execute(
        "UPDATE outbox SET state=?, provider_id=COALESCE(?, provider_id), reason=?, payload=NULL, lease_until=NULL,"
        " attempts=attempts+1, done_at=? WHERE uid=?",
        (fate.state, fate.provider_id, fate.reason, micros(deed.now), fate.uid),
    )
    if fate.gone:
        deed.db.execute(
            "UPDATE address SET gone_at=? WHERE id=(SELECT address_id FROM outbox WHERE uid=?)",
            (micros(deed.now), fate.uid),
        )


def reclaim(deed: Deed, *, all_of_them: bool) -> int:
    """Take back what a dead process was sending: its outcome is unknown.

    Replies and notices are sent once more, flagged; a code is never sent again by itself (K9).
    """
    held = "state='sending'" if all_of_them else "state='sending' AND lease_until<=?"
    when = () if all_of_them else (micros(deed.now),)
    deed.db.execute(
        "UPDATE outbox SET state='failed', reason='unknown outcome', payload=NULL, maybe_duplicate=1, done_at=?"  # noqa: S608
        f" WHERE kind='code' AND {held}",
        (micros(deed.now), *when),
    )
    cursor = deed.db.execute(
        f"UPDATE outbox SET state='planned', due_at=?, maybe_duplicate=1, lease_until=NULL WHERE {held}",  # noqa: S608
        (micros(deed.now), *when),
    )
    return cursor.rowcount


def next_due(db: sqlite3.Connection) -> datetime | None:
    """Return when the next planned message is due."""
    found = db.execute("SELECT min(due_at) FROM outbox WHERE state='planned'").fetchone()[0]
    return None if found is None else instant(found)


def is_empty(db: sqlite3.Connection, world: World) -> bool:
    """Say whether nothing is due or being sent at this moment."""
    sql = "SELECT 1 FROM outbox WHERE state='sending' OR (state='planned' AND due_at<=?) LIMIT 1"
    return db.execute(sql, (micros(world.clock.now()),)).fetchone() is None
