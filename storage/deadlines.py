"""Open deadlines of a person. Nothing that has one can be filed yet, so there are none."""

from __future__ import annotations

from services.deadlines import OpenDeadline


class DeadlineStore:
    """The port is here for those who ask; what answers comes with applications."""

    def open(self) -> list[OpenDeadline]:
        return []
