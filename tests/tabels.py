"""Vouchers and months for tests: a child with a place in Almaty, put there at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from services import demo_city
from services.persons_file import PersonRow
from services.tabels import Month
from storage import tabels
from storage.do import Deed
from storage.models import Tenant
from storage.queue_models import KindergartenRow
from storage.tabel_models import TabelRow, VoucherRow
from tests.city import City
from tests.queues import ALMATY_CITY

REGIME = "snation_voucher_2025"
OCTOBER = Month(2026 * 12 + 9)
NOVEMBER = Month(2026 * 12 + 10)
DECEMBER = Month(2026 * 12 + 11)
#: Weekends and the one day at home: November 2026 begins on a Sunday.
MARKS = "вxxxxxввxxxxxввxxxxxввxxбxxввx"


def almaty(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+05:00")


def voucher(city: City, child: PersonRow = demo_city.ALIKHAN) -> int:
    """Give a child a place in Балдырған; return the voucher."""
    assert child.iin is not None
    index = city.vault.index("iin", child.iin.digits)

    def given(deed: Deed) -> int:
        garden = deed.session.scalar(select(KindergartenRow).where(KindergartenRow.kato == ALMATY_CITY))
        if garden is None:
            tenant = Tenant(kato=ALMATY_CITY, name_kk="Алматы", name_ru="Алматы", regime=REGIME)
            deed.session.add(tenant)
            deed.session.flush()
            garden = KindergartenRow(
                tenant_id=tenant.id,
                kato=ALMATY_CITY,
                name_kk="«Балдырған» балабақшасы",
                name_ru="Детский сад «Балдырған»",
                ownership="STATE",
            )
            deed.session.add(garden)
            deed.session.flush()
        row = VoucherRow(
            tenant_id=garden.tenant_id,
            kindergarten_id=garden.id,
            child_index=index,
            regime=REGIME,
            since=OCTOBER.number,
            state="active",
        )
        deed.session.add(row)
        deed.session.flush()
        return row.id

    made: int = city.deed(given)
    return made


def month(city: City, of: int, when: Month, marks: str = "", *, published: bool = True) -> int:
    """Write a month, published now or where that is over when its window began; return it."""
    filled = marks or (MARKS if when == NOVEMBER else "x" * when.days)

    def written(deed: Deed) -> int:
        made = tabels.write(deed, deed.session.get_one(VoucherRow, of), when, filled, published=published)
        made.published_at = min(deed.now, made.opens_at) if published else None
        return made.id

    made: int = city.deed(written)
    return made


def correct(city: City, tabel: int, marks: str) -> None:
    city.deed(lambda deed: tabels.correct(deed, tabel, marks))


def annul(city: City) -> int:
    """Walk through all slices as the clock does; return how many vouchers were annulled."""
    annulled = after = 0
    while True:
        slice_: tuple[int, int] = city.deed(lambda deed, after=after: tabels.annul(deed, after))
        after, annulled = slice_[0], annulled + slice_[1]
        if not after:
            return annulled


def row(city: City, tabel: int) -> TabelRow:
    found: TabelRow = city.deed(lambda deed: deed.session.get_one(TabelRow, tabel))
    return found


def state(city: City, of: int) -> tuple[str, datetime | None]:
    found: VoucherRow = city.deed(lambda deed: deed.session.get_one(VoucherRow, of))
    return found.state, found.annulled_at
