"""A database is brought to the schema of this release, whole or not at all."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from storage import migrate
from storage.models import Base
from tests.storage.house import House, said


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "bot.db"


def schema(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()


def test_a_new_database_has_all_tables(path: Path) -> None:
    migrate.upgrade(path)

    assert {name for name, _ in schema(path)} >= set(Base.metadata.tables)


def test_upgrading_twice_changes_nothing(path: Path) -> None:
    migrate.upgrade(path)
    before = schema(path)
    migrate.upgrade(path)

    assert schema(path) == before


@pytest.mark.only("sqlite")
def test_upgrading_keeps_what_is_stored(house: House) -> None:
    house.takes(said("hello"))
    migrate.upgrade(house.path)

    assert house.heard() == ["hello"]


def test_the_migrations_lead_to_the_models(path: Path) -> None:
    migrate.upgrade(path)

    command.check(migrate.config(path))  # raises where they differ


def test_the_migrations_name_the_rows_of_every_partial_index(path: Path) -> None:
    """Alembic does not compare the conditions of indexes."""
    migrate.upgrade(path)
    stored = {name: sql for name, sql in schema(path) if sql and "INDEX" in sql}
    partial = {
        index.name: str(index.dialect_options["sqlite"]["where"])
        for table in Base.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }

    assert {name: stored[str(name)].partition(" WHERE ")[2] for name in partial} == partial


@pytest.fixture
def cut() -> Iterator[None]:
    """The power fails before the last index is made."""

    def fail(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:  # Any: what SQLAlchemy hands over
        if statement.startswith("CREATE") and "ix_outbox_wait" in statement:
            raise OSError("pulled")

    event.listen(Engine, "before_cursor_execute", fail)
    yield
    event.remove(Engine, "before_cursor_execute", fail)


def test_a_migration_that_is_cut_leaves_nothing_behind(path: Path, cut: None) -> None:
    with pytest.raises(OSError, match="pulled"):
        migrate.upgrade(path)

    assert schema(path) == []


def test_a_migration_that_was_cut_works_the_next_time(path: Path, request: pytest.FixtureRequest) -> None:
    def fail(connection: Connection) -> None:
        raise OSError("pulled")

    event.listen(Engine, "commit", fail)
    with pytest.raises(OSError, match="pulled"):
        migrate.upgrade(path)
    event.remove(Engine, "commit", fail)
    migrate.upgrade(path)

    command.check(migrate.config(path))


def test_rows_that_point_nowhere_stop_a_migration(path: Path) -> None:
    migrate.upgrade(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO conversation (person_id, revision, state, sealed, touched_at) VALUES (9, 0, '', '', 0)")
        db.commit()

    with pytest.raises(RuntimeError, match="1 rows point nowhere"):
        migrate.upgrade(path)


def test_nobody_else_on_the_machine_reads_the_file(path: Path) -> None:
    migrate.upgrade(path)
    house = House(path).open()
    house.takes(said("hello"))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    house.close()

    assert set(modes.values()) == {0o600}
    assert "bot.db-wal" in modes


def test_a_path_may_hold_signs_that_mean_something_to_alembic(tmp_path: Path) -> None:
    path = tmp_path / "50%(here)s of ?what#ever" / "bot.db"
    migrate.upgrade(path)

    assert len(schema(path)) > 20
