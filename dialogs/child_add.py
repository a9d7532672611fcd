"""Add a child: IIN, registry check, what the registry lacks, check, save."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from dialogs import child_list
from dialogs.engine import catalogue, words
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Done, Go, Life, Move, Step, step
from dialogs.engine.texts import T, Text
from services import accounts, children, nationalities, registry
from services.iin import Iin, Sex
from services.refused import Refused
from services.registry import ChildFound, Down, NotFound, Pending, RegistryPerson, Status
from services.services import Services
from services.trust import Trust


@step("child_add.ask_iin")
@dataclass(frozen=True)
class AskIin(Step):
    """The child's IIN, from the birth certificate."""

    life: ClassVar[Life] = Life.DRAFT
    needs: ClassVar[Trust] = Trust.VERIFIED

    def ask(self, do: Services) -> Ask:
        typed = do.chat.may_type_ids
        return Ask(
            T("msg.child.ask_iin" if typed else "msg.child.ask_iin_page"),
            awaits=Awaits.IIN,
            page=None if typed else "iin",
            example="230315…",
            hint=T("hint.child_iin"),
            picture="birth_certificate",
        )

    def answer(self, said: Said, do: Services) -> Move:
        iin = Iin.parse(_typed(said, do))
        children.must_be_new(do, iin)
        children.count_look_up(do)
        return Verify(iin)


def _typed(said: Said, do: Services) -> str:
    if said.heard is not Heard.PAGE and not do.chat.may_type_ids:
        raise Refused("msg.common.page_only")
    return said.value("value") if said.heard is Heard.PAGE else said.text


@step("child_add.verify")
@dataclass(frozen=True)
class Verify(Step):
    """Ask the registry for the child and the kinship."""

    life: ClassVar[Life] = Life.DRAFT
    needs: ClassVar[Trust] = Trust.VERIFIED

    iin: Iin
    #: "", "waiting", "not_found", "not_yours", "blocked" or "down".
    trouble: str = ""
    ticket: str = ""

    def enter(self, do: Services) -> Move | None:
        if self.trouble:
            return None
        account = do.accounts.mine()
        answer = do.registry.child(
            iin=self.iin,
            guardian_iin=account.iin if account else None,
            guardian_document=account.document if account else None,
        )
        return self._after(answer, do)

    def expects(self, said: Said) -> bool:
        return self.trouble == "waiting" and said.text == self.ticket

    def lapsed(self, do: Services) -> Step:
        """An answer that came while nobody stood here was let go: ask anew."""
        return replace(self, trouble="") if self.trouble == "waiting" else self

    def ask(self, do: Services) -> Ask:
        if self.trouble == "waiting":
            return Ask(T("msg.child_add.verify"), awaits=Awaits.NOTHING)
        key = {
            "not_found": "err.iin.not_found",
            "not_yours": "err.child.not_yours",
            "blocked": "err.iin.deceased_or_blocked",
            "down": "err.registry_slow",
        }
        again = Choice("again", T("btn.again" if self.trouble == "down" else "btn.type_again"))
        return Ask(T(key[self.trouble]), (again, Choice("~operator", T("btn.operator"))))

    def answer(self, said: Said, do: Services) -> Move:
        if said.heard is Heard.EVENT:
            return self._after(registry.from_values(dict(said.values)), do)
        return replace(self, trouble="") if self.trouble == "down" else AskIin()

    def _after(self, answer: object, do: Services) -> Move:
        match answer:
            case ChildFound(person=person, kin=True) if person.status is not Status.ACTIVE:
                return replace(self, trouble="blocked")
            case ChildFound(person=person, kin=True):
                # An unconfirmed parent is not told what the registry knows beyond the IIN they typed.
                known = person.nationality if accounts.is_confirmed(do) else ""
                return _missing(replace(person, iin=self.iin, nationality=known))
            case ChildFound():
                return replace(self, trouble="not_yours")
            case NotFound():
                return replace(self, trouble="not_found")
            case Pending(ticket=ticket):
                return replace(self, trouble="waiting", ticket=ticket)
            case Down():
                return replace(self, trouble="down")
        raise RuntimeError("the registry answered something else")  # pragma: no cover


def _missing(person: RegistryPerson) -> Step:
    """Ask only what the registry did not return (journeys §0.1 row 5)."""
    if person.sex is None:
        return AskSex(person)
    return Check(person) if person.nationality else AskNationality(person)


@step("child_add.ask_sex")
@dataclass(frozen=True)
class AskSex(Step):
    """Boy or girl, where the registry does not say."""

    life: ClassVar[Life] = Life.DRAFT
    needs: ClassVar[Trust] = Trust.VERIFIED

    person: RegistryPerson

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.child_add.ask_sex"), (Choice("m", T("btn.boy")), Choice("f", T("btn.girl"))))

    def answer(self, said: Said, do: Services) -> Move:
        return _missing(replace(self.person, sex=Sex(said.choice)))


@step("child_add.ask_nationality")
@dataclass(frozen=True)
class AskNationality(Step):
    """Never required: "rather not say" is an answer (data minimisation)."""

    life: ClassVar[Life] = Life.DRAFT
    needs: ClassVar[Trust] = Trust.VERIFIED

    person: RegistryPerson
    #: What a search found, offered as buttons.
    found: tuple[str, ...] = ()
    all: bool = False

    def ask(self, do: Services) -> Ask:
        shown = self.found or (nationalities.ALL if self.all else nationalities.TOP)
        rows = tuple(Choice(code, T(f"nationality.{code}")) for code in shown)
        # Not drawn, but understood in full: "русский" is an answer here, not a wish for another language.
        rest = tuple(
            Choice(code, T(f"nationality.{code}"), hidden=True) for code in nationalities.ALL if code not in shown
        )
        # "other" is a nationality, so the way to the whole list is called "all".
        other = () if self.all else (Choice("all", T("btn.other_nationality")),)
        return Ask(
            T("msg.child_add.ask_nationality"),
            (*rows, *other, Choice("none", T("btn.not_say")), *rest),
            awaits=Awaits.TEXT,
            example=catalogue.say(T("nationality.kazakh"), do.language),
        )

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "all":
            return Go(replace(self, found=(), all=True), T("msg.child_add.type_nationality"))
        if said.choice:
            return Check(replace(self.person, nationality="" if said.choice == "none" else said.choice))
        labels = {code: catalogue.in_every_language(T(f"nationality.{code}")) for code in nationalities.ALL}
        found = nationalities.search(said.text, labels)
        if len(found) == 1:
            return Check(replace(self.person, nationality=found[0]))
        if not found and self.found:
            raise Refused("err.choice.unknown")
        nearest = words.nearest(said.text, [words.Option(code, names) for code, names in labels.items()])
        return Go(replace(self, found=tuple(found or nearest)), T("err.choice.unknown"))


@step("child_add.check")
@dataclass(frozen=True)
class Check(Step):
    """Everything once more before it is kept."""

    life: ClassVar[Life] = Life.DRAFT
    needs: ClassVar[Trust] = Trust.VERIFIED

    person: RegistryPerson

    def ask(self, do: Services) -> Ask:
        name = accounts.shown(do, self.person.name)
        text = T(
            "msg.child.check",
            last_name=name.last,
            first_name=name.first,
            birth_date=self.person.born,
            sex=T(f"sex.{(self.person.sex or Sex.MALE).value}"),
            nationality=nationality_text(self.person.nationality),
        )
        choices = (
            Choice("save", T("btn.save")),
            Choice("change", T("btn.change")),
            Choice("~cancel", T("btn.cancel")),
        )
        return Ask(text, choices)

    def answer(self, said: Said, do: Services) -> Move:
        return Save(self.person) if said.choice == "save" else Change(self.person)


def nationality_text(code: str) -> Text:
    """Return the word for a nationality, or that it is not given."""
    return T(f"nationality.{code}") if code else T("nationality.none")


@step("child_add.change")
@dataclass(frozen=True)
class Change(Step):
    """Registry data cannot be edited here; the IIN and the nationality can."""

    life: ClassVar[Life] = Life.DRAFT
    needs: ClassVar[Trust] = Trust.VERIFIED

    person: RegistryPerson

    def ask(self, do: Services) -> Ask:
        choices = (
            Choice("iin", T("btn.other_iin")),
            Choice("nationality", T("btn.nationality")),
            Choice("~operator", T("btn.operator")),
        )
        return Ask(T("msg.child_add.from_registry"), choices)

    def answer(self, said: Said, do: Services) -> Move:
        return AskIin() if said.choice == "iin" else AskNationality(self.person)


@step("child_add.save")
@dataclass(frozen=True)
class Save(Step):
    """Keep the child; a twin of this turn finds it already there."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    person: RegistryPerson

    def enter(self, do: Services) -> Move:
        person = self.person
        if person.iin is None or person.sex is None:
            raise RuntimeError("a child is added by IIN, with a sex")
        try:
            children.must_not_be_listed(do, person.iin)
        except Refused as no:
            return Done(T(no.key, **no.names), to=child_list.Home())
        child = do.children.add(
            person.iin, person.name, person.born, person.sex, person.nationality, social=person.social
        )
        do.audit.note("child.added", str(child.id))
        if children.turns_seven_this_year(child.born, do.today):
            return Done(T("msg.child_add.turns_seven", year=do.today.year), to=Saved(child.id))
        return Done(to=Saved(child.id))


@step("child_add.saved")
@dataclass(frozen=True)
class Saved(Step):
    """The child is on the list."""

    home: ClassVar[bool] = True
    needs: ClassVar[Trust] = Trust.LINKED

    child: int

    def ask(self, do: Services) -> Ask:
        child = do.children.get(self.child)
        choices = (
            Choice("list", T("btn.my_children")),
            Choice("more", T("btn.add_another")),
            Choice("~menu", T("btn.menu")),
        )
        name = accounts.shown(do, child.name).first if child else "—"
        return Ask(T("msg.child.saved", first_name=name), choices)

    def answer(self, said: Said, do: Services) -> Move:
        return AskIin() if said.choice == "more" else child_list.Home()
