"""Messages to be sent: planned in the turn, claimed and acknowledged in batches, sealed until sent."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from storage import addresses
from storage.failures import report
from storage.models import instant, micros
from storage.vault import Sealed

if TYPE_CHECKING:
    from storage.database import Database
    from storage.do import Deed, Do, World

log = logging.getLogger(__name__)

CLAIM: Final = 200
LEASE: Final = timedelta(seconds=60)
#: They neither wait for the other messages of an address nor make them wait.
BESIDE: Final = ("frame", "code")


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
    #: When the person last wrote from this address.
    heard_at: datetime | None = None


@dataclass(frozen=True)
class Fate:
    """What became of one claimed message."""

    uid: str
    #: "sent", "planned" (to be tried again at `due_at`), "failed", "cancelled".
    state: str
    provider_id: str | None = None
    due_at: datetime | None = None
    reason: str = ""
    #: False where waiting was the provider's wish and no attempt is spent.
    spent: bool = True
    #: The person cannot be reached at this address any more.
    gone: bool = False
    #: The person wants nothing from us at this address.
    opted_out: bool = False
    #: The provider may have it already: the next try is flagged.
    doubtful: bool = False


class Outbox:
    """Plans the messages of one turn."""

    def __init__(self, do: Do) -> None:
        self._do = do
        self._waits: dict[int, int | None] = {}

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
        sealed = do.world.vault.seal(do.key, json.dumps(payload, ensure_ascii=False).encode(), _row(uid))
        do.db.execute(
            "INSERT INTO outbox (uid, person_id, address_id, channel, kind, payload, edits, revision, subject, cause,"
            " due_at, wait_until, expires_at, created_at, state, attempts, reason, maybe_duplicate)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,'planned',0,'',false)",
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
                # A desk's deed has no event of the person behind it.
                do.received.row or None,
                micros(do.now + after),
                self._wait(address or do.address) if kind not in BESIDE else None,
                micros(expires_at) if expires_at else None,
                micros(do.now),
            ),
        )
        return uid

    def _wait(self, address: int) -> int | None:
        """Return how long the messages of an address wait that stand before a new one; those of this turn alike."""
        if address in self._waits:
            return self._waits[address]
        sql = (
            "SELECT max(wait_until) FROM outbox WHERE address_id=? AND state='planned' AND due_at<=?"
            " AND kind NOT IN ('frame','code')"
        )
        at: int | None = self._do.db.execute(sql, (address, micros(self._do.now))).fetchone()[0]
        self._waits[address] = at
        return at

    def sent_as(self, uid: str) -> str | None:
        """Return the provider's id of a sent message."""
        found = self._do.db.execute("SELECT provider_id FROM outbox WHERE uid=?", (uid,)).fetchone()
        return found[0] if found else None


def claim(deed: Deed, channels: Sequence[str]) -> list[Outgoing]:
    """Mark what is due as being sent and return it, in order; what is no longer wanted is cancelled instead.

    The messages of an address go in the order of (due_at, id), one claim after another: while some are being sent,
    or wait to be tried again, those behind them wait. A countdown's edits and an SMS neither wait nor make wait.
    """
    while ids := _next(deed, channels):
        _cancel_unwanted(deed, ids)
        if taken := _take(deed, ids):
            return taken
    return []


def _next(deed: Deed, channels: Sequence[str]) -> list[int]:
    now = micros(deed.now)
    rows = deed.db.execute(
        "SELECT o.id FROM outbox o WHERE o.state='planned' AND o.due_at<=?"  # noqa: S608 - our own words
        f" AND (o.wait_until IS NULL OR o.wait_until<=?) AND o.channel {deed.db.among}"
        " AND (o.kind IN ('frame','code') OR NOT EXISTS (SELECT 1 FROM outbox e"
        " WHERE e.address_id=o.address_id AND e.state='sending' AND e.kind NOT IN ('frame','code')))"
        f" ORDER BY o.due_at, o.id LIMIT ? {deed.db.unclaimed}",
        (now, now, deed.db.many(channels), CLAIM),
    )
    return [row[0] for row in rows]


def _cancel_unwanted(deed: Deed, ids: Sequence[int]) -> None:
    """Re-check at the moment of acting: too late, asked differently by now, or nobody there."""
    at, among = micros(deed.now), deed.db.many(ids)
    for state, reason, condition in _UNWANTED:
        deed.db.execute(
            "UPDATE outbox SET state=?, reason=?, payload=NULL, done_at=?"  # noqa: S608 - our own three conditions
            f" WHERE id {deed.db.among} AND state='planned' AND {condition}",
            (state, reason, at, among, *((at,) if "?" in condition else ())),
        )


_UNWANTED: Final = (
    ("expired", "", "expires_at<=?"),
    (
        "cancelled",
        "asked anew",
        """revision IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM conversation c WHERE c.person_id=outbox.person_id AND c.revision=outbox.revision)""",
    ),
    (
        "cancelled",
        "gone",
        "EXISTS (SELECT 1 FROM address a WHERE a.id=outbox.address_id AND a.gone_at IS NOT NULL)",
    ),
)


def _take(deed: Deed, ids: Sequence[int]) -> list[Outgoing]:
    """Mark what is left of `ids` as being sent; return it in the order it goes."""
    deed.db.execute(
        "UPDATE outbox SET state='sending', wait_until=NULL, lease_until=?"  # noqa: S608 - our own words
        f" WHERE id {deed.db.among} AND state='planned'",
        (micros(deed.now + LEASE), deed.db.many(ids)),
    )
    rows = deed.db.execute(
        "SELECT o.uid, o.channel, a.external_index, a.external, o.kind, o.payload, o.edits, t.provider_id,"  # noqa: S608 - our own words
        " o.address_id, o.attempts, o.subject, o.person_id, p.key, ap.key, o.maybe_duplicate, a.heard_at"
        " FROM outbox o JOIN person p ON p.id=o.person_id"
        " LEFT JOIN address a ON a.id=o.address_id LEFT JOIN person ap ON ap.id=a.person_id"
        " LEFT JOIN outbox t ON t.uid=o.edits"
        f" WHERE o.id {deed.db.among} AND o.state='sending' ORDER BY o.due_at, o.id",
        (deed.db.many(ids),),
    ).fetchall()
    return [out for row in rows if (out := _outgoing(deed, row)) is not None]


def _outgoing(deed: Deed, row: tuple[Any, ...]) -> Outgoing | None:  # Any: a driver row
    uid, channel, index, external, kind, payload, edits, target = row[:8]
    address, attempts, subject, person, key, owner, doubtful, heard = row[8:]
    vault = deed.world.vault
    try:
        clear = json.loads(vault.open(vault.unwrap(key), payload, _row(uid)))
        to = addresses.unseal(vault, owner, index, external) if external else ""
    except Sealed as shut:
        _shut(deed, uid, shut, is_erased=key is None or owner is None)
        return None
    heard_at = None if heard is None else instant(heard)
    return Outgoing(
        uid, channel, to, kind, clear, edits, target, address, attempts, subject, person, bool(doubtful), heard_at
    )


def _shut(deed: Deed, uid: str, error: Sealed, *, is_erased: bool) -> None:
    """A message nobody can open: the others are sent all the same."""
    if is_erased:
        _finish(deed, Fate(uid, "cancelled", reason="erased"))
        return
    report(log, "a message cannot be opened: is a key missing from DATA_KEYS?", error, uid=uid)
    _plan_again(deed, Fate(uid, "planned", due_at=deed.now + LEASE, reason="sealed", spent=False))


def settle(deed: Deed, fates: Iterable[Fate]) -> None:
    """Write what became of the claimed messages, once; what was said is forgotten when it is sent."""
    for fate in fates:
        if fate.state == "planned":
            _plan_again(deed, fate)
        else:
            _finish(deed, fate)


def _plan_again(deed: Deed, fate: Fate) -> None:
    at = micros(fate.due_at or deed.now)
    cursor = deed.db.execute(
        "UPDATE outbox SET state='planned', wait_until=?, attempts=attempts+?, reason=?, lease_until=NULL,"
        " maybe_duplicate=(maybe_duplicate OR ?) WHERE uid=? AND state='sending'",
        (at, int(fate.spent), fate.reason, fate.doubtful, fate.uid),
    )
    if cursor.rowcount:
        _hold_back(deed, fate.uid, at)


def _hold_back(deed: Deed, uid: str, at: int) -> None:
    """Nothing passes a message that waits: those behind it wait as long."""
    deed.db.execute(
        "UPDATE outbox SET wait_until=? WHERE state='planned' AND kind NOT IN ('frame','code')"
        " AND (wait_until IS NULL OR wait_until<?) AND (address_id, due_at, id)>"
        "(SELECT address_id, due_at, id FROM outbox WHERE uid=? AND kind NOT IN ('frame','code'))"
        " AND address_id=(SELECT address_id FROM outbox WHERE uid=?)",
        (at, at, uid, uid),
    )


def _finish(deed: Deed, fate: Fate) -> None:
    """Write a final fate; one that was taken back meanwhile takes it too, one that has its fate keeps it."""
    # What WhatsApp took it may still fail: the words stay, sealed, until they arrived (storage/delivery.py).
    cursor = deed.db.execute(
        "UPDATE outbox SET state=?, provider_id=COALESCE(?, provider_id), reason=?,"
        " payload=CASE WHEN ?='sent' AND channel='whatsapp' THEN payload END, lease_until=NULL,"
        " wait_until=NULL, attempts=attempts+1, done_at=? WHERE uid=? AND state IN ('sending','planned')"
        # Told to have failed before the call was answered: what follows from that is planned already.
        " AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.provider_id=?"
        " AND d.status IN ('canceled','failed','undelivered'))",
        (fate.state, fate.provider_id, fate.reason, fate.state, micros(deed.now), fate.uid, fate.provider_id),
    )
    if fate.gone and cursor.rowcount:
        # A dead phone number says nothing about the chat that asked for the code.
        deed.db.execute(
            "UPDATE address SET gone_at=? WHERE (id, channel)=(SELECT address_id, channel FROM outbox WHERE uid=?)",
            (micros(deed.now), fate.uid),
        )
    if fate.opted_out and cursor.rowcount:
        deed.db.execute(
            "UPDATE address SET opted_out_at=?"
            " WHERE (id, channel)=(SELECT address_id, channel FROM outbox WHERE uid=?)",
            (micros(deed.now), fate.uid),
        )


def reclaim(deed: Deed, *, all_of_them: bool) -> int:
    """Take back what a dead process was sending: its outcome is unknown.

    Replies and notices are sent once more, flagged; a code is never sent again by itself (K9).
    """
    held = "state='sending'" if all_of_them else "state='sending' AND lease_until<=?"
    when = () if all_of_them else (micros(deed.now),)
    deed.db.execute(
        "UPDATE outbox SET state='failed', reason='unknown outcome', payload=NULL, maybe_duplicate=true,"  # noqa: S608
        f" lease_until=NULL, done_at=? WHERE kind='code' AND {held}",
        (micros(deed.now), *when),
    )
    cursor = deed.db.execute(
        f"UPDATE outbox SET state='planned', maybe_duplicate=true, lease_until=NULL WHERE {held}",  # noqa: S608
        when,
    )
    return cursor.rowcount


def renew(deed: Deed, uids: Iterable[str]) -> None:
    """Say that these are still being sent: another process takes back what nobody says this of for a minute."""
    sql = f"UPDATE outbox SET lease_until=? WHERE uid {deed.db.among} AND state='sending'"  # noqa: S608 - our own words
    deed.db.execute(sql, (micros(deed.now + LEASE), deed.db.many(uids)))


def next_due(db: Database) -> datetime | None:
    """Return when the next planned message may be sent."""
    found = db.execute(
        "SELECT min(at) FROM (SELECT min(due_at) AS at FROM outbox WHERE state='planned' AND wait_until IS NULL"
        " UNION ALL SELECT min(wait_until) FROM outbox WHERE state='planned' AND wait_until IS NOT NULL) AS due"
    ).fetchone()[0]
    return None if found is None else instant(found)


def is_empty(db: Database, world: World) -> bool:
    """Say whether nothing is due or being sent at this moment."""
    now = micros(world.clock.now())
    sql = (
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE state='sending') OR EXISTS (SELECT 1 FROM outbox"
        " WHERE state='planned' AND due_at<=? AND (wait_until IS NULL OR wait_until<=?))"
    )
    return not db.execute(sql, (now, now)).fetchone()[0]


def _row(uid: str) -> str:
    return f"outbox|{uid}"
