"""Numbers in a queue of 1,000,000 applications: one, and all, beside the naive query in the same run, on each database.

The naive query is what a queue usually asks: order everybody by the rules with a window function, then look the child
up; for all numbers it counts one child after another. A tenth of the size is measured, too: what grows with the queue
shows. PostgreSQL is the server that the tests carry.
"""

from __future__ import annotations

import platform
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy
from sqlalchemy import URL, Engine, create_engine, insert, text
from sqlalchemy.orm import Session

from services.regimes import installed
from storage import migrate, queue
from storage.models import ChildRow, PersonRow
from storage.postgres import url_of
from storage.queue_models import ApplicationRow
from tests import postgres
from tests.bench import tell

SIZES: Final = (100_000, 1_000_000)
LOCALITIES: Final = 500
#: One in ten no longer waits.
WAITING: Final = 0.9
SLICE: Final = 20_000
ASKED: Final = 200
NAIVELY: Final = 20
START: Final = datetime(2024, 1, 1, tzinfo=UTC)

NAIVE: Final = """
SELECT place FROM (
  SELECT id, row_number() OVER (ORDER BY
    CASE rank WHEN 0 THEN 0 ELSE 1 END,
    CASE rank WHEN 0 THEN line WHEN 1 THEN (line - 1) * 4 ELSE line + (line - 1) / 3 END, rank) AS place
  FROM (SELECT id, rank, row_number() OVER (PARTITION BY rank ORDER BY filed_at, id) AS line
    FROM application WHERE queue = :queue AND rank IS NOT NULL) AS lines) AS places
WHERE id = :id
"""


def main() -> None:
    """Tell what one number and all numbers cost, and what they cost naively."""
    tell(f"SQLite {sqlite3.sqlite_version}, SQLAlchemy {sqlalchemy.__version__}, Python {platform.python_version()}")
    for size in SIZES:
        for database in (_sqlite, _postgres):
            with database() as engine, Session(engine) as session:
                took = _timed(lambda session=session, size=size: _fill(session, size))  # type: ignore[misc]
                tell(f"{engine.dialect.name}: {size:,} applications in {LOCALITIES} localities, filled in {took:.0f} s")
                _one(session, size)
                _all(session, size)


@contextmanager
def _sqlite() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "queue.db"
        migrate.upgrade(path)
        engine = create_engine(URL.create("sqlite", database=str(path)))
        with engine.connect() as connection:
            connection.execute(text("PRAGMA synchronous=OFF"))
        yield engine
        engine.dispose()


@contextmanager
def _postgres() -> Iterator[Engine]:
    server = postgres.new_server(shared_buffers="256MB")
    try:
        url = postgres.new_database(server=server.url)
        migrate.upgrade(url)
        engine = create_engine(url_of(url))
        yield engine
        engine.dispose()
    finally:
        server.remove()


def _fill(session: Session, size: int) -> None:
    session.execute(insert(PersonRow).values(id=1, key=b"k", created_at=START))
    born = (START - timedelta(days=900)).date()
    child = {"id": 1, "person_id": 1, "iin_index": "c", "sealed": b"", "born": born, "sex": "m", "source": "registry"}
    session.execute(insert(ChildRow).values(**child, added_at=START))
    lot = random.Random(2026)
    # A few cities hold most families (Zipf), as in performance.md §5.
    weights = [1 / (rank**0.8) for rank in range(1, LOCALITIES + 1)]
    places = lot.choices(range(LOCALITIES), weights, k=size)
    rows = (_row(number, place, lot) for number, place in enumerate(places, start=1))
    while part := [row for _, row in zip(range(SLICE), rows, strict=False)]:
        session.execute(insert(ApplicationRow), part)
    session.commit()
    session.execute(text("ANALYZE"))


def _row(number: int, place: int, lot: random.Random) -> dict[str, object]:
    kato, year = f"612{place:06}", lot.randint(2020, 2025)
    benefit = lot.choices((0, 1, 2), (2, 18, 80))[0]
    return {
        "id": number,
        "year": 2024,
        "serial": number,
        "person_id": 1,
        "child_id": 1,
        "child_index": str(number),
        "regime": "snation_bulletin_2020",
        "kato": kato,
        "queue": f"snation_bulletin_2020|{kato}|{year}",
        "group_type": "general",
        "languages": "kk",
        "benefit": "",
        "status": "queued",
        "rank": benefit if lot.random() < WAITING else None,
        "birth_year": year,
        "filed_at": START + timedelta(seconds=number * 60),
        "consent": "bench",
        "consent_language": "kk",
        "consent_message": "",
    }


def _one(session: Session, size: int) -> None:
    lot = random.Random(7)
    asked = [_waiting(session, lot, size) for _ in range(ASKED)]
    largest = session.execute(
        text("SELECT queue FROM application WHERE rank IS NOT NULL GROUP BY queue ORDER BY count(*) DESC LIMIT 1")
    ).scalar_one()
    last = session.query(ApplicationRow).filter_by(queue=largest).order_by(ApplicationRow.filed_at.desc())
    worst = last.filter(ApplicationRow.rank == 2).first()
    assert worst is not None
    order = installed().get("snation_bulletin_2020").order

    def ours(row: ApplicationRow) -> int:
        return queue.around(session, row).place(row.rank or 0, order)

    def naive(row: ApplicationRow) -> int:
        return int(session.execute(text(NAIVE), {"queue": row.queue, "id": row.id}).scalar_one())

    for row in asked[:NAIVELY]:
        assert ours(row) == naive(row), "the two count differently"
    for name, rows in (("a random family", asked), ("the last in the largest queue", [worst] * 20)):
        mine, theirs = _median(ours, rows), _median(naive, rows)
        tell(f"one number, {name}: {mine * 1e6:,.0f} µs; naively {theirs * 1e6:,.0f} µs; {theirs / mine:.1f} times")


def _waiting(session: Session, lot: random.Random, size: int) -> ApplicationRow:
    while True:
        row = session.get_one(ApplicationRow, lot.randint(1, size))
        if row.rank is not None:
            return row


def _median(count: Callable[[ApplicationRow], int], rows: list[ApplicationRow]) -> float:
    return statistics.median(_timed(lambda row=row: count(row)) for row in rows)  # type: ignore[misc]


def _all(session: Session, size: int) -> None:
    numbers: dict[int, int] = {}
    took = _timed(lambda: numbers.update(queue.all_numbers(session, installed())))
    order = installed().get("snation_bulletin_2020").order
    some = [_waiting(session, random.Random(seed), size) for seed in range(100)]
    single = _timed(lambda: [queue.around(session, row).place(row.rank or 0, order) for row in some]) / len(some)
    assert all(numbers[row.id] == queue.around(session, row).place(row.rank or 0, order) for row in some)
    naive = single * len(numbers)
    tell(f"all {len(numbers):,} numbers: {took:.2f} s; one by one {naive:,.0f} s; {naive / took:.0f} times")


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
