"""An event has one effect, however often it comes; a poisonous one is taken again, then given up."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest

from storage.do import Do
from storage.events import Event, Fate
from storage.inbox import Inbox
from tests.storage.conftest import Build
from tests.storage.house import House, note, said

DONE, REPLAYED, RETRY, DEAD, TWISTED = Fate.DONE, Fate.REPLAYED, Fate.RETRY, Fate.DEAD, Fate.TWISTED


def poison(event: Event, do: Do) -> str:
    """Note words, but for "poison", which leaves half an effect and raises."""
    words = note(event, do)
    if words.startswith("poison"):
        raise KeyError("930427400001")
    return words


# Twins.


@pytest.mark.parametrize("times", [1, 2, 10])
def test_an_event_has_one_effect_however_often_it_comes(house: House, times: int) -> None:
    for _ in range(times):
        house.takes(said("hello", event_id="7"))

    assert house.heard() == ["hello"]
    assert house.planned() == 1


@pytest.mark.parametrize("times", [2, 10])
def test_twins_in_one_batch_have_one_effect(house: House, times: int) -> None:
    assert house.takes(*[said("hello", event_id="7")] * times) == [DONE] + [REPLAYED] * (times - 1)
    assert house.heard() == ["hello"]


def test_an_event_that_comes_a_year_later_is_known(house: House) -> None:
    house.takes(said("hello", event_id="7"))
    house.clock.move(days=366)

    assert house.takes(said("hello", event_id="7")) == [REPLAYED]


def test_an_event_is_known_after_a_restart(house: House) -> None:
    house.takes(said("hello", event_id="7"))

    with closing(House(house.where).open()) as again:
        assert again.takes(said("hello", event_id="7")) == [REPLAYED]


@pytest.mark.parametrize("other", [("test", "other-bot", "7"), ("other", "bot", "7"), ("test", "bot", "8")])
def test_an_id_is_unique_within_its_account_only(house: House, other: tuple[str, str, str]) -> None:
    house.takes(said("hello", event_id="7"))

    assert house.takes(Event(*other, b"hello", "chat", "1")) == [DONE]


def test_an_event_that_comes_again_with_other_words_has_no_effect(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.takes(said("hello", event_id="7"))

    assert house.takes(*[said("transfer everything", event_id="7")] * 2) == [TWISTED, TWISTED]
    assert house.heard() == ["hello"]
    assert house.rows("SELECT state FROM inbox ORDER BY id") == [("done",), ("twisted",)]
    assert "another body" in caplog.text


def test_equal_words_of_two_people_do_not_look_equal_in_the_table(house: House) -> None:
    house.takes(said("930427400001", who="1"), said("930427400001", who="2"))

    assert house.one("SELECT count(DISTINCT body_mac) FROM inbox") == 2


# Poison.


def test_a_failing_turn_leaves_nothing_but_its_waiting_event(build: Build) -> None:
    house = build(poison)

    assert house.takes(said("poison")) == [RETRY]
    assert house.heard() == []
    assert house.planned() == 0


def test_a_failing_event_is_taken_again_after_five_and_sixty_seconds_then_given_up(build: Build) -> None:
    house = build(poison)
    fates = house.takes(said("poison"))
    for wait in (4, 1, 59, 1):
        house.clock.move(seconds=wait)
        fates += house.takes_again()

    assert fates == [RETRY, RETRY, DEAD]
    assert house.rows("SELECT state, attempts, body FROM inbox") == [("dead", 3, None)]


def test_an_event_given_up_is_a_case_and_an_apology(build: Build) -> None:
    house = given_up(build(poison))

    assert house.rows('SELECT question, state FROM "case"') == [("err.dead", "new")]
    assert house.planned() == 1


def test_an_event_given_up_is_a_case_even_if_the_apology_fails(build: Build) -> None:
    def speechless(_event: Event, do: Do) -> None:
        do.outbox.add("reply", {"text": "sorry"})
        raise ValueError("the conversation cannot be read")

    house = given_up(build(poison, speechless))

    assert house.rows('SELECT question FROM "case"') == [("err.dead",)]
    assert house.planned() == 0


def test_an_event_that_works_the_second_time_is_done(build: Build) -> None:
    tries: list[str] = []

    def moody(event: Event, do: Do) -> str:
        tries.append(event.body.decode())
        if len(tries) == 1:
            raise ValueError("not today")
        return note(event, do)

    house = build(moody)
    house.takes(said("hello"))
    house.clock.move(seconds=5)

    assert house.takes_again() == [DONE]
    assert house.heard() == ["hello"]
    assert house.rows("SELECT state, body, retry_at FROM inbox") == [("done", None, None)]


def test_a_waiting_event_that_comes_again_is_known(build: Build) -> None:
    house = build(poison)
    house.takes(said("poison", event_id="7"))

    assert house.takes(said("poison", event_id="7")) == [REPLAYED]


def test_two_who_take_a_waiting_event_again_at_once_take_it_once(build: Build) -> None:
    house = build(poison)
    house.takes(said("poison"))
    house.clock.move(seconds=5)
    waiting = house.deed(lambda deed: Inbox(deed.db, deed.world).due())[0]

    assert [house.again(waiting), house.again(waiting)] == [RETRY, REPLAYED]
    assert house.one("SELECT attempts FROM inbox") == 2


def test_a_failed_turn_is_logged_without_its_values(build: Build, caplog: pytest.LogCaptureFixture) -> None:
    build(poison).takes(said("poison"))

    record = next(record for record in caplog.records if record.msg == "turn failed")
    assert "KeyError at tests/storage/test_inbox.py" in record.__dict__["why"]
    assert "930427400001" not in repr(record.__dict__)


# Behind it.


def test_later_messages_of_the_person_wait_behind_a_failed_one_and_then_go_on_in_order(build: Build) -> None:
    house = build(poison)

    assert house.takes(said("poison"), said("one"), said("two")) == [RETRY] * 3
    for wait in (5, 60, 0, 0):
        house.clock.move(seconds=wait)
        house.takes_again()
    assert house.heard() == ["one", "two"]


def test_waiting_behind_another_spends_no_attempt(build: Build) -> None:
    house = build(poison)
    house.takes(said("poison"), said("one"))

    assert house.rows("SELECT attempts FROM inbox ORDER BY id") == [(1,), (0,)]


def test_other_people_do_not_wait_behind_a_failed_message(build: Build) -> None:
    house = build(poison)

    assert house.takes(said("poison"), said("hello", who="2")) == [RETRY, DONE]


def test_who_has_two_chats_waits_in_both(build: Build) -> None:
    house = build(poison)
    house.takes(said("hello", who="1"), said("hello", who="2"))
    second = house.deed(lambda deed: deed.db.execute("UPDATE address SET person_id=1").rowcount)

    assert second == 2
    assert house.takes(said("poison", who="1"), said("hello", who="2")) == [RETRY, RETRY]


def test_only_the_first_waiting_event_of_each_person_is_due(build: Build) -> None:
    house = build(poison)
    house.takes(said("poison"), said("one"), said("poison", who="2"))
    house.clock.move(seconds=5)
    due = house.deed(lambda deed: Inbox(deed.db, deed.world).due())

    assert [waiting.event.body for waiting in due] == [b"poison", b"poison"]


def test_the_next_waiting_event_is_known_by_its_time(build: Build) -> None:
    house = build(poison)
    house.takes(said("poison"))

    assert house.deed(lambda deed: Inbox(deed.db, deed.world).next_due()) == house.clock.at + timedelta(seconds=5)


# Secrets.


def test_what_waits_is_sealed(build: Build) -> None:
    house = build(poison)
    house.takes(said("poison 930427400001"))
    row, sealed = house.rows("SELECT id, body FROM inbox")[0]

    assert b"930427400001" not in sealed
    assert house.vault.open(house.vault.own("inbox"), sealed, f"inbox|{row}|body") == b"poison 930427400001"


def test_the_words_of_somebody_whose_key_is_gone_are_kept_and_given_up_in_order(build: Build) -> None:
    house = build()
    house.takes(said("hello"))
    house.deed(lambda deed: deed.db.execute("UPDATE person SET key=NULL"))

    assert house.takes(said("hello again")) == [RETRY]
    for wait in (5, 60):
        house.clock.move(seconds=wait)
        house.takes_again()
    assert house.rows("SELECT state FROM inbox ORDER BY id") == [("done",), ("dead",)]
    assert house.rows('SELECT question FROM "case"') == [("err.dead",)]


def test_an_answer_from_outside_does_not_count_as_the_persons_words(house: House) -> None:
    house.takes(said("hello"))
    house.clock.move(hours=1)
    house.takes(Event("registry", "", "ticket", b"answer", address_id=1))

    assert house.heard() == ["hello", "answer"]
    assert house.rows("SELECT heard_at FROM address") == house.rows("SELECT received_at FROM inbox LIMIT 1")


@pytest.mark.parametrize("address", [99, None])
def test_an_event_for_an_address_nobody_has_makes_no_guest(house: House, address: int | None) -> None:
    with pytest.raises(LookupError):
        house.takes(Event("registry", "", "ticket", b"answer", address_id=address))

    assert house.rows("SELECT * FROM person") == []


def given_up(house: House) -> House:
    house.takes(said("poison"))
    for wait in (5, 60):
        house.clock.move(seconds=wait)
        house.takes_again()
    return house
