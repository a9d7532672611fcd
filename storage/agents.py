"""Accounts of the contact centre: password and second factor, sessions, who is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.desk import Role, Staff
from services.refused import Refused
from storage import staff_audit
from storage.desk_models import AgentRow, SessionRow

if TYPE_CHECKING:
    from storage.do import Deed
    from storage.vault import Vault

SESSION_LIVES: Final = timedelta(hours=12)
IDLE: Final = timedelta(hours=1)
#: Wrong tries until an account rests, and how long, doubling (threat T21).
TRIES: Final = 5
REST: Final = timedelta(minutes=5)
LONGEST_REST: Final = timedelta(hours=2)


@dataclass(frozen=True)
class Signing:
    """What signing in checks against: read first, so that slow hashing holds up no writer."""

    id: int
    password: str
    secret: str
    totp_step: int
    is_resting: bool


def add(
    deed: Deed, *, login: str, shown: str, role: Role, password_hash: str, secret: str, language: str = "ru"
) -> Staff:
    """Make an account; refuse `err.desk.login_taken`."""
    if deed.session.scalar(select(AgentRow.id).where(AgentRow.login == login)) is not None:
        raise Refused("err.desk.login_taken")
    row = AgentRow(
        login=login,
        shown=shown,
        role=role,
        password=password_hash,
        totp=_seal(deed.world.vault, login, secret),
        language=language,
        made_at=deed.now,
    )
    deed.session.add(row)
    deed.session.flush()
    staff_audit.note(deed, row.id, "agent.added", subject=role)
    return _staff(row)


def signing(session: Session, vault: Vault, login: str, now: datetime) -> Signing | None:
    """Return what a sign-in is checked against, nothing for an unknown or closed account."""
    row = session.scalars(select(AgentRow).where(AgentRow.login == login, AgentRow.gone_at.is_(None))).first()
    if row is None:
        return None
    secret = vault.open(vault.own("desk"), row.totp, totp_row(login)).decode()
    is_resting = row.locked_until is not None and row.locked_until > now
    return Signing(row.id, row.password, secret, row.totp_step, is_resting)


def failed(deed: Deed, agent: int) -> None:
    """A wrong password or code: after five the account rests, longer each time."""
    row = deed.session.get_one(AgentRow, agent)
    row.failures += 1
    if row.failures >= TRIES:
        row.locked_until = deed.now + min(REST * 2 ** (row.failures - TRIES), LONGEST_REST)
    staff_audit.note(deed, agent, "agent.refused")


def sign_in(deed: Deed, agent: int, token: str, csrf: str, *, step: int = 0) -> Staff:
    """Open a session; `step` is the second factor's time step, which opens once (refuses `err.desk.sign_in`)."""
    row = deed.session.get_one(AgentRow, agent)
    if step and step <= row.totp_step:
        raise Refused("err.desk.sign_in")
    row.totp_step, row.failures, row.locked_until, row.status = max(step, row.totp_step), 0, None, "online"
    deed.session.execute(delete(SessionRow).where(SessionRow.expires_at < deed.now))
    deed.session.add(
        SessionRow(
            token_index=_index(deed.world.vault, token),
            agent_id=agent,
            csrf=csrf,
            made_at=deed.now,
            seen_at=deed.now,
            expires_at=deed.now + SESSION_LIVES,
        )
    )
    staff_audit.note(deed, agent, "agent.signed_in")
    return _staff(row)


def who(session: Session, vault: Vault, token: str, now: datetime) -> tuple[Staff, str] | None:
    """Return whose session a token opens, and the token its forms must carry."""
    found = session.execute(
        select(AgentRow, SessionRow)
        .join(SessionRow, SessionRow.agent_id == AgentRow.id)
        .where(SessionRow.token_index == _index(vault, token), SessionRow.expires_at > now, AgentRow.gone_at.is_(None))
    ).first()
    return None if found is None else (_staff(found[0]), found[1].csrf)


def sign_out(deed: Deed, staff: Staff, token: str) -> None:
    """End a session; with the last one the agent is off."""
    deed.session.execute(delete(SessionRow).where(SessionRow.token_index == _index(deed.world.vault, token)))
    staff_audit.note(deed, staff.id, "agent.signed_out")
    if deed.session.scalar(select(SessionRow.token_index).where(SessionRow.agent_id == staff.id)) is None:
        set_status(deed, staff, "off")


def set_status(deed: Deed, staff: Staff, status: str) -> None:
    """Write whether the agent is "online", "away" or "off"."""
    deed.session.execute(update(AgentRow).where(AgentRow.id == staff.id).values(status=status))


def speak(deed: Deed, staff: Staff, language: str) -> None:
    """Show the desk in this language from now on."""
    deed.session.execute(update(AgentRow).where(AgentRow.id == staff.id).values(language=language))


def dismiss(deed: Deed, by: Staff, login: str) -> None:
    """Close an account and all its sessions; what it did stays on record."""
    by.must("agents")
    row = deed.session.scalars(select(AgentRow).where(AgentRow.login == login, AgentRow.gone_at.is_(None))).first()
    if row is None:
        raise Refused("err.desk.nobody")
    row.gone_at, row.status = deed.now, "off"
    deed.session.execute(delete(SessionRow).where(SessionRow.agent_id == row.id))
    staff_audit.note(deed, by.id, "agent.dismissed", subject=str(row.id))


def all_of_them(session: Session) -> list[AgentRow]:
    """Return the accounts that are open."""
    return list(session.scalars(select(AgentRow).where(AgentRow.gone_at.is_(None)).order_by(AgentRow.id)))


def _staff(row: AgentRow) -> Staff:
    return Staff(row.id, row.login, row.shown, Role(row.role), row.language)


def _seal(vault: Vault, login: str, secret: str) -> bytes:
    return vault.seal(vault.own("desk"), secret.encode(), totp_row(login))


def totp_row(login: str) -> str:
    """Return what the secret of a second factor is bound to."""
    return f"agent|{login}|totp"


def _index(vault: Vault, token: str) -> str:
    return vault.index("desk_session", token)
