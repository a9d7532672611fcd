"""Social statuses: what the state's registers say of a child's family; only read here (X6).

Which codes the state's register has was not found in the seeds; these are what the lists of benefits speak of.
"""

from __future__ import annotations

from typing import Final

#: A large family, one with targeted social assistance, a child with a disability, a child without parental care.
ALL: Final = ("large_family", "low_income", "disability", "no_parental_care")


def known(code: str) -> str:
    """Return the code if it is one of ours; "" for none, and for a word of a register we have no sentence for."""
    return code if code in ALL else ""
