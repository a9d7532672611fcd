"""Pages read through connections that cannot write, and are never in a turn's way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from storage.models import AddressRow
from storage.reader import Reader
from tests.storage.house import House, said


@pytest.fixture
async def reader(house: House) -> AsyncIterator[Reader]:
    made = Reader(house.where)
    yield made
    await made.close()


def addresses(session: Session) -> int:
    return len(session.scalars(select(AddressRow)).all())


async def test_a_reader_sees_what_is_committed(house: House, reader: Reader) -> None:
    house.takes(said("hello"))

    assert await reader.read(addresses) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO tenant VALUES (1,'1','','','')",
        "DELETE FROM address",
        "UPDATE address SET proof=''",
        "DROP TABLE job",
    ],
)
async def test_a_reader_cannot_write(house: House, reader: Reader, sql: str) -> None:
    house.takes(said("hello"))

    with pytest.raises(DBAPIError, match=r"read-?only"):
        await reader.read(lambda session: session.execute(text(sql)))
    assert house.one("SELECT proof FROM address") == "first"


async def test_a_refused_statement_shows_no_values(house: House, reader: Reader) -> None:
    update = text("UPDATE address SET proof=:proof")

    with pytest.raises(DBAPIError) as refused:
        await reader.read(lambda session: session.execute(update, {"proof": "930427400001"}))
    assert "930427400001" not in str(refused.value)


async def test_many_readers_and_a_writer_do_not_wait_for_each_other(house: House, reader: Reader) -> None:
    house.takes(said("hello"))
    reading = [asyncio.ensure_future(reader.read(addresses)) for _ in range(30)]
    house.takes(said("hello", who="2"))

    assert set(await asyncio.gather(*reading)) <= {1, 2}


async def test_a_path_may_hold_signs_that_mean_something_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "50% of ?what#ever"
    folder.mkdir()
    house = House(folder / "house.db").open()
    house.takes(said("hello"))
    reader = Reader(house.where)

    assert await reader.read(addresses) == 1
    await reader.close()
    house.close()
