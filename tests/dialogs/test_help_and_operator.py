"""Help and a human from every step, and back to the same step."""

from __future__ import annotations

import pytest

from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City
from tests.dialogs import journeys

CASES = 'SELECT flow, step, question, state FROM "case"'


# Help.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_help_of_the_menu_says_what_works(city: City, channel: str, language: str) -> None:
    parent = journeys.started(city, channel, language)
    parent.taps("btn.without_login")

    said = parent.taps("r_help")

    assert said == parent.say("msg.help.home")
    assert parent.labels[:2] == [parent.say("btn.operator"), parent.say("btn.menu")]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("word", ["помощь", "көмек", "help", "/help", "?", "комек"])
def test_help_at_a_question_with_buttons_points_at_them(city: City, channel: str, word: str) -> None:
    parent = journeys.at_policy(city, channel)
    question = parent.sees

    said = parent.says(word)

    assert said == f"{parent.say('msg.help.choice')}\n\n{question}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_at_a_question_for_words_gives_an_example(city: City, language: str) -> None:
    parent = journeys.at_iin(city, TELEGRAM, language)

    said = parent.says("help")

    assert said == f"{parent.say('msg.help.typed', example='930427…')}\n\n{parent.say('msg.reg.ask_iin')}"


@pytest.mark.parametrize(
    "at", [journeys.at_iin, journeys.at_policy, journeys.at_code, journeys.at_password, journeys.at_card]
)
@pytest.mark.parametrize("channel", CHANNELS)
def test_help_leaves_the_parent_where_they_stand(city: City, channel: str, at: object) -> None:
    assert callable(at)
    parent = at(city, channel)
    state = parent.state

    parent.says("помощь")

    assert parent.state == state


# A human.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_for_a_human_gets_a_number_hours_and_phones(city: City, channel: str, language: str) -> None:
    parent = journeys.at_iin(city, channel, language)

    said = parent.says(parent.say("btn.operator"))

    assert said.startswith(parent.say("msg.operator.received", number=1001))
    assert parent.state == "registration.ask_iin"


@pytest.mark.parametrize(
    ("at", "flow", "state", "question"),
    [
        (journeys.started, "first_start", "first_start.welcome", "msg.start.welcome"),
        (journeys.at_iin, "registration", "registration.ask_iin", "msg.reg.ask_iin"),
        (journeys.at_policy, "policy_consent", "policy_consent.show", "msg.consent.policy"),
        (journeys.at_check, "registration", "registration.check_registry", "msg.reg.check_registry"),
        (journeys.at_card, "child_list", "child_list.card", "msg.child_list.card"),
    ],
)
def test_a_case_says_where_the_parent_stood(city: City, at: object, flow: str, state: str, question: str) -> None:
    assert callable(at)
    parent = at(city)

    parent.says("оператор")

    assert city.rows(CASES) == [(flow, state, question, "new")]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("word", ["оператор", "человек", "адам", "agent", "/agent", "99", "operator"])
def test_the_words_for_a_human_work_anywhere(city: City, channel: str, word: str) -> None:
    parent = journeys.at_code(city, channel)

    parent.says(word)

    assert len(city.rows(CASES)) == 1


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_call_joins_the_first(city: City, channel: str, language: str) -> None:
    parent = journeys.at_check(city, channel, language, iin="950101300006")
    parent.taps("btn.operator")

    said = parent.taps("btn.operator")

    assert said.startswith(parent.say("msg.operator.already", number=1001))
    assert len(city.rows(CASES)) == 1


def test_a_second_call_from_another_step_joins_as_well(city: City) -> None:
    parent = journeys.at_iin(city)
    parent.says("оператор")
    parent.says(journeys.AIGERIM)

    said = parent.says("оператор")

    assert said.startswith(parent.say("msg.operator.already", number=1001))


def test_two_parents_have_two_cases(city: City) -> None:
    journeys.at_iin(city).says("оператор")

    said = journeys.at_iin(city, WHATSAPP, phone="+77015550011").says("оператор")

    assert "1002" in said


def test_a_case_holds_nothing_personal(city: City) -> None:
    parent = journeys.at_check(city)

    parent.says("оператор")

    assert not any(word in repr(city.rows('SELECT * FROM "case"')) for word in ("Сабитова", "747", "930427"))


@pytest.mark.parametrize("error", ["not_found", "not_yours", "blocked"])
def test_where_a_sentence_names_an_operator_there_is_a_button(city: City, error: str) -> None:
    if error == "not_found":
        parent = journeys.at_check(city, iin="950101300006")
    elif error == "blocked":
        parent = journeys.at_check(city, iin="880321400003", phone="+77075550044")
    else:
        parent = journeys.at_child_iin(city)
        parent.says("220617500002")

    parent.taps("btn.operator")

    assert parent.say("msg.operator.received", number=1001) in parent.sees


def test_help_of_the_menu_calls_a_human(city: City) -> None:
    parent = journeys.started(city)
    parent.taps("btn.without_login")
    parent.taps("r_help")

    parent.taps("btn.operator")

    assert city.rows(CASES) == [("help", "help.home", "msg.help.home", "new")]


@pytest.mark.parametrize("channel", CHANNELS)
def test_after_three_failures_no_two_buttons_say_the_same(city: City, channel: str) -> None:
    parent = journeys.at_policy(city, channel)
    parent.says("menu")
    parent.taps("r_login")
    parent.taps("btn.register")

    for _ in range(3):
        parent.sends("sticker")

    assert parent.state == "resume_prompt.offer"
    assert parent.labels.count(parent.say("btn.menu")) == 1
