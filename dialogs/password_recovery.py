"""A forgotten password: phone, IIN, consent, code, new password; nothing is disclosed on the way (flow 1.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs import codes, login, new_password, policy_consent, registration
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Done, Go, Life, Move, Step, step
from dialogs.engine.texts import T
from services import accounts
from services.codes import LIVES, RESEND_AFTER, Purpose
from services.iin import Iin
from services.phones import Phone
from services.services import Services


@step("password_recovery.ask_phone")
@dataclass(frozen=True)
class AskPhone(Step):
    """The phone of the account."""

    life: ClassVar[Life] = Life.SECRET

    def enter(self, do: Services) -> Move | None:
        return None if do.chat.has_pages else Done(T("msg.password_recovery.no_pages"))

    def ask(self, do: Services) -> Ask:
        own = do.chat.own_phone
        if own is not None:
            text = T("msg.login.use_chat_number", phone_masked=own.masked)
            return Ask(text, (Choice("own", T("btn.yes")),), awaits=Awaits.PHONE, example="8 747 123 45 67")
        return Ask(T("msg.login.ident_phone"), awaits=Awaits.PHONE, example="8 747 123 45 67")

    def answer(self, said: Said, do: Services) -> Move:
        return AskIin(registration.phone_said(said, do))


@step("password_recovery.ask_iin")
@dataclass(frozen=True)
class AskIin(Step):
    """The IIN of the account: only its form is judged here."""

    life: ClassVar[Life] = Life.SECRET

    phone: Phone

    def lapsed(self, do: Services) -> Step:
        return AskPhone()

    def ask(self, do: Services) -> Ask:
        typed = do.chat.may_type_ids
        return Ask(
            T("msg.reg.ask_iin" if typed else "msg.reg.ask_iin_page"),
            awaits=Awaits.IIN,
            page=None if typed else "iin",
            example="930427…",
            hint=T("hint.iin"),
            picture="id_card",
        )

    def answer(self, said: Said, do: Services) -> Move:
        iin = Iin.parse(registration.id_said(said, do))
        accounts.must_be_parents(iin, do.today)
        return policy_consent.before(SendCode(phone=self.phone, iin=iin), do)


@step("password_recovery.send_code")
@dataclass(frozen=True)
class SendCode(codes.SendCode):
    """The code goes out only where phone and IIN name one account; to who asks it looks the same (T18)."""

    life: ClassVar[Life] = Life.SECRET
    purpose: ClassVar[Purpose] = Purpose.RECOVERY

    phone: Phone
    iin: Iin

    def phone_of(self, do: Services) -> Phone:
        return self.phone

    def goes_out(self, do: Services) -> bool:
        return accounts.named_by(do, self.phone, self.iin) is not None

    def typed(self) -> Step:
        return TypeCode(phone=self.phone, iin=self.iin)

    def other_number(self) -> Step:
        return AskPhone()

    def lapsed(self, do: Services) -> Step:
        return AskPhone()


@step("password_recovery.code")
@dataclass(frozen=True)
class TypeCode(codes.TypeCode):
    """The right code proves the phone; whose account it is was never said."""

    purpose: ClassVar[Purpose] = Purpose.RECOVERY
    sent: ClassVar[str] = "msg.password_recovery.send_code"
    waiting: ClassVar[str] = "msg.password_recovery.waiting"

    phone: Phone
    iin: Iin

    def sender(self) -> SendCode:
        return SendCode(phone=self.phone, iin=self.iin)

    def lapsed(self, do: Services) -> Step:
        # A long pause forgets phone and IIN; a spent code only asks for the next one.
        return AskPhone() if self._is_old(do) else codes.TypeCode.lapsed(self, do)

    def _is_old(self, do: Services) -> bool:
        code = do.codes.latest(self.purpose)
        return code is not None and do.now >= code.sent_at + 2 * LIVES

    def right(self, do: Services) -> Move:
        if accounts.named_by(do, self.phone, self.iin) is None:  # somebody guessed a code that was never sent
            return Go(self.lapsed(do), T("err.code.expired", seconds=round(RESEND_AFTER.total_seconds())))
        return AskPassword(self.phone, self.iin)


@step("password_recovery.password")
@dataclass(frozen=True)
class AskPassword(Step):
    """The new password, on the secure page only; with it every chat of the account must prove itself anew."""

    life: ClassVar[Life] = Life.SECRET
    no_return: ClassVar[bool] = True

    phone: Phone
    iin: Iin

    def lapsed(self, do: Services) -> Step:
        return AskPhone()

    def ask(self, do: Services) -> Ask:
        return new_password.QUESTION

    def answer(self, said: Said, do: Services) -> Move:
        chosen = new_password.hash_of(said, self.iin, self.phone)
        if not accounts.recover(do, self.phone, self.iin, chosen):
            return Done(T("err.code.expired", seconds=round(RESEND_AFTER.total_seconds())))
        return Recovered()


@step("password_recovery.done")
@dataclass(frozen=True)
class Recovered(Step):
    """Changed; who asked is no guest of the account yet: log in."""

    no_return: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.password_recovery.done"), (Choice("login", T("btn.login")), Choice("~menu", T("btn.menu"))))

    def answer(self, said: Said, do: Services) -> Move:
        return login.Choose()
