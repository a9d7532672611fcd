"""The append-only record: hash-chained per person, references only."""

from __future__ import annotations

import hmac
import sqlite3
from typing import TYPE_CHECKING

from storage.models import micros

if TYPE_CHECKING:
    from storage.do import Do
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


def broken(db: sqlite3.Connection, vault: Vault) -> list[tuple[int, int]]:
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


def _mac(vault: Vault, *parts: object) -> str:
    return vault.index("audit", "|".join(str(part) for part in parts))
