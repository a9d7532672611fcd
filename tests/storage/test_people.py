"""Chats change hands, children stay their parents', and an erased person cannot be read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.codes import Purpose
from services.iin import Iin, Sex
from services.names import PersonName
from services.phones import Phone
from storage import addresses
from storage.do import Do
from storage.events import Event, Fate
from storage.vault import Sealed
from tests.storage.conftest import Build
from tests.storage.house import House, note, said

ALIKHAN = Iin("181230500019")


def live(event: Event, do: Do) -> Any:  # Any: what a test asks
    """Note words; some words do more."""
    word, _, rest = event.body.decode().partition(" ")
    if word == "become":
        do.accounts.take_chat_to(int(rest))
    if word == "trust":
        do.chats.proved_by_code()
    if word == "code":
        do.codes.issue(Purpose.LOGIN, Phone("+77011234567"), "123456")
    if word == "add":
        return do.children.add(ALIKHAN, PersonName("Серіков", "Алихан", ""), date(2018, 12, 30), Sex.MALE, "").id
    if word == "remove":
        do.children.remove(int(rest))
    if word == "children":
        return [child.iin for child in do.children.all()]
    if word == "look":
        return do.chat.trust.name, do.codes.latest(Purpose.LOGIN)
    return note(event, do)


@pytest.fixture
def house(build: Build) -> House:
    """Two people, each with a chat of their own: person 1 and person 2."""
    made = build(live)
    made.takes(said("hello", who="1"), said("hello", who="2"))
    return made


def asks(house: House, words: str, who: str = "1") -> Any:  # Any: what a turn returned
    return house.answers(said(words, who=who))[0].result


# A chat goes to another person.


def test_a_chat_taken_to_another_person_is_sealed_with_their_key(house: House) -> None:
    house.takes(said("become 2", who="1"))
    person, index, sealed, wrapped = house.rows(
        "SELECT a.person_id, a.external_index, a.external, p.key FROM address a JOIN person p ON p.id=2 WHERE a.id=1"
    )[0]

    assert person == 2
    assert addresses.unseal(house.vault, wrapped, index, sealed) == "1"


def test_a_chat_taken_to_another_person_speaks_in_their_conversation(house: House) -> None:
    house.takes(said("become 2", who="1"))
    house.takes(said("and on", who="1"))

    assert house.heard("2") == ["hello", "become 2", "and on"]


def test_the_guest_a_chat_was_leaves_no_conversation_behind(house: House) -> None:
    house.takes(said("become 2", who="1"))

    assert house.rows("SELECT person_id FROM conversation") == [(2,)]


def test_a_person_with_another_chat_keeps_their_conversation_when_one_chat_goes(house: House) -> None:
    house.takes(said("become 2", who="1"), said("hello", who="3"))
    house.takes(said("become 3", who="1"))

    assert house.rows("SELECT person_id FROM conversation ORDER BY 1") == [(2,), (3,)]


def test_what_a_chat_proved_before_is_no_proof_for_its_new_person(house: House) -> None:
    house.takes(said("trust", who="1"), said("become 2", who="1"))

    assert house.rows("SELECT verified_until, code_at FROM address WHERE id=1") == [(None, None)]


def test_a_failed_turn_leaves_the_chat_where_it_was(build: Build) -> None:
    def become_and_fail(event: Event, do: Do) -> None:
        live(event, do)
        if do.moved:
            raise ValueError

    house = build(become_and_fail)
    house.takes(said("hello", who="1"), said("hello", who="2"))

    assert house.takes(said("become 2", who="1")) == [Fate.RETRY]
    assert house.rows("SELECT person_id FROM address ORDER BY id") == [(1,), (2,)]


def test_what_waited_behind_the_turn_that_moved_a_chat_still_comes_first(build: Build) -> None:
    tries: list[bool] = []

    def moody(event: Event, do: Do) -> Any:  # Any: what a turn returns
        if event.body.startswith(b"become") and not tries:
            tries.append(True)
            raise ValueError
        return live(event, do)

    house = build(moody)
    house.takes(said("hello", who="1"), said("hello", who="2"))
    house.takes(said("become 2", who="1"), said("one", who="1"))
    house.clock.move(seconds=5)
    house.takes_again()
    house.takes(said("two", who="1"))
    for _ in range(2):
        house.takes_again()

    assert house.heard("2") == ["hello", "become 2", "one", "two"]


def test_a_code_belongs_to_the_person_who_asked_for_it(house: House) -> None:
    house.takes(said("code", who="1"))
    assert asks(house, "look")[1].phone == Phone("+77011234567")
    house.takes(said("become 2", who="1"))

    assert asks(house, "look")[1] is None


# Children.


def test_a_child_is_on_its_parents_list_only(house: House) -> None:
    asks(house, "add")

    assert (asks(house, "children", "1"), asks(house, "children", "2")) == ([ALIKHAN], [])


def test_nobody_removes_another_persons_child(house: House) -> None:
    child = asks(house, "add", "1")

    assert house.takes(said(f"remove {child}", who="2")) == [Fate.RETRY]
    assert asks(house, "children", "1") == [ALIKHAN]


def test_a_child_is_listed_once_however_often_it_is_added(house: House) -> None:
    assert house.takes(said("add"), said("add")) == [Fate.DONE, Fate.RETRY]


def test_a_removed_child_can_be_added_again_and_its_history_stays(house: House) -> None:
    asks(house, f"remove {asks(house, 'add')}")
    asks(house, "add")

    assert house.one("SELECT count(*) FROM child") == 2
    assert asks(house, "children") == [ALIKHAN]


# A person without a key.


@pytest.mark.parametrize("column", ["child.sealed", "conversation.sealed", "address.external", "code.phone"])
def test_nothing_of_a_person_opens_without_their_key(house: House, column: str) -> None:
    house.takes(said("add"), said("code"))
    house.deed(lambda deed: deed.db.execute("UPDATE person SET key=? WHERE id=1", (house.vault.new_key()[1],)))
    table, _, name = column.partition(".")
    sealed = house.one(f"SELECT {name} FROM {table} WHERE person_id=1")
    key = house.vault.unwrap(house.one("SELECT key FROM person WHERE id=1"))
    index = house.one(f"SELECT {'external_index' if table == 'address' else '1'} FROM {table}")

    for row in ("child|1|" + house.vault.index("iin", ALIKHAN.digits), "conversation|1", f"address|{index}|external"):
        with pytest.raises(Sealed):
            house.vault.open(key, sealed, row)


def test_who_has_no_key_spares_the_others(house: House) -> None:
    house.deed(lambda deed: deed.db.execute("UPDATE person SET key=NULL WHERE id=1"))

    assert house.takes(said("hello", who="1"), said("hello", who="2")) == [Fate.RETRY, Fate.DONE]
