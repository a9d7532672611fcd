"""Messages are claimed once, in order, still wanted; what became of them is written once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage import outbox
from storage.do import Do
from storage.events import Event
from storage.outbox import Fate, Outgoing
from storage.writer import Work
from tests.storage.conftest import Build
from tests.storage.house import House, note, said, words_of

CHANNELS = ("chat", "sms")


class Post:
    """The outbox of a house whose people say what is to be planned."""

    def __init__(self, house: House) -> None:
        self.house = house

    def plans(self, words: str, who: str = "1", **how: Any) -> str:  # Any: what `Outbox.add` takes
        """Plan one message to somebody; return its uid."""
        kind = how.pop("kind", "reply")
        planned: list[str] = []

        def plan(_event: Event, do: Do) -> None:
            planned.append(do.outbox.add(kind, {"text": words}, **how))

        self.house.book._handle = plan
        self.house.takes(said(words, who=who))
        return planned[0]

    def claims(self, *channels: str) -> list[Outgoing]:
        return list(self.house.deed(lambda deed: outbox.claim(deed, channels or CHANNELS)))

    def says(self) -> list[str]:
        """Claim once and return the words, in order."""
        return words_of(self.claims())

    def settles(self, *fates: Fate) -> None:
        self.house.deed(lambda deed: outbox.settle(deed, fates))

    def sends(self) -> list[str]:
        """Claim and send everything that may go now."""
        sent: list[str] = []
        while claimed := self.claims():
            self.settles(*(Fate(out.uid, "sent", provider_id="p") for out in claimed))
            sent += words_of(claimed)
        return sent

    def again(self, uid: str, **later: float) -> Fate:
        return Fate(uid, "planned", due_at=self.house.clock.at + timedelta(**later), reason="429")

    def state(self, uid: str) -> str:
        return str(self.house.one("SELECT state FROM outbox WHERE uid=?", uid))

    def column(self, name: str, uid: str) -> Any:  # Any: a column
        return self.house.one(f"SELECT {name} FROM outbox WHERE uid=?", uid)


@pytest.fixture
def post(house: House) -> Post:
    return Post(house)


# Claim.


def test_what_is_claimed_is_not_claimed_again(post: Post) -> None:
    post.plans("hello")

    assert [post.says(), post.says()] == [["hello"], []]


def test_a_claimed_message_knows_where_it_goes_and_what_it_says(post: Post) -> None:
    uid = post.plans("hello", who="77011234567")

    (out,) = post.claims()
    assert (out.uid, out.channel, out.external, out.payload) == (uid, "chat", "77011234567", {"text": "hello"})


def test_messages_of_one_turn_go_in_the_order_they_were_planned(build: Build) -> None:
    def three(_event: Event, do: Do) -> None:
        for words in ("one", "two", "three"):
            do.outbox.add("reply", {"text": words})

    house = build(three)
    house.takes(said("go"))

    assert Post(house).says() == ["one", "two", "three"]


def test_a_message_is_not_claimed_before_its_time(post: Post) -> None:
    post.plans("later", after=timedelta(seconds=30), kind="frame")

    assert post.says() == []
    post.house.clock.move(seconds=30)
    assert post.says() == ["later"]


def test_only_open_channels_are_claimed(post: Post) -> None:
    post.plans("hello")
    post.plans("123456", kind="code", channel="sms")

    assert words_of(post.claims("sms")) == ["123456"]
    assert words_of(post.claims("chat")) == ["hello"]


def test_more_than_one_claim_holds_goes_in_order_over_several(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "CLAIM", 3)
    for n in range(8):
        post.plans(str(n), who=str(n % 2))

    assert post.sends() == [str(n) for n in range(8)]


# Order within an address.


def test_a_message_waits_while_an_earlier_one_of_its_address_is_being_sent(post: Post) -> None:
    first = post.plans("one")
    post.claims()
    post.plans("two")
    post.plans("other", who="2")

    assert post.says() == ["other"]
    post.settles(Fate(first, "sent"))
    assert post.says() == ["two"]


def test_nothing_passes_a_message_that_waits_to_be_tried_again(post: Post) -> None:
    first = post.plans("one")
    post.plans("two")
    claimed = post.claims()
    post.settles(post.again(first, seconds=10), *(post.again(out.uid, seconds=10) for out in claimed[1:]))
    post.plans("three")

    assert post.says() == []
    post.house.clock.move(seconds=10)
    assert post.says() == ["one", "two", "three"]


def test_a_message_planned_before_a_failure_was_known_waits_with_it(post: Post) -> None:
    first = post.plans("one")
    post.claims()
    post.plans("two")
    post.settles(post.again(first, seconds=10))

    assert post.says() == []
    post.house.clock.move(seconds=10)
    assert post.says() == ["one", "two"]


def test_a_message_tried_again_keeps_its_place(post: Post) -> None:
    """The first waits, the third is planned while it does, the second stands between them."""
    first = post.plans("one")
    post.claims()
    post.house.clock.move(seconds=1)
    post.plans("two")
    post.settles(post.again(first, seconds=5))
    post.house.clock.move(seconds=7)
    post.plans("three")

    assert post.says() == ["one", "two", "three"]


def test_a_reminder_of_next_month_lets_todays_reply_pass(post: Post) -> None:
    post.plans("reminder", kind="notice", after=timedelta(days=30))
    post.plans("reply")

    assert post.says() == ["reply"]


def test_a_code_and_a_countdown_do_not_wait_behind_the_chat(post: Post) -> None:
    first = post.plans("one")
    post.claims()
    post.settles(post.again(first, minutes=5))
    post.plans("123456", kind="code", channel="sms")
    post.plans("29 s", kind="frame")

    assert post.says() == ["123456", "29 s"]


def test_a_code_and_a_countdown_make_nobody_wait(post: Post) -> None:
    code = post.plans("123456", kind="code", channel="sms")
    frame = post.plans("29 s", kind="frame")
    post.claims()
    post.plans("while they are sent")
    assert post.says() == ["while they are sent"]

    post.settles(post.again(code, minutes=5), post.again(frame, minutes=5))
    post.plans("while they wait", who="2")
    assert post.says() == ["while they wait"]


def test_many_who_wait_do_not_hide_those_who_may_go(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "CLAIM", 3)
    for n in range(9):
        post.plans(f"wait {n}", who=f"waits {n}")
    while claimed := post.claims():
        post.settles(*(post.again(out.uid, minutes=1) for out in claimed))
    post.plans("go", who="goes")

    assert post.says() == ["go"]


# Still wanted?


def test_a_message_past_its_time_is_not_sent(post: Post) -> None:
    uid = post.plans("123456", kind="code", channel="sms", expires_at=post.house.clock.at + timedelta(minutes=5))
    post.house.clock.move(minutes=5)

    assert post.says() == []
    assert (post.state(uid), post.column("payload", uid)) == ("expired", None)


def test_a_countdown_of_a_question_no_longer_asked_is_not_sent(post: Post) -> None:
    uid = post.plans("29 s", kind="frame", revision=1)
    post.house.book._handle = note
    post.house.takes(said("one"), said("two"))

    assert "29 s" not in post.says()
    assert (post.state(uid), post.column("reason", uid)) == ("cancelled", "asked anew")


def test_a_countdown_of_the_question_asked_is_sent(post: Post) -> None:
    post.house.takes(said("one"))
    post.plans("29 s", kind="frame", revision=1)

    assert "29 s" in post.says()


def test_nothing_is_sent_to_who_has_gone(post: Post) -> None:
    uid = post.plans("hello")
    post.plans("hello you", who="2")
    post.house.deed(lambda deed: deed.db.execute("UPDATE address SET gone_at=1 WHERE id=1"))

    assert post.says() == ["hello you"]
    assert post.state(uid) == "cancelled"


def test_unwanted_messages_do_not_hide_the_wanted(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "CLAIM", 2)
    soon = post.house.clock.at + timedelta(seconds=1)
    for n in range(5):
        post.plans(f"late {n}", who=str(n), expires_at=soon)
    post.house.clock.move(seconds=1)
    post.plans("hello", who="9")

    assert post.says() == ["hello"]


def test_an_erased_persons_message_is_not_sent_and_holds_nobody_up(post: Post) -> None:
    uid = post.plans("hello")
    post.plans("hello you", who="2")
    post.house.deed(lambda deed: deed.db.execute("UPDATE person SET key=NULL WHERE id=1"))

    assert post.says() == ["hello you"]
    assert (post.state(uid), post.column("payload", uid)) == ("cancelled", None)


def test_without_its_data_key_a_message_waits_for_it(post: Post) -> None:
    post.plans("hello")
    post.plans("hello you", who="2")
    key = post.house.one("SELECT key FROM person WHERE id=1")
    post.house.deed(lambda deed: deed.db.execute("UPDATE person SET key=? WHERE id=1", (b"lost" + key[4:],)))
    assert post.says() == ["hello you"]

    post.house.deed(lambda deed: deed.db.execute("UPDATE person SET key=? WHERE id=1", (key,)))
    post.house.clock.move(minutes=1)
    assert post.says() == ["hello"]


# What became of it.


def test_what_is_sent_forgets_its_words_and_keeps_its_fate(post: Post) -> None:
    uid = post.plans("hello")
    post.claims()
    post.settles(Fate(uid, "sent", provider_id="77"))

    assert post.house.rows("SELECT state, payload, provider_id, attempts, lease_until FROM outbox") == [
        ("sent", None, "77", 1, None)
    ]


@pytest.mark.parametrize("second", ["sent", "failed", "planned"])
def test_a_fate_is_written_once(post: Post, second: str) -> None:
    uid = post.plans("hello")
    post.claims()
    post.settles(Fate(uid, "sent", provider_id="77"), Fate(uid, second, provider_id="78"))

    assert post.house.rows("SELECT state, provider_id, attempts FROM outbox") == [("sent", "77", 1)]


def test_a_refused_message_is_tried_again_when_its_time_comes(post: Post) -> None:
    uid = post.plans("hello")
    post.claims()
    post.settles(post.again(uid, seconds=35))

    post.house.clock.move(seconds=34)
    assert post.says() == []
    post.house.clock.move(seconds=1)
    assert [(out.attempts, out.maybe_duplicate) for out in post.claims()] == [(1, False)]


def test_a_wait_that_was_the_providers_wish_spends_no_attempt(post: Post) -> None:
    uid = post.plans("hello")
    post.claims()
    post.settles(Fate(uid, "planned", due_at=post.house.clock.at, spent=False))

    assert post.claims()[0].attempts == 0


def test_a_try_after_an_unknown_outcome_is_flagged_for_ever(post: Post) -> None:
    uid = post.plans("hello")
    for doubtful in (True, False):
        post.claims()
        post.settles(Fate(uid, "planned", due_at=post.house.clock.at, doubtful=doubtful))

    assert post.claims()[0].maybe_duplicate


def test_who_blocked_the_bot_is_gone_until_they_speak_again(post: Post) -> None:
    uid = post.plans("hello")
    post.claims()
    post.settles(Fate(uid, "failed", reason="403", gone=True))

    assert post.house.one("SELECT gone_at IS NOT NULL FROM address") == 1


def test_a_dead_phone_number_does_not_close_the_chat_that_asked_for_the_code(post: Post) -> None:
    uid = post.plans("123456", kind="code", channel="sms")
    post.claims()
    post.settles(Fate(uid, "failed", reason="30005", gone=True))

    assert post.house.one("SELECT gone_at FROM address") is None


def test_an_edit_knows_the_message_it_edits(post: Post) -> None:
    uid = post.plans("question")
    post.claims()
    post.settles(Fate(uid, "sent", provider_id="77"))
    post.plans("answer", edits=uid)

    assert [(out.edits, out.target) for out in post.claims()] == [(uid, "77")]


# After a kill.


def test_what_a_dead_process_was_sending_is_sent_once_more_flagged(post: Post) -> None:
    post.plans("hello")
    post.claims()

    assert post.house.deed(lambda deed: outbox.reclaim(deed, all_of_them=True)) == 1
    assert [(out.payload["text"], out.maybe_duplicate) for out in post.claims()] == [("hello", True)]


def test_a_code_is_never_sent_again_by_itself(post: Post) -> None:
    uid = post.plans("123456", kind="code", channel="sms")
    post.claims()
    post.house.deed(lambda deed: outbox.reclaim(deed, all_of_them=True))

    assert post.says() == []
    assert (post.state(uid), post.column("reason", uid)) == ("failed", "unknown outcome")
    assert post.column("payload", uid) is None


def test_what_is_taken_back_keeps_its_place(post: Post) -> None:
    post.plans("one")
    post.claims()
    post.house.clock.move(seconds=1)
    post.plans("two")
    post.house.clock.move(seconds=1)
    post.house.deed(lambda deed: outbox.reclaim(deed, all_of_them=True))

    assert post.says() == ["one", "two"]


def test_another_processs_message_is_taken_back_only_after_its_lease(post: Post) -> None:
    post.plans("hello")
    post.claims()

    def take_back() -> int:
        return int(post.house.deed(lambda deed: outbox.reclaim(deed, all_of_them=False)))

    post.house.clock.move(seconds=59)
    assert take_back() == 0
    post.house.clock.move(seconds=1)
    assert take_back() == 1


def test_a_late_acknowledgement_stops_the_second_sending(post: Post) -> None:
    uid = post.plans("hello")
    post.claims()
    post.house.deed(lambda deed: outbox.reclaim(deed, all_of_them=True))
    post.settles(Fate(uid, "sent", provider_id="77"))

    assert post.says() == []


# When is something due?


def test_the_next_due_is_the_earliest_that_may_go(post: Post) -> None:
    now = post.house.clock.at
    post.plans("later", kind="frame", after=timedelta(seconds=30))
    first = post.plans("one", who="2")
    post.claims()
    post.settles(post.again(first, seconds=10))
    post.plans("behind it", who="2")

    assert post.house.deed(lambda deed: outbox.next_due(deed.db)) == now + timedelta(seconds=10)


def test_the_outbox_is_empty_when_nothing_may_go_and_nothing_is_going(post: Post) -> None:
    def is_empty() -> bool:
        return bool(post.house.deed(lambda deed: outbox.is_empty(deed.db, deed.world)))

    uid = post.plans("hello")
    assert not is_empty()
    post.claims()
    assert not is_empty()
    post.settles(post.again(uid, seconds=5))
    post.plans("behind it")
    assert is_empty()
    post.house.clock.move(seconds=5)
    assert not is_empty()


def test_a_failed_turn_plans_nothing(build: Build) -> None:
    def plan_and_fail(_event: Event, do: Do) -> None:
        do.outbox.add("reply", {"text": "half"})
        raise ValueError

    house = build(plan_and_fail)
    house.book.batch_here([Work(event=said("go"))])

    assert Post(house).says() == []
