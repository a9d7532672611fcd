"""Keys that are not those of the database stop the start; a rotation goes on reading everything."""

from __future__ import annotations

from contextlib import closing

import pytest

from storage.keys import WrongKeys
from tests.storage import house as houses
from tests.storage.house import DATA_KEY, House, said

NEW = b"n" * 32


def test_another_data_key_stops_the_start(house: House) -> None:
    house.takes(said("hello"))

    with pytest.raises(WrongKeys, match="DATA_KEYS"):
        House(house.where, data_keys=(NEW,)).open()


def test_another_index_key_stops_the_start(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.takes(said("hello"))
    monkeypatch.setattr(houses, "INDEX_KEY", b"j" * 32)

    with pytest.raises(WrongKeys):
        House(house.where).open()


def test_an_empty_database_takes_any_keys(house: House) -> None:
    with closing(House(house.where, data_keys=(NEW,)).open()) as fresh:
        fresh.takes(said("hello"))

        assert fresh.heard() == ["hello"]


def test_after_a_rotation_everybody_goes_on_and_newcomers_use_the_new_key(house: House) -> None:
    house.takes(said("hello", who="1"))
    with closing(House(house.where, data_keys=(NEW, DATA_KEY)).open()) as rotated:
        rotated.takes(said("and on", who="1"), said("hello", who="2"))

        assert [rotated.heard("1"), rotated.heard("2")] == [["hello", "and on"], ["hello"]]
        assert rotated.one("SELECT count(DISTINCT substr(key, 1, 4)) FROM person") == 2


def test_the_former_data_key_cannot_be_left_out_while_somebody_needs_it(house: House) -> None:
    house.takes(said("hello", who="1"))
    with closing(House(house.where, data_keys=(NEW, DATA_KEY)).open()) as rotated:
        rotated.takes(said("hello", who="2"))

    with pytest.raises(WrongKeys):
        House(house.where, data_keys=(NEW,)).open()
