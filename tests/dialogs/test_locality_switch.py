"""The person's own city: typed with a slip, from region down, by location; nothing else changes by it."""

from __future__ import annotations

import time

import pytest

from dialogs.engine.said import Heard, Said
from services.localities import Locality
from storage import places
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, City, Parent
from tests.dialogs import journeys

KENTAU = "612010000"


def home_of(parent: Parent) -> str:
    found = parent.city.rows("SELECT locality FROM preference WHERE person_id=?", parent.person)
    return str(found[0][0]) if found else ""


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guest_types_the_name_of_their_town(city: City, channel: str, language: str) -> None:
    guest = journeys.started(city, channel, language)
    guest.says("/city")
    guest.says("кентау")
    path = "Түркістан облысы, Кентау" if language == "kk" else "Туркестанская область, Кентау"
    assert guest.sees == guest.say("msg.locality_switch.check", path=path)
    guest.taps("btn.right")

    assert guest.sees.startswith(guest.say("msg.locality_switch.done", locality=path))
    assert home_of(guest) == KENTAU


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Алмата", "750000000"),
        ("г. Кентау", KENTAU),
        ("Кентау г.а.", KENTAU),
        ("Актобе", "151010000"),
        ("Ақтөбе", "151010000"),
        ("актобэ", "151010000"),
        ("aktobe", "151010000"),
        ("Оскемен", "631010000"),
        ("усть каменогорск", "631010000"),
        ("Шымкент", "790000000"),
    ],
)
def test_a_name_is_found_with_a_slip(city: City, typed: str, found: str) -> None:
    guest = journeys.started(city)
    guest.says("город")
    guest.says(typed)
    if guest.state == "locality_switch.search":
        guest.taps(guest.labels[0])

    guest.taps("btn.right")
    assert home_of(guest) == found


@pytest.mark.parametrize("channel", CHANNELS)
def test_from_the_region_down(city: City, channel: str) -> None:
    guest = journeys.started(city, channel)
    guest.says("/city")
    while "Туркестанская" not in guest.labels:
        guest.taps("btn.more")
    guest.taps("Туркестанская")
    guest.taps("Кентау")
    guest.taps("btn.right")

    assert home_of(guest) == KENTAU


def test_three_names_are_offered_where_none_fits(city: City) -> None:
    guest = journeys.started(city)
    guest.says("/city")
    guest.says("Абракадабра")

    assert guest.state == "locality_switch.choose"
    assert len(guest.labels) >= 4


def test_a_place_on_the_map_finds_the_nearest_town(city: City) -> None:
    guest = journeys.started(city, TELEGRAM)
    guest.says("/city")
    said = Said(Heard.LOCATION, values=(("lat", "43.53"), ("lon", "68.49")))
    guest._act("location", said, label="location")

    assert "Кентау" in guest.sees
    assert guest.state == "locality_switch.confirm"


def test_a_place_far_from_every_town_is_none_of_them(city: City) -> None:
    guest = journeys.started(city, TELEGRAM)
    guest.says("/city")
    guest._act("location", Said(Heard.LOCATION, values=(("lat", "10"), ("lon", "10"))), label="location")

    assert guest.say("msg.locality_switch.far") in guest.sees


def test_the_profile_shows_it(city: City) -> None:
    parent = journeys.registered(city)
    parent.says("/city")
    parent.says("Кентау")
    parent.taps("btn.right")
    parent.says("/profile")

    assert "Туркестанская область, Кентау" in parent.sees


def test_a_name_is_found_in_time_among_sixteen_thousand(city: City) -> None:
    """The whole classifier is imported: a turn that looks through it must not hold up the others."""
    villages = [Locality(f"61{n:07}", "town", "610000000", f"Ауыл {n} нөмірлі", "") for n in range(10, 16000)]
    region = Locality("610000000", "region", "", "Туркестанская область", "Түркістан облысы")
    town = Locality("612010000", "town", "610000000", "Кентау", "Кентау")
    units = {unit.kato: unit for unit in (*villages, region, town)}
    city.deed(lambda deed: places.replace_all(deed, list(units.values())))
    guest = journeys.started(city)
    guest.says("/city")
    guest.says("Кентао")
    guest.says("Назад")
    began = time.process_time()
    guest.says("Кентао")

    assert guest.state == "locality_switch.confirm"
    assert "Кентау" in guest.sees
    assert time.process_time() - began < 1
