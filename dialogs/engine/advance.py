"""The heart: what was said, at the step where the person stands, leads to the next question.

A turn runs in this order:

1. what has lived its days is forgotten; a chat without a language is met for the first time;
2. a step of another release is put aside, the person comes home;
3. taps are checked against the live question: twins and old buttons change nothing;
4. a pause that was too long is answered by the life of the step (R0-R3);
5. the words of a choice, then languages and universal words, then numbers and typos, then the free answer, then
   what the words may want elsewhere;
6. the step answers; its move is carried out until a question stands that this chat may see.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from dialogs.engine import commands, forget, live, meaning, misses, moves, pauses, wishes, words
from dialogs.engine.ask import Ask, Awaits
from dialogs.engine.conversation import Conversation, is_readable, waiting_for
from dialogs.engine.drafts import expires_at, fresh_drafts
from dialogs.engine.meaning import Chosen, Opened, Spoken
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Call, Life, Speak, Step
from dialogs.engine.texts import T, Text
from dialogs.engine.walk import BACK, CANCEL, OPERATOR, WAY_OF, WAYS, Entries, Turn, Walk, text_of
from dialogs.engine.words import Universal
from services.refused import Refused
from services.services import Services

__all__ = ["WAYS", "Engine", "Entries", "Turn", "expires_at", "fresh_drafts"]

#: What is an answer without words, and to which question.
_GIVEN: Final = {Heard.CONTACT: Awaits.PHONE, Heard.LOCATION: Awaits.PLACE}
#: The same tap again so soon is the other half of a double tap; later it is an old button.
TWIN_WITHIN: Final = timedelta(seconds=30)


class Engine:
    """Moves conversations; knows dialogs only by their doors."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries

    def advance(self, talk: Conversation, said: Said, do: Services) -> Turn:
        """Return the turn that follows from `said`. Pure apart from `do`; may be run twice."""
        walk = Walk(self.entries, fresh_drafts(talk, do.now), said, do)
        secret = forget.must_go(walk)
        _hear(walk)
        if walk.silent:
            return Turn(walk.talk, toast=walk.toast, forget=secret, refused=walk.refused)
        moves.stand(walk)
        return Turn(walk.talk.asked(do.now), ask=_question(walk), toast=walk.toast, forget=secret)


# What arrives.


def _hear(walk: Walk) -> None:
    heard, step = walk.said.heard, walk.talk.current
    if forget.is_key_file(walk.said):
        walk.say(T("err.sign.keyfile"))
    if heard in (Heard.BLOCKED, Heard.UNBLOCKED):
        walk.stay_silent()
    elif heard is Heard.EVENT:
        _hear_event(walk)
    elif heard is Heard.PAGE:
        _hear_page(walk, step)
    elif _is_invited(walk) or _is_pushed(walk):
        return
    elif step is None:
        _come_home(walk)
    elif not is_readable(walk.talk):
        return  # there is nothing to answer: the turn ends at home
    elif step.life is Life.LIVE and live.hears(walk, step):
        return  # it was said to a human
    elif heard is Heard.TAP:
        _hear_tap(walk, walk.talk.current or step)
    else:
        _hear_words(walk, step)


def _come_home(walk: Walk) -> None:
    """Where nothing is asked any more home is shown; a command somebody known comes back with is obeyed there."""
    walk.toast = T("err.stale_button") if walk.said.heard is Heard.TAP else None
    moves.go_home(walk)
    step = walk.talk.current
    if step is not None and walk.talk.language and pauses.is_wish(walk):
        _hear_words(walk, step)


def _is_invited(walk: Walk) -> bool:
    """Whoever opens a link to join an account means that, wherever they stand."""
    code = words.invitation(walk.said.text) if walk.said.heard is Heard.TEXT else None
    claim = walk.entries.claim
    if code is None or claim is None or not walk.talk.language:
        return False
    moves.go_to(walk, claim(code))
    return True


def _is_pushed(walk: Walk) -> bool:
    """A button of a push means what it says, wherever the person stands; then they stand there again."""
    door = walk.entries.pushed(walk.said.tap) if walk.said.heard is Heard.TAP and walk.talk.language else None
    if door is None:
        return False
    current = walk.talk.current
    if current is None or not is_readable(walk.talk):
        moves.go_to(walk, door)
    else:
        moves.go(walk, Call(door, then=current))
    return True


def _hear_event(walk: Walk) -> None:
    """An answer from outside moves only the step that waits for exactly this answer.

    The person may be looking at a question asked over it (stop? which language?): the news goes first.
    """
    waiting = waiting_for(walk.talk, walk.said)
    step = waiting.current if waiting else None
    if waiting is None or step is None:
        live.lay(walk)
    else:
        walk.talk = waiting
        try:
            moves.go(walk, step.answer(walk.said, walk.do))
        except Refused as no:
            walk.say(text_of(no))
    if live.is_quiet(walk):
        walk.stay_silent()


def _hear_page(walk: Walk, step: Step | None) -> None:
    """A refusal is shown on the page, beside the field; the chat stays as it is."""
    if step is None or not is_readable(walk.talk) or step.ask(walk.do).page != walk.said.purpose:
        walk.refused = T("page.not_now")
    elif walk.may_see(step):
        try:
            moves.go(walk, step.answer(walk.said, walk.do))
        except Refused as no:
            walk.refused = text_of(no)
    if walk.refused is not None:
        walk.stay_silent()


def _hear_tap(walk: Walk, step: Step) -> None:
    """Buttons stay tappable for ever, so a tap says which question it answers."""
    tap = (walk.said.revision, walk.said.tap)
    if tap == walk.talk.last_tap and walk.pause <= TWIN_WITHIN:
        walk.toast = T("err.already_done")
        walk.stay_silent()
    elif walk.said.revision != walk.talk.revision:
        _stale(walk)
        pauses.is_all(walk, step)
    elif walk.said.tap in WAYS:
        walk.talk = replace(walk.talk, last_tap=tap)
        commands.obey(walk, WAY_OF[walk.said.tap], step)
    elif _choose(walk, step, walk.said.tap):
        walk.talk = replace(walk.talk, last_tap=tap)


def _hear_words(walk: Walk, step: Step) -> None:
    if walk.said.heard is Heard.EDITED:
        # A corrected message counts only where the first try failed; elsewhere it is history.
        if not walk.talk.misses or walk.pause > pauses.IDLE:
            walk.stay_silent()
            return
        walk.said = replace(walk.said, heard=Heard.TEXT)
    if pauses.is_all(walk, step):
        return
    step = walk.talk.current or step
    ask = misses.asked(walk, step)
    if walk.said.heard is Heard.TEXT:
        _hear_text(walk, step, ask)
    elif _is_a_file_for(walk, step) or _GIVEN.get(walk.said.heard) is ask.awaits:
        _answer(walk, step, walk.said)
    elif not pauses.is_greeting(walk, step):
        misses.wrong_kind(walk, ask)


def _is_a_file_for(walk: Walk, step: Step) -> bool:
    """A signature key is never an answer, wherever files are."""
    return step.takes_files and walk.said.heard in (Heard.PHOTO, Heard.FILE) and not forget.is_key_file(walk.said)


def _hear_text(walk: Walk, step: Step, ask: Ask) -> None:
    match meaning.of(walk.said.text, ask, walk.entries.options):
        case Chosen(id=choice):
            _choose(walk, step, choice)
        case Spoken(language=language):
            moves.go(walk, Speak(language))
        case Opened(name=name) if name in walk.entries.doors and walk.talk.language:
            moves.go_to(walk, walk.entries.doors[name])
        case Universal() as command:
            commands.obey(walk, command, step)
        case _ if ask.takes_words:
            _answer(walk, step, walk.said)
        case _ if not wishes.is_followed(walk, step, ask) and not pauses.is_greeting(walk, step):
            if not wishes.is_lost(walk, step):
                misses.not_understood(walk, ask)


# What is done about it.


def _stale(walk: Walk) -> None:
    is_over = walk.said.heard is Heard.TAP and 0 <= walk.said.revision <= walk.talk.ended_at
    why = T("err.session_ended" if is_over else "err.stale_button")
    walk.toast = why
    walk.say(why)


def _choose(walk: Walk, step: Step, choice: str) -> bool:
    """Answer with a choice; return False if that changes nothing."""
    if choice not in {item.id for item in step.ask(walk.do).choices}:
        _stale(walk)
        return False
    if pauses.is_stale(walk, step):
        moves.begin_again(walk, step, T("msg.common.shown_again"))
        return False
    _answer(walk, step, replace(walk.said, choice=choice))
    return True


def _answer(walk: Walk, step: Step, said: Said) -> None:
    if not walk.may_see(step):
        return  # the turn ends with the proof, then exactly the same step
    try:
        move = step.answer(said, walk.do)
    except Refused as no:
        ask = step.ask(walk.do)
        if said.choice or not wishes.is_followed(walk, step, ask):
            misses.miss(walk, ask, text_of(no))
        return
    walk.talk = replace(walk.talk, misses=0)
    moves.go(walk, move)


# The question.


def _question(walk: Walk) -> Ask:
    """Return the standing question with what was said on the way to it and the ways out of it."""
    step = walk.talk.current
    if step is None:
        raise RuntimeError("a turn ended without a question")
    ask = misses.asked(walk, step)
    own = {item.id for item in ask.choices}
    ways = _ways(walk, step, ask)
    is_second_try = walk.missed and walk.talk.misses == misses.MISSES_TO_HINT
    return replace(
        ask,
        ways=tuple(WAYS[way] for way in ways if way not in own),
        notes=(*_outage(walk), *walk.notes, *ask.notes),
        picture=ask.picture if is_second_try else ask.shows or None,
        repeat=ask.repeat or not walk.missed,
    )


def _outage(walk: Walk) -> tuple[Text, ...]:
    line = walk.do.outage
    return (T("msg.outage", line=line),) if line else ()


def _ways(walk: Walk, step: Step, ask: Ask) -> tuple[str, ...]:
    if step.home or step.prompt or step.life is Life.LIVE or misses.is_stuck(walk, ask):
        return ()
    back = (BACK,) if len(walk.talk.trail) > 1 else ()
    operator = (OPERATOR,) if walk.missed or ask.awaits is Awaits.NOTHING else ()
    return (*back, CANCEL, *operator)
