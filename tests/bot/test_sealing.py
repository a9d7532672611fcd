"""The record of acts is sealed every hour by the clock, and the seal goes where nobody can take it back."""

from __future__ import annotations

import logging

import pytest

from bot import upkeep
from storage import audit
from tests.city import City
from tests.dialogs import journeys

SEALS = "SELECT count(*) FROM audit_seal"


def test_the_record_is_sealed_once_an_hour(city: City, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="bot.upkeep")
    parent = journeys.registered(city)
    for _ in range(3):
        city.deed(upkeep._seal_the_record)
    assert city.rows(SEALS) == [(1,)]
    city.move(minutes=61)
    parent.says("/logout")
    parent.taps("btn.logout")
    city.deed(upkeep._seal_the_record)

    assert city.rows(SEALS) == [(2,)]
    macs = [mac for (mac,) in city.rows("SELECT mac FROM audit_seal ORDER BY id")]
    assert [record.seal for record in caplog.records if hasattr(record, "seal")] == macs
    assert city.deed(lambda deed: audit.unsealed(deed.db, city.vault)) == []


def test_an_hour_in_which_nothing_happened_is_not_sealed(city: City) -> None:
    journeys.registered(city)
    city.deed(upkeep._seal_the_record)
    city.move(minutes=61)
    city.deed(upkeep._seal_the_record)

    assert city.rows(SEALS) == [(1,)]


def test_the_last_act_taken_away_is_found(city: City) -> None:
    journeys.registered(city)
    city.deed(upkeep._seal_the_record)
    city.deed(lambda deed: deed.db.execute("DELETE FROM audit WHERE id=(SELECT max(id) FROM audit)"))

    assert city.deed(lambda deed: audit.broken(deed.db, city.vault)) == []
    assert city.deed(lambda deed: audit.unsealed(deed.db, city.vault)) == [1]
