"""The lane: order per person, shared commits, and nobody who waits for ever."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from services.refused import Refused
from storage import book
from storage.database import Where
from storage.do import Deed, Do
from storage.events import Answer, Event, Fate
from storage.writer import ConnectionLost, Lane, NotWritten, Outcome, Work, Writer
from tests.storage.house import House, note, said

DONE, REPLAYED, RETRY = Fate.DONE, Fate.REPLAYED, Fate.RETRY


@asynccontextmanager
async def running(house: House, woken: Callable[[], None] = lambda: None) -> AsyncIterator[Writer]:
    """Run the lane over a house of its own thread."""
    writer = Writer(house.book, woken=woken)
    await writer.start()
    try:
        yield writer
    finally:
        await writer.stop()


@pytest.fixture
def closed(where: Where) -> House:
    """A house whose book the writer opens in its thread."""
    return House(where)


# Order and sharing.


async def test_each_persons_effects_come_in_the_order_of_their_events(closed: House) -> None:
    lot = random.Random(5)
    events = [(str(lot.randrange(20)), f"{n}") for n in range(200)]
    async with running(closed) as writer:
        fates = await asyncio.gather(*(writer.turn(said(words, who=who)) for who, words in events))

    expected = defaultdict(list)
    for who, words in events:
        expected[who].append(words)
    assert {answer.fate for answer in fates} == {DONE}
    assert {who: closed.heard(who) for who in expected} == expected


@pytest.mark.only("sqlite")
async def test_what_queues_while_a_commit_runs_shares_the_next(closed: House) -> None:
    async with running(closed) as writer:
        statements: list[str] = []
        driver: Any = closed.book._db
        await writer.deed(lambda _: driver.set_trace_callback(statements.append))
        await asyncio.gather(*(writer.turn(said("hello", who=str(n))) for n in range(100)))
        await writer.deed(lambda _: driver.set_trace_callback(None))

    assert statements.count("COMMIT") <= 3


async def test_a_batch_over_its_time_leaves_the_rest_to_the_next_in_order(
    closed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "BATCH_SECONDS", -1)
    async with running(closed) as writer:
        await asyncio.gather(*(writer.turn(said(str(n))) for n in range(30)))

    assert closed.heard() == [str(n) for n in range(30)]


async def test_an_answer_is_let_out_only_after_its_commit(closed: House) -> None:
    async with running(closed) as writer:
        await writer.turn(said("hello"))

        assert closed.heard() == ["hello"]


async def test_twins_that_come_at_once_have_one_effect(closed: House) -> None:
    async with running(closed) as writer:
        answers = await asyncio.gather(*(writer.turn(said("hello", event_id="7")) for _ in range(10)))

    assert sorted(answer.fate for answer in answers) == [DONE] + [REPLAYED] * 9
    assert closed.heard() == ["hello"]


async def test_a_refusal_travels_through_the_await(closed: House) -> None:
    def refuse(_deed: Deed) -> None:
        raise Refused("err.already_done")

    async with running(closed) as writer:
        with pytest.raises(Refused):
            await writer.deed(refuse)


async def test_the_outbox_is_woken_once_a_batch_and_not_by_its_own_deeds(closed: House) -> None:
    woken: list[str] = []
    async with running(closed, lambda: woken.append("!")) as writer:
        await writer.turn(said("hello"))
        await writer.deed(lambda _: None, wakes=False)

    assert woken == ["!"]


async def test_the_lane_survives_whoever_cannot_be_woken(closed: House) -> None:
    def broken() -> None:
        raise RuntimeError("asleep")

    async with running(closed, broken) as writer:
        await writer.turn(said("one"))
        await writer.turn(said("two"))

    assert closed.heard() == ["one", "two"]


async def test_whoever_hangs_up_does_not_undo_what_they_asked_for(closed: House) -> None:
    async with running(closed) as writer:
        waiting = asyncio.ensure_future(writer.turn(said("hello")))
        await asyncio.sleep(0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting

    assert closed.heard() == ["hello"]


# Failing batches.


class Tripping:
    """A book that trips over some batches before they are written."""

    def __init__(self, house: House, trips: Callable[[Sequence[Work]], Exception | None]) -> None:
        self._house, self._trips = house, trips
        self.sizes: list[int] = []

    async def open(self) -> None:
        await self._house.book.open()

    async def batch(self, works: Sequence[Work]) -> list[Outcome]:
        self.sizes.append(len(works))
        if (error := self._trips(works)) is not None:
            raise error
        return await self._house.book.batch(works)

    async def close(self) -> None:
        await self._house.book.close()


@asynccontextmanager
async def tripping(
    house: House, trips: Callable[[Sequence[Work]], Exception | None]
) -> AsyncIterator[tuple[Writer, Tripping]]:
    book = Tripping(house, trips)
    writer = Writer(book)
    await writer.start()
    try:
        yield writer, book
    finally:
        await writer.stop()


async def test_a_batch_that_failed_once_is_run_one_by_one_and_nothing_is_lost_or_doubled(closed: House) -> None:
    async with tripping(closed, lambda works: OSError("close") if len(works) > 1 else None) as (writer, book):
        answers = await asyncio.gather(*(writer.turn(said(str(n))) for n in range(20)))

    assert {answer.fate for answer in answers} == {DONE}
    assert closed.heard() == [str(n) for n in range(20)]
    assert closed.planned() == 20
    assert max(book.sizes) > 1


async def test_one_work_that_cannot_be_written_spares_the_others(closed: House) -> None:
    def on_poison(works: Sequence[Work]) -> Exception | None:
        return OSError("poison") if any(work.event and work.event.body == b"3" for work in works) else None

    async with tripping(closed, on_poison) as (writer, _):
        found = await asyncio.gather(*(writer.turn(said(str(n))) for n in range(6)), return_exceptions=True)

    assert [type(item) for item in found] == [Answer, Answer, Answer, OSError, Answer, Answer]
    assert closed.heard() == ["0", "1", "2", "4", "5"]


async def test_a_database_that_refuses_is_asked_once_a_batch_not_once_a_work(closed: House) -> None:
    async with tripping(closed, lambda _: NotWritten()) as (writer, book):
        found = await asyncio.gather(*(writer.turn(said(str(n))) for n in range(20)), return_exceptions=True)

    assert {type(item) for item in found} == {NotWritten}
    assert book.sizes == [20]
    assert closed.rows("SELECT * FROM inbox") == []


async def test_a_database_that_refuses_in_the_middle_is_not_asked_for_each_of_the_rest(closed: House) -> None:
    def on_third(works: Sequence[Work]) -> Exception | None:
        if len(works) > 1:
            return OSError("close")
        return NotWritten() if works[0].event and works[0].event.body == b"2" else None

    async with tripping(closed, on_third) as (writer, book):
        found = await asyncio.gather(*(writer.turn(said(str(n))) for n in range(6)), return_exceptions=True)

    assert [type(item) for item in found] == [Answer, Answer, NotWritten, NotWritten, NotWritten, NotWritten]
    assert book.sizes == [6, 1, 1, 1]


@pytest.mark.only("sqlite")
async def test_a_turn_that_undoes_its_batch_is_kept_and_its_neighbours_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "TURN_SECONDS", 0.5)

    def handle(event: Event, do: Do) -> str:
        if event.body == b"for ever":
            do.db.execute(
                "INSERT INTO tenant (kato, name_kk, name_ru, regime) WITH RECURSIVE n(x) AS"
                " (SELECT 1 UNION ALL SELECT x+1 FROM n) SELECT x, '', '', '' FROM n"
            )
        return note(event, do)

    house = House(tmp_path / "house.db", handle)
    async with running(house) as writer:
        words = ["one", "two", "for ever", "three", "four"]
        answers = await asyncio.gather(*(writer.turn(said(word, who=word)) for word in words))

    assert [answer.fate for answer in answers] == [DONE, DONE, RETRY, DONE, DONE]
    assert [len(house.heard(word)) for word in words] == [1, 1, 0, 1, 1]
    assert house.planned() == 4


# The end.


async def test_stopping_finishes_what_is_queued(closed: House) -> None:
    writer = Writer(closed.book)
    await writer.start()
    waiting = [asyncio.ensure_future(writer.turn(said(str(n)))) for n in range(50)]
    await asyncio.sleep(0)
    await writer.stop()

    assert {answer.fate for answer in await asyncio.gather(*waiting)} == {DONE}
    assert len(closed.heard()) == 50


async def test_who_comes_after_the_end_is_refused_at_once(closed: House) -> None:
    async with running(closed) as writer:
        pass

    with pytest.raises(NotWritten):
        await asyncio.wait_for(writer.turn(said("hello")), 1)


async def test_who_comes_while_the_lane_ends_is_told_either_way(closed: House) -> None:
    writer = Writer(closed.book)
    await writer.start()
    stopping = asyncio.ensure_future(writer.stop())
    await asyncio.sleep(0)
    late = await asyncio.wait_for(asyncio.gather(writer.turn(said("late")), return_exceptions=True), 5)
    await stopping

    assert isinstance(late[0], (Answer, NotWritten))


async def test_all_who_wait_hear_of_a_lost_connection(closed: House) -> None:
    async with tripping(closed, lambda _: ConnectionLost()) as (writer, _):
        waiting = [asyncio.ensure_future(writer.turn(said(str(n)))) for n in range(300)]
        found = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)

        assert {type(item) for item in found} == {ConnectionLost}
        assert writer.task.done()


@pytest.mark.only("sqlite")
async def test_who_comes_after_a_lost_connection_hears_of_it_at_once(closed: House) -> None:
    async with running(closed) as writer:
        with suppress(ConnectionLost):
            await writer.deed(_close)
        with pytest.raises(ConnectionLost):
            await asyncio.wait_for(writer.turn(said("hello")), 1)


def _close(deed: Deed) -> None:
    deed.db.close()


@pytest.mark.only("sqlite")
async def test_a_lost_connection_ends_the_lane_so_that_the_process_can_end(closed: House) -> None:
    async with running(closed) as writer:
        with suppress(ConnectionLost):
            await writer.deed(_close)
        with pytest.raises(ConnectionLost):
            await asyncio.wait_for(asyncio.shield(writer.task), 1)


# A broken control: the rule above can fail.


async def test_without_one_by_one_a_bad_work_would_take_its_neighbours_along(closed: House) -> None:
    class Hasty(Lane):
        async def _one_by_one(self, works: list[Work]) -> list[Outcome]:
            return [Outcome(error=OSError("all of you")) for _ in works]

    book = Tripping(closed, lambda works: OSError("close") if len(works) > 1 else None)
    writer = Writer(book)
    writer._lanes[0] = Hasty(book, lambda: None)
    await writer.start()
    await asyncio.gather(*(writer.turn(said(str(n))) for n in range(20)), return_exceptions=True)
    await writer.stop()

    assert len(closed.heard()) < 20
