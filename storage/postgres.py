"""The PostgreSQL book: several lanes and processes, people locked in key order, domain turns alone (writer.md §5)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import takewhile
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.pool import StaticPool

from storage import addresses
from storage.book import Handler, ThreadBook
from storage.database import Cursor, Unreachable
from storage.do import World
from storage.failures import causes, report
from storage.keys import must_fit
from storage.writer import ConnectionLost, NotWritten, Work

log = logging.getLogger(__name__)

OLDEST: Final = 14
#: How long a batch waits for people whom another process acts for.
LOCK_SECONDS: Final = 10
CONNECT_SECONDS: Final = 5
#: A server that is away longer than this ends the process; until then everybody is told to ask again.
AWAY_SECONDS: Final = 60
#: How often a work that was in a rival's way is tried again, alone.
TRIES: Final = 4

#: Classes of SQLSTATE no work is to blame for: connection, resources, an operator's doing, the system, a broken file.
NOT_OURS: Final = ("08", "53", "57P", "58", "F0", "XX")
#: A lock that did not come, a server that only reads.
NOT_OURS_EITHER: Final = frozenset({"55P03", "25006"})
#: Deadlock, serialization.
RIVALS: Final = frozenset({"40P01", "40001"})

#: Told to processes that send, by those that only plan.
CHANNEL: Final = "outbox"


class PostgresDb:
    """A driver's connection that speaks our SQL; we begin and commit by hand."""

    among = "= ANY(?)"
    unclaimed = "FOR UPDATE OF o SKIP LOCKED"

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.is_shared = False

    @property
    def in_transaction(self) -> bool:
        return self.connection.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)

    @property
    def is_lost(self) -> bool:
        return self.connection.closed

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Cursor:
        return self.connection.execute(_spelt(sql), values)

    def insert(self, sql: str, values: Sequence[Any], /) -> int:
        return int(self.execute(f"{sql} RETURNING id", values).fetchone()[0])

    def many(self, values: Iterable[object]) -> list[object]:
        return list(values)

    def hold(self, persons: Iterable[int]) -> None:
        """Lock people in the order of their ids, so that two who lock several never wait for each other."""
        # Rows that point to a person may still be written: that takes a weaker lock.
        sql = "SELECT id FROM person WHERE id = ANY(?) ORDER BY id FOR NO KEY UPDATE"
        self.execute(sql, (sorted(set(persons)),))

    def guard(self, name: str) -> None:
        """Hold a lock of this name; two names with one hash wait for each other, and that is all."""
        self.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (name,))

    def close(self) -> None:
        self.connection.close()


@lru_cache(maxsize=1024)
def _spelt(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").encode()


def url_of(text: str) -> URL:
    """Return an address with our driver in it, however it was written."""
    return make_url(text).set(drivername="postgresql+psycopg")


def connection_words(url: str) -> dict[str, Any]:
    """Return what the driver is told to connect."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return {
        "conninfo": plain,
        "autocommit": True,
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "balabaqsha",
    }


def connect(url: str) -> psycopg.Connection:
    """Return a connection; raises Unreachable in one line that shows no password."""
    try:
        made = psycopg.connect(**connection_words(url), prepare_threshold=3)
    except psycopg.Error as refused:
        raise Unreachable(_why(refused)) from None
    if (version := made.info.server_version // 10_000) < OLDEST:
        made.close()
        raise Unreachable(f"DATABASE_URL: PostgreSQL {OLDEST} or newer is needed, this one is {version}")
    made.prepared_max = 500
    return made


def _why(refused: psycopg.Error) -> str:
    said = str(refused)
    if "authentication failed" in said or "no password supplied" in said:
        return "DATABASE_URL: PostgreSQL refuses this user or password"
    if "does not exist" in said:
        return "DATABASE_URL: PostgreSQL knows no such database or user: create it first"
    last = said.strip().splitlines()[-1].strip() if said.strip() else type(refused).__name__
    return f"DATABASE_URL: PostgreSQL cannot be reached: {last}"


class PostgresBook(ThreadBook):
    """One lane of several. Fast turns share a commit; deeds and turns that touch the domain run alone."""

    _twins: tuple[type[Exception], ...] = (psycopg.errors.IntegrityError,)
    _db: PostgresDb

    def __init__(self, url: str, world: World, handle: Handler, give_up: Handler, *, tells: bool = False) -> None:
        super().__init__(world, handle, give_up)
        self._url, self._tells = url, tells
        self._away_since: float | None = None
        self._is_limited = False

    def open_here(self) -> None:
        self._db = PostgresDb(connect(self._url))
        try:
            self._db.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
            must_fit(self._db, self._world.vault)
        except BaseException:
            self._db.close()
            raise
        self._engine = create_engine(
            url_of(self._url),
            creator=lambda: self._db.connection,
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        self._connection = self._engine.connect()
        # Begun once, for ever: we BEGIN and COMMIT underneath, SQLAlchemy only ever sees savepoints.
        self._connection.begin()

    # A batch.

    def _together(self, works: Sequence[Work]) -> Sequence[Work]:
        return list(takewhile(_may_share, works)) or works[:1]

    def batch_here(self, works: Sequence[Work]) -> list[Any]:
        for _ in range(TRIES - 1):
            try:
                return super().batch_here(works)
            except Exception as failed:
                # Several are tried again one by one, which the lane does.
                if not self._is_rivals(failed) or len(self._together(works)) > 1:
                    raise
                report(log, "another process was in the way, trying again", failed)
        return super().batch_here(works)

    def _begin(self, works: Sequence[Work]) -> None:
        if self._db.is_lost:
            self._connect_again()
        try:
            self._start(works)
        except Exception as failed:
            self._undo()
            if not self._db.is_lost:
                if self._is_not_ours(failed):
                    raise NotWritten from failed
                raise
            # It was cut while nobody used it: nothing is lost yet.
            self._connect_again()
            self._start(works)
        self._away_since = None

    def _start(self, works: Sequence[Work]) -> None:
        self._db.execute("BEGIN")
        self._db.is_shared, self._is_limited = len(works) > 1, False
        if any(work.event for work in works):
            self._hold_people(works)
        if self._tells and any(work.wakes for work in works):
            self._db.execute(f"NOTIFY {CHANNEL}")

    def _connect_again(self) -> None:
        """Come back to a server that was away; raises NotWritten, and ConnectionLost once it is away too long."""
        with suppress(Exception):
            self.close_here()
        try:
            self.open_here()
        except (Unreachable, psycopg.Error) as refused:
            self._away_since = self._away_since or time.monotonic()
            if time.monotonic() - self._away_since > AWAY_SECONDS:
                raise ConnectionLost from refused
            raise NotWritten from refused
        log.warning("connected to the database again")

    def _undo(self) -> None:
        with suppress(psycopg.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _limit(self, seconds: float | None) -> None:
        """The server counts each statement by itself, and is told once a batch: it forgets at its end."""
        if seconds is not None and not self._is_limited:
            self._is_limited = True
            self._db.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")

    # People.

    def _hold_people(self, works: Sequence[Work]) -> None:
        """Make whoever is new, then lock, then let the turns read: a reading that locks is older than its lock."""
        self._greet(works)
        held: set[int] = set()
        # A chat may have come to another person while we waited.
        while missing := self._people(works) - held:
            self._db.hold(missing)
            held |= missing

    def _people(self, works: Sequence[Work]) -> set[int]:
        events = [(work, work.event) for work in works if work.event]
        again = [work.again for work, _ in events if work.again is not None]
        known = [event.address_id for work, event in events if work.again is None and not event.channel]
        rows = self._db.execute(
            "SELECT person_id FROM address"
            " WHERE (channel, external_index) IN (SELECT * FROM unnest(?::text[], ?::text[]))"
            " UNION SELECT person_id FROM address WHERE id = ANY(?)"
            " UNION SELECT a.person_id FROM inbox i JOIN address a ON a.id=i.address_id WHERE i.id = ANY(?)",
            (*_columns(self._met(works)), [address for address in known if address], again),
        )
        return {row[0] for row in rows}

    def _met(self, works: Sequence[Work]) -> dict[tuple[str, str], str]:
        """Return who speaks: channel and index of an address, to the address."""
        events = [work.event for work in works if work.event and work.event.channel and work.again is None]
        vault = self._world.vault
        return {
            (event.channel, addresses.index(vault, event.channel, event.external)): event.external for event in events
        }

    def _greet(self, works: Sequence[Work]) -> None:
        """Make guests in the order of their index: two processes that meet the same people do not cross."""
        met = self._met(works)
        rows = self._db.execute(
            "SELECT channel, external_index FROM address"
            " WHERE (channel, external_index) IN (SELECT * FROM unnest(?::text[], ?::text[]))",
            _columns(met),
        )
        for channel, index in sorted(met.keys() - set(rows)):
            external = met[channel, index]
            addresses.greet_once(self._db, self._world.vault, channel, external, self._world.clock.now())

    # Failures.

    def _is_not_ours(self, error: BaseException) -> bool:
        return self._db.is_lost or any(_is_away(cause) for cause in causes(error))

    def _is_rivals(self, error: BaseException) -> bool:
        return any(getattr(cause, "sqlstate", None) in RIVALS for cause in causes(error))


def _columns(pairs: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    known = list(pairs)
    return [first for first, _ in known], [second for _, second in known]


def _may_share(work: Work) -> bool:
    return work.event is not None and not work.alone


def _is_away(cause: BaseException) -> bool:
    if not isinstance(cause, psycopg.Error):
        return False
    state = cause.sqlstate or ""
    # A turn that took too long is cancelled with 57014, an operator's 57P01 is another thing.
    return state.startswith(NOT_OURS) or state in NOT_OURS_EITHER
