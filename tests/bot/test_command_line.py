"""`python -m bot …` as a person runs it: a process of its own, an exit code, lines to read."""

from __future__ import annotations

import base64
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from services.demo_city import AIGERIM, ALIKHAN
from services.persons_file import COLUMNS, PersonRow
from tests import postgres

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "123456789:AAcanaryTokenThatNobodyMaySee_000000000"
KEYS = {sign: base64.b64encode(sign.encode() * 32).decode() for sign in "di"}


class Machine:
    """A folder with a database, and an environment to run commands in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "var" / "bot.db"
        self.environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "DATA_KEYS": KEYS["d"],
            "INDEX_KEY": KEYS["i"],
        }

    def start(self, *words: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", *words],
            cwd=self.folder,
            env=self.environ | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def runs(self, *words: str, **environ: str) -> tuple[int, str, str]:
        """Return the exit code, what was said, and what was complained of."""
        with self.start(*words, **environ) as process:
            said, complained = process.communicate(timeout=60)
        return process.returncode, said, complained

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database)) as db:
            return db.execute(sql).fetchall()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


# A server


@pytest.fixture
def url() -> str:
    return postgres.new_database()


def test_migrate_and_audit_work_on_a_server_and_show_no_password(machine: Machine, url: str) -> None:
    code, said, complained = machine.runs("migrate", DATABASE_URL=url)
    again = machine.runs("audit", "verify", DATABASE_URL=url)

    assert (code, complained) == (0, "")
    assert "at the schema of this release" in said
    assert again[0] == 0


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://bot:hunter2@127.0.0.1:1/bot", "PostgreSQL cannot be reached"),
        ("postgresql://bot:hunter2@nowhere.invalid/bot", "PostgreSQL cannot be reached"),
    ],
)
def test_a_server_that_is_not_there_is_one_line(machine: Machine, url: str, says: str) -> None:
    code, _, complained = machine.runs("migrate", DATABASE_URL=url)

    assert code == 2
    assert says in complained
    assert complained.count("\n") == 1
    assert "hunter2" not in complained


def test_a_database_that_was_not_created_is_one_line(machine: Machine) -> None:
    url = make_url(postgres.server_url()).set(database="nobody_made_it").render_as_string(hide_password=False)
    code, _, complained = machine.runs("migrate", DATABASE_URL=url)

    assert (code, complained.count("\n")) == (2, 1)
    assert "create it first" in complained


def test_keys_are_rotated_and_indexes_made_anew_from_the_command_line(machine: Machine, tmp_path: Path) -> None:
    machine.runs("migrate")
    former = tmp_path / "former"
    former.write_text(KEYS["i"])
    new = base64.b64encode(b"x" * 32).decode()

    assert machine.runs("keys", "rotate")[:2][0] == 0
    assert machine.runs("keys", "reindex", "--former", str(former), INDEX_KEY=new)[0] == 0
    assert machine.runs("audit", "verify", INDEX_KEY=new)[0] == 0


# check and migrate


def test_check_says_that_all_is_fine_and_creates_nothing(machine: Machine) -> None:
    code, said, complained = machine.runs("check")

    assert (code, complained) == (0, "")
    assert said.startswith("fine: ")
    assert not machine.database.parent.exists()


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"DATA_KEYS": ""}, "balabaqsha: DATA_KEYS is missing"),
        ({"DATABASE_URL": "sqlite:////dev/null/x.db"}, "balabaqsha: DATABASE_URL names /dev/null/x.db"),
    ],
)
def test_check_ends_with_one_line_on_what_is_wrong(machine: Machine, environ: dict[str, str], line: str) -> None:
    code, said, complained = machine.runs("check", **environ)

    assert (code, said) == (2, "")
    assert complained.startswith(line)
    assert complained.count("\n") == 1


def test_migrate_makes_the_database_and_doing_it_again_changes_nothing(machine: Machine) -> None:
    first, second = machine.runs("migrate"), machine.runs("migrate")

    assert first == second == (0, f"{machine.database} is at the schema of this release\n", "")
    assert machine.rows("SELECT count(*) FROM person") == [(0,)]


def test_migrate_where_nothing_can_be_written_is_one_line(machine: Machine) -> None:
    code, _, complained = machine.runs("migrate", DATABASE_URL="sqlite:////dev/null/x.db")

    assert (code, complained.count("\n")) == (2, 1)


# audit verify


def test_the_audit_of_an_empty_database_is_whole(machine: Machine) -> None:
    machine.runs("migrate")

    assert machine.runs("audit", "verify") == (0, "the audit record is whole\n", "")


def test_a_changed_audit_record_is_found(machine: Machine) -> None:
    machine.runs("migrate")
    with closing(sqlite3.connect(machine.database)) as db, db:
        db.execute("INSERT INTO person (id, key, created_at) VALUES (1, x'00', 0)")
        db.execute(
            "INSERT INTO audit (person_id, seq, act, subject, at, prev, mac) VALUES (1, 1, 'login', '', 0, '', 'f')"
        )

    code, said, _ = machine.runs("audit", "verify")

    assert code == 1
    assert "person 1: record 1 was changed" in said


def test_an_audit_without_a_database_is_one_line(machine: Machine) -> None:
    code, _, complained = machine.runs("audit", "verify")

    assert (code, complained.count("\n")) == (2, 1)
    assert "there is no database yet" in complained


# import persons


def csv(*rows: str) -> str:
    return "\n".join((",".join(COLUMNS), *rows)) + "\n"


def line(row: PersonRow, guardians: str = "") -> str:
    assert row.iin is not None
    phones = " ".join(phone.e164 for phone in row.phones)
    name = row.name
    born = row.born.isoformat()
    return f"{row.iin.digits},,{name.last},{name.first},{name.middle},{born},,,,{phones},{guardians},"


GOOD = csv(line(AIGERIM), line(ALIKHAN, AIGERIM.iin.digits if AIGERIM.iin else ""))
BAD = csv(line(AIGERIM), "930427400002,,Сабитова,Канарейка,,1993-04-27,,,,,,", "x")


@pytest.fixture
def file(machine: Machine) -> Path:
    made = machine.folder / "persons.csv"
    made.write_text(GOOD)
    return made


def test_a_dry_run_writes_nothing(machine: Machine, file: Path) -> None:
    code, said, _ = machine.runs("import", "persons", str(file))

    assert (code, said) == (0, "dry run: 2 rows are good, 0 are not; add --apply to write the good ones\n")
    assert not machine.database.exists()


def test_applying_writes_once_however_often(machine: Machine, file: Path) -> None:
    first = machine.runs("import", "persons", str(file), "--apply")
    second = machine.runs("import", "persons", str(file), "--apply")

    assert first[:2] == (0, "2 written, 2 of them new; 0 rows refused\n")
    assert second[:2] == (0, "2 written, 0 of them new; 0 rows refused\n")
    assert machine.rows("SELECT count(*) FROM registry_person") == [(2,)]


def test_every_bad_row_is_reported_without_its_values_and_the_good_ones_are_written(
    machine: Machine, file: Path
) -> None:
    file.write_text(BAD)
    code, said, complained = machine.runs("import", "persons", str(file), "--apply")

    assert code == 1
    assert said.splitlines() == [
        "line 3: iin: The check digit of the IIN is wrong.",
        "line 4: The line must have 12 cells.",
        "1 written, 1 of them new; 2 rows refused",
    ]
    assert "Канарейка" not in said + complained
    assert "930427400002" not in said + complained


def test_nothing_a_file_says_lies_readable_in_the_database(machine: Machine, file: Path) -> None:
    machine.runs("import", "persons", str(file), "--apply")

    stored = machine.database.read_bytes()
    assert not any(secret.encode() in stored for secret in ("930427400001", "77471234567", "Сабитова"))


def test_a_file_that_is_not_there_is_a_sentence(machine: Machine) -> None:
    code, _, complained = machine.runs("import", "persons", "nowhere.csv")

    assert code == 2
    assert "nowhere.csv" in complained
    assert "Traceback" not in complained


def test_a_file_that_is_no_list_of_persons_is_one_line(machine: Machine, file: Path) -> None:
    file.write_bytes(b"\x89PNG\r\n\x1a\n" * 10)
    code, said, _ = machine.runs("import", "persons", str(file))

    assert code == 1
    assert said.startswith("line 1: The first line must name the columns")


# run


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({}, "balabaqsha: BOT_TOKEN is missing"),
        ({"BOT_TOKEN": TOKEN}, "balabaqsha: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_SMS_FROM are missing"),
        ({"BOT_TOKEN": TOKEN, "TELEGRAM_MODE": "webhook"}, "balabaqsha: TELEGRAM_WEBHOOK_SECRET is missing"),
    ],
)
def test_run_refuses_to_start_and_says_why_in_one_line(machine: Machine, environ: dict[str, str], line: str) -> None:
    code, said, complained = machine.runs("run", **environ)

    assert (code, said) == (2, "")
    assert complained.startswith(line)
    assert complained.count("\n") == 1
    assert TOKEN not in complained
    assert not machine.database.exists()


COMPLETE = {
    "BOT_TOKEN": TOKEN,
    "TELEGRAM_API_URL": "http://127.0.0.1:9",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "canary-twilio-token",
    "TWILIO_SMS_FROM": "+12025550123",
    "TWILIO_API_URL": "http://127.0.0.1:9",
}


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield busy.getsockname()[1]


def test_run_on_a_taken_port_ends_before_anything_is_opened(machine: Machine) -> None:
    with taken_port() as port:
        code, _, complained = machine.runs("run", **COMPLETE, PORT=str(port))

    assert code == 3
    assert "Address already in use" in complained
    assert complained.count("\n") == 1
    assert not machine.database.exists()


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_run_serves_without_a_telegram_and_ends_when_told_with_everything_written(
    machine: Machine, told: signal.Signals
) -> None:
    with machine.start("run", **COMPLETE, PORT="0") as process:
        lines = read_until("serving", process)
        process.send_signal(told)
        lines += process.communicate(timeout=30)[1]

    assert "no updates from Telegram" in lines
    assert "Traceback" not in lines
    assert not any(secret in lines for secret in (TOKEN, "canary-twilio-token", *KEYS.values()))
    # The writer folded its log into the file: it was asked to end, not cut off.
    assert not machine.database.with_name("bot.db-wal").exists()
    assert process.returncode == 0


def read_until(word: str, process: subprocess.Popen[str]) -> str:
    """Return what was complained of until a word is said."""
    assert process.stderr is not None
    lines = ""
    while word not in lines:
        line = process.stderr.readline()
        assert line, f"it ended without saying {word!r}:\n{lines}"
        lines += line
    return lines


# import kato


def test_a_classifier_is_written_whole_or_not_at_all(machine: Machine, tmp_path: Path) -> None:
    file = tmp_path / "kato.csv"
    file.write_text("te,name_kaz,name_rus\n610000000,Түркістан облысы,Туркестанская область\n", encoding="utf-8")
    assert machine.runs("import", "kato", str(file)) == (
        0,
        "dry run: 1 localities are good, 0 lines are not; add --apply to write\n",
        "",
    )
    assert machine.runs("import", "kato", str(file), "--apply") == (0, "1 localities written\n", "")
    file.write_text("te,name_kaz,name_rus\n6100,x,y\n", encoding="utf-8")
    code, said, _ = machine.runs("import", "kato", str(file), "--apply")

    assert code == 1
    assert said.startswith("line 2: te is not nine digits\n")
    assert machine.rows("SELECT kato FROM locality") == [("610000000",)]
