"""How production serves: on the address that was asked for, believing no proxy."""

from __future__ import annotations

import pytest

from bot import run
from bot.run import _config
from bot.settings import BadSettings, Settings


def test_nothing_a_proxy_claims_is_believed_and_no_address_is_written_down() -> None:
    config = _config(Settings(host="0.0.0.0", port=8443))

    assert (config.host, config.port) == ("0.0.0.0", 8443)
    assert (config.proxy_headers, config.access_log, config.log_config) == (False, False, None)
    assert config.timeout_graceful_shutdown == 10


def test_a_part_of_the_work_needs_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Settings(database_url="sqlite:///x.db")
    monkeypatch.setattr(run, "must_be_complete", lambda _: given)

    with pytest.raises(BadSettings, match="--role worker needs PostgreSQL"):
        run.main("worker")
