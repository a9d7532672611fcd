"""Registration, on both phones, in three languages."""

from __future__ import annotations

import pytest

from tests.city import CHANNELS, LANGUAGES, City
from tests.dialogs import journeys


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_parent_registers(city: City, channel: str, language: str) -> None:
    parent = journeys.registered(city, channel, language)

    assert parent.say("msg.reg.done", first_name="Айгерим") in parent.sees
    assert city.rows("SELECT confirmed, length(password) > 0 FROM account") == [(1, 1)]
