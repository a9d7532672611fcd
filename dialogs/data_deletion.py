"""My data: what is kept and why, a copy of it, consent withdrawn, everything erased (flow 1.44)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Done, Go, Life, Move, Step, step
from dialogs.engine.texts import T, Text
from services import mydata
from services.applications import Application, open_of
from services.refused import Refused
from services.services import Services
from services.trust import Trust


@step("data_deletion.overview")
@dataclass(frozen=True)
class Overview(Step):
    """What is kept, why, and who looked at it."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    def ask(self, do: Services) -> Ask:
        held = do.mydata.held()
        looks = T("msg.data_deletion.nobody_looked")
        if held.looks:
            looks = T("msg.data_deletion.looked", count=len(held.looks), last=held.looks[-1])
        text = T(
            "msg.data_deletion.overview",
            children=held.children,
            applications=held.applications,
            chats=held.chats,
            consents=held.consents,
            acts=held.acts,
            looks=looks,
        )
        export = (Choice("export", T("btn.my_data")),) if do.chat.has_pages else ()
        return Ask(text, (*export, Choice("withdraw", T("btn.withdraw")), Choice("delete", T("btn.delete"))))

    def answer(self, said: Said, do: Services) -> Move:
        doors: dict[str, Step] = {"export": Export(), "withdraw": Withdraw(), "delete": Warn()}
        return doors[said.choice]


@step("data_deletion.export")
@dataclass(frozen=True)
class Export(Step):
    """A copy of everything, behind a fresh code, once, for as long as a link lives."""

    life: ClassVar[Life] = Life.SECRET
    needs: ClassVar[Trust] = Trust.STEP_UP

    def lapsed(self, do: Services) -> Step:
        return Overview()

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.data_deletion.export"), awaits=Awaits.NOTHING, page="export", ladder=False)

    def answer(self, said: Said, do: Services) -> Move:
        if said.heard is not Heard.PAGE:
            raise Refused("err.need_page")
        do.audit.note("data.exported")
        return Go(Overview(), T("msg.data_deletion.exported"))


@step("data_deletion.withdraw")
@dataclass(frozen=True)
class Withdraw(Step):
    """Consent taken back: logged out everywhere, nothing erased."""

    life: ClassVar[Life] = Life.LEGAL
    needs: ClassVar[Trust] = Trust.STEP_UP

    def ask(self, do: Services) -> Ask:
        choices = (Choice("withdraw", T("btn.withdraw")), Choice("keep", T("btn.keep")))
        return Ask(T("msg.policy_consent.withdraw"), choices, legal=True)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "keep":
            return Overview()
        mydata.withdraw(do)
        return Done(T("msg.policy_consent.withdrawn"), abandon=True)


@step("data_deletion.warn")
@dataclass(frozen=True)
class Warn(Step):
    """Open deadlines and places in a queue, before they are lost; without any, straight to the word."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    def enter(self, do: Services) -> Move | None:
        return None if do.deadlines.open() or open_of(do) else Word()

    def ask(self, do: Services) -> Ask:
        waiting = sorted(do.deadlines.open(), key=lambda item: item.due)
        due = tuple(T("msg.data_deletion.deadline", what=T(item.what), deadline=item.due) for item in waiting)
        lost = tuple(_fate(item) for item in open_of(do))
        choices = (Choice("delete", T("btn.delete_anyway")), Choice("keep", T("btn.keep")))
        key = "msg.data_deletion.warn_applications" if lost else "msg.data_deletion.warn"
        return Ask(T(key), choices, notes=(*due, *lost))

    def answer(self, said: Said, do: Services) -> Move:
        return Word() if said.choice == "delete" else Overview()


def _fate(application: Application) -> Text:
    """A place in a kindergarten is nothing an erasure takes away; a place in a queue goes."""
    key = "msg.data_deletion.enrolled" if application.is_signed else "msg.data_deletion.application"
    return T(key, app_number=application.number)


@step("data_deletion.word")
@dataclass(frozen=True)
class Word(Step):
    """The typed word, exactly; nothing else erases."""

    life: ClassVar[Life] = Life.LEGAL
    needs: ClassVar[Trust] = Trust.VERIFIED

    def ask(self, do: Services) -> Ask:
        # The word is a choice nobody sees: a legal question takes its exact word and no other.
        choices = (Choice("erase", T("btn.delete"), hidden=True), Choice("keep", T("btn.keep")))
        return Ask(T("msg.delete.confirm"), choices, legal=True, insist=T("msg.data_deletion.wrong_word"))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "keep":
            return Overview()
        if said.heard is Heard.TAP:
            raise Refused("msg.data_deletion.wrong_word")
        return Erase()


@step("data_deletion.done")
@dataclass(frozen=True)
class Erase(Step):
    """After a fresh code: gone."""

    needs: ClassVar[Trust] = Trust.STEP_UP

    def enter(self, do: Services) -> Move:
        kept = mydata.erase(do)
        key = "msg.data_deletion.records_filed" if mydata.KEPT_OF_APPLICANTS in kept else "msg.data_deletion.records"
        records = T(key, **{name.partition(".")[2]: T(name) for name in kept})
        return Done(T("msg.data_deletion.done", records=records), abandon=True)
