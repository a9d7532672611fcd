"""Leaving a dialog and taking it up again: nothing is lost without being asked."""

from __future__ import annotations

import pytest

from bot import upkeep
from dialogs.engine.texts import T
from tests.city import CHANNELS, LANGUAGES, START, TELEGRAM, City
from tests.dialogs import journeys

DRAFT_DAYS = 7


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_with_two_answers_given_cancel_asks(city: City, channel: str, language: str) -> None:
    parent = journeys.at_policy(city, channel, language)

    said = parent.says("cancel")

    assert said == parent.say("msg.common.cancel_with_answers")
    assert parent.labels[:3] == [parent.say(key) for key in ("btn.save_draft", "btn.delete", "btn.continue")]


@pytest.mark.parametrize("channel", CHANNELS)
def test_with_one_answer_given_cancel_leaves_at_once(city: City, channel: str) -> None:
    parent = journeys.at_iin(city, channel)

    parent.taps("btn.cancel")

    assert parent.state == "first_start.guest_menu"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("at", ["check", "password"])
def test_after_the_code_cancel_asks_as_well(city: City, channel: str, at: str) -> None:
    parent = {"check": journeys.at_check, "password": journeys.at_password}[at](city, channel)

    said = parent.says("отмена")

    assert said == parent.say("msg.common.cancel_with_answers")


@pytest.mark.parametrize(
    ("button", "key"), [("btn.save_draft", "msg.common.draft_saved"), ("btn.delete", "msg.common.draft_dropped")]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parent_hears_what_became_of_the_answers(city: City, language: str, button: str, key: str) -> None:
    parent = journeys.at_policy(city, TELEGRAM, language)
    parent.says("cancel")

    said = parent.taps(button)

    assert said == f"{parent.say(key)}\n\n{parent.say('msg.menu.guest')}"


def test_go_on_is_the_same_step(city: City) -> None:
    parent = journeys.at_policy(city)
    parent.says("отмена")

    parent.taps("btn.continue")

    assert parent.state == "policy_consent.show"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_saved_answers_are_offered_when_it_is_begun_again(city: City, channel: str, language: str) -> None:
    parent = journeys.at_policy(city, channel, language)
    parent.says("cancel")
    parent.taps("btn.save_draft")
    parent.taps("r_login")

    said = parent.taps("btn.register")

    saved = city.clock.now()
    assert said == parent.say("msg.resume", flow=T("flow.registration"), saved_at=saved)
    assert parent.labels[:3] == [parent.say(key) for key in ("btn.continue", "btn.start_over", "btn.menu")]


@pytest.mark.parametrize(
    ("button", "state"),
    [
        ("btn.continue", "policy_consent.show"),
        ("btn.start_over", "registration.ask_phone"),
        ("btn.menu", "first_start.guest_menu"),
    ],
)
def test_saved_answers_are_taken_up_thrown_away_or_left(city: City, button: str, state: str) -> None:
    parent = journeys.at_policy(city)
    parent.says("отмена")
    parent.taps("btn.save_draft")
    parent.taps("r_login")
    parent.taps("btn.register")

    parent.taps(button)

    assert parent.state == state


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_after_half_an_hour_the_parent_is_asked_whether_to_go_on(city: City, channel: str, language: str) -> None:
    parent = journeys.at_policy(city, channel, language)
    city.move(minutes=31)

    said = parent.says("здравствуйте")

    asked = parent.say("msg.resume", flow=T("flow.registration"), saved_at=START)
    assert said.startswith(f"{parent.say('msg.faq.hello')}\n\n{asked}")


def test_after_three_days_phone_and_iin_are_still_there(city: City) -> None:
    parent = journeys.at_code(city)
    city.move(days=3)
    parent.says("здравствуйте")
    parent.taps("btn.continue")

    parent.taps("btn.new_code")
    parent.says(parent.code)

    assert parent.state == "registration.check_registry"
    assert "Сабитова" in parent.sees


def test_a_draft_is_gone_after_seven_days(city: City) -> None:
    parent = journeys.at_policy(city)
    parent.says("меню")
    city.move(days=DRAFT_DAYS, seconds=1)
    parent.says("меню")
    parent.taps("r_login")

    parent.taps("btn.register")

    assert parent.state == "registration.ask_phone"


@pytest.mark.parametrize("language", LANGUAGES)
def test_stop_in_a_dialog_asks_what_is_meant(city: City, language: str) -> None:
    parent = journeys.at_policy(city, TELEGRAM, language)

    said = parent.says("стоп")

    assert said == parent.say("msg.common.stop_inside")
    assert parent.labels[:3] == [parent.say(key) for key in ("btn.notif_off", "btn.leave_here", "btn.stay")]


@pytest.mark.parametrize(
    ("button", "state", "silenced"),
    [
        ("btn.notif_off", "policy_consent.show", True),
        ("btn.leave_here", "first_start.guest_menu", False),
        ("btn.stay", "policy_consent.show", False),
    ],
)
def test_stop_in_a_dialog_does_what_was_meant(city: City, button: str, state: str, silenced: bool) -> None:
    parent = journeys.at_policy(city)
    parent.says("стоп")

    parent.taps(button)

    assert parent.state == state
    assert city.rows("SELECT opted_out_at IS NOT NULL FROM address") == [(int(silenced),)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_stop_and_start_in_the_menu_are_done_at_once(city: City, language: str) -> None:
    parent = journeys.started(city, TELEGRAM, language)
    parent.taps("btn.without_login")

    stopped, started = parent.says("стоп"), parent.says("старт")

    assert stopped.startswith(parent.say("msg.optout.short"))
    assert started.startswith(parent.say("msg.optin.again"))
    assert city.rows("SELECT opted_out_at FROM address") == [(None,)]


def test_a_key_file_is_refused_and_deleted(city: City) -> None:
    parent = journeys.at_iin(city)

    parent.sends("file", text="AUTH_RSA256.p12")

    assert parent.say("err.sign.keyfile") in parent.sees
    assert "p12" not in repr(parent.messages)


def test_answers_left_standing_are_wiped_after_seven_days_though_nobody_comes_back(city: City) -> None:
    """A phone and an IIN of somebody who left without a word once stayed for ever."""
    parent = journeys.at_policy(city)
    bubbles = len(parent.bot_messages)

    city.move(days=7)
    city.deed(upkeep.forget_old_answers)

    assert parent.talk.trail == ()
    assert len(parent.bot_messages) == bubbles
    assert parent.says("салем") == f"{parent.say('msg.faq.hello')}\n\n{parent.say('msg.menu.guest')}"


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_command_is_obeyed_though_the_conversation_was_forgotten(city: City, channel: str) -> None:
    """Whoever called a human after a week of silence once got the menu, and nobody was called."""
    parent = journeys.at_iin(city, channel)
    city.move(days=8)

    said = parent.says("оператор")

    assert said == parent.say("msg.agent_handoff.topic")
    assert parent.state == "agent_handoff.topic"


def test_children_open_by_their_command_though_the_conversation_was_forgotten(city: City) -> None:
    parent = journeys.at_child_iin(city)
    city.move(days=8)

    assert parent.says("/children") == parent.say("msg.child_list.empty")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_login_in_another_chat_loses_no_answer_of_the_first(city: City, channel: str) -> None:
    """The child that was being added on one phone was forgotten when the same parent logged in on the other."""
    first = journeys.at_child_iin(city, channel)
    journeys.gives_iin(first, journeys.ALIKHAN)
    second = journeys.logging_in(city, journeys.other(channel), owner=first.owner)

    second.says(second.code)
    second.taps("btn.yes")

    first.says("меню")
    first.taps("r_children")
    first.taps("btn.add_child")
    assert first.state == "resume_prompt.offer"
    first.taps("btn.continue")
    assert first.state == "child_add.check"
