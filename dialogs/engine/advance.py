"""The heart: what was said, at the step where the person stands, leads to the next question.

A turn runs in this order:

1. a chat without a language is met for the first time;
2. a step of another release is put aside, the person comes home;
3. taps are checked against the live question: twins and old buttons change nothing;
4. a pause that was too long is answered by the life of the step (R0-R3);
5. universal words, then the language words, then the choices, then the free answer;
6. the step answers; its move is carried out until a question stands.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from dialogs.engine import words
from dialogs.engine.ask import SECRETS, Ask, Awaits, Choice
from dialogs.engine.conversation import Conversation, Draft, is_readable
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Call, Done, Go, Leave, Life, Move, Resume, Return, Speak, Step
from dialogs.engine.texts import T, Text
from dialogs.engine.words import Universal
from services.refused import Refused
from services.services import Services

log = logging.getLogger(__name__)

#: Silent steps one answer may walk through; more is a circle in a dialog.
MOVES_CAP: Final = 20
IDLE: Final = timedelta(minutes=30)
SECRET_LIVES: Final = timedelta(minutes=10)
LEGAL_LIVES: Final = timedelta(minutes=10)
DRAFT_LIVES: Final = timedelta(days=7)
MISSES_TO_OPERATOR: Final = 3
KEY_FILES: Final = (".p12", ".pfx", ".jks", ".key")

BACK, CANCEL, MENU, OPERATOR, AGAIN = "~back", "~cancel", "~menu", "~operator", "~again"
WAYS: Final[Mapping[str, Choice]] = {
    BACK: Choice(BACK, T("btn.back")),
    CANCEL: Choice(CANCEL, T("btn.cancel")),
    MENU: Choice(MENU, T("btn.menu")),
    OPERATOR: Choice(OPERATOR, T("btn.operator")),
    AGAIN: Choice(AGAIN, T("btn.again")),
}
_WAY_OF: Final = {
    BACK: Universal.BACK,
    CANCEL: Universal.CANCEL,
    MENU: Universal.MENU,
    OPERATOR: Universal.OPERATOR,
    AGAIN: Universal.REPEAT,
}


@dataclass(frozen=True)
class Entries:
    """The doors of the dialogs: where the engine goes by itself."""

    first: Callable[[Said], Step]
    home: Callable[[Services], Step]
    #: The dialog that proves who this is, before a step that needs it.
    proof: Callable[[Services], Step]
    language: Step
    children: Step
    cancel: Step
    stop: Step
    resume: Callable[[str, str], Step]
    starts: Mapping[str, Step]
    #: The human name of each dialog that can be taken up again.
    titles: Mapping[str, Text]
    options: Callable[[Text], tuple[str, ...]]


@dataclass(frozen=True)
class Turn:
    """What a turn leaves: the conversation to keep, and what to show."""

    talk: Conversation
    #: The live question to draw; nothing when the screen stays as it is.
    ask: Ask | None = None
    #: The short answer to a tap.
    toast: Text | None = None
    #: What was typed is a secret: delete it where the channel can.
    forget: bool = False
    #: Why a secure page's answer was not taken; shown on the page, not in the chat.
    refused: Text | None = None


class Engine:
    """Moves conversations; knows dialogs only by their doors."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries

    def advance(self, talk: Conversation, said: Said, do: Services) -> Turn:
        """Return the turn that follows from `said`. Pure apart from `do`; may be run twice."""
        return _Walk(self.entries, talk, said, do).turn()


class _Walk:
    """One turn on its way: the conversation so far and the sentences to say before the next question."""

    def __init__(self, entries: Entries, talk: Conversation, said: Said, do: Services) -> None:
        self.entries, self.said, self.do = entries, said, do
        self.talk = replace(talk, touched_at=do.now)
        self.before = talk
        self.notes: list[Text] = []
        self.ways: tuple[str, ...] = ()
        self.toast: Text | None = None
        self.refused: Text | None = None
        self.missed = False
        self.silent = False
        self.asked: Ask | None = None

    # The story of a turn.

    def turn(self) -> Turn:
        forget = self._is_secret()
        self._hear()
        if self.silent:
            return Turn(self.talk, toast=self.toast, forget=forget, refused=self.refused)
        ask = self._question()
        talk = replace(self.talk, revision=self.talk.revision + 1)
        return Turn(talk, ask=ask, toast=self.toast, forget=forget)

    def _hear(self) -> None:
        if self.said.heard in (Heard.BLOCKED, Heard.UNBLOCKED):
            self.silent = True
        elif not self.talk.language and not self.talk.trail:
            self._go(self.entries.first(self.said))
        elif not is_readable(self.talk) or self.talk.current is None:
            self._come_home_lost()
        elif self.said.heard is Heard.EVENT:
            self._hear_event(self.talk.current)
        elif self.said.heard is Heard.PAGE:
            self._hear_page(self.talk.current)
        elif self.said.heard is Heard.TAP:
            self._hear_tap(self.talk.current)
        else:
            self._hear_words(self.talk.current)

    # What arrives.

    def _hear_event(self, step: Step) -> None:
        """An answer from outside moves only the step that waits for exactly this answer."""
        if step.expects(self.said):
            self._go(step.answer(self.said, self.do))
        else:
            self.silent = True

    def _hear_page(self, step: Step) -> None:
        """A refusal is shown on the page, beside the field; the chat stays as it is."""
        if step.ask(self.do).page != self.said.purpose:
            self.refused, self.silent = T("page.not_now"), True
            return
        try:
            self._go(step.answer(self.said, self.do))
        except Refused as no:
            self.refused, self.silent = _text_of(no), True
        else:
            self.talk = replace(self.talk, misses=0)

    def _hear_tap(self, step: Step) -> None:
        """Buttons stay tappable for ever, so a tap says which question it answers."""
        tap = (self.said.revision, self.said.tap)
        if tap == self.talk.last_tap:
            self.toast, self.silent = T("err.already_done"), True
        elif self.said.revision != self.talk.revision:
            self.toast = T("err.stale_button")
            self.notes.append(T("err.stale_button"))
        elif self.said.tap in WAYS:
            self.talk = replace(self.talk, last_tap=tap)
            self._obey(_WAY_OF[self.said.tap], step)
        else:
            self.talk = replace(self.talk, last_tap=tap)
            self._choose(step, self.said.tap)

    def _hear_words(self, step: Step) -> None:
        if self._waited_too_long(step):
            return
        step = self.talk.current or step
        if self.said.heard is Heard.EDITED:
            # A corrected message counts only where the first try failed; elsewhere it is history.
            if not self.talk.misses:
                self.silent = True
                return
            self.said = replace(self.said, heard=Heard.TEXT)
        if self.said.heard is Heard.TEXT:
            self._hear_text(step)
        elif self.said.heard is Heard.CONTACT and step.ask(self.do).awaits is Awaits.PHONE:
            self._answer(step, self.said)
        else:
            self._wrong_kind(step.ask(self.do))

    def _hear_text(self, step: Step) -> None:
        ask, text = step.ask(self.do), self.said.text
        options = self._options(ask)
        choice = words.exact(text, options)
        language = words.language_word(text)
        if choice is None and language in {item.id for item in ask.choices}:
            choice = language
        if choice is not None:
            self._take_choice(step, choice)
        elif language is not None:
            self._go(Speak(language))
        elif (command := words.universal(text)) is not None:
            self._obey(command, step)
        elif ask.legal:
            self._miss(ask.insist or T("err.need_button"), ask)
        elif (choice := self._pick(ask, text)) is not None:
            self._take_choice(step, choice)
        elif ask.awaits in (Awaits.CHOICE, Awaits.NOTHING):
            self._not_understood(step, ask)
        else:
            self._answer(step, self.said)

    def _pick(self, ask: Ask, text: str) -> str | None:
        """Free words are never bent into a choice; numbers, phones and codes cannot be mistaken for one."""
        if ask.awaits is Awaits.TEXT and not text.strip(" .").isdigit():
            return None
        shown = [self._option(item) for item in ask.choices if not item.hidden]
        picked = words.pick(text, shown)
        if picked is None and not any(sign.isdigit() for sign in text):
            # What is not drawn has no number.
            picked = words.pick(text, self._options(ask))
        return picked

    def _take_choice(self, step: Step, choice: str) -> None:
        if choice in WAYS:
            self._obey(_WAY_OF[choice], step)
        else:
            self._choose(step, choice)

    def _choose(self, step: Step, choice: str) -> None:
        if choice not in {item.id for item in step.ask(self.do).choices}:
            self.notes.append(T("err.stale_button"))
            return
        if step.life is Life.LEGAL and self._since_asked() > LEGAL_LIVES:
            self.notes.append(T("msg.common.shown_again"))
            return
        self._answer(step, replace(self.said, choice=choice))

    def _answer(self, step: Step, said: Said) -> None:
        if self.do.chat.trust < step.needs:
            self._prove(step)
            return
        try:
            move = step.answer(said, self.do)
        except Refused as no:
            self._miss(_text_of(no), step.ask(self.do))
            return
        self.talk = replace(self.talk, misses=0)
        self._go(move)

    # Not an answer.

    def _wrong_kind(self, ask: Ask) -> None:
        if self.said.heard is Heard.VOICE:
            self._miss(T("err.voice"), ask)
        elif self.said.heard is Heard.FILE and self.said.text.lower().endswith(KEY_FILES):
            self._miss(T("err.sign.keyfile"), ask)
        elif ask.legal or ask.awaits in (Awaits.CHOICE, Awaits.NOTHING):
            self._miss(T("err.need_button"), ask)
        else:
            self._miss(T("err.need_text", example=ask.example), ask)

    def _not_understood(self, step: Step, ask: Ask) -> None:
        if step.home and self._since_touched() > IDLE:
            return  # a greeting after a pause needs the menu, not a lesson
        shown = [item for item in ask.choices if not item.hidden]
        self._miss(T("err.need_button" if len(shown) <= 3 else "err.choice.unknown"), ask)  # noqa: PLR2004

    def _miss(self, why: Text, ask: Ask) -> None:
        """The ladder: another sentence, then where to find the answer, then a human."""
        misses = self.talk.misses + 1
        self.talk = replace(self.talk, misses=misses)
        self.notes.append(why)
        self.missed = True
        if not ask.ladder:
            return
        if misses == MISSES_TO_OPERATOR - 1:
            self.notes.append(ask.hint or T("msg.common.ladder_second"))
        elif misses >= MISSES_TO_OPERATOR:
            self.notes.append(T("msg.common.call_operator"))
            self.ways = (OPERATOR, AGAIN, MENU)

    # Commands that work everywhere.

    def _obey(self, command: Universal, step: Step) -> None:
        match command:
            case Universal.MENU | Universal.START:
                self._go_home()
            case Universal.BACK:
                self._go_back()
            case Universal.CANCEL:
                self._cancel(step)
            case Universal.HELP:
                self.notes.append(_help_for(step.ask(self.do)))
            case Universal.OPERATOR:
                self._call_operator(step)
            case Universal.LANGUAGE:
                self._go(Call(self.entries.language, then=step))
            case Universal.CHILDREN:
                self._put_aside()
                self._go(self.entries.children)
            case Universal.REPEAT:
                self.talk = replace(self.talk, misses=0)
            case Universal.OPT_OUT:
                self._stop(step)
            case Universal.OPT_IN:
                self.do.chats.opt_in()
                self.notes.append(T("msg.optin.again"))

    def _call_operator(self, step: Step) -> None:
        question = step.ask(self.do).text.key
        case = self.do.cases.open(flow=step.flow, state=step.name, question=question)
        key = "msg.operator.received" if case.new else "msg.operator.already"
        self.notes.append(T(key, number=case.number))
        self.talk = replace(self.talk, misses=0)

    def _stop(self, step: Step) -> None:
        """Inside a dialog "stop" may mean either; never guess, never cancel silently."""
        if step.home:
            self.do.chats.opt_out()
            self.notes.append(T("msg.optout.short"))
        elif step != self.entries.stop:
            self._go(Call(self.entries.stop, then=step))

    def _cancel(self, step: Step) -> None:
        if step.home:
            return
        if self._answers_given() >= 2 and step != self.entries.cancel:  # noqa: PLR2004
            self._go(Call(self.entries.cancel, then=step))
        else:
            self._leave(Leave(keep=False))

    def _go_back(self) -> None:
        trail = self.talk.trail[:-1]
        if not trail:
            self._leave(Leave(keep=False))
            return
        self.talk = replace(self.talk, trail=trail, calls=self.talk.calls[: trail[-1].depth], misses=0)

    def _go_home(self) -> None:
        self._put_aside()
        self._go(self.entries.home(self.do))

    # Moves.

    def _go(self, move: Move) -> None:
        """Carry a move out, through silent steps, until a question stands."""
        for _ in range(MOVES_CAP):
            step = self._place(move)
            if step is None:
                return
            if self.do.chat.trust < step.needs:
                move = Call(self.entries.proof(self.do), then=step)
                continue
            self.talk = self._arrive(step)
            try:
                after = step.enter(self.do)
            except Refused as no:
                self.notes.append(_text_of(no))
                return
            if after is None:
                return
            self.talk = replace(self.talk, trail=self.talk.trail[:-1])
            move = after
        raise RuntimeError(f"{MOVES_CAP} silent steps in a row, the last at {move}")

    def _place(self, move: Move) -> Step | None:
        """Return the step a move leads to; None where the standing question is asked again."""
        match move:
            case Step():
                return self._or_its_draft(move)
            case Go(to=to, note=note):
                self.notes.append(note)
                return to
            case Call(first=first, then=then):
                self.talk = replace(self.talk, calls=(*self.talk.calls, then))
                return first
            case Done() | Return():
                return self._end(move)
            case Leave():
                self._leave(move)
                return None
            case Resume(flow=flow, anew=anew):
                return self._resume(flow, anew=anew)
            case Speak(language=language, then=then):
                return self._speak(language, then)

    def _or_its_draft(self, step: Step) -> Step:
        """A dialog begun again while its answers wait: offer them first."""
        draft = self.talk.draft(step.flow)
        if draft is None or self.entries.starts.get(step.flow) != step or self.talk.calls:
            return step
        return self.entries.resume(step.flow, draft.saved_at.isoformat())

    def _arrive(self, step: Step) -> Conversation:
        talk = replace(self.talk, misses=0)
        if step.home:
            talk = replace(talk, calls=())
        return talk.push(step, self.do.now)

    def _end(self, move: Done | Return) -> Step | None:
        """End a dialog: back into the one that called it, or home."""
        if move.note is not None:
            self.notes.append(move.note)
        if isinstance(move, Done) and move.abandon:
            self.talk = replace(self.talk, calls=())
        if self.talk.calls:
            then, depth = self.talk.calls[-1], len(self.talk.calls)
            kept = tuple(item for item in self.talk.trail if item.depth < depth)
            self.talk = replace(self.talk, calls=self.talk.calls[:-1], trail=kept)
            # Standing where it was called: ask again, do not act again.
            return None if kept and kept[-1].step == then else then
        self.talk = replace(self.talk, trail=())
        return (isinstance(move, Done) and move.to) or self.entries.home(self.do)

    def _leave(self, move: Leave) -> None:
        """Leave the dialog under this prompt, with a draft or without."""
        if move.keep:
            self._put_aside()
        elif flow := self._flow():
            self.talk = self.talk.without_draft(flow)
        if move.note is not None:
            self.notes.append(move.note)
        self.talk = replace(self.talk, trail=(), calls=())
        self._go(self.entries.home(self.do))

    def _resume(self, flow: str, *, anew: bool) -> Step | None:
        draft, self.talk = self.talk.draft(flow), self.talk.without_draft(flow)
        if draft is None or anew:
            self.talk = replace(self.talk, trail=(), calls=())
            return self.entries.starts.get(flow) or self.entries.home(self.do)
        last = draft.trail[-1]
        self.talk = replace(self.talk, trail=draft.trail, calls=draft.calls)
        standing = last.step.lapsed(self.do) if last.step.life is Life.SECRET else last.step
        self.talk = self.talk.push(standing, self.do.now)
        return None

    def _speak(self, language: str, then: Step | None) -> Step | None:
        self.talk = replace(self.talk, language=language)
        self.do.speak(language)
        if then is not None:
            return then
        self.notes.append(T("msg.language_switch.done"))
        return None

    def _prove(self, step: Step) -> None:
        """Session over in the middle of a dialog: prove who this is, then exactly the same step."""
        self._go(Call(self.entries.proof(self.do), then=step))

    # Pauses and drafts.

    def _waited_too_long(self, step: Step) -> bool:
        """Answer a pause by the life of the step (R0-R3); True if that is all the answer."""
        pause = self._since_touched()
        if step.life is Life.SECRET and SECRET_LIVES < pause <= IDLE:
            self._restart_before_secret(step)
            return True
        if pause <= IDLE or step.home:
            return False
        if step.life in (Life.DRAFT, Life.SECRET) and self._answers_given():
            flow = self._flow()
            self._put_aside()
            self._offer(flow)
            return True
        self.talk = replace(self.talk, trail=(), calls=())
        self._go(self.entries.home(self.do))
        return self.said.heard is not Heard.TEXT or words.universal(self.said.text) is None

    def _restart_before_secret(self, step: Step) -> None:
        lapsed = step.lapsed(self.do)
        self.talk = replace(self.talk, trail=self.talk.trail[:-1]).push(lapsed, self.do.now)
        self.notes.append(T("msg.common.secret_lapsed"))

    def _offer(self, flow: str) -> None:
        draft = self.talk.draft(flow)
        if draft is None:
            self._go(self.entries.home(self.do))
            return
        self.talk = replace(self.talk, trail=(), calls=())
        self._go(self.entries.resume(flow, draft.saved_at.isoformat()))

    def _put_aside(self) -> None:
        """Keep the answers of the dialog the person leaves; a dialog that is only read leaves nothing."""
        flow, step = self._flow(), self.talk.current
        trail = tuple(item for item in self.talk.trail if not item.step.home and not item.step.prompt)
        if not flow or step is None or not trail or trail[-1].step.life not in (Life.DRAFT, Life.SECRET):
            return
        if self._answers_given():
            calls = self.talk.calls[: trail[-1].depth]
            self.talk = self.talk.with_draft(flow, Draft(trail, calls, self.do.now))

    def _come_home_lost(self) -> None:
        """A rollback met a step of a newer release: keep it for the desk, lose nothing else."""
        current = self.talk.current
        log.error("unknown step", extra={"step": getattr(current, "was", "")})
        if self.talk.trail:
            self.talk = self.talk.with_draft("lost", Draft(self.talk.trail, (), self.do.now))
            self.notes.append(T("err.lost_step"))
        self.talk = replace(self.talk, trail=(), calls=())
        self._go(self.entries.home(self.do))

    # The question.

    def _question(self) -> Ask:
        step = self.talk.current
        if step is None:
            raise RuntimeError("a turn ended without a question")
        ask = step.ask(self.do)
        ways = self.ways or self._usual_ways(step, ask)
        shown = tuple(WAYS[way] for way in ways if way not in {item.id for item in ask.choices})
        picture = ask.picture if self.missed and self.talk.misses == MISSES_TO_OPERATOR - 1 else None
        return replace(ask, ways=shown, notes=(*self.notes, *ask.notes), picture=picture, repeat=self._repeats(ask))

    def _repeats(self, ask: Ask) -> bool:
        return ask.repeat or not self.missed

    def _usual_ways(self, step: Step, ask: Ask) -> tuple[str, ...]:
        if step.home or step.prompt:
            return ()
        back = (BACK,) if len(self.talk.trail) > 1 else ()
        operator = (OPERATOR,) if self.missed or ask.awaits is Awaits.NOTHING else ()
        return (*back, CANCEL, *operator)

    def _options(self, ask: Ask) -> list[words.Option]:
        ways = [WAYS[way] for way in (BACK, CANCEL, MENU, OPERATOR, AGAIN)]
        asked = [self._option(item) for item in ask.choices]
        return asked if ask.legal else [*asked, *(self._option(item) for item in ways)]

    def _option(self, item: Choice) -> words.Option:
        said = self.entries.options(item.word) if item.word else ()
        return words.Option(id=item.id, labels=self.entries.options(item.label), words=said)

    # Small facts.

    def _is_secret(self) -> bool:
        """A code, an IIN, a document number or a password must not stay in the chat."""
        if self.said.heard is Heard.FILE:
            return self.said.text.lower().endswith(KEY_FILES)
        if self.said.heard not in (Heard.TEXT, Heard.EDITED):
            return False
        step = self.talk.current
        asked = step.ask(self.do).awaits if step is not None and is_readable(self.talk) else Awaits.CHOICE
        if words.has_long_number(self.said.text):
            return True
        return asked in SECRETS and words.universal(self.said.text) is None

    def _since_touched(self) -> timedelta:
        return self.do.now - (self.before.touched_at or self.do.now)

    def _since_asked(self) -> timedelta:
        asked_at = self.talk.trail[-1].asked_at
        return self.do.now - (asked_at or self.do.now)

    def _answers_given(self) -> int:
        asked = [item for item in self.talk.trail if not item.step.home and not item.step.prompt]
        return max(0, len(asked) - 1)

    def _flow(self) -> str:
        asked = [item for item in self.talk.trail if not item.step.home and not item.step.prompt]
        return asked[0].step.flow if asked else ""


def fresh_drafts(talk: Conversation, do: Services) -> Conversation:
    """Return the conversation without the drafts that have lived their 7 days; wiped with no message."""
    kept = tuple(item for item in talk.drafts if do.now < item[1].saved_at + DRAFT_LIVES)
    return replace(talk, drafts=kept)


def _text_of(no: Refused) -> Text:
    return T(no.key, **no.names)


def _help_for(ask: Ask) -> Text:
    return T("msg.help.choice" if ask.awaits is Awaits.CHOICE else "msg.help.typed", example=ask.example or "1")
