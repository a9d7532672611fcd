"""Files that nobody has are taken away after a week; those of families stay."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.chance import Secure
from bot.files import Shelf
from bot.metrics import Metrics
from bot.upkeep import Upkeep
from tests.city import City
from tests.dialogs import applications as way


class Deeds:
    """A writer for deeds, without its lane."""

    def __init__(self, city: City) -> None:
        self.city = city

    async def deed(self, work: Callable[[Any], Any], *, wakes: bool = True) -> Any:
        return self.city.deed(work)


def lies(folder: Path, token: str, *, days: float) -> None:
    """A file of that age."""
    folder.mkdir(exist_ok=True)
    (folder / token).write_bytes(b"sealed")
    then = time.time() - timedelta(days=days).total_seconds()
    os.utime(folder / token, (then, then))


def test_a_week_old_file_that_no_turn_took_goes_and_a_family_s_stays(city: City, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    parent = way.at_documents(city)
    way.sends_file(parent, file="kept")
    way.sends_file(parent, file="taken_back")
    city.deed(lambda deed: deed.db.execute("UPDATE stored_file SET removed_at=? WHERE token='taken_back'", (1,)))
    for token, days in (("kept", 30), ("taken_back", 30), ("nobodys", 8), ("on_its_way", 1)):
        lies(folder, token, days=days)
    upkeep = Upkeep(Deeds(city), Metrics(), None, shelf=Shelf(folder, Secure()))  # type: ignore[arg-type] # no lane

    asyncio.run(upkeep._sweep())

    assert {path.name for path in folder.iterdir()} == {"kept", "on_its_way"}


def test_an_installation_without_files_is_swept_too(city: City, tmp_path: Path) -> None:
    upkeep = Upkeep(Deeds(city), Metrics(), None, shelf=Shelf(tmp_path / "none", Secure()))  # type: ignore[arg-type] # no lane

    asyncio.run(upkeep._sweep())

    assert not (tmp_path / "none").exists()
