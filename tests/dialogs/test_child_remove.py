"""A child leaves the list: by the button or the exact words, with fresh data, once; the history stays."""

from __future__ import annotations

import pytest

from tests.city import CHANNELS, LANGUAGES, TELEGRAM, City
from tests.dialogs import journeys

LISTED = "SELECT count(*) FROM child WHERE removed_at IS NULL"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_asked_with_the_name_of_the_act(city: City, channel: str, language: str) -> None:
    parent = journeys.at_removal(city, channel, language)

    assert parent.sees == parent.say("msg.child_remove.confirm", child="Алихан С.")
    assert parent.labels[:2] == [parent.say("btn.remove_yes"), parent.say("btn.keep")]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tap_removes(city: City, channel: str, language: str) -> None:
    parent = journeys.at_removal(city, channel, language)

    said = parent.taps("btn.remove_yes")

    assert said == f"{parent.say('msg.child_remove.done')}\n\n{parent.say('msg.child_list.empty')}"
    assert city.rows(LISTED) == [(0,)]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_exact_words_of_the_button_remove_too(city: City, channel: str, language: str) -> None:
    parent = journeys.at_removal(city, channel, language)

    parent.says(parent.say("btn.remove_yes").lower())

    assert city.rows(LISTED) == [(0,)]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("said", ["1", "да", "ок", "иә", "+", "👍", "убрать", "yes", "удалить"])
def test_nothing_else_removes(city: City, channel: str, said: str) -> None:
    parent = journeys.at_removal(city, channel)

    parent.says(said)

    assert parent.sees.startswith(parent.say("err.need_button"))
    assert city.rows(LISTED) == [(1,)]


def test_a_sticker_does_not_remove(city: City) -> None:
    parent = journeys.at_removal(city)

    parent.sends("sticker")

    assert city.rows(LISTED) == [(1,)]


@pytest.mark.parametrize("channel", CHANNELS)
def test_who_keeps_the_child_is_back_at_the_card(city: City, channel: str) -> None:
    parent = journeys.at_removal(city, channel)

    parent.taps("btn.keep")

    assert parent.state == "child_list.card"
    assert city.rows(LISTED) == [(1,)]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_after_ten_minutes_the_question_is_shown_again(city: City, channel: str, language: str) -> None:
    parent = journeys.at_removal(city, channel, language)
    city.move(minutes=10, seconds=1)

    said = parent.taps("btn.remove_yes")

    question = parent.say("msg.child_remove.confirm", child="Алихан С.")
    assert said == f"{parent.say('msg.common.shown_again')}\n\n{question}"
    assert city.rows(LISTED) == [(1,)]


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_question_shown_again_may_be_answered(city: City, channel: str) -> None:
    parent = journeys.at_removal(city, channel)
    city.move(minutes=11)
    parent.taps("btn.remove_yes")

    parent.taps("btn.remove_yes")

    assert city.rows(LISTED) == [(0,)]


def test_within_ten_minutes_the_button_removes(city: City) -> None:
    parent = journeys.at_removal(city)
    city.move(minutes=9, seconds=59)

    parent.taps("btn.remove_yes")

    assert city.rows(LISTED) == [(0,)]


def test_a_double_tap_removes_once(city: City) -> None:
    parent = journeys.at_removal(city)
    yes = parent.button("btn.remove_yes")

    parent.taps_data(*yes)
    parent.taps_data(*yes)

    assert parent.toasts[-1] == parent.say("err.already_done")
    assert city.rows("SELECT count(*) FROM audit WHERE act='child.removed'") == [(1,)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_child_removed_meanwhile_is_said_to_be(city: City, language: str) -> None:
    parent = journeys.at_removal(city, TELEGRAM, language)
    city.rows("UPDATE child SET removed_at=1")

    said = parent.taps("btn.remove_yes")

    assert said.startswith(parent.say("err.already_done"))
    assert parent.state == "child_list.home"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_removal_of_a_child_that_is_gone_is_not_even_asked(city: City, language: str) -> None:
    parent = journeys.at_card(city, TELEGRAM, language)
    city.rows("UPDATE child SET removed_at=1")

    said = parent.taps("btn.remove_from_list")

    assert said.endswith(parent.say("msg.common.object_gone"))
    assert parent.taps("btn.my_children") == parent.say("msg.child_list.empty")


def test_the_history_is_kept(city: City) -> None:
    parent = journeys.at_removal(city)

    parent.taps("btn.remove_yes")

    assert city.rows("SELECT removed_at IS NULL FROM child") == [(0,)]


def test_a_removed_child_may_be_added_again(city: City) -> None:
    parent = journeys.at_removal(city)
    parent.taps("btn.remove_yes")
    parent.taps("btn.add_child")

    journeys.saves_child(parent, journeys.ALIKHAN)

    assert parent.state == "child_add.saved"
    assert city.rows(LISTED) == [(1,)]


@pytest.mark.parametrize("channel", CHANNELS)
def test_cancel_leaves_without_a_word_about_drafts(city: City, channel: str) -> None:
    parent = journeys.at_removal(city, channel)

    parent.says("отмена")

    assert parent.state == "main_menu.home"
    assert city.rows(LISTED) == [(1,)]
