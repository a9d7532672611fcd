"""The demo's queues: Дана is number 124 in Кентау, and the number has a history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import demo, demo_queue
from services import demo_city
from storage import tabels
from storage.do import Deed
from storage.models import Tenant
from tests.city import WHATSAPP, City, Parent
from tests.dialogs import applications as way


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[Parent]:
    city = City(tmp_path)
    mother = way.family(city)

    def found(deed: Deed) -> None:
        for place in demo_city.CITIES:
            deed.session.add(Tenant(kato=place.kato, name_kk=place.kk, name_ru=place.ru, regime=place.regime))
        demo_queue.furnish_places(deed)
        demo_queue.furnish_queues(deed)

    city.deed(found)
    yield mother
    city.close()


def test_dana_is_number_124_in_kentau_in_two_languages(parent: Parent) -> None:
    parent.says("/applications")
    assert "Дана · № 2026-118" in parent.labels
    parent.taps("Дана · № 2026-118")
    assert "Казахский, Русский" in parent.sees

    parent.taps("btn.queue_number")

    assert "Номер: 124" in parent.sees


def test_her_number_moved_for_reasons_and_has_a_forecast(parent: Parent) -> None:
    parent.says("/applications")
    parent.taps("Дана · № 2026-118")
    parent.taps("btn.queue_number")
    parent.taps("btn.why_changed")
    assert "дети, получившие место: " in parent.sees
    assert "заявления, вставшие впереди: " in parent.sees

    parent.taps("btn.forecast")

    assert "оценка" in parent.sees


def test_each_department_has_kindergartens(parent: Parent) -> None:
    places = parent.city.rows("SELECT count(DISTINCT tenant_id), count(*) FROM kindergarten")

    assert places == [(4, 9)]
    assert parent.city.rows("SELECT count(*) FROM intake") == [(4,)]


def test_aigerim_confirms_november_in_december(parent: Parent) -> None:
    city = parent.city
    city.deed(demo_queue.furnish_vouchers)
    alikhan = way.family(city, WHATSAPP, "ru", (demo_city.ALIKHAN,), demo_city.BAUYRZHAN)
    alikhan.says("/tabel")
    assert alikhan.say("msg.tabel_month.nothing") in alikhan.sees
    city.clock.at = demo.START.replace(month=12, day=1)
    assert city.deed(tabels.publish_due) == 1

    alikhan.says("/tabel")

    assert "Дней в саду: 21" in alikhan.sees
