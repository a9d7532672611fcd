"""Questions about the dialog itself: leave it, stop reminders, take it up again; and help."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Done, Leave, Move, Resume, Return, Step, step
from dialogs.engine.texts import T
from services.services import Services


@step("common.cancel")
@dataclass(frozen=True)
class Cancel(Step):
    """Two answers or more would be lost: keep them?"""

    prompt: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(
            T("msg.common.cancel_with_answers"),
            (
                Choice("save", T("btn.save_draft")),
                Choice("drop", T("btn.delete")),
                Choice("go_on", T("btn.continue")),
            ),
        )

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "go_on":
            return Return()
        keep = said.choice == "save"
        return Leave(keep=keep, note=T("msg.common.draft_saved") if keep else T("msg.common.draft_dropped"))


@step("common.stop")
@dataclass(frozen=True)
class Stop(Step):
    """ "Stop" inside a dialog: reminders, or this dialog?"""

    prompt: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(
            T("msg.common.stop_inside"),
            (
                Choice("silence", T("btn.notif_off")),
                Choice("leave", T("btn.leave_here")),
                Choice("stay", T("btn.stay")),
            ),
        )

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "leave":
            return Leave(keep=True)
        if said.choice == "silence":
            do.chats.opt_out()
            return Return(T("msg.optout.short"))
        return Return()


@step("resume_prompt.offer")
@dataclass(frozen=True)
class Offer(Step):
    """Back after a pause: go on where the answers stopped?"""

    prompt: ClassVar[bool] = True

    of: str
    saved_at: str

    def ask(self, do: Services) -> Ask:
        return Ask(
            T("msg.resume", flow=T(f"flow.{self.of}"), saved_at=datetime.fromisoformat(self.saved_at)),
            (
                Choice("go_on", T("btn.continue")),
                Choice("anew", T("btn.start_over")),
                Choice("menu", T("btn.menu")),
            ),
        )

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "menu":
            return Done()
        return Resume(self.of, anew=said.choice == "anew")


@step("help.home")
@dataclass(frozen=True)
class Help(Step):
    """What the bot can do, and the words that always work."""

    def ask(self, do: Services) -> Ask:
        return Ask(T("msg.help.home"), (Choice("~operator", T("btn.operator")), Choice("~menu", T("btn.menu"))))

    def answer(self, said: Said, do: Services) -> Move:
        return Done()
