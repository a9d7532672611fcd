"""The papers of a benefit: files as they come, and from when a certificate is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from dialogs import application_add
from dialogs.application_form import FilingStep, Form
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Go, Move, Step, step
from dialogs.engine.texts import T, Text
from services import applications, benefits, dates
from services.files import MAX_FILES, MAX_MB, Arrived
from services.refused import Refused
from services.services import Services

FILES = (Heard.PHOTO, Heard.FILE)


@step("application_add.documents")
@dataclass(frozen=True)
class Documents(FilingStep):
    """Photos and PDFs, one after another or as an album; what is bad is named, the others are kept."""

    takes_files: ClassVar[bool] = True

    form: Form

    def ask(self, do: Services) -> Ask:
        wanted = benefits.benefit(self.form.said.benefit)
        paper = T(f"doc.{wanted.paper}") if wanted else T("doc.other")
        text = T("msg.app.ask_documents", doc_name=paper, max_mb=MAX_MB)
        kept = len(self.form.said.files)
        notes = (T("msg.common.files_counter", n=kept, max_files=MAX_FILES),) if kept else ()
        return Ask(text, (Choice("done", T("btn.done")),), notes=notes)

    def answer(self, said: Said, do: Services) -> Move:
        if said.heard in FILES:
            return self._received(said, do)
        if not self.form.said.files:
            return NoDocuments(self.form)
        return application_add.onward(replace(self.form, files_done=True), do)

    def _received(self, said: Said, do: Services) -> Move:
        files = self.form.said.files
        name = said.value("name") or said.text
        reason = said.value("reason") or ("unreadable" if not said.value("file") else "")
        if reason or len(files) >= MAX_FILES:
            return Go(self, bad_file(name, reason or "too_many"))
        wanted = benefits.benefit(self.form.said.benefit)
        stored = do.files.add(arrived(said), wanted.paper if wanted else "other")
        form = replace(self.form, said=replace(self.form.said, files=tuple(dict.fromkeys((*files, stored.id)))))
        after = replace(self, form=form)
        return Go(after, T("msg.application_add.send_as_file")) if said.value("small") else after

    def lapsed(self, do: Services) -> Step:
        fresh = application_add.onward(self.form, do)
        return self if isinstance(fresh, Documents) else fresh


def arrived(said: Said) -> Arrived:
    """Return the file a transport has stored before the turn."""
    return Arrived(
        token=said.value("file"),
        key=said.value("key"),
        kind=said.value("kind"),
        size=int(said.value("size") or 0),
        digest=said.value("digest"),
        name=said.value("name"),
    )


def bad_file(name: str, reason: str) -> Text:
    """Return why a file was not taken, by its name where it has one."""
    why = T(f"file.{reason}")
    return T("err.file.bad", reason=T("file.named", name=name, reason=why) if name else why, max_mb=MAX_MB)


@step("application_add.no_documents")
@dataclass(frozen=True)
class NoDocuments(FilingStep):
    """[Done] without a single file."""

    form: Form

    def ask(self, do: Services) -> Ask:
        choices = (Choice("send", T("btn.send_file")), Choice("none", T("btn.no_benefit")))
        return Ask(T("msg.application_add.documents_none"), choices)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "send":
            return Documents(self.form)
        return application_add.onward(self.form.without_benefit(), do)


@step("application_add.issued_on")
@dataclass(frozen=True)
class AskIssued(FilingStep):
    """From when a certificate of the place of work is: it counts for a month (§3.4)."""

    form: Form

    def ask(self, do: Services) -> Ask:
        choices = (Choice("replace", T("btn.replace")), Choice("none", T("btn.no_benefit")))
        return Ask(T("msg.application_add.issued_on"), choices, awaits=Awaits.TEXT, example="20.11.2026")

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "replace":
            return Documents(replace(self.form, said=replace(self.form.said, files=()), files_done=False))
        if said.choice == "none":
            return application_add.onward(self.form.without_benefit(), do)
        issued_on = dates.parse(said.text)
        if issued_on > do.today:
            raise Refused("err.date.bad")
        wanted = benefits.benefit(self.form.said.benefit)
        months = wanted.paper_months if wanted else 0
        last = applications.valid_until(issued_on, months)
        if last < do.today:
            raise Refused("err.app.paper_old", months=months)
        do.files.date_papers(self.form.said.files, issued_on, last)
        return application_add.onward(replace(self.form, issued_on=issued_on), do)
