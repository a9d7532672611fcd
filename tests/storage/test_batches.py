"""Many works share a transaction, and none of them can sink its neighbours."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from services.refused import Refused
from storage import book
from storage.do import Deed, Do
from storage.events import Event, Fate
from storage.models import ConsentRow, Tenant
from storage.writer import ConnectionLost, NotWritten, Work
from tests.storage.conftest import Build
from tests.storage.house import House, failing_at, note, said

DONE, RETRY = Fate.DONE, Fate.RETRY
#: Counts for ever, until it is ended.
COUNT = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) SELECT x FROM n"


def trade(event: Event, do: Do) -> str:
    """Note words; some words do more: found a department through the session, or fail after it."""
    words = note(event, do)
    deed, _, kato = words.partition(" ")
    if deed in ("found", "found-and-fail"):
        found(do, kato)
    if deed == "look-and-found" and do.session.scalar(select(Tenant.id).where(Tenant.kato == kato)) is None:
        found(do, kato)
    if deed in ("fail", "found-and-fail"):
        raise ValueError(kato)
    if deed == "forget-to-flush":
        do.session.add(Tenant(kato=kato, name_kk=None, name_ru="", regime=""))
    if deed == "count":
        do.db.execute(COUNT).fetchall()
    if deed == "count-and-write":
        do.db.execute(f"INSERT INTO tenant (kato, name_kk, name_ru, regime) SELECT x, '', '', '' FROM ({COUNT})")
    if deed == "count-in-session":
        do.session.execute(
            text(f"INSERT INTO tenant (kato, name_kk, name_ru, regime) SELECT x, '', '', '' FROM ({COUNT})")
        )
    return words


def found(do: Deed, kato: str) -> None:
    do.session.add(Tenant(kato=kato, name_kk="", name_ru="", regime=""))
    do.session.flush()


@pytest.fixture
def house(build: Build) -> House:
    return build(trade)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns are ended after half a second."""
    monkeypatch.setattr(book, "TURN_SECONDS", 0.5)


@pytest.fixture
def commits(house: House) -> list[str]:
    statements: list[str] = []
    driver: Any = house.book._db
    driver.set_trace_callback(statements.append)
    return statements


# Neighbours.


@pytest.mark.only("sqlite")
def test_a_batch_is_one_commit(house: House, commits: list[str]) -> None:
    house.takes(*(said(f"hello {n}", who=str(n)) for n in range(50)))

    assert commits.count("COMMIT") == 1
    assert house.planned() == 50


@pytest.mark.parametrize("bad", ["fail", "found-and-fail 1", "found 0", "forget-to-flush 1"])
def test_a_failing_turn_rolls_back_alone(house: House, bad: str) -> None:
    house.takes(said("found 0", who="0"))

    assert house.takes(said("found 2", who="1"), said(bad, who="2"), said("found 3", who="3")) == [DONE, RETRY, DONE]
    assert house.rows("SELECT kato FROM tenant ORDER BY kato") == [("0",), ("2",), ("3",)]
    assert [house.heard(who) for who in "123"] == [["found 2"], [], ["found 3"]]


def test_the_session_of_a_turn_is_kept_without_a_flush_of_its_own(build: Build) -> None:
    def found_lazily(_event: Event, do: Do) -> None:
        do.session.add(Tenant(kato="1", name_kk="", name_ru="", regime=""))

    house = build(found_lazily)
    house.takes(said("hello"))

    assert house.rows("SELECT kato FROM tenant") == [("1",)]


@pytest.mark.only("sqlite")
def test_a_turn_that_touches_no_domain_opens_no_session(house: House, commits: list[str]) -> None:
    house.takes(said("hello"))

    assert [sql for sql in commits if "sa_savepoint" in sql] == []


def test_two_turns_that_found_the_same_are_one_founding_and_one_failure(house: House) -> None:
    assert house.takes(said("found 1", who="1"), said("found 1", who="2")) == [DONE, RETRY]


def test_a_turn_that_lost_a_unique_key_looks_once_more(build: Build) -> None:
    """On SQLite there is no rival; another process's commit, seen too late, looks the same (writer.md §4)."""
    looks: list[bool] = []

    def blind_at_first(event: Event, do: Do) -> str:
        is_there = bool(looks) and do.session.scalar(select(Tenant.id)) is not None
        looks.append(is_there)
        if is_there:
            return note(event, do)
        found(do, "1")
        return "founded"

    house = build(blind_at_first)
    house.deed(lambda deed: found(deed, "1"))

    assert house.takes(said("hello")) == [DONE]
    assert looks == [False, True]


def test_an_old_session_leaves_nothing_to_the_next_turn(build: Build) -> None:
    seen: list[int] = []

    def peek(event: Event, do: Do) -> None:
        seen.append(len(list(do.session)))
        trade(event, do)

    house = build(peek)
    house.takes(said("found-and-fail 1", who="1"), said("found 2", who="2"), said("look-and-found 3", who="3"))

    assert seen == [0, 0, 0]


# Deeds.


def test_a_deed_returns_what_its_work_returned(house: House) -> None:
    assert house.deed(lambda _: 42) == 42


def test_a_refusal_travels_out_of_a_deed(house: House) -> None:
    def refuse(deed: Deed) -> None:
        found(deed, "1")
        raise Refused("err.already_done")

    with pytest.raises(Refused, match=r"err\.already_done"):
        house.deed(refuse)
    assert house.rows("SELECT * FROM tenant") == []


@pytest.mark.only("sqlite")
def test_a_failing_deed_spares_the_turns_beside_it(house: House) -> None:
    def collide(deed: Deed) -> None:
        found(deed, "1")
        found(deed, "1")

    works = [Work(event=said("found 2", who="1")), Work(deed=collide), Work(event=said("found 3", who="2"))]
    outcomes = house.book.batch_here(works)

    assert isinstance(outcomes[1].error, IntegrityError)
    assert house.rows("SELECT kato FROM tenant ORDER BY kato") == [("2",), ("3",)]


def test_a_deed_may_take_longer_than_a_turn(house: House, quick: None) -> None:
    house.deed(lambda deed: deed.db.execute(f"SELECT count(*) FROM ({COUNT} LIMIT 300000)").fetchall())

    assert house.deed(lambda _: "still here") == "still here"


# Time.


def test_a_batch_stops_taking_works_when_its_time_is_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "BATCH_SECONDS", -1)
    works = [Work(event=said("hello", who=str(n))) for n in range(3)]

    assert len(house.book.batch_here(works)) == 1


@pytest.mark.parametrize("slow", ["count", "count-and-write", "count-in-session"])
def test_a_turn_whose_statement_never_ends_is_ended_and_kept_for_later(house: House, quick: None, slow: str) -> None:
    assert house.takes(said(slow)) == [RETRY]
    state, attempts, error = house.rows("SELECT state, attempts, error FROM inbox")[0]
    assert (state, attempts) == ("retry", 1)
    assert error in ("OperationalError", "QueryCanceled")
    assert house.rows("SELECT * FROM tenant") == []


@pytest.mark.parametrize("slow", ["count", "count-and-write", "count-in-session"])
def test_others_go_on_beside_and_after_an_ended_turn(house: House, quick: None, slow: str) -> None:
    events = [said("found 1", who="1"), said(slow, who="2"), said("found 3", who="3")]
    fates = one_by_one_if_need_be(house, events)

    assert fates == [DONE, RETRY, DONE]
    assert house.takes(said("found 4", who="1")) == [DONE]
    assert house.rows("SELECT kato FROM tenant ORDER BY kato") == [("1",), ("3",), ("4",)]
    assert [len(house.heard(who)) for who in "123"] == [2, 0, 1]


def test_an_ended_turn_is_given_up_in_the_end(house: House, quick: None) -> None:
    house.takes(said("count-and-write"))
    for wait in (5, 60):
        house.clock.move(seconds=wait)
        house.takes_again()

    assert house.rows("SELECT state FROM inbox") == [("dead",)]
    assert house.rows('SELECT question FROM "case"') == [("err.dead",)]


def test_a_slow_turn_is_named_in_the_log_by_its_step(
    build: Build, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(book, "SLOW_SECONDS", -1)
    house = build(note)
    house.takes(said("hello"))

    record = next(record for record in caplog.records if record.msg == "slow turn")
    assert record.__dict__["state"] == "noted"
    assert record.levelno == logging.WARNING


# The database refuses.


@pytest.mark.only("sqlite")
def test_what_a_locked_database_refused_is_not_written_and_the_same_turn_works_later(house: House) -> None:
    house.book._db.execute("PRAGMA busy_timeout=50")
    with held(house), pytest.raises(NotWritten):
        house.takes(said("hello", event_id="7"))

    assert house.takes(said("hello", event_id="7")) == [DONE]


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("words", ["fill", "fill in a session"])
def test_what_a_full_disk_refused_is_not_written_and_spends_no_attempt(build: Build, words: str) -> None:
    def fill(event: Event, do: Do) -> None:
        note(event, do)
        if "session" in event.body.decode():
            do.session.add(ConsentRow(**CONSENT, person_id=do.person, message="x" * 900_000, at=do.now))
            do.session.flush()
        elif event.body.startswith(b"fill"):
            do.db.execute("UPDATE person SET key=zeroblob(900000)")

    house = build(fill)
    house.takes(said("hello"))
    small = house.one("PRAGMA page_count") + 20
    house.book._db.execute(f"PRAGMA max_page_count={small}")
    with pytest.raises(NotWritten):
        house.takes(said(words, event_id="7"))
    assert house.rows("SELECT count(*) FROM inbox") == [(1,)]

    house.book._db.execute("PRAGMA max_page_count=1000000")
    house.takes(said("and again"))
    assert house.heard() == ["hello", "and again"]


CONSENT: dict[str, Any] = {  # Any: values of columns
    "version": "1",
    "given": True,
    "policy_opened": True,
    "language": "kk",
    "channel": "chat",
}


def test_a_batch_whose_commit_fails_leaves_nothing(house: House) -> None:
    with failing_at("batch.closed"), pytest.raises(OSError, match="pulled"):
        house.takes(said("hello"))

    assert house.heard() == []
    assert house.takes(said("hello")) == [DONE]


@pytest.mark.parametrize("point", ["batch.begun", "batch.stepped", "batch.closed"])
def test_after_a_batch_that_broke_anywhere_the_next_one_works(house: House, point: str) -> None:
    with failing_at(point), pytest.raises(OSError, match="pulled"):
        house.takes(said("found 1"))

    assert house.takes(said("found 1")) == [DONE]


@pytest.mark.only("sqlite")
def test_a_closed_connection_is_a_lost_one(house: House) -> None:
    house.book._db.close()

    with pytest.raises(ConnectionLost):
        house.takes(said("hello"))


@pytest.mark.only("sqlite")
def test_a_connection_lost_within_a_turn_is_a_lost_one(build: Build) -> None:
    def cut(_event: Event, do: Do) -> None:
        do.db.close()
        do.session.scalar(select(Tenant.id))

    house = build(cut)

    with pytest.raises(ConnectionLost):
        house.takes(said("hello"))


# The schema and the connection.


@pytest.mark.only("sqlite")
def test_foreign_keys_are_watched_while_the_bot_runs(house: House) -> None:
    talk = "INSERT INTO conversation (person_id, revision, state, sealed, touched_at) VALUES (99, 0, '', '', 0)"

    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        house.deed(lambda deed: deed.db.execute(talk))


@pytest.mark.only("sqlite")
def test_what_is_forgotten_is_overwritten(house: House) -> None:
    assert house.deed(lambda deed: deed.db.execute("PRAGMA secure_delete").fetchone()) == (1,)


@pytest.mark.only("sqlite")
def test_commits_survive_a_power_cut(house: House) -> None:
    assert house.deed(lambda deed: deed.db.execute("PRAGMA synchronous").fetchone()) == (2,)


@pytest.mark.only("sqlite")
def test_the_file_is_whole_after_everything_went_wrong(house: House, quick: None) -> None:
    for words in ("found 1", "found 1", "found-and-fail 2", "count", "count-and-write", "forget-to-flush 3"):
        one_by_one_if_need_be(house, [said(words, who=words)])

    assert house.rows("PRAGMA integrity_check") == [("ok",)]
    assert house.rows("PRAGMA foreign_key_check") == []


# Tools.


def one_by_one_if_need_be(house: House, events: list[Event]) -> list[Fate]:
    """Take the events as a lane does."""
    with suppress(book.Undone):
        return house.takes(*events)
    return [fate for event in events for fate in house.takes(event)]


@contextmanager
def held(house: House) -> Iterator[None]:
    """Another process writes and does not end."""
    with closing(sqlite3.connect(house.path, isolation_level=None)) as rival:
        rival.execute("BEGIN IMMEDIATE")
        yield
