"""How long what is kept: a table, and the job that follows it; what has lived its time goes (T28)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, exists, select

from storage.account_models import InvitationRow, TriesRow
from storage.delivery_models import DeliveryRow
from storage.erasure import empty
from storage.family_models import AccessRow
from storage.models import AccountRow, AddressRow, CodeRow, JobRow, LinkRow, OutboxRow, PersonRow

if TYPE_CHECKING:
    from storage.do import Deed

#: Rows that one run takes away of one kind: it stands between two turns.
SLICE: Final = 500
#: A guest who said nothing for so long is nobody's data any more.
GUESTS_LIVE: Final = timedelta(days=365)


@dataclass(frozen=True)
class Rule:
    """Rows of a table go this long after an instant of theirs."""

    kind: Any  # Any: a mapped class
    since: str
    lives: timedelta
    #: Only where this column is one of these.
    only: tuple[str, tuple[str, ...]] | None = None


RULES: Final = (
    Rule(CodeRow, "sent_at", timedelta(days=90)),
    Rule(LinkRow, "made_at", timedelta(days=30)),
    Rule(TriesRow, "at", timedelta(days=30)),
    Rule(JobRow, "due_at", timedelta(days=90), ("state", ("done",))),
    Rule(InvitationRow, "made_at", timedelta(days=90)),
    Rule(AccessRow, "asked_at", timedelta(days=3 * 365), ("state", ("refused", "over", "revoked"))),
    Rule(DeliveryRow, "at", timedelta(days=365)),
    Rule(OutboxRow, "created_at", timedelta(days=365), ("state", ("sent", "failed", "cancelled", "expired"))),
)


def run(deed: Deed) -> int:
    """Take away what has lived its time, a slice of each kind; return how many rows went."""
    return sum(_apply(deed, rule) for rule in RULES) + _forget_guests(deed)


def _apply(deed: Deed, rule: Rule) -> int:
    table = rule.kind.__table__
    (key,) = table.primary_key.columns
    old = [table.c[rule.since] < deed.now - rule.lives]
    if rule.only is not None:
        old.append(table.c[rule.only[0]].in_(rule.only[1]))
    ids = deed.session.scalars(select(key).where(*old).limit(SLICE)).all()
    if ids:
        deed.session.execute(delete(rule.kind).where(key.in_(ids)))
    return len(ids)


def _forget_guests(deed: Deed) -> int:
    """Erase guests nobody has heard of for a year: their key, their chat, what they left unfinished."""
    silent = (
        AddressRow.heard_at < deed.now - GUESTS_LIVE,
        ~exists().where(AccountRow.person_id == AddressRow.person_id),
        PersonRow.key.is_not(None),
    )
    query = select(AddressRow.person_id).join(PersonRow, PersonRow.id == AddressRow.person_id).where(*silent)
    people = deed.session.scalars(query.distinct().limit(SLICE)).all()
    for person in people:
        empty(deed, person)
    return len(people)
