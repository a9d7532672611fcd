"""Consent to the data policy: given by a tap, kept with its proof."""

from __future__ import annotations

from typing import Final, Protocol

#: The version of the policy at /policy; a new one asks everybody again.
POLICY_VERSION: Final = "2026-11-01"


class Consents(Protocol):
    """What storage keeps: version, language, time, channel and message of each answer (journeys §1.3)."""

    def given(self, version: str) -> bool: ...
    def give(self, version: str, *, opened: bool) -> None: ...
    def refuse(self, version: str) -> None: ...
