"""What is said reads well whatever is filled in; each test of a dialog reads its own words, too (conftest)."""

from __future__ import annotations

import re

import pytest

from dialogs.engine import catalogue
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City
from tests.dialogs import journeys

#: Short and masked names end with a dot of their own: "Алихан С."
NAMES = ("child", "name", "name_masked")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_puts_a_dot_behind_a_short_name(language: str, name: str) -> None:
    entries = catalogue.book(language).entries

    doubled = [key for key, forms in entries.items() if any(re.search(rf"{{{name}}}\s*\.", form) for form in forms)]

    assert doubled == []


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_child_to_remove_is_named_with_one_dot(city: City, channel: str, language: str) -> None:
    parent = journeys.at_removal(city, channel, language)

    assert "Алихан С.\n" in parent.sees


def test_a_question_that_takes_free_words_gives_an_example_of_them(city: City) -> None:
    parent = journeys.at_child_iin(city)
    journeys.gives_iin(parent, journeys.NO_NATIONALITY)

    parent.sends("photo")

    assert parent.say("err.need_text", example="Казах") in parent.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_is_in_the_language_of_the_chat(city: City, language: str) -> None:
    parent = journeys.at_child_iin(city, TELEGRAM, language)
    journeys.gives_iin(parent, journeys.NO_NATIONALITY)

    parent.sends("sticker")

    assert parent.say("err.need_text", example=parent.say("nationality.kazakh")) in parent.sees


@pytest.mark.parametrize("asked", ["photo", "help"])
def test_a_question_with_a_secure_page_never_invites_to_type_in_the_chat(city: City, asked: str) -> None:
    parent = journeys.at_iin(city, WHATSAPP)

    _ = parent.says("помощь") if asked == "help" else parent.sends("photo")

    assert "930427…" not in parent.sees


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("asked", ["photo", "help"])
def test_a_password_is_never_asked_for_in_the_chat(city: City, channel: str, asked: str) -> None:
    parent = journeys.at_password(city, channel)

    said = parent.says("помощь") if asked == "help" else parent.sends("photo")

    assert not re.search(r"напишите ответ|например", said, re.IGNORECASE)
