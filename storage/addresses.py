"""Addresses: found by blind index, sealed with the key of the person they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from storage.models import micros
from storage.vault import Sealed

if TYPE_CHECKING:
    from storage.database import Database
    from storage.vault import Vault

#: Numbers are given to somebody else after half a year; half of that is the time to ask again.
SILENT_FOR: Final = timedelta(days=90)

_READ = (
    "SELECT a.id, a.person_id, a.channel, a.external_index, a.external, p.key"
    " FROM address a JOIN person p ON p.id=a.person_id WHERE "
)


@dataclass(frozen=True)
class Address:
    """Where a person is reached, in clear for the length of one turn."""

    id: int
    person: int
    channel: str
    external: str


def index(vault: Vault, channel: str, external: str) -> str:
    """Return the blind index of an address."""
    return vault.index("address", f"{channel}|{external}")


def seal(vault: Vault, key: bytes, channel: str, external: str) -> bytes:
    """Return the address sealed for a person, bound to its own row."""
    return vault.seal(key, external.encode(), _row(index(vault, channel, external)))


def unseal(vault: Vault, wrapped: bytes | None, external_index: str, sealed: bytes) -> str:
    """Return the address in clear; `wrapped` is the key of the person it belongs to."""
    return vault.open(vault.unwrap(wrapped), sealed, _row(external_index)).decode()


def known(db: Database, vault: Vault, address: int) -> Address:
    """Return a stored address."""
    found = db.execute(f"{_READ}a.id=?", (address,)).fetchone()
    if found is None:
        raise LookupError("no such address")
    id_, person, channel, external_index, sealed, wrapped = found
    try:
        external = unseal(vault, wrapped, external_index, sealed)
    except Sealed:
        # Its person was erased, or a data key is missing: the turn will fail for want of it, and be given up in order.
        external = ""
    return Address(id_, person, channel, external)


def meet(db: Database, vault: Vault, channel: str, external: str, now: datetime) -> Address:
    """Return the address somebody speaks from; somebody new becomes a guest with a key of their own."""
    at = index(vault, channel, external)
    found = db.execute(
        "SELECT id, person_id FROM address WHERE channel=? AND external_index=?", (channel, at)
    ).fetchone()
    if found is None:
        return _greet(db, vault, channel, external, now)
    if channel.endswith("whatsapp"):
        _doubt_if_silent(db, found[0], now)
    # Only the person's own words count as heard: an answer of the registry opens no window to write in.
    db.execute("UPDATE address SET heard_at=? WHERE id=?", (micros(now), found[0]))
    return Address(found[0], found[1], channel, external)


def _doubt_if_silent(db: Database, address: int, now: datetime) -> None:
    """A number that was silent for so long may have another owner: it proves itself anew (T19)."""
    db.execute(
        "UPDATE address SET proof='silent', verified_until=NULL, code_at=NULL WHERE id=? AND heard_at<?",
        (address, micros(now - SILENT_FOR)),
    )


def _greet(db: Database, vault: Vault, channel: str, external: str, now: datetime) -> Address:
    at = micros(now)
    key, wrapped = vault.new_key()
    person = db.insert("INSERT INTO person (key, created_at) VALUES (?,?)", (wrapped, at))
    address = db.insert(
        "INSERT INTO address (person_id, channel, external_index, external, proof, bound_at, heard_at)"
        " VALUES (?,?,?,?,'first',?,?)",
        (person, channel, index(vault, channel, external), seal(vault, key, channel, external), at, at),
    )
    return Address(address, person, channel, external)


def greet_once(db: Database, vault: Vault, channel: str, external: str, now: datetime) -> None:
    """Make a guest of somebody who speaks for the first time, unless another process has done so meanwhile."""
    at = micros(now)
    key, wrapped = vault.new_key()
    person = db.insert("INSERT INTO person (key, created_at) VALUES (?,?)", (wrapped, at))
    made = db.execute(
        "INSERT INTO address (person_id, channel, external_index, external, proof, bound_at, heard_at)"
        " VALUES (?,?,?,?,'first',?,?) ON CONFLICT DO NOTHING",
        (person, channel, index(vault, channel, external), seal(vault, key, channel, external), at, at),
    )
    if made.rowcount == 0:
        db.execute("DELETE FROM person WHERE id=?", (person,))


def _row(external_index: str) -> str:
    return f"address|{external_index}|external"
