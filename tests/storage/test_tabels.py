"""Vouchers and months in a real database: who sees them, one answer each, and what the clock ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.exc import IntegrityError

from services import demo_city, vouchers
from services import tabels as rules
from services.persons_file import PersonRow
from services.phones import Phone
from services.refused import Refused
from services.tabels import Answer, Objection, Sheet
from storage import tabels
from storage.do import Do, World
from storage.tabel_models import TabelActRow
from storage.writer import Work
from tests import tabels as put
from tests.city import TELEGRAM, WHATSAPP, City, Dice, HandClock, Parent, book_at
from tests.dialogs import applications as way
from tests.queues import child
from tests.tabels import DECEMBER, MARKS, NOVEMBER, OCTOBER, almaty

FIRST, LAST = almaty("2026-12-01T10:00:00"), almaty("2026-12-10T23:59:59")


@pytest.fixture
def city(tmp_path: Path, database: str) -> Iterator[City]:
    made = City(tmp_path, database=database)
    yield made
    made.close()


def mother(city: City) -> Parent:
    return way.family(city, TELEGRAM, "ru", (demo_city.ALIKHAN,))


def father(city: City) -> Parent:
    return way.family(city, WHATSAPP, "kk", (demo_city.ALIKHAN,), demo_city.BAUYRZHAN)


def shown(do: Do) -> tuple[int, Sheet]:
    voucher = do.tabels.vouchers()[0]
    return voucher.child, next(item for item in do.tabels.sheets(voucher.id) if item.month == NOVEMBER)


def confirms(city: City, parent: Parent) -> None:
    def work(do: Do) -> None:
        child, sheet = shown(do)
        rules.confirm(do, child, NOVEMBER, sheet.seal)
        do.keep()

    city.looks(parent, work)


def refuses(city: City, parent: Parent) -> None:
    def work(do: Do) -> None:
        child, sheet = shown(do)
        rules.refuse(do, child, NOVEMBER, sheet.seal, Objection("ill", (14, 15), "болел два дня"))
        do.keep()

    city.looks(parent, work)


def refused_with(work: Callable[[], None]) -> str:
    with pytest.raises(Refused) as no:
        work()
    return no.value.key


def test_both_parents_see_one_voucher_and_a_stranger_sees_none(city: City) -> None:
    voucher = put.voucher(city)
    aigerim, bauyrzhan = mother(city), father(city)
    stranger = way.family(city, WHATSAPP, "ru", (demo_city.NO_PHONE_CHILD,), demo_city.GRANDMOTHER)

    seen = [
        city.looks(who, lambda do: [item.id for item in do.tabels.vouchers()]) for who in (aigerim, bauyrzhan, stranger)
    ]

    assert seen == [[voucher], [voucher], []]


def test_a_child_has_one_voucher_at_a_time(city: City) -> None:
    put.voucher(city)

    with pytest.raises(IntegrityError):
        put.voucher(city)


def test_the_second_parent_is_told_who_confirmed(city: City) -> None:
    put.month(city, put.voucher(city), NOVEMBER)
    aigerim, bauyrzhan = mother(city), father(city)
    city.clock.at = FIRST
    confirms(city, aigerim)

    with pytest.raises(Refused) as no:
        confirms(city, bauyrzhan)

    assert no.value.key == "err.tabel.already"
    assert no.value.names == {"who": "А••••• С.", "confirmed_at": FIRST}


def test_one_confirmation_of_a_month_is_the_schemas(city: City) -> None:
    put.month(city, put.voucher(city), NOVEMBER)
    aigerim, bauyrzhan = mother(city), father(city)
    city.clock.at = FIRST
    confirms(city, aigerim)

    def twin(do: Do) -> None:
        _, sheet = shown(do)
        do.tabels.answer(sheet, Answer.CONFIRMED)

    with pytest.raises(IntegrityError):
        city.looks(bauyrzhan, twin)


def test_receipts_are_a_chain_in_which_a_change_is_seen(city: City) -> None:
    tabel = put.month(city, put.voucher(city), NOVEMBER)
    aigerim, bauyrzhan = mother(city), father(city)
    city.clock.at = FIRST
    refuses(city, aigerim)
    put.correct(city, tabel, MARKS.replace("б", "x"))
    confirms(city, bauyrzhan)
    assert city.deed(tabels.broken) == []
    assert city.rows("SELECT seq, act, version FROM tabel_act ORDER BY seq") == [(1, "refused", 1), (2, "confirmed", 2)]

    city.rows("UPDATE tabel_act SET version=3 WHERE seq=1")

    assert city.deed(tabels.broken) == [(1, 1)]


def test_what_was_said_against_a_month_opens_with_the_persons_key_only(city: City) -> None:
    put.month(city, put.voucher(city), NOVEMBER)
    aigerim, bauyrzhan = mother(city), father(city)
    city.clock.at = FIRST
    refuses(city, aigerim)
    sealed = city.deed(lambda deed: deed.session.get_one(TabelActRow, 1).sealed)

    assert "болел".encode() not in sealed
    assert city.looks(aigerim, lambda do: tabels.objection(do, 1)) == Objection("ill", (14, 15), "болел два дня")
    assert city.looks(bauyrzhan, lambda do: tabels.objection(do, 1)) is None


def test_a_confirmed_month_is_not_corrected(city: City) -> None:
    tabel = put.month(city, put.voucher(city), NOVEMBER)
    aigerim = mother(city)
    city.clock.at = FIRST
    confirms(city, aigerim)

    with pytest.raises(tabels.CannotBeChanged):
        put.correct(city, tabel, MARKS.replace("б", "x"))


def test_each_version_is_kept(city: City) -> None:
    tabel = put.month(city, put.voucher(city), NOVEMBER)

    put.correct(city, tabel, MARKS.replace("б", "x"))
    put.correct(city, tabel, MARKS.replace("б", "x"))

    kept = city.rows("SELECT version, marks FROM tabel_version ORDER BY version")
    assert kept == [(1, MARKS), (2, MARKS.replace("б", "x"))]


def test_a_written_month_is_published_when_its_window_begins(city: City) -> None:
    tabel = put.month(city, put.voucher(city), NOVEMBER, published=False)
    city.clock.at = almaty("2026-11-30T23:59:59")
    assert city.deed(tabels.publish_due) == 0
    assert city.deed(tabels.next_due) == almaty("2026-12-01T00:00:00")
    city.clock.move(seconds=1)

    assert city.deed(tabels.publish_due) == 1
    assert put.row(city, tabel).published_at == almaty("2026-12-01T00:00:00")
    assert city.deed(tabels.next_due) == almaty("2026-12-11T00:00:00")


# Two months.


def test_the_second_month_annuls_at_the_start_of_the_eleventh_and_not_a_second_earlier(city: City) -> None:
    voucher = put.voucher(city)
    put.month(city, voucher, OCTOBER)
    put.month(city, voucher, NOVEMBER)
    city.clock.at = LAST
    assert put.annul(city) == 0
    city.clock.move(seconds=1)

    assert put.annul(city) == 1
    assert put.state(city, voucher) == ("annulled", almaty("2026-12-11T00:00:00"))
    assert put.annul(city) == 0


def test_after_a_long_outage_the_annulment_has_its_own_instant(city: City) -> None:
    voucher = put.voucher(city)
    for month in (OCTOBER, NOVEMBER, DECEMBER):
        put.month(city, voucher, month)
    city.clock.at = almaty("2027-03-05T12:00:00")

    assert put.annul(city) == 1
    assert put.state(city, voucher) == ("annulled", almaty("2026-12-11T00:00:00"))


def test_slices_find_what_one_pass_finds(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabels, "SLICE", 2)
    rows = (demo_city.ALIKHAN, demo_city.DANA, demo_city.TIMUR, demo_city.AMINA, demo_city.NO_PHONE_CHILD)
    given = [put.voucher(city, row) for row in rows]
    for voucher in given[::2]:
        put.month(city, voucher, OCTOBER)
    for voucher in given:
        put.month(city, voucher, NOVEMBER)
    city.clock.at = almaty("2026-12-11T00:00:00")

    assert put.annul(city) == 3
    states = [row[0] for row in city.rows("SELECT state FROM voucher ORDER BY id")]
    assert states == ["annulled", "active", "annulled", "active", "annulled"]


def test_an_answer_of_the_last_second_holds_the_voucher_whoever_is_first(city: City) -> None:
    voucher = put.voucher(city)
    put.month(city, voucher, OCTOBER)
    put.month(city, voucher, NOVEMBER)
    aigerim = mother(city)
    city.clock.at = LAST + timedelta(seconds=1)
    assert put.annul(city) == 1
    # The answer came at 23:59:59; only its commit comes after the pass.
    city.clock.at = LAST

    confirms(city, aigerim)

    city.clock.move(seconds=2)
    assert put.annul(city) == 0
    assert put.state(city, voucher) == ("active", None)


def test_a_second_late_is_too_late_even_where_the_clock_has_not_come_by(city: City) -> None:
    voucher = put.voucher(city)
    put.month(city, voucher, OCTOBER)
    put.month(city, voucher, NOVEMBER)
    aigerim = mother(city)
    city.clock.at = LAST + timedelta(seconds=1)

    assert refused_with(lambda: confirms(city, aigerim)) == "err.voucher.annulled"
    regime = city.world.regimes.get(put.REGIME)

    def told(do: Do) -> vouchers.VoucherState:
        item = do.tabels.vouchers()[0]
        return vouchers.state_of(item, do.tabels.sheets(item.id), regime, do.now)

    assert city.looks(aigerim, told) is vouchers.VoucherState.ANNULLED


def test_a_first_month_is_confirmed_late_and_its_miss_is_cleared(city: City) -> None:
    voucher = put.voucher(city)
    tabel = put.month(city, voucher, NOVEMBER)
    put.month(city, voucher, DECEMBER)
    aigerim = mother(city)
    city.clock.at = almaty("2026-12-11T17:59:44")

    confirms(city, aigerim)

    assert put.row(city, tabel).answer == "confirmed_late"
    city.clock.at = almaty("2027-01-11T00:00:00")
    assert put.annul(city) == 0


@pytest.mark.only("postgres")
def test_a_confirmation_and_the_clock_of_the_same_second_never_disagree(city: City) -> None:
    """Twenty families answer while another process annuls: whoever answered in time keeps the voucher, nobody else."""
    families = 20
    given = [put.voucher(city, child(number)) for number in range(families)]
    for voucher in given:
        put.month(city, voucher, OCTOBER)
        put.month(city, voucher, NOVEMBER)
    parents = [way.family(city, TELEGRAM, "ru", (child(number),), parent_of(number)) for number in range(families)]
    city.clock.at = LAST
    clock = World(HandClock(LAST + timedelta(seconds=1)), Dice(5), city.vault, regimes=city.world.regimes)
    other = book_at(city.where, clock, _no_turn, _no_turn)
    start = Barrier(2)

    def ends() -> None:
        other.open_here()
        start.wait(10)
        for _ in range(8):
            outcome = other.batch_here([Work(deed=tabels.annul)])[0]
            assert outcome.error is None
        other.close_here()

    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(ends)
        start.wait(10)
        for parent in parents[::2]:
            confirms(city, parent)
        ending.result(60)

    states = [row[0] for row in city.rows("SELECT state FROM voucher ORDER BY id")]
    assert states == ["active", "annulled"] * (families // 2)


def parent_of(number: int) -> PersonRow:
    """A parent of their own for each child."""
    row = child(500 + number, 1990)
    return replace(row, phones=(Phone(f"+7701{number:07}"),))


def _no_turn(*_: object) -> None:
    raise AssertionError("no turns here")
