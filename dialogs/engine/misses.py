"""What was no answer: the right sentence for its kind, and the ladder of three that ends at a human."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from dialogs.engine.ask import Ask, Awaits
from dialogs.engine.forget import is_key_file
from dialogs.engine.said import Heard
from dialogs.engine.step import Step
from dialogs.engine.texts import T, Text
from dialogs.engine.walk import AGAIN, MENU, OPERATOR, WAYS, Walk

MISSES_TO_OPERATOR: Final = 3
#: The failure that brings the hint and its picture.
MISSES_TO_HINT: Final = MISSES_TO_OPERATOR - 1
#: The pictures of an album come one by one, and get one answer (journeys §0.6).
ALBUM_WITHIN: Final = timedelta(seconds=2)
#: More buttons than this are worth a second look for the right one.
FEW: Final = 3


def wrong_kind(walk: Walk, ask: Ask) -> None:
    """Answer a photo, a voice, a sticker, a place or a contact where none of them is an answer."""
    if is_key_file(walk.said):
        return  # it was answered at the door
    if _is_answered_album(walk):
        walk.stay_silent()
    elif walk.said.heard is Heard.VOICE:
        miss(walk, ask, T("err.voice"))
    elif ask.awaits is not Awaits.NOTHING:
        miss(walk, ask, _needed(ask))


def _is_answered_album(walk: Walk) -> bool:
    """Say whether this is another picture of an album whose first one was answered a moment ago."""
    return bool(walk.said.album) and walk.talk.misses > 0 and walk.pause <= ALBUM_WITHIN


def _needed(ask: Ask) -> Text:
    if ask.page:
        return T("err.need_page")
    if ask.legal or ask.awaits is Awaits.CHOICE or not ask.example:
        return T("err.need_button")
    return T("err.need_text", example=ask.example)


def not_understood(walk: Walk, ask: Ask) -> None:
    """Answer words that mean nothing at a question with choices only."""
    if ask.legal:
        miss(walk, ask, ask.insist or T("err.need_button"))
    elif ask.awaits is not Awaits.NOTHING:  # while an answer from elsewhere is awaited, the question says so again
        shown = [item for item in ask.choices if not item.hidden]
        miss(walk, ask, T("err.need_button" if len(shown) <= FEW else "err.choice.unknown"))


def miss(walk: Walk, ask: Ask, why: Text) -> None:
    """Climb the ladder: another sentence, then where to find the answer, then a human."""
    misses = walk.talk.misses + 1
    walk.talk = replace(walk.talk, misses=misses)
    walk.missed = True
    walk.say(why)
    if ask.ladder and misses == MISSES_TO_HINT:
        walk.say(ask.hint or T("msg.common.ladder_second" if ask.choices else "msg.common.ladder_typed"))
    elif is_stuck(walk, ask):
        walk.say(T("msg.common.call_operator"))


def is_stuck(walk: Walk, ask: Ask) -> bool:
    """Say whether a person failed here so often that a human should help."""
    return ask.ladder and walk.talk.misses >= MISSES_TO_OPERATOR


def asked(walk: Walk, step: Step) -> Ask:
    """Return the question as it stands: after three failures a human is one of its choices, with a number like any."""
    ask = step.ask(walk.do)
    if not is_stuck(walk, ask):
        return ask
    # A question may have a button of its own that says the same; two of one label could not be told apart.
    own = {item.id for item in ask.choices} | {item.label.key for item in ask.choices}
    rescue = (WAYS[way] for way in (OPERATOR, AGAIN, MENU) if not own & {way, WAYS[way].label.key})
    return replace(ask, choices=(*ask.choices, *rescue))


def help_for(ask: Ask) -> Text:
    """Return what helps at this question."""
    if ask.page:
        return T("msg.help.page")
    typed = ask.awaits not in (Awaits.CHOICE, Awaits.NOTHING)
    return T("msg.help.typed", example=ask.example or "1") if typed else T("msg.help.choice")
