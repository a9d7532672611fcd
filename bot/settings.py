"""Settings: one frozen object, read once from the environment; wrong ones stop the start in one line."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from storage.database import file_of

TELEGRAM: Final = "https://api.telegram.org"
KEY_BYTES: Final = 32  # AES-256


class BadSettings(Exception):
    """A setting is missing or malformed; the message says which and how to fix it."""


def _matching(pattern: str, otherwise: str) -> AfterValidator:
    """Return a rule: a value that is given must match; `otherwise` says what it must be, without the value."""

    def must_match(value: Any) -> Any:  # Any: str or SecretStr
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text and not re.fullmatch(pattern, text):
            raise ValueError(otherwise)
        return value

    return AfterValidator(must_match)


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("must be 32 bytes in base64: make one with `openssl rand -base64 32`")
    return key


def _one_key(value: object) -> object:
    return _key(value) if isinstance(value, str) else value


def _keys(value: object) -> object:
    """Read "base64,base64"."""
    return tuple(_key(item.strip()) for item in value.split(",") if item.strip()) if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Key = Annotated[bytes, BeforeValidator(_one_key), Field(repr=False)]
Keys = Annotated[tuple[bytes, ...], BeforeValidator(_keys), Field(repr=False)]
Address = Annotated[
    str,
    _matching(
        r"https?://[^/?#@\s{}]+(/[^?#\s{}]*)?",
        "must be an address like https://api.example.kz, without a question mark and without a password in it",
    ),
]
Token = Annotated[
    SecretStr, _matching(r"\d+:[A-Za-z0-9_-]+", "must look like 123456:ABC-DEF: copy it whole from @BotFather")
]
Account = Annotated[str, _matching(r"AC[0-9a-fA-F]{32}", "must be AC and 32 hexadecimal digits: see Twilio's console")]
SmsSender = Annotated[
    str,
    _matching(
        r"\+[1-9]\d{6,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}",
        "must be a number like +12025550123 or a sender name of up to 11 letters and digits",
    ),
]
WhatsAppSender = Annotated[
    str,
    # Twilio's console shows it as whatsapp:+7….
    BeforeValidator(lambda value: value.removeprefix("whatsapp:") if isinstance(value, str) else value),
    _matching(r"\+[1-9]\d{6,14}", "must be a number like +77001234567: the sender approved for WhatsApp"),
]
SharedKey = Annotated[
    SecretStr, _matching(r"[\w-]{1,100}:\S{8,}", "must be the name and the secret of a shared key, like name:secret")
]
WebhookSecret = Annotated[
    SecretStr,
    _matching(
        r"[A-Za-z0-9_-]{32,256}", "must be 32 to 256 letters, digits, _ or -: make one with `openssl rand -hex 32`"
    ),
]
PublicAddress = Annotated[
    str, _matching(r"https?://[^/?#@\s]+/?", "must be an address without a path, like https://bot.example.kz")
]
SmtpUrl = Annotated[
    SecretStr,
    _matching(
        r"smtps?://([^/?#\s@]+@)?[^/?#\s@]+/?", "must be an address like smtps://user:password@mail.example.kz:465"
    ),
]
MailFrom = Annotated[str, _matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "must be an e-mail address like bot@example.kz")]
DatabaseUrl = Annotated[
    str,
    _matching(
        r"sqlite:///(?!:memory:).+|postgres(ql)?(\+psycopg)?://[^/\s]*/[^/\s]+",
        "must be sqlite:///path/to/file.db (four slashes for an absolute path) or postgresql://user:password@host/name",
    ),
    Field(repr=False),
]


class Settings(BaseModel):
    """Everything that differs by deployment. Each may also be given as a file, `NAME_FILE`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    #: Telegram's token of the bot; without it Telegram is off.
    bot_token: Token | None = None
    #: How Telegram's updates arrive.
    telegram_mode: Annotated[Literal["polling", "webhook", "off"], BeforeValidator(_lower)] = "polling"
    #: A self-hosted Bot API server.
    telegram_api_url: Address = TELEGRAM
    #: Proves that a webhook call is Telegram's; 32 to 256 letters, digits, _ and -.
    telegram_webhook_secret: WebhookSecret | None = None
    #: The https address under which people and providers reach us; secure pages need it.
    public_base_url: PublicAddress = ""
    #: Twilio's account, its token, the sender of SMS codes, and the address to use instead of Twilio's own.
    twilio_account_sid: Account = ""
    twilio_auth_token: SecretStr | None = None
    twilio_sms_from: SmsSender = ""
    twilio_api_url: Address = ""
    #: Our number on WhatsApp; without it WhatsApp is off.
    twilio_whatsapp_from: WhatsAppSender = ""
    #: A shared key that signs Twilio's webhooks instead of the auth token, as name:secret.
    twilio_shared_key: SharedKey | None = None
    #: Where everything is kept: an SQLite file, or a PostgreSQL database.
    database_url: DatabaseUrl = "sqlite:///var/balabaqsha.db"
    #: Where files people send lie sealed; empty: beside the file of the database, on a server in var/files.
    files_dir: str = ""
    #: Keys that wrap each person's key, 32 bytes in base64; the first one writes, all read.
    data_keys: Keys = ()
    #: The key of blind indexes, 32 bytes in base64.
    index_key: Key = b""
    #: A person registry over HTTP, and its bearer token; without it the embedded table answers.
    registry_url: Address = ""
    registry_token: SecretStr | None = None
    #: The mail server for codes to an e-mail address, and whom those mails are from.
    smtp_url: SmtpUrl | None = None
    mail_from: MailFrom = ""
    #: Where the web server listens.
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    #: How much of our own doings the log tells.
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = "INFO"

    @model_validator(mode="after")
    def _agree(self) -> Self:
        for must in (_webhook_is_complete, _twilio_is_complete, _mail_is_complete, _keys_differ):
            must(self)
        return self

    @property
    def database_file(self) -> Path | None:
        """The file of the database; None where it is a server."""
        return file_of(self.database_url)

    @property
    def database_name(self) -> str:
        """The database as it may be shown."""
        return str(self.database_file or re.sub(r"//[^/]*@", "//", self.database_url).partition("?")[0])

    @property
    def files_folder(self) -> Path:
        """Where sealed files lie."""
        if self.files_dir:
            return Path(self.files_dir)
        return (self.database_file.parent if self.database_file else Path("var")) / "files"

    @property
    def has_pages(self) -> bool:
        """Whether secure pages can be offered outside this machine."""
        return self.public_base_url.startswith("https://")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret as it would look in a log."""
        shared = self.twilio_shared_key and SecretStr(self.twilio_shared_key.get_secret_value().partition(":")[2])
        hidden = (self.bot_token, self.telegram_webhook_secret, self.twilio_auth_token, shared, self.registry_token)
        keys = (base64.b64encode(key).decode() for key in (*self.data_keys, self.index_key) if key)
        password = urlsplit(self.database_url).password or ""
        mail = urlsplit(self.smtp_url.get_secret_value()).password if self.smtp_url else None
        words = tuple(filter(None, (password, unquote(password), mail)))
        return (*(secret.get_secret_value() for secret in hidden if secret is not None), *keys, *words)


def _webhook_is_complete(given: Settings) -> None:
    if given.telegram_mode != "webhook" or given.bot_token is None:
        return
    if given.telegram_webhook_secret is None:
        raise ValueError("TELEGRAM_WEBHOOK_SECRET is missing: make one with `openssl rand -hex 32`")
    if not given.public_base_url:
        raise ValueError("PUBLIC_BASE_URL is needed for TELEGRAM_MODE=webhook: set the https address of this server")
    if given.telegram_api_url.rstrip("/") == TELEGRAM and not given.has_pages:
        raise ValueError("PUBLIC_BASE_URL must begin with https:// for TELEGRAM_MODE=webhook: Telegram calls no other")


def _twilio_is_complete(given: Settings) -> None:
    twilio = (given.twilio_account_sid, given.twilio_auth_token, given.twilio_sms_from)
    if any(twilio) and not all(twilio):
        raise ValueError("TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_SMS_FROM go together: set all or none")
    if given.twilio_whatsapp_from and not all(twilio):
        raise ValueError(
            "TWILIO_WHATSAPP_FROM needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_SMS_FROM: set them, too"
        )


def _mail_is_complete(given: Settings) -> None:
    if (given.smtp_url is None) != (not given.mail_from):
        raise ValueError("SMTP_URL and MAIL_FROM go together: set both or none")


def _keys_differ(given: Settings) -> None:
    if given.index_key and given.index_key in given.data_keys:
        raise ValueError("INDEX_KEY must not be one of DATA_KEYS: make another with `openssl rand -base64 32`")


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
    value, path = environ.get(name, "").strip(), environ.get(f"{name}_FILE", "").strip()
    if not path:
        return value
    if value:
        raise BadSettings(f"{name} and {name}_FILE are both set: keep one of them")
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except OSError as missing:
        raise BadSettings(f"{name}_FILE names {path}, which cannot be read: {missing.strerror}") from None
    except UnicodeDecodeError:
        raise BadSettings(f"{name}_FILE names {path}, which is not a text file") from None
    if not value:
        raise BadSettings(f"{name}_FILE names {path}, which is empty")
    return value


#: pydantic's own words say what is wrong, not what to do.
_HOW: Final[Mapping[str, str]] = {
    "telegram_mode": "must be polling, webhook or off",
    "port": "must be a number from 0 to 65535, like 8080",
    "log_level": "must be DEBUG, INFO, WARNING or ERROR",
}


def _in_one_line(wrong: ValidationError) -> str:
    first = wrong.errors(include_input=False, include_url=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return message
    name = str(first["loc"][0])
    return f"{name.upper()} {_HOW.get(name, message)}"


def must_have_keys(settings: Settings) -> Settings:
    """Return settings fit for production; raise BadSettings where a key is missing."""
    for name in ("data_keys", "index_key"):
        if not getattr(settings, name):
            raise BadSettings(
                f"{name.upper()} is missing: make one with `openssl rand -base64 32` and keep a copy safe"
            )
    return settings


def must_be_writable(settings: Settings) -> Settings:
    """Return settings whose database can be written; raise BadSettings where it cannot. Creates nothing."""
    path = settings.database_file
    if path is None:
        return settings
    if path.is_dir():
        raise BadSettings(f"DATABASE_URL names {path}, which is a folder: name a file in it")
    nearest = next((place for place in (path, *path.resolve().parents) if place.exists()), Path("/"))
    wanted = os.R_OK | os.W_OK | (os.X_OK if nearest.is_dir() else 0)
    if (nearest != path and not nearest.is_dir()) or not os.access(nearest, wanted):
        raise BadSettings(f"DATABASE_URL names {path}, which cannot be written: {nearest} does not allow it")
    return settings
