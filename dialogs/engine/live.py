"""A human holds the conversation (R4): the bot is silent, and whoever spoke last is answered.

What an agent says is laid over the question that stood, without drawing it anew. Words then go to the human; a tap on
a button of the question below is an answer to that question, and the bot speaks again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dialogs.engine import commands, moves, words
from dialogs.engine.said import Heard
from dialogs.engine.step import Life, Return, Step
from dialogs.engine.walk import MENU, Walk
from dialogs.engine.words import Universal

#: The button of a template that brings what was said after the window had closed; it outlives every question.
SHOW: Final = "~show"
#: What is still the bot's; "help" is what the human is there for.
_THE_BOTS: Final = frozenset(Universal) - {Universal.HELP, Universal.REPEAT}
_LEAVE: Final = frozenset({Universal.BACK, Universal.CANCEL})


def hears(walk: Walk, step: Step) -> bool:
    """Hand what was said to the human; return False for a tap that is the bot's."""
    if walk.said.heard is Heard.TAP:
        return _taps(walk, step)
    command = _command(walk)
    if command is None:
        _hand_over(walk, step)
    elif command in (Universal.MENU, Universal.START):
        moves.go(walk, step.answer(replace(walk.said, choice=MENU), walk.do))
    elif command in _LEAVE:
        moves.go(walk, Return())
    elif command is not Universal.OPERATOR:  # who asks for a human sees again where they stand
        commands.obey(walk, command, step)
    return True


def _taps(walk: Walk, step: Step) -> bool:
    if walk.said.tap == SHOW:
        _hand_over(walk, step)
        return True
    if walk.said.revision == walk.talk.revision and not _owns(step, walk):
        _uncover(walk)
    return False


def _owns(step: Step, walk: Walk) -> bool:
    return walk.said.tap in {item.id for item in step.ask(walk.do).choices}


def _uncover(walk: Walk) -> None:
    """The buttons on the screen are of the question below: the human's words were laid over it."""
    below = walk.talk.returned()
    if walk.talk.calls and below.current == walk.talk.calls[-1]:
        walk.talk = below


def _hand_over(walk: Walk, step: Step) -> None:
    moves.go(walk, step.answer(walk.said, walk.do))
    # Nobody may be there any more: then it is the bot that answers.
    if walk.talk.current is not None and walk.talk.current.life is Life.LIVE:
        walk.stay_silent()


def _command(walk: Walk) -> Universal | None:
    """A number may be an answer to the human, so only words are commands here."""
    said = walk.said
    if said.heard is not Heard.TEXT or said.text.strip().isdigit():
        return None
    command = words.universal(said.text)
    return command if command in _THE_BOTS else None


def lay(walk: Walk) -> None:
    """Carry out what an event brings that nobody waits for: a human's words are laid over whatever stands."""
    standing = walk.talk.current
    move = walk.entries.laid(walk.said, standing) if standing is not None else None
    if move is None:
        walk.stay_silent()
    else:
        moves.go(walk, move)


def is_quiet(walk: Walk) -> bool:
    """Say whether the human's own words have said it all."""
    current = walk.talk.current
    return current is not None and current.life is Life.LIVE and current.quiet
