"""What Telegram and Twilio refuse, in their words: pure checks of one outgoing payload."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any, Final

#: https://core.telegram.org/bots/api: lengths count after the entities are parsed, callback data in bytes.
TELEGRAM_TEXT: Final = 4096
TELEGRAM_CAPTION: Final = 1024
TELEGRAM_CALLBACK_BYTES: Final = 64
TELEGRAM_TOAST: Final = 200
TELEGRAM_TAGS: Final = frozenset({"a", "b", "code", "em", "i", "pre", "s", "strong", "u"})

#: https://www.twilio.com/docs/content: what a WhatsApp message may hold inside the session.
WHATSAPP_TEXT: Final = 1600
WHATSAPP_BODY: Final = 1024
WHATSAPP_BUTTONS: Final = 3
WHATSAPP_ROWS: Final = 10
WHATSAPP_TITLE: Final = 20
WHATSAPP_ITEM: Final = 24
WHATSAPP_ID: Final = 200
WHATSAPP_DESCRIPTION: Final = 72

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z0-9-]*)(?P<rest>[^<>]*)(?P<close>>?)")
_MANY_SPACES = re.compile(r" {5,}")


class ProviderRefused(Exception):
    """The provider did not take the message."""

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.retry_after = retry_after


# Telegram


def bad_request(words: str) -> ProviderRefused:
    """Return Telegram's refusal of a call that makes no sense to it."""
    return ProviderRefused(400, f"Bad Request: {words}")


def telegram_text(payload: dict[str, Any]) -> None:
    """Refuse a text Telegram would not show."""
    seen = _visible(payload.get("text"), payload.get("parse_mode"))
    if not seen:
        raise bad_request("message text is empty")
    if len(seen) > TELEGRAM_TEXT:
        raise bad_request("message is too long")


def telegram_caption(payload: dict[str, Any]) -> None:
    """Refuse a caption Telegram would not show; none at all is fine."""
    if len(_visible(payload.get("caption"), payload.get("parse_mode"))) > TELEGRAM_CAPTION:
        raise bad_request("message caption is too long")


def telegram_toast(payload: dict[str, Any]) -> None:
    """Refuse a toast longer than the strip it is shown in."""
    if len(payload.get("text") or "") > TELEGRAM_TOAST:
        raise bad_request("MESSAGE_TOO_LONG")


def telegram_markup(payload: dict[str, Any]) -> None:
    """Refuse buttons that could not be drawn or pressed."""
    markup = payload.get("reply_markup") or {}
    for button in _flat(markup.get("inline_keyboard")):
        _telegram_inline_button(button)
    for button in _flat(markup.get("keyboard")):
        if not button.get("text"):
            raise bad_request("keyboard button text must be non-empty")


def _telegram_inline_button(button: dict[str, Any]) -> None:
    if not button.get("text"):
        raise bad_request("inline keyboard button text must be non-empty")
    if "callback_data" in button:
        if not 1 <= len(button["callback_data"].encode()) <= TELEGRAM_CALLBACK_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        return
    url = button.get("url")
    if url is None:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if not url.startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _flat(rows: list[list[dict[str, Any]]] | None) -> list[dict[str, Any]]:
    return [button for row in rows or () for button in row]


def _visible(text: str | None, parse_mode: str | None) -> str:
    """Return what a reader sees of `text`; refuse HTML that Telegram could not parse."""
    if parse_mode is None:
        return (text or "").strip()
    if parse_mode != "HTML":
        raise bad_request("unsupported parse_mode")
    return unescape(_without_tags(text or "")).strip()


def _without_tags(text: str) -> str:
    open_tags: list[str] = []
    for found in _TAG.finditer(text):
        at = len(text[: found.start()].encode())
        name = found["name"].lower()
        if not found["close"]:
            raise _unparsable(f"Unclosed {'end' if found['end'] else 'start'} tag at byte offset {at}")
        if found["end"]:
            _close(open_tags, name, at)
        elif name not in TELEGRAM_TAGS:
            raise _unparsable(f'Unsupported start tag "{name}" at byte offset {at}')
        else:
            open_tags.append(name)
    if open_tags:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}"')
    return _TAG.sub("", text)


def _close(open_tags: list[str], name: str, at: int) -> None:
    if not open_tags:
        raise _unparsable(f"Unexpected end tag at byte offset {at}")
    wanted = open_tags.pop()
    if name not in ("", wanted):
        raise _unparsable(f'Unmatched end tag at byte offset {at}, expected "</{wanted}>", found "</{name}>"')


def _unparsable(words: str) -> ProviderRefused:
    return bad_request(f"can't parse entities: {words}")


# WhatsApp through Twilio


def whatsapp(payload: dict[str, Any]) -> None:
    """Refuse what Twilio or WhatsApp would not carry."""
    check = _WHATSAPP.get(payload.get("type", ""))
    if check is None:
        raise ProviderRefused(63005, "Channel did not accept given content")
    check(payload)


def outside_window() -> ProviderRefused:
    """Return the refusal of a free message a day after the person last wrote."""
    words = (
        "Failed to send freeform message because you are outside the allowed window. "
        "If you are using WhatsApp, please use a Message Template."
    )
    return ProviderRefused(63016, words)


def no_such_picture() -> ProviderRefused:
    """Return the refusal of media nobody can fetch."""
    return ProviderRefused(21620, "Invalid media URL(s)")


def _text(payload: dict[str, Any]) -> None:
    _body(payload, WHATSAPP_TEXT)


def _media(payload: dict[str, Any]) -> None:
    if payload.get("body"):
        _body(payload, WHATSAPP_TEXT)


def _quick_reply(payload: dict[str, Any]) -> None:
    _body(payload, WHATSAPP_BODY)
    actions = _few(payload.get("actions"), WHATSAPP_BUTTONS, "quick replies")
    for action in actions:
        _short(action.get("title"), WHATSAPP_TITLE, "a quick reply's title")
        _short(action.get("id"), WHATSAPP_ID, "a quick reply's id")
    _unlike(actions, "title")
    _unlike(actions, "id")


def _list_picker(payload: dict[str, Any]) -> None:
    _body(payload, WHATSAPP_BODY)
    _short(payload.get("button"), WHATSAPP_TITLE, "the list button")
    items = _few(payload.get("items"), WHATSAPP_ROWS, "list items")
    for item in items:
        _short(item.get("item"), WHATSAPP_ITEM, "a list item")
        _short(item.get("id"), WHATSAPP_ID, "a list item's id")
        if "description" in item:
            _short(item["description"], WHATSAPP_DESCRIPTION, "a list item's description")
    _unlike(items, "item")
    _unlike(items, "id")


def _call_to_action(payload: dict[str, Any]) -> None:
    _body(payload, WHATSAPP_BODY)
    actions = _few(payload.get("actions"), WHATSAPP_BUTTONS, "actions")
    for action in actions:
        _short(action.get("title"), WHATSAPP_TITLE, "an action's title")
        if not str(action.get("url", "")).startswith(("http://", "https://")):
            raise _bad_variable("an action's url is not a web address")
    _unlike(actions, "title")


_WHATSAPP: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    "text": _text,
    "media": _media,
    "quick-reply": _quick_reply,
    "list-picker": _list_picker,
    "call-to-action": _call_to_action,
}


def _body(payload: dict[str, Any], limit: int) -> None:
    body = payload.get("body") or ""
    if not body.strip():
        raise ProviderRefused(21602, "Message body is required.")
    if len(body) > limit:
        raise ProviderRefused(21617, f"The concatenated message body exceeds the {limit} character limit.")
    if payload.get("type") != "text" and _MANY_SPACES.search(body):
        raise _against_policy("more than 4 consecutive spaces in the body")


def _few(items: list[dict[str, Any]] | None, most: int, what: str) -> list[dict[str, Any]]:
    if not items:
        raise _bad_variable(f"no {what}")
    if len(items) > most:
        raise _against_policy(f"{len(items)} {what}, at most {most} are allowed")
    return items


def _short(words: str | None, most: int, what: str) -> None:
    if not (words or "").strip():
        raise _bad_variable(f"{what} is empty")
    if len(words or "") > most:
        raise _against_policy(f"{what} is longer than {most} characters: {words}")


def _unlike(items: list[dict[str, Any]], field: str) -> None:
    if len({item[field] for item in items}) < len(items):
        raise _against_policy(f"two of the {field}s are the same")


def _bad_variable(why: str) -> ProviderRefused:
    return ProviderRefused(21656, f"The ContentVariables Parameter is invalid ({why})")


def _against_policy(why: str) -> ProviderRefused:
    return ProviderRefused(63013, f"Channel policy violation ({why})")
