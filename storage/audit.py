"""The append-only record: hash-chained per person, sealed as a whole now and then, references only."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.models import AuditRow, instant, micros

if TYPE_CHECKING:
    from storage.database import Database
    from storage.do import Deed, Do
    from storage.vault import Vault


class AuditLog:
    """Notes acts in the transaction that does them (I19)."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def note(self, act: str, subject: str = "") -> None:
        """Append one act of this person; `subject` is a reference, never a value."""
        do = self._do
        last = do.db.execute(
            "SELECT seq, mac FROM audit WHERE person_id=? ORDER BY seq DESC LIMIT 1", (do.person,)
        ).fetchone()
        seq, prev = (last[0] + 1, last[1]) if last else (1, "")
        at = micros(do.now)
        mac = _mac(do.world.vault, do.person, seq, act, subject, at, prev)
        do.db.execute(
            "INSERT INTO audit (person_id, seq, act, subject, at, prev, mac) VALUES (?,?,?,?,?,?,?)",
            (do.person, seq, act, subject, at, prev, mac),
        )

    def times(self, act: str, since: datetime) -> int:
        """Count how often this person did this after `since`."""
        do = self._do
        where = (AuditRow.person_id == do.person, AuditRow.act == act, AuditRow.at > since)
        return do.session.scalar(select(func.count()).where(*where)) or 0


def seal(deed: Deed) -> str:
    """Seal what was noted since the last seal; return the mac, which goes where nobody can take it back.

    A chain shows what is missing between two records; only a seal shows that the last ones are missing.
    """
    db, vault = deed.db, deed.world.vault
    last, prev = db.execute("SELECT last, mac FROM audit_seal ORDER BY id DESC LIMIT 1").fetchone() or (0, "")
    upto = db.execute("SELECT max(id) FROM audit").fetchone()[0] or 0
    if upto <= last:
        return str(prev)
    records, digest = _between(db, last, upto)
    at = micros(deed.now)
    mac = _mac(vault, upto, records, at, digest, prev)
    db.execute("INSERT INTO audit_seal (last, records, at, mac) VALUES (?,?,?,?)", (upto, records, at, mac))
    return mac


def sealed_at(deed: Deed) -> datetime | None:
    """Return when the record was last sealed, None if never."""
    found = deed.db.execute("SELECT max(at) FROM audit_seal").fetchone()[0]
    return instant(found) if found is not None else None


def broken(db: Database, vault: Vault) -> list[tuple[int, int]]:
    """Return (person, seq) of every record that was changed, moved or follows a missing one."""
    wrong: list[tuple[int, int]] = []
    before: dict[int, tuple[int, str]] = {}
    rows = db.execute("SELECT person_id, seq, act, subject, at, prev, mac FROM audit ORDER BY person_id, seq")
    for person, seq, act, subject, at, prev, mac in rows:
        last_seq, last_mac = before.get(person, (0, ""))
        right = _mac(vault, person, seq, act, subject, at, prev)
        if seq != last_seq + 1 or prev != last_mac or not hmac.compare_digest(mac, right):
            wrong.append((person, seq))
        before[person] = (seq, mac)
    return wrong


def unsealed(db: Database, vault: Vault) -> list[int]:
    """Return the seals that do not fit the records they were put on: some were changed or taken away since."""
    wrong: list[int] = []
    after, prev = 0, ""
    for row, last, records, at, mac in db.execute("SELECT id, last, records, at, mac FROM audit_seal ORDER BY id"):
        found, digest = _between(db, after, last)
        if found != records or not hmac.compare_digest(mac, _mac(vault, last, records, at, digest, prev)):
            wrong.append(row)
        after, prev = last, mac
    return wrong


def sign_anew(db: Database, vault: Vault) -> None:
    """Make the macs of the whole record anew, after the index key has changed; whoever asks has verified it."""
    last: dict[int, str] = {}
    rows = db.execute("SELECT id, person_id, seq, act, subject, at FROM audit ORDER BY person_id, seq").fetchall()
    for row, person, seq, act, subject, at in rows:
        prev = last.get(person, "")
        last[person] = _mac(vault, person, seq, act, subject, at, prev)
        db.execute("UPDATE audit SET prev=?, mac=? WHERE id=?", (prev, last[person], row))
    after, prev = 0, ""
    for row, upto, records, at in db.execute("SELECT id, last, records, at FROM audit_seal ORDER BY id").fetchall():
        prev = _mac(vault, upto, records, at, _between(db, after, upto)[1], prev)
        db.execute("UPDATE audit_seal SET mac=? WHERE id=?", (prev, row))
        after = upto


def _between(db: Database, after: int, upto: int) -> tuple[int, str]:
    """Return how many records lie there, and a digest of them."""
    digest, records = hashlib.sha256(), 0
    for (mac,) in db.execute("SELECT mac FROM audit WHERE id>? AND id<=? ORDER BY id", (after, upto)):
        digest.update(mac.encode())
        records += 1
    return records, digest.hexdigest()


def _mac(vault: Vault, *parts: object) -> str:
    return vault.index("audit", json.dumps(parts))
