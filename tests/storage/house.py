"""A database file with a small trade on top: a turn notes the words it heard and plans one reply."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from storage import conversations, crashpoints, migrate
from storage.book import Handler, ThreadBook
from storage.database import Where
from storage.do import Deed, Do, World
from storage.events import Answer, Event, Fate
from storage.inbox import Inbox, Waiting
from storage.outbox import Outgoing
from storage.postgres import PostgresBook, PostgresDb, connect
from storage.sqlite import SqliteBook
from storage.vault import Vault
from storage.writer import Outcome, Work
from tests import postgres
from tests.city import Dice, HandClock

DATA_KEY, INDEX_KEY = b"d" * 32, b"i" * 32


def note(event: Event, do: Do) -> str:
    """Remember the words in the person's conversation and plan to repeat them; return them."""
    words = event.body.decode()
    heard = (do.conversation() or {"heard": []})["heard"]
    do.keep_conversation({"heard": [*heard, words]}, revision=len(heard) + 1, state="noted", expires_at=None)
    do.outbox.add("reply", {"text": words})
    return words


def regret(_event: Event, do: Do) -> None:
    """Open a case and apologise."""
    do.cases.open(flow="", state="", question="err.dead")
    do.outbox.add("reply", {"text": "sorry"})


def said(words: str, *, who: str = "1", event_id: str = "") -> Event:
    """Return what somebody says; each saying is an event of its own unless `event_id` says otherwise."""
    return Event("test", "bot", event_id or uuid4().hex, words.encode(), "chat", who)


class House:
    """The storage of one process, run by hand: `takes` is a batch, nothing waits."""

    def __init__(
        self,
        where: Where,
        handle: Handler = note,
        give_up: Handler = regret,
        *,
        data_keys: tuple[bytes, ...] = (DATA_KEY,),
        book: type[ThreadBook] | None = None,
    ) -> None:
        self.where = where
        if isinstance(where, Path) and not where.exists():
            shutil.copy(_migrated(where), where)
        self.clock, self.chance = HandClock(), Dice()
        self.vault = Vault(data_keys, INDEX_KEY, Dice(7 + len(data_keys)))
        self.world = World(self.clock, self.chance, self.vault)
        make: Any = book or (SqliteBook if isinstance(where, Path) else PostgresBook)
        self.book: ThreadBook = make(where, self.world, handle, give_up)

    def open(self) -> House:
        self.book.open_here()
        return self

    @property
    def path(self) -> Path:
        """The file, where there is one."""
        assert isinstance(self.where, Path)
        return self.where

    def close(self) -> None:
        self.book.close_here()

    # Batches.

    def takes(self, *events: Event) -> list[Fate]:
        """Take the events in as few batches as the book makes of them; return their fates."""
        return [answer.fate for answer in self.answers(*events)]

    def answers(self, *events: Event) -> list[Answer]:
        works = [Work(event=event) for event in events]
        found: list[Answer] = []
        while works:
            outcomes = self.book.batch_here(works)
            works = works[len(outcomes) :]
            found += [answer for outcome in outcomes if isinstance(answer := value_of(outcome), Answer)]
        return found

    def takes_again(self) -> list[Fate]:
        """Take what waits and is due, as the clock's tick does."""
        due = self.deed(lambda deed: Inbox(deed.db, deed.world).due())
        return [self.again(waiting) for waiting in due]

    def again(self, waiting: Waiting) -> Fate:
        answer: Answer = value_of(self.book.batch_here([Work(event=waiting.event, again=waiting.row)])[0])
        return answer.fate

    def deed(self, work: Callable[[Deed], Any]) -> Any:  # Any: whatever a test asks
        return value_of(self.book.batch_here([Work(deed=work)])[0])

    # What is stored.

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read what is committed, through a connection of its own."""
        if isinstance(self.where, Path):
            with closing(sqlite3.connect(self.where)) as db:
                return db.execute(sql, values).fetchall()
        with closing(connect(self.where)) as connection:
            return PostgresDb(connection).execute(sql, values).fetchall()

    def one(self, sql: str, *values: object) -> Any:  # Any: a column
        return self.rows(sql, *values)[0][0]

    def heard(self, who: str = "1") -> list[str]:
        """Return the words the house remembers of somebody, in the order of their effects."""
        found = self.rows(
            "SELECT p.id, p.key, c.sealed FROM address a JOIN person p ON p.id=a.person_id"
            " LEFT JOIN conversation c ON c.person_id=p.id WHERE a.external_index=?",
            self.vault.index("address", f"chat|{who}"),
        )
        if not found or found[0][2] is None:
            return []
        person, wrapped, sealed = found[0]
        return list(conversations.unseal(self.vault, self.vault.unwrap(wrapped), person, sealed)["heard"])

    def planned(self) -> int:
        """Count the replies planned."""
        return int(self.one("SELECT count(*) FROM outbox"))


@contextmanager
def failing_at(point: str) -> Iterator[None]:
    """The plug is pulled when a named point is passed for the first time."""
    pulled: list[str] = []

    def pull(name: str) -> None:
        if name == point and not pulled:
            pulled.append(name)
            raise OSError("pulled")

    crashpoints.arm(pull)
    yield
    crashpoints.arm(lambda _: None)


def value_of(outcome: Outcome) -> Any:  # Any: whatever the work returned
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


def words_of(claimed: Sequence[Outgoing]) -> list[str]:
    return [out.payload["text"] for out in claimed]


def new_house(folder: Path, database: str) -> Where:
    """Return where a migrated database is to be: a file that is made when it is opened, or one of a server."""
    return folder / f"house-{uuid4().hex[:8]}.db" if database == "sqlite" else postgres.copied("house", migrate.upgrade)


_templates: list[Path] = []


def _migrated(path: Path) -> Path:
    """Migrate once in a session; every house starts from a copy."""
    if not _templates or not _templates[0].exists():
        made = path.parent.parent / f"house-{uuid4().hex}.db"
        migrate.upgrade(made)
        _templates[:] = [made]
    return _templates[0]
