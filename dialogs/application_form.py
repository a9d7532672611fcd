"""What is known of an application while it is filled in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import ClassVar, Final

from dialogs.engine.step import Life, Step
from dialogs.engine.texts import T, Text
from services import cities
from services.applications import Filing
from services.children import Child
from services.cities import City
from services.refused import Refused
from services.services import Services
from services.trust import Trust

TOTAL: Final = 7


@dataclass(frozen=True)
class Form:
    """The answers so far, and which questions were asked."""

    said: Filing = field(default_factory=Filing)
    status_seen: bool = False
    benefit_asked: bool = False
    files_done: bool = False
    issued_on: date | None = None

    def without_benefit(self) -> Form:
        """Return the form of a family that claims no benefit: its papers are not asked for, nor kept with it."""
        said = replace(self.said, benefit="", files=())
        return replace(self, said=said, benefit_asked=True, files_done=False, issued_on=None)


@dataclass(frozen=True)
class FilingStep(Step):
    """What all questions of an application share: they are kept for 30 days (journeys §1.16)."""

    life: ClassVar[Life] = Life.DRAFT
    draft_lives: ClassVar[timedelta] = timedelta(days=30)
    needs: ClassVar[Trust] = Trust.VERIFIED


def step_of(key: str, number: int) -> Text:
    """Return a question that says how far the parent has come."""
    return T(key, step=number, total=TOTAL)


def child_of(form: Form, do: Services) -> Child:
    """Return the child of a form; refuse one who left the list meanwhile."""
    child = do.children.get(form.said.child)
    if child is None:
        raise Refused("msg.common.object_gone")
    return child


def social_text(form: Form, do: Services) -> Text:
    """Return what the registry says of the child's family; "nothing special" is an answer, too."""
    child = do.children.get(form.said.child)
    return T(f"social.{child.social}") if child and child.social else T("social.none")


def locality_of(kato: str) -> City:
    """Return the locality; a form never holds one we do not know."""
    found = cities.get(kato)
    if found is None:
        raise Refused("err.app.locality_closed")
    return found
