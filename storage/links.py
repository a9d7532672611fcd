"""One-time links to secure pages: the token is in the link only, we keep its index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.models import AddressRow, LinkRow

if TYPE_CHECKING:
    from storage.do import Do
    from storage.vault import Vault

LIVES: Final = timedelta(minutes=10)
#: A copy of one's data may be fetched a little longer (journeys §1.44).
LIVES_LONGER: Final = {"export": timedelta(minutes=15)}


@dataclass(frozen=True)
class Link:
    """A link as its page sees it."""

    purpose: str
    language: str
    address_id: int
    channel: str
    expires_at: datetime
    used: bool
    about: str = ""
    person: int = 0


class LinkStore:
    """Links of this chat."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def make(self, purpose: str, about: str = "") -> str:
        """Return the token of a new link; older links of this chat for the same purpose are over."""
        do = self._do
        token = do.chance.token()
        mine = (LinkRow.address_id == do.address, LinkRow.purpose == purpose, LinkRow.used_at.is_(None))
        do.session.execute(update(LinkRow).where(*mine).values(expires_at=do.now))
        row = LinkRow(
            token_index=do.world.vault.index("link", token),
            person_id=do.person,
            address_id=do.address,
            purpose=purpose,
            language=do.language,
            made_at=do.now,
            expires_at=do.now + LIVES_LONGER.get(purpose, LIVES),
            about=about,
        )
        do.session.add(row)
        do.session.flush()
        return token

    def is_open(self, token: str) -> bool:
        """Say whether the link is this chat's, unused and not over."""
        row = self._row(token)
        return row is not None and not row.used_at and row.expires_at > self._do.now

    def spend(self, token: str) -> None:
        """Use the link up."""
        if (row := self._row(token)) is not None:
            row.used_at = self._do.now
            self._do.session.flush()

    def _row(self, token: str) -> LinkRow | None:
        row = self._do.session.get(LinkRow, self._do.world.vault.index("link", token))
        return row if row is not None and row.address_id == self._do.address else None


def look(session: Session, vault: Vault, token: str) -> Link | None:
    """Return the link of a token, used or over as it may be; looking does not spend it."""
    found = session.execute(
        select(LinkRow, AddressRow.channel)
        .join(AddressRow, AddressRow.id == LinkRow.address_id)
        .where(LinkRow.token_index == vault.index("link", token))
    ).one_or_none()
    if found is None:
        return None
    row, channel = found
    used = row.used_at is not None
    return Link(row.purpose, row.language, row.address_id, channel, row.expires_at, used, row.about, row.person_id)
