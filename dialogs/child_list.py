"""My children: the list, a card, and leaving the list."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import ClassVar, Final

from dialogs import application_add, child_add, family_access
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Done, Go, Life, Move, Step, step
from dialogs.engine.texts import N, T, Text
from services import accounts, ages, applications
from services.children import Child
from services.names import PersonName
from services.services import Services
from services.trust import Trust

PAGE: Final = 8


@step("child_list.home")
@dataclass(frozen=True)
class Home(Step):
    """One row per child; more than eight are paged, and after the last page comes the first."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    page: int = 0

    def ask(self, do: Services) -> Ask:
        listed = do.children.all()
        shared = _shared(do)
        if not listed:
            choices = (Choice("add", T("btn.add_child")), Choice("~menu", T("btn.menu")))
            return Ask(T("msg.child_list.empty"), choices, notes=shared)
        first = self.page % ceil(len(listed) / PAGE) * PAGE
        rows = tuple(
            Choice(f"c{child.id}", T("label.name", name=_name(child, do).short), description=_age(child, do))
            for child in listed[first : first + PAGE]
        )
        more = (Choice("more", T("btn.more")),) if len(listed) > PAGE else ()
        # A page of nine has no room for it on WhatsApp; the word "family" opens it all the same.
        family = () if more else (Choice("family", T("r_family")),)
        choices = (*rows, *more, Choice("add", T("btn.add_child")), *family)
        return Ask(N("msg.child_list.home", len(listed)), choices, notes=shared)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "add":
            return child_add.AskIin()
        if said.choice == "family":
            return family_access.Home()
        if said.choice == "more":
            return Home(self.page + 1)
        child = do.children.get(int(said.choice.removeprefix("c")))
        return Card(child.id) if child else Go(Home(), T("msg.common.object_gone"))


@step("child_list.card")
@dataclass(frozen=True)
class Card(Step):
    """One child: age, the group year on 31 December, and what can be done."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    child: int

    def enter(self, do: Services) -> Move | None:
        return None if do.children.get(self.child) else Go(Home(), T("msg.common.object_gone"))

    def ask(self, do: Services) -> Ask:
        child = do.children.get(self.child)
        if child is None:
            return Ask(T("msg.common.object_gone"), (Choice("list", T("btn.my_children")),))
        text = T(
            "msg.child_list.card",
            name=_name(child, do).full,
            birth_date=child.born,
            age=_age(child, do),
            group_age=N("years", ages.group_year(child.born, do.today)),
            year=do.today.year,
            nationality=child_add.nationality_text(child.nationality),
            iin_masked=child.iin.masked,
        )
        choices = (
            Choice("apply", T("btn.apply")),
            Choice("remove", T("btn.remove_from_list")),
            Choice("list", T("btn.my_children")),
        )
        return Ask(text, choices)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "apply":
            return application_add.Precheck(self.child)
        if said.choice == "remove":
            return _stays(self.child, do) or Remove(self.child)
        return Home()


@step("child_remove.confirm")
@dataclass(frozen=True)
class Remove(Step):
    """Leave the list; the history is kept."""

    life: ClassVar[Life] = Life.LEGAL
    needs: ClassVar[Trust] = Trust.VERIFIED

    child: int

    def enter(self, do: Services) -> Move | None:
        return None if do.children.get(self.child) else Go(Home(), T("msg.common.object_gone"))

    def ask(self, do: Services) -> Ask:
        child = do.children.get(self.child)
        name = _name(child, do).short if child else "—"
        choices = (Choice("yes", T("btn.remove_yes")), Choice("keep", T("btn.keep")))
        return Ask(T("msg.child_remove.confirm", child=name), choices, legal=True)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "keep":
            return Card(self.child)
        if do.children.get(self.child) is None:
            return Go(Home(), T("err.already_done"))
        if (stays := _stays(self.child, do)) is not None:
            return stays
        do.children.remove(self.child)
        do.audit.note("child.removed", str(self.child))
        return Done(T("msg.child_remove.done"), to=Home())


def _stays(child: int, do: Services) -> Move | None:
    """A child with an application under way stays on the list."""
    active = applications.active_of(do, child)
    if not active:
        return None
    begun = T("object.application", app_number=active[0].number)
    return Go(Card(child), T("err.child.has_active", object=begun))


def _shared(do: Services) -> tuple[Text, ...]:
    """Return a line about children of others whose applications are shared with this person, named as far as that."""
    from dialogs import application_details

    shared = [item for item in do.applications.mine() if not item.is_mine and not item.is_over]
    own = {_name(child, do).short for child in do.children.all()}
    names = dict.fromkeys(application_details.child_name(item, do) for item in shared)
    others = ", ".join(name for name in names if name not in own)
    return (T("msg.child_list.shared", children=others),) if others else ()


def _name(child: Child, do: Services) -> PersonName:
    return accounts.shown(do, child.name)


def _age(child: Child, do: Services) -> Text:
    years, months = ages.years_and_months(child.born, do.today)
    if not years or not months:
        return N("years", years) if years else N("months", months)
    return T("label.age", years=N("years", years), months=N("months", months))
