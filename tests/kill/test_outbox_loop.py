"""The loop that sends: what becomes of a message, whatever its provider, its neighbours or the database do."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

import bot.outbox
from bot.channels import Kept
from bot.metrics import Metrics
from bot.outbox import ATTEMPTS, HELD, IN_FLIGHT, PATIENCE
from bot.upkeep import Upkeep
from dialogs.engine.said import Heard
from storage.writer import ConnectionLost
from tests.kill.post import OTHER, SMS, Counting, Post, failed, office

SECOND = timedelta(seconds=1)


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    async with office(tmp_path / "post.db") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.outbox, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(bot.outbox, "GRACE_SECONDS", 0.1)


# Sent.


async def test_a_message_is_sent_once_and_its_words_are_forgotten(post: Post) -> None:
    await post.plan("hello")
    await post.sends()
    await post.sends(hours=1)

    assert post.chat.texts == ["hello"]
    row = post.row()
    assert (row["state"], row["provider_id"], row["payload"], row["maybe_duplicate"]) == ("sent", "chat-1", None, 0)


async def test_the_messages_of_an_address_go_in_their_order(post: Post) -> None:
    post.chat.hangs("1", 0.05)
    await post.plan("1", "2", "3")
    await post.plan("4")
    await post.sends()

    assert post.chat.texts == ["1", "2", "3", "4"]


async def test_addresses_do_not_wait_for_each_other(post: Post) -> None:
    post.chat.hangs("slow", 0.1)
    await post.plan("slow", "behind it", who="1")
    await post.plan("quick", who="2")
    await post.sends()

    assert post.chat.texts == ["slow", "quick", "behind it"]


async def test_an_edit_finds_the_message_sent_a_moment_before(post: Post) -> None:
    await post.plan_all([{"text": "question", "kind": "reply"}, {"text": "edit", "kind": "reply", "edits": "question"}])
    await post.sends()

    assert [call.target for call in post.chat.calls] == [None, "chat-1"]


async def test_what_is_planned_while_its_address_is_busy_is_sent_after(post: Post) -> None:
    post.run()
    post.chat.hangs("first", 0.1)
    await post.plan("first")
    await post.until(lambda: post.chat.calls)
    await post.plan("second")
    # No tick wakes the loop here: the end of the first message must.
    await post.until(lambda: post.states() == ["sent", "sent"])

    assert post.chat.texts == ["first", "second"]


# Refused, and tried again.


async def test_a_refused_message_is_tried_after_1_2_4_15_60_60_seconds(post: Post) -> None:
    post.chat.refuses("hello", *(failed(retry_in=SECOND) for _ in range(7)))
    await post.plan("hello")
    waits, waited = [], 0
    while len(post.chat.calls) < 8:
        before = len(post.chat.calls)
        await post.sends(seconds=1)
        waited += 1
        if len(post.chat.calls) > before:
            waits.append(waited)
            waited = 0

    assert waits == [1, 1, 2, 4, 15, 60, 60, 60]
    assert post.row()["state"] == "sent"
    assert post.row()["maybe_duplicate"] == 0


async def test_an_outage_of_half_an_hour_loses_no_answer(post: Post) -> None:
    post.chat.refuses("hello", *(failed(retry_in=SECOND) for _ in range(34)))
    await post.plan("hello")
    for _ in range(35):
        await post.sends(minutes=1)

    assert post.row()["state"] == "sent"


async def test_what_is_refused_for_an_hour_is_given_up_and_others_go_on(post: Post) -> None:
    post.chat.refuses("poison", *(failed(retry_in=SECOND) for _ in range(100)))
    await post.plan("poison", "behind it")
    for _ in range(70):
        await post.sends(minutes=1)

    assert post.chat.texts == ["poison"] * PATIENCE + ["behind it"]
    assert post.states() == ["failed", "sent"]


async def test_the_provider_may_ask_for_a_longer_wait(post: Post) -> None:
    post.chat.refuses("hello", failed(retry_in=timedelta(seconds=30)))
    await post.plan("hello")
    await post.sends()
    await post.sends(seconds=29)
    assert len(post.chat.calls) == 1
    await post.sends(seconds=1)

    assert len(post.chat.calls) == 2


async def test_a_message_behind_one_that_waits_waits_with_it(post: Post) -> None:
    post.chat.refuses("1", failed(retry_in=SECOND))
    await post.plan("1", "2")
    await post.sends()
    await post.plan("3")
    await post.sends()
    assert post.chat.texts == ["1"]
    await post.sends(seconds=1)

    assert post.chat.texts == ["1", "1", "2", "3"]
    assert [post.row(number)["attempts"] for number in (1, 2, 3)] == [2, 1, 1]


async def test_a_refusal_for_good_is_kept_with_its_reason(post: Post) -> None:
    post.chat.refuses("hello", failed("400"))
    await post.plan("hello", "next")
    await post.sends()

    assert (post.row()["state"], post.row()["reason"]) == ("failed", "400")
    assert post.states() == ["failed", "sent"]


async def test_a_code_and_a_countdown_do_not_wait_behind_a_reply(post: Post) -> None:
    post.chat.refuses("reply", failed(retry_in=timedelta(minutes=1)))
    await post.plan_all(
        [
            {"text": "asked", "kind": "reply"},
            {"text": "reply", "kind": "reply"},
            {"text": "code", "kind": "code", "channel": SMS},
            {"text": "frame", "kind": "frame", "edits": "asked", "after": 15},
        ]
    )
    await post.sends()
    await post.sends(seconds=15)

    assert post.sms.texts == ["code"]
    assert post.chat.texts == ["asked", "reply", "frame"]


# Too much for the provider.


async def test_429_pauses_the_channel_and_spends_no_attempt(post: Post) -> None:
    post.chat.refuses("1", failed("429", pause=timedelta(seconds=35)))
    await post.plan("1", who="1")
    await post.sends()
    await post.plan("2", who="2")
    await post.plan("elsewhere", who="3", channel=OTHER)
    await post.sends(seconds=34)
    assert (post.chat.texts, post.other.texts) == (["1"], ["elsewhere"])
    assert post.row()["attempts"] == 0
    await post.sends(seconds=1)

    assert post.chat.texts == ["1", "1", "2"]
    assert post.states() == ["sent"] * 3


async def test_what_waits_for_room_is_not_called_during_a_pause(post: Post) -> None:
    for number in range(IN_FLIGHT):
        post.chat.does(f"{number}", lambda: _later(failed("429", pause=SECOND)))
    for number in range(IN_FLIGHT * 2):
        await post.plan(f"{number}", who=f"{number}")
    await post.loop.once()

    assert len(post.chat.calls) == IN_FLIGHT
    assert {row[0] for row in post.rows("SELECT attempts FROM outbox")} == {0}


async def test_pauses_without_end_give_nothing_up(post: Post) -> None:
    post.chat.refuses("hello", *(failed("429", pause=SECOND) for _ in range(200)))
    await post.plan("hello")
    for _ in range(201):
        await post.sends(seconds=1)

    assert post.row()["state"] == "sent"


async def test_a_code_that_waits_past_its_time_is_not_sent(post: Post) -> None:
    post.sms.refuses("code", failed("429", pause=timedelta(minutes=6)))
    await post.plan("code", kind="code", channel=SMS)
    deadline = int((post.clock.now() + timedelta(minutes=5)).timestamp() * 1e6)
    await post.writer.deed(lambda deed: deed.db.execute("UPDATE outbox SET expires_at=?", (deadline,)) and None)
    await post.sends()
    await post.sends(minutes=6)

    assert post.sms.texts == ["code"]
    assert post.states() == ["expired"]


# Nobody knows.


@pytest.mark.parametrize("unknown", [failed("timeout", unknown=True), OSError("reset"), KeyError("bug")])
async def test_a_reply_of_unknown_outcome_goes_again_flagged(post: Post, unknown: Exception) -> None:
    post.chat.refuses("hello", unknown)
    await post.plan("hello")
    await post.sends()
    assert (post.row()["state"], post.row()["maybe_duplicate"]) == ("planned", 1)
    await post.sends(seconds=1)

    assert post.chat.texts == ["hello", "hello"]
    assert (post.row()["state"], post.row()["maybe_duplicate"]) == ("sent", 1)


async def test_copies_of_a_reply_are_few(post: Post) -> None:
    post.chat.refuses("hello", *(failed("timeout", unknown=True) for _ in range(100)))
    await post.plan("hello")
    for _ in range(20):
        await post.sends(minutes=2)

    assert len(post.chat.calls) == ATTEMPTS
    assert post.states() == ["failed"]


@pytest.mark.parametrize("unknown", [failed("timeout", unknown=True), OSError("reset"), KeyError("bug")])
async def test_a_code_of_unknown_outcome_never_goes_again_and_nobody_is_told_it_did_not_go(
    post: Post, unknown: Exception
) -> None:
    post.sms.refuses("code", unknown)
    await post.plan("code", kind="code", channel=SMS)
    await post.sends()
    for _ in range(5):
        await post.sends(minutes=1)

    assert post.sms.texts == ["code"]
    assert (post.row()["state"], post.row()["reason"]) == ("failed", "unknown outcome")
    assert post.rows("SELECT 1 FROM inbox WHERE provider='sms'") == []


async def test_what_a_dead_process_was_sending_goes_again_flagged_but_not_a_code(post: Post) -> None:
    await post.plan("reply")
    await post.plan("code", kind="code", channel=SMS)
    await post.writer.deed(lambda deed: deed.db.execute("UPDATE outbox SET state='sending'") and None)
    post.run()
    await post.is_quiet()

    assert (post.chat.texts, post.sms.texts) == (["reply"], [])
    assert [(post.row(number)["state"], post.row(number)["maybe_duplicate"]) for number in (1, 2)] == [
        ("sent", 1),
        ("failed", 1),
    ]


# A sender that hangs.


async def test_a_call_that_hangs_is_given_up_and_blocks_nobody(post: Post) -> None:
    post.chat.hangs("hangs")
    post.run()
    await post.plan("hangs", who="1")
    await post.until(lambda: post.chat.calls)
    await post.plan("goes", who="2")
    await post.until(lambda: post.states()[1] == "sent")
    assert post.states()[0] == "sending"
    await post.until(lambda: post.states()[0] == "planned")

    assert post.row()["maybe_duplicate"] == 1


async def test_a_channel_that_hangs_takes_no_room_from_another(tmp_path: Path) -> None:
    async with office(tmp_path / "post.db", call_seconds=60) as post:
        post.run()
        for number in range(HELD + IN_FLIGHT):
            post.chat.hangs(f"{number}")
            await post.plan(f"{number}", who=f"{number}")
        await post.until(lambda: post.chat.now == IN_FLIGHT)
        await post.plan("goes", who="somebody", channel=OTHER)
        await post.until(lambda: post.other.texts == ["goes"])

        assert post.chat.most == IN_FLIGHT
        assert post.states().count("sending") < HELD * 2


async def test_a_code_that_hangs_is_not_sent_again(post: Post) -> None:
    post.sms.hangs("code")
    await post.plan("code", kind="code", channel=SMS)
    await post.sends()
    await post.sends(minutes=5)

    assert post.sms.texts == ["code"]


# Nobody there.


async def test_somebody_gone_is_called_no_more(post: Post) -> None:
    post.chat.refuses("1", failed("403", gone=True))
    await post.plan("1", "2", "3")
    await post.sends()
    await post.plan("4")
    await post.sends()

    assert post.chat.texts == ["1"]
    assert post.states() == ["failed", "cancelled", "cancelled", "cancelled"]
    assert post.rows("SELECT count(*) FROM address WHERE gone_at IS NOT NULL") == [(1,)]


# Other words.


async def test_other_words_are_sent_at_once_and_once(post: Post) -> None:
    post.chat.refuses("<b>hello", failed("entities", instead={"text": "hello"}))
    await post.plan("<b>hello")
    await post.sends()

    assert post.chat.texts == ["<b>hello", "hello"]
    assert post.states() == ["sent"]


async def test_a_provider_that_always_wants_other_words_gets_them_once(post: Post) -> None:
    post.chat.refuses("a", failed("entities", instead={"text": "a"}), failed("entities", instead={"text": "a"}))
    await post.plan("a", "next")
    await post.sends()

    assert post.chat.texts == ["a", "a", "next"]
    assert post.states() == ["failed", "sent"]


async def test_a_refusal_of_the_other_words_is_followed(post: Post) -> None:
    post.chat.refuses("a", failed("entities", instead={"text": "b"}))
    post.chat.refuses("b", failed("5xx", retry_in=SECOND))
    await post.plan("a")
    await post.sends()

    assert post.states() == ["planned"]


async def test_a_countdown_whose_message_never_arrived_or_is_gone_is_silent(post: Post) -> None:
    post.chat.refuses("asked", failed("400"))
    post.chat.refuses("frame 2", failed("not editable", instead={"text": "frame 2"}))
    await post.plan_all(
        [{"text": "asked", "kind": "reply"}, {"text": "frame 1", "kind": "frame", "edits": "asked", "after": 15}]
    )
    await post.plan_all([{"text": "frame 2", "kind": "frame"}], who="2")
    await post.sends()
    await post.sends(seconds=15)

    assert sorted(post.chat.texts) == ["asked", "frame 2"]
    assert post.states() == ["failed", "cancelled", "failed"]


# News of a code that was refused.


async def test_the_conversation_hears_once_that_the_gateway_refused_a_code(post: Post) -> None:
    upkeep = Upkeep(post.writer, Metrics(), None)
    post.sms.refuses("code", failed("twilio 21610"))
    await post.plan("code", kind="code", channel=SMS, subject="77")
    with Counting() as passed:
        await post.loop.once()
    assert passed["batch.committed"] == 2  # claimed; settled and told
    news = await post.writer.deed(_waiting_news)
    await upkeep.once()
    await upkeep.once()

    assert [(kept.said.heard, kept.said.purpose, kept.said.text) for kept in news] == [
        (Heard.EVENT, "sms_failed", "77")
    ]
    assert post.rows("SELECT state FROM inbox WHERE provider='sms'") == [("done",)]


async def test_a_reply_that_was_refused_is_told_to_nobody(post: Post) -> None:
    post.chat.refuses("hello", failed("400"))
    await post.plan("hello")
    await post.sends()

    assert post.rows("SELECT 1 FROM inbox WHERE provider='sms'") == []


# The database.


async def test_a_locked_database_forgets_nothing_that_was_sent(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    await _impatient(post)
    post.run()
    with closing(sqlite3.connect(post.house.path, isolation_level=None)) as rival:

        async def lock() -> None:
            rival.execute("BEGIN IMMEDIATE")

        post.chat.does("hello", lock)
        await post.plan("hello")
        await post.until(lambda: "could not write" in caplog.text)
        rival.execute("ROLLBACK")
    await post.until(lambda: post.states() == ["sent"])

    assert post.chat.texts == ["hello"]
    assert post.row()["maybe_duplicate"] == 0


async def test_a_database_locked_at_the_claim_delays_only(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    await _impatient(post)
    await post.plan("hello")
    with closing(sqlite3.connect(post.house.path, isolation_level=None)) as rival:
        rival.execute("BEGIN IMMEDIATE")
        post.run()
        await post.until(lambda: "could not write" in caplog.text)
        rival.execute("ROLLBACK")
    await post.is_quiet()

    assert post.states() == ["sent"]


async def test_a_lost_connection_ends_the_loop_loudly(post: Post) -> None:
    post.run()
    await post.is_quiet()
    with pytest.raises(ConnectionLost):
        await post.writer.deed(lambda deed: deed.db.close(), wakes=False)
    post.loop.wake()
    assert post.running
    with pytest.raises((ConnectionLost, ExceptionGroup)):
        await asyncio.wait_for(post.running, 5)
    post.running = None


# The end.


async def test_stopping_waits_for_the_call_and_gives_the_rest_back(post: Post) -> None:
    post.run()
    post.chat.hangs("1", 0.05)
    await post.plan("1", "2", "3")
    await post.until(lambda: post.chat.calls)
    post.loop.stop()
    assert post.running
    await asyncio.wait_for(post.running, 1)

    assert post.chat.texts == ["1"]
    assert [(post.row(number)["state"], post.row(number)["maybe_duplicate"]) for number in (1, 2, 3)] == [
        ("sent", 0),
        ("planned", 0),
        ("planned", 0),
    ]
    assert post.row(2)["attempts"] == 0


async def test_stopping_does_not_wait_for_a_call_that_hangs(tmp_path: Path) -> None:
    async with office(tmp_path / "post.db", call_seconds=60) as post:
        post.run()
        post.chat.hangs("1")
        await post.plan("1")
        await post.until(lambda: post.chat.calls)
        post.loop.stop()
        assert post.running
        await asyncio.wait_for(post.running, 1)

        assert (post.row()["state"], post.row()["maybe_duplicate"]) == ("planned", 1)


# Thrift.


async def test_a_loop_with_nothing_to_do_sleeps(post: Post) -> None:
    post.run()
    await post.plan("hello")
    await post.until(lambda: post.states() == ["sent"])
    await asyncio.sleep(0.1)
    with Counting() as passed:
        await asyncio.sleep(0.3)

    assert passed["batch.begun"] == 0


async def test_a_burst_shares_its_commits(post: Post) -> None:
    """200 messages to 200 addresses: 2.0 commits a message would be one for each claim and each acknowledgement."""
    for number in range(200):
        await post.plan(f"{number}", who=f"{number}")
    with Counting() as passed:
        await post.loop.once()

    assert passed["send.acknowledged"] == 200
    assert passed["batch.committed"] <= 20
    logging.getLogger(__name__).info("commits a message: %s", passed["batch.committed"] / 200)


# Small things.


def _waiting_news(deed: object) -> list[Kept]:
    from storage.do import Deed
    from storage.inbox import Inbox

    assert isinstance(deed, Deed)
    return [Kept.of(waiting.event.body) for waiting in Inbox(deed.db, deed.world).due()]


async def _later(failure: Exception) -> None:
    await asyncio.sleep(0.02)
    raise failure


async def _impatient(post: Post) -> None:
    """A lock is waited for ten seconds; not here."""
    await post.writer.deed(lambda deed: deed.db.execute("PRAGMA busy_timeout=20") and None)
