"""Questions as WhatsApp shows them: quick replies, list pickers, a page's button, numbered text.

Pure; nothing is ever cut. A payload says what is shown; how Twilio wants to be told it, send.py knows.
"""

from __future__ import annotations

from typing import Any, Final

from bot.channels import MORE, Drawing, Drawn, Screen
from bot.parts import length, split
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T

BODY: Final = 1024
TEXT: Final = 1600
REPLIES: Final = 3
REPLY: Final = 20
ROWS: Final = 10
ROW: Final = 24
DESCRIPTION: Final = 72
#: Options on one page of a longer list; below them stand [More] and the way back.
PAGED: Final = 8

Payload = dict[str, Any]


def draw(ask: Ask, language: str, revision: int, screen: Screen, page_url: str) -> Drawing:
    """Return the one message of a question: every message costs, so nothing is sent twice or edited.

    Only words that one message cannot take come in several; the choices stand under the last.
    """
    # WhatsApp remembers nothing that changes the next message, but for the page of a long list.
    words = body(ask, language, page_url)
    message = _message(words, ask, language, revision, screen.page, page_url)
    if length(message["body"]) <= TEXT:
        return Drawing((Drawn(message),), Screen())
    *first, last = split(words, BODY)
    lead = [Drawn({"type": "text", "body": part}) for part in first]
    asked = Drawn(_message(last, ask, language, revision, screen.page, page_url))
    return Drawing((*lead, asked), Screen(), live=len(lead))


def _message(words: str, ask: Ask, language: str, revision: int, page: int, page_url: str) -> Payload:
    shown = [item for item in ask.choices if not item.hidden]
    if ask.picture and length(numbered := _numbered(words, shown, language)) <= BODY:
        return {"type": "media", "body": numbered, "media": ask.picture}
    if length(words) <= BODY:
        if page_url and not shown:
            return _page(words, ask, language, page_url)
        over = "\n".join([words, "", *_rows(shown, language)]) if ask.numbered else words
        if drawn := _replies(over, shown, ask.ways, language, revision):
            return drawn
        if drawn := _list(over, shown, ask.ways, language, revision, page):
            return drawn
    return {"type": "text", "body": _numbered(words, shown, language)}


def _page(words: str, ask: Ask, language: str, page_url: str) -> Payload:
    """A secure page's button: it cannot share a message with other buttons, whose words always work."""
    label = say(T("btn.set_password" if ask.page == "password" else "btn.open_page"), language)
    said = words.removesuffix(page_url).rstrip()
    return {"type": "call-to-action", "body": said, "actions": [{"title": label, "url": page_url}]}


def _replies(words: str, shown: list[Choice], ways: tuple[Choice, ...], language: str, revision: int) -> Payload | None:
    """Up to three quick replies; the ways out only where they fit, the words for them always work."""
    fitting = [*shown, *ways] if len(shown) + len(ways) <= REPLIES else (shown or list(ways)[:REPLIES])
    labels = [say(item.label, language) for item in fitting]
    if not 1 <= len(fitting) <= REPLIES or not _fit(labels, REPLY):
        return None
    actions = [{"title": label, "id": f"{revision}:{item.id}"} for item, label in zip(fitting, labels, strict=True)]
    return {"type": "quick-reply", "body": words, "actions": actions}


def _list(
    words: str, shown: list[Choice], ways: tuple[Choice, ...], language: str, revision: int, page: int
) -> Payload | None:
    fitting = [*shown, *ways] if len(shown) + len(ways) <= ROWS else shown
    if len(fitting) > ROWS:
        fitting = _paged(shown, ways, page)
    labels = [say(item.label, language) for item in fitting]
    if not fitting or not _fit(labels, ROW):
        return None
    items = [_row(item, label, language, revision) for item, label in zip(fitting, labels, strict=True)]
    return {
        "type": "list-picker",
        "body": words,
        "button": say(T("wa.list_button"), language),
        "items": items,
    }


def _paged(shown: list[Choice], ways: tuple[Choice, ...], page: int) -> list[Choice]:
    """One page of more options than a list has rows; after the last page comes the first again."""
    pages = -(-len(shown) // PAGED)
    at = page % pages
    more = Choice(f"{MORE}{(at + 1) % pages}", T("btn.more"))
    return [*shown[at * PAGED : (at + 1) * PAGED], more, *ways[:1]]


def _row(item: Choice, label: str, language: str, revision: int) -> Payload:
    row = {"item": label, "id": f"{revision}:{item.id}"}
    if item.description is not None:
        described = say(item.description, language)
        # A description is a comfort; one that does not fit is left out whole, never cut.
        if 0 < len(described) <= DESCRIPTION:
            row["description"] = described
    return row


def _fit(labels: list[str], limit: int) -> bool:
    return len(set(labels)) == len(labels) and all(0 < len(label) <= limit for label in labels)


def _numbered(words: str, shown: list[Choice], language: str) -> str:
    if not shown:
        return words
    return "\n".join([words, "", *_rows(shown, language), "", say(T("msg.common.reply_with_number"), language)])


def _rows(shown: list[Choice], language: str) -> list[str]:
    return [f"{number} {say(item.label, language)}" for number, item in enumerate(shown, start=1)]


def body(ask: Ask, language: str, page_url: str) -> str:
    """Return the words of a question, its secure page's address on a line of its own."""
    said = [*ask.notes, ask.text] if ask.repeat or not ask.notes else list(ask.notes)
    return "\n\n".join([*(say(text, language) for text in said), *([page_url] if page_url else [])])


def notice(text: str) -> Payload:
    """Return a plain message."""
    return {"type": "text", "body": text}


def erase(message: str) -> Payload:
    """Return the deletion of a person's words at Twilio: from the chat itself nobody can take them."""
    return {"type": "erase", "message": message}
