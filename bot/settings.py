"""Settings: one frozen object, read once from the environment; wrong ones stop the start in one line."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)


class BadSettings(Exception):
    """A setting is missing or malformed; the message says which and how to fix it."""


def _keys(value: object) -> object:
    """Read "base64,base64": each key 32 bytes."""
    if not isinstance(value, str):
        return value
    return tuple(_key(item.strip()) for item in value.split(",") if item.strip())


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:  # noqa: PLR2004 - AES-256
        raise ValueError("must be 32 bytes in base64: make one with `openssl rand -base64 32`")
    return key


def _one_key(value: object) -> object:
    return _key(value) if isinstance(value, str) else value


Key = Annotated[bytes, BeforeValidator(_one_key), Field(repr=False)]
Keys = Annotated[tuple[bytes, ...], BeforeValidator(_keys), Field(repr=False)]


class Settings(BaseModel):
    """Everything that differs by deployment. Each may also be given as a file, `NAME_FILE`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    #: Telegram's token of the bot; without it Telegram is off.
    bot_token: SecretStr | None = None
    #: How Telegram's updates arrive.
    telegram_mode: Literal["polling", "webhook", "off"] = "polling"
    #: A self-hosted Bot API server.
    telegram_api_url: str = "https://api.telegram.org"
    #: Proves that a webhook call is Telegram's; 32 to 256 letters, digits, _ and -.
    telegram_webhook_secret: SecretStr | None = None
    #: The https address under which people and providers reach us; secure pages need it.
    public_base_url: str = ""
    #: Twilio's account, its token, the sender of SMS codes, and the address to use instead of Twilio's own.
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr | None = None
    twilio_sms_from: str = ""
    twilio_api_url: str = ""
    #: Where everything is kept: an SQLite file.
    database_url: str = "sqlite:///var/balabaqsha.db"
    #: Keys that wrap each person's key, 32 bytes in base64; the first one writes, all read.
    data_keys: Keys = ()
    #: The key of blind indexes, 32 bytes in base64.
    index_key: Key = b""
    #: A person registry over HTTP, and its bearer token; without it the embedded table answers.
    registry_url: str = ""
    registry_token: SecretStr | None = None
    #: Where the web server listens.
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.telegram_mode == "webhook" and self.bot_token is not None:
            secret = self.telegram_webhook_secret.get_secret_value() if self.telegram_webhook_secret else ""
            if not re.fullmatch(r"[A-Za-z0-9_-]{32,256}", secret):
                raise ValueError(
                    "TELEGRAM_WEBHOOK_SECRET must be 32 to 256 letters, digits, _ or -:"
                    " make one with `openssl rand -hex 32`"
                )
            if not self.public_base_url:
                raise ValueError(
                    "PUBLIC_BASE_URL is needed for TELEGRAM_MODE=webhook: set the https address of this server"
                )
        if self.public_base_url and not re.fullmatch(r"https?://[^/?#]+", self.public_base_url.rstrip("/")):
            raise ValueError("PUBLIC_BASE_URL must be an address without a path, like https://bot.example.kz")
        if not self.database_url.startswith("sqlite:///"):
            raise ValueError("DATABASE_URL must be sqlite:///path/to/file.db")
        twilio = (self.twilio_account_sid, self.twilio_auth_token, self.twilio_sms_from)
        if any(twilio) and not all(twilio):
            raise ValueError("TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_SMS_FROM go together: set all or none")
        return self

    @property
    def database_path(self) -> Path:
        """The file of the database."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def has_pages(self) -> bool:
        """Whether secure pages can be offered outside this machine."""
        return self.public_base_url.startswith("https://")


def load(environ: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Return the settings of the environment, `given` ones first; raise BadSettings in one line."""
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {}
    for name in Settings.model_fields:
        found = _read(name.upper(), environ)
        if found:
            values[name] = found
    try:
        return Settings(**(values | given))
    except ValidationError as wrong:
        raise BadSettings(_in_one_line(wrong)) from None


def _read(name: str, environ: Mapping[str, str]) -> str:
    if path := environ.get(f"{name}_FILE", ""):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as missing:
            raise BadSettings(f"{name}_FILE names {path}, which cannot be read: {missing.strerror}") from None
    return environ.get(name, "").strip()


def _in_one_line(wrong: ValidationError) -> str:
    first = wrong.errors(include_input=False, include_url=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    return f"{str(first['loc'][0]).upper()}: {message}" if first["loc"] else message


def must_have_keys(settings: Settings) -> Settings:
    """Return settings fit for production; raise BadSettings where a key is missing."""
    for name in ("data_keys", "index_key"):
        if not getattr(settings, name):
            raise BadSettings(
                f"{name.upper()} is missing: make one with `openssl rand -base64 32` and keep a copy safe"
            )
    return settings
