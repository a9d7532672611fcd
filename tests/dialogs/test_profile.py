"""The profile: what is known, the registry asked anew, phone, password, login name, e-mail."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dialogs.engine.texts import N, T
from services import demo_city
from services.names import PersonName
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import journeys
from tests.dialogs.test_login_password import HASH, at_password, types_password

NEW_PHONE = "+77019998877"


def at_profile(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    """A registered parent who reads their profile."""
    parent = journeys.registered(city, channel, language)
    parent.says("/profile")
    return parent


def mailed(city: City, to: str = "aigerim@mail.kz") -> str:
    """The digits of the last mail to an address."""
    return str(re.findall(r"\d{6}", city.phones.mails(to)[-1]["text"])[0])


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_profile_shows_what_is_known(city: City, channel: str, language: str) -> None:
    parent = at_profile(city, channel, language)

    assert "Сабитова Айгерим Маратқызы" in parent.sees
    assert "+7 747 •••-45-67" in parent.sees
    assert journeys.AIGERIM not in parent.sees
    rows = ("r_phone", "r_email", "r_login_name", "r_password", "r_lang", "r_city", "r_channels", "r_mydata")
    assert parent.labels[: len(rows)] == [parent.say(row) for row in rows]


def test_the_menu_has_a_row_for_it(city: City) -> None:
    parent = journeys.registered(city)
    parent.says("/menu")
    parent.taps("r_profile")

    assert parent.state == "profile.home"


def test_who_is_not_confirmed_sees_no_names(city: City) -> None:
    parent = journeys.registered_unconfirmed(city)
    parent.says("/profile")

    assert "Виктория" not in parent.sees
    assert "12.06.1991" not in parent.sees


# The registry.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_registry_knows_otherwise_is_shown_and_taken_over(city: City, channel: str, language: str) -> None:
    parent = at_profile(city, channel, language)
    name = PersonName("Серікова", "Айгерим", "Маратқызы")
    journeys.registry_knows(city, replace(demo_city.AIGERIM, name=name))
    parent.taps("btn.refresh")

    field = parent.say("field.last_name")
    assert f"{field}: Сабитова → Серікова" in parent.sees
    assert parent.say("field.first_name") not in parent.sees
    parent.taps("btn.all_correct")
    assert parent.say("msg.profile.refreshed") in parent.sees
    assert "Серікова" in parent.sees


def test_what_is_not_right_is_not_taken_over(city: City) -> None:
    parent = at_profile(city)
    journeys.registry_knows(city, replace(demo_city.AIGERIM, name=PersonName("Серікова", "Айгерим")))
    parent.taps("btn.refresh")
    parent.taps("btn.has_error")

    assert parent.say("msg.profile.from_registry") in parent.sees
    assert "Сабитова" in parent.sees


def test_a_registry_without_news_says_so(city: City) -> None:
    parent = at_profile(city)
    parent.taps("btn.refresh")

    assert parent.say("msg.profile.same") in parent.sees


# The phone.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_phone_changes_after_a_code_to_the_old_and_one_to_the_new(city: City, channel: str, language: str) -> None:
    parent = at_profile(city, channel, language)
    city.move(minutes=11)
    parent.taps("r_phone")
    assert parent.state == "step_up.ask_code"
    parent.says(parent.code)
    assert parent.state == "profile.ask_phone"
    parent.says("8 701 999 88 77")
    parent.says(journeys.code_to(city, NEW_PHONE))

    assert parent.sees.startswith(parent.say("msg.profile.phone_done", phone_masked="+7 701 •••-88-77"))
    assert parent.state == "profile.home"
    old, new = (city.vault.index("phone", phone) for phone in ("+77471234567", NEW_PHONE))
    assert city.rows("SELECT phone_index FROM account") == [(new,)]
    assert old != new


def test_the_number_of_another_account_is_refused_after_its_code(city: City) -> None:
    journeys.registered(city, WHATSAPP, iin=journeys.BAUYRZHAN, row=demo_city.BAUYRZHAN)
    parent = at_profile(city)
    parent.taps("r_phone")
    parent.says("8 701 555 66 77")
    assert parent.state == "profile.code"

    said = parent.says(journeys.code_to(city, "+77015556677"))

    assert parent.say("err.phone.taken") in said


def test_the_same_number_is_no_new_one(city: City) -> None:
    parent = at_profile(city)
    parent.taps("r_phone")

    assert parent.says("8 747 123 45 67").startswith(parent.say("err.phone.same"))


def test_the_other_chats_hear_of_a_new_number(city: City) -> None:
    parent = at_profile(city)
    other = journeys.logging_in(city, WHATSAPP, owner=parent.owner)
    other.says(other.code)
    other.taps("btn.yes")
    city.move(minutes=2)
    parent.says("/profile")
    parent.taps("r_phone")
    if parent.state == "step_up.ask_code":
        parent.says(parent.code)
    parent.says("8 701 999 88 77")
    parent.says(journeys.code_to(city, NEW_PHONE))

    assert other.sees == parent.say("msg.security.phone")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chat_that_came_today_may_not_take_the_number_away(city: City, language: str) -> None:
    """A stolen number opens the account, and for a day it cannot lock its owner out (T19)."""
    parent = journeys.registered(city)
    thief = journeys.logging_in(city, WHATSAPP, language, owner=parent.owner)
    thief.says(thief.code)
    thief.taps("btn.only_now")
    cools = city.clock.now()
    thief.says("/profile")
    thief.taps("r_phone")

    assert thief.state == "profile.home"
    assert city.rows("SELECT count(*) FROM binding WHERE cools_until IS NOT NULL") == [(1,)]
    until = journeys.sentence(thief, T("err.trust.cooling", until=cools.replace(day=21)))
    assert thief.sees.startswith(until)


def test_after_a_day_it_may(city: City) -> None:
    parent = journeys.registered(city)
    other = journeys.logging_in(city, WHATSAPP, owner=parent.owner)
    other.says(other.code)
    other.taps("btn.yes")
    city.move(hours=25)
    other.says("/profile")
    other.taps("r_phone")
    other.says(other.code)

    assert other.state == "profile.ask_phone"


# The password and the login name.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_password_opens_the_account_from_then_on(city: City, channel: str, language: str) -> None:
    parent = at_profile(city, channel, language)
    parent.taps("r_password")
    parent.submits(hash=HASH, salt="s", mark="m")
    assert parent.sees.startswith(parent.say("msg.profile.password_done"))

    other = at_password(city, TELEGRAM, journeys.AIGERIM, name="Тағы", phone="+77015550011")
    assert types_password(other).refused is None
    assert other.person == parent.person


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_login_name_opens_its_own_door(city: City, channel: str, language: str) -> None:
    parent = at_profile(city, channel, language)
    parent.taps("r_password")
    parent.submits(hash=HASH, salt="s", mark="m")
    closed = at_password(city, TELEGRAM, "Aigerim.S", name="Тағы", phone="+77015550011")
    assert types_password(closed).refused is not None
    parent.taps("r_login_name")
    parent.says("Aigerim.S")
    assert parent.sees.startswith(parent.say("msg.profile.login_done", login="aigerim.s"))

    other = at_password(city, TELEGRAM, "AIGERIM.s", name="Тағы", phone="+77015550012")
    assert types_password(other).refused is None


@pytest.mark.parametrize(("typed", "key"), [("ab", "err.login.format"), ("taken", "err.login.taken")])
def test_a_login_name_that_cannot_be_is_refused(city: City, typed: str, key: str) -> None:
    father = journeys.registered(city, WHATSAPP, iin=journeys.BAUYRZHAN, row=demo_city.BAUYRZHAN)
    father.says("/profile")
    father.taps("r_login_name")
    father.says("taken")
    parent = at_profile(city)
    parent.taps("r_login_name")

    assert parent.says(typed).startswith(parent.say(key))


# The e-mail.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_email_is_proved_by_a_code(city: City, channel: str, language: str) -> None:
    parent = at_profile(city, channel, language)
    parent.taps("r_email")
    assert parent.sees == parent.say("msg.email_change.ask")
    parent.says("Aigerim@Mail.kz")
    assert parent.sees == parent.say("msg.email_change.code", phone_masked="a•••@mail.kz", seconds=90)
    parent.says(mailed(city))

    assert parent.sees.startswith(parent.say("msg.email_change.done"))
    assert parent.state == "profile.home"
    assert "a•••@mail.kz" in parent.sees


def test_a_wrong_code_of_a_mail_is_called_so(city: City) -> None:
    parent = at_profile(city)
    parent.taps("r_email")
    parent.says("aigerim@mail.kz")
    wrong = "111111" if mailed(city) != "111111" else "222222"

    left = N("attempts_left", 4)
    assert parent.says(wrong).startswith(journeys.sentence(parent, T("err.email.code", attempts_phrase=left)))


@pytest.mark.parametrize(("button", "to"), [("btn.fix", "aigerim@gmail.com"), ("btn.keep", "aigerim@gmial.com")])
def test_a_slip_of_the_hand_is_offered_mended(city: City, button: str, to: str) -> None:
    parent = at_profile(city)
    parent.taps("r_email")
    said = parent.says("aigerim@gmial.com")
    assert said == parent.say("msg.email_change.suggest", email="a•••@gmail.com")
    parent.taps(button)

    assert len(city.phones.mails(to)) == 1


def test_the_email_of_another_account_is_told_after_the_code(city: City) -> None:
    father = journeys.registered(city, WHATSAPP, iin=journeys.BAUYRZHAN, row=demo_city.BAUYRZHAN)
    for owner in (father, at_profile(city)):
        owner.says("/profile")
        owner.taps("r_email")
        owner.says("aigerim@mail.kz")
        assert owner.state == "email_change.code"
        owner.says(mailed(city))

    assert owner.say("err.email.taken") in owner.sees
    assert city.rows("SELECT count(*) FROM door") == [(1,)]


def test_an_email_is_replaced_after_a_fresh_code_only(city: City) -> None:
    parent = at_profile(city)
    parent.taps("r_email")
    parent.says("aigerim@mail.kz")
    parent.says(mailed(city))
    city.move(minutes=11)
    parent.taps("r_email")

    assert parent.state == "step_up.ask_code"
    parent.says(parent.code)
    assert parent.state == "email_change.ask"
