"""Refuse a month because of its data: reason, days, words, files, once more all of it, and only then (seed 002, T6)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from dialogs import application_papers, tabel_month
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Done, Go, Life, Move, Step, step
from dialogs.engine.texts import N, T
from services import days, tabels
from services.files import MAX_FILES
from services.refused import Refused
from services.services import Services
from services.tabels import COMMENT_MAX, COMMENT_MIN, REASONS, Month, Objection
from services.trust import Trust

_ILL: Final = re.compile(r"боле|забол|ауыр|\bill\b|\bsick\b", re.IGNORECASE)


@dataclass(frozen=True)
class Form:
    """What is known of a refusal while it is filled in."""

    child: int
    #: "2026-11".
    month: str
    #: What the parent looked at.
    seal: str
    reason: str = ""
    days: tuple[int, ...] = ()
    comment: str = ""
    files: tuple[int, ...] = ()

    @property
    def when(self) -> Month:
        return Month.parse(self.month)

    @property
    def objection(self) -> Objection:
        return Objection(self.reason, self.days, self.comment, self.files)


@dataclass(frozen=True)
class RefusalStep(Step):
    """What all questions of a refusal share: they are kept as a draft (journeys §1.36)."""

    life: ClassVar[Life] = Life.DRAFT
    needs: ClassVar[Trust] = Trust.VERIFIED

    form: Form


@step("tabel_refuse.reason")
@dataclass(frozen=True)
class Reason(RefusalStep):
    """Why; words with days in them are read at once."""

    def ask(self, do: Services) -> Ask:
        rows = tuple(Choice(reason, T(f"r_{reason}")) for reason in REASONS)
        return Ask(T("msg.tabel.refuse_reason"), rows, awaits=Awaits.TEXT, example="14, 15")

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice:
            return Days(replace(self.form, reason=said.choice))
        found = days.parse(said.text, self.form.when)
        if not found:
            raise Refused("msg.tabel_refuse.no_days")
        reason = "ill" if _ILL.search(said.text) else "other"
        words = said.text.strip()
        comment = words if COMMENT_MIN <= len(words) <= COMMENT_MAX else ""
        return Echo(replace(self.form, reason=reason, days=found, comment=comment))


@step("tabel_refuse.days")
@dataclass(frozen=True)
class Days(RefusalStep):
    """Which days: touched one by one, or written."""

    def ask(self, do: Services) -> Ask:
        ticked = set(self.form.days)
        rows = tuple(
            Choice(f"d{day}", T("label.day_ticked", day=day) if day in ticked else T("label.name", name=day))
            for day in range(1, self.form.when.days + 1)
        )
        end = Choice("done", T("btn.done")) if ticked else Choice("skip", T("btn.skip"))
        return Ask(T("msg.tabel_refuse.days"), (*rows, end), awaits=Awaits.TEXT, example="14, 15")

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "skip":
            return Comment(replace(self.form, days=()))
        if said.choice == "done":
            return _next(self.form, do)
        if said.choice:
            day = int(said.choice.removeprefix("d"))
            return Days(replace(self.form, days=tuple(sorted({day} ^ set(self.form.days)))))
        found = days.parse(said.text, self.form.when)
        if not found:
            raise Refused("msg.tabel_refuse.no_days")
        return Echo(replace(self.form, days=found))


@step("tabel_refuse.echo")
@dataclass(frozen=True)
class Echo(RefusalStep):
    """The days as they were understood."""

    def ask(self, do: Services) -> Ask:
        text = T("msg.tabel_refuse.days_echo", days=tabel_month.days_text(self.form.days))
        return Ask(text, (Choice("right", T("btn.right")), Choice("change", T("btn.change"))))

    def answer(self, said: Said, do: Services) -> Move:
        return Days(self.form) if said.choice == "change" else _next(self.form, do)


@step("tabel_refuse.day_off")
@dataclass(frozen=True)
class DayOff(RefusalStep):
    """A weekend or a holiday was named: a slip, or meant?"""

    day: str

    def ask(self, do: Services) -> Ask:
        date = self.form.when.day(int(self.day))
        choices = (Choice("keep", T("btn.keep")), Choice("remove", T("btn.remove")))
        return Ask(T("msg.tabel_refuse.day_off", date=date), choices)

    def answer(self, said: Said, do: Services) -> Move:
        day = int(self.day)
        kept = self.form
        if said.choice == "remove":
            kept = replace(kept, days=tuple(other for other in kept.days if other != day))
        return _next(kept, do, after=day)


def _next(form: Form, do: Services, *, after: int = 0) -> Step:
    """Return the question about the next day off that was named; when there is none, the one for words."""
    off = (day for day in form.days if day > after and not do.calendar.is_working(form.when.day(day)))
    day = next(off, None)
    return Comment(form) if day is None else DayOff(form, str(day))


@step("tabel_refuse.comment")
@dataclass(frozen=True)
class Comment(RefusalStep):
    """A few words for the kindergarten; compulsory where no row says why."""

    def ask(self, do: Services) -> Ask:
        needed = self.form.reason == "other" and not self.form.comment
        skip = () if needed else (Choice("skip", T("btn.skip")),)
        return Ask(T("msg.tabel_refuse.comment"), skip, awaits=Awaits.TEXT)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "skip":
            return File(self.form)
        words = " ".join(said.text.split())
        if len(words) < COMMENT_MIN:
            raise Refused("msg.tabel_refuse.comment_short")
        if len(words) > COMMENT_MAX:
            raise Refused("msg.tabel_refuse.comment_long", max=COMMENT_MAX)
        return File(replace(self.form, comment=words))


@step("tabel_refuse.file")
@dataclass(frozen=True)
class File(RefusalStep):
    """A certificate or a photo; what is bad is named, the others are kept."""

    takes_files: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        kept = len(self.form.files)
        notes = (T("msg.common.files_counter", n=kept, max_files=MAX_FILES),) if kept else ()
        choice = Choice("done", T("btn.done")) if kept else Choice("done", T("btn.no"))
        return Ask(T("msg.tabel_refuse.file"), (choice,), notes=notes)

    def answer(self, said: Said, do: Services) -> Move:
        if said.heard not in application_papers.FILES:
            return Check(self.form)
        name = said.value("name") or said.text
        reason = said.value("reason") or ("unreadable" if not said.value("file") else "")
        if reason or len(self.form.files) >= MAX_FILES:
            return Go(self, application_papers.bad_file(name, reason or "too_many"))
        stored = do.files.add(application_papers.arrived(said), "tabel")
        return replace(self, form=replace(self.form, files=tuple(dict.fromkeys((*self.form.files, stored.id)))))


@step("tabel_refuse.check")
@dataclass(frozen=True)
class Check(RefusalStep):
    """All of it once more; only the button sends."""

    life: ClassVar[Life] = Life.LEGAL

    def ask(self, do: Services) -> Ask:
        text = T(
            "msg.tabel_refuse.check",
            month=self.form.when,
            reason=T(f"r_{self.form.reason}"),
            days=tabel_month.days_text(self.form.days),
            comment=self.form.comment or "—",
            files_phrase=N("files", len(self.form.files)),
        )
        choices = (Choice("send", T("btn.send_refusal")), Choice("change", T("btn.change")))
        return Ask(text, choices, legal=True, insist=T("err.need_button"))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "change":
            return Reason(replace(self.form, days=(), comment="", reason=""))
        try:
            tabels.refuse(do, self.form.child, self.form.when, self.form.seal, self.form.objection)
        except Refused as no:
            return tabel_month.met(no, self.form.child, self.form.when, do)
        return Done(to=Sent(self.form.child, self.form.month, self.form.reason))

    def lapsed(self, do: Services) -> Step:
        return tabel_month.grid(do, self.form.child, self.form.when)


@step("tabel_refuse.done")
@dataclass(frozen=True)
class Sent(Step):
    """The kindergarten has it; the month counts as answered."""

    home: ClassVar[bool] = True
    needs: ClassVar[Trust] = Trust.LINKED

    child: int
    month: str
    reason: str

    def ask(self, do: Services) -> Ask:
        text = T("msg.tabel.refused", month=Month.parse(self.month), reason=T(f"r_{self.reason}"))
        return Ask(text, (Choice("tabel", T("btn.tabel")), Choice("~menu", T("btn.menu"))))

    def answer(self, said: Said, do: Services) -> Move:
        return tabel_month.grid(do, self.child, Month.parse(self.month))
