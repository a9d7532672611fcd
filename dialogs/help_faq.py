"""Questions often asked: a list, short answers with what they rest on, and a human at the end (flow 1.42)."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import ClassVar, Final

from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Call, Done, Leave, Move, Return, Step, step
from dialogs.engine.texts import T, Text
from dialogs.engine.walk import OPERATOR
from dialogs.intents import doors, sources
from services.services import Services

PAGE: Final = 7
#: So many failures and a human is offered (flow 1.42).
FAILURES: Final = 2

_OPERATOR: Final = Choice(OPERATOR, T("btn.operator"))
_MENU: Final = Choice("~menu", T("btn.menu"))


def title(name: str) -> Text:
    """Return the short name of a topic or an intent."""
    return T(f"faq.title.{name}")


@dataclass(frozen=True)
class Faq(Step):
    """A place among the questions; leaving it loses nothing. Carries how often it has not helped yet."""

    home: ClassVar[bool] = True

    failed: int = 0

    def opened(self, name: str, do: Services) -> Move:
        """Return what stands behind a row: the answer to a topic, or the door of an intent without one."""
        if name in sources.TOPICS:
            return Answer(self.failed, topic=name)
        door = doors.of(name, "", do)
        if not isinstance(door, Step):
            return NotYet(self.failed, intent=name)
        return Call(door, then=self) if door.prompt else door


@step("help.home")
@dataclass(frozen=True)
class Home(Faq):
    """What the bot can do, the words that always work, and the questions page by page."""

    page: int = 0

    def ask(self, do: Services) -> Ask:
        pages = ceil(len(sources.TOPICS) / PAGE)
        first = self.page % pages * PAGE
        text = T("msg.help.home") if not self.page else T("msg.faq.page", page=first // PAGE + 1, pages=pages)
        rows = tuple(Choice(name, title(name)) for name in list(sources.TOPICS)[first : first + PAGE])
        return Ask(text, (*rows, Choice("more", T("btn.more")), _OPERATOR, _MENU))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "more":
            return Home(self.failed, page=self.page + 1)
        return self.opened(said.choice, do)


@step("help_faq.answer")
@dataclass(frozen=True)
class Answer(Faq):
    """One short answer, its one door, and whether it helped."""

    topic: str = ""
    sourced: bool = False

    def ask(self, do: Services) -> Ask:
        door = (Choice("door", title(self.topic)),) if self._door(do) else ()
        rule = () if self.sourced else (Choice("rule", T("btn.rule")),)
        answer = (T(f"faq.answer.{self.topic}"), *((self._source(),) if self.sourced else ()))
        choices = (*door, Choice("yes", T("btn.yes")), Choice("no", T("btn.no")), *rule, _MENU)
        return Ask(T("msg.help_faq.helped"), choices, notes=answer)

    def answer(self, said: Said, do: Services) -> Move:
        match said.choice:
            case "door":
                return self._door(do) or self
            case "rule":
                return Answer(self.failed, topic=self.topic, sourced=True)
            case "yes":
                return Done(T("msg.faq.glad"))
        if self.failed + 1 >= FAILURES:
            return CallOperator(self.failed + 1)
        return NotHelped(self.failed + 1, names=sources.beside(self.topic))

    def _door(self, do: Services) -> Step | None:
        door = doors.of("", self.topic, do)
        return door if isinstance(door, Step) else None

    def _source(self) -> Text:
        source = sources.TOPICS[self.topic]
        said = T(f"faq.source.{source.paper}")
        return T("msg.faq.source", source=said, rules=", ".join(source.rules), rule_version=source.version)


@step("help_faq.offer")
@dataclass(frozen=True)
class Offer(Faq):
    """Not sure, or two things at once: which of these?"""

    names: tuple[str, ...] = ()

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.faq.offer"), (*_rows(self.names), _OPERATOR, _MENU))

    def answer(self, said: Said, do: Services) -> Move:
        return self.opened(said.choice, do)


@step("help_faq.not_helped")
@dataclass(frozen=True)
class NotHelped(Faq):
    """The answer did not help: the questions beside it, or other words."""

    names: tuple[str, ...] = ()

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.faq.not_helped"), (*_rows(self.names), Choice("topics", T("btn.topics")), _OPERATOR, _MENU))

    def answer(self, said: Said, do: Services) -> Move:
        return Home(self.failed, page=1) if said.choice == "topics" else self.opened(said.choice, do)


@step("help_faq.nomatch")
@dataclass(frozen=True)
class NoMatch(Faq):
    """Nobody understood: shorter, or one of these."""

    names: tuple[str, ...] = ()

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.faq.nomatch"), (*_rows(self.names), Choice("topics", T("btn.topics")), _OPERATOR, _MENU))

    def answer(self, said: Said, do: Services) -> Move:
        return Home(self.failed, page=1) if said.choice == "topics" else self.opened(said.choice, do)


@step("help_faq.operator")
@dataclass(frozen=True)
class CallOperator(Faq):
    """It failed twice, or somebody is angry: a human."""

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.faq.call_operator"), (_OPERATOR, Choice("again", T("btn.again")), _MENU))

    def answer(self, said: Said, do: Services) -> Move:
        return Home()


@step("help_faq.not_yet")
@dataclass(frozen=True)
class NotYet(Faq):
    """Understood, but nothing here does it yet: who does."""

    intent: str = ""

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.faq.not_yet", wish=title(self.intent)), (_OPERATOR, Choice("topics", T("btn.topics")), _MENU))

    def answer(self, said: Said, do: Services) -> Move:
        return Home(self.failed, page=1)


@step("help_faq.thanks")
@dataclass(frozen=True)
class Thanks(Faq):
    """A thank-you is answered in a word, without the menu."""

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.faq.thanks"), (_MENU,))

    def answer(self, said: Said, do: Services) -> Move:
        return Done()


@step("common.switch_flow")
@dataclass(frozen=True)
class Switch(Step):
    """Leave what is being filled in for what the words want? The answers given so far are kept."""

    prompt: ClassVar[bool] = True

    of: str
    wish: str

    def ask(self, do: Services) -> Ask:
        text = T("msg.common.switch_flow", flow=T(f"flow.{self.of}"), intent=title(self._topic or self._intent))
        return Ask(text, (Choice("go", T("btn.go")), Choice("stay", T("btn.stay"))))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "stay":
            return Return()
        door = doors.of(self._intent, self._topic, do)
        answer = Answer(topic=self._topic) if self._topic else NotYet(intent=self._intent)
        return Leave(keep=True, to=door if isinstance(door, Step) else answer)

    @property
    def _intent(self) -> str:
        return self.wish.partition(".")[0]

    @property
    def _topic(self) -> str:
        return self.wish.partition(".")[2]


def _rows(names: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(name, title(name)) for name in names)
