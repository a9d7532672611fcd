"""Questions as WhatsApp draws them: the ladder of forms, the limits of each, nothing cut."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels import Screen
from bot.whatsapp.draw import draw
from dialogs.engine.ask import Ask, Choice, Purpose
from dialogs.engine.catalogue import say
from dialogs.engine.texts import LANGUAGES, T, Text
from tests.bot.test_telegram_draw import LONG, NAMES, sentences, without_spaces

WELCOME = T("msg.start.welcome")
BACK = Choice("~back", T("btn.back"))


def drawn(ask: Ask, language: str = "ru", page_url: str = "") -> list[dict[str, Any]]:
    return [item.payload for item in draw(ask, language, 7, Screen(), page_url).messages]


def choices(*labels: str) -> tuple[Choice, ...]:
    """Choices that show exactly these labels: a child's name stands alone in its sentence."""
    return tuple(Choice(f"c{number}", label(name)) for number, name in enumerate(labels))


def label(name: str) -> Text:
    key, value = ALONE
    return T(key, **{value: name})


#: A sentence that is nothing but its one value.
ALONE = next(
    (key, next(iter(names))) for _, key, names in sentences() if say(T(key, **dict.fromkeys(names, "x")), "ru") == "x"
)


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        ((), "text"),
        (("Да",), "quick-reply"),
        (("Да", "Нет", "Потом"), "quick-reply"),
        (("Да", "Нет", "Потом", "Никогда"), "list-picker"),
        (tuple(f"Садик {number}" for number in range(10)), "list-picker"),
        (tuple(f"Садик {number}" for number in range(11)), "list-picker"),
        (("Да", "Длинная подпись, двадцать пять"), "text"),
        (("Да", "Подпись на двадцать две"), "list-picker"),
        (("Да", "Да"), "text"),
    ],
)
def test_as_many_choices_as_fit_take_the_richest_form_they_fit(labels: tuple[str, ...], kind: str) -> None:
    (payload,) = drawn(Ask(WELCOME, choices(*labels)))

    assert payload["type"] == kind


def test_what_has_no_form_is_numbered_and_says_so() -> None:
    (payload,) = drawn(Ask(WELCOME, choices("Да", "Да")))

    assert "1 Да\n2 Да" in payload["body"]
    assert payload["body"].endswith(say(T("msg.common.reply_with_number"), "ru"))


def test_a_button_carries_its_question_and_its_choice() -> None:
    (payload,) = drawn(Ask(WELCOME, choices("Да", "Нет")))

    assert [item["id"] for item in payload["actions"]] == ["7:c0", "7:c1"]


def test_the_way_back_stands_in_the_list_where_there_is_room() -> None:
    (payload,) = drawn(Ask(WELCOME, choices("1", "2", "3", "4"), ways=(BACK,)))

    assert [item["id"] for item in payload["items"]][-1] == "7:~back"


def test_the_address_of_a_page_stands_on_a_line_of_its_own_beside_choices() -> None:
    (payload,) = drawn(Ask(WELCOME, choices("Да")), page_url="https://bot.test/s/x")

    assert payload["type"] == "quick-reply"
    assert payload["body"].endswith("\n\nhttps://bot.test/s/x")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("page", "key"), [("password", "btn.set_password"), ("iin", "btn.open_page")])
def test_a_page_without_choices_is_a_button(language: str, page: Purpose, key: str) -> None:
    (payload,) = drawn(Ask(WELCOME, page=page, ways=(BACK,)), language, "https://bot.test/s/x")

    assert payload["type"] == "call-to-action"
    assert payload["body"] == say(WELCOME, language)
    assert payload["actions"] == [{"title": say(T(key), language), "url": "https://bot.test/s/x"}]
    assert len(payload["actions"][0]["title"]) <= 20


def test_more_than_ten_choices_come_in_pages_that_lead_round_and_keep_the_way_back() -> None:
    ask = Ask(WELCOME, choices(*(f"Садик {number}" for number in range(19))), ways=(BACK,))
    pages = [draw(ask, "ru", 7, Screen(page=page), "").messages[0].payload["items"] for page in range(3)]

    assert [len(page) for page in pages] == [10, 10, 5]
    assert [item["item"] for page in pages for item in page[:-2]] == [f"Садик {number}" for number in range(19)]
    assert [page[-2]["id"] for page in pages] == ["7:~page.1", "7:~page.2", "7:~page.0"]
    assert {page[-1]["id"] for page in pages} == {"7:~back"}


def test_a_picture_with_more_words_than_fit_under_it_gives_way_to_the_words() -> None:
    ask = Ask(T("msg.reg.done", first_name="я" * 1100), picture="id_card")

    assert {payload["type"] for payload in drawn(ask)} == {"text"}


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_no_name_changes_how_a_sentence_looks(name: str) -> None:
    for language, key, names in sentences():
        text = T(key, **dict.fromkeys(names, name))

        said = "".join(payload["body"] for payload in drawn(Ask(text), language))
        assert without_spaces(said) == without_spaces(say(text, language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LONG, ids=["letters", "signs", "emoji", "words", "lines", "amps"])
def test_what_does_not_fit_comes_in_parts_and_nothing_is_cut(name: str, language: str) -> None:
    text = T("msg.reg.done", first_name=name)
    ask = Ask(text, (Choice("yes", T("btn.yes")),))
    messages = drawn(ask, language, "https://bot.test/s/x")

    said = "".join(payload["body"] for payload in messages)
    assert without_spaces(said) == without_spaces(f"{say(text, language)}https://bot.test/s/x")
    assert all(len(payload["body"]) <= 1600 for payload in messages)
    assert [payload["type"] for payload in messages] == ["text"] * (len(messages) - 1) + ["quick-reply"]
    assert draw(ask, language, 7, Screen(), "").live == len(drawn(ask, language)) - 1
