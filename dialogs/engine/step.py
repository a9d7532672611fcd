"""A step: one question and what follows from its answer; and the moves an answer may lead to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from dialogs.engine import codec
from dialogs.engine.ask import Ask
from dialogs.engine.said import Said
from dialogs.engine.texts import Text
from services.trust import Trust

if TYPE_CHECKING:
    from services.services import Services


class Life(StrEnum):
    """How long a question waits, and what happens after (journeys §0.6)."""

    READING = "R0"  # forgotten after 30 minutes
    SECRET = "R1"  # after 10 minutes the step before the secret  # noqa: S105
    DRAFT = "R2"  # paused after 30 minutes, kept for days, resumed on request
    LEGAL = "R3"  # shown again with fresh data after 10 minutes
    LIVE = "R4"  # a human holds the conversation


@dataclass(frozen=True)
class Step:
    """One question; its fields are exactly what is known so far. Subclasses are frozen dataclasses."""

    #: `flow.state`, exactly as in the journeys: stored data.
    name: ClassVar[str] = ""
    life: ClassVar[Life] = Life.READING
    #: What the person must have proved before this step is shown.
    needs: ClassVar[Trust] = Trust.GUEST
    #: True where nothing before this step can be gone back to: something irreversible was done.
    no_return: ClassVar[bool] = False
    #: True for a place to come home to, where leaving loses nothing.
    home: ClassVar[bool] = False
    #: True for a question about the dialog itself (leave? go on?): no answer of it is kept.
    prompt: ClassVar[bool] = False

    @property
    def flow(self) -> str:
        """The dialog this step belongs to."""
        return self.name.partition(".")[0]

    def enter(self, do: Services) -> Move | None:
        """Act on arrival, once; return where to go instead of asking, or nothing. May refuse."""
        return None

    def ask(self, do: Services) -> Ask:
        """Return the question. Only reads: it is asked again whenever the screen is drawn again."""
        raise NotImplementedError(self.name)

    def answer(self, said: Said, do: Services) -> Move:
        """Return where the answer leads; raise Refused with the sentence that says how to go on."""
        raise NotImplementedError(self.name)

    def expects(self, said: Said) -> bool:
        """Say whether this is the outside answer the step waits for."""
        return False

    def lapsed(self, do: Services) -> Step:
        """Return the step to stand at after this one waited longer than its life allows."""
        return self


@dataclass(frozen=True)
class Go:
    """Move to a step and say something first."""

    to: Step
    note: Text


@dataclass(frozen=True)
class Done:
    """The dialog is over: its trail is emptied, the words are said, and the person is home."""

    note: Text | None = None
    #: Where to go instead of home.
    to: Step | None = None
    #: True to forget the dialogs that called this one, too: they cannot go on.
    abandon: bool = False


@dataclass(frozen=True)
class Call:
    """Walk through another dialog first, then go on with `then`."""

    first: Step
    then: Step


@dataclass(frozen=True)
class Return:
    """The called dialog has its answer: go on where it was called."""

    note: Text | None = None


@dataclass(frozen=True)
class Leave:
    """Leave the dialog below this prompt; its answers stay as a draft, or go."""

    keep: bool
    note: Text | None = None


@dataclass(frozen=True)
class Resume:
    """Take up the draft of a flow again, or start the flow anew."""

    flow: str
    anew: bool = False


@dataclass(frozen=True)
class Speak:
    """Change the language of this person; the same step is drawn again."""

    language: str
    then: Step | None = None


Move = Step | Go | Done | Call | Return | Leave | Resume | Speak

S = TypeVar("S", bound=type[Step])
Upcast = Callable[[dict[str, Any]], Step]

#: Every step this release knows, by its stored name; filled by the decorators as dialogs are imported.
STEPS: dict[str, type[Step]] = {}
#: Stored names of former releases, and how to read what they stored.
FORMER: dict[str, Upcast] = {}


def step(name: str, *, was: tuple[str, ...] = ()) -> Callable[[S], S]:
    """Name a step class; `was` are its names in former releases, stored with the same fields."""

    def register(kind: S) -> S:
        if name in STEPS or name in FORMER:
            raise ValueError(f"two steps are called {name}")
        kind.name = name
        STEPS[name] = kind
        for old in was:
            FORMER[old] = lambda raw: codec.load(kind, raw)
        return kind

    return register


def upcast(name: str) -> Callable[[Upcast], Upcast]:
    """Register a function that reads what a former release stored under `name`."""

    def register(read: Upcast) -> Upcast:
        FORMER[name] = read
        return read

    return register


@dataclass(frozen=True)
class Stored:
    """A step of the trail: how deep in called dialogs it stands, and when it was last asked."""

    step: Step
    depth: int = 0
    asked_at: datetime | None = None


@dataclass(frozen=True)
class UnknownStep(Step):
    """A stored step this release does not know (a rollback): kept as it is for the desk."""

    was: str = ""
    raw: str = ""


def dump_step(value: Step) -> dict[str, Any]:
    """Return a step as stored data: its name, its fields and their schema hash."""
    if isinstance(value, UnknownStep):
        return {"step": value.was, "raw": value.raw}
    return {"step": value.name, "data": codec.dump(value)}


def load_step(raw: dict[str, Any]) -> Step:
    """Return the stored step; an unknown or unreadable one becomes UnknownStep, never an exception."""
    name, data = raw.get("step", ""), raw.get("data")
    try:
        if name in STEPS:
            return codec.load(STEPS[name], data)  # type: ignore[no-any-return]
        if name in FORMER:
            return FORMER[name](data or {})
    except codec.Unreadable:
        # A shape of another release without an upcast: the person must not pay for it.
        pass
    return UnknownStep(was=name, raw=str(raw.get("raw", data)))
