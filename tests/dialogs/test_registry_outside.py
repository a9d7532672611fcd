"""A person registry that lies outside: asked by a job, answering by an event, slow or dead at times."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services import demo_city
from services.persons_file import PersonRow
from services.registry import Belongs, ChildFound, Down, Found, NotFound, RegistryPerson, Status
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, City, Parent
from tests.dialogs import journeys


def person(row: PersonRow, belongs: Belongs = Belongs.YES) -> RegistryPerson:
    return RegistryPerson(row.iin, row.document, row.name, row.born, row.sex, row.nationality, row.status, belongs)


MOTHER = person(demo_city.AIGERIM)
CHILD = person(demo_city.ALIKHAN, Belongs.UNKNOWN)


@pytest.fixture
def city(city_asking_outside: City) -> City:
    return city_asking_outside


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parent_is_told_that_it_may_take_a_minute(city: City, channel: str, language: str) -> None:
    parent = journeys.at_check(city, channel, language)

    assert parent.sees == parent.say("msg.common.registry_wait")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_moves_the_conversation(city: City, channel: str, language: str) -> None:
    parent = journeys.at_check(city, channel, language)

    journeys.registry_answers(city, Found(MOTHER))

    assert "Сабитова" in parent.sees
    assert parent.labels[0] == parent.say("btn.all_correct")


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        (NotFound(), "err.iin.not_found"),
        (Down(), "err.registry_slow"),
        (Found(replace(MOTHER, status=Status.BLOCKED)), "err.iin.deceased_or_blocked"),
        (Found(replace(MOTHER, belongs=Belongs.NO)), "msg.reg.not_together"),
        (Found(replace(MOTHER, belongs=Belongs.NO, status=Status.DECEASED)), "msg.reg.not_together"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_has_its_sentence(city: City, language: str, answer: Found | NotFound | Down, key: str) -> None:
    parent = journeys.at_check(city, TELEGRAM, language)

    journeys.registry_answers(city, answer)

    assert parent.sees.startswith(parent.say(key))


def test_a_dead_registry_is_asked_again_with_nothing_lost(city: City) -> None:
    parent = journeys.at_check(city)
    journeys.registry_answers(city, Down())

    parent.taps("btn.again")
    journeys.registry_answers(city, Found(MOTHER))

    assert parent.labels[0] == parent.say("btn.all_correct")


def test_words_said_while_waiting_change_nothing(city: City) -> None:
    parent = journeys.at_check(city)

    parent.says("ну что там")
    journeys.registry_answers(city, Found(MOTHER))

    assert parent.labels[0] == parent.say("btn.all_correct")


def test_an_operator_may_be_called_while_waiting(city: City) -> None:
    parent = journeys.at_check(city)

    parent.taps("btn.operator")
    journeys.registry_answers(city, Found(MOTHER))

    assert parent.labels[0] == parent.say("btn.all_correct")


def test_an_answer_nobody_waits_for_any_more_says_nothing(city: City) -> None:
    parent = journeys.at_check(city)
    parent.says("меню")
    before = parent.messages

    journeys.registry_answers(city, Found(MOTHER))

    assert parent.messages == before


def test_who_comes_back_to_the_question_has_the_registry_asked_anew(city: City) -> None:
    parent = journeys.at_check(city)
    parent.says("меню")
    journeys.registry_answers(city, Found(MOTHER))
    parent.taps("r_login")
    parent.taps("btn.register")
    parent.taps("btn.continue")

    journeys.registry_answers(city, Found(MOTHER))

    assert parent.labels[0] == parent.say("btn.all_correct")


def test_a_registry_that_leaves_out_the_number_does_not_lose_it(city: City) -> None:
    parent = journeys.at_check(city)

    journeys.registry_answers(city, Found(replace(MOTHER, iin=None)))
    parent.taps("btn.all_correct")
    parent.submits(hash="h", salt="s", mark="m")

    assert city.rows("SELECT iin_index IS NULL FROM account") == [(0,)]


# A child.


def at_verify(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    parent = journeys.at_check(city, channel, language)
    journeys.registry_answers(city, Found(MOTHER))
    parent.taps("btn.all_correct")
    parent.submits(hash="h", salt="s", mark="m")
    parent.taps("btn.yes")
    parent.taps("btn.add_child")
    journeys.gives_iin(parent, journeys.ALIKHAN)
    return parent


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_child_is_being_checked(city: City, channel: str, language: str) -> None:
    parent = at_verify(city, channel, language)

    assert parent.sees == parent.say("msg.child_add.verify")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("answer", "key"),
    [
        (NotFound(), "err.iin.not_found"),
        (Down(), "err.registry_slow"),
        (ChildFound(CHILD, kin=False), "err.child.not_yours"),
        (ChildFound(replace(CHILD, status=Status.DECEASED), kin=True), "err.iin.deceased_or_blocked"),
    ],
)
def test_every_answer_about_a_child_has_its_sentence(
    city: City, language: str, answer: NotFound | Down | ChildFound, key: str
) -> None:
    parent = at_verify(city, TELEGRAM, language)

    journeys.registry_answers(city, answer)

    assert parent.sees == parent.say(key)


@pytest.mark.parametrize("answer", [NotFound(), ChildFound(CHILD, kin=False)])
def test_after_a_no_another_iin_may_be_given(city: City, answer: NotFound | ChildFound) -> None:
    parent = at_verify(city)
    journeys.registry_answers(city, answer)

    parent.taps("btn.type_again")

    assert parent.state == "child_add.ask_iin"


def test_after_a_silence_of_the_registry_the_child_is_checked_again(city: City) -> None:
    parent = at_verify(city)
    journeys.registry_answers(city, Down())

    parent.taps("btn.again")
    journeys.registry_answers(city, ChildFound(CHILD, kin=True))

    assert parent.state == "child_add.check"


def test_a_child_is_saved_under_the_number_that_was_typed(city: City) -> None:
    parent = at_verify(city)

    journeys.registry_answers(city, ChildFound(replace(CHILD, iin=None), kin=True))
    parent.taps("btn.save")

    assert parent.state == "child_add.saved"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sex_is_asked_for_where_the_registry_lacks_it(city: City, language: str) -> None:
    parent = at_verify(city, TELEGRAM, language)

    journeys.registry_answers(city, ChildFound(replace(CHILD, sex=None), kin=True))

    assert parent.sees == parent.say("msg.child_add.ask_sex")
    assert parent.labels[:2] == [parent.say("btn.boy"), parent.say("btn.girl")]


@pytest.mark.parametrize(("said", "key"), [("мальчик", "sex.m"), ("2", "sex.f"), ("Қыз", "sex.f")])
def test_the_sex_may_be_typed(city: City, said: str, key: str) -> None:
    parent = at_verify(city)
    journeys.registry_answers(city, ChildFound(replace(CHILD, sex=None), kin=True))

    parent.says(said)

    assert f"Пол: {parent.say(key)}\n" in parent.sees
