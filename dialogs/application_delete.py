"""Leave the queue: why, what would be lost, and yes by the button only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from dialogs import application_add, application_details, application_list
from dialogs.application_details import OfApplication
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Done, Go, Life, Move, Step, step
from dialogs.engine.texts import T
from services import applications
from services.applications import Application
from services.refused import Refused
from services.services import Services
from services.trust import Trust

_LONGEST: Final = 300
_REASONS: Final = ("moved", "private_kg", "app_mistake", "other")


@step("application_delete.reason")
@dataclass(frozen=True)
class Reason(OfApplication):
    """Why; whoever made a mistake hears first what can be put right without losing the place."""

    owners: ClassVar[bool] = True

    def enter(self, do: Services) -> Move | None:
        if (gone := super().enter(do)) is not None:
            return gone
        try:
            applications.must_be_deletable(self.found(do))
        except Refused as no:
            return Go(application_details.Details(self.application), T(no.key, **no.names))
        return None

    def about(self, item: Application, do: Services) -> Ask:
        rows = tuple(Choice(name, T(f"r_{name}")) for name in _REASONS)
        choices = (*rows, Choice("skip", T("btn.skip")))
        return Ask(T("msg.application_delete.reason"), choices, awaits=Awaits.TEXT, example="1")

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "app_mistake":
            return CanChange(self.application)
        typed = said.text.strip()[:_LONGEST] if not said.choice else said.choice
        return Confirm(self.application, typed)


@step("application_delete.can_change")
@dataclass(frozen=True)
class CanChange(OfApplication):
    """What an operator can change while the place is kept."""

    owners: ClassVar[bool] = True

    def about(self, item: Application, do: Services) -> Ask:
        text = T("msg.application_delete.can_change", fields=T("fields.changeable"))
        choices = (Choice("~operator", T("btn.operator")), Choice("go_on", T("btn.delete_anyway")))
        return Ask(text, (*choices, Choice("keep", T("btn.keep"))))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "keep":
            return application_details.Details(self.application)
        return Confirm(self.application, "app_mistake")


@step("application_delete.confirm")
@dataclass(frozen=True)
class Confirm(OfApplication):
    """The number that will be lost; the state is read again at the tap (A6)."""

    owners: ClassVar[bool] = True
    life: ClassVar[Life] = Life.LEGAL

    reason: str = ""

    def about(self, item: Application, do: Services) -> Ask:
        text = T(
            "msg.app.delete_confirm",
            created_at=T("label.filed", at=item.filed_at, year=item.filed_at.year),
            first_name=application_details.first_name(item, do),
            number=do.applications.number(item) or T("queue_number.none"),
        )
        return Ask(text, (Choice("yes", T("btn.delete_yes")), Choice("keep", T("btn.keep"))), legal=True)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "keep":
            return application_details.Details(self.application)
        item = self.found(do)
        try:
            applications.withdraw(do, item, self.reason)
        except Refused as no:
            return Go(application_details.Details(self.application), T(no.key, **no.names))
        return Done(to=Deleted(item.id))


@step("application_delete.done")
@dataclass(frozen=True)
class Deleted(Step):
    """It is gone from the queue; the history stays."""

    home: ClassVar[bool] = True
    needs: ClassVar[Trust] = Trust.LINKED

    application: int

    def ask(self, do: Services) -> Ask:
        item = do.applications.get(self.application)
        filed = T("label.filed", at=item.filed_at, year=item.filed_at.year) if item else "—"
        choices = (
            Choice("apply", T("btn.apply_new")),
            Choice("apps", T("btn.my_apps")),
            Choice("~menu", T("btn.menu")),
        )
        return Ask(T("msg.application_delete.done", date=filed), choices)

    def answer(self, said: Said, do: Services) -> Move:
        return application_add.Precheck() if said.choice == "apply" else application_list.List()
