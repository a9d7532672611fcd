"""Whole journeys of people like nobody else, and not a trace of them where it must not be (T22, I18)."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from sqlalchemy.exc import SQLAlchemyError

from bot.metrics import Metrics
from bot.upkeep import Upkeep
from bot.web import pages
from bot.web.argon import Argon
from bot.web.simulator.phones import Person
from services.documents import DocumentNumber
from services.iin import Iin, Sex
from services.names import PersonName
from services.persons_file import PersonRow
from services.phones import Phone
from services.registry import Status
from storage.do import Deed, Do
from storage.events import Event
from storage.inbox import Inbox
from storage.links import Link
from storage.models import Tenant
from tests import postgres
from tests.city import TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import journeys


def _row(iin: str, name: str, phone: str = "", document: str = "", guardians: tuple[Any, ...] = ()) -> PersonRow:
    who = Iin(iin) if iin else None
    return PersonRow(
        iin=who,
        document=DocumentNumber(document) if document else None,
        name=PersonName(*name.split()),
        born=who.born if who else Iin(MOTHER_IIN).born,
        sex=Sex.FEMALE,
        nationality="kazakh",
        status=Status.ACTIVE,
        phones=(Phone(phone),) if phone else (),
        guardians=guardians,
    )


MOTHER_IIN, CHILD_IIN, OTHER_IIN = "910624471315", "220713664275", "210519639078"
MOTHER = _row(MOTHER_IIN, "Гамадрилова Цикламена Ювеналовна", "+77015550713")
CHILD = _row(CHILD_IIN, "Гамадрилова Фелицитата Панкратовна", guardians=(Iin(MOTHER_IIN),))
FOREIGNER = _row("", "Выхухолева Эвридика Фортунатовна", "+77025559284", "Z98765431")
TELEGRAM_ID, PASSWORD, WRONG_CODE = "7310498265", "Кукарача!7462", "740926"

#: What must be found nowhere; a code counts between other signs only, so that no hex number looks like one.
CANARIES: Mapping[str, str] = {
    "IIN": MOTHER_IIN,
    "child's IIN": CHILD_IIN,
    "IIN of a stranger": OTHER_IIN,
    "phone": "7015550713",
    "foreigner's phone": "7025559284",
    "document": "Z98765431",
    "last name": "Гамадрилов",
    "first name": "Цикламен",
    "middle name": "Ювеналовн",
    "child's name": "Фелицитат",
    "foreigner's name": "Выхухолев",
    "Telegram id": TELEGRAM_ID,
    "password": PASSWORD,
    "wrong code": WRONG_CODE,
}


@dataclass
class Life:
    """A city in which people like nobody else have lived, and all that was written about it."""

    city: City
    records: list[logging.LogRecord] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    metrics: str = ""
    canaries: dict[str, str] = field(default_factory=lambda: dict(CANARIES))


def in_columns(life: Life, path: Path) -> set[str]:
    """Return which canaries stand in which column."""
    with closing(sqlite3.connect(path)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table'")]
        return {
            f"{canary} in {table}.{column}"
            for table in tables
            for column, value in _values(db, table)
            for canary in found_in(_spelt(value), life.canaries)
        }


def in_files(life: Life, path: Path) -> set[str]:
    """Return which canaries stand in which file of a database."""
    files = [path, path.with_name(f"{path.name}-wal")]
    return {
        f"{canary} in {file.name}"
        for file in files
        if file.exists()
        for canary in found_in(_spelt(file.read_bytes()), life.canaries)
    }


def in_logs(life: Life, records: list[logging.LogRecord]) -> set[str]:
    """Return which canaries which logger told, at whatever level."""
    return {f"{canary} in {record.name}" for record in records for canary in found_in(_told(record), life.canaries)}


def found_in(text: str, canaries: Mapping[str, str]) -> set[str]:
    return {name for name, value in canaries.items() if any(re.search(form, text) for form in _forms(value))}


def _values(db: sqlite3.Connection, table: str) -> Iterator[tuple[str, object]]:
    cursor = db.execute(f'SELECT * FROM "{table}"')
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield from zip(names, row, strict=True)


def _spelt(value: object) -> str:
    """Return a value as text and as hex."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace") + " " + value.decode("utf-16-le", "replace") + " " + value.hex()
    return str(value)


def _forms(value: str) -> list[str]:
    """Return how a value may be spelt: plain, in JSON, in hex."""
    whole = rf"(?<![0-9a-fA-F]){value}(?![0-9a-fA-F])" if len(value) == 6 else re.escape(value)
    escaped = re.escape(json.dumps(value)[1:-1])
    return [whole] if len(value) == 6 else [whole, escaped, value.encode().hex(), value.encode("utf-16-le").hex()]


def _told(record: logging.LogRecord) -> str:
    """Return everything a record carries, whether our formatter would print it or not."""
    trace = logging.Formatter().formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""
    return " ".join((record.getMessage(), repr(record.__dict__), trace))


# The lives.


class Ear(logging.Handler):
    """Keeps what any logger tells."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def listening() -> Iterator[list[logging.LogRecord]]:
    """Hear every logger; SQLAlchemy keeps to itself unless it is asked by name."""
    ear = Ear()
    loggers = [logging.getLogger(), logging.getLogger("sqlalchemy")]
    before = [logger.level for logger in loggers]
    loggers[0].addHandler(ear)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield ear.records
    loggers[0].removeHandler(ear)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Everything below, lived once, with every logger told to tell all."""
    with listening() as records:
        city = City(tmp_path_factory.mktemp("canaries"))
        life = Life(city, records)
        city.book._world = replace(city.world, notice=lambda channel, key, _: city.channels[channel].notice(key))
        journeys.registry_knows(city, MOTHER, CHILD, FOREIGNER)
        _a_mother_on_telegram(life)
        _the_same_mother_on_whatsapp(life)
        _a_foreigner_by_her_document(life)
        _turns_that_fail(life)
        _deeds_that_fail(life)
        life.metrics = _measured(city)
    yield life
    city.close()


@pytest.fixture(scope="module")
def life_on_a_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Life, Path]]:
    """The same people on PostgreSQL, and the folder with all that the server wrote."""
    with listening() as records:
        city = City(tmp_path_factory.mktemp("canaries"), database="postgres")
        life = Life(city, records)
        journeys.registry_knows(city, MOTHER, CHILD, FOREIGNER)
        _a_mother_on_telegram(life)
        _the_same_mother_on_whatsapp(life)
        _a_foreigner_by_her_document(life)
        postgres.command("CHECKPOINT", postgres.server_url())
    yield life, postgres.folder_of(postgres.server_url()) / "data"
    city.close()


def _a_mother_on_telegram(life: Life) -> None:
    city = life.city
    owner = city.phones.add_person("Цикламена", telegram=TELEGRAM_ID, whatsapp=MOTHER.phones[0].e164)
    mother = journeys.at_iin(city, TELEGRAM, owner=owner)
    mother.says(MOTHER_IIN[:11])
    mother.says(MOTHER_IIN)
    mother.taps("btn.accept_policy")
    mother.says(WRONG_CODE)
    life.canaries["code"] = mother.code
    mother.says(mother.code)
    mother.taps("btn.all_correct")
    life.canaries["token of a page"] = mother.link.rsplit("/", 1)[1]
    link = Link("password", "ru", 0, TELEGRAM, city.clock.now(), used=False)
    mother.submits(**asyncio.run(pages._values(link, Argon(), PASSWORD, PASSWORD)))
    mother.taps("btn.yes")
    mother.taps("btn.add_child")
    mother.says(OTHER_IIN)
    mother.taps("btn.type_again")
    mother.says(CHILD_IIN)
    mother.taps("btn.save")
    mother.says("/agent")
    mother.edits(f"{CHILD_IIN} Фелицитата")
    mother.says("/menu")


def _the_same_mother_on_whatsapp(life: Life) -> None:
    city = life.city
    mother = Parent(city, WHATSAPP, _mother(city))
    journeys.started(city, WHATSAPP, owner=mother.owner)
    mother.taps("btn.login")
    mother.taps("btn.sms_code")
    mother.taps("btn.yes")
    mother.says(WRONG_CODE)
    life.canaries["code of a login"] = mother.code
    mother.says(mother.code)
    mother.says(MOTHER_IIN)
    mother.says(f"меня зовут Цикламена Гамадрилова, пароль {PASSWORD}")


def _a_foreigner_by_her_document(life: Life) -> None:
    foreigner = journeys.at_policy_by_document(life.city, WHATSAPP, "Z98765431", row=FOREIGNER, name="Эвридика")
    life.canaries["token of another page"] = foreigner.link.rsplit("/", 1)[1]
    foreigner.taps("btn.accept_policy")
    life.canaries["code of another"] = foreigner.code
    foreigner.says(foreigner.code)


def _turns_that_fail(life: Life) -> None:
    """Each failure carries values: in its text, in its cause, in a refused statement; then it is given up."""
    city = life.city
    handle = city.book._handle

    def fail(event: Event, do: Do) -> object:
        handle(event, do)
        with suppress(SQLAlchemyError):
            do.session.add(Tenant(kato=MOTHER_IIN, name_kk=None, name_ru=PASSWORD, regime=""))
            do.session.flush()
        raise ValueError(f"{MOTHER_IIN} {MOTHER.name} +77015550713 {PASSWORD}") from KeyError(TELEGRAM_ID)

    city.book._handle = fail
    mother = Parent(city, TELEGRAM, _mother(city))
    for _ in range(2):
        mother.says(f"{MOTHER_IIN} Цикламена")
    for wait in (5, 60, 0, 5, 60):
        city.move(seconds=wait)
        for waiting in city.deed(lambda deed: Inbox(deed.db, deed.world).due()):
            city.turn(waiting.event, again=waiting.row)
    city.book._handle = handle


def _mother(city: City) -> Person:
    return next(person for person in city.phones.people if person.telegram == TELEGRAM_ID)


def _deeds_that_fail(life: Life) -> None:
    def found(deed: Deed) -> None:
        for _ in range(2):
            deed.session.add(Tenant(kato=MOTHER_IIN, name_kk="Цикламена", name_ru=PASSWORD, regime=""))
            deed.session.flush()

    def misread(deed: Deed) -> None:
        vault = deed.world.vault
        vault.open(vault.own("registry"), f"{MOTHER_IIN}{CHILD_IIN}{PASSWORD}".encode(), f"registry|{MOTHER_IIN}")

    for deed in (found, misread):
        try:
            life.city.deed(deed)
        except Exception as failed:  # noqa: BLE001 - whatever it is, it shows no values
            life.exceptions.append(str(failed))


def _measured(city: City) -> str:
    """Return the metrics' page as it would be by now."""
    metrics = Metrics()
    for channel, fate in city.rows("SELECT a.channel, i.state FROM inbox i JOIN address a ON a.id=i.address_id"):
        metrics.turns.labels(channel, fate).inc()
    nobody: Any = None
    city.deed(lambda deed: Upkeep(nobody, metrics, None)._measure(deed))
    return generate_latest(metrics.registry).decode()


# The claims.


def test_no_canary_stands_in_a_column(life: Life) -> None:
    assert in_columns(life, life.city.path) == set()


def test_no_canary_stands_in_the_bytes_of_the_files(life: Life) -> None:
    assert in_files(life, life.city.path) == set()


def test_no_canary_stands_in_what_a_server_wrote_its_pages_its_wal_and_its_log(
    life_on_a_server: tuple[Life, Path],
) -> None:
    life, data = life_on_a_server
    files = [file for file in data.parent.rglob("*") if file.is_file()]
    found = {
        f"{canary} in {file.relative_to(data.parent)}"
        for file in files
        for canary in found_in(_spelt(file.read_bytes()), life.canaries)
    }

    assert found == set()
    assert any("pg_wal" in file.parts and file.stat().st_size for file in files)
    assert in_logs(life, life.records) == set()


def test_a_canary_on_a_server_would_be_found(life_on_a_server: tuple[Life, Path]) -> None:
    life, data = life_on_a_server
    life.city.rows("UPDATE link SET purpose='Цикламен'")
    postgres.command("CHECKPOINT", postgres.server_url())
    oid = life.city.rows("SELECT oid FROM pg_database WHERE datname=current_database()")[0][0]
    pages = b"".join(file.read_bytes() for file in (data / "base" / str(oid)).iterdir())

    assert "first name" in found_in(_spelt(pages), life.canaries)


def test_no_canary_stands_in_the_bytes_of_the_file_after_its_wal_was_emptied_into_it(life: Life) -> None:
    life.city.book._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert in_files(life, life.city.path) == set()


def test_no_canary_stands_in_the_logs_of_any_level(life: Life) -> None:
    assert in_logs(life, life.records) == set()


def test_no_canary_stands_in_the_metrics(life: Life) -> None:
    assert found_in(life.metrics, life.canaries) == set()


def test_no_canary_stands_in_the_texts_of_our_exceptions(life: Life) -> None:
    assert len(life.exceptions) == 2
    assert found_in(" ".join(life.exceptions), life.canaries) == set()


# The claims can fail.


def test_the_canaries_did_live_in_the_city(life: Life) -> None:
    opened = " ".join(life.city.deed(_opened))

    assert found_in(opened, life.canaries) >= {"IIN", "phone", "last name", "first name", "middle name"}
    assert life.city.rows("SELECT count(*) FROM child") == [(1,)]
    assert life.city.rows("SELECT count(*) FROM inbox WHERE state='dead'") == [(2,)]
    assert {record.name for record in life.records} >= {"storage.book", "sqlalchemy.engine.Engine"}


def _opened(deed: Deed) -> list[str]:
    vault = deed.world.vault
    rows = deed.db.execute("SELECT a.person_id, a.sealed, p.key FROM account a JOIN person p ON p.id=a.person_id")
    return [vault.open(vault.unwrap(key), sealed, f"account|{person}").decode() for person, sealed, key in rows]


@pytest.mark.parametrize("canary", [*CANARIES, "code", "token of a page"])
def test_a_planted_canary_is_found(life: Life, tmp_path: Path, canary: str) -> None:
    planted = tmp_path / "planted.db"
    value = f"({life.canaries[canary]})"
    with closing(sqlite3.connect(life.city.path)) as db, closing(sqlite3.connect(planted)) as copy:
        db.backup(copy)
        copy.execute("UPDATE consent SET message=?", (value,))
        copy.execute("UPDATE code SET phone=?", (value.encode(),))
        copy.commit()
    record = logging.makeLogRecord({"name": "talker", "msg": "hello", "who": value})

    assert in_columns(life, planted) == {f"{canary} in consent.message", f"{canary} in code.phone"}
    assert in_files(life, planted) == {f"{canary} in planted.db"}
    assert in_logs(life, [record]) == {f"{canary} in talker"}
    assert found_in(f'turns{{person="{value}"}} 1', life.canaries) == {canary}
