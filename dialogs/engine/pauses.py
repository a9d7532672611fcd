"""A pause that was too long, answered by the life of the step (R0-R3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from dialogs.engine import moves, wishes, words
from dialogs.engine.ask import Awaits
from dialogs.engine.said import Heard
from dialogs.engine.step import Life, Step
from dialogs.engine.texts import T
from dialogs.engine.walk import Walk
from dialogs.engine.words import Universal

IDLE: Final = timedelta(minutes=30)
SECRET_LIVES: Final = timedelta(minutes=10)
LEGAL_LIVES: Final = timedelta(minutes=10)

#: After a pause these say "here I am again"; every other command is still a wish.
_GREETINGS: Final = frozenset({Universal.START, Universal.BACK, Universal.CANCEL, Universal.REPEAT})


def is_all(walk: Walk, step: Step) -> bool:
    """Answer a pause; return whether that is all the answer, else what was said still counts."""
    if step.life is Life.SECRET and SECRET_LIVES < walk.pause <= IDLE:
        moves.begin_again(walk, step, T("msg.common.secret_lapsed"))
        return not is_wish(walk)
    if walk.pause <= IDLE or _can_wait(walk, step):
        return False
    if flow := moves.put_aside(walk):
        moves.offer(walk, flow)
    else:
        moves.go_home(walk)
    if is_wish(walk):
        return False
    wishes.be_courteous(walk)
    return True


def is_greeting(walk: Walk, step: Step) -> bool:
    """Whoever comes back to a place that waits for ever is shown around, not taught; return whether that is so."""
    if walk.pause <= IDLE:
        return False
    if step.home:
        moves.go_home(walk)
    return True


def is_stale(walk: Walk, step: Step) -> bool:
    """Say whether a legal question has stood too long to be answered."""
    return step.life is Life.LEGAL and walk.asked_ago > LEGAL_LIVES


def _can_wait(walk: Walk, step: Step) -> bool:
    """Home, a human and the offer to go on wait for ever; so does the key that shares a phone, like any button."""
    if step.home or step.life is Life.LIVE or (step.prompt and not walk.talk.calls):
        return True
    return walk.said.heard is Heard.CONTACT and step.ask(walk.do).awaits is Awaits.PHONE


def is_wish(walk: Walk) -> bool:
    """Say whether what was said is a command of its own, to be obeyed where the person stands now."""
    if walk.said.heard is not Heard.TEXT:
        return False
    command = words.universal(walk.said.text)
    if command is None:
        named = words.language_word(walk.said.text) or words.door(walk.said.text)
        return named is not None or wishes.is_clear(walk)
    return command not in _GREETINGS
