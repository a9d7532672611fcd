"""A session that is over in the middle: a code to the account's phone, then exactly the same step."""

from __future__ import annotations

import pytest

from dialogs.engine.texts import N, T
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, City, Parent
from tests.dialogs import journeys

MASKED = "+7 747 •••-45-67"


def only_now(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    """A parent who did not want to be remembered."""
    parent = journeys.at_remember(city, channel, language)
    parent.taps("btn.only_now")
    return parent


def lapsed_in_the_menu(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    """The same, half an hour later, in the menu."""
    parent = only_now(city, channel, language)
    parent.taps("btn.menu")
    city.move(minutes=31)
    return parent


@pytest.mark.parametrize("channel", CHANNELS)
def test_who_is_remembered_is_not_asked_for_thirty_days(city: City, channel: str) -> None:
    parent = journeys.registered(city, channel)
    city.move(days=29, hours=23)
    parent.says("меню")

    parent.taps("r_children")

    assert parent.state == "child_list.home"


@pytest.mark.parametrize("channel", CHANNELS)
def test_after_thirty_days_a_code_is_asked_for(city: City, channel: str) -> None:
    parent = journeys.registered(city, channel)
    city.move(days=30)
    parent.says("меню")

    parent.taps("r_children")

    assert parent.state == "step_up.ask_code"


def test_only_now_lasts_for_thirty_minutes(city: City) -> None:
    parent = only_now(city)
    parent.taps("btn.menu")
    city.move(minutes=29)

    parent.taps("r_children")

    assert parent.state == "child_list.home"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_then_a_code_goes_to_the_phone_of_the_account(city: City, channel: str, language: str) -> None:
    parent = lapsed_in_the_menu(city, channel, language)

    said = parent.taps("r_children")

    assert said == parent.say("msg.code.sent", phone_masked=MASKED, seconds=90)
    assert parent.say("btn.other_number") not in parent.labels


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_right_code_leads_where_the_parent_wanted(city: City, channel: str, language: str) -> None:
    parent = lapsed_in_the_menu(city, channel, language)
    parent.taps("r_children")

    said = parent.says(parent.code)

    assert said == f"{parent.say('msg.step_up.thanks')}\n\n{parent.say('msg.child_list.empty')}"


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_code_nobody_asked_for_can_be_left_by_a_button(city: City, channel: str) -> None:
    parent = lapsed_in_the_menu(city, channel)
    parent.taps("r_children")

    parent.taps("btn.cancel")

    assert parent.state == "main_menu.home"


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_menu_itself_opens_without_a_code(city: City, channel: str) -> None:
    parent = lapsed_in_the_menu(city, channel)

    assert parent.say("msg.menu.nothing_urgent") in parent.says("меню")


@pytest.mark.parametrize("channel", CHANNELS)
def test_in_the_middle_of_a_dialog_the_same_step_comes_back(city: City, channel: str) -> None:
    parent = only_now(city, channel)
    parent.taps("btn.add_child")
    journeys.gives_iin(parent, journeys.ALIKHAN)
    before = parent.sees
    city.move(minutes=31)
    parent.taps("btn.save")

    said = parent.says(parent.code)

    assert said == f"{parent.say('msg.step_up.thanks')}\n\n{before}"


def test_and_the_dialog_goes_on_with_nothing_lost(city: City) -> None:
    parent = only_now(city)
    parent.taps("btn.add_child")
    journeys.gives_iin(parent, journeys.ALIKHAN)
    city.move(minutes=31)
    parent.taps("btn.save")
    parent.says(parent.code)

    parent.taps("btn.save")

    assert parent.state == "child_add.saved"


def test_back_from_the_code_is_where_the_parent_stood(city: City) -> None:
    parent = lapsed_in_the_menu(city)
    parent.taps("r_children")

    parent.says("назад")

    assert parent.state == "main_menu.home"


def test_a_wrong_code_is_counted(city: City) -> None:
    parent = lapsed_in_the_menu(city)
    parent.taps("r_children")

    said = parent.says(journeys.wrong_code(parent))

    assert said == journeys.sentence(parent, T("err.code.wrong", attempts_phrase=N("attempts_left", 4)))


def test_a_session_without_the_code_shows_nothing_of_the_children(city: City) -> None:
    parent = only_now(city)
    parent.taps("btn.add_child")
    journeys.saves_child(parent, journeys.ALIKHAN)
    parent.taps("btn.my_children")
    city.move(minutes=31)

    said = parent.taps("Алихан С.")

    assert parent.state == "step_up.ask_code"
    assert "Алихан" not in said


def test_twice_in_a_row_no_second_sms_is_sent(city: City) -> None:
    parent = lapsed_in_the_menu(city)
    count = len(city.phones.sms_of(parent.owner.whatsapp))
    parent.taps("r_children")
    parent.says("меню")

    parent.taps("r_children")

    assert len(city.phones.sms_of(parent.owner.whatsapp)) == count + 1


def test_an_sms_that_did_not_go_out_says_so(city: City) -> None:
    parent = lapsed_in_the_menu(city)
    parent.taps("r_children")

    journeys.sms_refused(city)

    assert parent.sees.startswith(parent.say("err.code.sms_failed"))
