"""Commands that work everywhere: menu, back, cancel, help, operator, language, stop."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dialogs.engine import drafts, misses, moves
from dialogs.engine.step import Call, Leave, Return, Step
from dialogs.engine.texts import T
from dialogs.engine.walk import Walk
from dialogs.engine.words import Universal

#: So many answers are not thrown away unasked (journeys §0.6).
MANY: Final = 2


def obey(walk: Walk, command: Universal, step: Step) -> None:
    """Do what the person wants instead of answering `step`."""
    match command:
        case Universal.MENU | Universal.START:
            moves.go_home(walk)
        case Universal.BACK:
            _back(walk, step)
        case Universal.CANCEL:
            _cancel(walk, step)
        case Universal.HELP:
            _help(walk, step)
        case Universal.OPERATOR:
            _call_operator(walk, step)
        case Universal.LANGUAGE:
            _change_language(walk)
        case Universal.REPEAT:
            walk.talk = replace(walk.talk, misses=0)
        case Universal.OPT_OUT:
            _stop(walk, step)
        case Universal.OPT_IN:
            walk.do.chats.opt_in()
            walk.say(T("msg.optin.again"))


def _help(walk: Walk, step: Step) -> None:
    """Explain the question that stands; at home there is none, so show what is often asked."""
    if step.home and walk.talk.language and walk.entries.help is not None:
        moves.go_to(walk, walk.entries.help)
    else:
        walk.say(misses.help_for(step.ask(walk.do)))


def _back(walk: Walk, step: Step) -> None:
    """Show the question before; after what cannot be undone its result, and before the first question leave."""
    if not moves.go_back(walk) and not step.no_return:
        _cancel(walk, step)


def _cancel(walk: Walk, step: Step) -> None:
    """Leave at once; ask first where answers would be lost; at a question about the dialog drop that question."""
    if step.home:
        return
    if _is_over_a_question(walk, step):
        moves.go(walk, Return())
    elif drafts.answers(walk.talk) >= MANY:
        ask_about_it(walk, walk.entries.cancel)
    else:
        moves.go(walk, Leave(keep=False))


def _is_over_a_question(walk: Walk, step: Step) -> bool:
    """Asking "leave?" is answered, never guessed; and a proof that is refused leads nowhere."""
    calls = walk.talk.calls
    return step.prompt and step != walk.entries.cancel and bool(calls) and walk.may_see(calls[-1])


def _call_operator(walk: Walk, step: Step) -> None:
    walk.talk = replace(walk.talk, misses=0)
    called = walk.entries.operator(step.flow, step.name, step.ask(walk.do).text.key)
    if step.name != called.name:
        moves.go(walk, Call(called, then=step))


def _change_language(walk: Walk) -> None:
    if walk.talk.language:  # else the standing question asks for it
        ask_about_it(walk, walk.entries.language)


def _stop(walk: Walk, step: Step) -> None:
    """Inside a dialog "stop" may mean either; never guess, never cancel silently."""
    is_outside = step.home or (step.prompt and not walk.talk.calls)
    if is_outside:
        walk.do.chats.opt_out()
        walk.say(T("msg.optout.short"))
    else:
        ask_about_it(walk, walk.entries.stop)


def ask_about_it(walk: Walk, prompt: Step) -> None:
    """Ask about the dialog itself; a question that already waits somewhere is not asked inside itself."""
    trail = walk.talk.trail
    waiting = [place for place, item in enumerate(trail) if item.step.name == prompt.name]
    if waiting:
        kept = trail[: waiting[-1] + 1]
        walk.talk = replace(walk.talk, trail=kept, calls=walk.talk.calls[: kept[-1].depth])
    elif walk.talk.current is not None:
        moves.go(walk, Call(prompt, then=walk.talk.current))
