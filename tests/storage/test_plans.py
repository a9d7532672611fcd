"""No statement of a turn, a send or a tick walks through a table that grows for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.metrics import Metrics
from bot.upkeep import Upkeep
from storage import audit, drafts, outbox, registry
from storage.do import Deed
from storage.events import Answer, Event
from storage.inbox import Inbox
from storage.outbox import Fate
from tests.city import CHANNELS, City
from tests.dialogs import journeys

#: Indexes over the few rows that wait, are being sent, or went wrong: walking through them is cheap.
SMALL = {
    "ix_inbox_retry",
    "ix_inbox_waiting",
    "ix_inbox_dead",
    "ix_outbox_wait",
    "ix_outbox_planned",
    "ix_outbox_sending",
    "ix_outbox_doubtful",
}
#: These have few rows.
FEW = {"json_each", "CONSTANT", "audit_seal", "tenant"}


class Watched(City):
    """A city that remembers the statements of its turns and sends."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.statements: list[str] = []

    def turn(self, event: Event, *, again: int | None = None) -> Answer:
        with self.watching():
            return super().turn(event, again=again)

    @contextmanager
    def watching(self) -> Iterator[None]:
        driver: Any = self.book._db
        driver.set_trace_callback(self.statements.append)
        yield
        driver.set_trace_callback(None)

    def walks(self) -> list[str]:
        """Return the statements that look at every row of a table."""
        shapes = {re.sub(r"'[^']*'|\b\d+\b", "?", sql): sql for sql in self.statements}
        return [f"{step}: {sql}" for sql in shapes.values() for step in self._plan(sql) if _is_walk(step)]

    def _plan(self, sql: str) -> list[str]:
        if not re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)", sql):
            return []
        return [row[3] for row in self.book._db.execute(f"EXPLAIN QUERY PLAN {sql}")]


def _is_walk(step: str) -> bool:
    found = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
    return found is not None and found[1] not in FEW and found[2] not in SMALL


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    city = Watched(tmp_path)
    yield city
    city.close()


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_journey_walks_through_no_table(watched: Watched, channel: str) -> None:
    parent = journeys.registered(watched, channel)
    parent.says("/menu")
    parent.says("/agent")

    assert watched.walks() == []


def test_the_clocks_work_walks_through_no_table(watched: Watched) -> None:
    with watched.watching():
        watched.deed(_a_tick)

    assert watched.walks() == []


def test_a_walk_would_be_seen(watched: Watched) -> None:
    with watched.watching():
        watched.deed(lambda deed: deed.db.execute("SELECT * FROM outbox WHERE state='sent'").fetchall())

    assert len(watched.walks()) == 1


def _a_tick(deed: Deed) -> None:
    inbox = Inbox(deed.db, deed.world)
    inbox.due()
    inbox.next_due()
    inbox.heard_since(1, deed.now)
    drafts.expired(deed)
    registry.due_jobs(deed)
    outbox.next_due(deed.db)
    outbox.is_empty(deed.db, deed.world)
    outbox.reclaim(deed, all_of_them=True)
    outbox.reclaim(deed, all_of_them=False)
    outbox.claim(deed, CHANNELS)
    outbox.settle(deed, [Fate("x", "planned"), Fate("x", "sent"), Fate("x", "failed", gone=True)])
    outbox._hold_back(deed, "x", 0)
    audit.seal(deed)
    nobody: Any = None
    Upkeep(nobody, Metrics(), None)._measure(deed)
