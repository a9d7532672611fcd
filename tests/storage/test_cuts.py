"""Cut anywhere and repeated, an event has exactly one effect; two broken books show that this can fail."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

import pytest

from storage.events import Answer, Event
from storage.inbox import Inbox, Received
from storage.sqlite import SqliteBook
from tests.storage.house import House, failing_at, said

POINTS = ("batch.begun", "batch.stepped", "batch.closed", "batch.committed")


class Hasty(SqliteBook):
    """Broken: an event counts as known before its effect is kept."""

    def _take(self, event: Event, received: Received, inbox: Inbox, again: int | None) -> Answer:
        self._db.execute("COMMIT")
        self._db.execute("BEGIN IMMEDIATE")
        return super()._take(event, received, inbox, again)


class Late(SqliteBook):
    """Broken: an event counts as known after its effect is kept."""

    def _take(self, event: Event, received: Received, inbox: Inbox, again: int | None) -> Answer:
        answer = super()._take(event, received, inbox, again)
        self._db.execute("UPDATE inbox SET event_id='not yet ' || id WHERE id=?", (received.row,))
        self._db.execute("COMMIT")
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("UPDATE inbox SET event_id=? WHERE id=?", (event.event_id, received.row))
        return answer


def effects(path: Path, point: str, book: type[SqliteBook] = SqliteBook) -> int:
    """Cut a batch at a point, start again on the same file, repeat the event; return how often it was heard."""
    event = said("hello", event_id="7")
    with closing(House(path, book=book).open()) as house, failing_at(point), suppress(OSError):
        house.takes(event)
    with closing(House(path, book=book).open()) as house:
        house.takes(event)
        assert house.planned() == len(house.heard())
        return len(house.heard())


@pytest.mark.parametrize("point", POINTS)
def test_an_event_whose_batch_was_cut_has_one_effect_when_it_is_repeated(tmp_path: Path, point: str) -> None:
    assert effects(tmp_path / "house.db", point) == 1


def test_a_book_that_deduplicates_before_the_effect_loses_it(tmp_path: Path) -> None:
    assert effects(tmp_path / "house.db", "batch.stepped", Hasty) == 0


def test_a_book_that_deduplicates_after_the_effect_doubles_it(tmp_path: Path) -> None:
    assert effects(tmp_path / "house.db", "batch.stepped", Late) == 2
