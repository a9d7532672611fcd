"""The e-mail: typed, a slip of the hand offered mended, proved by a code (flow 1.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs import codes
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Go, Life, Move, Return, Step, step
from dialogs.engine.texts import T
from services import logins
from services.codes import Purpose
from services.emails import Email
from services.logins import Ident, Way
from services.refused import Refused
from services.services import Services
from services.trust import Trust


@step("email_change.ask")
@dataclass(frozen=True)
class AskEmail(Step):
    """Who replaces an address proves themselves first: it opens the account."""

    life: ClassVar[Life] = Life.DRAFT
    needs: ClassVar[Trust] = Trust.VERIFIED

    def enter(self, do: Services) -> Move | None:
        if not do.chat.has_mail:
            return Return(T("msg.email_change.no_mail"))
        return Replace() if do.logins.email() and do.chat.trust < Trust.STEP_UP else None

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.email_change.ask"), awaits=Awaits.TEXT, example="aigerim@mail.kz")

    def answer(self, said: Said, do: Services) -> Move:
        email = Email.parse(said.text)
        meant = email.meant
        return Suggest(email, meant) if meant else SendCode(email=email)


@step("email_change.replace")
@dataclass(frozen=True)
class Replace(Step):
    """An address that opens the account is replaced after a fresh code only."""

    needs: ClassVar[Trust] = Trust.STEP_UP

    def enter(self, do: Services) -> Move:
        return AskEmail()


@step("email_change.suggest")
@dataclass(frozen=True)
class Suggest(Step):
    """`gmial.com`: what was meant?"""

    life: ClassVar[Life] = Life.DRAFT
    needs: ClassVar[Trust] = Trust.VERIFIED

    email: Email
    meant: Email

    def ask(self, do: Services) -> Ask:
        choices = (Choice("fix", T("btn.fix")), Choice("keep", T("btn.keep")))
        return Ask(T("msg.email_change.suggest", email=self.meant.masked), choices)

    def answer(self, said: Said, do: Services) -> Move:
        return SendCode(email=self.meant if said.choice == "fix" else self.email)


@step("email_change.send_code")
@dataclass(frozen=True)
class SendCode(codes.SendCode):
    """A code goes out whether or not another account has the address: that is told after the code (T18)."""

    purpose: ClassVar[Purpose] = Purpose.EMAIL
    needs: ClassVar[Trust] = Trust.VERIFIED

    email: Email

    def phone_of(self, do: Services) -> Email:
        return self.email

    def typed(self) -> Step:
        return TypeCode(email=self.email)

    def other_number(self) -> Step:
        return AskEmail()


@step("email_change.code")
@dataclass(frozen=True)
class TypeCode(codes.TypeCode):
    """The right code proves the address."""

    purpose: ClassVar[Purpose] = Purpose.EMAIL
    needs: ClassVar[Trust] = Trust.VERIFIED
    sent: ClassVar[str] = "msg.email_change.code"
    waiting: ClassVar[str] = "msg.email_change.waiting"
    wrong: ClassVar[str] = "err.email.code"

    email: Email

    def sender(self) -> SendCode:
        return SendCode(email=self.email)

    def right(self, do: Services) -> Move:
        try:
            logins.must_be_free(do, Ident(Way.EMAIL, self.email.text))
        except Refused as no:
            return Go(AskEmail(), T(no.key))
        do.logins.set_email(self.email)
        do.audit.note("email.set")
        do.chats.tell_others("msg.security.email")
        return Return(T("msg.email_change.done"))
