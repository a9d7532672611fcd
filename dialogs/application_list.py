"""My applications: those under way first, the archive behind a button."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import ClassVar, Final

from dialogs import application_add, application_details
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Go, Move, Step, step
from dialogs.engine.texts import T, Text
from services.applications import Application
from services.services import Services
from services.trust import Trust

PAGE: Final = 6


@step("application_list.list")
@dataclass(frozen=True)
class List(Step):
    """One row per application: the child, the number in the queue, and a word on where it stands."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    archive: bool = False
    page: int = 0

    def ask(self, do: Services) -> Ask:
        mine = do.applications.mine()
        listed = [item for item in mine if item.is_over is self.archive]
        over = () if self.archive or len(listed) == len(mine) else (Choice("archive", T("btn.archive")),)
        if not listed:
            attach = Choice("attach", T("btn.attach"))
            return Ask(T("msg.application_list.empty"), (Choice("apply", T("btn.apply")), *over, attach))
        first = self.page % ceil(len(listed) / PAGE) * PAGE
        rows = tuple(
            Choice(f"a{item.id}", application_details.title(item, do), _state(item, do))
            for item in listed[first : first + PAGE]
        )
        more = (Choice("more", T("btn.more")),) if len(listed) > PAGE else ()
        text = T("msg.application_list.archive" if self.archive else "msg.application_list.list")
        return Ask(text, (*rows, *more, *over, Choice("apply", T("btn.apply"))))

    def answer(self, said: Said, do: Services) -> Move:
        from dialogs import application_attach

        if said.choice == "apply":
            return application_add.Precheck()
        if said.choice == "attach":
            return application_attach.Side()
        if said.choice == "archive":
            return List(archive=True)
        if said.choice == "more":
            return List(self.archive, self.page + 1)
        found = do.applications.get(int(said.choice.removeprefix("a")))
        return application_details.Details(found.id) if found else Go(List(), T("msg.common.object_gone"))


def _state(application: Application, do: Services) -> Text:
    number = do.applications.number(application)
    state = T(f"status.app.{application.status.value}")
    return T("label.app_state", number=number, status=state) if number else state
