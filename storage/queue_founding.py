"""A queue as it might have grown: families, their applications, and what happened to some of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from services.applications import CONSENT, Status
from services.demo_line import Stands
from services.queue import Cause
from services.regimes import Regime
from storage.models import ChildRow, PersonRow
from storage.queue import next_serial, queue_name
from storage.queue_models import ApplicationEventRow, ApplicationRow

if TYPE_CHECKING:
    from storage.do import Deed


def put_queue(deed: Deed, regime: Regime, kato: str, line: Iterable[Stands]) -> None:
    """Let these children stand in a queue, with all that happened to it in the order it happened."""
    applications = []
    for stands in line:
        row = _application(deed, regime, kato, stands)
        applications.append((row, stands))
    events: list[tuple[datetime, ApplicationRow, int | None, int | None]] = [
        (stands.filed_at, row, None, _rank(regime, stands)) for row, stands in applications
    ]
    events += [(stands.left_at, row, _rank(regime, stands), None) for row, stands in applications if stands.left_at]
    for at, row, was, now in sorted(events, key=lambda item: item[0]):
        deed.session.add(
            ApplicationEventRow(
                application_id=row.id,
                at=at,
                cause=(Cause.FILED if was is None else Cause.PLACED).value,
                status=(Status.QUEUED if was is None else Status.ENROLLED).value,
                queue=row.queue,
                filed_at=row.filed_at,
                rank_was=was,
                rank_now=now,
            )
        )
        deed.session.flush()


def _rank(regime: Regime, stands: Stands) -> int:
    return regime.order.rank(stands.benefit, stands.child.born.year, stands.filed_at.year)


def _application(deed: Deed, regime: Regime, kato: str, stands: Stands) -> ApplicationRow:
    listed = _family(deed, stands)
    rank = _rank(regime, stands)
    year, serial = stands.number or (stands.filed_at.year, next_serial(deed.session, stands.filed_at.year))
    row = ApplicationRow(
        year=year,
        serial=serial,
        person_id=listed.person_id,
        child_id=listed.id,
        child_index=listed.iin_index,
        regime=regime.id,
        kato=kato,
        queue=queue_name(regime, kato, listed.born.year),
        group_type="general",
        languages=",".join(stands.languages),
        benefit=stands.benefit,
        status=(Status.ENROLLED if stands.left_at else Status.QUEUED).value,
        rank=None if stands.left_at else rank,
        birth_year=listed.born.year,
        filed_at=stands.filed_at,
        consent=CONSENT,
        consent_language="kk",
        consent_message="founding",
    )
    deed.session.add(row)
    deed.session.flush()
    return row


def _family(deed: Deed, stands: Stands) -> ChildRow:
    child, vault = stands.child, deed.world.vault
    assert child.iin is not None
    assert child.sex is not None
    index = vault.index("iin", child.iin.digits)
    # A sample person's child is listed already: the first parent who listed it filed.
    where = (ChildRow.iin_index == index, ChildRow.removed_at.is_(None))
    listed = deed.session.scalars(select(ChildRow).where(*where).order_by(ChildRow.id)).first()
    if listed is not None:
        return listed
    key, wrapped = vault.new_key()
    person = PersonRow(key=wrapped, created_at=stands.filed_at)
    deed.session.add(person)
    deed.session.flush()
    name = (child.name.last, child.name.first, child.name.middle)
    known = {"iin": child.iin.digits, "name": name, "nationality": child.nationality, "social": child.social}
    row = ChildRow(
        person_id=person.id,
        iin_index=index,
        sealed=vault.seal(key, json.dumps(known, ensure_ascii=False).encode(), f"child|{person.id}|{index}"),
        born=child.born,
        sex=child.sex.value,
        source="registry",
        added_at=stands.filed_at,
    )
    deed.session.add(row)
    deed.session.flush()
    return row
