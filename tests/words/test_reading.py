"""The guards of plain words: what negates, what does not, what is two wishes, what is only a doubt (journeys §5.3)."""

from __future__ import annotations

import random

import pytest

from dialogs.intents import reading


def intents(text: str, at_least: float = reading.ANSWER) -> set[str]:
    return {guess.intent for guess in reading.read(text) if guess.score >= at_least}


@pytest.mark.parametrize(
    "text",
    [
        "не хочу удалять",
        "жойғым келмейді",
        "растамаймын",
        "бас тартпаймын",
        "не удаляйте мои данные",
        "деректерімді жоймаңыз",
    ],
)
def test_a_negated_deed_is_no_wish(text: str) -> None:
    assert intents(text, reading.OFFER) == set()


@pytest.mark.parametrize(
    ("text", "wish"), [("не успеваю", "referral"), ("үлгермеймін", "referral"), ("код келмейді", "login_help")]
)
def test_a_word_that_is_negative_itself_negates_nothing(text: str, wish: str) -> None:
    assert intents(text) == {wish}


@pytest.mark.parametrize(("text", "wish"), [("ваучер дегеніміз не", "voucher"), ("не істеймін", "help")])
def test_the_kazakh_ne_asks_and_negates_nothing(text: str, wish: str) -> None:
    assert intents(text) == {wish}


def test_the_russian_ne_among_kazakh_words_still_negates() -> None:
    assert intents("табель растау не хочу") == set()


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("жолдама не ваучер", {"referral", "voucher"}),
        ("номер очереди и табель", {"queue_number", "tabel_confirm"}),
        ("здравствуйте, ваучер", {"voucher"}),
    ],
)
def test_two_wishes_are_two_and_a_greeting_is_none(text: str, wishes: set[str]) -> None:
    assert intents(text) == wishes


def test_a_misspelt_deletion_is_only_a_doubt() -> None:
    assert intents("удалить аккаунт") == {"delete_data"}
    assert intents("удолить акаунт") == set()


def test_the_dialog_around_makes_its_own_wishes_likelier() -> None:
    [alone] = reading.read("пароль")
    [inside] = reading.read("пароль", favour={"login_help"})

    assert alone.score < reading.ACT <= inside.score


@pytest.mark.parametrize("text", ["", " ", "?!", "🙂", "930427400001", "а" * 5000, "не " * 900, "' OR 1=1 --"])
def test_what_is_no_language_wants_nothing(text: str) -> None:
    assert reading.read(text) == ()


def test_whatever_is_typed_is_read_without_an_error() -> None:
    lot = random.Random(11)
    signs = "абвәғқabc 1,.;'[]не ма"

    for _ in range(300):
        reading.read("".join(lot.choice(signs) for _ in range(lot.randint(1, 60))))
