"""Attach an application to the second parent: they ask and who filed it allows, or who filed it invites (flow 1.21)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs import application_add, application_list, child_add, family_access
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Call, Done, Life, Move, Return, Step, step
from dialogs.engine.texts import T
from services import accounts, family
from services.applications import open_of
from services.family import Role
from services.refused import Refused
from services.services import Services
from services.trust import Trust


@step("application_attach.side")
@dataclass(frozen=True)
class Side(Step):
    """Who filed it."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    def ask(self, do: Services) -> Ask:
        return Ask(
            T("msg.application_attach.side"), (Choice("me", T("btn.me")), Choice("other", T("btn.other_parent")))
        )

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "other":
            return AskChild()
        mine = open_of(do)
        # Of several the parent opens the one that is meant: its card has the button.
        return family_access.Link(Role.PARENT.value, mine[0].id) if len(mine) == 1 else application_list.List()


@step("application_attach.ask_child_iin")
@dataclass(frozen=True)
class AskChild(Step):
    """Which child: one of the own list, where the registry said whose it is. A new one is added by its IIN."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    def ask(self, do: Services) -> Ask:
        rows = tuple(
            Choice(f"c{child.id}", T("label.name", name=accounts.shown(do, child.name).short))
            for child in do.children.all()
        )
        return Ask(T("msg.application_attach.child"), (*rows, Choice("add", T("btn.add_child"))))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "add":
            return Call(child_add.AskIin(), then=self)
        return Request(int(said.choice.removeprefix("c")))


@step("application_attach.code")
@dataclass(frozen=True)
class Request(Step):
    """After a fresh code whoever filed is asked; where nobody did, filing is offered."""

    needs: ClassVar[Trust] = Trust.STEP_UP

    child: int

    def enter(self, do: Services) -> Move | None:
        if not accounts.is_confirmed(do):
            return Done(T("msg.application_attach.not_approved"))
        try:
            family.ask(do, self.child)
        except Refused as no:
            if no.key != "msg.application_attach.no_application":
                return Done(T(no.key))
            return None
        return Done(T("msg.application_attach.waiting"))

    def ask(self, do: Services) -> Ask:
        choices = (Choice("apply", T("btn.apply")), Choice("~menu", T("btn.menu")))
        return Ask(T("msg.application_attach.no_application"), choices)

    def answer(self, said: Said, do: Services) -> Move:
        return application_add.Precheck(self.child)


# In the chats of who filed it.


@step("application_attach.approve")
@dataclass(frozen=True)
class Approve(Step):
    """[Allow], after a fresh code: the request is read anew, and must be theirs and open."""

    life: ClassVar[Life] = Life.LEGAL
    needs: ClassVar[Trust] = Trust.STEP_UP

    access: int

    def enter(self, do: Services) -> Move:
        number = family.allow(do, self.access)
        if number is None:
            return Return(T("msg.common.object_gone"))
        return Return(T("msg.application_attach.done", app_number=number))


@step("application_attach.refuse")
@dataclass(frozen=True)
class Deny(Step):
    """[Refuse] needs no code: nothing opens."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    access: int

    def enter(self, do: Services) -> Move:
        done = family.deny(do, self.access)
        return Return(T("msg.application_attach.refused" if done else "msg.common.object_gone"))
