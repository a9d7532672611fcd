"""Help and a human from every step, and back to the same step."""

from __future__ import annotations

import pytest

from dialogs.engine.texts import T
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import journeys

CASES = 'SELECT flow, step, question, state, topic FROM "case"'


# Help.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_help_of_the_menu_says_what_works(city: City, channel: str, language: str) -> None:
    parent = journeys.started(city, channel, language)
    parent.taps("btn.without_login")

    said = parent.taps("r_help")

    assert said == parent.say("msg.help.home")
    assert parent.labels[-2:] == [parent.say("btn.operator"), parent.say("btn.menu")]


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


def calls(parent: Parent) -> str:
    """Say the word for a human, and leave the topic to the bot."""
    parent.says("оператор")
    return parent.taps("btn.skip")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_for_a_human_gets_a_number_and_a_place(city: City, channel: str, language: str) -> None:
    parent = journeys.at_iin(city, channel, language)
    parent.says(parent.say("btn.operator"))
    assert parent.sees == parent.say("msg.agent_handoff.topic")

    said = parent.taps("btn.skip")

    number, place = (
        parent.say("msg.agent_handoff.number", number=1001),
        parent.say("msg.agent.queue", position=1, wait=10),
    )
    assert said == f"{number}\n\n{place}"


@pytest.mark.parametrize(
    ("at", "flow", "state", "question", "topic"),
    [
        (journeys.started, "first_start", "first_start.welcome", "msg.start.welcome", "other"),
        (journeys.at_iin, "registration", "registration.ask_iin", "msg.reg.ask_iin", "account"),
        (journeys.at_policy, "policy_consent", "policy_consent.show", "msg.consent.policy", "other"),
        (journeys.at_check, "registration", "registration.check_registry", "msg.reg.check_registry", "account"),
        (journeys.at_card, "child_list", "child_list.card", "msg.child_list.card", "account"),
    ],
)
def test_a_case_says_where_the_parent_stood(
    city: City, at: object, flow: str, state: str, question: str, topic: str
) -> None:
    assert callable(at)

    calls(at(city))

    assert city.rows(CASES) == [(flow, state, question, "new", topic)]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("word", ["оператор", "человек", "адам", "agent", "/agent", "99", "operator"])
def test_the_words_for_a_human_work_anywhere(city: City, channel: str, word: str) -> None:
    parent = journeys.at_code(city, channel)

    assert parent.says(word) == parent.say("msg.agent_handoff.topic")


def test_who_changes_their_mind_is_back_at_the_question(city: City) -> None:
    parent = journeys.at_iin(city)
    parent.says("оператор")

    parent.taps("btn.cancel")

    assert (parent.state, city.rows(CASES)) == ("registration.ask_iin", [])


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_call_joins_the_first(city: City, channel: str, language: str) -> None:
    parent = journeys.at_iin(city, channel, language)
    parent.says(parent.say("btn.operator"))
    parent.taps("btn.skip")
    parent.taps("btn.menu")

    said = parent.says(parent.say("btn.operator"))

    hours = parent.say("label.hours_run", first=T("wd.0"), last=T("wd.4"), opens="9:00", closes="18:00")
    assert said.startswith(parent.say("msg.operator.already", number=1001, hours=hours))
    assert len(city.rows(CASES)) == 1


def test_two_parents_have_two_cases(city: City) -> None:
    calls(journeys.at_iin(city))

    said = calls(journeys.at_iin(city, WHATSAPP, phone="+77015550011"))

    assert "1002" in said


def test_a_case_holds_nothing_personal(city: City) -> None:
    parent = journeys.at_check(city)
    calls(parent)
    parent.says("Я Сабитова, 930427400001")

    stored = repr(city.rows('SELECT * FROM "case"')) + repr(city.rows("SELECT * FROM case_message"))
    assert not any(word in stored for word in ("Сабитова", "747", "930427"))


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

    assert parent.sees == parent.say("msg.agent_handoff.topic")


def test_help_of_the_menu_calls_a_human(city: City) -> None:
    parent = journeys.started(city)
    parent.taps("btn.without_login")
    parent.taps("r_help")

    parent.taps("btn.operator")
    parent.taps("btn.skip")

    assert city.rows(CASES) == [("help", "help.home", "msg.help.home", "new", "other")]


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
