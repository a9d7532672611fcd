"""The record shows when somebody deleted, changed or moved a part of it."""

from __future__ import annotations

import pytest

from storage import audit
from storage.do import Deed, Do
from storage.events import Event
from tests.storage.conftest import Build
from tests.storage.house import House, said


def witness(event: Event, do: Do) -> None:
    do.audit.note(event.body.decode(), "ref-1")
    if event.body == b"fail":
        raise ValueError


@pytest.fixture
def house(build: Build) -> House:
    """Two people did three things each."""
    made = build(witness)
    for act in ("came", "saw", "won"):
        made.takes(said(act, who="1"), said(act, who="2"))
    return made


def forge(house: House, sql: str) -> None:
    house.deed(lambda deed: deed.db.execute(sql))


def broken(house: House) -> list[tuple[int, int]]:
    return list(house.deed(lambda deed: audit.broken(deed.db, house.vault)))


def unsealed(house: House) -> list[int]:
    return list(house.deed(lambda deed: audit.unsealed(deed.db, house.vault)))


def test_an_untouched_record_verifies(house: House) -> None:
    assert broken(house) == []


def test_an_act_is_noted_in_the_transaction_that_does_it_or_not_at_all(house: House) -> None:
    house.takes(said("fail", who="3"))

    assert house.one("SELECT count(*) FROM audit") == 6


@pytest.mark.parametrize("change", ["act='lost'", "subject='ref-2'", "at=at+1", "prev='0'", "mac='0'"])
def test_a_changed_record_is_found(house: House, change: str) -> None:
    forge(house, f"UPDATE audit SET {change} WHERE person_id=1 AND seq=2")

    assert (1, 2) in broken(house)


def test_a_deleted_record_is_found_by_the_one_after_it(house: House) -> None:
    forge(house, "DELETE FROM audit WHERE person_id=1 AND seq=2")

    assert broken(house) == [(1, 3)]


def test_a_deleted_first_record_is_found(house: House) -> None:
    forge(house, "DELETE FROM audit WHERE person_id=1 AND seq=1")

    assert broken(house) == [(1, 2)]


def test_a_gap_that_was_closed_by_renumbering_is_found(house: House) -> None:
    forge(house, "DELETE FROM audit WHERE person_id=1 AND seq=2")
    forge(house, "UPDATE audit SET seq=2 WHERE person_id=1 AND seq=3")

    assert broken(house) == [(1, 2)]


def test_two_records_that_changed_places_are_found(house: House) -> None:
    forge(house, "UPDATE audit SET seq=seq+10 WHERE person_id=1 AND seq IN (2, 3)")
    forge(house, "UPDATE audit SET seq=CASE seq WHEN 12 THEN 3 ELSE 2 END WHERE seq>10")

    assert broken(house) == [(1, 2), (1, 3)]


def test_a_record_moved_to_somebody_else_is_found(house: House) -> None:
    forge(house, "UPDATE audit SET person_id=2, seq=4 WHERE person_id=1 AND seq=3")

    assert broken(house) == [(2, 4)]


def test_a_record_forged_without_the_key_is_found(house: House) -> None:
    forge(
        house,
        "INSERT INTO audit (person_id, seq, act, subject, at, prev, mac)"
        " SELECT person_id, 4, 'crowned', '', at, mac, mac FROM audit WHERE person_id=1 AND seq=3",
    )

    assert broken(house) == [(1, 4)]


# Seals.


def seal(house: House) -> str:
    return str(house.deed(audit.seal))


def test_a_sealed_record_fits_its_seals(house: House) -> None:
    seal(house)
    house.takes(said("left"))
    seal(house)

    assert unsealed(house) == []


@pytest.mark.parametrize(
    "lost", ["person_id=1 AND seq=3", "person_id=1", "person_id IN (1, 2)", "person_id=2 AND seq>1"]
)
def test_the_last_records_cannot_go_unseen_once_they_are_sealed(house: House, lost: str) -> None:
    seal(house)
    forge(house, f"DELETE FROM audit WHERE {lost}")

    assert broken(house) == []
    assert unsealed(house) == [1]


def test_a_record_moved_out_of_its_seal_is_found(house: House) -> None:
    seal(house)
    forge(house, "UPDATE audit SET id=2000 WHERE person_id=1 AND seq=3")

    assert unsealed(house) == [1]


@pytest.mark.parametrize("change", ["records=records-1", "last=last-1", "at=at+1", "mac='0'"])
def test_a_changed_seal_is_found(house: House, change: str) -> None:
    seal(house)
    forge(house, f"UPDATE audit_seal SET {change}")

    assert unsealed(house) == [1]


def test_a_missing_seal_breaks_the_next_one(house: House) -> None:
    seal(house)
    house.takes(said("left"))
    seal(house)
    forge(house, "DELETE FROM audit_seal WHERE id=1")

    assert unsealed(house) == [2]


def test_sealing_when_nothing_happened_writes_nothing(house: House) -> None:
    first = seal(house)

    assert seal(house) == first
    assert house.one("SELECT count(*) FROM audit_seal") == 1


def test_sealing_an_empty_record_is_no_seal(build: Build) -> None:
    def look(deed: Deed) -> str:
        return audit.seal(deed)

    assert build(witness).deed(look) == ""
