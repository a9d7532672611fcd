"""A step: one question and what follows from its answer; and the moves an answer may lead to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
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
    #: How long its answers are kept as a draft (journeys §0.6, R2).
    draft_lives: ClassVar[timedelta] = timedelta(days=7)
    #: True where files are an answer: only there are they fetched from the messenger at all.
    takes_files: ClassVar[bool] = False
    #: What the person must have proved before this step is shown.
    needs: ClassVar[Trust] = Trust.GUEST
    #: True where nothing before this step can be gone back to: something irreversible was done.
    no_return: ClassVar[bool] = False
    #: True for a place to come home to, where leaving loses nothing.
    home: ClassVar[bool] = False
    #: True for a question about the dialog itself (leave? go on?): no answer of it is kept.
    prompt: ClassVar[bool] = False
    #: True for a step whose arrival draws nothing: what is to be read was sent beside the conversation.
    quiet: ClassVar[bool] = False

    @property
    def flow(self) -> str:
        """The dialog this step belongs to."""
        return self.name.partition(".")[0]

    @property
    def asks(self) -> bool:
        """Whether there is a question; a step without one only acts and leads on."""
        return type(self).ask is not Step.ask

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
    #: True to offer a dialog whose answers are kept, instead of asking its question at once.
    offer: bool = False


@dataclass(frozen=True)
class Leave:
    """Leave the dialog below this prompt; its answers stay as a draft, or go."""

    keep: bool
    note: Text | None = None
    #: Where to go instead of home.
    to: Step | None = None


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
#: Names of former releases, and what the same step is called now.
RENAMED: dict[str, str] = {}
#: How to read what former releases stored in another shape, or under a name that is gone.
UPCASTS: dict[str, Upcast] = {}


def step(name: str, *, was: tuple[str, ...] = ()) -> Callable[[S], S]:
    """Name a step class; `was` are its names in former releases."""

    def register(kind: S) -> S:
        _must_be_a_step(name, kind)
        for claimed in (name, *was):
            if claimed in STEPS or claimed in RENAMED or claimed in UPCASTS:
                raise ValueError(f"two steps are called {claimed}")
        kind.name = name
        STEPS[name] = kind
        RENAMED.update(dict.fromkeys(was, name))
        return kind

    return register


def _must_be_a_step(name: str, kind: type[Step]) -> None:
    if "__dataclass_fields__" not in kind.__dict__:
        raise ValueError(f"{name} needs @dataclass(frozen=True) under @step")
    own = {field.name for field in fields(kind)}
    if hidden := own & set(dir(Step)):
        raise ValueError(f"{name} has a field called {min(hidden)}: every step is born with one, so call it otherwise")


def upcast(name: str) -> Callable[[Upcast], Upcast]:
    """Register a function that reads the fields a former release stored under `name`; stands below the class."""

    def register(read: Upcast) -> Upcast:
        if name in UPCASTS:
            raise ValueError(f"two upcasts read {name}")
        UPCASTS[name] = read
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
    """A stored step this release does not know (a rollback): kept to the letter for the desk and the next release."""

    was: str = ""
    raw: str = ""


def dump_step(value: Step) -> dict[str, Any]:
    """Return a step as stored data: its name, its fields and the hash of their shape."""
    if isinstance(value, UnknownStep):
        return dict(json.loads(value.raw))
    return {"step": value.name, "shape": codec.schema_hash(type(value)), "data": codec.dump(value)}


def load_step(raw: dict[str, Any]) -> Step:
    """Return the stored step; an unknown or unreadable one becomes UnknownStep, never an exception."""
    stored = str(raw.get("step", ""))
    name = RENAMED.get(stored, stored)
    kind, data = STEPS.get(name), raw.get("data")
    upcasts = [UPCASTS[known] for known in (stored, name) if known in UPCASTS]
    direct: list[Upcast] = [lambda fields: codec.load(kind, fields)] if kind else []
    # Another shape may fit by chance, so who was written to read it goes first.
    is_current = kind is not None and raw.get("shape", codec.schema_hash(kind)) == codec.schema_hash(kind)
    for read in (*direct, *upcasts) if is_current else (*upcasts, *direct):
        try:
            return read(data or {})
        except Exception:  # noqa: BLE001, S112 - whatever another release stored, the person must not pay for it
            continue
    kept = {key: raw[key] for key in ("step", "shape", "data") if key in raw}
    return UnknownStep(was=stored, raw=json.dumps(kept, ensure_ascii=False))
