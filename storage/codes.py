"""One-time codes: their digits are kept as a keyed hash, and once, sealed, in the message that carries them."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select, update

from services.codes import LIVES, Code, Purpose, To
from services.emails import Email
from services.phones import Phone
from storage.models import CodeRow

if TYPE_CHECKING:
    from storage.do import Do


class CodeStore:
    """Codes of this chat."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def sent_to(self, phone: To, since: datetime) -> list[datetime]:
        where = (CodeRow.phone_index == self._index(phone), CodeRow.sent_at > since)
        return list(self._do.session.scalars(select(CodeRow.sent_at).where(*where)))

    def sent_here(self, since: datetime) -> list[datetime]:
        where = (CodeRow.address_id == self._do.address, CodeRow.sent_at > since)
        return list(self._do.session.scalars(select(CodeRow.sent_at).where(*where)))

    def sent_in_all(self, since: datetime) -> int:
        return self._do.session.scalar(select(func.count()).where(CodeRow.sent_at > since)) or 0

    def alone_with(self, phone: To) -> None:
        self._do.db.guard(self._index(phone))

    def wrong_in_all(self, since: datetime) -> int:
        """Count the wrong tries of everybody at codes sent since then; a right one is counted as a try, too."""
        no_guess = case((CodeRow.state.in_(("used", "failed")), 1), else_=0)
        counted = select(func.sum(CodeRow.tries - no_guess)).where(CodeRow.sent_at > since)
        return self._do.session.scalar(counted) or 0

    def other_numbers_here(self, phone: To, since: datetime) -> int:
        """Count the other numbers this chat asked codes for."""
        here = (
            CodeRow.address_id == self._do.address,
            CodeRow.sent_at > since,
            CodeRow.phone_index != self._index(phone),
        )
        return self._do.session.scalar(select(func.count(CodeRow.phone_index.distinct())).where(*here)) or 0

    def latest(self, purpose: Purpose) -> Code | None:
        """Return the newest code for this purpose in this chat, whatever its state."""
        where = (CodeRow.address_id == self._do.address, CodeRow.purpose == purpose.value)
        found = self._do.session.scalar(select(CodeRow).where(*where).order_by(CodeRow.id.desc()).limit(1))
        if found is None or found.person_id != self._do.person:
            return None
        return Code(found.id, _to(purpose, self._open(found)), found.sent_at, found.tries, found.state)

    def issue(self, purpose: Purpose, phone: To, digits: str, *, goes_out: bool = True) -> None:
        """Kill the old code of this chat and purpose, keep the new one, hand it to the outbox once."""
        do = self._do
        old = (CodeRow.address_id == do.address, CodeRow.purpose == purpose.value, CodeRow.state == "live")
        do.session.execute(update(CodeRow).where(*old).values(state="dead"))
        row = CodeRow(
            person_id=do.person,
            address_id=do.address,
            purpose=purpose.value,
            phone_index=self._index(phone),
            phone=do.world.vault.seal(do.key, _written(phone).encode(), phone_row(self._index(phone))),
            digits_mac=self._mac(purpose, digits),
            sent_at=do.now,
            state="live",
        )
        do.session.add(row)
        do.session.flush()
        if goes_out:
            do.outbox.add(
                "code",
                {"to": _written(phone), "code": digits, "language": do.language},
                channel="mail" if isinstance(phone, Email) else "sms",
                subject=str(row.id),
                expires_at=do.now + LIVES,
            )

    def matches(self, code: Code, typed: str) -> bool:
        """Compare in constant time."""
        row = self._do.session.get_one(CodeRow, code.id)
        return hmac.compare_digest(row.digits_mac, self._mac(Purpose(row.purpose), typed))

    def count_try(self, code: Code, *, state: str) -> None:
        row = self._do.session.get_one(CodeRow, code.id)
        row.tries, row.state = row.tries + 1, state

    def _index(self, phone: To) -> str:
        kind = "email" if isinstance(phone, Email) else "phone"
        return self._do.world.vault.index(kind, _written(phone))

    def _mac(self, purpose: Purpose, digits: str) -> str:
        """Bound to chat and purpose: the same digits mean nothing elsewhere (I17)."""
        return self._do.world.vault.index("code", f"{self._do.address}|{purpose.value}|{digits}")

    def _open(self, row: CodeRow) -> str:
        do = self._do
        return do.world.vault.open(do.key, row.phone, phone_row(row.phone_index)).decode()


def _to(purpose: Purpose, text: str) -> To:
    return Email(text) if purpose is Purpose.EMAIL else Phone(text)


def _written(to: To) -> str:
    return to.text if isinstance(to, Email) else to.e164


def phone_row(phone_index: str) -> str:
    """Return what the phone of a code is bound to."""
    return f"code|{phone_index}|phone"
