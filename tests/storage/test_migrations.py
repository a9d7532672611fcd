"""A database is brought to the schema of this release, whole or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from services import demo_city
from storage import migrate
from storage.database import Where
from storage.events import Fate
from storage.models import Base
from storage.registry import put_people
from tests import postgres
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


@pytest.fixture
def another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A release after this one, which rebuilds a table others point to."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate.HERE, folder)
    (folder / "versions" / "9999_the_next.py").write_text(NEXT.format(head=head()))
    monkeypatch.setattr(migrate, "HERE", folder)
    return "9999"


NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{head}", None, None


def upgrade() -> None:
    with op.batch_alter_table("registry_person") as table:
        table.add_column(sa.Column("note", sa.String(20), nullable=False, server_default=""))
        table.alter_column("sealed", existing_type=sa.LargeBinary(), nullable=True)
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("note", sa.String(20), nullable=False, server_default=""))
        table.alter_column("created_at", existing_type=sa.BigInteger(), nullable=True)
"""


def head() -> str:
    return str(ScriptDirectory.from_config(migrate.config(Path("x"))).get_current_head())


def test_a_migration_that_rebuilds_tables_keeps_every_row(house: House, another: str) -> None:
    """On SQLite a table is rebuilt by dropping it: what points to it with ON DELETE CASCADE must not go with it."""
    house.takes(*(said("hello", who=str(n)) for n in range(20)))
    house.deed(lambda deed: put_people(deed, demo_city.FIXTURES) and None)
    before = counts(house)
    migrate.upgrade(house.where)

    assert counts(house) == before
    assert house.rows("SELECT DISTINCT note FROM registry_person") == [("",)]
    assert [house.heard(str(n)) for n in range(20)] == [["hello"]] * 20
    assert house.takes(said("and on", who="3")) == [Fate.DONE]


def counts(house: House) -> dict[str, int]:
    found = {name: house.one(f'SELECT count(*) FROM "{name}"') for name in Base.metadata.tables}
    assert found["registry_kin"] > 0
    assert found["inbox"] == 20
    return found


@pytest.mark.only("postgres")
def test_on_a_server_the_migrations_lead_to_the_models_too(where: Where) -> None:
    migrate.upgrade(where)

    command.check(migrate.config(where))


@pytest.mark.only("postgres")
def test_two_processes_that_start_at_once_upgrade_once() -> None:
    url = postgres.new_database()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: _upgrade_apart(url), range(2)))

    command.check(migrate.config(url))


def _upgrade_apart(url: str) -> None:
    # Alembic keeps its context in a module: each process has its own.
    code = f"from storage import migrate; migrate.upgrade({url!r})"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=migrate.HERE.parents[1], timeout=60)


def test_a_path_may_hold_signs_that_mean_something_to_alembic(tmp_path: Path) -> None:
    path = tmp_path / "50%(here)s of ?what#ever" / "bot.db"
    migrate.upgrade(path)

    assert len(schema(path)) > 20
