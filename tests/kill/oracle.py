"""The judge: reads what the providers saw and the files that are left, and shares no code with the product.

It knows the tables by name and nothing else of ours. What it demands (reliability.md §4.2):

I1  what a provider was told is kept, is kept: exactly one inbox row, done, or dead with a case;
I2  one effect: one account, consent, child, code, revision for what was done once; the audit has no gaps, no twins;
I4  everybody is answered: each tap, each word has messages that reached their end;
I6  a message reaches a phone once, and once more only for a death in the middle of sending exactly it, flagged;
    a code never twice;
I21 the files are sound.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from shutil import copy

import psycopg
from psycopg.sql import SQL, Identifier


@dataclass(frozen=True)
class Update:
    """Something a person did, as the provider queued it."""

    id: int
    user: int
    kind: str
    #: The provider was told that we have it.
    taken: bool


@dataclass(frozen=True)
class Shown:
    """A message of the bot on a phone, as first sent."""

    id: int
    user: int
    text: str


@dataclass(frozen=True)
class Did:
    """What a person did and saw done, each once."""

    user: int
    phone: str
    codes_asked: int = 0
    consented: bool = False
    registered: bool = False
    child_added: bool = False
    child_removed: bool = False


@dataclass(frozen=True)
class Death:
    """A kill: where, and which messages the file called `sending` when the process was gone."""

    point: str
    in_doubt: tuple[str, ...]


@dataclass(frozen=True)
class Log:
    """All the world saw."""

    updates: tuple[Update, ...]
    shown: tuple[Shown, ...]
    unanswered_taps: int
    people: tuple[Did, ...]
    deaths: tuple[Death, ...]


@dataclass
class Verdict:
    """What is wrong, and the figures."""

    wrong: list[str] = field(default_factory=list)
    updates: int = 0
    lost: int = 0
    doubled: int = 0
    double_sends: int = 0
    ambiguous: int = 0
    flagged: int = 0

    def __bool__(self) -> bool:
        return not self.wrong


@contextmanager
def copied(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy of the database as a dead process left it; the original stays untouched."""
    if (url := folder / "bot.url").exists():
        with _from_server(url.read_text()) as db:
            yield db
        return
    with tempfile.TemporaryDirectory() as place:
        for path in folder.glob("bot.db*"):
            if not path.name.endswith("-shm"):
                copy(path, place)
        with closing(sqlite3.connect(Path(place) / "bot.db")) as db:
            yield db


@contextmanager
def _from_server(url: str) -> Iterator[sqlite3.Connection]:
    """Copy every table, and what its rows point to, into a database in memory; the server checks each page it reads."""
    with psycopg.connect(url, autocommit=True) as server, closing(sqlite3.connect(":memory:")) as db:
        _until_alone(server)
        tables = server.execute("SELECT tablename FROM pg_tables WHERE schemaname='public'").fetchall()
        for (table,) in tables:
            rows = server.execute(SQL("SELECT * FROM {}").format(Identifier(table)))
            assert rows.description
            names = ", ".join(f'"{column.name}"' for column in rows.description)
            db.execute(f'CREATE TABLE "{table}" ({names}{_foreign_keys(server, table)})')
            if '"id"' in names:
                db.execute(f'CREATE UNIQUE INDEX "id of {table}" ON "{table}" ("id")')
            marks = ",".join("?" * len(rows.description))
            db.executemany(f'INSERT INTO "{table}" VALUES ({marks})', map(_plain, rows))
        yield db


def _until_alone(server: psycopg.Connection) -> None:
    """What a dead process asked for last may still be running."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND pid<>pg_backend_pid()"
        " AND state='active' AND backend_type='client backend' AND wait_event_type IS DISTINCT FROM 'Lock'"
    )
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = server.execute(others).fetchone()
        if found and not found[0]:
            return


def _foreign_keys(server: psycopg.Connection, table: str) -> str:
    keys = (
        "SELECT a.attname, f.relname, b.attname FROM pg_constraint c JOIN pg_class f ON f.oid=c.confrelid"
        " JOIN pg_attribute a ON a.attrelid=c.conrelid AND a.attnum=c.conkey[1]"
        " JOIN pg_attribute b ON b.attrelid=c.confrelid AND b.attnum=c.confkey[1]"
        " WHERE c.contype='f' AND c.conrelid=%s::regclass"
    )
    found = server.execute(keys, (f'"{table}"',))
    return "".join(f', FOREIGN KEY("{column}") REFERENCES "{other}"("{key}")' for column, other, key in found)


def _plain(row: tuple[object, ...]) -> list[object]:
    return [str(value) if isinstance(value, date) else value for value in row]


def in_doubt(folder: Path) -> tuple[str, ...]:
    """Return the messages a dead process was sending."""
    with copied(folder) as db:
        return tuple(row[0] for row in db.execute("SELECT uid FROM outbox WHERE state='sending'"))


def judge(log: Log, folder: Path) -> Verdict:
    """Compare what the world saw with what is kept."""
    verdict = Verdict(updates=len(log.updates), ambiguous=sum(1 for death in log.deaths if death.in_doubt))
    with copied(folder) as db, closing(sqlite3.connect(folder / "phones.db")) as phones:
        _files_are_sound(db, verdict)
        _nothing_is_lost(log, db, verdict)
        _all_is_settled(log, db, verdict)
        _effects_are_single(log, db, verdict)
        _sends_are_single(log, db, verdict)
        _codes_are_single(log, db, phones, verdict)
    return verdict


def _files_are_sound(db: sqlite3.Connection, verdict: Verdict) -> None:
    said = [row[0] for row in db.execute("PRAGMA integrity_check")]
    if said != ["ok"]:
        verdict.wrong.append(f"integrity: {said[:3]}")
    if broken := db.execute("PRAGMA foreign_key_check").fetchall():
        verdict.wrong.append(f"foreign keys: {broken[:3]}")


def _nothing_is_lost(log: Log, db: sqlite3.Connection, verdict: Verdict) -> None:
    """I1."""
    rows = defaultdict(list)
    for event, state, person in db.execute("SELECT event_id, state, person_id FROM inbox WHERE provider='telegram'"):
        rows[event].append((state, person))
    with_case = {row[0] for row in db.execute('SELECT person_id FROM "case"')}
    for update in log.updates:
        kept = rows.pop(str(update.id), [])
        if not update.taken:
            verdict.wrong.append(f"update {update.id} was never taken")
        if len(kept) != 1:
            verdict.lost += not kept
            verdict.wrong.append(f"update {update.id} ({update.kind} of {update.user}) has {len(kept)} inbox rows")
        elif kept[0][0] == "dead" and kept[0][1] not in with_case:
            verdict.lost += 1
            verdict.wrong.append(f"update {update.id} is dead without a case")
        elif kept[0][0] not in ("done", "dead"):
            verdict.lost += 1
            verdict.wrong.append(f"update {update.id} is still {kept[0][0]}")
    if rows:
        verdict.wrong.append(f"the inbox knows updates nobody sent: {sorted(rows)[:3]}")


def _all_is_settled(log: Log, db: sqlite3.Connection, verdict: Verdict) -> None:
    """I4: every word and every tap has an answer, and every message has reached an end."""
    sql = (
        "SELECT i.event_id FROM inbox i WHERE i.state='done' AND i.provider='telegram'"
        " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.cause=i.id AND o.kind='reply')"
    )
    if silent := db.execute(sql).fetchall():
        verdict.wrong.append(f"nothing was answered to {[row[0] for row in silent[:3]]}")
    sql = (
        "SELECT uid, kind, state, reason FROM outbox"
        " WHERE state IN ('sending', 'failed') OR (state='planned' AND kind<>'frame')"
    )
    for uid, kind, state, reason in db.execute(sql):
        if not (kind == "code" and state == "failed" and reason == "unknown outcome"):
            verdict.wrong.append(f"message {uid} ({kind}) ended as {state} {reason}")
    if jobs := db.execute("SELECT count(*) FROM job WHERE state<>'done'").fetchone()[0]:
        verdict.wrong.append(f"{jobs} questions to the registry were never answered")
    if log.unanswered_taps:
        verdict.wrong.append(f"{log.unanswered_taps} taps were never answered")


def _effects_are_single(log: Log, db: sqlite3.Connection, verdict: Verdict) -> None:
    """I2."""
    person_of = _persons(log, db, verdict)
    counts = {
        "account": _count(db, "SELECT person_id FROM account"),
        "consent": _count(db, "SELECT person_id FROM consent"),
        "code": _count(db, "SELECT person_id FROM code"),
        "child": _count(db, "SELECT person_id FROM child"),
        "removal": _count(db, "SELECT person_id FROM child WHERE removed_at IS NOT NULL"),
    }
    for did in log.people:
        person = person_of.get(did.user)
        if person is None:
            continue
        expected = {
            "account": int(did.registered),
            "consent": int(did.consented),
            "code": did.codes_asked,
            "child": int(did.child_added),
            "removal": int(did.child_removed),
        }
        for what, wanted in expected.items():
            if (found := counts[what][person]) != wanted:
                verdict.doubled += found > wanted
                verdict.lost += found < wanted
                verdict.wrong.append(f"{did.user} did {wanted} {what}, the database has {found}")
    _revisions(db, verdict)
    _audit(db, verdict)


def _persons(log: Log, db: sqlite3.Connection, verdict: Verdict) -> dict[int, int]:
    """Find each user's person by what they sent; one user is one person and the other way round."""
    by_event = dict(db.execute("SELECT event_id, person_id FROM inbox WHERE provider='telegram'").fetchall())
    found: dict[int, set[int]] = defaultdict(set)
    for update in log.updates:
        if (person := by_event.get(str(update.id))) is not None:
            found[update.user].add(person)
    persons = [person for mine in found.values() for person in mine]
    if len(persons) != len(set(persons)) or any(len(mine) != 1 for mine in found.values()):
        verdict.wrong.append(f"users and persons are mixed: {dict(found)}")
    return {user: min(mine) for user, mine in found.items()}


def _count(db: sqlite3.Connection, sql: str) -> Counter[int]:
    return Counter(row[0] for row in db.execute(sql))


def _revisions(db: sqlite3.Connection, verdict: Verdict) -> None:
    """Each handled input asked once more, so it moved the revision by one; a twin would have moved it again."""
    sql = (
        "SELECT c.person_id, c.revision, count(i.id) FROM conversation c JOIN inbox i ON i.person_id=c.person_id"
        " WHERE i.state='done' AND i.provider IN ('telegram', 'page', 'registry', 'sms') GROUP BY c.person_id"
    )
    for person, revision, handled in db.execute(sql):
        if revision != handled:
            verdict.doubled += revision > handled
            verdict.lost += revision < handled
            verdict.wrong.append(f"person {person} said {handled} things, the conversation is at revision {revision}")


def _audit(db: sqlite3.Connection, verdict: Verdict) -> None:
    by_person: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    sql = "SELECT person_id, seq, act, subject FROM audit ORDER BY person_id, seq"
    for person, seq, act, subject in db.execute(sql):
        by_person[person].append((seq, act, subject))
    for person, acts in by_person.items():
        if [seq for seq, _, _ in acts] != list(range(1, len(acts) + 1)):
            verdict.wrong.append(f"the audit of person {person} has gaps: {[seq for seq, _, _ in acts]}")
        for (act, subject), times in Counter((act, subject) for _, act, subject in acts).items():
            if times > 1:
                verdict.doubled += 1
                verdict.wrong.append(f"person {person}: {act} {subject} stands {times} times in the audit")


def _sends_are_single(log: Log, db: sqlite3.Connection, verdict: Verdict) -> None:
    """I6: a message nobody has a row for is a second copy; it needs a flagged row that was in doubt that often."""
    # What erases names a person's own message, which the bot never sent.
    sql = "SELECT uid, state, provider_id FROM outbox WHERE channel='telegram' AND kind<>'erase'"
    rows = db.execute(sql).fetchall()
    on_phones = {str(shown.id): shown for shown in log.shown}
    flagged = {uid for (uid,) in db.execute("SELECT uid FROM outbox WHERE maybe_duplicate=1")}
    verdict.flagged = len(flagged)
    doubts = Counter(uid for death in log.deaths for uid in death.in_doubt)
    for uid in doubts.keys() - flagged:
        verdict.wrong.append(f"message {uid} was in doubt and is not flagged")
    allowed: Counter[tuple[int, str]] = Counter()
    recorded = set()
    for uid, state, provider_id in rows:
        if state != "sent" or provider_id is None:
            continue
        if provider_id not in on_phones:
            verdict.lost += 1
            verdict.wrong.append(f"message {uid} is called sent as {provider_id}, which no phone has shown")
            continue
        recorded.add(provider_id)
        shown = on_phones[provider_id]
        allowed[shown.user, shown.text] += doubts[uid] if uid in flagged else 0
    copies = Counter((shown.user, shown.text) for shown in log.shown if str(shown.id) not in recorded)
    verdict.double_sends = copies.total()
    for (user, text), times in copies.items():
        if times > allowed[user, text]:
            verdict.wrong.append(
                f"{user} was told {times} times too often, {allowed[user, text]} allowed: {text[:40]!r}"
            )


def _codes_are_single(log: Log, db: sqlite3.Connection, phones: sqlite3.Connection, verdict: Verdict) -> None:
    """A code is never sent again by itself: no two equal letters, never more letters than codes asked for."""
    letters = phones.execute("SELECT recipient, text FROM letter WHERE kind='sms'").fetchall()
    for (recipient, _), times in Counter(letters).items():
        if times > 1:
            verdict.wrong.append(f"a code was sent {times} times to …{recipient[-4:]}")
    asked = Counter({did.phone: did.codes_asked for did in log.people})
    for recipient, times in Counter(recipient for recipient, _ in letters).items():
        if times > asked[recipient]:
            verdict.wrong.append(f"{times} codes went to …{recipient[-4:]}, {asked[recipient]} were asked for")
    ended = Counter(
        (state, reason) for state, reason in db.execute("SELECT state, reason FROM outbox WHERE kind='code'")
    )
    if len(letters) < ended["sent", ""]:
        verdict.lost += ended["sent", ""] - len(letters)
        verdict.wrong.append(f"{ended['sent', '']} codes are called sent, {len(letters)} arrived")


#: The figures of a verdict, each with the width of its column.
COLUMNS = {"updates": 9, "lost": 6, "doubled": 9, "double_sends": 14, "ambiguous": 11, "flagged": 9}


def table(rows: Iterable[tuple[str, Verdict, int]]) -> str:
    """Return the figures as text. Ambiguous is a kill with a message between claimed and acknowledged."""
    head = f"{'kills at':<24}{'kills':>6}" + "".join(
        f"{name.replace('_', ' '):>{wide}}" for name, wide in COLUMNS.items()
    )
    lines = [head]
    for name, verdict, kills in rows:
        figures = "".join(f"{getattr(verdict, column):>{wide}}" for column, wide in COLUMNS.items())
        lines.append(f"{name:<24}{kills:>6}{figures}")
    return "\n".join(lines)
