"""A human: what is it about, the queue or the hours, the conversation, and back to the same question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from dialogs import agent_rating, callback_request
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.live import SHOW
from dialogs.engine.said import Said
from dialogs.engine.step import Call, Go, Leave, Life, Move, Return, Step, step
from dialogs.engine.texts import T, Text
from dialogs.engine.walk import MENU
from services import cases, hours
from services.cases import TOPICS, State
from services.hours import Hours
from services.services import Services

#: A desk's event: an agent spoke, the place in the queue changed, the case was closed.
DESK: Final = "desk"


@step("agent_handoff.topic")
@dataclass(frozen=True)
class Topic(Step):
    """What is it about? The topic of the dialog the parent comes from stands first."""

    prompt: ClassVar[bool] = True

    of: str = ""
    at: str = ""
    asked: str = ""

    def enter(self, do: Services) -> Move | None:
        case = do.cases.mine()
        if case is None:
            return None
        already = T("msg.operator.already", number=case.number, hours=hours_text(do.cases.hours()))
        return Go(standing(case.state), already)

    def ask(self, do: Services) -> Ask:
        rows = tuple(Choice(topic, T(f"r_topic_{topic}")) for topic in self._topics())
        again = (Choice("again", T("r_reopen")),) if do.cases.last() else ()
        return Ask(
            T("msg.agent_handoff.topic"),
            (*again, *rows, Choice("skip", T("btn.skip")), Choice("~cancel", T("btn.cancel"))),
            awaits=Awaits.TEXT,
        )

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "again" and (case := do.cases.reopen()):
            return standing(case.state)
        topic = said.choice if said.choice in TOPICS else self._topics()[0]
        return Enqueue(self.of, self.at, self.asked, topic, "" if said.choice else cases.cut(said.text))

    def _topics(self) -> tuple[str, ...]:
        first = cases.topic_of(self.of)
        return (first, *(topic for topic in TOPICS if topic != first))


@step("agent_handoff.hours")
@dataclass(frozen=True)
class Enqueue(Step):
    """Into the queue while somebody is there; else leave a question, or be called."""

    prompt: ClassVar[bool] = True

    of: str
    at: str
    asked: str
    topic: str
    #: The question, if it was typed already.
    words: str = ""

    def enter(self, do: Services) -> Move | None:
        return self._queued(do) if do.cases.hours().is_open(do.now) else None

    def ask(self, do: Services) -> Ask:
        return Ask(
            T("msg.agent.closed", hours=hours_text(do.cases.hours())),
            (
                Choice("leave", T("btn.leave_question")),
                Choice("call", T("btn.call_me")),
                Choice("~menu", T("btn.menu")),
            ),
        )

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "call":
            return callback_request.Phone(self.topic)
        if self.words:
            return _left(self, self.words, do)
        return LeaveMessage(self.of, self.at, self.asked, self.topic)

    def _queued(self, do: Services) -> Move:
        case = do.cases.open(
            flow=self.of, state=self.at, question=self.asked, topic=self.topic, text=cases.cut(self.words)
        )
        return Go(Waiting(), T("msg.agent_handoff.number", number=case.number))


@step("agent_handoff.leave_message")
@dataclass(frozen=True)
class LeaveMessage(Step):
    """Nobody is there: the question is kept and answered first thing."""

    prompt: ClassVar[bool] = True

    of: str
    at: str
    asked: str
    topic: str

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.agent_handoff.leave_message"), (Choice("~cancel", T("btn.cancel")),), awaits=Awaits.TEXT)

    def answer(self, said: Said, do: Services) -> Move:
        return _left(self, said.text, do)


def _left(at: Enqueue | LeaveMessage, words: str, do: Services) -> Move:
    case = do.cases.open(flow=at.of, state=at.at, question=at.asked, topic=at.topic, text=words)
    return Return(T("msg.operator.received", number=case.number, hours=hours_text(do.cases.hours())))


@step("agent_handoff.waiting")
@dataclass(frozen=True)
class Waiting(Step):
    """In the queue: the place and the wait are told, everything typed goes to the desk."""

    life: ClassVar[Life] = Life.LIVE

    def ask(self, do: Services) -> Ask:
        place = do.cases.place()
        text = T("msg.agent.queue", position=place.position, wait=place.minutes)
        return Ask(text, (Choice("menu", T("btn.menu")),), awaits=Awaits.TEXT)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice in ("menu", MENU):
            return Leave(keep=True)
        return _heard(said, do, self)


@step("agent_handoff.live")
@dataclass(frozen=True)
class Live(Step):
    """A human holds the conversation; the bot is silent."""

    life: ClassVar[Life] = Life.LIVE
    quiet: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        case = do.cases.mine()
        # A dialog opened from here may end after the case was closed.
        text = T("msg.agent_handoff.live", agent=case.agent) if case else T("msg.agent_handoff.over")
        return Ask(text, (Choice("menu", T("btn.menu")),), awaits=Awaits.TEXT)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice in ("menu", MENU):
            return MenuWhileLive()
        return _heard(said, do, self)


@step("agent_handoff.menu_while_live")
@dataclass(frozen=True)
class MenuWhileLive(Step):
    """The menu while somebody talks to them: the conversation stays open either way."""

    prompt: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.agent_handoff.menu_while_live"), (Choice("yes", T("btn.yes")), Choice("no", T("btn.no"))))

    def answer(self, said: Said, do: Services) -> Move:
        return Leave(keep=True) if said.choice == "yes" else Live()


@step("agent_handoff.opened_flow")
@dataclass(frozen=True)
class Opening(Step):
    """An agent opens a screen for the parent; only the parent presses anything on it."""

    screen: str

    def enter(self, do: Services) -> Move:
        # The doors know this dialog, so it asks for them only now.
        from dialogs.entries import SCREENS

        return Go(SCREENS[self.screen], T("msg.agent_handoff.opened_flow", flow=T(f"flow.{self.screen}")))


def _heard(said: Said, do: Services, at: Step) -> Move:
    """Hand it over; whoever talks to a case that is over meanwhile is asked what it is about."""
    if do.cases.mine() is None:
        return Return(T("msg.agent_handoff.over"))
    shown = said.tap == SHOW
    do.cases.hear("shown" if shown else said.heard.value, "" if shown else said.text)
    return at


def laid(said: Said, at: Step) -> Move | None:
    """Return where a desk's event leads from the step a parent stands at, nothing if it is none."""
    if said.purpose != DESK:
        return None
    is_here = at.flow == Live().flow
    if flow := said.value("flow"):
        return Call(Opening(flow), then=at)
    if said.text == "closed":
        return agent_rating.Rate() if is_here else Call(agent_rating.Rate(), then=at)
    if said.text == "queued":  # the place in the queue is another, or an agent gave the case back
        return Waiting() if is_here else None
    if at == Live():
        return at
    return Live() if at == Waiting() else Call(Live(), then=at)


def standing(state: State) -> Step:
    """Return the step of a parent whose case is in this state."""
    return Waiting() if state is State.NEW else Live()


# Hours, as people say them.


def hours_text(open_hours: Hours) -> Text:
    """Return the week in a line: "пн–пт, 9:00–18:00"."""
    runs = open_hours.runs()
    if not runs:
        return T("label.hours_never")
    first, *rest = [_run(first, last, span) for first, last, span in runs]
    for run in rest:
        first = T("label.hours_two", one=first, two=run)
    return first


def _run(first: int, last: int, span: hours.Span) -> Text:
    opens, closes = hours.clock(span.opens), hours.clock(span.closes)
    if first == last:
        return T("label.hours_day", day=T(f"wd.{first}"), opens=opens, closes=closes)
    return T("label.hours_run", first=T(f"wd.{first}"), last=T(f"wd.{last}"), opens=opens, closes=closes)
