"""Settings: every missing or malformed one is one line that names it and the fix; no secret is ever printed."""

from __future__ import annotations

import base64
import os
import pickle
import traceback
from pathlib import Path

import pytest

from bot.run import must_be_complete
from bot.settings import BadSettings, Settings, load, must_be_writable, must_have_keys

TOKEN = "123456789:AAcanaryTokenThatNobodyMaySee_000000000"
SECRET = "canary-secret-" + "x" * 32
DATA_KEY, INDEX_KEY, OTHER_KEY = (base64.b64encode(sign * 32).decode() for sign in (b"d", b"i", b"o"))
ACCOUNT = "AC" + "0a" * 16

#: Everything that is needed and right.
WHOLE = {
    "BOT_TOKEN": TOKEN,
    "TELEGRAM_MODE": "webhook",
    "TELEGRAM_API_URL": "https://api.telegram.org",
    "TELEGRAM_WEBHOOK_SECRET": SECRET,
    "PUBLIC_BASE_URL": "https://bot.example.kz",
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": "canary-twilio-token",
    "TWILIO_SMS_FROM": "+12025550123",
    "TWILIO_API_URL": "http://127.0.0.1:9/twilio",
    "TWILIO_WHATSAPP_FROM": "+77001234567",
    "TWILIO_SHARED_KEY": "webhooks-key:canary-shared-secret",
    "DATABASE_URL": "sqlite:///var/x.db",
    "FILES_DIR": "/srv/files",
    "DATA_KEYS": f"{DATA_KEY},{OTHER_KEY}",
    "INDEX_KEY": INDEX_KEY,
    "REGISTRY_URL": "https://registry.example.kz/v1",
    "REGISTRY_TOKEN": "canary-registry-token",
    "SMTP_URL": "smtps://bot:canary-mail-word@mail.example.kz:465",
    "MAIL_FROM": "bot@example.kz",
    "HOST": "0.0.0.0",
    "PORT": "8443",
    "LOG_LEVEL": "DEBUG",
}
NO_WHATSAPP = {"TWILIO_WHATSAPP_FROM": ""}
SECRET_NAMES = {
    "BOT_TOKEN",
    "TELEGRAM_WEBHOOK_SECRET",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_SHARED_KEY",
    "DATA_KEYS",
    "INDEX_KEY",
    "REGISTRY_TOKEN",
    "SMTP_URL",
}
SECRETS = (
    TOKEN,
    SECRET,
    "canary-twilio-token",
    "canary-shared-secret",
    "canary-registry-token",
    "canary-mail-word",
    DATA_KEY,
    INDEX_KEY,
    OTHER_KEY,
)


def refusal(**changed: str) -> str:
    """Return the line a start with these settings ends with."""
    with pytest.raises(BadSettings) as wrong:
        must_be_complete(load(WHOLE | changed))
    return str(wrong.value)


def test_a_whole_set_is_taken() -> None:
    given = must_be_complete(load(WHOLE))

    assert (given.port, given.log_level, given.telegram_mode) == (8443, "DEBUG", "webhook")
    assert given.data_keys == (b"d" * 32, b"o" * 32)


def test_nothing_at_all_is_enough_for_a_demo() -> None:
    given = load({})

    assert (given.host, given.port, given.bot_token) == ("127.0.0.1", 8080, None)


def test_every_field_is_tried_here() -> None:
    assert {name.upper() for name in Settings.model_fields} == set(WHOLE)


@pytest.mark.parametrize(
    ("changed", "begins", "says"),
    [
        ({"BOT_TOKEN": "", **NO_WHATSAPP}, "BOT_TOKEN is missing", "@BotFather"),
        ({"BOT_TOKEN": "hello"}, "BOT_TOKEN must look like", "@BotFather"),
        ({"BOT_TOKEN": "123456789: AA"}, "BOT_TOKEN must look like", "@BotFather"),
        ({"TELEGRAM_MODE": "off", **NO_WHATSAPP}, "TELEGRAM_MODE is off", "polling or webhook"),
        ({"TELEGRAM_MODE": "pull"}, "TELEGRAM_MODE must be", "polling, webhook or off"),
        ({"TELEGRAM_API_URL": "api.telegram.org"}, "TELEGRAM_API_URL must be", "https://"),
        ({"TELEGRAM_API_URL": "https://u:p@api.test"}, "TELEGRAM_API_URL must be", "password"),
        ({"TELEGRAM_API_URL": "https://api.test/{x}"}, "TELEGRAM_API_URL must be", "https://"),
        ({"TELEGRAM_WEBHOOK_SECRET": ""}, "TELEGRAM_WEBHOOK_SECRET is missing", "openssl rand -hex 32"),
        ({"TELEGRAM_WEBHOOK_SECRET": "x" * 31}, "TELEGRAM_WEBHOOK_SECRET must be", "openssl rand -hex 32"),
        ({"TELEGRAM_WEBHOOK_SECRET": "x" * 257}, "TELEGRAM_WEBHOOK_SECRET must be", "openssl rand -hex 32"),
        ({"TELEGRAM_WEBHOOK_SECRET": "x" * 32 + "!"}, "TELEGRAM_WEBHOOK_SECRET must be", "openssl rand -hex 32"),
        ({"PUBLIC_BASE_URL": ""}, "PUBLIC_BASE_URL is needed", "https address"),
        ({"PUBLIC_BASE_URL": "http://bot.example.kz"}, "PUBLIC_BASE_URL must begin with https://", "Telegram"),
        ({"PUBLIC_BASE_URL": "https://bot.example.kz/path"}, "PUBLIC_BASE_URL must be", "without a path"),
        ({"PUBLIC_BASE_URL": "bot.example.kz"}, "PUBLIC_BASE_URL must be", "https://"),
        ({"TWILIO_ACCOUNT_SID": "x"}, "TWILIO_ACCOUNT_SID must be", "32 hexadecimal digits"),
        ({"TWILIO_AUTH_TOKEN": ""}, "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_SMS_FROM go together", "all"),
        (
            {"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": "", "TWILIO_SMS_FROM": "", **NO_WHATSAPP},
            "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_SMS_FROM are missing",
            "SMS",
        ),
        ({"TWILIO_SMS_FROM": "87471234567"}, "TWILIO_SMS_FROM must be", "+12025550123"),
        (
            {"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": "", "TWILIO_SMS_FROM": ""},
            "TWILIO_WHATSAPP_FROM needs",
            "TWILIO_SMS_FROM",
        ),
        ({"TWILIO_WHATSAPP_FROM": "Balabaqsha"}, "TWILIO_WHATSAPP_FROM must be", "+77001234567"),
        ({"TWILIO_SHARED_KEY": "only-a-name"}, "TWILIO_SHARED_KEY must be", "name:secret"),
        (
            {"TELEGRAM_MODE": "polling", "PUBLIC_BASE_URL": ""},
            "PUBLIC_BASE_URL must begin with https:// for TWILIO_WHATSAPP_FROM",
            "secure pages",
        ),
        (
            {"TELEGRAM_MODE": "polling", "PUBLIC_BASE_URL": "http://bot.example.kz"},
            "PUBLIC_BASE_URL must begin with https:// for TWILIO_WHATSAPP_FROM",
            "secure pages",
        ),
        ({"TWILIO_API_URL": "twilio"}, "TWILIO_API_URL must be", "https://"),
        ({"DATABASE_URL": "postgresql://x"}, "DATABASE_URL must be", "postgresql://user:password@host/name"),
        ({"DATABASE_URL": "mysql://u:hunter2@h/x"}, "DATABASE_URL must be", "sqlite:///"),
        ({"DATABASE_URL": "sqlite:///"}, "DATABASE_URL must be", "sqlite:///"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL must be", "sqlite:///"),
        ({"DATABASE_URL": "sqlite:////dev"}, "DATABASE_URL names /dev, which is a folder", "name a file"),
        ({"DATABASE_URL": "sqlite:////dev/null/x.db"}, "DATABASE_URL names /dev/null/x.db", "cannot be written"),
        ({"DATA_KEYS": ""}, "DATA_KEYS is missing", "openssl rand -base64 32"),
        ({"DATA_KEYS": "short"}, "DATA_KEYS must be 32 bytes", "openssl rand -base64 32"),
        ({"DATA_KEYS": f"{DATA_KEY},short"}, "DATA_KEYS must be 32 bytes", "openssl rand -base64 32"),
        ({"DATA_KEYS": "қпия"}, "DATA_KEYS must be 32 bytes", "openssl rand -base64 32"),
        ({"INDEX_KEY": ""}, "INDEX_KEY is missing", "openssl rand -base64 32"),
        ({"INDEX_KEY": DATA_KEY[:-4]}, "INDEX_KEY must be 32 bytes", "openssl rand -base64 32"),
        ({"INDEX_KEY": OTHER_KEY}, "INDEX_KEY must not be one of DATA_KEYS", "openssl rand -base64 32"),
        ({"REGISTRY_URL": "ftp://registry"}, "REGISTRY_URL must be", "https://"),
        ({"PORT": "http"}, "PORT must be a number", "8080"),
        ({"PORT": "65536"}, "PORT must be a number", "8080"),
        ({"PORT": "-1"}, "PORT must be a number", "8080"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL must be", "DEBUG, INFO, WARNING or ERROR"),
    ],
)
def test_a_wrong_setting_is_one_line_with_its_name_and_the_fix(changed: dict[str, str], begins: str, says: str) -> None:
    line = refusal(**changed)

    assert line.startswith(begins)
    assert says in line
    assert "\n" not in line
    assert not any(value in line for name, value in changed.items() if value and name in SECRET_NAMES)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_API_URL", "http://127.0.0.1:8081/bots/"),
        ("PUBLIC_BASE_URL", "https://bot.example.kz:8443/"),
        ("TWILIO_SMS_FROM", "Balabaqsha"),
        ("TWILIO_WHATSAPP_FROM", "whatsapp:+77001234567"),
        ("BOT_TOKEN", ""),
        ("TELEGRAM_MODE", "off"),
        ("LOG_LEVEL", "debug"),
        ("TELEGRAM_MODE", "Polling"),
        ("PORT", "0"),
    ],
)
def test_what_people_also_write_is_taken(name: str, value: str) -> None:
    must_be_complete(load(WHOLE | {name: value}))


def test_a_bot_api_of_ones_own_may_call_us_without_a_certificate() -> None:
    own = {"TELEGRAM_API_URL": "http://127.0.0.1:8081", "PUBLIC_BASE_URL": "http://bot.local:8080"}

    must_be_complete(load(WHOLE | own | NO_WHATSAPP))


# From files


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_each_setting_may_come_from_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "value"
    file.write_text(f"{WHOLE[name]}\n")
    without = {key: value for key, value in WHOLE.items() if key != name}

    assert load(without | {f"{name}_FILE": str(file)}) == load(WHOLE)


@pytest.mark.parametrize(
    ("content", "says"), [(None, "cannot be read"), (b"", "is empty"), (b"\xff\xfe\x00", "is not a text file")]
)
def test_a_file_that_gives_nothing_is_one_line(content: bytes | None, says: str, tmp_path: Path) -> None:
    file = tmp_path / "value"
    if content is not None:
        file.write_bytes(content)

    line = refusal(BOT_TOKEN="", BOT_TOKEN_FILE=str(file))

    assert line.startswith(f"BOT_TOKEN_FILE names {file}")
    assert says in line


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(BOT_TOKEN="", BOT_TOKEN_FILE=str(tmp_path))


def test_a_value_and_a_file_for_one_setting_are_one_too_many(tmp_path: Path) -> None:
    line = refusal(BOT_TOKEN_FILE=str(tmp_path / "value"))

    assert line == "BOT_TOKEN and BOT_TOKEN_FILE are both set: keep one of them"


def test_no_file_is_read_that_nobody_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(f"BOT_TOKEN={TOKEN}\n")
    monkeypatch.chdir(tmp_path)

    assert load({}).bot_token is None


# Secrets


def test_printing_the_settings_shows_no_secret() -> None:
    given = load(WHOLE)

    printed = f"{given} {given!r} {given.model_dump_json(exclude={'data_keys', 'index_key'})}"
    assert not any(secret in printed for secret in (*SECRETS, "d" * 32, "i" * 32))


@pytest.mark.parametrize("name", ["BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "DATA_KEYS", "INDEX_KEY"])
def test_a_malformed_secret_is_not_in_the_error_nor_behind_it(name: str) -> None:
    malformed = f"canary secret {name}"
    with pytest.raises(BadSettings) as wrong:
        load(WHOLE | {name: malformed})

    said = "".join(traceback.format_exception(wrong.value))
    assert malformed not in said


def test_every_secret_is_known_to_the_log() -> None:
    assert set(SECRETS) == set(load(WHOLE).secrets)


def test_settings_do_not_change() -> None:
    given = load(WHOLE)

    with pytest.raises(ValueError, match="frozen"):
        given.port = 1  # type: ignore[misc]  # that is the claim


def test_bad_settings_travel_as_they_are() -> None:
    assert str(pickle.loads(pickle.dumps(BadSettings("PORT is odd")))) == "PORT is odd"


# Where the database lies


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:p%40ss-w0rd@db:5432/bot",
        "postgres://bot:p%40ss-w0rd@db/bot",
        "postgresql+psycopg://bot:p%40ss-w0rd@db/bot",
    ],
)
def test_a_server_may_be_named_and_its_password_is_a_secret(url: str) -> None:
    given = load(WHOLE | {"DATABASE_URL": url})

    assert given.database_file is None
    assert {"p%40ss-w0rd", "p@ss-w0rd"} <= set(given.secrets)
    assert "w0rd" not in repr(given) + given.database_name
    assert must_be_writable(given) is given


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        ({"FILES_DIR": "/srv/files", "DATABASE_URL": "postgresql://bot@db/bot"}, "/srv/files"),
        ({"DATABASE_URL": "postgresql://bot@db/bot"}, "var/files"),
        ({"DATABASE_URL": "sqlite:////srv/bot/city.db"}, "/srv/bot/files"),
        ({}, "var/files"),
    ],
)
def test_files_lie_where_it_is_said_or_beside_what_is_kept(given: dict[str, str], folder: str) -> None:
    assert load(given).files_folder == Path(folder)


def test_a_folder_that_can_be_made_is_fine(tmp_path: Path) -> None:
    given = load(WHOLE | {"DATABASE_URL": f"sqlite:///{tmp_path}/a/b/c.db"})

    must_be_writable(given)
    assert not (tmp_path / "a").exists()


def test_a_folder_nobody_may_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)

    assert "cannot be written" in refusal(DATABASE_URL=f"sqlite:///{tmp_path}/x.db")


def test_keys_are_asked_for_apart(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="DATA_KEYS"):
        must_have_keys(load({}))
