"""The parent's IIN: what is wrong with it, where it may be typed, and the ladder to a human (T03)."""

from __future__ import annotations

import pytest

from services import demo_city
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City
from tests.dialogs import journeys

ERRORS = [
    pytest.param("тринадцать", "err.iin.chars", {}, id="letters"),
    pytest.param("93042740000", "err.iin.length", {"count": 11}, id="eleven digits"),
    pytest.param("9304274000011", "err.iin.length", {"count": 13}, id="thirteen digits"),
    pytest.param("931327400001", "err.iin.date", {"digits": "931327"}, id="a thirteenth month"),
    pytest.param("930427000001", "err.iin.foreign", {}, id="a foreigner's"),
    pytest.param("930427900001", "err.iin.century", {}, id="a century to come"),
    pytest.param("930427400002", "err.iin.checksum", {}, id="a typo"),
    pytest.param("230315500002", "err.iin.child_here", {}, id="a child's"),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("typed", "key", "names"), ERRORS)
def test_what_is_wrong_with_an_iin_is_said(
    city: City, language: str, typed: str, key: str, names: dict[str, object]
) -> None:
    parent = journeys.at_iin(city, TELEGRAM, language)

    said = parent.says(typed)

    assert said == f"{parent.say(key, **names)}\n\n{parent.say('msg.reg.ask_iin')}"


@pytest.mark.parametrize("typed", ["930427400001", "930427 400001", "930427-400001", "93О427400001", "93O4274OOOO1"])
def test_spaces_and_letters_that_look_like_digits_are_forgiven(city: City, typed: str) -> None:
    parent = journeys.at_iin(city)

    parent.says(typed)

    assert parent.state == "policy_consent.show"


def test_a_typed_iin_is_deleted_from_the_chat(city: City) -> None:
    parent = journeys.at_iin(city)

    parent.says("930427 400001")

    assert "400001" not in repr(parent.messages)


def test_an_iin_with_a_typo_is_deleted_as_well(city: City) -> None:
    parent = journeys.at_iin(city)

    parent.says("930427400002")

    assert "930427400002" not in repr(parent.messages)


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_whatsapp_the_page_is_offered_with_its_link(city: City, language: str) -> None:
    parent = journeys.at_iin(city, WHATSAPP, language)

    assert f"{parent.say('msg.reg.ask_iin_page')}\n\n{parent.link}" in parent.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_iin_typed_on_whatsapp_is_not_used_and_the_page_is_offered_again(city: City, language: str) -> None:
    parent = journeys.at_iin(city, WHATSAPP, language)
    first = parent.link

    said = parent.says(journeys.AIGERIM)

    assert said.startswith(parent.say("msg.common.page_only"))
    assert parent.link != first
    assert parent.state == "registration.ask_iin"


def test_an_iin_of_the_page_goes_on_in_the_chat(city: City) -> None:
    parent = journeys.at_iin(city, WHATSAPP)

    answer = parent.submits(value=journeys.AIGERIM)

    assert answer.refused is None
    assert parent.state == "policy_consent.show"


def test_a_childs_iin_is_refused_on_the_page_and_the_chat_stays_as_it_is(city: City) -> None:
    parent = journeys.at_iin(city, WHATSAPP)
    before = parent.sees

    answer = parent.submits(value=journeys.ALIKHAN)

    assert answer.refused is not None
    assert answer.refused.key == "err.iin.child_here"
    assert parent.sees == before


# T03: three failures in a row are three different messages, then a human.


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_failure_asks_again(city: City, language: str) -> None:
    parent = journeys.at_iin(city, TELEGRAM, language)

    said = parent.says("930427400002")

    assert said == f"{parent.say('err.iin.checksum')}\n\n{parent.say('msg.reg.ask_iin')}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_second_failure_shows_where_the_iin_is(city: City, language: str) -> None:
    parent = journeys.at_iin(city, TELEGRAM, language)
    parent.says("930427400002")

    said = parent.says("930427400002")

    assert said.startswith(f"{parent.say('err.iin.checksum')}\n\n{parent.say('hint.iin')}")
    assert parent.bot_messages[-1]["payload"]["photo"] == "id_card"


def test_the_second_failure_shows_the_picture_on_whatsapp_too(city: City) -> None:
    parent = journeys.at_iin(city, WHATSAPP)
    parent.says("930427400002")

    parent.says("930427400002")

    assert parent.bot_messages[-1]["payload"]["media"] == "id_card"
    assert parent.link in parent.sees


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_third_failure_offers_a_human_and_says_that_the_answers_are_kept(
    city: City, channel: str, language: str
) -> None:
    parent = journeys.at_iin(city, channel, language)
    for _ in range(3):
        said = parent.says("930427400002")

    assert parent.say("msg.common.call_operator") in said
    assert parent.labels[-3:] == [parent.say(key) for key in ("btn.operator", "btn.again", "btn.menu")]


def test_three_failures_are_three_different_messages(city: City) -> None:
    parent = journeys.at_iin(city)

    said = {parent.says("930427400002") for _ in range(3)}

    assert len(said) == 3


def test_the_answers_are_kept_indeed(city: City) -> None:
    parent = journeys.at_iin(city)
    for _ in range(3):
        parent.says("930427400002")
    parent.taps("btn.menu")
    parent.taps("r_login")

    parent.taps("btn.register")
    parent.taps("btn.continue")

    assert parent.state == "registration.ask_iin"


def test_the_operator_of_the_ladder_hears_where_the_parent_stands(city: City) -> None:
    parent = journeys.at_iin(city)
    for _ in range(3):
        parent.says("930427400002")

    parent.taps("btn.operator")
    said = parent.taps("btn.skip")

    assert said.startswith(parent.say("msg.agent_handoff.number", number=1001))
    assert city.rows('SELECT flow, step, question FROM "case"') == [
        ("registration", "registration.ask_iin", "msg.reg.ask_iin")
    ]


def test_again_starts_the_ladder_anew(city: City) -> None:
    parent = journeys.at_iin(city)
    for _ in range(3):
        parent.says("930427400002")
    parent.taps("btn.again")

    said = parent.says("930427400002")

    assert said == f"{parent.say('err.iin.checksum')}\n\n{parent.say('msg.reg.ask_iin')}"


def test_a_good_answer_starts_the_ladder_anew(city: City) -> None:
    parent = journeys.at_iin(city)
    parent.says("930427400002")
    parent.says("930427400002")
    parent.says(journeys.AIGERIM)
    parent.says("назад")

    said = parent.says("93042740000")

    assert said == f"{parent.say('err.iin.length', count=11)}\n\n{parent.say('msg.reg.ask_iin')}"


def test_nobody_is_told_before_the_code_whether_an_iin_has_an_account(city: City) -> None:
    journeys.registered(city)
    stranger = journeys.at_policy(city, row=demo_city.BAUYRZHAN, name="Ерлан")

    assert stranger.sees == stranger.say("msg.consent.policy", policy_url="https://bot.test/policy")


def test_an_iin_that_nobody_has_passes_until_the_code(city: City) -> None:
    parent = journeys.at_policy(city, iin="950101300006")

    assert parent.state == "policy_consent.show"
