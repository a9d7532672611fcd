"""Vouchers and their months: read by families, written by kindergartens, annulled by the clock."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from services import accounts
from services.iin import Iin
from services.names import PersonName
from services.regimes import Regime, Tabel
from services.tabels import CONFIRMED, Answer, Month, Objection, Receipt, Sheet, window
from services.vouchers import Voucher, VoucherState
from storage.models import AccountRow, ChildRow, LinkRow, PersonRow, micros
from storage.queue_models import KindergartenRow
from storage.tabel_models import TabelActRow, TabelRow, TabelVersionRow, VoucherRow

if TYPE_CHECKING:
    from storage.do import Deed, Do
    from storage.vault import Vault

#: Vouchers looked at in one transaction of the annulment: nobody's turn waits longer than that.
SLICE: Final = 5_000


class CannotBeChanged(Exception):
    """A month that a family confirmed is not corrected any more (T8)."""


class TabelStore:
    """Vouchers of the children on this person's list; somebody else's are not there."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def vouchers(self) -> list[Voucher]:
        """Return the vouchers of this person's children: of each child the newest one."""
        mine = (ChildRow.person_id == self._do.person, ChildRow.removed_at.is_(None))
        rows = self._do.session.execute(
            select(VoucherRow, ChildRow.id, KindergartenRow)
            .join(ChildRow, ChildRow.iin_index == VoucherRow.child_index)
            .join(KindergartenRow, KindergartenRow.id == VoucherRow.kindergarten_id)
            .where(*mine)
            .order_by(ChildRow.id, VoucherRow.id)
        )
        newest = {child: _voucher(row, child, garden) for row, child, garden in rows}
        return list(newest.values())

    def voucher(self, child: int) -> Voucher | None:
        return next((item for item in self.vouchers() if item.child == child), None)

    def sheets(self, voucher: int) -> list[Sheet]:
        """Return the months of a voucher, the oldest first."""
        rows = self._do.session.scalars(select(TabelRow).where(TabelRow.voucher_id == voucher).order_by(TabelRow.month))
        return [sheet(row) for row in rows]

    def hold(self, child: int, month: Month) -> Sheet | None:
        """Return a month and hold its voucher until the turn ends: the other parent and the clock wait."""
        found = self.voucher(child)
        if found is None:
            return None
        self._do.session.execute(select(VoucherRow.id).where(VoucherRow.id == found.id).with_for_update())
        where = (TabelRow.voucher_id == found.id, TabelRow.month == month.number)
        row = self._do.session.scalar(select(TabelRow).where(*where).execution_options(populate_existing=True))
        return sheet(row) if row else None

    def receipt(self, item: Sheet) -> Receipt | None:
        """Return the last answer to a month; who gave it is veiled, and unknown once they are erased."""
        session = self._do.session
        row = session.scalar(
            select(TabelActRow).where(TabelActRow.tabel_id == item.id).order_by(TabelActRow.seq.desc()).limit(1)
        )
        if row is None:
            return None
        name, iin = _who(self._do, row.person_id)
        is_mine = row.person_id == self._do.person
        return Receipt(row.act, row.version, row.at, name, iin, row.mac[:8], is_mine)

    def answer(self, item: Sheet, answer: Answer, objection: Objection | None = None) -> None:
        """Write an answer and its receipt; an annulment that was quicker than an answer in time is taken back."""
        do = self._do
        row = do.session.get_one(TabelRow, item.id)
        row.answer, row.answered_at, row.answered = answer.value, do.now, item.version
        do.session.execute(
            update(VoucherRow)
            .where(VoucherRow.id == item.voucher, VoucherRow.annulled_at > do.now)
            .values(state=VoucherState.ACTIVE.value, annulled_at=None)
        )
        act = "confirmed" if answer in CONFIRMED else "refused"
        do.session.add(_receipt(do, item, act, objection))
        do.session.flush()


def sheet(row: TabelRow) -> Sheet:
    """Return a month as the rules know it."""
    return Sheet(
        id=row.id,
        voucher=row.voucher_id,
        month=Month(row.month),
        version=row.version,
        marks=row.marks,
        published_at=row.published_at,
        opens_at=row.opens_at,
        ends_at=row.ends_at,
        answer=Answer(row.answer),
        answered_at=row.answered_at,
        answered=row.answered,
    )


def _voucher(row: VoucherRow, child: int, garden: KindergartenRow) -> Voucher:
    since = Month(row.since)
    return Voucher(row.id, child, row.regime, garden.name_kk, garden.name_ru, since, row.state, row.annulled_at)


def _who(do: Do, person: int) -> tuple[str, str]:
    """Return the veiled name and IIN of whoever answered; nothing of somebody who is erased."""
    vault = do.world.vault
    known = do.session.get(PersonRow, person)
    account = do.session.get(AccountRow, person)
    if known is None or known.key is None or account is None:
        return "", ""
    values = json.loads(vault.open(vault.unwrap(known.key), account.sealed, f"account|{person}"))
    iin = Iin(values["iin"]).masked if values["iin"] else ""
    return PersonName(*values["name"]).masked, iin


# Receipts.


def _receipt(do: Do, item: Sheet, act: str, objection: Objection | None) -> TabelActRow:
    last = do.session.execute(
        select(TabelActRow.seq, TabelActRow.mac)
        .where(TabelActRow.voucher_id == item.voucher)
        .order_by(TabelActRow.seq.desc())
        .limit(1)
    ).one_or_none()
    seq, prev = (last[0] + 1, last[1]) if last else (1, "")
    row = TabelActRow(
        voucher_id=item.voucher,
        seq=seq,
        tabel_id=item.id,
        version=item.version,
        act=act,
        person_id=do.person,
        channel=do.channel,
        at=do.now,
        sealed=_sealed(do, item, objection) if objection else None,
        prev=prev,
    )
    row.mac = _mac(do.world.vault, row)
    return row


def _sealed(do: Do, item: Sheet, objection: Objection) -> bytes:
    said = {
        "reason": objection.reason,
        "days": objection.days,
        "comment": objection.comment,
        "files": objection.files,
    }
    clear = json.dumps(said, ensure_ascii=False).encode()
    return do.world.vault.seal(do.key, clear, f"tabel_act|{do.person}|{item.id}|{item.version}")


def _mac(vault: Vault, row: TabelActRow) -> str:
    parts = (
        row.voucher_id,
        row.seq,
        row.tabel_id,
        row.version,
        row.act,
        row.person_id,
        row.channel,
        micros(row.at),
        row.sealed.hex() if row.sealed else "",
        row.prev,
    )
    return vault.index("tabel_act", json.dumps(parts))


def broken(deed: Deed) -> list[tuple[int, int]]:
    """Return (voucher, seq) of every receipt that was changed, moved or follows a missing one."""
    wrong: list[tuple[int, int]] = []
    before: dict[int, tuple[int, str]] = {}
    for row in deed.session.scalars(select(TabelActRow).order_by(TabelActRow.voucher_id, TabelActRow.seq)):
        seq, prev = before.get(row.voucher_id, (0, ""))
        right = _mac(deed.world.vault, row)
        if row.seq != seq + 1 or row.prev != prev or not hmac.compare_digest(row.mac, right):
            wrong.append((row.voucher_id, row.seq))
        before[row.voucher_id] = (row.seq, row.mac)
    return wrong


def sign_anew(deed: Deed, vault: Vault) -> None:
    """Make the macs of all receipts anew, after the index key has changed; whoever asks has verified them."""
    before: dict[int, str] = {}
    for row in deed.session.scalars(select(TabelActRow).order_by(TabelActRow.voucher_id, TabelActRow.seq)):
        row.prev = before.get(row.voucher_id, "")
        row.mac = before[row.voucher_id] = _mac(vault, row)
    deed.session.flush()


def objection(do: Do, act: int) -> Objection | None:
    """Return what this person said against a month."""
    row = do.session.get(TabelActRow, act)
    if row is None or row.sealed is None or row.person_id != do.person:
        return None
    clear = do.world.vault.open(do.key, row.sealed, f"tabel_act|{do.person}|{row.tabel_id}|{row.version}")
    said: dict[str, Any] = json.loads(clear)
    return Objection(said["reason"], tuple(said["days"]), said["comment"], tuple(said["files"]))


@dataclass(frozen=True)
class Exported:
    """Everything the file of a month says; only a parent's link leads to it."""

    language: str
    sheet: Sheet
    marks: Mapping[str, str]
    child: PersonName
    kindergarten: str
    receipt: Receipt | None


def export(deed: Deed, token: str, purpose: str, tabel: int) -> Exported | None:
    """Return a month for the holder of an open link who lists its child; nothing for anybody else."""
    from storage.do import hold

    link = deed.session.get(LinkRow, deed.world.vault.index("link", token))
    if link is None or link.expires_at <= deed.now or link.purpose != purpose:
        return None
    do = hold(deed, link.address_id)
    month = _exported(do, link.language, tabel) if do.person == link.person_id else None
    do.keep()
    return month


def _exported(do: Do, language: str, tabel: int) -> Exported | None:
    row = do.session.get(TabelRow, tabel)
    found = next((item for item in do.tabels.vouchers() if row is not None and item.id == row.voucher_id), None)
    child = do.children.get(found.child) if found else None
    if row is None or found is None or child is None or not sheet(row).is_shown(do.now):
        return None
    rules = do.regimes.get(found.regime).tabel
    return Exported(
        language=language,
        sheet=sheet(row),
        marks=rules.marks if rules else {},
        child=accounts.shown(do, child.name),
        kindergarten=found.kindergarten(language),
        receipt=do.tabels.receipt(sheet(row)),
    )


# What kindergartens write.


def write(deed: Deed, voucher: VoucherRow, month: Month, marks: str, *, published: bool) -> TabelRow:
    """Write a month for the first time; its window is that of the voucher's regime. Uniqueness is the schema's."""
    if len(marks) != month.days:
        raise ValueError(f"{len(marks)} marks for a month of {month.days} days")
    rules = deed.world.regimes.get(voucher.regime).tabel
    if rules is None:
        raise ValueError(f"{voucher.regime} knows no tabel")
    when = window(month, rules)
    row = TabelRow(
        voucher_id=voucher.id,
        month=month.number,
        version=1,
        marks=marks,
        published_at=deed.now if published else None,
        opens_at=when.opens,
        ends_at=when.ends,
        answer=Answer.NONE.value,
        answered=0,
    )
    deed.session.add(row)
    deed.session.flush()
    deed.session.add(TabelVersionRow(tabel_id=row.id, version=1, marks=marks, at=deed.now))
    deed.session.flush()
    return row


def correct(deed: Deed, tabel: int, marks: str) -> bool:
    """Give a month another version; return False where nothing differs. Raises CannotBeChanged for a confirmed one."""
    found = deed.session.get_one(TabelRow, tabel)
    deed.session.execute(select(VoucherRow.id).where(VoucherRow.id == found.voucher_id).with_for_update())
    row = deed.session.get_one(TabelRow, tabel, populate_existing=True)
    if Answer(row.answer) in CONFIRMED:
        raise CannotBeChanged(CannotBeChanged.__doc__)
    if len(marks) != len(row.marks):
        raise ValueError(f"{len(marks)} marks for a month of {len(row.marks)} days")
    if marks == row.marks:
        return False
    row.version, row.marks = row.version + 1, marks
    deed.session.add(TabelVersionRow(tabel_id=row.id, version=row.version, marks=marks, at=deed.now))
    deed.session.flush()
    return True


def publish_due(deed: Deed) -> int:
    """Publish the written months whose window has begun; return how many."""
    due = (TabelRow.published_at.is_(None), TabelRow.opens_at <= deed.now)
    done: Any = deed.session.execute(update(TabelRow).where(*due).values(published_at=deed.now))
    return int(done.rowcount)


# The clock.


def next_due(deed: Deed) -> datetime | None:
    """Return when the next month opens or ends."""
    session = deed.session
    drafts = select(func.min(TabelRow.opens_at)).where(TabelRow.published_at.is_(None), TabelRow.opens_at > deed.now)
    ends = select(func.min(TabelRow.ends_at)).where(TabelRow.answer == "", TabelRow.ends_at > deed.now)
    return min((at for at in (session.scalar(drafts), session.scalar(ends)) if at is not None), default=None)


def last_end(regimes: Iterable[Regime], now: datetime) -> datetime | None:
    """Return the last instant until now at which the window of a month ended: what is missed then is known."""
    ended = []
    for regime in regimes:
        if regime.tabel is None:
            continue
        month = Month.of(_day(now)).before
        end = window(month, regime.tabel).ends
        ended.append(end if end <= now else window(month.before, regime.tabel).ends)
    return max(ended, default=None)


def _day(now: datetime) -> date:
    from storage.do import ALMATY

    return now.astimezone(ALMATY).date()


def annul(deed: Deed, after: int = 0) -> tuple[int, int]:
    """Annul the next slice of vouchers whose months were missed in a row; return where to go on (0: all), and how many.

    Set-based and idempotent: a second pass finds nothing. The vouchers are held before the months are looked at, so
    that an answer of the same second is either seen here or sees what happened here (T2, T10).
    """
    upto = deed.session.scalar(
        select(func.max(VoucherRow.id)).where(
            VoucherRow.id.in_(select(VoucherRow.id).where(VoucherRow.id > after).order_by(VoucherRow.id).limit(SLICE))
        )
    )
    if upto is None:
        return 0, 0
    annulled = 0
    for regime in deed.world.regimes.all.values():
        if regime.tabel is not None:
            annulled += _annul(deed, regime.id, regime.tabel, after, upto)
    return upto, annulled


def _annul(deed: Deed, regime: str, rules: Tabel, after: int, upto: int) -> int:
    last = aliased(TabelRow)
    missed = _missed(last, deed.now, rules)
    for back in range(1, rules.miss_limit):
        earlier = aliased(TabelRow)
        is_before = and_(earlier.voucher_id == last.voucher_id, earlier.month == last.month - back)
        missed = and_(missed, exists().where(is_before, _missed(earlier, deed.now, rules)))
    of_voucher = and_(last.voucher_id == VoucherRow.id, missed)
    due = (
        VoucherRow.id > after,
        VoucherRow.id <= upto,
        VoucherRow.state == VoucherState.ACTIVE.value,
        VoucherRow.regime == regime,
        exists().where(of_voucher),
    )
    held = deed.session.scalars(select(VoucherRow.id).where(*due).with_for_update()).all()
    if not held:
        return 0
    first = select(func.min(last.ends_at)).where(of_voucher).scalar_subquery()
    values = {"state": VoucherState.ANNULLED.value, "annulled_at": first}
    # Held now, so the months are read as they stand after whoever held the vouchers before.
    done: Any = deed.session.execute(
        update(VoucherRow).where(*due).values(values).execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def _missed(row: Any, now: datetime, rules: Tabel) -> ColumnElement[bool]:  # Any: an alias of TabelRow
    disputed = row.answer == Answer.REFUSED.value
    unanswered = or_(row.answer == "", disputed) if rules.dispute_counts else row.answer == ""
    return and_(unanswered, row.published_at < row.ends_at, row.ends_at <= now)
