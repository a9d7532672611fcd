"""An answer of the registry survives its way through an event."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.documents import DocumentNumber
from services.iin import Iin, Sex
from services.names import PersonName
from services.registry import (
    Answer,
    Belongs,
    ChildAnswer,
    ChildFound,
    Down,
    Found,
    NotFound,
    Pending,
    RegistryPerson,
    Status,
    from_values,
    to_values,
)

AIGERIM = RegistryPerson(
    iin=Iin("930427400001"),
    document=None,
    name=PersonName("Сабитова", "Айгерим", "Маратқызы"),
    born=date(1993, 4, 27),
    sex=Sex.FEMALE,
    nationality="kazakh",
    status=Status.ACTIVE,
    belongs=Belongs.YES,
)
MADINA = RegistryPerson(
    iin=None,
    document=DocumentNumber("N12345678"),
    name=PersonName("Каримова", "Мадина"),
    born=date(1994, 8, 5),
    sex=None,
    nationality="",
    status=Status.BLOCKED,
    belongs=Belongs.UNKNOWN,
)
FOUND = to_values(Found(AIGERIM))

PERSONS = st.builds(
    RegistryPerson,
    iin=st.sampled_from([None, Iin("930427400001"), Iin("240202500007")]),
    document=st.sampled_from([None, DocumentNumber("N12345678"), DocumentNumber("ӘІ1234567")]),
    name=st.builds(PersonName, st.text(), st.text(), st.text()),
    born=st.dates(),
    sex=st.sampled_from([None, *Sex]),
    nationality=st.sampled_from(["", "kazakh", "other"]),
    status=st.sampled_from(Status),
    belongs=st.sampled_from(Belongs),
)
ANSWERS: st.SearchStrategy[Answer | ChildAnswer] = st.one_of(
    st.builds(Found, PERSONS),
    st.builds(ChildFound, PERSONS, st.booleans()),
    st.builds(Pending, st.text()),
    st.just(NotFound()),
    st.just(Down()),
)


@pytest.mark.parametrize(
    "answer",
    [
        Found(AIGERIM),
        Found(MADINA),
        ChildFound(AIGERIM, kin=True),
        ChildFound(AIGERIM, kin=False),
        Pending("t-17"),
        NotFound(),
        Down(),
    ],
    ids=["found", "without an IIN", "kin", "no kin", "pending", "not found", "down"],
)
def test_an_answer_is_read_back_as_it_was(answer: Answer | ChildAnswer) -> None:
    assert from_values(to_values(answer)) == answer


@given(ANSWERS)
def test_any_answer_survives_json(answer: Answer | ChildAnswer) -> None:
    assert from_values(json.loads(json.dumps(to_values(answer)))) == answer


@given(ANSWERS)
def test_an_answer_is_flat_text(answer: Answer | ChildAnswer) -> None:
    # StrEnum members are text, but JSON and a database driver should meet plain str.
    assert {type(value) for value in to_values(answer).values()} == {str}


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"answer": "perhaps"}, id="an unknown kind"),
        pytest.param({"answer": "pending"}, id="no ticket"),
        pytest.param({"answer": "found"}, id="no person"),
        pytest.param({**FOUND, "answer": "child_found"}, id="no kinship"),
        pytest.param({**FOUND, "answer": "child_found", "kin": "maybe"}, id="an unknown kinship"),
        pytest.param({**FOUND, "iin": "930427400002"}, id="a wrong IIN"),
        pytest.param({**FOUND, "document": "?"}, id="a wrong document"),
        pytest.param({**FOUND, "born": "27.04.1993"}, id="a date in other clothes"),
        pytest.param({**FOUND, "sex": "x"}, id="an unknown sex"),
        pytest.param({**FOUND, "status": "asleep"}, id="an unknown status"),
        pytest.param({**FOUND, "belongs": "sometimes"}, id="an unknown belonging"),
    ],
)
def test_values_that_are_no_answer_are_loud(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no answer of the registry"):
        from_values(values)


def test_the_loud_word_carries_no_personal_value() -> None:
    with pytest.raises(ValueError) as loud:
        from_values({**FOUND, "iin": "930427400002"})

    assert loud.value.__suppress_context__


def test_a_value_of_a_newer_release_is_passed_over() -> None:
    assert from_values({**FOUND, "photo": "…"}) == Found(AIGERIM)


def test_no_log_line_can_show_who_was_found() -> None:
    shown = repr(Found(AIGERIM))

    assert not any(secret in shown for secret in ("930427400001", "Айгерим", "Сабитова"))
