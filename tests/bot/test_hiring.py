"""The first account of the desk is made on the machine, on either database."""

from __future__ import annotations

import base64
from contextlib import closing
from pathlib import Path

import pytest

from bot import hiring
from storage.books import look_at
from tests import postgres


@pytest.mark.only("sqlite", "postgres")
def test_an_account_is_made_once(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where = f"sqlite:///{tmp_path / 'bot.db'}" if database == "sqlite" else postgres.new_database()
    for name, value in {"DATA_KEYS": b"d", "INDEX_KEY": b"i"}.items():
        monkeypatch.setenv(name, base64.b64encode(value * 32).decode())
    monkeypatch.setenv("DATABASE_URL", where)

    codes = [hiring.main("saule", "Сауле", "admin") for _ in range(2)]

    said = capsys.readouterr()
    assert codes == [0, 1]
    assert "second factor: otpauth://" in said.out
    assert said.err.startswith("balabaqsha: ")
    with closing(look_at(where)) as db:
        assert db.execute("SELECT count(*) FROM agent").fetchone() == (1,)
