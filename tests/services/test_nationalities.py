"""Nationalities are found by what a parent types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import nationalities

LABELS = {
    "kazakh": ["Казах", "Қазақ", "Kazakh"],
    "russian": ["Русский", "Орыс", "Russian"],
    "belarusian": ["Белорус", "Беларусь", "Belarusian"],
    "german": ["Немец", "Неміс", "German"],
    "other": ["Другая", "Басқа", "Other"],
}


def test_the_first_eight_are_shown_at_once() -> None:
    assert nationalities.TOP == (
        "kazakh", "russian", "uzbek", "uyghur", "ukrainian", "tatar", "german", "korean"
    )  # fmt: skip


def test_other_comes_last() -> None:
    assert nationalities.ALL[-1] == "other"


def test_every_code_has_a_key_of_its_own() -> None:
    assert dict(nationalities.KEYS) == {code: f"nationality.{code}" for code in nationalities.ALL}


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        pytest.param("казах", ["kazakh"], id="Russian"),
        pytest.param("ҚАЗАҚ", ["kazakh"], id="Kazakh, capitals"),
        pytest.param(" нем ", ["german"], id="the beginning, spaces around"),
        pytest.param("рус", ["russian", "belarusian"], id="beginning before middle"),
        pytest.param("belarusian", ["belarusian"], id="a whole name"),
        pytest.param("марсианин", [], id="nothing near"),
        pytest.param("", [], id="nothing typed"),
        pytest.param("   ", [], id="spaces"),
    ],
)
def test_a_typed_word_finds_the_nearest(typed: str, codes: list[str]) -> None:
    assert nationalities.search(typed, LABELS) == codes


def test_a_whole_name_goes_before_a_longer_one() -> None:
    assert nationalities.search("ким", {"a": ["Кимры"], "b": ["Ким"]}) == ["b", "a"]


def test_a_code_without_labels_is_not_found() -> None:
    assert nationalities.search("казах", {"kazakh": []}) == []


@given(st.text())
def test_no_more_than_three_are_offered(text: str) -> None:
    assert len(nationalities.search(text, LABELS)) <= 3
