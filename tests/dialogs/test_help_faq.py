"""Questions often asked: the list, the answers, what they rest on, and a human at the end."""

from __future__ import annotations

import pytest

from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from dialogs.intents import dictionary, reading, sources
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, City, Parent
from tests.dialogs import journeys
from tests.dialogs.test_free_words import guest


def at_answer(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    """Somebody who reads how to confirm a tabel."""
    parent = guest(city, channel, language)
    parent.says("табель растау")
    return parent


def test_there_are_the_thirty_five_questions_and_each_can_be_asked_in_words() -> None:
    in_words = {topic for choices in dictionary.topics()[0].values() for topic in choices}

    assert len(sources.TOPICS) == 35
    assert set(sources.TOPICS) <= in_words


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_list_leads_through_all_questions_page_by_page(city: City, channel: str) -> None:
    parent = guest(city, channel)
    parent.taps("r_help")
    seen = set(parent.labels)

    for _ in range(4):
        parent.taps("btn.more")
        seen |= set(parent.labels)

    assert {parent.say(f"faq.title.{topic}") for topic in sources.TOPICS} <= seen


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_of_the_list_is_answered(city: City, channel: str, language: str) -> None:
    parent = guest(city, channel, language)
    parent.taps("r_help")

    said = parent.taps(parent.say("faq.title.login"))

    assert said.startswith(parent.say("faq.answer.login"))


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_says_what_it_rests_on(city: City, channel: str, language: str) -> None:
    parent = at_answer(city, channel, language)

    said = parent.taps("btn.rule")

    source = say(T("faq.source.tabel"), language)
    assert parent.say("msg.faq.source", source=source, rules="T1, T3", rule_version="2025") in said


def test_an_answer_has_one_door_where_its_dialog_works(city: City) -> None:
    parent = guest(city)
    parent.taps("r_help")
    parent.taps(parent.say("faq.title.add_child"))

    parent.taps(parent.say("faq.title.add_child"))

    assert parent.state == "login.gate"


def test_an_answer_without_a_dialog_has_no_door(city: City) -> None:
    parent = at_answer(city)

    assert parent.labels == [parent.say(key) for key in ("btn.yes", "btn.no", "btn.rule", "btn.menu")]


def test_who_is_helped_comes_home(city: City) -> None:
    parent = at_answer(city)

    said = parent.taps("btn.yes")

    assert said == f"{parent.say('msg.faq.glad')}\n\n{parent.say('msg.menu.guest')}"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_after_two_answers_that_did_not_help_a_human_is_offered(city: City, channel: str, language: str) -> None:
    parent = at_answer(city, channel, language)
    parent.taps("btn.no")
    parent.says("ваучер")

    said = parent.taps("btn.no")

    assert said == parent.say("msg.faq.call_operator")
    assert parent.labels[0] == parent.say("btn.operator")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_after_two_messages_nobody_understood_a_human_is_offered(city: City, channel: str, language: str) -> None:
    parent = guest(city, channel, language)
    first = parent.says("какая сегодня погода")

    second = parent.says("бүгін ауа райы қандай")

    assert (first, second) == (parent.say("msg.faq.nomatch"), parent.say("msg.faq.call_operator"))


def test_a_call_from_there_is_a_case(city: City) -> None:
    parent = guest(city)
    parent.says("какая сегодня погода")
    parent.says("сколько стоит хлеб")

    parent.taps("btn.operator")
    parent.taps("btn.skip")

    assert city.rows('SELECT flow, step FROM "case"') == [("help_faq", "help_faq.operator")]


def test_what_did_not_help_leads_to_the_questions_beside_it(city: City) -> None:
    parent = at_answer(city)

    said = parent.taps("btn.no")

    assert said == parent.say("msg.faq.not_helped")
    assert parent.say("faq.title.tabel_error") in parent.labels


@pytest.mark.parametrize("word", ["помощь", "көмек", "/help", "?"])
def test_help_at_home_opens_the_questions(city: City, word: str) -> None:
    parent = guest(city)

    parent.says(word)

    assert parent.state == "help.home"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "topic", ["no_eds", "priority_papers", "number_grows", "voucher", "consent", "annul", "what_to_bring"]
)
def test_what_is_not_from_the_instructions_says_so(language: str, topic: str) -> None:
    marks = {"ru": "инструкци", "kk": "нұсқаулы", "en": "instructions"}

    assert marks[language] in say(T(f"faq.answer.{topic}"), language)


def test_every_answer_rests_on_a_rule_and_its_version() -> None:
    assert [topic for topic, source in sources.TOPICS.items() if not (source.rules and source.version)] == []


def test_a_linked_parent_is_not_asked_to_log_in_again(city: City) -> None:
    parent = journeys.registered(city)

    parent.says("как войти")

    assert parent.state == "help_faq.answer"
    assert parent.say("faq.title.login") not in parent.labels


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", sources.TOPICS)
def test_the_name_of_a_question_asks_it(language: str, topic: str) -> None:
    guesses = reading.read(say(T(f"faq.title.{topic}"), language))

    assert [guess.topic for guess in guesses if guess.score >= reading.ANSWER] == [topic]
