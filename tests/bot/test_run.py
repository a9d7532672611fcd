"""How production serves: on the address that was asked for, believing no proxy."""

from __future__ import annotations

from bot.run import _config
from bot.settings import Settings


def test_nothing_a_proxy_claims_is_believed_and_no_address_is_written_down() -> None:
    config = _config(Settings(host="0.0.0.0", port=8443))

    assert (config.host, config.port) == ("0.0.0.0", 8443)
    assert (config.proxy_headers, config.access_log, config.log_config) == (False, False, None)
    assert config.timeout_graceful_shutdown == 10
