"""Registration: phone, IIN or document, consent, code, registry data, password, remembered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from dialogs import child_add, codes, login, new_password, policy_consent
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Done, Go, Life, Move, Step, step
from dialogs.engine.texts import T
from services import accounts, registry, trust
from services.codes import Purpose
from services.documents import DocumentNumber
from services.iin import Iin, Sex
from services.phones import Phone
from services.refused import Refused
from services.registry import Belongs, Down, Found, NotFound, Pending, RegistryPerson, Status
from services.services import Services


@step("registration.ask_phone")
@dataclass(frozen=True)
class AskPhone(Step):
    """The phone, shared by a button, typed, or the chat's own."""

    life: ClassVar[Life] = Life.DRAFT

    other: bool = False
    #: Known when only the number is changed: not asked for again.
    iin: Iin | None = None
    document: DocumentNumber | None = None

    def ask(self, do: Services) -> Ask:
        own = do.chat.own_phone
        if own is not None and not self.other:
            text = T("msg.registration.use_chat_number", phone_masked=own.masked)
            choices = (Choice("own", T("btn.yes")), Choice("other", T("btn.other_number")))
            return Ask(text, choices, awaits=Awaits.PHONE, example="8 747 123 45 67")
        key = "msg.reg.ask_phone" if do.chat.shares_contact else "msg.reg.ask_phone_typed"
        return Ask(T(key), awaits=Awaits.PHONE, example="8 747 123 45 67")

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "other":
            return replace(self, other=True)
        phone = phone_said(said, do)
        kept = SendCode(phone=phone, iin=self.iin, document=self.document)
        after = kept if self.iin or self.document else AskIin(phone)
        return Go(after, T("msg.reg.phone_kept", phone_masked=phone.masked))


def phone_said(said: Said, do: Services) -> Phone:
    """Return the phone an answer names; a contact counts only if the provider vouches it is the sender's."""
    if said.choice == "own" and do.chat.own_phone:
        return do.chat.own_phone
    if said.heard is Heard.CONTACT:
        if not said.own:
            raise Refused("err.phone.contact_not_yours")
        return Phone.from_contact(said.contact)
    return Phone.parse(said.text)


@step("registration.ask_iin")
@dataclass(frozen=True)
class AskIin(Step):
    """The parent's IIN; who has none gives a document number."""

    life: ClassVar[Life] = Life.DRAFT

    phone: Phone

    def ask(self, do: Services) -> Ask:
        typed = do.chat.may_type_ids
        return Ask(
            T("msg.reg.ask_iin" if typed else "msg.reg.ask_iin_page"),
            (Choice("no_iin", T("btn.no_iin")),),
            awaits=Awaits.IIN,
            page=None if typed else "iin",
            example="930427…",
            hint=T("hint.iin"),
            picture="id_card",
        )

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "no_iin":
            return AskDoc(self.phone)
        iin = Iin.parse(id_said(said, do))
        accounts.must_be_parents(iin, do.today)
        return policy_consent.before(SendCode(phone=self.phone, iin=iin), do)


def id_said(said: Said, do: Services) -> str:
    """Return the typed identifier; refuse one typed where only a secure page may take it."""
    if said.heard is Heard.PAGE:
        return said.value("value")
    if not do.chat.may_type_ids:
        raise Refused("msg.common.page_only")
    return said.text


@step("registration.ask_doc")
@dataclass(frozen=True)
class AskDoc(Step):
    """The document number of a parent without an IIN (seed 000)."""

    life: ClassVar[Life] = Life.DRAFT

    phone: Phone

    def ask(self, do: Services) -> Ask:
        typed = do.chat.may_type_ids
        return Ask(
            T("msg.registration.ask_doc" if typed else "msg.registration.ask_doc_page"),
            awaits=Awaits.DOCUMENT,
            page=None if typed else "document",
            example="N12345678",
            hint=T("hint.document"),
        )

    def answer(self, said: Said, do: Services) -> Move:
        document = DocumentNumber.parse(id_said(said, do))
        return policy_consent.before(SendCode(phone=self.phone, document=document), do)


@step("registration.send_code")
@dataclass(frozen=True)
class SendCode(codes.SendCode):
    """Registration always sends a code."""

    purpose: ClassVar[Purpose] = Purpose.REGISTRATION

    phone: Phone
    iin: Iin | None = None
    document: DocumentNumber | None = None

    def phone_of(self, do: Services) -> Phone:
        return self.phone

    def typed(self) -> Step:
        return TypeCode(phone=self.phone, iin=self.iin, document=self.document)

    def other_number(self) -> Step:
        return AskPhone(other=True, iin=self.iin, document=self.document)


@step("registration.code")
@dataclass(frozen=True)
class TypeCode(codes.TypeCode):
    """The code proves the phone; only now may anything be told about its account."""

    purpose: ClassVar[Purpose] = Purpose.REGISTRATION

    phone: Phone
    iin: Iin | None = None
    document: DocumentNumber | None = None

    def sender(self) -> SendCode:
        return SendCode(phone=self.phone, iin=self.iin, document=self.document)

    def right(self, do: Services) -> Move:
        if do.accounts.by_phone(self.phone) is not None:
            return Taken(self.phone, what="phone")
        return CheckRegistry(self.phone, self.iin, self.document)


@step("registration.taken")
@dataclass(frozen=True)
class Taken(Step):
    """An account exists; told only to who holds the phone."""

    no_return: ClassVar[bool] = True

    phone: Phone
    what: str

    def ask(self, do: Services) -> Ask:
        choices = (
            Choice("login", T("btn.login")),
            Choice("~operator", T("btn.operator")),
            Choice("~menu", T("btn.menu")),
        )
        return Ask(T(f"err.{self.what}.taken"), choices)

    def answer(self, said: Said, do: Services) -> Move:
        return login.Choose()


@step("registration.check_registry")
@dataclass(frozen=True)
class CheckRegistry(Step):
    """What the person registry says, shown for check; names masked while phone and IIN are unproved together."""

    life: ClassVar[Life] = Life.DRAFT
    no_return: ClassVar[bool] = True

    phone: Phone
    iin: Iin | None
    document: DocumentNumber | None
    person: RegistryPerson | None = None
    #: "", "waiting", "not_found", "blocked" or "down".
    trouble: str = ""
    ticket: str = ""

    def enter(self, do: Services) -> Move | None:
        if self.person or self.trouble:
            return None
        return self._after(do.registry.parent(iin=self.iin, document=self.document, phone=self.phone), do)

    def expects(self, said: Said) -> bool:
        return self.trouble == "waiting" and said.text == self.ticket

    def lapsed(self, do: Services) -> Step:
        """An answer that came while nobody stood here was let go: ask anew."""
        return replace(self, trouble="") if self.trouble == "waiting" else self

    def ask(self, do: Services) -> Ask:
        if self.person is not None:
            return _check(self.person)
        if self.trouble == "waiting":
            return Ask(T("msg.common.registry_wait"), awaits=Awaits.NOTHING)
        by_iin, by_document, again = _TROUBLES[self.trouble]
        choices = (Choice("again", T(again)),) if again else ()
        return Ask(T(by_document if self.document else by_iin), (*choices, Choice("~operator", T("btn.operator"))))

    def answer(self, said: Said, do: Services) -> Move:
        if said.heard is Heard.EVENT:
            return self._after(registry.from_values(dict(said.values)), do)
        if said.choice == "again":
            return replace(self, trouble="") if self.trouble == "down" else _ask_again(self.phone, self.document)
        if said.choice == "wrong":
            return RegistryError(self.phone, self.document)
        if self.person is None:
            raise Refused("err.need_button")
        return AskPassword(self.phone, self.person)

    def _after(self, answer: registry.Answer | registry.ChildAnswer, do: Services) -> Move:
        match answer:
            case Found(person=person) if person.belongs is Belongs.NO:
                do.audit.note("registration.not_together")
                return Done(T("msg.reg.not_together"), abandon=True)
            case Found(person=person) if person.status is not Status.ACTIVE:
                return replace(self, trouble="blocked")
            case Found(person=person):
                return self._found(person, do)
            case NotFound():
                return replace(self, trouble="not_found")
            case Pending(ticket=ticket):
                return replace(self, trouble="waiting", ticket=ticket)
            case Down():
                return replace(self, trouble="down")
        raise RuntimeError("the registry answered something else")  # pragma: no cover

    def _found(self, found: RegistryPerson, do: Services) -> Move:
        """An account with this IIN is told of here, to nobody whose phone the registry knows to be another's."""
        person = replace(found, iin=found.iin or self.iin, document=found.document or self.document)
        if what := accounts.taken(do, self.phone, person.iin, person.document):
            return Taken(self.phone, what=what)
        return replace(self, person=person, trouble="")


#: What is said to the holder of an IIN, of a document, and how to go on.
_TROUBLES = {
    "not_found": ("err.iin.not_found", "err.doc.not_found", "btn.type_again"),
    "blocked": ("err.iin.deceased_or_blocked", "err.doc.deceased_or_blocked", ""),
    "down": ("err.registry_slow", "err.registry_slow", "btn.again"),
}


def _ask_again(phone: Phone, document: DocumentNumber | None) -> Step:
    return AskDoc(phone) if document else AskIin(phone)


def _check(person: RegistryPerson) -> Ask:
    choices = (Choice("right", T("btn.all_correct")), Choice("wrong", T("btn.has_error")))
    if person.belongs is not Belongs.YES:
        return Ask(T("msg.reg.check_masked", name_masked=person.name.masked), choices)
    text = T(
        "msg.reg.check_registry",
        last_name=person.name.last,
        first_name=person.name.first,
        middle_name=person.name.middle or "—",
        sex=sex_text(person.sex),
        birth_date=person.born,
    )
    return Ask(text, choices)


def sex_text(sex: Sex | None) -> object:
    """Return the word for a sex, a dash where it is not known."""
    return T(f"sex.{sex.value}") if sex else "—"


@step("registration.registry_error")
@dataclass(frozen=True)
class RegistryError(Step):
    """The bot cannot change the registry."""

    life: ClassVar[Life] = Life.DRAFT

    phone: Phone
    document: DocumentNumber | None = None

    def ask(self, do: Services) -> Ask:
        by_document = self.document is not None
        other = Choice("other", T("btn.other_document" if by_document else "btn.other_iin"))
        text = T("msg.registration.registry_error_doc" if by_document else "msg.registration.registry_error")
        return Ask(text, (other, Choice("~operator", T("btn.operator"))))

    def answer(self, said: Said, do: Services) -> Move:
        return _ask_again(self.phone, self.document)


@step("registration.password")
@dataclass(frozen=True)
class AskPassword(Step):
    """The password is typed on the secure page only; without pages it is set later."""

    life: ClassVar[Life] = Life.SECRET
    no_return: ClassVar[bool] = True

    phone: Phone
    person: RegistryPerson

    def enter(self, do: Services) -> Move | None:
        return None if do.chat.has_pages else Save(self.phone, self.person, note="msg.reg.password_later")

    def ask(self, do: Services) -> Ask:
        return new_password.QUESTION

    def answer(self, said: Said, do: Services) -> Move:
        chosen = new_password.hash_of(said, self.person.iin, self.phone)
        return Save(self.phone, self.person, password_hash=chosen)


@step("registration.save")
@dataclass(frozen=True)
class Save(Step):
    """Open the account; a twin that was quicker is told as such."""

    phone: Phone
    person: RegistryPerson
    password_hash: str = ""
    note: str = ""

    def enter(self, do: Services) -> Move:
        if what := accounts.taken(do, self.phone, self.person.iin, self.person.document):
            return Taken(self.phone, what=what)
        accounts.open_account(do, self.person, self.phone, self.password_hash)
        return Go(Remember(), T(self.note)) if self.note else Remember()


@step("registration.remember")
@dataclass(frozen=True)
class Remember(Step):
    """Thirty days, or this time only."""

    no_return: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        choices = (Choice("yes", T("btn.yes")), Choice("only_now", T("btn.only_now")))
        return Ask(T("msg.registration.remember"), choices)

    def answer(self, said: Said, do: Services) -> Move:
        remember(do, yes=said.choice == "yes")
        return Done(to=Registered())


def remember(do: Services, *, yes: bool) -> None:
    """Keep this chat verified for 30 days, or for 30 minutes (journeys §0.5)."""
    kept: timedelta = trust.REMEMBER_FOR if yes else trust.ONLY_NOW_FOR
    do.chats.remember(until=do.now + kept)


@step("registration.done")
@dataclass(frozen=True)
class Registered(Step):
    """The account is there; a child is next."""

    home: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        account = do.accounts.mine()
        name = account.called if account else ""
        return Ask(
            T("msg.reg.done", first_name=name),
            (Choice("add", T("btn.add_child")), Choice("~menu", T("btn.menu"))),
        )

    def answer(self, said: Said, do: Services) -> Move:
        return child_add.AskIin()
