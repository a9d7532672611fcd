"""Codes by SMS: what is taken for one, how long it lives, how many there are, and whom it proves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialogs.engine.texts import N, T
from services import codes
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import journeys


def wrong_said(parent: Parent, left: int) -> str:
    return journeys.sentence(parent, T("err.code.wrong", attempts_phrase=N("attempts_left", left)))


def sms_count(parent: Parent) -> int:
    return len(parent.city.phones.sms_of(parent.owner.whatsapp))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sms_is_in_the_language_of_the_chat(city: City, language: str) -> None:
    parent = journeys.at_code(city, TELEGRAM, language)

    assert city.phones.sms_of(parent.owner.whatsapp)[-1]["text"] == parent.say("sms.code", code=parent.code)


# What is taken for a code.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    "typed",
    [
        "{code}",
        "код {code}",
        "{spaced}",
        " {code}. ",
        "Balabaqsha: {code} — ваш код. Никому его не сообщайте",
        "кодым {code}",
    ],
)
def test_a_code_is_found_in_what_is_typed_or_pasted(city: City, channel: str, typed: str) -> None:
    parent = journeys.at_code(city, channel)

    parent.says(typed.format(code=parent.code, spaced=f"{parent.code[:3]} {parent.code[3:]}"))

    assert parent.state == "registration.check_registry"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", ["12345", "1234567", "когда придёт?", "111111 или 222222"])
def test_what_is_no_code_costs_no_try(city: City, channel: str, language: str, typed: str) -> None:
    parent = journeys.at_code(city, channel, language)

    assert parent.says(typed) == parent.say("err.code.format")
    assert city.rows("SELECT tries FROM code") == [(0,)]


@pytest.mark.parametrize("typed", ["right", "wrong"])
def test_a_typed_code_is_deleted_from_telegram(city: City, typed: str) -> None:
    parent = journeys.at_code(city)
    digits = parent.code if typed == "right" else journeys.wrong_code(parent)

    parent.says(f"код {digits}")

    assert digits not in repr(parent.messages)


# Wrong codes.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_code_says_how_many_tries_are_left(city: City, channel: str, language: str) -> None:
    parent = journeys.at_code(city, channel, language)

    said = [parent.says(journeys.wrong_code(parent)) for _ in range(4)]

    assert said == [wrong_said(parent, left) for left in (4, 3, 2, 1)]


@pytest.mark.parametrize("channel", CHANNELS)
def test_after_a_wrong_code_a_new_one_may_be_asked_for_by_a_button(city: City, channel: str) -> None:
    parent = journeys.at_code(city, channel)

    parent.says(journeys.wrong_code(parent))

    assert parent.labels[:3] == [parent.say(key) for key in ("btn.new_code", "btn.other_number", "btn.operator")]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fifth_wrong_code_is_the_last(city: City, channel: str, language: str) -> None:
    parent = journeys.at_code(city, channel, language)
    for _ in range(4):
        parent.says(journeys.wrong_code(parent))

    said = parent.says(journeys.wrong_code(parent))

    assert said.startswith(parent.say("err.code.dead"))
    assert parent.labels[:3] == [parent.say(key) for key in ("btn.new_code", "btn.other_number", "btn.operator")]


def test_after_five_wrong_codes_the_right_one_is_worth_nothing(city: City) -> None:
    parent = journeys.at_code(city)
    for _ in range(5):
        parent.says(journeys.wrong_code(parent))
    parent.says("назад")

    said = parent.says(parent.code)

    assert said.startswith(parent.say("err.code.dead"))
    assert parent.state == "registration.send_code"


def test_after_five_wrong_codes_a_new_one_opens(city: City) -> None:
    parent = journeys.at_code(city)
    for _ in range(5):
        parent.says(journeys.wrong_code(parent))
    parent.taps("btn.new_code")

    parent.says(parent.code)

    assert parent.state == "registration.check_registry"


# Late codes, new codes.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_is_over_after_five_minutes(city: City, channel: str, language: str) -> None:
    parent = journeys.at_code(city, channel, language)
    city.move(minutes=5)

    said = parent.says(parent.code)

    assert said.startswith(parent.say("err.code.expired", seconds=90))
    assert parent.state == "registration.send_code"


def test_a_code_opens_until_its_last_second(city: City) -> None:
    parent = journeys.at_code(city)
    city.move(minutes=4, seconds=59)

    parent.says(parent.code)

    assert parent.state == "registration.check_registry"


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_new_code_is_one_tap_away_from_a_late_one(city: City, channel: str) -> None:
    parent = journeys.at_code(city, channel)
    city.move(minutes=6)
    parent.says(parent.code)

    parent.taps("btn.new_code")

    assert (sms_count(parent), parent.state) == (2, "registration.code")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_new_code_must_be_waited_for(city: City, channel: str, language: str) -> None:
    parent = journeys.at_code(city, channel, language)
    city.move(seconds=30)

    said = parent.says(parent.say("btn.new_code"))

    assert said == parent.say("msg.code.resend_wait", seconds=60)
    assert sms_count(parent) == 1


def test_going_back_and_on_again_is_no_wish_for_a_second_sms(city: City) -> None:
    parent = journeys.at_code(city)
    parent.says("назад")

    parent.says(journeys.AIGERIM)

    assert (sms_count(parent), parent.state) == (1, "registration.code")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_after_ten_silent_minutes_the_code_is_not_waited_for(city: City, channel: str, language: str) -> None:
    parent = journeys.at_code(city, channel, language)
    city.move(minutes=11)

    said = parent.says("я тут")

    ready = parent.say("msg.code.ready", phone_masked="+7 747 •••-45-67")
    assert said == f"{parent.say('msg.common.secret_lapsed')}\n\n{ready}"
    assert sms_count(parent) == 1


# How many.


def ask_four_times(parent: Parent) -> None:
    for _ in range(3):
        parent.city.move(seconds=91)
        parent.says(parent.say("btn.new_code"))


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_gets_four_codes_an_hour(city: City, channel: str, language: str) -> None:
    parent = journeys.at_code(city, channel, language)
    ask_four_times(parent)
    city.move(seconds=91)

    said = parent.says(parent.say("btn.new_code"))

    assert said.startswith(parent.say("err.code.too_many", minutes=54))
    assert sms_count(parent) == 4


def test_the_hour_is_counted_from_the_first_code(city: City) -> None:
    parent = journeys.at_code(city)
    ask_four_times(parent)
    city.move(minutes=56)
    parent.says("я тут")
    parent.taps("btn.continue")

    parent.taps("btn.new_code")

    assert sms_count(parent) == 5


def test_another_chat_cannot_send_more_to_the_same_number(city: City) -> None:
    ask_four_times(journeys.at_code(city))
    other = journeys.started(city, phone="+77015550011", name="Ерлан")
    other.taps("btn.login")
    other.taps("btn.sms_code")

    other.says("+77471234567")

    assert other.say("err.code.too_many", minutes=56) in journeys.lately(other)
    assert len(city.phones.sms_of("+77471234567")) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fourth_number_in_a_day_is_refused_in_hours(city: City, language: str) -> None:
    parent = journeys.started(city, TELEGRAM, language)
    parent.taps("btn.login")
    parent.taps("btn.sms_code")
    for number in ("+77015550001", "+77015550002", "+77015550003", "+77015550004"):
        parent.says(number)
        if number[-1] != "4":
            parent.taps("btn.other_number")

    assert parent.say("err.code.too_many_hours", hours=24) in journeys.lately(parent)
    assert city.phones.sms_of("+77015550004") == []


def test_when_everybody_asks_for_codes_nobody_gets_more(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "SENDS_AN_HOUR_IN_ALL", 0)

    parent = journeys.at_code(city)

    assert parent.sees.startswith(parent.say("err.code.too_many", minutes=60))


# Whom a code proves.


def test_a_code_of_another_chat_opens_nothing(city: City) -> None:
    mine = journeys.at_code(city)
    other = journeys.at_code(city, iin=journeys.BAUYRZHAN, phone="+77015556677", name="Бауыржан")

    said = other.says(mine.code)

    assert said == wrong_said(other, 4)


def test_a_code_of_the_same_person_in_another_chat_opens_nothing_here(city: City) -> None:
    telegram = journeys.at_code(city)
    typed = telegram.code
    whatsapp = journeys.at_code(city, WHATSAPP, owner=telegram.owner)

    said = whatsapp.says(typed)

    assert said == wrong_said(whatsapp, 4)


def test_a_code_for_a_login_is_no_code_for_a_registration(city: City) -> None:
    parent = journeys.at_code(city)
    parent.says("меню")
    parent.taps("r_login")
    parent.taps("btn.login")
    parent.taps("btn.sms_code")
    parent.shares_contact()
    login = parent.code
    parent.says("меню")
    parent.taps("r_login")
    parent.taps("btn.register")
    parent.taps("btn.continue")
    parent.taps("btn.new_code")

    said = parent.says(login)

    assert said == wrong_said(parent, 4)


@pytest.mark.parametrize("flow", ["login", "registration"])
def test_a_code_to_my_phone_does_not_prove_that_yours_is_mine(city: City, flow: str) -> None:
    victim = journeys.registered(city)
    thief = journeys.started(city, phone="+77015556677", name="Вор")
    thief.taps("btn.login" if flow == "login" else "btn.register")
    thief.says(victim.owner.whatsapp)
    if flow == "registration":
        thief.says(journeys.BAUYRZHAN)
        thief.taps("btn.accept_policy")
    thief.taps("btn.other_number")
    thief.says("+77015556677")
    thief.says("назад")
    thief.says("назад")

    said = thief.says(thief.code)

    assert said.startswith(thief.say("err.code.expired", seconds=90))
    assert thief.person != victim.person


def test_an_sms_that_did_not_go_out_says_so(city: City) -> None:
    parent = journeys.at_code(city)

    journeys.sms_refused(city)

    assert parent.sees.startswith(parent.say("err.code.sms_failed"))
    assert parent.labels[:2] == [parent.say("btn.new_code"), parent.say("btn.other_number")]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_after_a_failed_sms_another_is_sent_at_once(city: City, channel: str, language: str) -> None:
    parent = journeys.at_code(city, channel, language)
    journeys.sms_refused(city)

    parent.taps("btn.new_code")

    assert (sms_count(parent), parent.state) == (2, "registration.code")


def test_news_of_an_older_sms_change_nothing(city: City) -> None:
    parent = journeys.at_code(city)
    city.move(seconds=91)
    parent.says("новый код")

    journeys.sms_refused(city, 0)

    assert parent.state == "registration.code"


# Everybody's guesses.


def test_while_somebody_guesses_in_many_chats_nothing_is_checked_and_nothing_sent(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One guess in a chat costs a thief nothing; in all chats together they are counted (T16)."""
    monkeypatch.setattr(codes, "WRONG_IN_ALL", 3)
    thief = journeys.at_code(city, name="Вор")
    for _ in range(3):
        thief.says(journeys.wrong_code(thief))

    assert thief.says(thief.code).startswith(thief.say("err.code.too_many", minutes=10))
    assert city.rows("SELECT count(*) FROM account") == [(0,)]
    city.move(minutes=10, seconds=1)
    thief.taps("btn.new_code")
    assert thief.state == "registration.code"


def test_a_day_of_guessing_in_all_chats_hits_less_than_once_a_month() -> None:
    """The price of the breaker, as architecture asks for it: wrong tries allowed a day over a million."""
    a_day = timedelta(days=1) / codes.WATCHED * codes.WRONG_IN_ALL

    assert a_day / 10**codes.DIGITS < 1 / 30
