"""A child is added: the IIN, what the registry says, a last look, saved once."""

from __future__ import annotations

import pytest

from services.iin import Iin
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City
from tests.dialogs import journeys

CHILDREN = "SELECT count(*) FROM child WHERE removed_at IS NULL"

ERRORS = [
    pytest.param("балам", "err.iin.chars", {}, id="letters"),
    pytest.param("23031550000", "err.iin.length", {"count": 11}, id="eleven digits"),
    pytest.param("231315500002", "err.iin.date", {"digits": "231315"}, id="a thirteenth month"),
    pytest.param("270315500001", "err.iin.date", {"digits": "270315"}, id="a birth date to come"),
    pytest.param("230315000002", "err.iin.foreign", {}, id="a foreigner's"),
    pytest.param("230315900002", "err.iin.century", {}, id="a century to come"),
    pytest.param("230315500003", "err.iin.checksum", {}, id="a typo"),
    pytest.param(journeys.AIGERIM, "err.iin.parent_here", {}, id="the parent's own"),
    pytest.param(journeys.BAUYRZHAN, "err.child.not_child", {}, id="an adult's"),
    pytest.param("191119500009", "err.child.not_child", {}, id="a child of seven"),
]


#: Turns seven this December: a child for one more month.
SEVEN_IN_DECEMBER = Iin.parse("191221500014")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_iin_is_asked_for_with_where_to_find_it(city: City, language: str) -> None:
    parent = journeys.at_child_iin(city, TELEGRAM, language)

    assert parent.sees == parent.say("msg.child.ask_iin")


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_whatsapp_the_iin_is_asked_for_on_the_page(city: City, language: str) -> None:
    parent = journeys.at_child_iin(city, WHATSAPP, language)

    assert parent.sees == parent.say("msg.child.ask_iin_page")
    assert parent.bot_messages[-1]["payload"]["actions"] == [{"title": parent.say("btn.open_page"), "url": parent.link}]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("typed", "key", "names"), ERRORS)
def test_what_is_wrong_with_the_iin_is_said(
    city: City, language: str, typed: str, key: str, names: dict[str, object]
) -> None:
    parent = journeys.at_child_iin(city, TELEGRAM, language)

    said = parent.says(typed)

    assert said == f"{parent.say(key, **names)}\n\n{parent.say('msg.child.ask_iin')}"


@pytest.mark.parametrize(
    ("iin", "key"), [(journeys.AIGERIM, "err.iin.parent_here"), (journeys.BAUYRZHAN, "err.child.not_child")]
)
def test_the_page_says_it_too(city: City, iin: str, key: str) -> None:
    parent = journeys.at_child_iin(city, WHATSAPP)

    answer = parent.submits(value=iin)

    assert answer.refused is not None
    assert answer.refused.key == key


def test_a_childs_iin_typed_on_whatsapp_is_not_used(city: City) -> None:
    parent = journeys.at_child_iin(city, WHATSAPP)

    said = parent.says(journeys.ALIKHAN)

    assert said.startswith(parent.say("msg.common.page_only"))
    assert parent.state == "child_add.ask_iin"


def test_a_typed_iin_is_deleted_from_telegram(city: City) -> None:
    parent = journeys.at_child_iin(city)

    parent.says(journeys.ALIKHAN)

    assert journeys.ALIKHAN not in repr(parent.messages)


def test_the_second_failure_shows_the_birth_certificate(city: City) -> None:
    parent = journeys.at_child_iin(city)
    parent.says("230315500003")

    said = parent.says("230315500003")

    assert parent.say("hint.child_iin") in said
    assert parent.bot_messages[-1]["payload"]["photo"] == "birth_certificate"


def test_a_child_who_is_seven_next_month_may_still_be_added(city: City) -> None:
    journeys.registry_knows(city, journeys.child_row(iin=SEVEN_IN_DECEMBER))
    parent = journeys.at_child_iin(city)

    parent.says(SEVEN_IN_DECEMBER.digits)

    assert parent.state == "child_add.check"


# What the registry says.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_child_nobody_knows_is_not_found(city: City, channel: str, language: str) -> None:
    parent = journeys.at_child_iin(city, channel, language)

    journeys.gives_iin(parent, journeys.child_iin(77).digits)

    assert parent.sees == parent.say("err.iin.not_found")
    assert parent.labels[:2] == [parent.say("btn.type_again"), parent.say("btn.operator")]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("iin", ["220617500002", "220410600003"], ids=["nobody's", "another family's"])
def test_a_child_of_nobody_or_of_another_is_not_yours(city: City, channel: str, language: str, iin: str) -> None:
    parent = journeys.at_child_iin(city, channel, language)

    journeys.gives_iin(parent, iin)

    assert parent.sees == parent.say("err.child.not_yours")
    assert parent.labels[:2] == [parent.say("btn.type_again"), parent.say("btn.operator")]


def test_nothing_of_a_child_that_is_not_yours_is_shown(city: City) -> None:
    parent = journeys.at_child_iin(city)

    parent.says("220410600003")

    assert "Сабина" not in repr(parent.messages)


@pytest.mark.parametrize("channel", CHANNELS)
def test_after_a_no_another_iin_may_be_given(city: City, channel: str) -> None:
    parent = journeys.at_child_iin(city, channel)
    journeys.gives_iin(parent, "220617500002")

    parent.taps("btn.type_again")

    assert parent.state == "child_add.ask_iin"


def test_a_parent_without_an_iin_adds_a_child_too(city: City) -> None:
    parent = journeys.at_policy_by_document(city)
    parent.taps("btn.accept_policy")
    parent.says(parent.code)
    parent.taps("btn.all_correct")
    parent.submits(hash="h", salt="s", mark="m")
    parent.taps("btn.yes")
    parent.taps("btn.add_child")

    journeys.saves_child(parent, "220410600003")

    assert parent.sees == parent.say("msg.child.saved", first_name="Сабина")


# The last look.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_child_is_shown_before_it_is_saved(city: City, channel: str, language: str) -> None:
    parent = journeys.at_child_iin(city, channel, language)

    journeys.gives_iin(parent, journeys.DANA)

    assert parent.sees == parent.say(
        "msg.child.check",
        last_name="Сабитова",
        first_name="Дана",
        birth_date="02.08.2021",
        sex=parent.say("sex.f"),
        nationality=parent.say("nationality.kazakh"),
    )
    assert parent.labels[:3] == [parent.say(key) for key in ("btn.save", "btn.change", "btn.cancel")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_data_of_the_registry_cannot_be_changed(city: City, language: str) -> None:
    parent = journeys.at_child_iin(city, TELEGRAM, language)
    journeys.gives_iin(parent, journeys.DANA)

    said = parent.taps("btn.change")

    assert said == parent.say("msg.child_add.from_registry")
    assert parent.labels[:3] == [parent.say(key) for key in ("btn.other_iin", "btn.nationality", "btn.operator")]


@pytest.mark.parametrize(
    ("button", "state"), [("btn.other_iin", "child_add.ask_iin"), ("btn.nationality", "child_add.ask_nationality")]
)
def test_what_may_be_changed_is_asked_again(city: City, button: str, state: str) -> None:
    parent = journeys.at_child_iin(city)
    journeys.gives_iin(parent, journeys.DANA)
    parent.taps("btn.change")

    parent.taps(button)

    assert parent.state == state


def test_a_changed_nationality_comes_back_to_the_last_look(city: City) -> None:
    parent = journeys.at_child_iin(city)
    journeys.gives_iin(parent, journeys.DANA)
    parent.taps("btn.change")
    parent.taps("btn.nationality")

    said = parent.taps("Татарин")

    assert "Национальность: Татарин\n" in said


def test_cancel_leaves_and_saves_nothing(city: City) -> None:
    parent = journeys.at_child_iin(city)
    journeys.gives_iin(parent, journeys.DANA)

    parent.taps("btn.cancel")

    assert city.rows(CHILDREN) == [(0,)]
    assert parent.state == "main_menu.home"


# Saved.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_child_is_saved(city: City, channel: str, language: str) -> None:
    parent = journeys.with_child(city, channel, language)

    assert parent.sees == parent.say("msg.child.saved", first_name="Алихан")
    assert parent.labels == [parent.say(key) for key in ("btn.my_children", "btn.add_another", "btn.menu")]
    assert city.rows(CHILDREN) == [(1,)]


def test_the_saved_iin_stands_nowhere_in_clear(city: City) -> None:
    journeys.with_child(city)

    assert journeys.ALIKHAN.encode() not in city.path.with_name("city.db-wal").read_bytes()


def test_a_double_tap_saves_once(city: City) -> None:
    parent = journeys.at_child_iin(city)
    journeys.gives_iin(parent, journeys.DANA)
    save = parent.button("btn.save")

    parent.taps_data(*save)
    parent.taps_data(*save)

    assert city.rows(CHILDREN) == [(1,)]
    assert parent.toasts[-1] == parent.say("err.already_done")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_child_that_is_listed_already_is_said_to_be(city: City, language: str) -> None:
    parent = journeys.with_child(city, TELEGRAM, language)
    parent.taps("btn.add_another")

    said = parent.says(journeys.ALIKHAN)

    assert said.startswith(parent.say("err.child.already", first_name="Алихан"))
    assert city.rows(CHILDREN) == [(1,)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_child_that_came_to_the_list_meanwhile_is_said_to_be_there(city: City, language: str) -> None:
    parent = journeys.at_removal(city, TELEGRAM, language)
    parent.taps("btn.remove_yes")
    parent.taps("btn.add_child")
    journeys.gives_iin(parent, journeys.ALIKHAN)
    city.rows("UPDATE child SET removed_at=NULL")

    said = parent.taps("btn.save")

    assert said.startswith(parent.say("err.child.already", first_name="Алихан"))
    assert parent.state == "child_list.home"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_child_that_turns_seven_this_year_is_saved_with_a_warning(city: City, language: str) -> None:
    journeys.registry_knows(city, journeys.child_row("Али", iin=SEVEN_IN_DECEMBER))
    parent = journeys.at_child_iin(city, TELEGRAM, language)
    parent.says(SEVEN_IN_DECEMBER.digits)

    said = parent.taps("btn.save")

    saved = parent.say("msg.child.saved", first_name="Али")
    assert said == f"{parent.say('msg.child_add.turns_seven', year=2026)}\n\n{saved}"


@pytest.mark.parametrize(
    ("button", "state"),
    [
        ("btn.my_children", "child_list.home"),
        ("btn.add_another", "child_add.ask_iin"),
        ("btn.menu", "main_menu.home"),
    ],
)
def test_after_saving_there_are_three_ways_on(city: City, button: str, state: str) -> None:
    parent = journeys.with_child(city)

    parent.taps(button)

    assert parent.state == state


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("where", ["done", "list"])
def test_who_goes_silent_is_offered_to_go_on(city: City, channel: str, where: str) -> None:
    parent = journeys.registered(city, channel)
    if where == "list":
        parent.taps("btn.menu")
        parent.taps("r_children")
    parent.taps("btn.add_child")
    journeys.gives_iin(parent, journeys.DANA)
    city.move(minutes=40)
    said = parent.says("здравствуйте")

    parent.taps("btn.continue")

    assert f"Вы начали: {parent.say('flow.child_add')}." in said
    assert parent.state == "child_add.check"
