"""Frozen dataclasses to plain JSON values and back, by their type hints."""

from __future__ import annotations

import dataclasses
import hashlib
import types
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_PLAIN = (str, int, float, bool)


class Unreadable(Exception):
    """Stored data does not fit the class it was stored for."""


@cache
def fields_of(kind: Any) -> dict[str, Any]:
    """Return the init fields of a dataclass with their resolved types."""
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in dataclasses.fields(kind) if f.init}


def dump(value: object) -> Any:
    """Return `value` as what JSON can hold; dataclasses become objects, enums their values."""
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [dump(item) for item in value]
    if dataclasses.is_dataclass(value):
        kind: Any = type(value)
        return {name: dump(getattr(value, name)) for name in fields_of(kind)}
    raise TypeError(f"a step cannot hold {type(value).__name__}")


def load(kind: Any, raw: Any) -> Any:
    """Return `raw` as `kind`; raise Unreadable where it does not fit."""
    try:
        return _load(kind, raw)
    except (TypeError, ValueError, KeyError, AttributeError) as wrong:
        raise Unreadable(f"{getattr(kind, '__name__', kind)}: {type(wrong).__name__}") from None


def _load(kind: Any, raw: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _load_union(get_args(kind), raw)
    if origin is tuple:
        if not isinstance(raw, list):  # the letters of a word are a sequence, too
            raise TypeError(kind)
        return _load_tuple(get_args(kind), raw)
    if kind is datetime or kind is date:
        return kind.fromisoformat(raw)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(raw)
    if _is_record(kind):
        wanted = fields_of(kind)
        if unknown := set(raw) - set(wanted):
            raise Unreadable(f"unknown fields {sorted(unknown)}")
        return kind(**{name: _load(wanted[name], raw[name]) for name in raw})
    if kind in _PLAIN and type(raw) is not kind:
        raise TypeError(kind)
    return raw


def _load_union(options: tuple[Any, ...], raw: Any) -> Any:
    """Only `X | None` is stored: two shapes in one field could not be told apart."""
    if raw is None:
        return None
    (kind,) = (option for option in options if option is not type(None))
    return _load(kind, raw)


def _load_tuple(kinds: tuple[Any, ...], raw: Any) -> Any:
    if len(kinds) == 2 and kinds[1] is Ellipsis:  # noqa: PLR2004
        return tuple(_load(kinds[0], item) for item in raw)
    return tuple(_load(kind, item) for kind, item in zip(kinds, raw, strict=True))


def _is_record(kind: Any) -> bool:
    return dataclasses.is_dataclass(kind)


def shape(kind: Any) -> str:
    """Return the stored shape of `kind` as text; equal shapes read each other's data."""
    if _is_record(kind):
        inner = ",".join(f"{name}:{shape(hint)}" for name, hint in fields_of(kind).items())
        return f"{{{inner}}}"
    if args := get_args(kind):
        name = "tuple" if get_origin(kind) is tuple else "union"
        return f"{name}[{','.join('...' if arg is Ellipsis else shape(arg) for arg in args)}]"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(sorted(str(member.value) for member in kind))
    return getattr(kind, "__name__", str(kind))


def schema_hash(kind: Any) -> str:
    """Return a short hash of the stored shape: a change without an upcast fails a test."""
    return _hashed(kind)


@cache
def _hashed(kind: Any) -> str:
    return hashlib.sha256(shape(kind).encode()).hexdigest()[:16]
