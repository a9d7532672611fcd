"""The write connection as our own SQL sees it: the same statements on both databases, written with `?`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

#: Where a database is: an SQLite file, or an address like postgresql://….
Where = Path | str


def file_of(where: Where) -> Path | None:
    """Return the file of an SQLite database, None for a server."""
    if isinstance(where, Path):
        return where
    return Path(where.removeprefix("sqlite:///")) if where.startswith("sqlite:///") else None


class Unreachable(Exception):
    """The database cannot be used; the message is one line that says why, and shows no password."""


class Cursor(Protocol):
    """What a statement gives back."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...  # Any: a driver's row
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Database(Protocol):
    """One connection. What the databases do differently is here, and nowhere else in a statement."""

    #: Follows a column: `WHERE id {among}` takes what `many` makes of the values.
    among: str
    #: Ends a SELECT that claims rows: what another process is claiming is passed over.
    unclaimed: str
    #: True while several people's turns share the transaction and the domain must not be touched (writer.md §5).
    is_shared: bool

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Cursor: ...
    def insert(self, sql: str, values: Sequence[Any], /) -> int:
        """Insert one row and return its id."""
        ...

    def many(self, values: Iterable[object]) -> object: ...
    def hold(self, persons: Iterable[int]) -> None:
        """Let nobody else act for these people until the transaction ends."""
        ...

    def guard(self, name: str) -> None:
        """Let nobody else do what `name` stands for until the transaction ends: who counts must not be overtaken."""
        ...

    def close(self) -> None: ...


class Park(BaseException):
    """A turn touched the domain beside its neighbours: it is undone, and taken again alone.

    No Exception: what a step catches must not catch it.
    """
