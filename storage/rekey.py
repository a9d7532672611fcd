"""New keys for what is stored: persons' keys are wrapped anew while the bot runs, indexes while it rests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sqlalchemy import update

from storage import addresses, agents, audit, codes, inbox, logins, people, queue, registry, staff_audit, tabels
from storage.account_models import InvitationRow
from storage.family_models import AccessRow
from storage.models import micros

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.database import Database
    from storage.do import Deed
    from storage.vault import Vault

#: People whose keys are wrapped anew in one transaction: small enough to stand between two turns.
SLICE: Final = 500
#: Every blind index there is; a test holds this against the tables.
INDEXES: Final = frozenset(
    {
        "access.code_index",
        "account.phone_index",
        "account.iin_index",
        "account.document_index",
        "address.external_index",
        "agent_session.token_index",
        "application.child_index",
        "child.iin_index",
        "code.phone_index",
        "door.value_index",
        "invitation.code_index",
        "link.token_index",
        "registry_person.iin_index",
        "registry_person.document_index",
        "registry_phone.phone_index",
        "registry_kin.guardian_index",
        "voucher.child_index",
    }
)


class NotWhole(Exception):
    """The audit record does not verify with the former key: see `audit verify` before its macs are made anew."""


def rewrap(deed: Deed, after: int = 0) -> tuple[int, int]:
    """Wrap the keys of the next people with the first data key; return where to go on, and how many they were.

    It is 0 when all have been looked at. Whoever reads meanwhile opens both: all of DATA_KEYS read.
    """
    vault, db = deed.world.vault, deed.db
    sql = "SELECT id, key FROM person WHERE id>? ORDER BY id LIMIT ?"
    rows = db.execute(sql, (after, SLICE)).fetchall()
    new = 0
    for person, wrapped in rows:
        if wrapped is not None and not vault.is_newest(wrapped):
            # Somebody may be erased at this moment: their key must not come back.
            again = (vault.wrap(vault.unwrap(wrapped)), person, wrapped)
            new += db.execute("UPDATE person SET key=? WHERE id=? AND key=?", again).rowcount
    return (rows[-1][0] if len(rows) == SLICE else 0), new


def reindex(deed: Deed, vault: Vault) -> None:
    """Make everything that depends on the index key anew with that of `vault`; nobody may write meanwhile.

    The deed's own vault has the former key. Raises NotWhole, and Sealed where it is not that key. Codes and links that
    are on their way are over: what they were found by cannot be made anew without them.
    """
    db, former = deed.db, deed.world.vault
    records = (audit.broken(db, former), audit.unsealed(db, former), staff_audit.broken(deed.session, former))
    if any(records) or tabels.broken(deed):
        raise NotWhole(NotWhole.__doc__)
    # Applications open with the index of their child, so they go before the children.
    for table in (_addresses, _accounts, _doors, _applications, _children, _codes, _agents, _registry, _waiting):
        table(deed, former, vault)
    db.execute("UPDATE link SET expires_at=? WHERE expires_at>?", (micros(deed.now), micros(deed.now)))
    # What was said is gone, so its mac cannot be made anew: an event that comes again is known by its id.
    db.execute("UPDATE inbox SET body_mac=''")
    # Names nobody answers to are counted by index too: their failures begin anew.
    db.execute("DELETE FROM tries WHERE subject LIKE ? OR subject LIKE ?", ("name|%", "nobody|%"))
    still = InvitationRow.state.in_(("open", "claimed"))
    deed.session.execute(update(InvitationRow).where(still).values(state="over"))
    invited = AccessRow.state == "invited"
    deed.session.execute(update(AccessRow).where(invited).values(state="over"))
    audit.sign_anew(db, vault)
    staff_audit.sign_anew(deed.session, vault)
    tabels.sign_anew(deed, vault)


def _addresses(deed: Deed, former: Vault, vault: Vault) -> None:
    sql = (
        "SELECT a.id, a.channel, a.external_index, a.external, p.key FROM address a JOIN person p ON p.id=a.person_id"
        " WHERE p.key IS NOT NULL"
    )
    for row, channel, index, sealed, wrapped in deed.db.execute(sql).fetchall():
        external = addresses.unseal(former, wrapped, index, sealed)
        again = addresses.seal(vault, vault.unwrap(wrapped), channel, external)
        values = (addresses.index(vault, channel, external), again, row)
        deed.db.execute("UPDATE address SET external_index=?, external=? WHERE id=?", values)


def _accounts(deed: Deed, former: Vault, vault: Vault) -> None:
    sql = "SELECT a.person_id, a.sealed, p.key FROM account a JOIN person p ON p.id=a.person_id WHERE p.key IS NOT NULL"
    for person, sealed, wrapped in deed.db.execute(sql).fetchall():
        known = json.loads(former.open(former.unwrap(wrapped), sealed, people.account_row(person)))
        indexes = [vault.index(name, known[name]) if known[name] else None for name in ("phone", "iin", "document")]
        update = "UPDATE account SET phone_index=?, iin_index=?, document_index=? WHERE person_id=?"
        deed.db.execute(update, (*indexes, person))


def _children(deed: Deed, former: Vault, vault: Vault) -> None:
    sql = (
        "SELECT c.id, c.person_id, c.iin_index, c.sealed, p.key FROM child c JOIN person p ON p.id=c.person_id"
        " WHERE p.key IS NOT NULL"
    )
    for row, person, index, sealed, wrapped in deed.db.execute(sql).fetchall():
        key = vault.unwrap(wrapped)
        clear = former.open(key, sealed, people.child_row(person, index))
        anew = vault.index("iin", json.loads(clear)["iin"])
        values = (anew, vault.seal(key, clear, people.child_row(person, anew)), row)
        deed.db.execute("UPDATE child SET iin_index=?, sealed=? WHERE id=?", values)
        # Both parents list the child: the second finds nothing left to change.
        deed.db.execute("UPDATE voucher SET child_index=? WHERE child_index=?", (anew, index))


def _doors(deed: Deed, former: Vault, vault: Vault) -> None:
    sql = "SELECT d.person_id, d.kind, d.sealed, p.key FROM door d JOIN person p ON p.id=d.person_id"
    for person, kind, sealed, wrapped in deed.db.execute(f"{sql} WHERE p.key IS NOT NULL").fetchall():
        name = former.open(former.unwrap(wrapped), sealed, logins.door_row(person, kind)).decode()
        found = "UPDATE door SET value_index=? WHERE person_id=? AND kind=?"
        deed.db.execute(found, (vault.index(kind, name), person, kind))


def _applications(deed: Deed, former: Vault, vault: Vault) -> None:
    sql = (
        "SELECT a.id, a.person_id, a.sealed, c.iin_index, c.sealed, p.key FROM application a"
        " JOIN child c ON c.id=a.child_id JOIN person p ON p.id=a.person_id WHERE p.key IS NOT NULL"
    )
    for row, person, sealed, index, child, wrapped in deed.db.execute(sql).fetchall():
        key = vault.unwrap(wrapped)
        anew = vault.index("iin", json.loads(former.open(key, child, people.child_row(person, index)))["iin"])
        clear = former.open(key, sealed, queue.application_row(person, index)) if sealed is not None else None
        again = vault.seal(key, clear, queue.application_row(person, anew)) if clear is not None else None
        deed.db.execute("UPDATE application SET child_index=?, sealed=? WHERE id=?", (anew, again, row))


def _agents(deed: Deed, former: Vault, vault: Vault) -> None:
    """Second factors go on; whoever is signed in signs in again."""
    for row, login, sealed in deed.db.execute("SELECT id, login, totp FROM agent").fetchall():
        clear = former.open(former.own("desk"), sealed, agents.totp_row(login))
        again = vault.seal(vault.own("desk"), clear, agents.totp_row(login))
        deed.db.execute("UPDATE agent SET totp=? WHERE id=?", (again, row))
    deed.db.execute("DELETE FROM agent_session")


def _codes(deed: Deed, former: Vault, vault: Vault) -> None:
    sql = (
        "SELECT c.id, c.phone_index, c.phone, p.key FROM code c JOIN person p ON p.id=c.person_id"
        " WHERE p.key IS NOT NULL"
    )
    for row, index, sealed, wrapped in deed.db.execute(sql).fetchall():
        key = vault.unwrap(wrapped)
        phone = former.open(key, sealed, codes.phone_row(index))
        anew = vault.index("phone", phone.decode())
        values = (anew, vault.seal(key, phone, codes.phone_row(anew)), row)
        deed.db.execute("UPDATE code SET phone_index=?, phone=? WHERE id=?", values)
    deed.db.execute("UPDATE code SET state='dead' WHERE state='live'")


def _registry(deed: Deed, former: Vault, vault: Vault) -> None:
    sql = "SELECT id, iin_index, document_index, sealed FROM registry_person"
    for row, iin_index, document_index, sealed in deed.db.execute(sql).fetchall():
        clear = former.open(former.own("registry"), sealed, registry.person_row(iin_index or document_index))
        known = json.loads(clear)
        iin = vault.index("iin", known["iin"]) if known["iin"] else None
        document = vault.index("document", known["document"]) if known["document"] else None
        again = vault.seal(vault.own("registry"), clear, registry.person_row(iin or document or ""))
        update = "UPDATE registry_person SET iin_index=?, document_index=?, sealed=? WHERE id=?"
        deed.db.execute(update, (iin, document, again, row))
        phones = (vault.index("phone", phone) for phone in known["phones"])
        _rewrite(deed.db, "registry_phone", ("registry_id", "phone_index"), row, phones)
        kin = (vault.index(kind, value) for kind, value in known["guardians"])
        _rewrite(deed.db, "registry_kin", ("child_id", "guardian_index"), row, kin)


def _rewrite(db: Database, table: str, columns: tuple[str, str], row: int, indexes: Iterable[str]) -> None:
    owner, index = columns
    db.execute(f"DELETE FROM {table} WHERE {owner}=?", (row,))  # noqa: S608 - our own names
    for value in set(indexes):
        db.execute(f"INSERT INTO {table} ({owner}, {index}) VALUES (?,?)", (row, value))  # noqa: S608 - our own names


def _waiting(deed: Deed, former: Vault, vault: Vault) -> None:
    for row, sealed in deed.db.execute("SELECT id, body FROM inbox WHERE body IS NOT NULL").fetchall():
        clear = former.open(former.own("inbox"), sealed, inbox.body_row(row))
        values = (vault.seal(vault.own("inbox"), clear, inbox.body_row(row)), row)
        deed.db.execute("UPDATE inbox SET body=? WHERE id=?", values)
