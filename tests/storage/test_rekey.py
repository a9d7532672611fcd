"""Keys change and nobody notices: what was stored opens, is found, and verifies; the former keys are not needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.channels import Inbound
from dialogs.engine.said import Heard, Said
from services import applications, demo_city
from services.applications import Filing
from services.desk import Role
from services.logins import Ident, LoginName, Way
from storage import agents, audit, rekey, staff_audit
from storage.do import Deed, hold
from storage.events import Fate
from storage.models import Base
from storage.registry import EmbeddedRegistry
from storage.vault import Sealed, Vault
from tests.city import TELEGRAM, WHATSAPP, City, Dice, Parent, book_at
from tests.dialogs import journeys

OLD_DATA, NEW_DATA = b"d" * 32, b"n" * 32
OLD_INDEX, NEW_INDEX = b"i" * 32, b"j" * 32

Anew = Callable[..., Parent]


@pytest.fixture
def anew(tmp_path: Path, database: str) -> Iterator[Anew]:
    """Return what starts the bot again, with other keys, for somebody who has a child on the list."""
    city = City(tmp_path, database=database)
    parent = journeys.with_child(city, TELEGRAM)
    city.deed(audit.seal)

    def start(*, data_keys: tuple[bytes, ...] = (OLD_DATA,), index_key: bytes = OLD_INDEX) -> Parent:
        city.book.close_here()
        city.vault = Vault(data_keys, index_key, Dice(len(data_keys)))
        city.world = replace(city.world, vault=city.vault)
        city.book = book_at(city.where, city.world, city.handler.handle, city.handler.give_up)
        city.book.open_here()
        return parent

    yield start
    city.close()


def sees_the_child(parent: Parent) -> bool:
    parent.says("/children")
    return any("Алихан" in label for label in parent.labels)


# Data keys.


def test_a_rotation_wraps_everybodys_key_and_the_former_one_can_go(anew: Anew) -> None:
    city = anew(data_keys=(NEW_DATA, OLD_DATA)).city
    people = city.rows("SELECT count(*) FROM person")[0][0]

    assert city.deed(rekey.rewrap) == (0, people)
    assert city.deed(rekey.rewrap) == (0, 0)
    assert sees_the_child(anew(data_keys=(NEW_DATA,)))


def test_a_rotation_goes_in_slices(anew: Anew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rekey, "SLICE", 1)
    city = anew(data_keys=(NEW_DATA, OLD_DATA)).city
    journeys.registered(city, WHATSAPP, iin=journeys.BAUYRZHAN, row=demo_city.BAUYRZHAN)
    last, steps = -1, 0
    while last:
        last, _ = city.deed(lambda deed, after=max(last, 0): rekey.rewrap(deed, after))
        steps += 1

    assert steps > 1
    assert len(city.rows("SELECT DISTINCT substr(key, 1, 4) FROM person")) == 1


def test_somebody_erased_stays_erased(anew: Anew) -> None:
    city = anew(data_keys=(NEW_DATA, OLD_DATA)).city
    city.rows("UPDATE person SET key=NULL")
    city.deed(rekey.rewrap)

    assert city.rows("SELECT count(*) FROM person WHERE key IS NOT NULL") == [(0,)]


# The index key.


def reindexed(anew: Anew) -> Parent:
    anew().city.deed(lambda deed: rekey.reindex(deed, Vault((OLD_DATA,), NEW_INDEX, Dice(9))))
    return anew(index_key=NEW_INDEX)


def test_after_a_new_index_everybody_is_found_and_everything_opens(anew: Anew) -> None:
    assert sees_the_child(reindexed(anew))


def test_after_a_new_index_the_record_verifies_with_the_new_key_only(anew: Anew) -> None:
    city = reindexed(anew).city
    former = Vault((OLD_DATA,), OLD_INDEX, Dice())

    assert city.deed(lambda deed: (audit.broken(deed.db, city.vault), audit.unsealed(deed.db, city.vault))) == ([], [])
    assert city.deed(lambda deed: audit.broken(deed.db, former)) != []


def test_after_a_new_index_the_registry_knows_people_their_phones_and_their_children(anew: Anew) -> None:
    row, child = demo_city.AIGERIM, demo_city.ALIKHAN

    def ask(deed: Deed) -> tuple[object, object]:
        registry = EmbeddedRegistry(deed)
        found = registry.parent(iin=row.iin, document=None, phone=row.phones[0])
        assert child.iin
        return found, registry.child(iin=child.iin, guardian_iin=row.iin, guardian_document=None)

    assert anew().city.deed(ask) == reindexed(anew).city.deed(ask)


def test_after_a_new_index_an_event_that_comes_again_is_known(anew: Anew) -> None:
    said = Inbound("sim", TELEGRAM, "7", TELEGRAM, anew().external, Said(Heard.TEXT, text="/menu")).event()
    anew().city.turn(said)
    again = reindexed(anew).city.turn(said)

    assert again.fate is Fate.REPLAYED


def filed(deed: Deed, address: int) -> None:
    """An application with a second phone, a name to log in by, an agent with a second factor and an act on record."""
    do = hold(deed, address)
    do.language = "ru"
    applications.file(do, Filing(do.children.all()[0].id, "612010000", "general", ("kk",), phone="+77471234567"))
    do.logins.set_name(LoginName("aigerim"))
    do.keep()
    made = agents.add(deed, login="ainur", shown="Айнур", role=Role.AGENT, password_hash="x", secret="S" * 32)
    agents.sign_in(deed, made.id, "token", "csrf")


def test_after_a_new_index_applications_names_and_second_factors_open(anew: Anew) -> None:
    parent = anew()
    address = parent.address
    parent.city.deed(lambda deed: filed(deed, address))
    city = reindexed(anew).city
    vault = city.vault

    def look(deed: Deed) -> tuple[object, ...]:
        do = hold(deed, address)
        (mine,) = do.applications.mine()
        child = do.children.all()[0].id
        found = agents.signing(deed.session, vault, "ainur", deed.now)
        return (
            mine.phone,
            do.applications.active_for(child, "612010000") == mine,
            do.logins.find(Ident(Way.LOGIN, "aigerim")) == do.person,
            found.secret if found else None,
            agents.who(deed.session, vault, "token", deed.now),
            staff_audit.broken(deed.session, vault),
        )

    assert city.deed(look) == ("+77471234567", True, True, "S" * 32, None, [])


def test_a_key_that_is_not_the_former_one_changes_nothing(anew: Anew) -> None:
    city = anew().city
    wrong = replace(city.world, vault=Vault((OLD_DATA,), b"w" * 32, Dice()))
    before = city.rows("SELECT external_index FROM address")

    def work(deed: Deed) -> None:
        deed.world = wrong
        rekey.reindex(deed, Vault((OLD_DATA,), NEW_INDEX, Dice()))

    with pytest.raises((rekey.NotWhole, Sealed)):
        city.deed(work)
    assert city.rows("SELECT external_index FROM address") == before


def test_every_blind_index_is_made_anew() -> None:
    found = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_index")
    }

    assert found == rekey.INDEXES


# Bound to its row.


@pytest.mark.parametrize(
    ("table", "owner"), [("account", "person_id"), ("child", "person_id"), ("conversation", "person_id")]
)
def test_a_value_moved_to_another_persons_row_is_refused(anew: Anew, table: str, owner: str) -> None:
    parent = anew()
    city = parent.city
    other = journeys.registered(city, WHATSAPP, iin=journeys.BAUYRZHAN, row=demo_city.BAUYRZHAN)
    if table == "child":
        city.rows(f"UPDATE child SET {owner}=?", other.person)
    else:
        mine = city.rows(f"SELECT sealed FROM {table} WHERE {owner}=?", parent.person)[0][0]
        city.rows(f"UPDATE {table} SET sealed=? WHERE {owner}=?", mine, other.person)
    with suppress(Sealed):
        other.says("/children")
    if table == "account":
        other.taps("btn.add_child")
        other.says(journeys.DANA)

    assert other.answers[-1].fate is Fate.RETRY
