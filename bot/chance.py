"""Everything drawn by lot, from the machine's own source."""

from __future__ import annotations

import secrets


class Secure:
    """Chance for production."""

    def digits(self, count: int) -> str:
        """Return `count` decimal digits."""
        return f"{secrets.randbelow(10**count):0{count}d}"

    def token(self) -> str:
        """Return 192 bits as URL-safe text."""
        return secrets.token_urlsafe(24)

    def bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)
