"""Files of a person: their bytes lie sealed outside the database, their keys here, sealed with the person's."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from services.files import Arrived, StoredFile
from storage.queue_models import FileRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.do import Deed, Do


class FileStore:
    """This person's files; erasing the person's key closes them for ever."""

    def __init__(self, do: Do) -> None:
        self._do = do

    def add(self, arrived: Arrived, paper: str) -> StoredFile:
        """Keep a file that has arrived; the same file once more is the same file."""
        do = self._do
        row = do.session.scalar(select(FileRow).where(FileRow.token == arrived.token, FileRow.person_id == do.person))
        if row is None:
            known = {"key": arrived.key, "name": arrived.name, "digest": arrived.digest}
            row = FileRow(
                person_id=do.person,
                token=arrived.token,
                sealed=do.world.vault.seal(do.key, json.dumps(known).encode(), _bound(do.person, arrived.token)),
                kind=arrived.kind,
                size=arrived.size,
                paper=paper,
                added_at=do.now,
            )
            do.session.add(row)
            do.session.flush()
        return self._file(row)

    def get(self, file: int) -> StoredFile | None:
        row = self._do.session.get(FileRow, file)
        is_mine = row is not None and row.person_id == self._do.person and row.removed_at is None
        return self._file(row) if row is not None and is_mine else None

    def date_papers(self, files: tuple[int, ...], issued_on: date, valid_until: date | None) -> None:
        """Note from when papers are, and until when they count."""
        where = (FileRow.id.in_(files), FileRow.person_id == self._do.person)
        self._do.session.execute(update(FileRow).where(*where).values(issued_on=issued_on, valid_until=valid_until))

    def remove(self, file: int) -> None:
        where = (FileRow.id == file, FileRow.person_id == self._do.person)
        self._do.session.execute(update(FileRow).where(*where).values(removed_at=self._do.now))

    def _file(self, row: FileRow) -> StoredFile:
        do = self._do
        known = json.loads(do.world.vault.open(do.key, row.sealed, _bound(row.person_id, row.token)))
        return StoredFile(row.id, known["name"], row.kind, row.size, row.paper, row.issued_on, row.valid_until)


def orphans(deed: Deed, tokens: Sequence[str]) -> list[str]:
    """Return which of these files nobody has: no turn took them, or their person took them back or was erased."""
    held = select(FileRow.token).where(FileRow.token.in_(tokens), FileRow.removed_at.is_(None))
    known = set(deed.session.scalars(held))
    return [token for token in tokens if token not in known]


def _bound(person: int, token: str) -> str:
    return f"stored_file|{person}|{token}"
