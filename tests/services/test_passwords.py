"""A password has 8 to 40 characters and is not the person's own number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import passwords
from services.iin import Iin
from services.phones import Phone
from tests.services import refusal, yes_or_no

MINE = Iin("930427400001")
PHONE = Phone("+77471234567")


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("qwerty12", id="eight"),
        pytest.param("q" * 40, id="forty"),
        pytest.param("құпия сөз 7", id="Kazakh, spaces inside"),
        pytest.param("👩‍👧 балам 2023", id="a joined emoji"),
    ],
)
def test_a_password_of_8_to_40_characters_is_fine(password: str) -> None:
    passwords.check(password)


@pytest.mark.parametrize("count", [0, 1, 7, 41, 5000])
def test_a_wrong_length_is_told(count: int) -> None:
    no = refusal(passwords.check, "q" * count)

    assert (no.key, no.names) == ("err.password.length", {"count": count})


def test_length_is_told_before_characters() -> None:
    assert refusal(passwords.check, " qwe ").key == "err.password.length"


@pytest.mark.parametrize(
    "password",
    [
        pytest.param(" qwerty123", id="a space before"),
        pytest.param("qwerty123 ", id="a space after"),
        pytest.param("qwerty123\u00a0", id="an unbreakable space after"),
        pytest.param("qwerty\t123", id="a tab"),
        pytest.param("qwerty\x00123", id="a null"),
        pytest.param("qwerty\x7f123", id="a delete"),
        pytest.param("qwerty\ud800123", id="half a character"),
    ],
)
def test_a_password_nobody_can_type_again_is_refused(password: str) -> None:
    assert refusal(passwords.check, password).key == "err.password.chars"


@given(st.text())
def test_any_text_is_a_password_or_refused(text: str) -> None:
    no = yes_or_no(passwords.check, text)

    assert no is None or no.key in {"err.password.length", "err.password.chars"}


@pytest.mark.parametrize(
    "password",
    [
        "930427400001",
        "930427 400001",
        "930427-400001",
        "+77471234567",
        "87471234567",
        "8 747 123 45 67",
        "7471234567",
        "+7 (747) 123-45-67",
        "747_123_45_67!",
    ],
)
def test_ones_own_number_is_no_password_however_spelled(password: str) -> None:
    assert refusal(passwords.looks_like, password, MINE, PHONE).key == "err.password.same_as_iin_phone"


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("qwerty123", id="something else"),
        pytest.param("Мама7471234567", id="letters among the digits"),
        pytest.param("930427400002", id="another number"),
        pytest.param("97471234567", id="not a spelling of the phone"),
        pytest.param("--------", id="signs only"),
    ],
)
def test_another_password_is_fine(password: str) -> None:
    passwords.looks_like(password, MINE, PHONE)


def test_somebody_with_neither_number_may_choose_any() -> None:
    passwords.looks_like("930427400001", None, None)
