"""Consent to the data policy: a tap or the exact word, kept with its proof."""

from __future__ import annotations

import pytest

from dialogs import policy_consent
from services.consents import POLICY_VERSION
from storage.models import micros
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City
from tests.dialogs import journeys

WORDS = ("қабылдаймын", "принимаю", "accept")
CONSENTS = "SELECT given, version, language, channel, policy_opened FROM consent"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_policy_says_what_why_and_where_to_read_it(city: City, channel: str, language: str) -> None:
    parent = journeys.at_policy(city, channel, language)

    assert parent.sees == parent.say("msg.consent.policy", policy_url="https://bot.test/policy")
    assert parent.labels[:3] == [parent.say(f"btn.{key}") for key in ("accept_policy", "read_policy", "refuse_policy")]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tap_accepts(city: City, channel: str, language: str) -> None:
    parent = journeys.at_policy(city, channel, language)

    parent.taps("btn.accept_policy")

    assert city.rows(CONSENTS) == [(1, POLICY_VERSION, language, channel, 0)]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", WORDS)
def test_the_exact_word_accepts_in_any_language(city: City, channel: str, language: str, word: str) -> None:
    parent = journeys.at_policy(city, channel, language)

    parent.says(word.upper())

    assert parent.state == "registration.code"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    "said",
    ["ок", "ok", "иә", "да", "yes", "+", "1", "👍", "согласна", "принимаю?", "не принимаю", "түсіндім", "accepted"],
)
def test_another_word_is_no_consent(city: City, channel: str, said: str) -> None:
    parent = journeys.at_policy(city, channel)

    assert parent.say("msg.policy_consent.press_button") in parent.says(said)
    assert (parent.state, city.rows(CONSENTS)) == ("policy_consent.show", [])


@pytest.mark.parametrize("kind", ["sticker", "photo", "location", "contact"])
def test_what_has_no_words_is_no_consent(city: City, kind: str) -> None:
    parent = journeys.at_policy(city)

    _ = parent.shares_contact() if kind == "contact" else parent.sends(kind)

    assert parent.say("err.need_button") in parent.sees
    assert city.rows(CONSENTS) == []


def test_without_consent_no_code_goes_out(city: City) -> None:
    parent = journeys.at_policy(city)

    parent.says("иә")

    assert city.phones.sms_of(parent.owner.whatsapp) == []


def test_a_consent_is_kept_with_its_time_and_the_tapped_message(city: City) -> None:
    parent = journeys.at_policy(city)
    city.clock.move(seconds=42)
    message, _ = parent.button("btn.accept_policy")

    parent.taps("btn.accept_policy")

    assert city.rows("SELECT at, message FROM consent") == [(micros(city.clock.now()), message)]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_typed_consent_is_kept_with_the_message_that_says_it(city: City, channel: str) -> None:
    parent = journeys.at_policy(city, channel)

    parent.says("принимаю")

    mine = [item["id"] for item in parent.messages if item["who"] == "me"]
    assert city.rows("SELECT message FROM consent") == [(mine[-1],)]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_is_shown_with_the_same_question(city: City, channel: str, language: str) -> None:
    parent = journeys.at_policy(city, channel, language)

    parent.taps("btn.read_policy")

    assert parent.sees == parent.say("msg.policy_consent.text", policy_url="https://bot.test/policy")
    assert parent.labels[:2] == [parent.say("btn.accept_policy"), parent.say("btn.refuse_policy")]


def test_who_read_the_text_first_accepts_with_that_in_the_proof(city: City) -> None:
    parent = journeys.at_policy(city)
    parent.taps("btn.read_policy")

    parent.taps("btn.accept_policy")

    assert city.rows(CONSENTS) == [(1, POLICY_VERSION, "ru", TELEGRAM, 1)]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("read", [False, True])
def test_a_refusal_ends_where_no_consent_is_needed(city: City, channel: str, language: str, read: bool) -> None:
    parent = journeys.at_policy(city, channel, language)
    if read:
        parent.taps("btn.read_policy")

    said = parent.taps("btn.refuse_policy")

    assert said == f"{parent.say('err.consent.required')}\n\n{parent.say('msg.menu.guest')}"


def test_a_refusal_is_kept_with_its_proof(city: City) -> None:
    parent = journeys.at_policy(city)

    parent.taps("btn.refuse_policy")

    assert city.rows(CONSENTS) == [(0, POLICY_VERSION, "ru", TELEGRAM, 0)]


def test_who_refused_is_asked_again_and_may_accept(city: City) -> None:
    parent = journeys.at_policy(city)
    parent.taps("btn.refuse_policy")
    parent.taps("r_login")
    parent.taps("btn.register")
    parent.shares_contact()
    parent.says(journeys.AIGERIM)

    parent.taps("btn.accept_policy")

    assert [given for given, *_ in city.rows(CONSENTS)] == [0, 1]


def test_back_from_the_policy_is_the_question_before(city: City) -> None:
    parent = journeys.at_policy(city)

    parent.says("назад")

    assert parent.state == "registration.ask_iin"


def test_a_consent_is_asked_for_once(city: City) -> None:
    parent = journeys.at_code(city)
    parent.says("назад")

    parent.says(journeys.AIGERIM)

    assert parent.state == "registration.code"


def test_a_new_version_of_the_policy_is_asked_about_at_the_next_registration(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = journeys.at_code(city)
    parent.says("отмена")
    parent.taps("btn.delete")
    monkeypatch.setattr(policy_consent, "POLICY_VERSION", "2027-01-01")
    parent.taps("r_login")
    parent.taps("btn.register")
    parent.shares_contact()

    parent.says(journeys.AIGERIM)
    parent.taps("btn.accept_policy")

    assert [version for _, version, *_ in city.rows(CONSENTS)] == [POLICY_VERSION, "2027-01-01"]


def test_a_button_of_the_question_accepts_on_whatsapp_by_its_typed_label(city: City) -> None:
    parent = journeys.at_policy(city, WHATSAPP)

    parent.says("Принимаю политику")

    assert parent.state == "registration.code"
