"""Apply for a place: child, group, locality, languages, status, benefit with its papers, check, submit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dialogs import application_check, application_papers, child_add
from dialogs.application_form import FilingStep, Form, child_of, locality_of, social_text, step_of
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Call, Go, Move, Step, step
from dialogs.engine.texts import T, Text
from services import accounts, applications, benefits, cities
from services.applications import Filing, active_of, must_be_young_enough, regime_for
from services.refused import Refused
from services.services import Services


def onward(form: Form, do: Services) -> Step:
    """Return the first question that is not answered yet; the summary when all are."""
    said = form.said
    if not said.child or do.children.get(said.child) is None:
        return AskChild(replace(form, said=replace(said, child=0)))
    if not said.group:
        return AskGroup(form)
    if not said.kato:
        return AskLocality(form)
    if regime_for(do, said.kato) is None:
        return AskLocality(replace(form, said=replace(said, kato="")), closed=True)
    if not said.languages:
        return AskLanguages(form)
    if not form.status_seen:
        return SocialStatus(form)
    if not form.benefit_asked:
        return AskBenefit(form)
    return _papers(form) or application_check.Check(form)


def _papers(form: Form) -> Step | None:
    """Return the question for the papers of a benefit, if one is open."""
    wanted = benefits.benefit(form.said.benefit)
    if wanted is None or not wanted.paper:
        return None
    if not (form.said.files and form.files_done):
        return application_papers.Documents(form)
    if wanted.paper_months and form.issued_on is None:
        return application_papers.AskIssued(form)
    return None


@step("application_add.precheck")
@dataclass(frozen=True)
class Precheck(FilingStep):
    """Who may file: a parent whose identity is confirmed."""

    child: int = 0

    def enter(self, do: Services) -> Move | None:
        return onward(Form(said=Filing(child=self.child)), do) if accounts.is_confirmed(do) else None

    def ask(self, do: Services) -> Ask:
        text = T("err.app.incomplete_profile", field=T("field.identity"))
        return Ask(text, (Choice("~operator", T("btn.operator")), Choice("~menu", T("btn.menu"))))

    def answer(self, said: Said, do: Services) -> Move:
        return self  # only the ways out are shown


@step("application_add.child")
@dataclass(frozen=True)
class AskChild(FilingStep):
    """Which child; a new one can be added on the way."""

    form: Form = field(default_factory=Form)

    def ask(self, do: Services) -> Ask:
        rows = tuple(
            Choice(f"c{child.id}", T("label.name", name=accounts.shown(do, child.name).short))
            for child in do.children.all()
        )
        return Ask(step_of("msg.application_add.child", 1), (*rows, Choice("add", T("btn.add_child"))))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "add":
            return Call(child_add.AskIin(), then=self)
        child = do.children.get(int(said.choice.removeprefix("c")))
        if child is None:
            return Go(self, T("msg.common.object_gone"))
        must_be_young_enough(child, do.today)
        form = replace(self.form, said=replace(self.form.said, child=child.id))
        active = active_of(do, child.id)
        return Duplicate(form, active[0].id) if active and not form.said.kato else onward(form, do)

    def lapsed(self, do: Services) -> Step:
        return onward(self.form, do)


@step("application_add.duplicate")
@dataclass(frozen=True)
class Duplicate(FilingStep):
    """The child stands in a queue already: open that application, or file in another locality."""

    form: Form
    active: int

    def ask(self, do: Services) -> Ask:
        found = do.applications.get(self.active)
        text = T("err.app.duplicate", app_number=found.number if found else "—")
        return Ask(text, (Choice("open", T("btn.open_app")), Choice("elsewhere", T("btn.other_city"))))

    def answer(self, said: Said, do: Services) -> Move:
        from dialogs import application_details

        if said.choice == "open" and do.applications.get(self.active):
            return application_details.Details(self.active)
        return onward(replace(self.form, said=replace(self.form.said, kato="")), do)


@step("application_add.group_type")
@dataclass(frozen=True)
class AskGroup(FilingStep):
    """Which kind of group."""

    form: Form

    def ask(self, do: Services) -> Ask:
        regime = regime_for(do, self.form.said.kato) if self.form.said.kato else None
        listed = regime.groups if regime else ("general", "sanatorium", "correctional", "inclusive")
        rows = tuple(Choice(code, T(f"group.{code}")) for code in listed)
        return Ask(step_of("msg.application_add.group_type", 2), (*rows, Choice("differ", T("btn.differences"))))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "differ":
            return Go(self, T("msg.application_add.group_differences"))
        return onward(replace(self.form, said=replace(self.form.said, group=said.choice)), do)

    def lapsed(self, do: Services) -> Step:
        return onward(self.form, do)


@step("application_add.locality")
@dataclass(frozen=True)
class AskLocality(FilingStep):
    """Where; typed with a typo it is found, too."""

    form: Form
    #: What a search found, offered as buttons.
    found: tuple[str, ...] = ()
    #: The place chosen before takes no applications any more.
    closed: bool = False

    def ask(self, do: Services) -> Ask:
        taking = [item for item in cities.ALL if regime_for(do, item.kato)]
        shown = [item for item in taking if not self.found or item.kato in self.found]
        rows = tuple(
            Choice(
                f"k{item.kato}",
                T("label.name", name=item.name(do.language)),
                T("label.name", name=item.path(do.language)),
            )
            for item in shown
        )
        text = step_of("msg.app.ask_locality", 3)
        notes = (T("err.app.locality_closed"),) if self.closed else ()
        return Ask(text, rows, awaits=Awaits.TEXT, example=cities.ALL[0].name(do.language), notes=notes)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice:
            return ConfirmLocality(self.form, said.choice.removeprefix("k"))
        found = cities.search(said.text, (item for item in cities.ALL if regime_for(do, item.kato)))
        if not found:
            raise Refused("err.choice.unknown")
        if len(found) == 1:
            return ConfirmLocality(self.form, found[0].kato)
        return Go(replace(self, found=tuple(item.kato for item in found)), T("err.choice.unknown"))


@step("application_add.locality_check")
@dataclass(frozen=True)
class ConfirmLocality(FilingStep):
    """The whole path once more: many villages share a name."""

    form: Form
    kato: str

    def ask(self, do: Services) -> Ask:
        text = T("msg.application_add.locality_check", path=locality_of(self.kato).path(do.language))
        return Ask(text, (Choice("right", T("btn.right")), Choice("no", T("btn.no"))))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "no":
            return AskLocality(self.form)
        child = child_of(self.form, do)
        if (active := do.applications.active_for(child.id, self.kato)) is not None and do.applications.get(active.id):
            return Duplicate(self.form, active.id)
        regime = applications.must_be_taken(do, child, self.kato)
        kept = self.form.said.benefit in regime.benefits
        spoken = tuple(code for code in self.form.said.languages if code in regime.languages)
        chosen = replace(self.form.said, kato=self.kato, languages=spoken)
        form = replace(self.form, said=chosen)
        return onward(form if kept or not chosen.benefit else form.without_benefit(), do)


@step("application_add.languages")
@dataclass(frozen=True)
class AskLanguages(FilingStep):
    """One language of instruction or several (A4)."""

    form: Form
    ticked: tuple[str, ...] = ()

    def ask(self, do: Services) -> Ask:
        # Not the bare code: "қазақша" is a wish to go on in Kazakh here, not an answer (T05).
        rows = tuple(Choice(f"in_{code}", self._label(code)) for code in self._offered(do))
        text = step_of("msg.application_add.languages", 4)
        return Ask(text, (*rows, Choice("done", T("btn.done"))), awaits=Awaits.TEXT, example="1, 2")

    def _label(self, code: str) -> Text:
        spoken = T(f"teaching.{code}")
        return T("label.ticked", name=spoken) if code in self.ticked else spoken

    def _offered(self, do: Services) -> tuple[str, ...]:
        regime = regime_for(do, self.form.said.kato)
        return regime.languages if regime else ("kk", "ru")

    def answer(self, said: Said, do: Services) -> Move:
        offered = self._offered(do)
        if said.choice == "done":
            return self._taken(self.ticked, do)
        if said.choice:
            ticked = set(self.ticked) ^ {said.choice.removeprefix("in_")}
            return replace(self, ticked=tuple(code for code in offered if code in ticked))
        named = _languages_in(said.text, offered)
        if not named:
            raise Refused("err.choice.unknown")
        return self._taken(named, do)

    def _taken(self, languages: tuple[str, ...], do: Services) -> Move:
        if not languages:
            raise Refused("err.multi.empty")
        return onward(replace(self.form, said=replace(self.form.said, languages=languages)), do)

    def lapsed(self, do: Services) -> Step:
        fresh = onward(self.form, do)
        return self if isinstance(fresh, AskLanguages) else fresh


_STEMS = {"kk": ("каз", "қаз", "kaz", "qaz"), "ru": ("рус", "орыс", "rus", "orys"), "mixed": ("смеш", "арал", "mixed")}


def _languages_in(text: str, offered: tuple[str, ...]) -> tuple[str, ...]:
    """Return the languages that words or numbers name: "каз и рус", "1,2"."""
    said = text.casefold()
    numbers = {int(part) for part in said.replace(",", " ").split() if part.isascii() and part.isdigit()}
    return tuple(
        code
        for at, code in enumerate(offered, start=1)
        if at in numbers or any(stem in said for stem in _STEMS.get(code, (code,)))
    )


@step("application_add.social_status")
@dataclass(frozen=True)
class SocialStatus(FilingStep):
    """What the state's registers say; only read here (X6)."""

    form: Form

    def ask(self, do: Services) -> Ask:
        text = step_of("msg.application_add.social_status", 5).named(status=social_text(self.form, do))
        return Ask(text, (Choice("next", T("btn.next")), Choice("wrong", T("btn.wrong"))))

    def answer(self, said: Said, do: Services) -> Move:
        after = onward(replace(self.form, status_seen=True), do)
        return Go(after, T("msg.application_add.social_status_wrong")) if said.choice == "wrong" else after

    def lapsed(self, do: Services) -> Step:
        return onward(self.form, do)


@step("application_add.priority")
@dataclass(frozen=True)
class AskBenefit(FilingStep):
    """Is there a benefit at all?"""

    form: Form

    def ask(self, do: Services) -> Ask:
        choices = (Choice("none", T("btn.no_priority")), Choice("pick", T("btn.pick_priority")))
        return Ask(step_of("msg.app.ask_priority", 6), choices)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "none":
            return onward(self.form.without_benefit(), do)
        return PickBenefit(self.form)

    def lapsed(self, do: Services) -> Step:
        return onward(self.form, do)


@step("application_add.priority_pick")
@dataclass(frozen=True)
class PickBenefit(FilingStep):
    """The categories this locality knows (§3.1)."""

    form: Form
    found: tuple[str, ...] = ()

    def ask(self, do: Services) -> Ask:
        rows = tuple(
            Choice(code, T(f"benefit.{code}"), T(f"standing.{int(benefits.standing(code))}"))
            for code in self.found or self._listed(do)
        )
        names = tuple(Choice(row.id, T(f"benefit_full.{row.id}"), hidden=True) for row in rows)
        return Ask(T("msg.application_add.priority_pick"), (*rows, *names), awaits=Awaits.TEXT, example="1")

    def _listed(self, do: Services) -> tuple[str, ...]:
        regime = regime_for(do, self.form.said.kato)
        return regime.benefits if regime else ()

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice:
            return self._taken(said.choice, do)
        found = benefits.search(said.text, self._listed(do))
        if not found:
            raise Refused("err.choice.unknown")
        if len(found) == 1:
            return self._taken(found[0], do)
        return Go(replace(self, found=tuple(found)), T("err.choice.unknown"))

    def _taken(self, code: str, do: Services) -> Move:
        form = self.form if self.form.said.benefit == code else self.form.without_benefit()
        chosen = replace(form, benefit_asked=True, said=replace(form.said, benefit=code))
        return onward(replace(chosen, files_done=False), do)

    def lapsed(self, do: Services) -> Step:
        return onward(self.form, do)
