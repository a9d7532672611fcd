"""Somebody who wants into an account that is not theirs: how often they may try, and what they learn."""

from __future__ import annotations

import random

import pytest

from services.logins import FAILURES, LOCKED_FOR
from tests.city import CHANNELS, TELEGRAM, WHATSAPP, City
from tests.dialogs import journeys
from tests.dialogs.test_login_password import WRONG, at_password, refusal, types_password, with_password


def test_a_day_of_guessing_tries_few_passwords(city: City) -> None:
    """One chat that guesses for a day as fast as it may: five passwords a quarter of an hour, 480 in all."""
    with_password(city)
    thief = at_password(city, TELEGRAM, "930427400001", name="Вор", phone="+77015550011")
    judged = 0
    for _ in range(8):
        for _ in range(FAILURES + 2):
            judged += refusal(thief, types_password(thief, WRONG)) == thief.say("err.login.failed")
        city.clock.move(minutes=15, seconds=1)
        thief.says("/login")
        thief.says("930427400001")

    # The fifth of each round is judged, too, and answered with the lock.
    rounds = 8
    assert judged == rounds * (FAILURES - 1)
    assert 24 * 60 * 60 / LOCKED_FOR.total_seconds() * FAILURES == 480


def test_more_chats_do_not_get_more_tries_at_one_name(city: City) -> None:
    with_password(city)
    judged = 0
    for number in range(4):
        thief = at_password(city, TELEGRAM, "930427400001", name=f"Вор {number}", phone=f"+7701555002{number}")
        for _ in range(3):
            judged += refusal(thief, types_password(thief, WRONG)) == thief.say("err.login.failed")

    assert judged == FAILURES - 1


def test_a_code_typed_in_another_chat_opens_nothing(city: City) -> None:
    parent = journeys.registered(city)
    owner = journeys.logging_in(city, WHATSAPP, owner=parent.owner)
    thief = journeys.started(city, TELEGRAM, name="Вор", row=None, phone="+77015550011")
    thief.says("/login")
    thief.taps("btn.sms_code")
    thief.says("8 747 123 45 67")
    codes = [item["text"] for item in city.phones.sms_of("+77471234567")]
    thief.says("".join(sign for sign in codes[-2] if sign.isdigit())[:6])

    assert thief.person != parent.person
    assert thief.state == "login.code"
    assert owner.person != parent.person


@pytest.mark.parametrize("channel", CHANNELS)
def test_forged_and_replayed_buttons_change_nothing(city: City, channel: str) -> None:
    """Two hundred taps nobody drew: other revisions, other choices, other people's things."""
    parent = journeys.at_removal(city, channel)
    lot = random.Random(4)
    message, live = parent.button("btn.remove_yes")
    revision = int(live.partition(":")[0])
    choices = ("yes", "c1", "c2", "erase", "~menu", "unlink", "take", "delete", "../etc", "x" * 40)
    for number in range(200):
        if number % 15 == 0:
            city.clock.move(minutes=2)
        forged = revision - lot.randrange(1, revision) if lot.random() < 0.8 else revision + lot.randrange(1, 9)
        parent.taps_data(message, f"{forged}:{lot.choice(choices)}")

    assert city.rows("SELECT count(*) FROM child WHERE removed_at IS NULL") == [(1,)]
    assert city.rows("SELECT count(*) FROM account") == [(1,)]
    assert city.rows("SELECT count(*) FROM inbox WHERE state='dead'") == [(0,)]
