"""Every dialog, walked on both channels and drawn in every language: no fault anywhere."""

from __future__ import annotations

import pytest

from dialogs.engine.step import load_step
from storage.do import Deed
from tests.city import CHANNELS, City
from tests.dialogs import journeys
from tests.model.walk import Walker
from tests.states import golden


@pytest.fixture(params=CHANNELS)
def channel(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_from_the_first_word_no_fault_is_found(city: City, channel: str) -> None:
    parent = city.parent(channel)
    parent.says("/start")
    walker = Walker(city, parent)

    city.deed(walker.from_first_word)
    walker.unending()

    assert list(walker.faults) == []


def test_from_the_menu_of_a_parent_and_every_stored_step_no_fault_is_found(city: City, channel: str) -> None:
    walker = Walker(city, journeys.with_child(city, channel))
    steps = [step for raw in golden.stored().values() if (step := load_step(raw)).asks]

    def walk(deed: Deed) -> None:
        walker.from_home(deed)
        for step in steps:
            walker.from_step(deed, step)

    city.deed(walk)
    walker.unending()

    assert list(walker.faults) == []
    assert {step.name for step in steps} <= set(walker.names.values())
