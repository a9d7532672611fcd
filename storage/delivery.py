"""How far a sent message came: callbacks in any order, doubled or early; the highest state wins.

A provider that may still fail a message it took is told of here: until it is delivered its words stay sealed in the
outbox, so that they can go once more, and a day later at the latest they are wiped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, case, select, update

from storage.delivery_models import DeliveryRow
from storage.models import AddressRow, InboxRow, OutboxRow, PersonRow
from storage.vault import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.do import Deed

#: A lattice: two callbacks leave the same, whichever comes first. Who has read it has it, whatever failed before.
RANKS: Final = {
    state: rank
    for rank, states in enumerate(
        (
            ("accepted", "scheduled"),
            ("queued",),
            ("sending",),
            ("sent",),
            ("canceled",),
            ("failed",),
            ("undelivered",),
            ("delivered", "partially_delivered"),
            ("read",),
        )
    )
    for state in states
}
FAILED: Final = frozenset({"canceled", "failed", "undelivered"})
ARRIVED: Final = frozenset({"delivered", "partially_delivered", "read"})
#: Messages that fail later than this fail for good: nobody waits for the answer any more.
WORDS_LIVE: Final = timedelta(days=1)
#: Tries, all in all, of a message that its provider took and then failed.
TRIES: Final = 6


@dataclass(frozen=True)
class Update:
    """What a provider tells about one try; `uid` is ours, and came with the call."""

    uid: str
    provider_id: str
    status: str
    error: int | None


def note(deed: Deed, told: Update) -> bool:
    """Keep what is told if it is news; return whether it is the news of a failure that is to be acted upon."""
    if told.status not in RANKS:
        return False
    session = deed.session
    row = session.scalar(select(DeliveryRow).where(DeliveryRow.provider_id == told.provider_id))
    if row is None:
        row = DeliveryRow(provider_id=told.provider_id, uid=told.uid, status="", error=None, at=deed.now)
        session.add(row)
    elif RANKS[told.status] <= RANKS[row.status] or row.uid != told.uid:
        return False
    had_failed = row.status in FAILED
    row.status, row.error, row.at = told.status, told.error, deed.now
    session.flush()
    if told.status in FAILED:
        return not had_failed and _is_the_try_of(deed, told)
    if not had_failed or told.status in ARRIVED:
        _has_it(deed, told)
    return False


def _is_the_try_of(deed: Deed, told: Update) -> bool:
    found = deed.session.execute(
        select(OutboxRow.state, OutboxRow.provider_id).where(OutboxRow.uid == told.uid)
    ).one_or_none()
    if found is None or found.state not in ("planned", "sending", "sent"):
        return False
    return found.provider_id in (None, told.provider_id)


def _has_it(deed: Deed, told: Update) -> None:
    """The provider has the message, whatever its answer to our call was: it goes no second time."""
    known = (OutboxRow.uid == told.uid, OutboxRow.state.in_(("planned", "sending")), OutboxRow.provider_id.is_(None))
    sent = {"state": "sent", "provider_id": told.provider_id, "lease_until": None, "wait_until": None}
    _change(deed, *known, **sent, done_at=deed.now)
    if told.status in ARRIVED:
        _change(deed, OutboxRow.uid == told.uid, OutboxRow.state == "sent", payload=None)


def payload(deed: Deed, uid: str) -> dict[str, Any] | None:
    """Return the words of a message that may go once more; None where they are gone, or tried often enough."""
    found = deed.session.execute(
        select(OutboxRow.payload, OutboxRow.attempts, PersonRow.key)
        .join(PersonRow, PersonRow.id == OutboxRow.person_id)
        .where(OutboxRow.uid == uid)
    ).one_or_none()
    if found is None or found.payload is None or found.attempts >= TRIES:
        return None
    try:
        vault = deed.world.vault
        words: dict[str, Any] = json.loads(vault.open(vault.unwrap(found.key), found.payload, f"outbox|{uid}"))
    except Sealed:
        return None
    return words


def again(deed: Deed, uid: str, *, reason: str, after: timedelta, instead: dict[str, Any] | None = None) -> None:
    """Plan a failed message once more, perhaps in another form."""
    values: dict[str, Any] = {"state": "planned", "reason": reason, "wait_until": deed.now + after}
    if instead is not None:
        key = deed.session.scalar(
            select(PersonRow.key).join(OutboxRow, OutboxRow.person_id == PersonRow.id).where(OutboxRow.uid == uid)
        )
        vault = deed.world.vault
        sealed = vault.seal(vault.unwrap(key), json.dumps(instead, ensure_ascii=False).encode(), f"outbox|{uid}")
        values["payload"] = sealed
    # What was sent has counted its try; what is being sent has not yet, and will not any more.
    tries = case((OutboxRow.state == "sent", OutboxRow.attempts), else_=OutboxRow.attempts + 1)
    values |= {"provider_id": None, "lease_until": None, "done_at": None, "attempts": tries}
    _change(deed, OutboxRow.uid == uid, **values)


def fail(deed: Deed, uid: str, *, reason: str, gone: bool, opted_out: bool, closed: bool) -> None:
    """Write that a message failed for good, and what that says about its address."""
    values = {"state": "failed", "reason": reason, "payload": None, "lease_until": None, "done_at": deed.now}
    _change(deed, OutboxRow.uid == uid, **values)
    news: dict[str, datetime | None] = {}
    if gone or opted_out:
        news["gone_at"] = deed.now
    if opted_out:
        news["opted_out_at"] = deed.now
    if closed:
        # Our clock of the window was wrong: until the person writes again nothing is tried in vain.
        news["heard_at"] = None
    if news:
        at = select(OutboxRow.address_id).where(OutboxRow.uid == uid).scalar_subquery()
        changed = update(AddressRow).where(AddressRow.id == at).values(**news)
        deed.session.execute(changed, execution_options={"synchronize_session": False})


def _change(deed: Deed, *which: ColumnElement[bool], **values: Any) -> None:  # Any: values of columns
    changed = update(OutboxRow).where(*which).values(**values)
    deed.session.execute(changed, execution_options={"synchronize_session": False})


def forget(deed: Deed) -> None:
    """Wipe the words of messages nobody told about for a day."""
    old = (OutboxRow.state == "sent", OutboxRow.payload.is_not(None), OutboxRow.done_at < deed.now - WORDS_LIVE)
    _change(deed, *old, payload=None)


def unheard(deed: Deed, provider: str, account: str, events: Iterable[str]) -> set[str]:
    """Return which of a provider's events never arrived here."""
    asked = set(events)
    known = select(InboxRow.event_id).where(
        InboxRow.provider == provider, InboxRow.account == account, InboxRow.event_id.in_(asked)
    )
    return asked - set(deed.session.scalars(known))


def last_heard(deed: Deed, provider: str, account: str) -> datetime | None:
    """Return when the last event of a provider arrived; None if none ever did."""
    newest = (
        select(InboxRow.received_at)
        .where(InboxRow.provider == provider, InboxRow.account == account)
        .order_by(InboxRow.id.desc())
        .limit(1)
    )
    return deed.session.scalar(newest)
