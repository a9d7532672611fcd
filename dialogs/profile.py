"""The profile: what is known, the registry asked anew, phone, password and login name (flow 1.8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from dialogs import (
    channel_link,
    codes,
    data_deletion,
    email_change,
    language_switch,
    locality_switch,
    logout,
    new_password,
    registration,
)
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Call, Done, Go, Life, Move, Step, step
from dialogs.engine.texts import T, Text
from services import accounts, localities, logins, profile, registry
from services.accounts import Account
from services.codes import Purpose
from services.logins import Ident, LoginName, Way
from services.phones import Phone
from services.refused import Refused
from services.registry import Belongs, Down, Found, NotFound, Pending, RegistryPerson, Status
from services.services import Services
from services.trust import Trust


@step("profile.home")
@dataclass(frozen=True)
class Home(Step):
    """What is known of me, and what I can change."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    def ask(self, do: Services) -> Ask:
        account = do.accounts.mine()
        if account is None:
            return Ask(T("msg.common.object_gone"), (Choice("logout", T("r_logout")),))
        name = accounts.shown(do, account.name)
        email = do.logins.email()
        text = T(
            "msg.profile.home",
            full_name=name.full,
            sex=registration.sex_text(account.sex),
            birth_date=account.born if account.confirmed else "—",
            phone_masked=account.phone.masked,
            email_masked=email.masked if email else "—",
            login=do.logins.name() or "—",
            locality=localities.shown(do.places, do.language),
        )
        rows = (
            Choice("phone", T("r_phone")),
            Choice("email", T("r_email")),
            Choice("login", T("r_login_name")),
            Choice("password", T("r_password")),
            Choice("language", T("r_lang")),
            Choice("city", T("r_city")),
            Choice("channels", T("r_channels")),
            Choice("mydata", T("r_mydata")),
            Choice("refresh", T("btn.refresh")),
            Choice("logout", T("r_logout")),
        )
        return Ask(text, rows)

    def answer(self, said: Said, do: Services) -> Move:
        doors: dict[str, Move] = {
            "phone": ChangePhone(),
            "email": Call(email_change.AskEmail(), then=Home()),
            "login": AskLogin(),
            "password": AskPassword(),
            "language": Call(language_switch.AskLanguage(), then=Home()),
            "city": locality_switch.Search(),
            "channels": channel_link.Home(),
            "mydata": data_deletion.Overview(),
            "refresh": Refresh(),
            "logout": logout.Confirm(),
        }
        return doors[said.choice]


def _mine(do: Services) -> Account:
    account = do.accounts.mine()
    if account is None:
        raise RuntimeError("a profile needs an account")
    return account


# The registry asked anew.


@step("profile.refresh_registry")
@dataclass(frozen=True)
class Refresh(Step):
    """What the registry says now, shown beside what is known; taken over only when the person says so."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    person: RegistryPerson | None = None
    #: "", "waiting", "same", "not_found" or "down".
    trouble: str = ""
    ticket: str = ""

    def enter(self, do: Services) -> Move | None:
        if self.person or self.trouble:
            return None
        account = _mine(do)
        return self._after(do.registry.parent(iin=account.iin, document=account.document, phone=account.phone), do)

    def expects(self, said: Said) -> bool:
        return self.trouble == "waiting" and said.text == self.ticket

    def lapsed(self, do: Services) -> Step:
        return replace(self, trouble="") if self.trouble == "waiting" else self

    def ask(self, do: Services) -> Ask:
        if self.trouble == "waiting":
            return Ask(T("msg.common.registry_wait"), awaits=Awaits.NOTHING)
        if self.person is None:
            return Ask(T("err.registry_slow"), (Choice("again", T("btn.again")), Choice("keep", T("btn.keep"))))
        notes = tuple(
            T("msg.profile.difference", field=_field(item.field), before=item.before, after=item.after)
            for item in profile.differences(do, self.person)
        )
        choices = (Choice("take", T("btn.all_correct")), Choice("keep", T("btn.has_error")))
        return Ask(T("msg.profile.changed"), choices, notes=notes)

    def answer(self, said: Said, do: Services) -> Move:
        if said.heard is Heard.EVENT:
            return self._after(registry.from_values(dict(said.values)), do)
        if said.choice == "again":
            return Refresh()
        if said.choice == "keep" or self.person is None:
            return Go(Home(), T("msg.profile.from_registry"))
        do.profile.take_from_registry(self.person, confirmed=self.person.belongs is Belongs.YES)
        do.audit.note("profile.refreshed")
        return Go(Home(), T("msg.profile.refreshed"))

    def _after(self, answer: registry.Answer | registry.ChildAnswer, do: Services) -> Move:
        match answer:
            case Found(person=person) if person.status is Status.ACTIVE and profile.differences(do, person):
                return replace(self, person=person, trouble="")
            case Found() | NotFound():
                return Go(Home(), T("msg.profile.same"))
            case Pending(ticket=ticket):
                return replace(self, trouble="waiting", ticket=ticket)
            case Down():
                return replace(self, trouble="down")
        raise RuntimeError("the registry answered something else")  # pragma: no cover


def _field(name: str) -> Text:
    return {
        "last_name": T("field.last_name"),
        "first_name": T("field.first_name"),
        "middle_name": T("field.middle_name"),
        "birth_date": T("field.birth_date"),
    }[name]


# The phone: a code to the old number, then a code to the new one.


@step("profile.change_phone")
@dataclass(frozen=True)
class ChangePhone(Step):
    """Not in a chat that came to the account today (T19)."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    def enter(self, do: Services) -> Move:
        profile.must_be_settled(do)
        return AskPhone()


@step("profile.ask_phone")
@dataclass(frozen=True)
class AskPhone(Step):
    """The new number; the old one was proved a moment ago. Who has lost it calls the operator."""

    life: ClassVar[Life] = Life.DRAFT
    needs: ClassVar[Trust] = Trust.STEP_UP

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.profile.ask_phone"), awaits=Awaits.PHONE, example="8 747 123 45 67")

    def answer(self, said: Said, do: Services) -> Move:
        phone = registration.phone_said(said, do)
        if phone == _mine(do).phone:
            raise Refused("err.phone.same")
        return SendCode(phone=phone)


@step("profile.send_code")
@dataclass(frozen=True)
class SendCode(codes.SendCode):
    """To the new number."""

    purpose: ClassVar[Purpose] = Purpose.PHONE
    needs: ClassVar[Trust] = Trust.VERIFIED

    phone: Phone

    def phone_of(self, do: Services) -> Phone:
        return self.phone

    def typed(self) -> Step:
        return TypeCode(phone=self.phone)

    def other_number(self) -> Step:
        return AskPhone()


@step("profile.code")
@dataclass(frozen=True)
class TypeCode(codes.TypeCode):
    """The right code makes the new number the account's."""

    purpose: ClassVar[Purpose] = Purpose.PHONE
    needs: ClassVar[Trust] = Trust.VERIFIED

    phone: Phone

    def sender(self) -> SendCode:
        return SendCode(phone=self.phone)

    def right(self, do: Services) -> Move:
        profile.change_phone(do, self.phone)
        return Done(T("msg.profile.phone_done", phone_masked=self.phone.masked), to=Home())


# Password and login name.


@step("profile.password")
@dataclass(frozen=True)
class AskPassword(Step):
    """A new password, on the secure page only, after a code."""

    life: ClassVar[Life] = Life.SECRET
    needs: ClassVar[Trust] = Trust.STEP_UP

    def enter(self, do: Services) -> Move | None:
        return None if do.chat.has_pages else Go(Home(), T("msg.password_recovery.no_pages"))

    def lapsed(self, do: Services) -> Step:
        return Home()

    def ask(self, do: Services) -> Ask:
        return new_password.QUESTION

    def answer(self, said: Said, do: Services) -> Move:
        account = _mine(do)
        do.accounts.set_password(new_password.hash_of(said, account.iin, account.phone))
        do.audit.note("password.changed")
        do.chats.tell_others("msg.security.password_changed")
        return Done(T("msg.profile.password_done"), to=Home())


@step("profile.login_name")
@dataclass(frozen=True)
class AskLogin(Step):
    """A login name of one's own choice; without it that door does not open this account."""

    life: ClassVar[Life] = Life.DRAFT
    needs: ClassVar[Trust] = Trust.STEP_UP

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.profile.ask_login"), awaits=Awaits.TEXT, example="aigerim.s")

    def answer(self, said: Said, do: Services) -> Move:
        name = LoginName.parse(said.text)
        logins.must_be_free(do, Ident(Way.LOGIN, name.text))
        do.logins.set_name(name)
        do.audit.note("login_name.set")
        return Done(T("msg.profile.login_done", login=name.text), to=Home())
