"""`python -m bot check` and `audit verify`: look, change nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from bot import settings
from bot.chance import Secure
from bot.clock import must_be_utc_plus_five
from dialogs.engine import catalogue
from dialogs.engine.step import STEPS
from dialogs.entries import ENTRIES
from storage.audit import broken
from storage.vault import Vault


def main() -> None:
    """Check what a start would need; raises in one line on the first thing that is wrong."""
    must_be_utc_plus_five()
    catalogue.check()
    settings.must_have_keys(settings.load())
    print(
        f"fine: {len(STEPS)} steps, {len(ENTRIES.titles)} dialogs that can be resumed, three languages, keys in place"
    )


def audit() -> int:
    """Verify every person's chain; print what is broken; return the exit code."""
    given = settings.must_have_keys(settings.load())
    vault = Vault(given.data_keys, given.index_key, Secure())
    with closing(sqlite3.connect(f"file:{given.database_path}?mode=ro", uri=True)) as db:
        wrong = broken(db, vault)
    for person, seq in wrong:
        print(f"person {person}: record {seq} was changed, moved, or follows a missing one")
    print("the audit record is whole" if not wrong else f"{len(wrong)} records do not verify")
    return 1 if wrong else 0
