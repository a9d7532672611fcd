"""A document number stands in for an IIN."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.documents import DocumentNumber
from services.refused import Refused
from tests.services import refusal, yes_or_no


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        pytest.param("N12345678", "N12345678", id="the example of the sentence"),
        pytest.param("n12345678", "N12345678", id="small letters"),
        pytest.param(" N 1234 5678 ", "N12345678", id="spaces"),
        pytest.param("AB-12–34—56", "AB123456", id="dashes"),
        pytest.param("ка1234567", "КА1234567", id="Cyrillic"),
        pytest.param("әі1234567", "ӘІ1234567", id="Kazakh"),
        pytest.param("и\u03061234567", "Й1234567", id="a letter in two signs"),
        pytest.param("12345", "12345", id="five"),
        pytest.param("1" * 20, "1" * 20, id="twenty"),
    ],
)
def test_a_number_is_read_however_it_is_written(typed: str, number: str) -> None:
    assert DocumentNumber.parse(typed).text == number


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="nothing"),
        pytest.param("1234", id="four"),
        pytest.param("1 2 3 4", id="four and spaces"),
        pytest.param("1" * 21, id="twenty-one"),
        pytest.param("паспорт", id="no digit"),
        pytest.param("паспорт N1234567", id="a word before it"),
        pytest.param("N1234567 паспорты", id="a word after it"),
        pytest.param("N1234567/8", id="a slash"),
        pytest.param("N123_4567", id="an underscore"),
        pytest.param("№ 1234567", id="a number sign"),
        pytest.param("N١٢٣٤٥٦٧", id="Arabic-Indic digits"),
        pytest.param("١2345", id="one digit of another script"),
        pytest.param("護照123456", id="another script"),
        pytest.param("Ñ1234567", id="a letter with a mark"),
    ],
)
def test_what_is_no_document_number_is_refused(typed: str) -> None:
    assert refusal(DocumentNumber.parse, typed).key == "err.doc.format"


@given(st.text() | st.text("AZazЯяӘІ09 -", max_size=25))
def test_any_text_is_a_document_number_or_refused(text: str) -> None:
    answer = yes_or_no(DocumentNumber.parse, text)

    if isinstance(answer, Refused):
        assert answer.key == "err.doc.format"
    else:
        assert DocumentNumber.parse(answer.text) == answer


@pytest.mark.parametrize("text", ["N12345678", "12378", "ABCDEFGHIJ1234567878"])
def test_a_document_number_is_shown_as_its_last_two(text: str) -> None:
    assert DocumentNumber(text).masked == "•••••••78"


def test_no_log_line_can_show_the_number() -> None:
    assert f"{DocumentNumber('N12345678')!r}" == "DocumentNumber(•••••••78)"
