"""The registry is imported line by line, and a bad line spoils nothing but itself."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import demo_city, persons_file
from services.documents import DocumentNumber
from services.iin import Iin, Sex, check_digit
from services.names import PersonName
from services.persons_file import COLUMNS, BadRow, PersonRow
from services.phones import Phone
from services.registry import Status

HEADER = ";".join(COLUMNS)
GOOD = {
    "iin": "930427400001",
    "last_name": "Сабитова",
    "first_name": "Айгерим",
    "middle_name": "Маратқызы",
    "birth_date": "27.04.1993",
    "sex": "ж",
    "nationality": "kazakh",
    "status": "active",
    "phones": "+77471234567",
}
AIGERIM = PersonRow(
    iin=Iin("930427400001"),
    document=None,
    name=PersonName("Сабитова", "Айгерим", "Маратқызы"),
    born=date(1993, 4, 27),
    sex=Sex.FEMALE,
    nationality="kazakh",
    status=Status.ACTIVE,
    phones=(Phone("+77471234567"),),
    guardians=(),
)
BAUYRZHAN = "900914300007;;Сабитов;Бауыржан;;14.09.1990;;;;;;"


def line(**cells: str) -> str:
    return ";".join((GOOD | cells).get(column, "") for column in COLUMNS)


def read(*lines: str) -> list[PersonRow | BadRow]:
    return list(persons_file.rows([HEADER, *lines]))


def row(**cells: str) -> PersonRow:
    (person,) = read(line(**cells))
    assert isinstance(person, PersonRow), person
    return person


def bad(**cells: str) -> BadRow:
    (no,) = read(line(**cells))
    assert isinstance(no, BadRow)
    return no


# --- The file.


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{HEADER}\n{line()}\n", id="semicolons"),
        pytest.param(f"{HEADER}\n{line()}\n".replace(";", ","), id="commas"),
        pytest.param(f"\ufeff{HEADER}\r\n{line()}\r\n", id="as a table program saves it"),
        pytest.param(f"{HEADER.upper().replace(';', ' ; ')}\n{line()}", id="capitals and spaces in the header"),
        pytest.param(f"{HEADER}\n\n   \n{line()}\n\n", id="empty lines"),
        pytest.param(f"{HEADER}\n{line()};;;\n", id="empty cells at the end"),
        pytest.param(f"{HEADER}\n" + ";".join(f'"{cell}"' for cell in line().split(";")), id="quotes"),
        pytest.param(
            "birth_date,iin,first_name,last_name,middle_name,nationality,phones\n"
            "1993-04-27,930427400001,Айгерим,Сабитова,Маратқызы,kazakh,87471234567\n",
            id="another order, without what may be missing",
        ),
    ],
)
def test_a_file_is_read_however_it_was_saved(text: str) -> None:
    assert list(persons_file.rows(io.StringIO(text, newline=""))) == [AIGERIM]


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="an empty file"),
        pytest.param(line(), id="no header"),
        pytest.param("iin;last_name;first_name", id="a column is missing"),
        pytest.param(f"{HEADER};middlename", id="a column of nobody"),
        pytest.param(f"{HEADER};iin", id="a column twice"),
    ],
)
def test_a_bad_header_ends_the_reading(header: str) -> None:
    (no,) = persons_file.rows([header, line()])

    assert isinstance(no, BadRow)
    assert (no.line, no.column) == (1, "")


def test_a_missing_header_is_told_without_the_person_in_its_place() -> None:
    (no,) = persons_file.rows([line()])

    assert "930427400001" not in repr(no)


def test_a_file_of_a_header_alone_has_nobody() -> None:
    assert read() == []


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param('930427400001;;"Сабитова;Айгерим;;27.04.1993;;;;;;', id="a quote left open"),
        pytest.param("930427400001;;Сабитова", id="cells are missing"),
        pytest.param(line() + ";surplus", id="a cell too many"),
        pytest.param(line(last_name="Са\ufffdитова"), id="not UTF-8"),
    ],
)
def test_a_broken_line_spoils_its_own_person_only(broken: str) -> None:
    no, person = read(broken, BAUYRZHAN)

    assert isinstance(no, BadRow)
    assert (no.line, no.column) == (2, "")
    assert isinstance(person, PersonRow)


def test_the_line_of_a_bad_row_is_the_line_of_the_file() -> None:
    *_, no = read(BAUYRZHAN, "", line(iin="1"))

    assert isinstance(no, BadRow)
    assert no.line == 4


# --- The cells.


def test_a_person_is_read() -> None:
    assert row() == AIGERIM


@pytest.mark.parametrize(
    ("cell", "sex"),
    [
        *(("m", "m"), ("М", "m"), ("муж.", "m"), ("е", "m"), ("e", "m"), ("ер", "m")),
        *(("f", "f"), ("Ж", "f"), ("жен.", "f"), ("ә", "f"), ("Әйел", "f")),
    ],
)
def test_sex_is_read_in_three_languages(cell: str, sex: str) -> None:
    assert row(iin="", document="N12345678", sex=cell).sex == sex


def test_sex_left_out_is_taken_from_the_iin() -> None:
    assert row(sex="").sex is Sex.FEMALE


def test_sex_left_out_without_an_iin_is_unknown() -> None:
    assert row(iin="", document="N12345678", sex="").sex is None


@pytest.mark.parametrize("cell", ["27.04.1993", "1993-04-27"])
def test_a_birth_date_is_read_in_two_forms(cell: str) -> None:
    assert row(birth_date=cell).born == date(1993, 4, 27)


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("", Status.ACTIVE),
        ("active", Status.ACTIVE),
        ("Deceased", Status.DECEASED),
        ("blocked", Status.BLOCKED),
    ],
)
def test_a_status_is_active_unless_told(cell: str, status: Status) -> None:
    assert row(status=cell).status is status


def test_a_nationality_may_be_left_out() -> None:
    assert row(nationality="").nationality == ""


def test_phones_are_separated_by_spaces() -> None:
    assert row(phones="+77471234567  87015556677").phones == (Phone("+77471234567"), Phone("+77015556677"))


def test_guardians_are_iins_and_document_numbers() -> None:
    assert row(guardians="900914300007 N12345678").guardians == (
        Iin("900914300007"),
        DocumentNumber("N12345678"),
    )


def test_a_person_may_have_only_a_document() -> None:
    assert row(iin="", document="n 1234-5678").document == DocumentNumber("N12345678")


def test_invisible_signs_of_a_name_are_taken_out() -> None:
    assert row(last_name="Саби\u202eтова").name.last == "Сабитова"


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        pytest.param({"iin": "93042740000"}, "iin", id="an IIN without its zero"),
        pytest.param({"iin": "9.30427E+11"}, "iin", id="an IIN in scientific clothes"),
        pytest.param({"iin": "930427400002"}, "iin", id="a check digit"),
        pytest.param({"iin": "931327400001"}, "iin", id="a date inside an IIN"),
        pytest.param({"iin": "210315000007"}, "iin", id="a foreigner's IIN"),
        pytest.param({"iin": "210315900004"}, "iin", id="a century"),
        pytest.param({"iin": ""}, "iin", id="neither IIN nor document"),
        pytest.param({"document": "№1"}, "document", id="a document"),
        pytest.param({"last_name": " "}, "last_name", id="no surname"),
        pytest.param({"first_name": ""}, "first_name", id="no first name"),
        pytest.param({"birth_date": ""}, "birth_date", id="no birth date"),
        pytest.param({"birth_date": "28.04.1993"}, "birth_date", id="another day than the IIN"),
        pytest.param({"birth_date": "27.04.2093"}, "birth_date", id="another century than the IIN"),
        pytest.param({"birth_date": "31.02.1993"}, "birth_date", id="no such day"),
        pytest.param({"birth_date": "00.00.0000"}, "birth_date", id="no such year"),
        pytest.param({"birth_date": "27/04/1993"}, "birth_date", id="slashes"),
        pytest.param({"birth_date": "19930427"}, "birth_date", id="no separators"),
        pytest.param({"birth_date": "٢٧.٠٤.١٩٩٣"}, "birth_date", id="Arabic-Indic digits"),
        pytest.param({"sex": "m"}, "sex", id="another sex than the IIN"),
        pytest.param({"sex": "?"}, "sex", id="an unknown sex"),
        pytest.param({"nationality": "марсианин"}, "nationality", id="an unknown nationality"),
        pytest.param({"social_status": "rich"}, "social_status", id="an unknown social status"),
        pytest.param({"status": "asleep"}, "status", id="an unknown status"),
        pytest.param({"phones": "123"}, "phones", id="no phone"),
        pytest.param({"phones": "+77471234567 +79251234567"}, "phones", id="a Russian phone"),
        pytest.param({"phones": "87273397222"}, "phones", id="a landline"),
        pytest.param({"guardians": "900914300008"}, "guardians", id="a guardian's check digit"),
        pytest.param({"guardians": "мама"}, "guardians", id="a word for a guardian"),
        pytest.param({"guardians": "930427400001"}, "guardians", id="one's own guardian"),
    ],
)
def test_a_bad_cell_is_told_by_its_column(cells: dict[str, str], column: str) -> None:
    assert bad(**cells).column == column


@pytest.mark.parametrize(
    "cells",
    [
        {"iin": "930427400002"},
        {"birth_date": "28.04.1993"},
        {"sex": "марсианин"},
        {"nationality": "марсианин"},
        {"status": "марсианин"},
        {"phones": "87273397222"},
        {"guardians": "900914300008"},
    ],
    ids=lambda cells: next(iter(cells)),
)
def test_the_reason_never_repeats_the_personal_value(cells: dict[str, str]) -> None:
    (value,) = cells.values()

    assert value not in bad(**cells).why


def test_an_iin_twice_in_a_file_is_refused_the_second_time() -> None:
    first, second = read(line(), line(phones="+77015556677"))

    assert isinstance(first, PersonRow)
    assert isinstance(second, BadRow)
    assert second.column == "iin"


def test_a_document_twice_in_a_file_is_refused_the_second_time() -> None:
    alike = line(iin="", document="N12345678")

    assert isinstance(read(alike, alike)[1], BadRow)


def test_a_refused_line_does_not_take_the_iin() -> None:
    _, person = read(line(phones="123"), line())

    assert person == AIGERIM


def test_neighbours_by_birth_date_are_not_the_same_person() -> None:
    others = [f"93042740{serial:03}" for serial in (1, 2, 3)]

    read_back = read(*(line(iin=f"{eleven}{check_digit(eleven)}") for eleven in others))

    assert all(isinstance(person, PersonRow) for person in read_back)


@given(st.lists(st.text(), max_size=5))
def test_any_lines_are_answered(lines: list[str]) -> None:
    assert all(isinstance(answer, PersonRow | BadRow) for answer in read(*lines))


@given(st.lists(st.text(max_size=12), min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_any_cells_are_answered(cells: list[str]) -> None:
    assert all(isinstance(answer, PersonRow | BadRow) for answer in read(";".join(cells)))


@given(st.text())
def test_any_header_is_answered(header: str) -> None:
    assert all(isinstance(answer, BadRow) for answer in persons_file.rows([header]))


# --- The whole city, and a large one.


def csv(people: list[PersonRow]) -> Iterator[str]:
    yield HEADER
    for person in people:
        guardians = [who.digits if isinstance(who, Iin) else who.text for who in person.guardians]
        yield ";".join(
            [
                person.iin.digits if person.iin else "",
                person.document.text if person.document else "",
                person.name.last,
                person.name.first,
                person.name.middle,
                f"{person.born:%d.%m.%Y}",
                person.sex or "",
                person.nationality,
                person.status,
                " ".join(phone.e164 for phone in person.phones),
                " ".join(guardians),
                person.social,
            ]
        )


def test_the_demo_city_is_read_back_as_it_was() -> None:
    city = demo_city.people()

    assert list(persons_file.rows(csv(city))) == city


def crowd(count: int) -> Iterator[str]:
    yield "iin;last_name;first_name;birth_date"
    for number in range(count):
        born = date(1950, 1, 1) + timedelta(days=number % 1000)
        eleven = f"{born:%y%m%d}3{number // 1000:04}"
        yield f"{eleven}{check_digit(eleven) or 0};Ким;Артур;{born:%d.%m.%Y}"


def test_memory_does_not_grow_with_the_file() -> None:
    reading = persons_file.rows(crowd(9000))
    for _ in range(3000):
        next(reading)

    tracemalloc.start()
    for _ in reading:
        pass
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert grown / 6000 < 20, "bytes a person"
