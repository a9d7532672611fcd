"""What is counted; labels come from closed sets, never from a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """One registry per app, so that tests can build two."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter("turns_total", "Turns by channel and fate.", ["channel", "fate"], registry=self.registry)
        self.waiting = Gauge("inbox_waiting", "Events that wait to be taken again.", registry=self.registry)
        self.planned = Gauge("outbox_due", "Messages that are due and not sent.", registry=self.registry)
        self.doubtful = Gauge(
            "outbox_maybe_duplicate", "Messages sent again after an unknown outcome.", registry=self.registry
        )
        self.dead = Gauge("inbox_dead", "Events given up; each has a case.", registry=self.registry)
        self.no_calendar = Gauge(
            "calendar_next_year_missing", "1 from 1 December while the next year is unchecked.", registry=self.registry
        )
