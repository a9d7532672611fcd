"""What an address on WhatsApp says about its person."""

from __future__ import annotations

from services.phones import Phone
from services.refused import Refused


def own_phone(external: str) -> Phone | None:
    """Return the phone an address is; None for `KZ.<id>`, where the person hides it: no code goes to that."""
    try:
        return Phone.parse(external)
    except Refused:
        return None
