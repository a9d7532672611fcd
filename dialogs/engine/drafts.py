"""Answers kept while a dialog rests: which of them, under which name, and for how long."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from datetime import datetime
from typing import Final

from dialogs.engine.conversation import Conversation, Draft
from dialogs.engine.step import Life, Stored

#: Lives whose answers are kept; what is only read leaves nothing, a legal question goes back to its summary.
_KEPT: Final = (Life.DRAFT, Life.SECRET)


def resting(talk: Conversation) -> tuple[Stored, ...]:
    """Return the part of the trail that a draft would keep: the dialog on top, without questions about it."""
    trail = [item for item in talk.trail if not item.step.prompt]
    while trail and trail[-1].step.life not in _KEPT and not trail[-1].step.home:
        trail.pop()
    start = len(trail)
    while start and trail[start - 1].step.life in _KEPT and not trail[start - 1].step.home:
        start -= 1
    return tuple(trail[start:])


def answers(talk: Conversation) -> int:
    """Return how many answers leaving the dialog would lose."""
    kept = resting(talk)
    if not kept:
        return 0
    # Who stands behind a point of no return has answered more than the trail still shows.
    hidden = 2 if kept[0].step.no_return else 0
    return len(kept) - 1 + hidden


def flow_of(talk: Conversation) -> str:
    """Return the name of the dialog whose answers would be kept."""
    kept = resting(talk)
    return kept[0].step.flow if kept else ""


def put_aside(talk: Conversation, saved_at: datetime, titles: Container[str]) -> tuple[Conversation, str]:
    """Return the conversation with its dialog kept as a draft, and the name of it; "" if nothing was to keep."""
    kept, flow = resting(talk), flow_of(talk)
    if flow not in titles or not answers(talk):
        return talk, ""
    draft = Draft(kept, talk.calls[: kept[-1].depth], saved_at)
    return talk.with_draft(flow, draft), flow


def fresh_drafts(talk: Conversation, now: datetime) -> Conversation:
    """Return the conversation without what has lived its days: drafts, and a dialog nobody came back to.

    An untouched draft is wiped with no message (journeys §0.6, R2).
    """
    talk = replace(talk, drafts=tuple(item for item in talk.drafts if now < item[1].ends_at))
    end = _trail_ends(talk)
    return replace(talk, trail=(), calls=()) if end is not None and end <= now else talk


def expires_at(talk: Conversation) -> datetime | None:
    """Return when the next of it is to be wiped; nothing if it may stay."""
    ends = [draft.ends_at for _, draft in talk.drafts]
    if (end := _trail_ends(talk)) is not None:
        ends.append(end)
    return min(ends, default=None)


def _trail_ends(talk: Conversation) -> datetime | None:
    """A dialog left standing is as good as a draft: its answers are somebody's data."""
    if talk.current is None or talk.current.home or talk.touched_at is None:
        return None
    return talk.touched_at + talk.current.draft_lives
