"""What words want, as the engine takes it: a door, an answer, a question back, or only a courtesy."""

from __future__ import annotations

from typing import Final

from dialogs import help_faq
from dialogs.engine import repair
from dialogs.engine.catalogue import in_every_language
from dialogs.engine.said import Said
from dialogs.engine.step import Step
from dialogs.engine.texts import T
from dialogs.engine.walk import Wish
from dialogs.engine.words import Universal
from dialogs.intents import doors, reading, sources
from dialogs.intents.reading import ACT, ANSWER, THREE, Guess
from services.services import Services

#: Courtesies are answered, not gone to, where something is being filled in.
_NOTES: Final = {"thanks": T("msg.faq.thanks"), "greeting": T("msg.faq.hello"), "abuse": T("msg.faq.calm")}


def of(said: Said, step: Step, do: Services) -> Wish | None:
    """Return what the words want at this step; nothing if they are too unsure even to ask back."""
    guesses = reading.read(said.text, favour=doors.around(step))
    if not guesses:
        return None
    first, *others = guesses
    failed = step.failed if isinstance(step, help_faq.Faq) else 0
    if first.score < ANSWER or others:
        names = _names(guesses)
        return Wish(help_faq.Offer(failed, names=names) if names else help_faq.CallOperator(failed), is_guess=True)
    if first.intent in _NOTES:
        return _courtesy(first.intent, step)
    answer = _answer(first, failed)
    name = f"{first.intent}.{first.topic}"
    if first.score < ACT:
        return Wish(answer, is_guess=True, name=name)
    return Wish(doors.of(first.intent, first.topic, do) or answer, name=name)


def first(said: Said) -> str:
    """Return the name of what a first message wants, worth keeping until a language is chosen; "" if nothing."""
    guesses = reading.read(said.text)
    if len(guesses) != 1 or guesses[0].score < ANSWER or guesses[0].intent in _NOTES:
        return ""
    return f"{guesses[0].intent}.{guesses[0].topic}"


def named(wish: str, do: Services) -> Step | None:
    """Return the step that a kept wish leads to; nothing for a command."""
    intent, _, topic = wish.partition(".")
    door = doors.of(intent, topic, do)
    if isinstance(door, Universal):
        return help_faq.Home() if door is Universal.HELP else None
    if door is None:
        return help_faq.Answer(topic=topic) if topic else help_faq.NotYet(intent=intent)
    return None if door.prompt else door


def lost(said: Said, step: Step) -> Step:
    """Return what is asked when nobody understood: three questions like the words, the second time a human."""
    failed = 1 + (step.failed if isinstance(step, help_faq.Faq) else 0)
    if failed >= help_faq.FAILURES:
        return help_faq.CallOperator(failed)
    return help_faq.NoMatch(failed, names=_nearest(said.text))


def _courtesy(intent: str, step: Step) -> Wish:
    if not step.home:
        return Wish(note=_NOTES[intent])
    match intent:
        case "thanks":
            return Wish(help_faq.Thanks())
        case "abuse":
            return Wish(help_faq.CallOperator(), note=_NOTES[intent])
    return Wish(Universal.MENU, note=_NOTES[intent])


def _answer(guess: Guess, failed: int) -> Step:
    return help_faq.Answer(failed, topic=guess.topic) if guess.topic else help_faq.NotYet(failed, intent=guess.intent)


def _names(guesses: tuple[Guess, ...]) -> tuple[str, ...]:
    """Return what can be offered as a row; a human is offered everywhere anyway, and a courtesy is no choice."""
    named = (guess.topic or guess.intent for guess in guesses)
    return tuple(name for name in dict.fromkeys(named) if name in sources.TOPICS or name in sources.PLACES)


def _nearest(text: str) -> tuple[str, ...]:
    said = repair.sounds(repair.plain(text))

    def likeness(topic: str) -> float:
        titles = in_every_language(help_faq.title(topic))
        return max(repair.likeness(said, repair.sounds(repair.plain(title))) for title in titles)

    return tuple(sorted(sources.TOPICS, key=likeness, reverse=True)[:THREE])
