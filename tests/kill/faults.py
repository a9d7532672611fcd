"""Broken apps: each is a mistake people make (reliability.md §4.5); an oracle that misses one proves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Mode = Literal["polling", "webhook", "registry"]


@dataclass(frozen=True)
class Fault:
    """How to break the app, and where it must die to bring that to light."""

    apply: Callable[[], None]
    mode: Mode
    point: str


def _acknowledge_before_the_commit() -> None:
    """Bug 1, 2, 3: the provider hears yes, the work goes on in the background."""
    from bot.app import App

    real, running = App.turn, set()

    async def work(self: App, inbound: Any) -> None:
        await asyncio.sleep(0.05)
        await real(self, inbound)

    async def turn(self: App, inbound: Any) -> None:
        running.add(asyncio.get_running_loop().create_task(work(self, inbound)))

    App.turn = turn  # type: ignore[method-assign, assignment]


def _forget_known_events() -> None:
    """Bug 4: what was handled is known to a set, which dies with the process."""
    from storage.inbox import Inbox

    real, known = Inbox.receive, set()

    def receive(self: Inbox, event: Any, again: int | None) -> Any:
        if event.event_id not in known:
            self._db.execute("UPDATE inbox SET provider='forgotten' WHERE event_id=?", (event.event_id,))
        known.add(event.event_id)
        return real(self, event, again)

    Inbox.receive = receive  # type: ignore[method-assign]


def _mark_sent_before_the_call() -> None:
    """Bug 10: claimed is called sent, so that nobody sends it twice."""
    from storage import outbox

    real = outbox.claim

    def claim(deed: Any, channels: Any) -> Any:
        claimed = real(deed, channels)
        for out in claimed:
            deed.db.execute("UPDATE outbox SET state='sent' WHERE uid=?", (out.uid,))
        return claimed

    outbox.claim = claim


def _resend_codes() -> None:
    """Bug 11: what a dead process was sending is sent again, codes too."""
    from storage import outbox

    def reclaim(deed: Any, *, all_of_them: bool) -> int:
        deed.db.execute("UPDATE outbox SET state='planned', maybe_duplicate=1, lease_until=NULL WHERE state='sending'")
        return 0

    outbox.reclaim = reclaim


def _resend_without_a_flag() -> None:
    """What may be a copy is not called one."""
    from storage import outbox

    real = outbox.reclaim

    def reclaim(deed: Any, *, all_of_them: bool) -> int:
        taken = real(deed, all_of_them=all_of_them)
        deed.db.execute("UPDATE outbox SET maybe_duplicate=0")
        return taken

    outbox.reclaim = reclaim


def _commit_the_effect_apart() -> None:
    """Bug 9: the event is called done in one commit, what follows from it is kept in the next."""
    from storage.sqlite import SqliteBook

    real = SqliteBook._in_savepoint

    def in_savepoint(self: Any, do: Any, *rest: Any) -> Any:
        if getattr(do, "received", None) is not None:
            self._db.execute("COMMIT")
            from storage.crashpoints import crashpoint

            crashpoint("batch.committed")
            self._db.execute("BEGIN IMMEDIATE")
        return real(self, do, *rest)

    SqliteBook._in_savepoint = in_savepoint  # type: ignore[method-assign, assignment]


FAULTS: dict[str, Fault] = {
    "acknowledge before the commit": Fault(_acknowledge_before_the_commit, "webhook", "batch.closed"),
    "offset before the commit": Fault(_acknowledge_before_the_commit, "polling", "batch.closed"),
    "commit the effect apart": Fault(_commit_the_effect_apart, "polling", "batch.committed"),
    "forget known events": Fault(_forget_known_events, "webhook", "inbound.answered"),
    "mark sent before the call": Fault(_mark_sent_before_the_call, "polling", "send.calling"),
    "resend codes": Fault(_resend_codes, "polling", "send.called"),
    "resend without a flag": Fault(_resend_without_a_flag, "polling", "send.called"),
}
