"""What a client asked for: the path, the query, a form or a JSON body."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

Json = dict[str, Any]  # Any: JSON has no other type; each field is judged where it is read

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One call; a name that came twice is still there twice."""

    uri: str
    base: str
    path: Mapping[str, str]
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: object = None

    def one(self, name: str) -> str:
        given = self.values.get(name, ())
        return given[-1] if given else ""

    def many(self, name: str) -> Sequence[str]:
        return self.values.get(name, ())

    def repeated(self, *, but: Iterable[str]) -> set[str]:
        return {name for name, given in self.values.items() if len(given) > 1} - set(but)

    @property
    def as_params(self) -> Mapping[str, object]:
        """For the log: a single value as itself, a repeated one as a list."""
        if isinstance(self.body, dict):
            return self.body
        return {name: given[0] if len(given) == 1 else list(given) for name, given in self.values.items()}


async def read(request: web.Request, *, base: str) -> Ask:
    """Read the call; a body of a kind that the real service does not look at counts as empty."""
    pairs = list(request.query.items())
    body: object = None
    if request.content_type == FORM:
        pairs += parse_qsl(await request.text(), keep_blank_values=True)
    elif request.content_type == "application/json":
        body = _decoded(await request.text())
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return Ask(uri=request.path, base=base, path=dict(request.match_info), values=values, body=body)


def _decoded(text: str) -> object:
    try:
        body: object = json.loads(text)
    except ValueError:
        return None
    return body
