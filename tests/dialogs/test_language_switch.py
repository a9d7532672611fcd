"""Another language in the middle: one short line, the same step, the same answers."""

from __future__ import annotations

import pytest

from tests.city import CHANNELS, TELEGRAM, WHATSAPP, City
from tests.dialogs import journeys

SWITCHES = [("ru", "қазақша", "kk"), ("kk", "по-русски", "ru"), ("ru", "English", "en"), ("en", "kaz", "kk")]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("before", "word", "after"), SWITCHES)
def test_the_same_question_is_asked_in_the_other_language(
    city: City, channel: str, before: str, word: str, after: str
) -> None:
    parent = journeys.at_policy(city, channel, before)

    said = parent.says(word)

    question = parent.say("msg.consent.policy", policy_url="https://bot.test/policy")
    assert (parent.language, parent.state) == (after, "policy_consent.show")
    assert said == f"{parent.say('msg.language_switch.done')}\n\n{question}"


@pytest.mark.parametrize(
    "at",
    [
        journeys.started,
        journeys.at_iin,
        journeys.at_policy,
        journeys.at_code,
        journeys.at_check,
        journeys.at_password,
        journeys.at_remember,
        journeys.registered,
        journeys.at_child_iin,
        journeys.with_child,
        journeys.at_card,
        journeys.at_removal,
    ],
)
@pytest.mark.parametrize("channel", CHANNELS)
def test_at_every_step_it_is_the_same_step(city: City, channel: str, at: object) -> None:
    assert callable(at)
    parent = at(city, channel)
    state = parent.state

    said = parent.says("English")

    assert (parent.language, parent.state) == ("en", state)
    assert said.startswith(parent.say("msg.language_switch.done"))


def test_the_answers_stay_the_same(city: City) -> None:
    parent = journeys.at_code(city)
    before = [item.step for item in parent.talk.trail]

    parent.says("қазақша")

    assert [item.step for item in parent.talk.trail] == before


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("said", ["язык", "/lang", "тіл", "language"])
def test_the_word_for_language_asks_which(city: City, channel: str, said: str) -> None:
    parent = journeys.at_policy(city, channel)

    parent.says(said)

    assert parent.labels[:3] == ["Қазақша", "Русский", "English"]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("answer", ["English", "3"])
def test_the_answer_leads_back_to_the_same_step(city: City, channel: str, answer: str) -> None:
    parent = journeys.at_policy(city, channel)
    parent.says("язык")

    parent.says(answer)

    assert (parent.language, parent.state) == ("en", "policy_consent.show")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_tap_leads_back_as_well(city: City, channel: str) -> None:
    parent = journeys.at_iin(city, channel)
    parent.says("язык")

    parent.taps("Қазақша")

    assert (parent.language, parent.state) == ("kk", "registration.ask_iin")


@pytest.mark.parametrize("channel", CHANNELS)
def test_who_changes_their_mind_is_back_at_the_step(city: City, channel: str) -> None:
    parent = journeys.at_policy(city, channel)
    parent.says("язык")

    parent.says("назад")

    assert (parent.language, parent.state) == ("ru", "policy_consent.show")


@pytest.mark.parametrize("channel", CHANNELS)
def test_from_the_menu_the_menu_comes_back(city: City, channel: str) -> None:
    parent = journeys.started(city, channel)
    parent.taps("btn.without_login")
    parent.taps("r_lang")

    parent.taps("English")

    assert (parent.language, parent.state) == ("en", "first_start.guest_menu")


def test_the_sms_is_in_the_new_language(city: City) -> None:
    parent = journeys.at_policy(city)
    parent.says("English")

    parent.taps("btn.accept_policy")

    assert city.phones.sms_of(parent.owner.whatsapp)[-1]["text"].endswith("Don't share it with anyone")


def test_the_consent_is_kept_with_the_language_it_was_read_in(city: City) -> None:
    parent = journeys.at_policy(city)
    parent.says("қазақша")

    parent.says("принимаю")

    assert city.rows("SELECT language FROM consent") == [("kk",)]


def test_an_old_button_in_the_old_language_is_stale(city: City) -> None:
    parent = journeys.at_policy(city, WHATSAPP)
    accept = parent.button("btn.accept_policy")
    parent.says("English")

    said = parent.taps_data(*accept)

    assert said.startswith(parent.say("err.stale_button"))
    assert parent.state == "policy_consent.show"


def test_a_word_inside_a_sentence_switches_nothing(city: City) -> None:
    parent = journeys.at_policy(city, TELEGRAM)

    parent.says("я говорю по-русски и english")

    assert parent.language == "ru"
