"""Whether the keys given are those the database was written with: with others it would open anew for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import addresses
from storage.vault import Sealed

if TYPE_CHECKING:
    from storage.database import Database
    from storage.vault import Vault


class WrongKeys(Exception):
    """DATA_KEYS or INDEX_KEY are not those this database was written with; a former data key stays in the list."""


def must_fit(db: Database, vault: Vault) -> None:
    """Refuse keys that do not open the oldest and the newest address; an empty database fits any keys."""
    for order in ("ASC", "DESC"):
        found = db.execute(
            "SELECT a.channel, a.external_index, a.external, p.key FROM address a JOIN person p ON p.id=a.person_id"  # noqa: S608
            f" WHERE p.key IS NOT NULL ORDER BY a.id {order} LIMIT 1"
        ).fetchone()
        if found is not None and not _fits(vault, *found):
            raise WrongKeys(WrongKeys.__doc__)


def _fits(vault: Vault, channel: str, index: str, sealed: bytes, wrapped: bytes) -> bool:
    try:
        external = addresses.unseal(vault, wrapped, index, sealed)
    except Sealed:
        return False
    return index == addresses.index(vault, channel, external)
