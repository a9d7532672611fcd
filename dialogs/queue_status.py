"""The number in the queue, why it moved, and what may come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Move, Step, step
from dialogs.engine.texts import T, Text
from services import queue
from services.applications import LOOKS_BACK, Application
from services.queue import Reason
from services.services import Services
from services.trust import Trust

#: A forecast looks at the movement of half a year.
_FORECAST_BACK: Final = timedelta(weeks=26)
_REASONS: Final = 5


@dataclass(frozen=True)
class OfNumber(Step):
    """What all questions about a number share."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    application: int

    def answer(self, said: Said, do: Services) -> Move:
        from dialogs import application_details

        if said.choice == "card":
            return application_details.Details(self.application)
        doors: dict[str, Step] = {"why": Why(self.application), "forecast": Forecast(self.application)}
        return doors.get(said.choice) or Show(self.application)


@step("queue_status.show")
@dataclass(frozen=True)
class Show(OfNumber):
    """Number and category, as of this moment."""

    def ask(self, do: Services) -> Ask:
        from dialogs import application_details

        item = do.applications.get(self.application)
        if item is None:
            return _gone()
        number = do.applications.number(item)
        benefit = do.applications.benefit_number(item)
        text = T(
            "msg.queue.status",
            child=application_details.child_name(item, do),
            status_line=_status_line(item, do),
            number=number or T("queue_number.none"),
            category=_category(item, do),
            updated_at=do.now,
        )
        ranked = (T("msg.queue_status.benefit", number=benefit),) if benefit else ()
        choices = (
            Choice("why", T("btn.why_changed")),
            Choice("forecast", T("btn.forecast")),
            Choice("refresh", T("btn.refresh")),
            Choice("card", T("btn.see_app")),
        )
        return Ask(text, choices if number else choices[2:], notes=ranked)


def _gone() -> Ask:
    return Ask(T("msg.common.object_gone"), (Choice("~menu", T("btn.menu")),))


def _status_line(application: Application, do: Services) -> Text:
    """A voucher's queue has a sentence of its own (A5)."""
    if do.regimes.get(application.regime).can("voucher") and application.rank is not None:
        return T("status.app.voucher_queue")
    return T(f"status.app.{application.status.value}")


def _category(application: Application, do: Services) -> Text | int:
    if do.regimes.get(application.regime).order.policy == "categories" and application.rank is not None:
        return application.rank
    return T(f"benefit_full.{application.benefit}") if application.benefit else T("benefit.none")


@step("queue_status.why")
@dataclass(frozen=True)
class Why(OfNumber):
    """The causes of a movement; their places sum up to it."""

    def ask(self, do: Services) -> Ask:
        item = do.applications.get(self.application)
        if item is None or item.rank is None:
            return _gone()
        moved = do.applications.movement(item, do.now - LOOKS_BACK)
        choices = (Choice("forecast", T("btn.forecast")), Choice("card", T("btn.see_app")))
        if not moved.reasons:
            return Ask(T("msg.queue_status.not_moved", number=moved.new), choices)
        text = T(
            "msg.queue.why_moved",
            old=moved.old,
            new=moved.new,
            reasons=_reasons(moved.reasons[:_REASONS]),
            applied_at=T("label.filed", at=item.filed_at, year=item.filed_at.year),
        )
        return Ask(text, choices)


def _reasons(reasons: tuple[Reason, ...]) -> Text:
    lines = [
        T(f"reason.{item.cause.value}", times=item.times, places=f"{item.places:+d}".replace("-", "−"))
        for item in reasons
    ]
    text = lines[0]
    for line in lines[1:]:
        text = T("label.list", first=text, then=line)
    return text


@step("queue_status.forecast")
@dataclass(frozen=True)
class Forecast(OfNumber):
    """A range of months, called what it is: an estimate."""

    def ask(self, do: Services) -> Ask:
        item = do.applications.get(self.application)
        if item is None:
            return _gone()
        choices = (Choice("why", T("btn.why_changed")), Choice("card", T("btn.see_app")))
        since = max(item.filed_at, do.now - _FORECAST_BACK)
        number = do.applications.number(item)
        left = do.applications.left_ahead(item, since)
        found = queue.forecast(number, left, since, do.now) if number else None
        if found is None:
            return Ask(T("msg.queue_status.no_forecast"), choices)
        months = f"{found.from_months}–{found.to_months}"
        return Ask(T("msg.queue_status.forecast", range=months), choices)
