"""Login by a code to the account's phone (flow 1.5, this one door)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs import codes, registration
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Done, Life, Move, Step, step
from dialogs.engine.texts import T
from services.codes import Purpose
from services.phones import Phone
from services.services import Services


@step("login.gate")
@dataclass(frozen=True)
class Gate(Step):
    """Something behind login was asked for: log in, or register first."""

    def ask(self, do: Services) -> Ask:
        return Ask(
            T("msg.login.gate"),
            (
                Choice("login", T("btn.login")),
                Choice("register", T("btn.register")),
                Choice("~menu", T("btn.menu")),
            ),
        )

    def answer(self, said: Said, do: Services) -> Move:
        return Ident() if said.choice == "login" else registration.AskPhone()


@step("login.ident")
@dataclass(frozen=True)
class Ident(Step):
    """The account's phone."""

    life: ClassVar[Life] = Life.DRAFT

    def ask(self, do: Services) -> Ask:
        own = do.chat.own_phone
        if own is not None:
            text = T("msg.login.use_chat_number", phone_masked=own.masked)
            return Ask(text, (Choice("own", T("btn.yes")),), awaits=Awaits.PHONE, example="8 747 123 45 67")
        return Ask(T("msg.login.ident_phone"), awaits=Awaits.PHONE, example="8 747 123 45 67")

    def answer(self, said: Said, do: Services) -> Move:
        return SendCode(phone=registration.phone_said(said, do))


@step("login.send_code")
@dataclass(frozen=True)
class SendCode(codes.SendCode):
    """A code goes out whether or not an account exists: the answer comes after the code (T18)."""

    purpose: ClassVar[Purpose] = Purpose.LOGIN

    phone: Phone

    def phone_of(self, do: Services) -> Phone:
        return self.phone

    def typed(self) -> Step:
        return TypeCode(phone=self.phone)

    def other_number(self) -> Step:
        return Ident()


@step("login.code")
@dataclass(frozen=True)
class TypeCode(codes.TypeCode):
    """The right code opens the account of this phone, if there is one."""

    purpose: ClassVar[Purpose] = Purpose.LOGIN

    phone: Phone

    def sender(self) -> SendCode:
        return SendCode(phone=self.phone)

    def right(self, do: Services) -> Move:
        person = do.accounts.by_phone(self.phone)
        if person is None:
            return NoAccount()
        do.accounts.take_chat_to(person)
        do.chats.proved_by_code()
        do.audit.note("login.by_code")
        return Remember(told=do.chats.tell_others("msg.security.login") > 0)


@step("login.no_account")
@dataclass(frozen=True)
class NoAccount(Step):
    """The phone is proved and has no account: said to its owner only."""

    no_return: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        choices = (
            Choice("register", T("btn.register")),
            Choice("other", T("btn.other_number")),
            Choice("~menu", T("btn.menu")),
        )
        return Ask(T("msg.login.no_account"), choices)

    def answer(self, said: Said, do: Services) -> Move:
        return Ident() if said.choice == "other" else registration.AskPhone()


@step("login.remember")
@dataclass(frozen=True)
class Remember(Step):
    """Thirty days, or this time only."""

    no_return: ClassVar[bool] = True

    told: bool = False

    def ask(self, do: Services) -> Ask:
        choices = (Choice("yes", T("btn.yes")), Choice("only_now", T("btn.only_now")))
        return Ask(T("msg.registration.remember"), choices)

    def answer(self, said: Said, do: Services) -> Move:
        registration.remember(do, yes=said.choice == "yes")
        account = do.accounts.mine()
        key = "msg.login.greet_told" if self.told else "msg.login.greet"
        return Done(T(key, first_name=account.called if account else ""))
