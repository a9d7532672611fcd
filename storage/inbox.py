"""Events of providers: unique for ever, in each person's order, sealed until they are handled."""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from storage import addresses
from storage.addresses import Address
from storage.events import Event, Fate
from storage.models import instant, micros

if TYPE_CHECKING:
    from storage.database import Database
    from storage.do import World

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Received:
    """An event with its stored row and its person; `fate` is set when there is nothing left to do."""

    row: int = 0
    address: int = 0
    person: int = 0
    channel: str = ""
    external: str = ""
    attempts: int = 0
    fate: Fate | None = None


@dataclass(frozen=True)
class Waiting:
    """An event to be taken again."""

    row: int
    event: Event


class Inbox:
    """The inbox of one batch; every statement here is on the hot path, so it is plain SQL."""

    def __init__(self, db: Database, world: World) -> None:
        self._db, self._world, self._vault = db, world, world.vault

    def receive(self, event: Event, again: int | None) -> Received:
        """Store the event and return it with its person; a known one is replayed, a twisted one quarantined."""
        if again is not None:
            return self._take_again(again)
        mac = self._mac(event)
        known = self._db.execute(
            "SELECT body_mac FROM inbox WHERE provider=? AND account=? AND event_id=?",
            (event.provider, event.account, event.event_id),
        ).fetchone()
        if known is not None:
            return self._known(event, mac, is_twisted=_differ(known[0], mac))
        at = self._address(event)
        received = _of(self._insert(event, mac, at), at, attempts=0)
        if self._has_waiting(at.person):
            self.retry(received, event.body, self._world.clock.now(), "", attempts=0)
            return Received(fate=Fate.RETRY)
        return received

    def _mac(self, event: Event) -> str:
        """Bound to its event: equal words of two people must not look equal in the table."""
        said = f"{event.provider}|{event.account}|{event.event_id}|{event.body.decode()}"
        return self._vault.index("inbox", said)

    def _known(self, event: Event, mac: str, *, is_twisted: bool) -> Received:
        if not is_twisted:
            return Received(fate=Fate.REPLAYED)
        log.warning("an event came again with another body: kept aside", extra={"provider": event.provider})
        self._db.execute(
            "INSERT INTO inbox (provider, account, event_id, body_mac, received_at, state, attempts, error)"
            " VALUES (?,?,?,?,?,'twisted',0,'') ON CONFLICT DO NOTHING",
            (event.provider, event.account, f"{event.event_id}#{mac[:12]}", mac, self._now()),
        )
        return Received(fate=Fate.TWISTED)

    def _insert(self, event: Event, mac: str, at: Address) -> int:
        """Store the event as done: it is, if the turn that follows is kept."""
        return self._db.insert(
            "INSERT INTO inbox (provider, account, event_id, body_mac, address_id, person_id, received_at, state,"
            " attempts, error) VALUES (?,?,?,?,?,?,?,'done',0,'')",
            (event.provider, event.account, event.event_id, mac, at.id, at.person, self._now()),
        )

    def _take_again(self, row: int) -> Received:
        """Return a waiting event whose time has come; two who look at the same moment take it once."""
        found = self._db.execute(
            "SELECT address_id, attempts FROM inbox WHERE id=? AND state='retry' AND retry_at<=?", (row, self._now())
        ).fetchone()
        if found is None:
            return Received(fate=Fate.REPLAYED)
        return _of(row, addresses.known(self._db, self._vault, found[0]), attempts=found[1])

    def _address(self, event: Event) -> Address:
        if event.channel:
            return addresses.meet(self._db, self._vault, event.channel, event.external, self._world.clock.now())
        return addresses.known(self._db, self._vault, event.address_id or 0)

    def _has_waiting(self, person: int) -> bool:
        """While one turn of a person waits, later ones wait behind it: effects keep the order of the inbox (I3)."""
        sql = (
            "SELECT 1 FROM address a JOIN inbox i ON i.address_id=a.id AND i.state='retry' WHERE a.person_id=? LIMIT 1"
        )
        return self._db.execute(sql, (person,)).fetchone() is not None

    def done(self, row: int) -> None:
        """The event is handled: its body goes, its id stays."""
        self._db.execute("UPDATE inbox SET state='done', body=NULL, retry_at=NULL WHERE id=?", (row,))

    def retry(self, received: Received, body: bytes, at: datetime, error: str, attempts: int | None = None) -> None:
        """Keep the event, sealed, to be taken again at `at`; `attempts` is one more than before unless told.

        Sealed with a key of ours: an event must be kept even if what fails is its person's key.
        """
        sealed = self._vault.seal(self._vault.own("inbox"), body, body_row(received.row))
        tried = received.attempts + 1 if attempts is None else attempts
        self._db.execute(
            "UPDATE inbox SET state='retry', body=?, retry_at=?, attempts=?, error=? WHERE id=?",
            (sealed, micros(at), tried, error, received.row),
        )

    def dead(self, row: int, error: str) -> None:
        """Give the event up: a case follows, its body goes."""
        self._db.execute(
            "UPDATE inbox SET state='dead', body=NULL, retry_at=NULL, attempts=attempts+1, error=? WHERE id=?",
            (error, row),
        )

    def due(self, limit: int = 50) -> list[Waiting]:
        """Return the waiting events that are due, the first of each person only."""
        rows = self._db.execute(
            "SELECT i.id, i.provider, i.account, i.event_id, i.body FROM inbox i JOIN address a ON a.id=i.address_id"
            " WHERE i.state='retry' AND i.retry_at<=? AND NOT EXISTS ("
            "SELECT 1 FROM address b JOIN inbox e ON e.address_id=b.id AND e.state='retry'"
            " WHERE b.person_id=a.person_id AND e.id<i.id)"
            " ORDER BY i.retry_at, i.id LIMIT ?",
            (self._now(), limit),
        ).fetchall()
        key = self._vault.own("inbox")
        return [
            Waiting(row, Event(provider, account, event_id, self._vault.open(key, body, body_row(row))))
            for row, provider, account, event_id, body in rows
        ]

    def next_due(self) -> datetime | None:
        """Return when the next waiting event is due."""
        found = self._db.execute("SELECT min(retry_at) FROM inbox WHERE state='retry'").fetchone()[0]
        return None if found is None else instant(found)

    def heard_since(self, address: int, since: datetime) -> int:
        """Count what came from an address since then."""
        sql = "SELECT count(*) FROM inbox WHERE address_id=? AND received_at>?"
        return int(self._db.execute(sql, (address, micros(since))).fetchone()[0])

    def _now(self) -> int:
        return micros(self._world.clock.now())


def _differ(stored: str, mac: str) -> bool:
    # Empty where the index key has changed since: then the id alone says that it is known.
    return bool(stored) and not hmac.compare_digest(stored, mac)


def _of(row: int, at: Address, *, attempts: int) -> Received:
    return Received(row, at.id, at.person, at.channel, at.external, attempts)


def body_row(row: int) -> str:
    """Return what a waiting body is bound to."""
    return f"inbox|{row}|body"
