"""Questions as Telegram shows them: HTML text, inline keyboards edited in place, a contact key. Pure."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any, Final

from bot.channels import Drawing, Drawn, Screen
from bot.parts import length, split
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T, Text

#: Two buttons share a row if both labels are this short (rendering §5.1).
SHORT: Final = 16
TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
WEEK: Final = 7

Payload = dict[str, Any]


def draw(ask: Ask, language: str, revision: int, screen: Screen, page_url: str) -> Drawing:
    """Return the messages of one question.

    A tapped message is edited into the next question; after typed words the old buttons go and a new message
    comes. A reply keyboard cannot share a message with inline buttons, so it goes first and they follow.
    """
    markup = inline(ask, language, revision, page_url)
    # Words that are no caption say more than the picture would.
    if ask.picture and length(_words(ask, language)) <= CAPTION_LIMIT:
        return _with_picture(ask, language, markup, screen)
    if len(parts(ask, language)) > 1:
        return _in_parts(ask, language, markup, screen)
    if wants_contact(ask):
        return _with_contact_key(ask, language, screen)
    if screen.keyboard:
        return _after_keyboard(ask, language, markup, screen)
    if screen.tapped and not screen.picture:
        target: Payload = {"message_id": screen.tapped}
        edit = _text("editMessageText", ask, language, markup) | target
        frames = _frames(ask, language, revision, target)
        return Drawing((Drawn(edit, edits="tapped"), *frames), _shown(markup), live=-1)
    if screen.filed and screen.live and not screen.picture:
        return Drawing((Drawn(_text("editMessageText", ask, language, markup), edits="live"),), _shown(markup), live=-1)
    gone = _without_old_buttons(screen)
    asked = Drawn(_text("sendMessage", ask, language, markup))
    return Drawing((*gone, asked, *_frames(ask, language, revision, {})), _shown(markup), live=len(gone))


def _in_parts(ask: Ask, language: str, markup: Payload | None, screen: Screen) -> Drawing:
    """More words than a message takes: nothing is cut, the buttons stand under the last part."""
    *first, last = parts(ask, language)
    gone = _without_old_buttons(screen)
    away = {"remove_keyboard": True} if screen.keyboard and not wants_contact(ask) else None
    lead = [Drawn(_said("sendMessage", words, away if at == 0 else None)) for at, words in enumerate(first)]
    keys = _contact_key(ask, language) if wants_contact(ask) else markup
    asked = Drawn(_said("sendMessage", last, keys))
    shown = Screen(keyboard=True) if wants_contact(ask) else _shown(markup)
    return Drawing((*gone, *lead, asked), shown, live=len(gone) + len(lead))


def wants_contact(ask: Ask) -> bool:
    """Say whether the question is for a phone that a key can share."""
    return ask.awaits is Awaits.PHONE and not ask.choices


def _frames(ask: Ask, language: str, revision: int, target: Payload) -> tuple[Drawn, ...]:
    """The same question a while later: the same revision, perhaps one button more."""
    drawn = []
    for later in ask.later:
        markup = inline(replace(later.ask, ways=ask.ways), language, revision, "")
        payload = _text("editMessageText", later.ask, language, markup) | target
        drawn.append(Drawn(payload, kind="frame", edits="tapped" if target else "asked", after=later.after))
    return tuple(drawn)


def _after_keyboard(ask: Ask, language: str, markup: Payload | None, screen: Screen) -> Drawing:
    """Take the reply keyboard away with the notes; the question follows with its buttons.

    A message that removed a keyboard can neither carry inline buttons nor be edited later.
    """
    gone = _without_old_buttons(screen)
    notes = ask.notes or (T("msg.common.ok"),)
    away = Drawn(_said("sendMessage", _escaped(_join(notes, language)), {"remove_keyboard": True}))
    asked = Drawn(_text("sendMessage", replace(ask, notes=()), language, markup))
    return Drawing((*gone, away, asked), _shown(markup), live=len(gone) + 1)


def _with_contact_key(ask: Ask, language: str, screen: Screen) -> Drawing:
    gone = _without_old_buttons(screen)
    drawn = Drawn(_text("sendMessage", ask, language, _contact_key(ask, language)))
    return Drawing((*gone, drawn), Screen(keyboard=True), live=len(gone))


def _contact_key(ask: Ask, language: str) -> Payload:
    keys: list[list[Payload]] = [[{"text": say(T("btn.share_number"), language), "request_contact": True}]]
    keys += [[{"text": say(way.label, language)} for way in ask.ways]] if ask.ways else []
    return {"keyboard": keys, "resize_keyboard": True, "one_time_keyboard": True}


def _with_picture(ask: Ask, language: str, markup: Payload | None, screen: Screen) -> Drawing:
    payload: Payload = {
        "method": "sendPhoto",
        "photo": ask.picture,
        "caption": html(ask, language),
        "parse_mode": "HTML",
    }
    # A picture's caption cannot take a reply keyboard away and carry buttons, so the keyboard stays until next time.
    if markup is not None:
        payload["reply_markup"] = markup
    gone = _without_old_buttons(screen)
    shown = Screen(buttons=markup is not None, picture=True, keyboard=screen.keyboard)
    return Drawing((*gone, Drawn(payload)), shown, live=len(gone))


def _without_old_buttons(screen: Screen) -> tuple[Drawn, ...]:
    """The old question keeps its words and loses its buttons."""
    if screen.tapped:
        return (Drawn({"method": "editMessageReplyMarkup", "message_id": screen.tapped}, edits="tapped"),)
    if screen.live and screen.buttons:
        return (Drawn({"method": "editMessageReplyMarkup"}, edits="live"),)
    return ()


def _text(method: str, ask: Ask, language: str, markup: Payload | None) -> Payload:
    return _said(method, html(ask, language), markup)


def _said(method: str, words: str, markup: Payload | None) -> Payload:
    payload: Payload = {
        "method": method,
        "text": words,
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    return payload if markup is None else payload | {"reply_markup": markup}


def html(ask: Ask, language: str) -> str:
    """Return the words of a question; every value is escaped, so a name like `<3` stops nothing (T8)."""
    return _escaped(_words(ask, language))


def parts(ask: Ask, language: str) -> list[str]:
    """Return the words of a question in as few messages as they fit into."""
    return [_escaped(part) for part in split(_words(ask, language), TEXT_LIMIT)]


def _words(ask: Ask, language: str) -> str:
    return _join((*ask.notes, ask.text) if ask.repeat or not ask.notes else ask.notes, language)


def _join(said: tuple[Text, ...], language: str) -> str:
    return "\n\n".join(say(text, language) for text in said)


def _escaped(words: str) -> str:
    return escape(words, quote=False)


def inline(ask: Ask, language: str, revision: int, page_url: str) -> Payload | None:
    """Return the inline keyboard: the page's link, the choices, the ways out in one row."""
    rows: list[list[Payload]] = []
    if page_url:
        label = {"password": "btn.set_password"}.get(ask.page or "", "btn.open_page")
        label = "btn.download" if (ask.page or "").startswith("paper-") else label
        rows.append([{"text": say(T(label), language), "url": page_url}])
    rows += _rows([item for item in ask.choices if not item.hidden], language, revision)
    if ask.ways:
        rows.append([_button(item, language, revision) for item in ask.ways])
    return {"inline_keyboard": rows} if rows else None


def _rows(choices: list[Choice], language: str, revision: int) -> list[list[Payload]]:
    rows: list[list[Payload]] = []
    for at, item in enumerate(choices):
        button = _button(item, language, revision)
        if is_day(item):
            # The days of a month stand as in a calendar: seven to a row.
            if at % WEEK == 0:
                rows.append([])
            rows[-1].append(button)
            continue
        short = len(button["text"]) <= SHORT
        if rows and short and len(rows[-1]) == 1 and len(rows[-1][0]["text"]) <= SHORT:
            rows[-1].append(button)
        else:
            rows.append([button])
    return rows


def is_day(item: Choice) -> bool:
    """Say whether an option is a day of a month (`d14`)."""
    return item.id[:1] == "d" and item.id[1:].isdigit()


def _button(item: Choice, language: str, revision: int) -> Payload:
    return {"text": say(item.label, language), "callback_data": f"{revision}:{item.id}"}


def _shown(markup: Payload | None) -> Screen:
    return Screen(buttons=markup is not None)


def toast(tap_id: str, text: str) -> Payload:
    """Return the answer to a tap: at once, so that Telegram does not repeat it."""
    return {"method": "answerCallbackQuery", "callback_query_id": tap_id} | ({"text": text} if text else {})


def erase(message: str) -> Payload:
    """Return the deletion of a person's message."""
    return {"method": "deleteMessage", "message_id": message}


def notice(text: str) -> Payload:
    """Return a plain message without markup."""
    return {"method": "sendMessage", "text": text, "link_preview_options": {"is_disabled": True}}


def aimed(planned: Payload, target: str | None) -> Payload | None:
    """Return the payload with the message it edits; None where that never arrived and nothing is to be said."""
    payload = dict(planned)
    if not payload["method"].startswith("edit") or "message_id" in payload:
        return payload
    if target is not None:
        return payload | {"message_id": target}
    return None if payload["method"] == "editMessageReplyMarkup" else as_new(payload)


def as_new(payload: Payload) -> Payload:
    """Return an edit as a message of its own."""
    return {key: value for key, value in payload.items() if key != "message_id"} | {"method": "sendMessage"}
