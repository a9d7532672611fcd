"""The record of what staff did and saw: append-only, hash-chained per account, references only (threats T26, T27)."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.desk_models import AgentRow, StaffAuditRow
from storage.models import micros

if TYPE_CHECKING:
    from storage.do import Deed
    from storage.vault import Vault


def note(deed: Deed, agent: int, act: str, *, case: int | None = None, subject: str = "") -> None:
    """Append one act of an account, in the transaction that does it; `subject` names fields and reasons, no values."""
    last = deed.session.execute(
        select(StaffAuditRow.seq, StaffAuditRow.mac)
        .where(StaffAuditRow.agent_id == agent)
        .order_by(StaffAuditRow.seq.desc())
        .limit(1)
    ).first()
    seq, prev = (last.seq + 1, last.mac) if last else (1, "")
    row = StaffAuditRow(agent_id=agent, seq=seq, act=act, case_id=case, subject=subject[:80], at=deed.now, prev=prev)
    row.mac = _mac(deed.world.vault, row)
    deed.session.add(row)
    deed.session.flush()


def broken(session: Session, vault: Vault) -> list[tuple[int, int]]:
    """Return (agent, seq) of every record that was changed, moved or follows a missing one."""
    wrong: list[tuple[int, int]] = []
    before: dict[int, tuple[int, str]] = {}
    for row in session.scalars(select(StaffAuditRow).order_by(StaffAuditRow.agent_id, StaffAuditRow.seq)):
        seq, mac = before.get(row.agent_id, (0, ""))
        if row.seq != seq + 1 or row.prev != mac or not hmac.compare_digest(row.mac, _mac(vault, row)):
            wrong.append((row.agent_id, row.seq))
        before[row.agent_id] = (row.seq, row.mac)
    return wrong


def sign_anew(session: Session, vault: Vault) -> None:
    """Make the macs of all chains anew, after the index key has changed; whoever asks has verified them."""
    last: dict[int, str] = {}
    for row in session.scalars(select(StaffAuditRow).order_by(StaffAuditRow.agent_id, StaffAuditRow.seq)):
        row.prev = last.get(row.agent_id, "")
        row.mac = last[row.agent_id] = _mac(vault, row)
    session.flush()


def _mac(vault: Vault, row: StaffAuditRow) -> str:
    parts = (row.agent_id, row.seq, row.act, row.case_id, row.subject, micros(row.at), row.prev)
    return vault.index("staff_audit", json.dumps(parts))


@dataclass(frozen=True)
class Entry:
    """One line of the record, as a supervisor reads it."""

    at: datetime
    who: str
    act: str
    case: int | None
    subject: str


def newest(session: Session, limit: int = 200) -> list[Entry]:
    """Return the newest records of all accounts."""
    found = session.execute(
        select(StaffAuditRow, AgentRow.shown)
        .join(AgentRow, AgentRow.id == StaffAuditRow.agent_id)
        .order_by(StaffAuditRow.id.desc())
        .limit(limit)
    )
    return [Entry(row.at, shown, row.act, row.case_id, row.subject) for row, shown in found]
