"""What a provider tells of messages: whatever the order, the same is left, and a failure is acted upon once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import permutations

import pytest

from storage import delivery, outbox
from storage.delivery import Update
from storage.outbox import Fate
from tests.storage.house import House, said


def sent(house: House, provider_id: str = "SM1", channel: str = "whatsapp") -> str:
    """One message that the provider took; return its uid."""
    house.takes(said("hello"))
    house.deed(lambda deed: deed.db.execute("UPDATE outbox SET channel=?", (channel,)))
    uid = str(house.one("SELECT uid FROM outbox"))
    house.deed(lambda deed: outbox.claim(deed, [channel]))
    house.deed(lambda deed: outbox.settle(deed, [Fate(uid, "sent", provider_id=provider_id)]))
    return uid


def tell(house: House, uid: str, *statuses: str, provider_id: str = "SM1", error: int | None = None) -> list[bool]:
    """Tell these statuses one after another; return for each whether a failure is to be acted upon."""
    news = [Update(uid, provider_id, status, error) for status in statuses]
    return [house.deed(partial(delivery.note, told=item)) for item in news]


@pytest.mark.parametrize("order", [*permutations(["queued", "sent", "delivered", "read"])])
def test_whatever_the_order_the_highest_state_is_left(house: House, order: tuple[str, ...]) -> None:
    uid = sent(house)
    tell(house, uid, *order, *order)

    assert house.rows("SELECT status FROM delivery") == [("read",)]
    assert house.rows("SELECT state, payload FROM outbox") == [("sent", None)]


@pytest.mark.parametrize("order", [*permutations(["sent", "failed", "undelivered"])])
def test_a_failure_is_acted_upon_once(house: House, order: tuple[str, ...]) -> None:
    uid = sent(house)

    assert tell(house, uid, *order, *order).count(True) == 1


def test_what_was_read_has_not_failed(house: House) -> None:
    uid = sent(house)
    tell(house, uid, "read")

    assert tell(house, uid, "failed", "undelivered") == [False, False]


def test_words_stay_sealed_until_they_arrived_a_day_at_most_and_only_where_they_may_still_fail(house: House) -> None:
    uid = sent(house)
    assert house.deed(lambda deed: delivery.payload(deed, uid)) == {"text": "hello"}
    house.deed(delivery.forget)
    assert house.one("SELECT payload IS NOT NULL FROM outbox") == 1

    house.clock.move(days=1, seconds=1)
    house.deed(delivery.forget)
    assert house.one("SELECT payload IS NULL FROM outbox") == 1


def test_words_of_another_channel_go_as_soon_as_they_are_sent(house: House) -> None:
    sent(house, channel="chat")

    assert house.one("SELECT payload IS NULL FROM outbox") == 1


def test_a_message_tried_again_listens_to_its_new_try_only(house: House) -> None:
    uid = sent(house)
    assert tell(house, uid, "failed", error=63018) == [True]
    house.deed(lambda deed: delivery.again(deed, uid, reason="twilio 63018", after=timedelta(seconds=15)))
    assert house.deed(lambda deed: outbox.claim(deed, ["whatsapp"])) == []
    house.clock.move(seconds=16)
    assert [out.payload for out in house.deed(lambda deed: outbox.claim(deed, ["whatsapp"]))] == [{"text": "hello"}]
    house.deed(lambda deed: outbox.settle(deed, [Fate(uid, "sent", provider_id="SM2")]))

    assert tell(house, uid, "queued", "failed", "undelivered") == [False, False, False]
    assert tell(house, uid, "delivered", provider_id="SM2") == [False]
    assert house.rows("SELECT state, provider_id, attempts FROM outbox") == [("sent", "SM2", 2)]


def test_another_form_is_sealed_anew(house: House) -> None:
    uid = sent(house)
    house.deed(lambda deed: delivery.again(deed, uid, reason="form", after=timedelta(), instead={"text": "plain"}))

    assert [out.payload for out in house.deed(lambda deed: outbox.claim(deed, ["whatsapp"]))] == [{"text": "plain"}]


def test_no_message_is_tried_for_ever(house: House) -> None:
    uid = sent(house)
    house.deed(lambda deed: deed.db.execute("UPDATE outbox SET attempts=?", (delivery.TRIES,)))

    assert house.deed(lambda deed: delivery.payload(deed, uid)) is None


def test_a_failure_told_before_the_call_was_answered_is_not_taken_back_by_the_answer(house: House) -> None:
    house.takes(said("hello"))
    house.deed(lambda deed: deed.db.execute("UPDATE outbox SET channel='whatsapp'"))
    (out,) = house.deed(lambda deed: outbox.claim(deed, ["whatsapp"]))
    assert tell(house, out.uid, "failed") == [True]
    house.deed(lambda deed: delivery.again(deed, out.uid, reason="x", after=timedelta()))
    house.deed(lambda deed: outbox.settle(deed, [Fate(out.uid, "sent", provider_id="SM1")]))

    assert house.rows("SELECT state, attempts FROM outbox") == [("planned", 1)]


def test_a_status_of_a_message_nobody_knows_changes_nothing(house: House) -> None:
    sent(house)

    assert tell(house, "unknown", "failed", provider_id="SM9") == [False]
    assert house.rows("SELECT state FROM outbox") == [("sent",)]


@pytest.mark.parametrize("odd", ["receiving", "", "jumped"])
def test_a_status_we_do_not_know_is_let_go(house: House, odd: str) -> None:
    uid = sent(house)

    assert tell(house, uid, odd) == [False]
    assert house.rows("SELECT count(*) FROM delivery") == [(0,)]
