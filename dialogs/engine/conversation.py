"""Where a person stands: the trail of stored steps, drafts, and the question their buttons belong to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dialogs.engine.said import Said
from dialogs.engine.step import Step, Stored, UnknownStep, dump_step, load_step

#: Steps kept to go back to; older ones are forgotten.
TRAIL_CAP = 20


@dataclass(frozen=True)
class Draft:
    """A paused dialog: its trail, the dialogs that called it, and when it was put aside."""

    trail: tuple[Stored, ...]
    calls: tuple[Step, ...]
    saved_at: datetime

    @property
    def ends_at(self) -> datetime:
        """When it is wiped if nobody comes back to it."""
        return self.saved_at + (self.trail[-1].step if self.trail else Step()).draft_lives


@dataclass(frozen=True)
class Conversation:
    """One person's conversation. Frozen: each turn makes the next one."""

    language: str = ""
    revision: int = 0
    trail: tuple[Stored, ...] = ()
    #: What to go on with when the dialogs called on the way return; the innermost last.
    calls: tuple[Step, ...] = ()
    drafts: tuple[tuple[str, Draft], ...] = ()
    #: Failures in a row at this question.
    misses: int = 0
    #: The last tap that counted, to know its twin by.
    last_tap: tuple[int, str] = (0, "")
    touched_at: datetime | None = None
    #: The last revision of an account this chat has left: its buttons show nothing any more.
    ended_at: int = -1

    @property
    def current(self) -> Step | None:
        """The step the person stands at."""
        return self.trail[-1].step if self.trail else None

    def draft(self, flow: str) -> Draft | None:
        """Return the paused dialog of this name."""
        return dict(self.drafts).get(flow)

    def with_draft(self, flow: str, draft: Draft) -> Conversation:
        """Return the conversation with this dialog put aside."""
        return replace(self, drafts=(*self.without_draft(flow).drafts, (flow, draft)))

    def without_draft(self, flow: str) -> Conversation:
        """Return the conversation without this paused dialog."""
        return replace(self, drafts=tuple(item for item in self.drafts if item[0] != flow))

    def arrive(self, step: Step, now: datetime) -> Conversation:
        """Return the conversation standing at `step`; a question asked again is not stored twice."""
        talk = self._out_of_calls() if step.home else self
        new = Stored(step, depth=len(talk.calls), asked_at=now)
        kept = () if step.no_return else talk.trail
        if kept and kept[-1].step.name == step.name and kept[-1].depth == new.depth:
            kept = kept[:-1]
        return replace(talk, trail=(*kept, new)[-TRAIL_CAP:], misses=0)

    def _out_of_calls(self) -> Conversation:
        """Who came home has no dialog to return into."""
        return replace(self, trail=tuple(item for item in self.trail if not item.depth), calls=())

    def returned(self) -> Conversation:
        """Return the conversation as it stands when the innermost called dialog is over."""
        depth = len(self.calls)
        return replace(self, trail=tuple(item for item in self.trail if item.depth < depth), calls=self.calls[:-1])

    def back(self) -> Conversation:
        """Return the conversation standing at the question before; dialogs called since then are over."""
        trail = self.trail[:-1]
        return replace(self, trail=trail, calls=self.calls[: trail[-1].depth] if trail else ())

    def asked(self, now: datetime) -> Conversation:
        """Return the conversation with its question shown once more, and every older button stale."""
        standing = replace(self.trail[-1], asked_at=now)
        return replace(self, trail=(*self.trail[:-1], standing), revision=self.revision + 1, touched_at=now)


def waiting_for(talk: Conversation, said: Said) -> Conversation | None:
    """Return the conversation where this answer from outside is awaited: here, or under dialogs called from there."""
    while talk.current is not None and not talk.current.expects(said):
        then = talk.calls[-1] if talk.calls else None
        talk = talk.returned()
        if then is None or talk.current != then:
            return None
    return talk if talk.current else None


def dump(talk: Conversation) -> dict[str, Any]:
    """Return the conversation as JSON values."""
    return {
        "language": talk.language,
        "revision": talk.revision,
        "trail": [_dump_stored(item) for item in talk.trail],
        "calls": [dump_step(item) for item in talk.calls],
        "drafts": [[flow, _dump_draft(draft)] for flow, draft in talk.drafts],
        "misses": talk.misses,
        "last_tap": list(talk.last_tap),
        "touched_at": talk.touched_at.isoformat() if talk.touched_at else None,
        "ended_at": talk.ended_at,
    }


def load(raw: dict[str, Any]) -> Conversation:
    """Return the stored conversation; what a newer release added to it is ignored (a rollback)."""
    tap = raw.get("last_tap") or (0, "")
    return Conversation(
        language=raw.get("language", ""),
        revision=raw.get("revision", 0),
        trail=tuple(_load_stored(item) for item in raw.get("trail", ())),
        calls=tuple(load_step(item) for item in raw.get("calls", ())),
        drafts=tuple((flow, _load_draft(draft)) for flow, draft in raw.get("drafts", ())),
        misses=raw.get("misses", 0),
        last_tap=(tap[0], tap[1]),
        touched_at=_instant(raw.get("touched_at")),
        ended_at=raw.get("ended_at", -1),
    )


def is_readable(talk: Conversation) -> bool:
    """Return False if the step the person stands at, or one it returns to, is of another release."""
    return not strangers(talk)


def strangers(talk: Conversation) -> tuple[str, ...]:
    """Return the names of the steps of another release that the person stands at or returns to."""
    standing = (*talk.calls, *((talk.current,) if talk.current else ()))
    return tuple(step.was for step in standing if isinstance(step, UnknownStep))


def _dump_stored(item: Stored) -> dict[str, Any]:
    asked = item.asked_at.isoformat() if item.asked_at else None
    return {**dump_step(item.step), "depth": item.depth, "asked_at": asked}


def _load_stored(raw: dict[str, Any]) -> Stored:
    return Stored(load_step(raw), raw.get("depth", 0), _instant(raw.get("asked_at")))


def _dump_draft(draft: Draft) -> dict[str, Any]:
    return {
        "trail": [_dump_stored(item) for item in draft.trail],
        "calls": [dump_step(item) for item in draft.calls],
        "saved_at": draft.saved_at.isoformat(),
    }


def _load_draft(raw: dict[str, Any]) -> Draft:
    return Draft(
        trail=tuple(_load_stored(item) for item in raw["trail"]),
        calls=tuple(load_step(item) for item in raw["calls"]),
        saved_at=datetime.fromisoformat(raw["saved_at"]),
    )


def _instant(raw: str | None) -> datetime | None:
    return datetime.fromisoformat(raw) if raw else None
