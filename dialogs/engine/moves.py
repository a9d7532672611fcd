"""Moves: where an answer leads, carried out through silent steps until a question stands."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from dialogs.engine import drafts
from dialogs.engine.conversation import Conversation, Draft, is_readable, strangers
from dialogs.engine.step import Call, Done, Go, Leave, Move, Resume, Return, Speak, Step
from dialogs.engine.texts import T, Text
from dialogs.engine.walk import Walk, text_of
from services.refused import Refused

log = logging.getLogger(__name__)

#: Silent steps one answer may walk through; more is a circle in a dialog.
MOVES_CAP: Final = 20
#: Where the trail of another release's step is kept for the desk.
LOST: Final = "lost"


def go(walk: Walk, move: Move) -> None:
    """Carry a move out, through silent steps, until a question stands."""
    for _ in range(MOVES_CAP):
        step = _place(walk, move)
        if step is None:
            return
        if not walk.may_see(step):
            move = Call(walk.entries.proof(walk.do), then=step)
            continue
        after = _enter(walk, step)
        if after is None:
            return
        walk.talk = replace(walk.talk, trail=walk.talk.trail[:-1])
        move = after
    raise RuntimeError(f"{MOVES_CAP} silent steps in a row, the last at {type(move).__name__}")


def _enter(walk: Walk, step: Step) -> Move | None:
    """Arrive and let the step act; where it refuses, stand here, or if it has no question where one stood."""
    stood, walk.talk = walk.talk, walk.talk.arrive(step, walk.do.now)
    try:
        return step.enter(walk.do)
    except Refused as no:
        walk.say(text_of(no))
        if not step.asks:
            walk.talk = stood
        return None


def _place(walk: Walk, move: Move) -> Step | None:
    """Return the step a move leads to; None where a question already stands."""
    match move:
        case Step():
            return _or_its_draft(walk, move)
        case Go(to=to, note=note):
            walk.say(note)
            return to
        case Call(first=first, then=then):
            walk.talk = replace(walk.talk, calls=(*walk.talk.calls, then))
            return first
        case Done() | Return():
            return _end(walk, move)
        case Leave():
            return _left(walk, move)
        case Resume(flow=flow, anew=anew):
            return _resumed(walk, flow, anew=anew)
        case Speak(language=language, then=then):
            return _speak(walk, language, then)


def _or_its_draft(walk: Walk, step: Step) -> Step:
    """A dialog begun again while its answers wait: offer them first."""
    draft, current = walk.talk.draft(step.flow), walk.talk.current
    is_begun = walk.entries.starts.get(step.flow) == step and not (current and current.flow == step.flow)
    if draft is None or not is_begun or walk.talk.calls:
        return step
    return walk.entries.resume(step.flow, draft.saved_at.isoformat())


def _end(walk: Walk, move: Done | Return) -> Step | None:
    """End a dialog: back into the one that called it, or home."""
    if move.note is not None:
        walk.say(move.note)
    if isinstance(move, Done):
        walk.talk = _finished(walk, move)
    if walk.talk.calls:
        then = walk.talk.calls[-1]
        walk.talk = walk.talk.returned()
        if isinstance(move, Return) and move.offer and (flow := put_aside(walk)):
            return _offered(walk, flow)
        # Standing where it was called: ask again, do not act again.
        return None if walk.talk.current == then else then
    walk.talk = replace(walk.talk, trail=())
    return (isinstance(move, Done) and move.to) or home(walk)


def _finished(walk: Walk, move: Done) -> Conversation:
    """A dialog that came to its end leaves no older answers of itself behind."""
    flow = walk.talk.current.flow if walk.talk.current else ""
    talk = walk.talk.without_draft(flow)
    return replace(talk, calls=()) if move.abandon else talk


def _left(walk: Walk, move: Leave) -> Step:
    """Leave the dialog under this prompt, with a draft or without."""
    if move.keep:
        put_aside(walk)
    else:
        walk.talk = walk.talk.without_draft(drafts.flow_of(walk.talk))
    if move.note is not None:
        walk.say(move.note)
    walk.talk = replace(walk.talk, trail=(), calls=())
    return home(walk) if move.to is None else _or_its_draft(walk, move.to)


def _resumed(walk: Walk, flow: str, *, anew: bool) -> Step | None:
    draft, walk.talk = walk.talk.draft(flow), walk.talk.without_draft(flow)
    if draft is None or anew:
        walk.talk = replace(walk.talk, trail=(), calls=())
        return walk.entries.starts.get(flow) or home(walk)
    walk.talk = replace(walk.talk, trail=draft.trail, calls=draft.calls)
    last = draft.trail[-1].step
    # What cannot be gone on with half-way (a code, a question to a registry) begins again.
    return None if (fresh := last.lapsed(walk.do)) == last else _instead(walk, fresh)


def _speak(walk: Walk, language: str, then: Step | None) -> Step | None:
    walk.talk = replace(walk.talk, language=language)
    walk.do.speak(language)
    if then is None:
        walk.say(T("msg.language_switch.done"))
    return then


def _instead(walk: Walk, step: Step) -> Step:
    walk.talk = replace(walk.talk, trail=walk.talk.trail[:-1])
    return step


# Moves the engine makes by itself.


def home(walk: Walk) -> Step:
    """Return the place to come home to; before a language is chosen, the question for it."""
    return walk.entries.home(walk.do) if walk.talk.language else walk.entries.first(walk.said)


def go_home(walk: Walk) -> None:
    """Leave for home; the answers given so far are kept."""
    go_to(walk, home(walk))


def go_to(walk: Walk, step: Step) -> None:
    """Leave for another place; the answers given so far are kept."""
    put_aside(walk)
    walk.talk = replace(walk.talk, trail=(), calls=())
    go(walk, step)


def go_back(walk: Walk) -> bool:
    """Stand at the question before, if there is one this chat may see."""
    talk = walk.talk.back()
    while talk.current is not None and not (is_readable(talk) and walk.may_see(talk.current)):
        talk = talk.back()
    if talk.current is None:
        return False
    walk.talk = replace(talk, misses=0)
    return True


def offer(walk: Walk, flow: str) -> None:
    """Ask whether to go on with a dialog that was put aside."""
    go(walk, _offered(walk, flow))


def _offered(walk: Walk, flow: str) -> Step:
    draft = walk.talk.draft(flow)
    saved_at = draft.saved_at if draft else walk.do.now
    walk.talk = replace(walk.talk, trail=(), calls=())
    return walk.entries.resume(flow, saved_at.isoformat())


def begin_again(walk: Walk, step: Step, note: Text) -> None:
    """Stand at what a step that waited too long gives way to."""
    walk.say(note)
    go(walk, _instead(walk, step.lapsed(walk.do)))


def put_aside(walk: Walk) -> str:
    """Keep the answers of the dialog the person leaves; return its name, "" if there was nothing to keep."""
    saved_at = walk.before.touched_at or walk.do.now
    walk.talk, flow = drafts.put_aside(walk.talk, saved_at, walk.entries.titles)
    return flow


def stand(walk: Walk) -> None:
    """End at a question that can be asked: readable, and proved enough for."""
    if not is_readable(walk.talk):
        _come_home_lost(walk)
    current = walk.talk.current
    if current is None or (current.home and not walk.may_see(current)):
        go(walk, home(walk))
    elif not walk.may_see(current):
        # The session ended in the middle: prove who this is, then exactly the same step.
        go(walk, Call(walk.entries.proof(walk.do), then=current))


def _come_home_lost(walk: Walk) -> None:
    """A rollback met a step of a newer release: keep it for the desk, lose nothing else."""
    log.error("unknown step", extra={"step": ", ".join(strangers(walk.talk))})
    kept = Draft(walk.talk.trail, walk.talk.calls, walk.do.now)
    walk.talk = replace(walk.talk.with_draft(LOST, kept), trail=(), calls=())
    walk.say(T("err.lost_step"))
