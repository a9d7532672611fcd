"""The annulment of the 11th for 900,000 children in one pass, beside the row-by-row way in the same run.

The row-by-row way is what a script usually does: for each voucher load its months, ask the rule, write what follows.
It is run on a slice of other vouchers with the same shares and its cost taken for all. On SQLite and on PostgreSQL.
"""

from __future__ import annotations

import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import sqlalchemy
from sqlalchemy import URL, create_engine, insert, make_url, select, text
from sqlalchemy.orm import Session

from services import tabels as rules
from services.regimes import installed
from services.tabels import Month
from storage import migrate, tabels
from storage.models import Tenant
from storage.queue_models import KindergartenRow
from storage.tabel_models import TabelRow, VoucherRow
from tests import postgres
from tests.bench import tell

CHILDREN: Final = 900_000
ONE_BY_ONE: Final = 20_000
SLICE: Final = 20_000
REGIME: Final = "snation_voucher_2025"
NOVEMBER: Final = Month(2026 * 12 + 10)
RULES: Final = installed().get(REGIME).tabel


def main() -> None:
    """Tell what the pass costs on each database, and what it costs row by row."""
    tell(f"SQLite {sqlite3.sqlite_version}, SQLAlchemy {sqlalchemy.__version__}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tabel.db"
        migrate.upgrade(path)
        _measure("SQLite", URL.create("sqlite", database=str(path)))
    where = postgres.copied("bench_tabel", migrate.upgrade)
    try:
        _measure("PostgreSQL", make_url(where).set(drivername="postgresql+psycopg"))
    finally:
        postgres.drop_database(where)


def _measure(name: str, url: URL | str) -> None:
    engine = create_engine(url)
    with Session(engine) as session:
        took = _timed(lambda: _fill(session))
        tell(f"{name}: {CHILDREN + ONE_BY_ONE:,} children with two months each, filled in {took:.0f} s")
        ours, slowest, annulled = _pass(session)
        naive, found = _row_by_row(session)
        # One child in a hundred missed both months.
        assert annulled == CHILDREN // 100
        assert found == ONE_BY_ONE // 100
        theirs = naive / ONE_BY_ONE * CHILDREN
        tell(f"{name}: {annulled:,} annulled in {ours:.1f} s, the longest slice {slowest * 1000:.0f} ms")
        tell(f"{name}: row by row {theirs:.0f} s ({naive / ONE_BY_ONE * 1e6:.0f} µs each); {theirs / ours:.0f} times")
        again = _timed(lambda: _pass(session))
        tell(f"{name}: the same pass once more {again:.1f} s, nothing found")
    engine.dispose()


def _fill(session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA synchronous=OFF"))
    session.execute(insert(Tenant).values(id=1, kato="750000000", name_kk="Алматы", name_ru="Алматы", regime=REGIME))
    garden = {"id": 1, "tenant_id": 1, "kato": "750000000", "name_kk": "Б", "name_ru": "Б", "ownership": "STATE"}
    session.execute(insert(KindergartenRow).values(**garden))
    everybody = CHILDREN + ONE_BY_ONE
    for first in range(1, everybody + 1, SLICE):
        numbers = range(first, min(first + SLICE, everybody + 1))
        session.execute(insert(VoucherRow), [_voucher(number) for number in numbers])
        session.execute(insert(TabelRow), [row for number in numbers for row in _months(number)])
    session.commit()
    session.execute(text("ANALYZE"))
    session.commit()


def _voucher(number: int) -> dict[str, object]:
    # The last ones belong to the row-by-row way: the pass is kept from them until its turn has come.
    state = "active" if number <= CHILDREN else "apart"
    given = {"id": number, "tenant_id": 1, "kindergarten_id": 1, "child_index": str(number), "regime": REGIME}
    return given | {"since": NOVEMBER.number - 1, "state": state}


def _months(number: int) -> list[dict[str, object]]:
    """One in a hundred answered neither month, four more not the first one."""
    assert RULES is not None
    rows = []
    for month, missed in ((NOVEMBER.before, number % 100 < 5), (NOVEMBER, number % 100 == 0)):
        when = rules.window(month, RULES)
        rows.append(
            {
                "voucher_id": number,
                "month": month.number,
                "version": 1,
                "marks": "x" * month.days,
                "published_at": when.opens,
                "opens_at": when.opens,
                "ends_at": when.ends,
                "answer": "" if missed else "confirmed",
                "answered": 0 if missed else 1,
            }
        )
    return rows


def _now() -> datetime:
    assert RULES is not None
    return rules.window(NOVEMBER, RULES).ends + timedelta(seconds=1)


def _pass(session: Session) -> tuple[float, float, int]:
    """Return how long the pass took, its longest slice, and how many were annulled; each slice is a commit."""
    deed: Any = SimpleNamespace(session=session, now=_now(), world=SimpleNamespace(regimes=installed()))
    after = annulled = 0
    slices = []
    while True:
        began = time.perf_counter()
        after, found = tabels.annul(deed, after)
        session.commit()
        slices.append(time.perf_counter() - began)
        annulled += found
        if not after:
            return sum(slices), max(slices), annulled


def _row_by_row(session: Session) -> tuple[float, int]:
    assert RULES is not None
    session.expunge_all()
    began, found = time.perf_counter(), 0
    for number in range(CHILDREN + 1, CHILDREN + ONE_BY_ONE + 1):
        voucher = session.get_one(VoucherRow, number)
        rows = session.scalars(select(TabelRow).where(TabelRow.voucher_id == number).order_by(TabelRow.month))
        ended = rules.annulled_at([tabels.sheet(row) for row in rows], RULES)
        if ended is not None and ended <= _now():
            voucher.state, voucher.annulled_at = "annulled", ended
            found += 1
    session.commit()
    return time.perf_counter() - began, found


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
