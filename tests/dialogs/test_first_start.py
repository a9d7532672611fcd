"""First contact: a language, a hello, the menu without login."""

from __future__ import annotations

import pytest

from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City
from tests.dialogs import journeys

NAMES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("first", ["/start", "Сәлем", "Здравствуйте", "hello", "930427400001", "❤️"])
def test_whatever_comes_first_is_answered_by_the_question_for_a_language(city: City, channel: str, first: str) -> None:
    parent = city.parent(channel)

    assert parent.says(first) == "Тілді таңдаңыз · Выберите язык · Choose a language"


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "location", "file"])
def test_a_first_message_without_words_is_answered_as_well(city: City, kind: str) -> None:
    parent = city.parent()

    assert parent.sends(kind) == "Тілді таңдаңыз · Выберите язык · Choose a language"


@pytest.mark.parametrize(
    ("said", "locale", "first"),
    [
        pytest.param("/start", "kk", "Қазақша", id="a Kazakh Telegram"),
        pytest.param("/start", "ru-RU", "Русский", id="a Russian Telegram"),
        pytest.param("/start", "en", "English", id="an English Telegram"),
        pytest.param("/start", "de", "Қазақша", id="a Telegram in another language"),
        pytest.param("сәлеметсіз бе", "ru", "Қазақша", id="Kazakh letters in a Russian Telegram"),
        pytest.param("привет", "en", "Русский", id="Russian words in an English Telegram"),
    ],
)
def test_the_guessed_language_is_the_first_button(city: City, said: str, locale: str, first: str) -> None:
    parent = city.parent(locale=locale)

    parent.says(said)

    assert parent.labels[0] == first


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("қазақша", "kk"),
        ("kaz", "kk"),
        ("рус", "ru"),
        ("по-русски", "ru"),
        ("eng", "en"),
        ("English", "en"),
        ("2", "ru"),
    ],
)
def test_a_language_may_be_typed_or_given_by_its_number(city: City, channel: str, said: str, language: str) -> None:
    parent = city.parent(channel)
    parent.says("/start")

    parent.says(said)

    assert (parent.language, parent.state) == (language, "first_start.welcome")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_welcome_has_three_doors(city: City, channel: str, language: str) -> None:
    parent = journeys.started(city, channel, language)

    assert parent.sees == parent.say("msg.start.welcome")
    assert parent.labels == [parent.say(key) for key in ("btn.login", "btn.register", "btn.without_login")]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("door", "state"),
    [
        ("btn.login", "login.choose"),
        ("btn.register", "registration.ask_phone"),
        ("btn.without_login", "first_start.guest_menu"),
    ],
)
def test_each_door_opens(city: City, channel: str, door: str, state: str) -> None:
    parent = journeys.started(city, channel)

    parent.taps(door)

    assert parent.state == state


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_door_opens_to_its_name(city: City, language: str) -> None:
    parent = journeys.started(city, WHATSAPP, language)

    parent.says(parent.say("btn.register").lower())

    assert parent.state == "registration.ask_phone"


def test_a_word_for_another_language_switches_it_at_the_welcome(city: City) -> None:
    parent = journeys.started(city, TELEGRAM, "ru")

    said = parent.says("қазақша")

    assert said.startswith("Енді қазақша жазамын.")
    assert parent.say("msg.start.welcome") in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_known_chat_starts_in_the_menu_not_with_the_question_for_a_language(city: City, language: str) -> None:
    parent = journeys.started(city, TELEGRAM, language)

    assert parent.says("/start") == parent.say("msg.menu.guest")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guest_finds_only_rows_that_work(city: City, channel: str, language: str) -> None:
    parent = journeys.started(city, channel, language)

    parent.taps("btn.without_login")

    assert parent.labels == [parent.say(key) for key in ("r_login", "r_lang", "r_city", "r_help")]


@pytest.mark.parametrize(
    ("row", "state"),
    [("r_login", "login.gate"), ("r_lang", "language_switch.ask"), ("r_help", "help.home")],
)
def test_each_row_of_the_guest_menu_opens(city: City, row: str, state: str) -> None:
    parent = journeys.started(city)
    parent.taps("btn.without_login")

    parent.taps(row)

    assert parent.state == state


def test_words_that_mean_nothing_get_the_menu_again_with_a_way_out(city: City) -> None:
    parent = journeys.started(city)
    parent.taps("btn.without_login")

    said = parent.says("а сколько стоит садик")

    assert said == f"{parent.say('err.choice.unknown')}\n\n{parent.say('msg.menu.guest')}"


def test_an_old_language_button_changes_nothing(city: City) -> None:
    parent = city.parent()
    parent.says("/start")
    old = parent.button("English")
    parent.taps("Русский")

    parent.taps_data(*old)

    assert parent.language == "ru"
    assert parent.toasts[-1] == parent.say("err.stale_button")
