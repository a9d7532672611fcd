"""Plain words, at home and inside a dialog: a door, an answer, a question back; never a deed."""

from __future__ import annotations

import pytest

from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import journeys

WORDS = {"kk": "табель растау", "ru": "подтвердить табель", "en": "confirm the tabel"}


def guest(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    """Somebody who reads the menu without login."""
    parent = journeys.started(city, channel, language)
    parent.taps("btn.without_login")
    return parent


# Where nothing is being filled in.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_in_plain_words_is_answered(city: City, channel: str, language: str) -> None:
    parent = guest(city, channel, language)

    said = parent.says(WORDS[language])

    assert said == f"{parent.say('faq.answer.tabel_how')}\n\n{parent.say('msg.help_faq.helped')}"


def test_the_answer_is_in_the_language_of_the_chat_not_of_the_words(city: City) -> None:
    parent = guest(city, language="kk")

    assert parent.say("faq.answer.voucher") in parent.says("что такое ваучер")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("хочу зарегистрироваться", "registration.ask_phone"),
        ("қалай тіркелемін", "registration.ask_phone"),
        ("how to log in", "login.choose"),
        ("добавить ребенка", "login.gate"),
        ("сменить язык", "language_switch.ask"),
        ("отключите уведомления", "common.stop"),
        ("что ты умеешь", "help.home"),
        ("какие садики рядом с домом", "help_faq.not_yet"),
    ],
)
def test_strong_words_open_the_door_of_their_dialog(city: City, channel: str, words: str, state: str) -> None:
    parent = guest(city, channel)

    parent.says(words)

    assert parent.state == state


@pytest.mark.parametrize("words", ["дайте живого человека", "адаммен сөйлескім келеді", "pozovite operatora"])
def test_plain_words_call_a_human(city: City, words: str) -> None:
    parent = guest(city)

    said = parent.says(words)

    assert (parent.state, said) == ("agent_handoff.topic", parent.say("msg.agent_handoff.topic"))


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_two_wishes_in_one_message_are_both_offered(city: City, channel: str, language: str) -> None:
    parent = guest(city, channel, language)

    said = parent.says("жолдама не ваучер")

    assert said == parent.say("msg.faq.offer")
    assert set(parent.labels[:2]) == {parent.say("faq.title.referral"), parent.say("faq.title.voucher")}


def test_what_is_offered_is_answered_when_chosen(city: City) -> None:
    parent = guest(city)
    parent.says("жолдама не ваучер")

    said = parent.taps(parent.say("faq.title.referral"))

    assert said.startswith(parent.say("faq.answer.referral"))


@pytest.mark.parametrize("words", ["рахмет", "спасибо", "thanks"])
def test_a_thank_you_is_answered_in_a_word_without_the_menu(city: City, words: str) -> None:
    parent = guest(city)

    assert parent.says(words) == parent.say("msg.faq.thanks")
    assert parent.labels == [parent.say("btn.menu")]


def test_a_greeting_is_returned_with_the_menu(city: City) -> None:
    parent = guest(city)
    parent.says("рахмет")

    assert parent.says("здравствуйте") == f"{parent.say('msg.faq.hello')}\n\n{parent.say('msg.menu.guest')}"


@pytest.mark.parametrize("words", ["не хочу удалять мои данные", "деректерімді жойғым келмейді", "растамаймын"])
def test_a_refusal_in_words_opens_nothing(city: City, words: str) -> None:
    parent = guest(city)

    parent.says(words)

    assert parent.state == "help_faq.nomatch"


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("удалите мои данные", "data_deletion.overview"),
        ("деректерімді жойыңыз", "data_deletion.overview"),
        ("отказываюсь от ваучера", "help_faq.answer"),
        ("удалите ребенка", "child_list.home"),
    ],
)
def test_words_do_nothing_that_the_law_asks_a_button_for(city: City, words: str, state: str) -> None:
    parent = journeys.at_card(city)
    before = city.rows("SELECT count(*) FROM person"), city.rows("SELECT count(*) FROM child")

    parent.says(words)

    assert (city.rows("SELECT count(*) FROM person"), city.rows("SELECT count(*) FROM child")) == before
    assert parent.state == state  # a screen to choose on, never further


# Inside a dialog.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_inside_a_dialog_a_strong_wish_is_asked_about(city: City, channel: str, language: str) -> None:
    parent = journeys.at_check(city, channel, language)

    said = parent.says(WORDS[language])

    flow, wish = parent.say("flow.registration"), parent.say("faq.title.tabel_how")
    assert said == parent.say("msg.common.switch_flow", flow=flow, intent=wish)
    assert parent.labels[:2] == [parent.say("btn.go"), parent.say("btn.stay")]


@pytest.mark.parametrize("channel", CHANNELS)
def test_who_stays_stands_at_the_same_question(city: City, channel: str) -> None:
    parent = journeys.at_check(city, channel)
    question = parent.sees
    parent.says("подтвердить табель")

    said = parent.taps("btn.stay")

    assert (parent.state, said) == ("registration.check_registry", question)


@pytest.mark.parametrize("channel", CHANNELS)
def test_who_goes_gets_the_answer_and_finds_the_answers_given_kept(city: City, channel: str) -> None:
    parent = journeys.at_check(city, channel)
    parent.says("подтвердить табель")

    said = parent.taps("btn.go")

    assert said.startswith(parent.say("faq.answer.tabel_how"))
    assert [flow for flow, _ in parent.talk.drafts] == ["registration"]


def test_a_weaker_guess_interrupts_nothing(city: City) -> None:
    parent = journeys.at_check(city)

    parent.says("табил")

    assert parent.state == "registration.check_registry"


def test_a_thank_you_inside_a_dialog_keeps_the_question(city: City) -> None:
    parent = journeys.at_check(city)
    question = parent.sees

    assert parent.says("рахмет") == f"{parent.say('msg.faq.thanks')}\n\n{question}"


def test_words_at_a_question_for_an_iin_are_asked_about_and_numbers_never(city: City) -> None:
    parent = journeys.at_iin(city)

    parent.says("подтвердить табель 12")
    after_numbers = parent.state
    parent.says("подтвердить табель")

    assert (after_numbers, parent.state) == ("registration.ask_iin", "common.switch_flow")


@pytest.mark.parametrize("words", ["подтвердить табель", "код не приходит", "удалите мои данные"])
def test_a_legal_question_hears_only_its_own_words(city: City, words: str) -> None:
    parent = journeys.at_policy(city)

    parent.says(words)

    assert parent.state == "policy_consent.show"


def test_who_waits_for_a_code_and_says_so_is_asked_about_the_answer(city: City) -> None:
    parent = journeys.at_code(city)

    said = parent.says("код не приходит")

    assert parent.say("faq.title.code_not_coming") in said
    assert parent.state == "common.switch_flow"


# The first message, and after a pause.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("words", "language", "button"),
    [("ваучер дегеніміз не", "kk", "Қазақша"), ("что такое ваучер", "ru", "Русский")],
)
def test_a_first_message_is_gone_on_with_once_a_language_is_chosen(
    city: City, channel: str, words: str, language: str, button: str
) -> None:
    parent = city.parent(channel)
    parent.says(words)

    assert parent.labels[0] == button
    said = parent.taps(button)

    assert (parent.language, parent.state) == (language, "help_faq.answer")
    assert parent.say("faq.answer.voucher") in said


def test_a_wish_instead_of_a_language_is_answered_in_the_language_of_its_letters(city: City) -> None:
    parent = city.parent(WHATSAPP)
    parent.says("/start")

    parent.says("ваучер дегеніміз не")

    assert (parent.language, parent.state) == ("kk", "help_faq.answer")


def test_after_a_pause_a_wish_is_followed_and_a_greeting_shows_the_draft(city: City) -> None:
    parent = journeys.at_check(city)
    city.move(hours=2)

    said = parent.says("здравствуйте")
    greeted = parent.state
    assert said.startswith(parent.say("msg.faq.hello"))
    parent.says("подтвердить табель")

    assert (greeted, parent.state) == ("resume_prompt.offer", "help_faq.answer")
    assert [flow for flow, _ in parent.talk.drafts] == ["registration"]
