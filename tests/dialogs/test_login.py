"""Login by a code: this chat becomes the account's, the other chats hear of it, nothing is lost."""

from __future__ import annotations

import pytest

from storage.models import micros
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import journeys

GUEST = "+77015550011"


def logged_in(city: City, parent: Parent, channel: str, language: str = "ru", choice: str = "btn.yes") -> Parent:
    """The same person in another chat."""
    other = journeys.logging_in(city, channel, language, owner=parent.owner)
    other.says(other.code)
    if choice:
        other.taps(choice)
    return other


@pytest.mark.parametrize("language", LANGUAGES)
def test_telegram_is_asked_for_the_phone(city: City, language: str) -> None:
    parent = journeys.started(city, TELEGRAM, language)

    parent.taps("btn.login")
    assert parent.taps("btn.sms_code") == parent.say("msg.login.ident_phone")


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatsapp_is_offered_its_own_number(city: City, language: str) -> None:
    parent = journeys.started(city, WHATSAPP, language)

    parent.taps("btn.login")
    said = parent.taps("btn.sms_code")

    assert said == parent.say("msg.login.use_chat_number", phone_masked="+7 747 •••-45-67")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "key"),
    [("12345", "err.phone.format"), ("+7 925 123 45 67", "err.phone.foreign"), ("87273397222", "err.phone.landline")],
)
def test_a_number_that_cannot_get_a_code_is_explained(
    city: City, channel: str, language: str, typed: str, key: str
) -> None:
    parent = journeys.started(city, channel, language)
    parent.taps("btn.login")
    parent.taps("btn.sms_code")

    assert parent.says(typed).startswith(parent.say(key))


def test_the_contact_of_somebody_else_is_not_taken(city: City) -> None:
    parent = journeys.started(city)
    parent.taps("btn.login")
    parent.taps("btn.sms_code")

    said = parent.shares_contact("+77770000123", own=False)

    assert said.startswith(parent.say("err.phone.contact_not_yours"))


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_code_goes_out_whether_or_not_there_is_an_account(city: City, channel: str) -> None:
    parent = journeys.logging_in(city, channel)

    assert parent.sees == parent.say("msg.code.sent", phone_masked="+7 747 •••-45-67", seconds=90)
    assert len(city.phones.sms_of(parent.owner.whatsapp)) == 1


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_without_an_account_is_told_to_its_owner(city: City, channel: str, language: str) -> None:
    parent = journeys.logging_in(city, channel, language)

    said = parent.says(parent.code)

    assert said == parent.say("msg.login.no_account")
    assert parent.labels[:3] == [parent.say(key) for key in ("btn.register", "btn.other_number", "btn.menu")]


@pytest.mark.parametrize(
    ("button", "state"),
    [
        ("btn.register", "registration.ask_phone"),
        ("btn.other_number", "login.ident"),
        ("btn.menu", "first_start.guest_menu"),
    ],
)
def test_without_an_account_there_are_three_ways_on(city: City, button: str, state: str) -> None:
    parent = journeys.logging_in(city)
    parent.says(parent.code)

    parent.taps(button)

    assert parent.state == state


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_right_code_makes_the_chat_the_accounts(city: City, channel: str, language: str) -> None:
    parent = journeys.registered(city, journeys.other(channel))

    other = journeys.logging_in(city, channel, language, owner=parent.owner)
    said = other.says(other.code)

    assert said == other.say("msg.registration.remember")
    assert other.person == parent.person


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_who_comes_back_is_greeted_in_the_menu(city: City, channel: str, language: str) -> None:
    parent = journeys.registered(city, journeys.other(channel))

    other = logged_in(city, parent, channel, language)

    assert other.sees.startswith(other.say("msg.login.greet_told", first_name="Айгерим"))
    assert other.state == "main_menu.home"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_other_chats_hear_of_the_login(city: City, channel: str, language: str) -> None:
    parent = journeys.registered(city, channel)

    logged_in(city, parent, journeys.other(channel), language)

    assert parent.sees == parent.say("msg.security.login")


def test_an_unconfirmed_parent_is_greeted_without_the_name(city: City) -> None:
    parent = journeys.registered_unconfirmed(city)

    other = logged_in(city, parent, WHATSAPP)

    assert other.sees.startswith(other.say("msg.login.greet_told", first_name="В•••••"))


@pytest.mark.parametrize(
    ("choice", "minutes"),
    [pytest.param("btn.yes", 30 * 24 * 60, id="remember"), pytest.param("btn.only_now", 30, id="only now")],
)
def test_the_chat_is_remembered_as_long_as_was_asked(city: City, choice: str, minutes: int) -> None:
    parent = journeys.registered(city)

    other = logged_in(city, parent, WHATSAPP, choice=choice)

    until = city.rows("SELECT verified_until FROM address WHERE channel=?", WHATSAPP)
    city.clock.move(minutes=minutes)
    assert until == [(micros(city.clock.now()),)]
    assert other.state == "main_menu.home"


def test_answers_given_before_the_login_are_kept(city: City) -> None:
    parent = journeys.registered(city)
    guest = journeys.at_iin(city, WHATSAPP, owner=parent.owner)
    guest.says("меню")
    guest.taps("r_login")
    guest.taps("btn.login")
    guest.taps("btn.sms_code")
    guest.taps("btn.yes")

    guest.says(guest.code)

    assert "registration" in dict(guest.talk.drafts)


def test_drafts_of_the_account_are_kept(city: City) -> None:
    parent = journeys.at_child_iin(city)
    journeys.gives_iin(parent, journeys.ALIKHAN)
    parent.says("меню")

    other = logged_in(city, parent, WHATSAPP)

    assert "child_add" in dict(other.talk.drafts)


def test_the_children_of_the_account_are_there(city: City) -> None:
    parent = journeys.with_child(city)
    other = logged_in(city, parent, WHATSAPP)

    other.taps("r_children")

    assert "Алихан С." in other.labels


def test_an_old_button_of_the_other_chat_changes_nothing(city: City) -> None:
    parent = journeys.registered(city)
    add = parent.button("btn.add_child")
    other = logged_in(city, parent, WHATSAPP)

    parent.taps_data(*add)

    assert parent.toasts[-1] == parent.say("err.stale_button")
    assert other.state == "main_menu.home"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_needs_a_login_says_so(city: City, channel: str, language: str) -> None:
    parent = journeys.started(city, channel, language)

    said = parent.says("/children")

    assert said == parent.say("msg.login.gate")


@pytest.mark.parametrize("channel", CHANNELS)
def test_after_the_login_comes_what_was_asked_for(city: City, channel: str) -> None:
    parent = journeys.registered(city, journeys.other(channel))
    guest = journeys.started(city, channel, owner=parent.owner)
    guest.says("/children")
    guest.taps("btn.login")
    guest.taps("btn.sms_code")
    journeys.gives_phone(guest)
    guest.says(guest.code)

    guest.taps("btn.yes")

    assert guest.state == "child_list.home"


def test_a_registration_at_the_gate_leads_to_what_was_asked_for_too(city: City) -> None:
    parent = journeys.started(city)
    parent.says("/children")
    parent.taps("btn.register")
    parent.shares_contact()
    parent.says(journeys.AIGERIM)
    parent.taps("btn.accept_policy")
    parent.says(parent.code)
    parent.taps("btn.all_correct")
    parent.submits(hash="h", salt="s", mark="m")

    parent.taps("btn.yes")

    assert parent.state == "child_list.home"


def test_a_paused_login_and_a_paused_registration_do_not_mix(city: City) -> None:
    parent = journeys.at_iin(city)
    parent.says("меню")
    parent.taps("r_login")
    parent.taps("btn.login")
    parent.taps("btn.sms_code")
    parent.shares_contact()
    parent.says("меню")
    parent.taps("r_login")
    parent.taps("btn.register")

    parent.taps("btn.continue")

    assert parent.state == "registration.ask_iin"


def test_a_registration_begun_at_the_gate_is_called_a_registration(city: City) -> None:
    parent = journeys.started(city)
    parent.taps("btn.without_login")
    parent.taps("r_login")
    parent.taps("btn.register")
    parent.shares_contact()
    city.move(hours=1)

    said = parent.says("здравствуйте")

    assert f"Вы начали: {parent.say('flow.registration')}." in said
