"""Events of providers: unique for ever, in each person's order, sealed until they are handled."""

from __future__ import annotations

import hmac
import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from storage.events import Event, Fate
from storage.models import instant, micros

if TYPE_CHECKING:
    from storage.do import World


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

    def __init__(self, db: sqlite3.Connection, world: World) -> None:
        self._db, self._world = db, world

    def receive(self, event: Event, again: int | None) -> Received:
        """Store the event and return it with its person; a known one is replayed, a twisted one quarantined."""
        mac = self._world.vault.index("inbox", event.body.decode())
        if again is not None:
            return self._take_again(again)
        known = self._db.execute(
            "SELECT body_mac FROM inbox WHERE provider=? AND account=? AND event_id=?",
            (event.provider, event.account, event.event_id),
        ).fetchone()
        if known is not None:
            return self._known(event, mac, twisted=not hmac.compare_digest(known[0], mac))
        address, person, channel, external = self._address(event)
        row = self._insert(event, mac, address, person, "done")
        received = Received(row, address, person, channel, external)
        if self._has_waiting(person, row):
            self.retry(received, event.body, self._world.clock.now(), "", attempts=0)
            return Received(fate=Fate.RETRY)
        return received

    def _known(self, event: Event, mac: str, *, twisted: bool) -> Received:
        if not twisted:
            return Received(fate=Fate.REPLAYED)
        twin = Event(event.provider, event.account, f"{event.event_id}#{mac[:12]}", b"")
        self._insert(twin, mac, None, None, "twisted", ignore=True)
        return Received(fate=Fate.TWISTED)

    def _insert(
        self,
        event: Event,
        mac: str,
        address: int | None,
        person: int | None,
        state: str,
        *,
        ignore: bool = False,
    ) -> int:
        cursor = self._db.execute(
            f"INSERT {'OR IGNORE ' if ignore else ''}INTO inbox"  # noqa: S608 - two constant words
            " (provider, account, event_id, body_mac, address_id, person_id, received_at, state, attempts, error)"
            " VALUES (?,?,?,?,?,?,?,?,0,'')",
            (
                event.provider,
                event.account,
                event.event_id,
                mac,
                address,
                person,
                micros(self._world.clock.now()),
                state,
            ),
        )
        return cursor.lastrowid or 0

    def _take_again(self, row: int) -> Received:
        found = self._db.execute(
            "SELECT i.address_id, i.person_id, i.attempts, a.channel, a.external, a.id, p.key"
            " FROM inbox i JOIN address a ON a.id = i.address_id JOIN person p ON p.id = a.person_id"
            " WHERE i.id=? AND i.state='retry'",
            (row,),
        ).fetchone()
        if found is None:
            return Received(fate=Fate.REPLAYED)
        address, _, attempts, channel, external, _, key = found
        person = self._db.execute("SELECT person_id FROM address WHERE id=?", (address,)).fetchone()[0]
        return Received(row, address, person, channel, self._open_external(channel, external, key), attempts)

    def _address(self, event: Event) -> tuple[int, int, str, str]:
        """Return the address with its person; somebody new becomes a guest with a key of their own."""
        if event.address_id is not None:
            where, values = "a.id=?", (event.address_id,)
        else:
            index = self._world.vault.index("address", f"{event.channel}|{event.external}")
            where, values = "a.channel=? AND a.external_index=?", (event.channel, index)  # type: ignore[assignment]
        found = self._db.execute(
            "SELECT a.id, a.person_id, a.channel, a.external, p.key"  # noqa: S608 - one of two constant conditions
            f" FROM address a JOIN person p ON p.id=a.person_id WHERE {where}",
            values,
        ).fetchone()
        if found is None:
            return self._greet(event)
        address, person, channel, external, key = found
        self._db.execute("UPDATE address SET heard_at=? WHERE id=?", (micros(self._world.clock.now()), address))
        return address, person, channel, event.external or self._open_external(channel, external, key)

    def _greet(self, event: Event) -> tuple[int, int, str, str]:
        now = micros(self._world.clock.now())
        vault = self._world.vault
        key, wrapped = vault.new_key()
        person = self._db.execute("INSERT INTO person (key, created_at) VALUES (?,?)", (wrapped, now)).lastrowid or 0
        sealed = vault.seal(key, event.external.encode(), f"address|{event.channel}|external")
        index = vault.index("address", f"{event.channel}|{event.external}")
        address = self._db.execute(
            "INSERT INTO address (person_id, channel, external_index, external, proof, bound_at, heard_at)"
            " VALUES (?,?,?,?,'first',?,?)",
            (person, event.channel, index, sealed, now, now),
        ).lastrowid
        return address or 0, person, event.channel, event.external

    def _open_external(self, channel: str, sealed: bytes, wrapped: bytes) -> str:
        vault = self._world.vault
        return vault.open(vault.unwrap(wrapped), sealed, f"address|{channel}|external").decode()

    def _has_waiting(self, person: int, row: int) -> bool:
        """While one turn of a person waits, later ones wait behind it: effects keep the order of the inbox (I3)."""
        sql = "SELECT 1 FROM inbox WHERE person_id=? AND state='retry' AND id<? LIMIT 1"
        return self._db.execute(sql, (person, row)).fetchone() is not None

    def done(self, row: int) -> None:
        """The event is handled: its body goes, its id stays."""
        self._db.execute("UPDATE inbox SET state='done', body=NULL, retry_at=NULL WHERE id=?", (row,))

    def retry(self, received: Received, body: bytes, at: datetime, error: str, attempts: int | None = None) -> None:
        """Keep the event, sealed, to be taken again at `at`."""
        sealed = self._world.vault.seal(self._world.vault.own("inbox"), body, f"inbox|{received.row}|body")
        tried = received.attempts + 1 if attempts is None else attempts
        self._db.execute(
            "UPDATE inbox SET state='retry', body=?, retry_at=?, attempts=?, error=? WHERE id=?",
            (sealed, micros(at), tried, error, received.row),
        )

    def dead(self, received: Received, error: str) -> None:
        """Give the event up: a case follows, its body goes."""
        self._db.execute(
            "UPDATE inbox SET state='dead', body=NULL, retry_at=NULL, attempts=attempts+1, error=? WHERE id=?",
            (error, received.row),
        )

    def due(self, limit: int = 50) -> list[Waiting]:
        """Return the waiting events that are due, the first of each person only."""
        rows = self._db.execute(
            "SELECT id, provider, account, event_id, body FROM inbox i WHERE state='retry' AND retry_at<=?"
            " AND NOT EXISTS (SELECT 1 FROM inbox e WHERE e.person_id=i.person_id AND e.state='retry' AND e.id<i.id)"
            " ORDER BY id LIMIT ?",
            (micros(self._world.clock.now()), limit),
        ).fetchall()
        return [Waiting(row[0], Event(row[1], row[2], row[3], self._open(row[0], row[4]))) for row in rows]

    def next_due(self) -> datetime | None:
        """Return when the next waiting event is due."""
        found = self._db.execute("SELECT min(retry_at) FROM inbox WHERE state='retry'").fetchone()[0]
        return None if found is None else instant(found)

    def heard_since(self, address: int, since: datetime) -> int:
        """Count what came from an address since then."""
        sql = "SELECT count(*) FROM inbox WHERE address_id=? AND received_at>?"
        return int(self._db.execute(sql, (address, micros(since))).fetchone()[0])

    def _open(self, row: int, sealed: bytes) -> bytes:
        return self._world.vault.open(self._world.vault.own("inbox"), sealed, f"inbox|{row}|body")


def decode(body: bytes) -> dict[str, object]:
    """Return a stored body as JSON values."""
    return dict(json.loads(body))
