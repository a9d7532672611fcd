"""`python -m bot import persons|kato FILE`: a dry run with a row-by-row report, then the same applied."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from bot import settings
from bot.chance import Secure
from bot.clock import WallClock
from services import localities
from services.localities import Locality
from services.persons_file import BadRow, PersonRow, rows
from storage import migrate, places
from storage.books import books
from storage.do import World
from storage.registry import put_people
from storage.vault import Vault
from storage.writer import Writer

#: People in one transaction: small enough to stand between two turns.
SLICE: Final = 200


def persons(file: Path, *, apply: bool) -> int:
    """Read `file`, print what is wrong with which row, and with `apply` write the good ones.

    Returns the exit code: 1 if any row is bad. Writing the same file twice changes nothing.
    """
    bad = 0
    good = 0
    for row in _rows(file):
        if isinstance(row, BadRow):
            bad += 1
            print(f"line {row.line}: {row.column + ': ' if row.column else ''}{row.why}")
        else:
            good += 1
    if apply and good:
        new = asyncio.run(_write(file))
        print(f"{good} written, {new} of them new; {bad} rows refused")
    else:
        print(f"dry run: {good} rows are good, {bad} are not; add --apply to write the good ones")
    return 1 if bad else 0


def kato(file: Path, *, apply: bool) -> int:
    """Read a classifier of localities, print its bad lines, and with `apply` put it in place of the one before.

    Returns the exit code: 1 if any line is bad, and then nothing is written: half a classifier hides villages.
    """
    with file.open(encoding="utf-8", errors="replace", newline="") as lines:
        units, bad = localities.read(lines)
    for line in bad:
        print(f"line {line.line}: {line.why}")
    if apply and units and not bad:
        print(f"{asyncio.run(_write_kato(units))} localities written")
    else:
        print(f"dry run: {len(units)} localities are good, {len(bad)} lines are not; add --apply to write")
    return 1 if bad else 0


async def _write_kato(units: list[Locality]) -> int:
    async with _writing() as writer:
        return await writer.deed(partial(places.replace_all, units=units))


def _rows(file: Path) -> Iterator[PersonRow | BadRow]:
    with file.open(encoding="utf-8", errors="replace", newline="") as lines:
        yield from rows(lines)


async def _write(file: Path) -> int:
    async with _writing() as writer:
        return await _slices(writer, (row for row in _rows(file) if isinstance(row, PersonRow)))


@asynccontextmanager
async def _writing() -> AsyncIterator[Writer]:
    """A writer on the configured database, brought to this release first."""
    given = settings.must_be_writable(settings.must_have_keys(settings.load()))
    migrate.upgrade(given.database_url)
    chance = Secure()
    world = World(WallClock(), chance, Vault(given.data_keys, given.index_key, chance))
    writer = Writer(books(given.database_url, world, _no_turns, _no_turns)[0])
    await writer.start()
    try:
        yield writer
    finally:
        await writer.stop()


async def _slices(writer: Writer, people: Iterator[PersonRow]) -> int:
    new = 0
    while part := list(islice(people, SLICE)):
        new += await writer.deed(partial(put_people, people=part))
    return new


def _no_turns(*_: object) -> None:
    raise RuntimeError("an import takes no turns")
