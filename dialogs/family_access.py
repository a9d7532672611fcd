"""Who else sees my applications: invited by a link for a day, seen in a list, taken away (flow 1.45)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from dialogs import channel_link
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Done, Go, Life, Move, Step, step
from dialogs.engine.texts import T, Text
from services import family
from services.family import Access, Role
from services.services import Services
from services.trust import Trust

_ROLES: Final = {Role.PARENT: T("role.parent"), Role.HELPER: T("role.helper")}


@step("family_access.home")
@dataclass(frozen=True)
class Home(Step):
    """Who sees what is mine, and whose I see."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    def ask(self, do: Services) -> Ask:
        given, got = do.family.given(), do.family.got()
        rows = (
            *(Choice(f"a{item.id}", T("label.name", name=item.member_masked), _role(item)) for item in given),
            *(Choice(f"a{item.id}", T("label.name", name=item.owner_masked), T("role.shown_to_me")) for item in got),
        )
        text = T("msg.family_access.home") if rows else T("msg.family_access.nobody")
        return Ask(text, (*rows, Choice("invite", T("btn.invite"))))

    def answer(self, said: Said, do: Services) -> Move:
        return Invite() if said.choice == "invite" else Card(int(said.choice.removeprefix("a")))


def _role(access: Access) -> Text:
    return _ROLES[access.role]


@step("family_access.invite")
@dataclass(frozen=True)
class Invite(Step):
    """A second parent, or a helper who sees and cannot confirm."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    def ask(self, do: Services) -> Ask:
        choices = (Choice("parent", T("btn.other_parent")), Choice("helper", T("btn.helper")))
        return Ask(T("msg.family_access.invite"), choices)

    def answer(self, said: Said, do: Services) -> Move:
        return Link(said.choice)


@step("family_access.link")
@dataclass(frozen=True)
class Link(Step):
    """The link, after a fresh code: for one person, for a day."""

    needs: ClassVar[Trust] = Trust.STEP_UP

    role: str
    #: Nothing: all applications.
    application: int = 0

    def enter(self, do: Services) -> Move:
        if self.application:
            mine = do.applications.get(self.application)
            if mine is None or mine.seen_as is not Role.OWNER:
                return Go(Home(), T("msg.common.object_gone"))
        payload = family.invite(do, Role(self.role), self.application or None)
        channel, link = do.doorway(payload)
        key = "msg.family_access.link" if "://" in link else "msg.family_access.words"
        return Done(T(key, link=link, channel=channel), to=Home())


@step("family_access.card")
@dataclass(frozen=True)
class Card(Step):
    """One right, given or had, and the way to end it."""

    life: ClassVar[Life] = Life.LEGAL
    needs: ClassVar[Trust] = Trust.STEP_UP

    access: int

    def enter(self, do: Services) -> Move | None:
        return None if _mine(do, self.access) else Go(Home(), T("msg.common.object_gone"))

    def ask(self, do: Services) -> Ask:
        found = _mine(do, self.access)
        name, role = (found.member_masked, _role(found)) if found else ("—", T("role.helper"))
        if found in do.family.got():
            name, role = (found.owner_masked if found else "—"), T("role.shown_to_me")
        choices = (Choice("revoke", T("btn.disconnect")), Choice("keep", T("btn.keep")))
        return Ask(T("msg.family_access.card", name_masked=name, role=role), choices, legal=True)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "keep":
            return Home()
        done = family.revoke(do, self.access)
        return Done(T("msg.family_access.revoked" if done else "msg.common.object_gone"), to=Home())


def _mine(do: Services, access: int) -> Access | None:
    return next((item for item in (*do.family.given(), *do.family.got()) if item.id == access), None)


def claimed(code: str) -> Step:
    """Return where the word of a link leads: into somebody's account, or to what somebody shares."""
    return Accept(code) if code.startswith(family.PREFIX) else channel_link.Claim(code)


# Whoever was invited.


@step("family_access.accept")
@dataclass(frozen=True)
class Accept(Step):
    """The link was opened here: what will be seen, and whose it is."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    code: str

    def enter(self, do: Services) -> Move | None:
        return None if family.invited(do, self.code) else Done(T("msg.channel_link.code_expired"))

    def ask(self, do: Services) -> Ask:
        found = do.family.by_code(self.code.removeprefix(family.PREFIX))
        owner = found.owner_masked if found else "—"
        text = T("msg.family_access.accept", name_masked=owner, role=_ROLES[found.role if found else Role.HELPER])
        return Ask(text, (Choice("yes", T("btn.accept")), Choice("not_me", T("btn.not_me"))), awaits=Awaits.CHOICE)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "not_me":
            return Done(T("msg.channel_link.not_me"))
        found = family.invited(do, self.code)
        if found is None or not family.accept(do, found.id):
            return Done(T("msg.channel_link.code_expired"))
        return Done(T("msg.family_access.accepted"))
