"""The demo city's queues: localities, kindergartens, and families who wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from services import demo_city, demo_line
from services.regimes import installed
from storage import tabels
from storage.models import Tenant
from storage.queue_founding import put_queue
from storage.queue_models import IntakeRow, KindergartenRow
from storage.tabel_models import VoucherRow

if TYPE_CHECKING:
    from storage.do import Deed


def furnish_places(deed: Deed) -> None:
    """Give each department its locality and its kindergartens."""
    deed.session.flush()
    for tenant in deed.session.scalars(select(Tenant).order_by(Tenant.id)).all():
        names = {"name_kk": tenant.name_kk, "name_ru": tenant.name_ru}
        deed.session.add(IntakeRow(kato=tenant.kato, tenant_id=tenant.id, **names))
        for garden in demo_line.KINDERGARTENS[tenant.kato]:
            deed.session.add(
                KindergartenRow(
                    tenant_id=tenant.id,
                    kato=tenant.kato,
                    name_kk=garden.kk,
                    name_ru=garden.ru,
                    ownership=garden.ownership,
                    phone=garden.phone,
                )
            )
    deed.session.flush()


def furnish_vouchers(deed: Deed) -> None:
    """Give Алихан a place by voucher in Алматы; the kindergarten has filled November and not published it yet."""
    iin = demo_city.ALIKHAN.iin
    assert iin is not None
    garden = deed.session.scalars(select(KindergartenRow).where(KindergartenRow.name_ru == demo_line.BALDYRGAN)).one()
    row = VoucherRow(
        tenant_id=garden.tenant_id,
        kindergarten_id=garden.id,
        child_index=deed.world.vault.index("iin", iin.digits),
        regime="snation_voucher_2025",
        since=demo_line.NOVEMBER.number,
        state="active",
    )
    deed.session.add(row)
    deed.session.flush()
    tabels.write(deed, row, demo_line.NOVEMBER, demo_line.NOVEMBER_MARKS, published=False)


def furnish_queues(deed: Deed) -> None:
    """Let families wait in each city, and Дана in Кентау: number 124 since February."""
    for city in demo_city.CITIES:
        put_queue(deed, installed().get(city.regime), city.kato, demo_line.line(city.kato, demo_city.DANA))
