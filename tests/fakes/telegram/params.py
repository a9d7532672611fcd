"""The parameters of one call, from a query string, JSON, an urlencoded form or multipart."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.telegram.refusals import bad_request

Json = dict[str, Any]  # Any: JSON has no other type; each field is judged where it is read

ATTACHED = "attach://"

# A form carries these as JSON text, a JSON body carries them as they are. The words are Telegram's.
NESTED = {
    "allowed_updates": "allowed updates",
    "commands": "commands",
    "link_preview_options": "link preview options",
    "reply_markup": "reply keyboard markup",
    "reply_parameters": "reply parameters",
    "scope": "BotCommandScope",
}


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that came with the call."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Params:
    """What a client asked for, typed at the moment it is read."""

    values: Mapping[str, object]
    files: Mapping[str, Upload]

    def text(self, name: str) -> str:
        value = self.values.get(name, "")
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise bad_request(f'parameter "{name}" must be of type String')
        return str(value)

    def integer(self, name: str, default: int = 0) -> int:
        text = self.text(name)
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            raise bad_request(f'parameter "{name}" must be a valid Integer') from None

    def clamped(self, name: str, default: int, low: int, high: int) -> int:
        return max(low, min(high, self.integer(name, default)))

    def flag(self, name: str) -> bool:
        value = self.values.get(name, "")
        word = str(value).lower()
        if word not in {"", "true", "false", "1", "0", "yes", "no"}:
            raise bad_request(f'parameter "{name}" must be of type Boolean')
        return word in {"true", "1", "yes"}

    def nested(self, name: str) -> object | None:
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):  # `read` decodes what can be decoded
            raise bad_request(f"can't parse {NESTED[name]} JSON object")
        return value

    def upload(self, name: str) -> Upload | str | None:
        """Find the file: sent under its own name, under attach://name, or named by a file_id."""
        if name in self.files:
            return self.files[name]
        value = self.text(name)
        if value.startswith(ATTACHED):
            return self.files.get(value.removeprefix(ATTACHED))
        return value or None


async def read(request: web.Request) -> Params:
    values: dict[str, object] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        values |= await _json_body(request)
    elif request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = _upload(value)
            else:
                values[name] = value.decode() if isinstance(value, bytes | bytearray) else value
    elif request.can_read_body:
        raise bad_request(f"unsupported content type {request.content_type}")
    return Params({name: _decoded(name, value) for name, value in values.items()}, files)


async def _json_body(request: web.Request) -> dict[str, object]:
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(body, dict):
        raise bad_request("JSON object expected")
    return {name: value for name, value in body.items() if value is not None}


def _upload(field: web.FileField) -> Upload:
    with field.file as file:
        return Upload(name=field.filename, content_type=field.content_type, data=file.read())


def _decoded(name: str, value: object) -> object:
    if name not in NESTED or not isinstance(value, str):
        return value
    try:
        decoded: object = json.loads(value)
    except ValueError:
        return value
    return decoded
