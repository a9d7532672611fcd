"""The chats of an account: a second messenger joined by a one-time link, approved in the first; unlinked (flow 1.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from dialogs import login
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Call, Done, Go, Life, Move, Return, Step, step
from dialogs.engine.texts import T, Text
from services import invitations
from services.invitations import OtherChat
from services.profile import must_be_settled
from services.services import Services
from services.trust import Trust

NEW: Final = Choice("new", T("btn.new_link"))


@step("channel_link.home")
@dataclass(frozen=True)
class Home(Step):
    """The chats of this account, and the way to another one."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    def ask(self, do: Services) -> Ask:
        chats = do.invitations.chats()
        rows = tuple(
            Choice(f"c{chat.id}", T("label.name", name=chat.channel), description=_described(chat))
            for chat in chats
            if not chat.is_here
        )
        return Ask(T("msg.channel_link.home", count=len(chats)), (*rows, Choice("add", T("btn.connect"))))

    def answer(self, said: Said, do: Services) -> Move:
        return Start() if said.choice == "add" else Card(int(said.choice.removeprefix("c")))


def _described(chat: OtherChat) -> Text:
    if chat.heard_at is None:
        return T("msg.channel_link.never", phone_masked=chat.phone_masked)
    return T("msg.channel_link.seen", phone_masked=chat.phone_masked, at=chat.heard_at)


@step("channel_link.card")
@dataclass(frozen=True)
class Card(Step):
    """One other chat, and the way to take it away."""

    life: ClassVar[Life] = Life.LEGAL
    needs: ClassVar[Trust] = Trust.STEP_UP

    chat: int

    def enter(self, do: Services) -> Move | None:
        return None if _chat(do, self.chat) else Go(Home(), T("msg.common.object_gone"))

    def ask(self, do: Services) -> Ask:
        chat = _chat(do, self.chat)
        name = chat.channel if chat else "—"
        choices = (Choice("unlink", T("btn.disconnect")), Choice("keep", T("btn.keep")))
        return Ask(T("msg.channel_link.unlink", channel=name), choices, legal=True)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "keep":
            return Home()
        must_be_settled(do)
        if _chat(do, self.chat) is None:
            return Go(Home(), T("msg.common.object_gone"))
        do.invitations.unlink(self.chat)
        do.audit.note("chat.unlinked", str(self.chat))
        return Done(T("msg.channel_link.unlinked"), to=Home())


def _chat(do: Services, chat: int) -> OtherChat | None:
    return next((item for item in do.invitations.chats() if item.id == chat and not item.is_here), None)


@step("channel_link.start")
@dataclass(frozen=True)
class Start(Step):
    """A one-time link for the other messenger, after a fresh code."""

    needs: ClassVar[Trust] = Trust.STEP_UP

    def enter(self, do: Services) -> Move:
        invitation, payload = invitations.invite(do)
        return Wait(invitation, payload)


@step("channel_link.wait")
@dataclass(frozen=True)
class Wait(Step):
    """The link, as words and as a picture to point a phone at; the other chat's answer comes by itself."""

    life: ClassVar[Life] = Life.SECRET
    needs: ClassVar[Trust] = Trust.VERIFIED

    invitation: int
    payload: str

    def expects(self, said: Said) -> bool:
        return said.purpose == "link_claimed" and said.text == str(self.invitation)

    def lapsed(self, do: Services) -> Step:
        return Home()

    def ask(self, do: Services) -> Ask:
        channel, link = do.doorway(self.payload)
        key = "msg.channel_link.start" if "://" in link else "msg.channel_link.start_words"
        picture = f"qr:{link}" if do.chat.shows_codes else ""
        return Ask(T(key, channel=channel, link=link), (NEW,), awaits=Awaits.NOTHING, shows=picture)

    def answer(self, said: Said, do: Services) -> Move:
        return Confirm(self.invitation) if said.heard is Heard.EVENT else Start()


@step("channel_link.confirm")
@dataclass(frozen=True)
class Confirm(Step):
    """Somebody opened the link: is it you?"""

    life: ClassVar[Life] = Life.LEGAL
    needs: ClassVar[Trust] = Trust.VERIFIED

    invitation: int

    def enter(self, do: Services) -> Move | None:
        return None if invitations.is_waiting(do, self.invitation) else Return(T("msg.channel_link.code_expired"))

    def ask(self, do: Services) -> Ask:
        chat = do.invitations.claimant(self.invitation)
        channel, phone = (chat.channel, chat.phone_masked) if chat else ("—", "—")
        choices = (Choice("yes", T("btn.yes")), Choice("no", T("btn.no")))
        return Ask(T("msg.channel_link.confirm", channel=channel, phone_masked=phone), choices, legal=True)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "no":
            invitations.refuse(do, self.invitation)
            return Done(T("msg.channel_link.refused"), to=Home())
        if not invitations.approve(do, self.invitation):
            return Go(Home(), T("msg.channel_link.code_expired"))
        return Prefer(self.invitation)


@step("channel_link.prefer")
@dataclass(frozen=True)
class Prefer(Step):
    """Where reminders go from now on."""

    needs: ClassVar[Trust] = Trust.VERIFIED
    no_return: ClassVar[bool] = True

    invitation: int

    def ask(self, do: Services) -> Ask:
        other = do.invitations.claimant(self.invitation)
        there = (Choice("there", T("label.name", name=other.channel)),) if other else ()
        return Ask(T("msg.channel_link.prefer"), (Choice("here", T("btn.here")), *there, Choice("both", T("btn.both"))))

    def answer(self, said: Said, do: Services) -> Move:
        chats = do.invitations.chats()
        other = do.invitations.claimant(self.invitation)
        here = next((chat for chat in chats if chat.is_here), None)
        chosen = {"here": here, "there": other, "both": None}[said.choice]
        do.invitations.remind_only(chosen.id if chosen else None)
        both = T("btn.both")
        preferred = T("label.name", name=chosen.channel) if chosen else both
        channel = other.channel if other else "—"
        return Done(T("msg.link.done", channel=channel, preferred_channel=preferred))


def laid(said: Said, at: Step) -> Move | None:
    """A claim that comes after the link was left is asked about all the same, over whatever stands."""
    return Call(Confirm(int(said.text)), then=at) if said.purpose == "link_claimed" and said.text.isdigit() else None


@step("channel_link.not_me")
@dataclass(frozen=True)
class NotMe(Step):
    """[Not me] under the news of a new chat: that chat is out at once (T19)."""

    needs: ClassVar[Trust] = Trust.LINKED

    binding: int

    def enter(self, do: Services) -> Move:
        gone = invitations.cut_off(do, self.binding)
        return Return(T("msg.channel_link.cut_off" if gone else "msg.channel_link.cut_off_over"))


# In the other chat.


@step("channel_link.claim")
@dataclass(frozen=True)
class Claim(Step):
    """The link was opened here: join that account?"""

    life: ClassVar[Life] = Life.SECRET

    code: str
    invitation: int = 0
    owner: str = ""

    def enter(self, do: Services) -> Move | None:
        if self.invitation:
            return None
        found = invitations.found(do, self.code)
        if found is None:
            return Done(T("msg.channel_link.code_expired"))
        mine = do.accounts.mine()
        if mine is not None:
            is_same = mine.person == found.person
            return Done(T("msg.channel_link.already")) if is_same else login.OtherAccount()
        return Claim(self.code, found.id, found.owner_masked)

    def lapsed(self, do: Services) -> Step:
        return Claim(self.code)

    def ask(self, do: Services) -> Ask:
        choices = (Choice("join", T("btn.connect")), Choice("not_me", T("btn.not_me")))
        return Ask(T("msg.channel_link.claim", name_masked=self.owner), choices)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "not_me":
            return Done(T("msg.channel_link.not_me"))
        if invitations.found(do, self.code) is None:
            return Done(T("msg.channel_link.code_expired"))
        do.invitations.claim(self.invitation)
        return Done(T("msg.channel_link.claimed"))
