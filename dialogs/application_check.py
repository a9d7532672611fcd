"""The summary of an application: everything once more, change one answer, a second contact, submit once."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from dialogs import application_add, application_papers
from dialogs.application_form import FilingStep, Form, locality_of, social_text
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Done, Go, Move, Step, step
from dialogs.engine.texts import N, T, Text
from services import accounts, applications
from services.phones import Phone
from services.refused import Refused
from services.services import Services
from services.trust import Trust

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,24}", re.ASCII)


@step("application_add.check")
@dataclass(frozen=True)
class Check(FilingStep):
    """All answers and the consent; only the button submits."""

    form: Form

    def ask(self, do: Services) -> Ask:
        text = T("msg.app.check_answers", **_values(self.form, do))
        choices = (
            Choice("send", T("btn.send")),
            Choice("change", T("btn.change")),
            Choice("~cancel", T("btn.cancel")),
        )
        return Ask(text, choices, legal=True, insist=T("err.need_button"), notes=_contacts(self.form))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "change":
            return EditPick(self.form)
        application = applications.file(do, self.form.said)
        return Done(to=Submitted(application.id))

    def lapsed(self, do: Services) -> Step:
        return application_add.onward(self.form, do)


def _values(form: Form, do: Services) -> dict[str, object]:
    said, child = form.said, do.children.get(form.said.child)
    return {
        "child": accounts.shown(do, child.name).short if child else "—",
        "group_type": T(f"group.{said.group}"),
        "locality": locality_of(said.kato).path(do.language),
        "languages": languages_text(said.languages),
        "social_status": social_text(form, do),
        "priority": T(f"benefit_full.{said.benefit}") if said.benefit else T("benefit.none"),
        "files_phrase": N("files", len(said.files)),
    }


def _contacts(form: Form) -> tuple[Text, ...]:
    said = form.said
    phone = (T("msg.application_add.second_phone", phone=Phone(said.phone).masked),) if said.phone else ()
    return (*phone, *((T("msg.application_add.second_email", email=said.email),) if said.email else ()))


def languages_text(languages: tuple[str, ...]) -> Text:
    """Return languages as one list: "казахский, русский"."""
    text = T(f"teaching.{languages[0]}")
    for code in languages[1:]:
        text = T("label.list", first=text, then=T(f"teaching.{code}"))
    return text


@step("application_add.edit_pick")
@dataclass(frozen=True)
class EditPick(FilingStep):
    """Which answer to change; then straight back to the summary."""

    form: Form

    def ask(self, do: Services) -> Ask:
        rows = tuple(Choice(name, T(f"edit.{name}")) for name in self._rows())
        return Ask(T("msg.application_add.edit_pick"), rows)

    def _rows(self) -> tuple[str, ...]:
        papers = ("documents",) if self.form.said.benefit else ()
        return ("child", "group", "locality", "languages", "status", "priority", *papers, "phone", "email")

    def answer(self, said: Said, do: Services) -> Move:
        form = self.form
        languages = application_add.AskLanguages(form, ticked=form.said.languages)
        doors: dict[str, Step] = {
            "child": application_add.AskChild(form),
            "group": application_add.AskGroup(form),
            "locality": application_add.AskLocality(form),
            "languages": languages,
            "status": application_add.SocialStatus(form),
            "priority": application_add.AskBenefit(form),
            "documents": application_papers.Documents(replace(form, files_done=False)),
            "phone": AskPhone(form),
            "email": AskEmail(form),
        }
        return doors[said.choice]


@step("application_add.second_phone")
@dataclass(frozen=True)
class AskPhone(FilingStep):
    """Another phone of the family (seed 004)."""

    form: Form

    def ask(self, do: Services) -> Ask:
        choices = (Choice("none", T("btn.skip")),)
        return Ask(T("msg.application_add.ask_phone"), choices, awaits=Awaits.TEXT, example="+7 747 123-45-67")

    def answer(self, said: Said, do: Services) -> Move:
        phone = "" if said.choice else Phone.parse(said.text).e164
        return application_add.onward(replace(self.form, said=replace(self.form.said, phone=phone)), do)


@step("application_add.second_email")
@dataclass(frozen=True)
class AskEmail(FilingStep):
    """Another address for letters (seed 004)."""

    form: Form

    def ask(self, do: Services) -> Ask:
        choices = (Choice("none", T("btn.skip")),)
        return Ask(T("msg.application_add.ask_email"), choices, awaits=Awaits.TEXT, example="name@example.kz")

    def answer(self, said: Said, do: Services) -> Move:
        email = "" if said.choice else said.text.strip()
        if email and not _EMAIL.fullmatch(email):
            raise Refused("err.email.format")
        return application_add.onward(replace(self.form, said=replace(self.form.said, email=email)), do)


@step("application_add.done")
@dataclass(frozen=True)
class Submitted(Step):
    """It is in: the number of the application, and the number in the queue."""

    home: ClassVar[bool] = True
    needs: ClassVar[Trust] = Trust.LINKED

    application: int

    def ask(self, do: Services) -> Ask:
        from dialogs import application_details

        application = do.applications.get(self.application)
        if application is None:
            return Ask(T("msg.common.object_gone"), (Choice("apps", T("btn.my_apps")),))
        interest = application_details.interest_choice(application, do)
        key = "msg.app.submitted" if interest else "msg.app.submitted_plain"
        text = T(
            key,
            app_number=application.number,
            first_name=application_details.first_name(application, do),
            queue_number=do.applications.number(application) or 0,
        )
        return Ask(text, (*interest, Choice("apps", T("btn.my_apps")), Choice("~menu", T("btn.menu"))))

    def answer(self, said: Said, do: Services) -> Move:
        from dialogs import application_details, application_list

        if said.choice == "interested":
            return Go(self, application_details.mark_interested(self.application, do))
        return application_list.List()
