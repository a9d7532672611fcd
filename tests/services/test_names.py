"""A name is written in full, short, or masked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.names import PersonName, clean

ALIKHAN = PersonName("Сабитов", "Алихан", "Бауыржанұлы")
NAMES = st.builds(PersonName, st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))


@pytest.mark.parametrize(
    ("name", "full"),
    [
        (ALIKHAN, "Сабитов Алихан Бауыржанұлы"),
        (PersonName("Ким", "Артур"), "Ким Артур"),
        (PersonName("", "Артур"), "Артур"),
    ],
)
def test_a_full_name_begins_with_the_surname(name: PersonName, full: str) -> None:
    assert name.full == full


@pytest.mark.parametrize(
    ("name", "short"),
    [
        (ALIKHAN, "Алихан С."),
        (PersonName("Әбдірахманов", "Нұрлан"), "Нұрлан Ә."),
        (PersonName("", "Артур"), "Артур"),
        (PersonName("Ким", ""), "К."),
    ],
)
def test_a_short_name_is_the_first_name_and_an_initial(name: PersonName, short: str) -> None:
    assert name.short == short


def test_a_masked_name_is_two_initials() -> None:
    assert ALIKHAN.masked == "А••••• С."


@given(NAMES)
def test_a_masked_name_never_tells_the_length(name: PersonName) -> None:
    assert len(name.masked) == len("А••••• С.")


def test_no_log_line_can_show_the_name() -> None:
    assert f"{ALIKHAN!r} {ALIKHAN}" == "PersonName(А••••• С.) PersonName(А••••• С.)"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param("Али\u202eхан", "Алихан", id="right-to-left override"),
        pytest.param("\u200fАлихан\u2069", "Алихан", id="bidi marks"),
        pytest.param("Али\x00хан\x1b", "Алихан", id="control characters"),
        pytest.param("Али\u200bхан\ufeff", "Алихан", id="zero width"),
        pytest.param("Али\ud800хан", "Алихан", id="half a character"),
        pytest.param("  Анна\n\tМария ", "Анна Мария", id="lines and tabs are spaces"),
        pytest.param("Андреи\u0306", "Андрей", id="a letter in two signs"),
        pytest.param("Қызғалдақ-Ай О’Нил", "Қызғалдақ-Ай О’Нил", id="nothing to clean"),
    ],
)
def test_what_cannot_be_seen_is_taken_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_name_is_cleaned_when_it_is_made() -> None:
    name = PersonName("Саби\u202eтов", "\x07Алихан", " Бауыржанұлы ")

    assert name == ALIKHAN


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    assert not any(unicodedata.category(sign).startswith("C") for sign in clean(text))


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
