"""Shape templates: every interactive message needs a Content resource, so each shape is one, with variables in it.

A shape is what two messages have in common: how many buttons or rows, which rows have a description, how the lines of
the body stand. Twilio refuses line breaks inside a variable, so each line is one. Shapes are made when first needed,
found again by their name after a restart, and made anew after somebody deleted them. Inside the window none of them
needs an approval.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from bot.whatsapp.client import JSON
from storage.crashpoints import crashpoint

#: Changed whenever what stands behind a name changes.
RELEASE: Final = "bb1"
CONTENT: Final = "https://content.twilio.com/v1/Content"
PAGE_SIZE: Final = 100
#: Twilio's most is 100; the buttons need some.
LINES: Final = 60

Payload = dict[str, Any]


@dataclass(frozen=True)
class Shaped:
    """One message as a shape and what fills it."""

    name: str
    types: dict[str, Any]
    variables: dict[str, str]

    @property
    def filled(self) -> str:
        """The ContentVariables."""
        return json.dumps(self.variables, ensure_ascii=False)


def shaped(payload: Payload) -> Shaped | None:
    """Return an interactive payload as a shape; None where its body has more lines than variables."""
    body, variables, lines = _body(payload["body"])
    if len(variables) > LINES:
        return None
    if payload["type"] == "list-picker":
        return _list(payload, body, variables, lines)
    if payload["type"] == "call-to-action":
        return _page(payload, body, variables, lines)
    actions = []
    for number, action in enumerate(payload["actions"], start=1):
        variables |= {f"title{number}": action["title"], f"id{number}": action["id"]}
        actions.append({"type": "QUICK_REPLY", "title": f"{{{{title{number}}}}}", "id": f"{{{{id{number}}}}}"})
    name = f"{RELEASE}_qr_{len(actions)}_{lines}"
    return Shaped(name, {"twilio/quick-reply": {"body": body, "actions": actions}}, variables)


def _list(payload: Payload, body: str, variables: dict[str, str], lines: str) -> Shaped:
    items, described = [], ""
    variables |= {"button": payload["button"]}
    for number, row in enumerate(payload["items"], start=1):
        names = {"item": f"item{number}", "id": f"id{number}"}
        # An empty variable is refused, so a row with a description is another shape than one without.
        if "description" in row:
            names |= {"description": f"about{number}"}
        described += "d" if "description" in row else "o"
        variables |= {name: row[key] for key, name in names.items()}
        items.append({key: f"{{{{{name}}}}}" for key, name in names.items()})
    about = f"_{described}" if "d" in described else ""
    made = {"body": body, "button": "{{button}}", "items": items}
    return Shaped(f"{RELEASE}_list_{len(items)}{about}_{lines}", {"twilio/list-picker": made}, variables)


def _page(payload: Payload, body: str, variables: dict[str, str], lines: str) -> Shaped:
    """Only the end of an address may vary, so each site has shapes of its own."""
    (action,) = payload["actions"]
    site, _, end = action["url"].rpartition("/")
    variables |= {"title": action["title"], "end": end}
    made = {"body": body, "actions": [{"type": "URL", "title": "{{title}}", "url": f"{site}/{{{{end}}}}"}]}
    where = hashlib.sha256(site.encode()).hexdigest()[:8]
    return Shaped(f"{RELEASE}_page_{where}_{lines}", {"twilio/call-to-action": made}, variables)


def _body(words: str) -> tuple[str, dict[str, str], str]:
    """Return the body as variables, what they hold, and how they stand: "1.2" is a line, a gap, two lines."""
    # More than four spaces in a row are refused (63013).
    plain = re.sub(r"[^\S\n]{5,}", "    ", words.strip().replace("\t", " "))
    paragraphs = [[line for line in part.split("\n") if line.strip()] for part in re.split(r"\n\s*\n", plain)]
    variables: dict[str, str] = {}
    shown = []
    for lines in paragraphs:
        names = [f"line{len(variables) + at}" for at in range(1, len(lines) + 1)]
        variables |= dict(zip(names, lines, strict=True))
        shown.append("\n".join(f"{{{{{name}}}}}" for name in names))
    return "\n\n".join(shown), variables, ".".join(str(len(lines)) for lines in paragraphs)


@dataclass
class Shapes:
    """The shapes of one account: looked up once, made once, by however many messages at a time."""

    client: Any  # twilio ships no types
    _known: dict[str, str] = field(default_factory=dict)
    _listed: bool = False
    _locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def find(self, shape: Shaped) -> str:
        """Return the SID of a shape."""
        if shape.name in self._known:
            return self._known[shape.name]
        async with self._locks[""]:
            if not self._listed:
                await self._list()
        async with self._locks[shape.name]:
            if shape.name not in self._known:
                self._known[shape.name] = await self._make(shape)
        return self._known[shape.name]

    def forget(self, shape: Shaped, sid: str) -> None:
        """It is not there any more: somebody deleted it. What was made meanwhile stays."""
        if self._known.get(shape.name) == sid:
            del self._known[shape.name]

    async def _list(self) -> None:
        """Learn what this account has. Of two that two processes made at once the older is used by all."""
        url: str | None = f"{CONTENT}?PageSize={PAGE_SIZE}"
        found: list[dict[str, Any]] = []
        while url:
            crashpoint("shapes.listing")
            answer = await self.client.request_async("GET", url)
            crashpoint("shapes.listed")
            page = _read(answer, url)
            found += page["contents"]
            url = page["meta"].get("next_page_url")
        for content in sorted(found, key=lambda item: (item["date_created"], item["sid"])):
            self._known.setdefault(content["friendly_name"], content["sid"])
        self._listed = True

    async def _make(self, shape: Shaped) -> str:
        body = {
            "friendly_name": shape.name,
            # Words in any language stand in the variables; the shape itself has none.
            "language": "ru",
            "variables": dict.fromkeys(shape.variables, "-"),
            "types": shape.types,
        }
        crashpoint("shapes.making")
        answer = await self.client.request_async("POST", CONTENT, data=body, headers={"Content-Type": JSON})
        crashpoint("shapes.made")
        return str(_read(answer, CONTENT)["sid"])


def _read(answer: Any, url: str) -> dict[str, Any]:  # Any: twilio ships no types
    """Return what the Content API says; raise what Twilio's client raises where it says no."""
    from twilio.base.exceptions import TwilioRestException

    said: dict[str, Any] = json.loads(answer.text)
    if answer.status_code not in (200, 201):
        raise TwilioRestException(answer.status_code, url.partition("?")[0], code=said.get("code"))
    return said
