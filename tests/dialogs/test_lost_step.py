"""A rollback: the step a person stood at is of a newer release. They come home and lose nothing else."""

from __future__ import annotations

import json

import pytest

from dialogs.engine.step import UnknownStep
from tests.city import CHANNELS, LANGUAGES, City, Parent
from tests.dialogs import journeys

NEWER = {"step": "weather.ask_day", "shape": "0123456789abcdef", "data": {"city": "750000000", "days": [1, 2]}}


def at_newer_step(city: City, channel: str, language: str) -> Parent:
    """A parent with a child, half of a second one put aside, standing at a step that only the next release knows."""
    parent = journeys.with_child(city, channel, language)
    parent.taps("btn.add_another")
    journeys.gives_iin(parent, journeys.DANA)
    parent.says("menu")
    journeys.stands_at(parent, UnknownStep(was="weather.ask_day", raw=json.dumps(NEWER)))
    return parent


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_step_of_a_newer_release_leads_home_with_a_sentence(city: City, channel: str, language: str) -> None:
    parent = at_newer_step(city, channel, language)

    said = parent.says("7")

    assert said.startswith(parent.say("err.lost_step"))
    assert parent.state == "main_menu.home"


def test_and_nothing_else_is_lost(city: City) -> None:
    parent = at_newer_step(city, CHANNELS[0], "ru")
    before = parent.talk

    parent.says("7")

    assert [flow for flow, _ in before.drafts] == ["child_add"]
    assert parent.talk.draft("child_add") == before.draft("child_add")
    assert parent.talk.language == before.language
    assert city.rows("SELECT count(*) FROM child") == [(1,)]


def test_the_newer_release_finds_its_step_to_the_letter(city: City) -> None:
    parent = at_newer_step(city, CHANNELS[0], "ru")

    parent.says("7")

    kept = parent.talk.draft("lost")
    assert kept is not None
    assert isinstance(kept.trail[-1].step, UnknownStep)
    assert json.loads(kept.trail[-1].step.raw) == NEWER
