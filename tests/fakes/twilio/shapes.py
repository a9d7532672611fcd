"""The content types: their fields, their limits, and what they look like once the variables are in."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from tests.fakes.twilio.asking import Json
from tests.fakes.twilio.messages import Button, Look, Row
from tests.fakes.twilio.refusals import invalid_content, unmodelled

INTERACTIVE_BODY = 1024
TEXT_BODY = 1600
TITLE = 20
ITEM = 24
ITEM_ID = 200
DESCRIPTION = 72
BUTTONS_IN_SESSION = 3
BUTTONS_APPROVED = 10
ITEMS = 10

POLICY, CONTENT, INVALID = 63013, 63005, 63021
PLACEHOLDER = re.compile(r"\{\{(\w{1,16})\}\}")
TOO_MANY_SPACES = " " * 5
CODE_VARIABLE = "1"  # whatsapp/authentication shows its code without a placeholder


@dataclass(frozen=True)
class Part:
    """One text of a content and how long it may be."""

    where: str
    text: str
    limit: int
    code: int = POLICY


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One content type; the richest one that the channel knows is sent."""

    fields: frozenset[str]
    item_fields: frozenset[str] = frozenset()
    items: str = ""
    most: int = 0
    parts: Callable[[Json], Iterable[Part]]
    look: Callable[[Json], Look]


def _of(names: str) -> frozenset[str]:
    return frozenset(names.split())


def _text_parts(made: Json) -> Iterable[Part]:
    yield Part("body", _string(made, "body"), TEXT_BODY, INVALID)


def _media_parts(made: Json) -> Iterable[Part]:
    if "body" in made:
        yield Part("body", _string(made, "body"), TEXT_BODY, INVALID)
    media = made.get("media")
    if not isinstance(media, list) or len(media) != 1 or not isinstance(media[0], str):
        raise invalid_content("media must be a list with one URL")
    yield Part("media", media[0], TEXT_BODY)


def _quick_reply_parts(made: Json) -> Iterable[Part]:
    yield Part("body", _string(made, "body"), INTERACTIVE_BODY, INVALID)
    for action in _items(made, "actions"):
        if action.get("type") != "QUICK_REPLY":
            raise invalid_content("the type of a quick reply is QUICK_REPLY")
        yield Part("title", _string(action, "title"), TITLE)
        if "id" in action:
            yield Part("id", _string(action, "id"), ITEM_ID)


def _list_parts(made: Json) -> Iterable[Part]:
    yield Part("body", _string(made, "body"), INTERACTIVE_BODY, INVALID)
    yield Part("button", _string(made, "button"), TITLE)
    for item in _items(made, "items"):
        yield Part("item", _string(item, "item"), ITEM)
        yield Part("id", _string(item, "id"), ITEM_ID)
        if "description" in item:
            yield Part("description", _string(item, "description"), DESCRIPTION)


def _call_to_action_parts(made: Json) -> Iterable[Part]:
    yield Part("body", _string(made, "body"), INTERACTIVE_BODY, INVALID)
    for action in _items(made, "actions"):
        if action.get("type") != "URL":
            raise unmodelled(f"a call to action of type {action.get('type')}")
        yield Part("title", _string(action, "title"), TITLE)
        yield Part("url", _string(action, "url"), TEXT_BODY)


def _authentication_parts(made: Json) -> Iterable[Part]:
    for action in _items(made, "actions"):
        if action.get("type") != "COPY_CODE":
            raise invalid_content("the type of the action is COPY_CODE")
        yield Part("copy_code_text", _string(action, "copy_code_text"), TITLE)


def _text_look(made: Json) -> Look:
    return Look(text=made["body"])


def _media_look(made: Json) -> Look:
    return Look(kind="media", text=made.get("body", ""), media_url=made["media"][0])


def _quick_reply_look(made: Json) -> Look:
    buttons = (Button(title=action["title"], id=action.get("id", action["title"])) for action in made["actions"])
    return Look(kind="quick-reply", text=made["body"], buttons=tuple(buttons))


def _list_look(made: Json) -> Look:
    items = made["items"]
    rows = (Row(title=it["item"], id=it["id"], description=it.get("description", "")) for it in items)
    return Look(kind="list-picker", text=made["body"], menu=made["button"], rows=tuple(rows))


def _call_to_action_look(made: Json) -> Look:
    buttons = (Button(title=action["title"], url=action["url"]) for action in made["actions"])
    return Look(kind="call-to-action", text=made["body"], buttons=tuple(buttons))


def _authentication_look(made: Json) -> Look:
    return Look(kind="authentication", text=f"{made['code']} is your verification code.")


# Poorest first, as Twilio ranks them.
SHAPES = {
    "twilio/text": Shape(fields=_of("body"), parts=_text_parts, look=_text_look),
    "twilio/media": Shape(fields=_of("body media"), parts=_media_parts, look=_media_look),
    "twilio/quick-reply": Shape(
        fields=_of("body actions"),
        item_fields=_of("type title id"),
        items="actions",
        most=BUTTONS_APPROVED,
        parts=_quick_reply_parts,
        look=_quick_reply_look,
    ),
    "twilio/call-to-action": Shape(
        fields=_of("body actions"),
        item_fields=_of("type title url"),
        items="actions",
        most=BUTTONS_IN_SESSION,
        parts=_call_to_action_parts,
        look=_call_to_action_look,
    ),
    "twilio/list-picker": Shape(
        fields=_of("body button items"),
        item_fields=_of("item id description"),
        items="items",
        most=ITEMS,
        parts=_list_parts,
        look=_list_look,
    ),
    "whatsapp/authentication": Shape(
        fields=_of("add_security_recommendation code_expiration_minutes actions"),
        item_fields=_of("type copy_code_text"),
        items="actions",
        most=1,
        parts=_authentication_parts,
        look=_authentication_look,
    ),
}


def must_be_right(kind: str, made: Json) -> None:
    """Refuse what can be seen to be wrong before any variable is filled in."""
    if kind not in SHAPES:
        raise unmodelled(f"the content type {kind}")
    shape = SHAPES[kind]
    _must_know(kind, made, shape.fields)
    for item in _items(made, shape.items) if shape.items else []:
        _must_know(kind, item, shape.item_fields)
    if shape.items and not 1 <= len(made[shape.items]) <= shape.most:
        raise invalid_content(f"{kind} has 1 to {shape.most} {shape.items}")
    for part in shape.parts(made):
        if "{{" not in part.text and len(part.text) > part.limit:
            raise invalid_content(f"{part.where} of {kind} is longer than {part.limit}")
        if PLACEHOLDER.sub("", part.text).count("{{"):
            raise invalid_content(f"{part.where} of {kind} has a malformed variable")


def drawn(kind: str, made: Json, values: Mapping[str, str], *, is_approved: bool) -> Look:
    """Fill the variables in and say what Meta will not like about the result."""
    filled = _filled(made, values)
    if kind == "whatsapp/authentication":
        filled["code"] = values[CODE_VARIABLE]
    look = SHAPES[kind].look(filled)
    flaw = _flaw(kind, filled, look, values, is_approved=is_approved)
    return replace(look, flaw=flaw, is_template=is_approved)


def placeholders(made: object) -> set[str]:
    if isinstance(made, str):
        return set(PLACEHOLDER.findall(made))
    if isinstance(made, dict):
        return {name for value in made.values() for name in placeholders(value)}
    if isinstance(made, list):
        return {name for value in made for name in placeholders(value)}
    return set()


def _flaw(kind: str, made: Json, look: Look, values: Mapping[str, str], *, is_approved: bool) -> int | None:
    for part in SHAPES[kind].parts(made):
        if len(part.text) > part.limit:
            return part.code
        if part.where not in {"body", "media", "url"} and (not part.text.strip() or "\n" in part.text):
            return POLICY
        if part.where == "id" and part.text != part.text.strip():
            return POLICY
    if any(TOO_MANY_SPACES in value for value in values.values()):
        return POLICY
    if _repeats(button.title for button in look.buttons) or _repeats(row.id for row in look.rows):
        return POLICY
    if _repeats(button.id for button in look.buttons if button.id):
        return POLICY
    return CONTENT if len(look.buttons) > BUTTONS_IN_SESSION and not is_approved else None


def _filled(made: Json, values: Mapping[str, str]) -> Json:
    def fill(part: object) -> object:
        if isinstance(part, str):
            return PLACEHOLDER.sub(lambda found: values[found[1]], part)
        if isinstance(part, dict):
            return {name: fill(value) for name, value in part.items()}
        return [fill(value) for value in part] if isinstance(part, list) else part

    return {name: fill(value) for name, value in made.items()}


def _repeats(texts: Iterable[str]) -> bool:
    given = list(texts)
    return len(set(given)) < len(given)


def _string(made: Json, name: str) -> str:
    value = made.get(name)
    if not isinstance(value, str) or not value:
        raise invalid_content(f"{name} is required")
    return value


def _items(made: Json, name: str) -> list[Json]:
    items = made.get(name)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid_content(f"{name} must be a list")
    return items


def _must_know(kind: str, made: Json, known: frozenset[str]) -> None:
    if unknown := set(made) - known:
        raise unmodelled(f"{', '.join(sorted(unknown))} of {kind}")
