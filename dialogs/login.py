"""Login: by a code to the account's phone, or by IIN, phone, login name or e-mail and the password (flow 1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from dialogs import codes, password_recovery, policy_consent, registration
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Done, Life, Move, Step, step
from dialogs.engine.texts import T
from services import accounts, logins
from services.codes import Purpose
from services.logins import Ident as Named
from services.logins import Way
from services.phones import Phone
from services.refused import Refused
from services.services import Services
from services.trust import Trust

CODE: Final = Choice("code", T("btn.sms_code"))
FORGOT: Final = Choice("forgot", T("btn.forgot_password"))
_WAYS: Final = (
    Choice(Way.IIN.value, T("btn.by_iin")),
    Choice(Way.PHONE.value, T("btn.by_phone")),
    Choice(Way.LOGIN.value, T("btn.by_login")),
    Choice(Way.EMAIL.value, T("btn.by_email")),
)


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
        return Choose() if said.choice == "login" else registration.AskPhone()


@step("login.choose")
@dataclass(frozen=True)
class Choose(Step):
    """The ways in; who just types a phone, an IIN, an e-mail or a login name has chosen."""

    def enter(self, do: Services) -> Move | None:
        return OtherAccount() if do.chat.trust >= Trust.LINKED else None

    def ask(self, do: Services) -> Ask:
        ways = _WAYS if do.chat.has_pages else ()
        return Ask(T("msg.login.choose"), (CODE, *ways), awaits=Awaits.TEXT, example="8 747 123 45 67")

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice:
            return Ident(None if said.choice == "code" else Way(said.choice))
        way = logins.way_of(said.text)
        if way is Way.PHONE or not do.chat.has_pages:
            return SendCode(phone=Phone.parse(said.text))
        if way is Way.IIN and not do.chat.may_type_ids:
            raise Refused("msg.common.page_only")
        return Password(Named.parse(way, said.text))


@step("login.other_account")
@dataclass(frozen=True)
class OtherAccount(Step):
    """This chat is somebody's already: leave that account first."""

    needs: ClassVar[Trust] = Trust.LINKED

    def ask(self, do: Services) -> Ask:
        account = do.accounts.mine()
        name = account.name.masked if account else "—"
        choices = (Choice("leave", T("btn.logout_login")), Choice("~cancel", T("btn.cancel")))
        return Ask(T("msg.login.other_account", name_masked=name), choices)

    def answer(self, said: Said, do: Services) -> Move:
        accounts.leave(do)
        return Choose()


@step("login.ident")
@dataclass(frozen=True)
class Ident(Step):
    """What the account is called by: for a code its phone, for the password one of its names."""

    life: ClassVar[Life] = Life.DRAFT

    #: None for a code.
    way: Way | None = None

    def ask(self, do: Services) -> Ask:
        if self.way is Way.IIN:
            typed = do.chat.may_type_ids
            text = T("msg.login.ident_iin" if typed else "msg.reg.ask_iin_page")
            return Ask(
                text,
                awaits=Awaits.IIN,
                page=None if typed else "iin",
                example="930427…",
                hint=T("hint.iin"),
                picture="id_card",
            )
        if self.way is Way.LOGIN:
            return Ask(T("msg.login.ident_login"), awaits=Awaits.TEXT, example="aigerim.s")
        if self.way is Way.EMAIL:
            return Ask(T("msg.login.ident_email"), awaits=Awaits.TEXT, example="aigerim@mail.kz")
        own = do.chat.own_phone
        if own is not None:
            text = T("msg.login.use_chat_number", phone_masked=own.masked)
            return Ask(text, (Choice("own", T("btn.yes")),), awaits=Awaits.PHONE, example="8 747 123 45 67")
        return Ask(T("msg.login.ident_phone"), awaits=Awaits.PHONE, example="8 747 123 45 67")

    def answer(self, said: Said, do: Services) -> Move:
        match self.way:
            case None:
                return SendCode(phone=registration.phone_said(said, do))
            case Way.PHONE:
                return Password(Named(Way.PHONE, registration.phone_said(said, do).e164))
            case Way.IIN:
                return Password(Named.parse(Way.IIN, registration.id_said(said, do)))
            case Way.LOGIN | Way.EMAIL:
                return Password(Named.parse(self.way, said.text))


@step("login.password")
@dataclass(frozen=True)
class Password(Step):
    """The password, on the secure page only: the page makes a hash, the turn compares it (decision 0019)."""

    life: ClassVar[Life] = Life.SECRET

    ident: Named

    def enter(self, do: Services) -> Move | None:
        return None if do.chat.has_pages else Choose()

    def lapsed(self, do: Services) -> Step:
        return Choose()

    def ask(self, do: Services) -> Ask:
        return Ask(
            T("msg.login.password_page"),
            (CODE, FORGOT),
            awaits=Awaits.PASSWORD,
            page="login",
            about=do.logins.challenge(self.ident),
            ladder=False,
        )

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "code":
            return Ident()
        if said.choice == "forgot":
            return password_recovery.AskPhone()
        if said.heard is not Heard.PAGE:
            raise Refused("msg.login.password_in_chat")
        person = logins.person_of(do, self.ident, said.value("proof"))
        return let_in(do, person, by="password")


def let_in(do: Services, person: int, *, by: str) -> Move:
    """Make this chat the account's; its other chats hear of it."""
    do.accounts.take_chat_to(person)
    if by == "code":
        do.chats.proved_by_code()
    else:
        do.chats.proved_by_password()
    do.audit.note(f"login.by_{by}")
    told = do.chats.tell_others("msg.security.login", newcomer=do.chats.here) > 0
    return policy_consent.before(Remember(told=told), do)


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
        return NoAccount() if person is None else let_in(do, person, by="code")


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
