"""What is wrong with a question as a chat would show it. The limits are written anew, not taken from the product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from bot.channels import Drawing
from dialogs.engine import catalogue, meaning
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.catalogue import say
from dialogs.engine.meaning import Chosen
from dialogs.engine.walk import WAY_OF
from tests.city import TELEGRAM

Payload = dict[str, Any]

#: Telegram, in characters as it counts them, and in bytes; a question of ours is far shorter than it may be.
TEXT, OUR_TEXT, CAPTION, LABEL, CALLBACK_BYTES, TOAST = 4096, 1000, 1024, 64, 64, 200
#: WhatsApp through Twilio.
BODY, PLAIN, REPLIES, REPLY, ROWS, ROW, DESCRIPTION, LIST_BUTTON, ID, VARIABLE = (
    1024,
    1600,
    3,
    20,
    10,
    24,
    72,
    20,
    200,
    255,
)


@dataclass(frozen=True)
class Fault:
    """One thing a parent must never meet: its kind, where, and what was seen."""

    kind: str
    place: str
    seen: str = ""


@dataclass(frozen=True)
class Found:
    """A fault before it is known where."""

    kind: str
    seen: str = ""


def units(words: str) -> int:
    """Return the length as messengers count it: a sign outside the basic plane counts twice."""
    return len(words.encode("utf-16-le")) // 2


# Limits of one payload.


def of_payload(channel: str, payload: Payload) -> Iterator[Found]:
    """Yield what the provider would refuse."""
    yield from _of_telegram(payload) if channel == TELEGRAM else _of_whatsapp(payload)


def _of_telegram(payload: Payload) -> Iterator[Found]:
    if "text" in payload and payload["method"] != "answerCallbackQuery":
        yield from _over("text too long", visible(payload["text"]), TEXT)
        yield from _over("more than we say at once", visible(payload["text"]), OUR_TEXT)
    yield from _over("caption too long", visible(payload.get("caption", "")), CAPTION)
    if payload["method"] == "answerCallbackQuery":
        yield from _over("toast too long", payload.get("text", ""), TOAST)
    for button in telegram_buttons(payload):
        yield from _over("label too long", button["text"], LABEL)
        if len(button.get("callback_data", "").encode()) > CALLBACK_BYTES:
            yield Found("callback data too long", button["callback_data"])


def _of_whatsapp(payload: Payload) -> Iterator[Found]:
    plain = payload["type"] in ("text", "media")
    yield from _over("plain body too long" if plain else "body too long", payload["body"], PLAIN if plain else BODY)
    yield from _over("list button too long", payload.get("button", ""), LIST_BUTTON)
    actions, items = payload.get("actions", []), payload.get("items", [])
    if len(actions) > REPLIES:
        yield Found("too many quick replies", str(len(actions)))
    if len(items) > ROWS:
        yield Found("too many rows", str(len(items)))
    for action in actions:
        yield from _over("quick reply too long", action["title"], REPLY)
    for item in items:
        yield from _over("row too long", item["item"], ROW)
        yield from _over("description too long", item.get("description", ""), DESCRIPTION)
    for part in (*actions, *items):
        yield from _over("id too long", part.get("id", ""), ID)
        for value in part.values():
            yield from _over("variable too long", value, VARIABLE)


def _over(kind: str, words: str, most: int) -> Iterator[Found]:
    if units(words) > most:
        yield Found(kind, f"{units(words)}: {words[:60]}")


def visible(html: str) -> str:
    """Return what a reader sees."""
    return unescape(re.sub(r"</?[a-z][^>]*>", "", html))


def telegram_buttons(payload: Payload) -> list[Payload]:
    """Return every button of a Telegram message."""
    markup = payload.get("reply_markup", {})
    return [
        button
        for rows in (markup.get("inline_keyboard", []), markup.get("keyboard", []))
        for row in rows
        for button in row
    ]


# A question and its drawing.


def of_drawing(ask: Ask, pages: list[Drawing], channel: str, language: str) -> Iterator[Found]:
    """Yield what is wrong with a question as it is drawn in one language on one channel, a long list page by page."""
    for drawing in pages:
        for drawn in drawing.messages:
            yield from of_payload(channel, drawn.payload)
    yield from _cut(ask, pages, language)


def of_question(ask: Ask, language: str) -> Iterator[Found]:
    """Yield what is wrong with a question in one language, however it is drawn."""
    yield from _ambiguous(ask, language)
    yield from _unreadable(ask, language)
    if not (ask.choices or ask.ways or ask.takes_words or ask.page):
        yield Found("dead end", ask.text.key)


def _cut(ask: Ask, pages: list[Drawing], language: str) -> Iterator[Found]:
    """Every sentence and every label is there, to its last letter."""
    payloads = [drawn.payload for drawing in pages for drawn in drawing.messages if drawn.kind == "reply"]
    words = _flat(
        " ".join(visible(str(said.get("text") or said.get("caption") or said.get("body") or "")) for said in payloads)
    )
    labels = {label for payload in payloads for label in _labels(payload)}
    for text in (*ask.notes, *((ask.text,) if ask.repeat or not ask.notes else ())):
        if _flat(say(text, language)) not in words:
            yield Found("words cut", text.key)
    for item in _shown(ask):
        if (label := say(item.label, language)) not in labels and _flat(label) not in words:
            yield Found("label cut", label)


def _flat(words: str) -> str:
    return " ".join(words.split())


def _labels(payload: Payload) -> list[str]:
    whatsapp = [
        part.get("title") or part.get("item") for part in (*payload.get("actions", []), *payload.get("items", []))
    ]
    return [*whatsapp, *(button["text"] for button in telegram_buttons(payload))]


def _shown(ask: Ask) -> list[Choice]:
    return [item for item in ask.choices if not item.hidden]


def _ambiguous(ask: Ask, language: str) -> Iterator[Found]:
    labels = [say(item.label, language) for item in (*_shown(ask), *ask.ways)]
    for label in {label for label in labels if labels.count(label) > 1}:
        yield Found("same label twice", label)


def _unreadable(ask: Ask, language: str) -> Iterator[Found]:
    """What is read is understood: the label typed, and its number where numbers may choose."""
    for number, item in enumerate(_shown(ask), start=1):
        said = [say(item.label, language), *([] if ask.legal or ask.awaits is Awaits.NOTHING else [str(number)])]
        wanted = (Chosen(item.id), WAY_OF.get(item.id))
        for words in said:
            if _means_else(words, ask, wanted):
                yield Found("not read back", f"{words} for {item.id}")


def _means_else(words: str, ask: Ask, wanted: tuple[object, ...]) -> bool:
    return meaning.of(words, ask, catalogue.in_every_language) not in [want for want in wanted if want is not None]
