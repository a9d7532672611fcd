"""A forgotten password: who has phone and IIN gets a code, everybody else sees the same and gets none."""

from __future__ import annotations

from typing import Any

import pytest

from dialogs.engine.texts import N
from services import demo_city, passwords
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent, words_of
from tests.dialogs import journeys

STRANGER = "+77015550011"


def at_code(city: City, channel: str, language: str = "ru", **known: Any) -> Parent:
    """The owner of an account who gave phone and IIN and waits for the code."""
    parent = journeys.started(city, channel, language, **known)
    parent.says("забыл пароль")
    journeys.gives_phone(parent)
    journeys.gives_iin(parent)
    parent.taps("btn.accept_policy")
    return parent


def guessing(city: City, phone: str = "8 747 123 45 67", iin: str = journeys.AIGERIM, own: str = STRANGER) -> Parent:
    """A stranger on Telegram who typed a phone and an IIN and waits for the code."""
    parent = journeys.started(city, TELEGRAM, row=None, phone=own, name="Чужой")
    parent.says("забыл пароль")
    parent.says(phone)
    parent.says(iin)
    parent.taps("btn.accept_policy")
    return parent


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_password_after_phone_iin_and_code(city: City, channel: str, language: str) -> None:
    parent = journeys.registered(city, journeys.other(channel))
    other = at_code(city, channel, language, owner=parent.owner)
    assert other.sees == other.say("msg.password_recovery.send_code", seconds=90, phone_masked="+7 747 •••-45-67")
    other.says(other.code)
    assert other.sees.startswith(other.say("msg.reg.ask_password"))

    assert other.submits(hash="$argon2id$new", salt="s", mark="m").refused is None

    assert other.sees == other.say("msg.password_recovery.done")
    assert city.rows("SELECT password FROM account") == [("$argon2id$new",)]
    other.taps("btn.login")
    assert other.state == "login.choose"


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_chat_of_the_account_must_prove_itself_anew_and_is_told(city: City, channel: str) -> None:
    parent = journeys.registered(city, channel)
    other = at_code(city, journeys.other(channel), owner=parent.owner)
    other.says(other.code)
    other.submits(hash="$argon2id$new", salt="s", mark="m")

    assert parent.sees == other.say("msg.security.password")
    assert city.rows("SELECT count(*) FROM address WHERE verified_until IS NOT NULL") == [(0,)]
    parent.says("/children")
    assert parent.state == "step_up.ask_code"


@pytest.mark.parametrize(
    ("phone", "iin"),
    [
        ("8 747 123 45 67", journeys.BAUYRZHAN),  # a phone with an account, another's IIN
        ("8 701 555 00 11", journeys.AIGERIM),  # the IIN of an account, another's phone
        ("8 701 555 00 11", journeys.BAUYRZHAN),  # nobody at all
    ],
)
def test_nothing_tells_a_wrong_guess_from_a_right_one(city: City, phone: str, iin: str) -> None:
    journeys.registered(city)
    right = guessing(city)
    right_words = [words_of(item["payload"]) for item in right.bot_messages]
    sms = len(city.phones.sms_of("+77471234567"))
    city.move(hours=2)
    guess = guessing(city, phone, iin, "+77015550012")

    seen = [words_of(item["payload"]).replace("701 •••-00-11", "747 •••-45-67") for item in guess.bot_messages]
    assert seen == right_words
    assert len(city.phones.sms_of("+77471234567")) == sms
    assert guess.says("123456").startswith(
        guess.say("err.code.wrong", attempts_phrase=journeys.sentence(guess, N("attempts_left", 4)))
    )


def test_five_wrong_codes_close_the_recovery_here_for_an_hour(city: City) -> None:
    parent = journeys.registered(city)
    thief = guessing(city)
    code = journeys.code_to(city, "+77471234567")
    for _ in range(5):
        thief.says("000000" if code != "000000" else "111111")

    assert thief.say("err.code.dead") in thief.sees
    city.move(minutes=10)
    thief.says("забыл пароль")
    thief.says("8 747 123 45 67")
    said = thief.says(journeys.AIGERIM)
    assert thief.say("err.code.too_many", minutes=50) in said
    assert parent.person != thief.person


def test_a_childs_iin_is_not_taken(city: City) -> None:
    parent = journeys.started(city)
    parent.says("забыл пароль")
    journeys.gives_phone(parent)

    assert parent.says(journeys.ALIKHAN).startswith(parent.say("err.iin.child_here"))


def test_phone_and_iin_are_forgotten_after_ten_minutes(city: City) -> None:
    journeys.registered(city)
    guest = guessing(city)
    city.move(minutes=11)
    guest.says("123456")

    assert guest.state == "password_recovery.ask_phone"


def test_an_own_phone_is_no_password_here_either(city: City) -> None:
    parent = journeys.registered(city)
    other = at_code(city, WHATSAPP, owner=parent.owner)
    other.says(other.code)
    answer = other.submits(hash="$argon2id$new", salt="s", mark=passwords.mark("87471234567", "s"))

    assert answer.refused is not None
    assert answer.refused.key == "err.password.same_as_iin_phone"
    assert other.state == "password_recovery.password"


def test_the_account_of_nobody_else_is_touched(city: City) -> None:
    parent = journeys.registered(city)
    father = journeys.registered(city, WHATSAPP, iin=journeys.BAUYRZHAN, row=demo_city.BAUYRZHAN)
    other = at_code(city, WHATSAPP, owner=parent.owner)
    other.says(other.code)
    other.submits(hash="$argon2id$new", salt="s", mark="m")
    father.says("/children")

    assert father.state == "child_list.home"
    assert city.rows("SELECT password FROM account ORDER BY person_id") == [("$argon2id$new",), ("$argon2id$test",)]
