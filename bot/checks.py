"""`python -m bot check` and `audit verify`: look, change nothing."""

from __future__ import annotations

from contextlib import closing

from bot import settings
from bot.chance import Secure
from bot.clock import must_be_utc_plus_five
from bot.settings import BadSettings
from dialogs.engine import catalogue
from dialogs.engine.step import STEPS
from dialogs.entries import ENTRIES
from storage.audit import broken, unsealed
from storage.books import look_at
from storage.vault import Vault


def main() -> None:
    """Check what a start would need; raises in one line on the first thing that is wrong."""
    settings.must_be_writable(settings.must_have_keys(settings.load()))
    try:
        must_be_utc_plus_five()
        catalogue.check()
    except (RuntimeError, catalogue.Incomplete) as wrong:
        raise BadSettings(str(wrong)) from None
    print(
        f"fine: {len(STEPS)} steps, {len(ENTRIES.titles)} dialogs that can be resumed, three languages, keys in place"
    )


def audit() -> int:
    """Verify every person's chain and every seal; print what is broken; return the exit code."""
    given = settings.must_have_keys(settings.load())
    vault = Vault(given.data_keys, given.index_key, Secure())
    if (path := given.database_file) is not None and not path.is_file():
        raise BadSettings(f"DATABASE_URL names {path}, where there is no database yet")
    with closing(look_at(given.database_url)) as db:
        wrong, misfits = broken(db, vault), unsealed(db, vault)
    for person, seq in wrong:
        print(f"person {person}: record {seq} was changed, moved, or follows a missing one")
    for seal in misfits:
        print(f"seal {seal}: the records it was put on were changed or taken away since")
    if not wrong and not misfits:
        print("the audit record is whole")
        return 0
    print(f"{len(wrong)} records and {len(misfits)} seals do not verify")
    return 1
