"""Words that answer nothing may still want something: to go there, to be answered, or to be asked back."""

from __future__ import annotations

from typing import Final

from dialogs.engine import commands, drafts, moves, words
from dialogs.engine.ask import FREE, SECRETS, Ask, Awaits
from dialogs.engine.said import Heard
from dialogs.engine.step import Call, Speak, Step
from dialogs.engine.walk import Walk, Wish
from dialogs.engine.words import Universal

#: Where digits are an answer gone wrong, never a wish (journeys §5.3).
_NUMBERS: Final = SECRETS | {Awaits.PHONE}


def is_followed(walk: Walk, step: Step, ask: Ask) -> bool:
    """Follow what the words want, if it is anything; return whether they were followed.

    Inside a dialog only a strong wish counts, and it is asked about: nothing is left unasked. A legal question, a
    question for free words and a password never come here: their words are their own.
    """
    wish = _wish(walk, step, ask)
    if wish is None or _is_unwelcome(walk, step, wish):
        return False
    if not walk.talk.language:
        return _is_followed_in_a_guessed_language(walk, wish)
    _follow(walk, step, wish)
    return True


def is_clear(walk: Walk) -> bool:
    """Say whether the words alone want something, wherever they are said."""
    step = walk.talk.current
    if walk.said.heard is not Heard.TEXT or step is None:
        return False
    wish = _heard(walk, step, step.ask(walk.do)) if step.asks else None
    return wish is not None and not wish.is_guess and wish.to is not None


def be_courteous(walk: Walk) -> None:
    """Return a greeting or a thank-you before what is shown after a pause."""
    step = walk.talk.current
    wish = _heard(walk, step, step.ask(walk.do)) if step is not None and step.asks else None
    if wish is not None and wish.to is None and wish.note is not None:
        walk.say(wish.note)


def is_lost(walk: Walk, step: Step) -> bool:
    """Where nothing is being filled in, words nobody understood get questions to choose from; return whether so."""
    lost = walk.entries.lost
    if lost is None or not step.home or not walk.talk.language or not any(map(str.isalpha, walk.said.text)):
        return False
    moves.go_to(walk, lost(walk.said, step))
    return True


def _wish(walk: Walk, step: Step, ask: Ask) -> Wish | None:
    return None if ask.awaits in FREE and not step.home else _heard(walk, step, ask)


def _heard(walk: Walk, step: Step, ask: Ask) -> Wish | None:
    hear = walk.entries.wish
    if hear is None or walk.said.heard is not Heard.TEXT or ask.legal or ask.awaits is Awaits.PASSWORD:
        return None
    if ask.awaits in _NUMBERS and any(map(str.isdigit, walk.said.text)):
        return None
    return hear(walk.said, step, walk.do)


def _is_unwelcome(walk: Walk, step: Step, wish: Wish) -> bool:
    """Inside a dialog a guess interrupts nothing, and the dialog itself is no other place to go to."""
    if _is_outside(walk, step):
        return False
    return wish.is_guess or (isinstance(wish.to, Step) and wish.to.flow == drafts.flow_of(walk.talk))


def _follow(walk: Walk, step: Step, wish: Wish) -> None:
    if wish.note is not None:
        walk.say(wish.note)
    if isinstance(wish.to, Universal):
        commands.obey(walk, wish.to, step)
    elif wish.to is None:
        return  # it was courtesy: the question stands
    elif wish.to.prompt:
        commands.ask_about_it(walk, wish.to)
    elif _is_outside(walk, step):
        moves.go_to(walk, wish.to)
    elif walk.entries.switch is not None and walk.talk.current is not None:
        switch = walk.entries.switch(drafts.flow_of(walk.talk), wish)
        moves.go(walk, Call(switch, then=walk.talk.current))


def _is_outside(walk: Walk, step: Step) -> bool:
    """Say whether leaving loses nothing: at home, in what is only read, at the offer to go on."""
    if step.home or (step.prompt and not walk.talk.calls):
        return True
    return drafts.flow_of(walk.talk) not in walk.entries.titles


def _is_followed_in_a_guessed_language(walk: Walk, wish: Wish) -> bool:
    """At the question for a language a wish is one answer more; its letters say which language (journeys §1.1)."""
    language = words.guess_language(walk.said.text, walk.said.locale)
    if language is None or not isinstance(wish.to, Step) or wish.to.prompt or wish.is_guess:
        return False
    moves.go(walk, Speak(language, then=wish.to))
    return True
