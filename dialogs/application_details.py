"""One application: the four steps, what applies now, its history and its papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from dialogs import application_check, application_list, queue_status
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Go, Move, Step, step
from dialogs.engine.texts import T, Text
from services import accounts, applications, cities
from services.applications import IN_QUEUE, Application, Status
from services.family import Role
from services.papers import KINDS
from services.refused import Refused
from services.services import Services
from services.trust import Trust

#: Which of the four steps is the one of now (S0); those before are done.
_STEP: Final = {
    Status.QUEUED: 1,
    Status.STOP_LIST: 1,
    Status.INACTIVE: 1,
    Status.TURN_CAME: 2,
    Status.OFFERED: 2,
    Status.RESPONDED: 2,
    Status.REFERRAL: 3,
    Status.CONFIRMED: 3,
    Status.ENROLLED: 5,
}
_HISTORY: Final = 12


@dataclass(frozen=True)
class OfApplication(Step):
    """What all questions about one application share: it must still be this person's."""

    needs: ClassVar[Trust] = Trust.VERIFIED
    #: Only for who filed it; the others see it and read why not.
    owners: ClassVar[bool] = False

    application: int

    def enter(self, do: Services) -> Move | None:
        found = do.applications.get(self.application)
        if found is None:
            return Go(application_list.List(), T("msg.common.object_gone"))
        if self.owners and not found.is_mine:
            return Go(Details(self.application), T("err.family.only_owner"))
        return None

    def ask(self, do: Services) -> Ask:
        item = do.applications.get(self.application)
        return self.about(item, do) if item else Ask(T("msg.common.object_gone"), (Choice("list", T("btn.my_apps")),))

    def about(self, item: Application, do: Services) -> Ask:
        """Return the question about the application."""
        raise NotImplementedError(self.name)

    def found(self, do: Services) -> Application:
        """Return the application; refuse one that is no longer this person's."""
        found = do.applications.get(self.application)
        if found is None:
            raise Refused("msg.common.object_gone")
        return found


@step("application_details.details")
@dataclass(frozen=True)
class Details(OfApplication):
    """The card of an application."""

    def about(self, item: Application, do: Services) -> Ask:
        now = _STEP.get(item.status, 0)
        marks = {f"s{at}": "✅" if at < now else "▶️" if at == now else "▫️" for at in range(1, 5)}
        place = cities.get(item.kato)
        text = T(
            "msg.app.details",
            created_at=T("label.filed", at=item.filed_at, year=item.filed_at.year),
            child=child_name(item, do),
            locality=place.path(do.language) if place else item.kato,
            languages=application_check.languages_text(item.languages),
            group_type=T(f"group.{item.group}"),
            next_action=T(f"next.{item.status.value}"),
            **marks,
        )
        queued = (Choice("number", T("btn.queue_number")),) if item.status in IN_QUEUE else ()
        rest = [Choice("history", T("btn.history"))]
        if item.is_mine:
            rest.append(Choice("documents", T("btn.documents")))
        if item.is_mine and not item.is_over:
            rest += [Choice("attach", T("btn.attach")), Choice("delete", T("btn.delete"))]
        return Ask(
            T("label.titled", title=T("label.app_number", app_number=item.number), text=text),
            (*interest_choice(item, do), *queued, *rest, Choice("list", T("btn.my_apps"))),
        )

    def answer(self, said: Said, do: Services) -> Move:
        from dialogs import application_delete, family_access

        if said.choice == "interested":
            return Go(self, mark_interested(self.application, do))
        doors: dict[str, Step] = {
            "number": queue_status.Show(self.application),
            "history": History(self.application),
            "documents": Documents(self.application),
            "attach": family_access.Link(Role.PARENT.value, self.application),
            "delete": application_delete.Reason(self.application),
        }
        return doors.get(said.choice) or application_list.List()


@step("application_details.history")
@dataclass(frozen=True)
class History(OfApplication):
    """What happened, the newest last."""

    def about(self, item: Application, do: Services) -> Ask:
        events = do.applications.history(self.application)[-_HISTORY:]
        text = T("msg.application_details.history", app_number=item.number)
        for event in events:
            line = T("label.event", at=event.at, year=event.at.year, what=T(f"event.{event.cause}"))
            text = T("label.lines", first=text, then=line)
        return Ask(text, (Choice("card", T("btn.see_app")),))

    def answer(self, said: Said, do: Services) -> Move:
        return Details(self.application)


@step("application_details.documents")
@dataclass(frozen=True)
class Documents(OfApplication):
    """The papers of S4, as PDFs behind a short-lived link."""

    owners: ClassVar[bool] = True

    def about(self, item: Application, do: Services) -> Ask:
        rows = tuple(Choice(kind, T(f"paper.{kind}")) for kind in KINDS)
        text = T("msg.application_details.documents", app_number=item.number)
        return Ask(text, (*rows, Choice("card", T("btn.see_app"))))

    def answer(self, said: Said, do: Services) -> Move:
        return Details(self.application) if said.choice == "card" else Paper(self.application, said.choice)


@step("application_details.paper")
@dataclass(frozen=True)
class Paper(OfApplication):
    """One paper: the link to it works for ten minutes."""

    owners: ClassVar[bool] = True

    kind: str

    def about(self, item: Application, do: Services) -> Ask:
        text = T("msg.application_details.paper", paper=T(f"paper.{self.kind}"))
        page = f"paper-{self.kind}-{self.application}" if do.chat.has_pages else None
        choices = (Choice("documents", T("btn.documents")), Choice("card", T("btn.see_app")))
        if page is None:
            return Ask(T("msg.application_details.no_pages"), choices)
        return Ask(text, choices, page=page)  # type: ignore[arg-type]  # a link of another kind

    def answer(self, said: Said, do: Services) -> Move:
        return Documents(self.application) if said.choice == "documents" else Details(self.application)


# What several dialogs say of an application.


def child_name(application: Application, do: Services) -> str:
    """Return the child's name; a child who left the list keeps only a dash, a helper sees initials."""
    if application.named is not None:
        whole = application.seen_as is Role.PARENT
        return accounts.shown(do, application.named).short if whole else application.named.masked
    child = do.children.get(application.child)
    return accounts.shown(do, child.name).short if child else "—"


def first_name(application: Application, do: Services) -> str:
    """Return the child's first name, for sentences that go on behind it."""
    if application.named is not None:
        whole = application.seen_as is Role.PARENT
        return accounts.shown(do, application.named).first if whole else application.named.masked
    child = do.children.get(application.child)
    return accounts.shown(do, child.name).first if child else "—"


def title(application: Application, do: Services) -> Text:
    """Return how a list calls an application."""
    return T("label.app_title", name=first_name(application, do), app_number=application.number)


def interest_choice(application: Application, do: Services) -> tuple[Choice, ...]:
    """Return the button for "interested" where the regime knows it; ticked, it only says so (A3)."""
    may = application.seen_as is not Role.HELPER
    known = may and do.regimes.get(application.regime).can("interest") and application.status in IN_QUEUE
    if not known:
        return ()
    key = "btn.interested_done" if application.interested_at else "btn.interested"
    return (Choice("interested", T(key)),)


def mark_interested(application: int, do: Services) -> Text:
    """Mark an application, once; return what to say."""
    found = do.applications.get(application)
    if found is None:
        return T("msg.common.object_gone")
    marked = applications.interested(do, found)
    return T("msg.application_interested.done") if marked else T("err.already_done")
