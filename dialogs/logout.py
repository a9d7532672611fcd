"""Leave the account in this chat; a deadline that nobody would be told of any more is named (flow 1.12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Done, Move, Step, step
from dialogs.engine.texts import T
from services import accounts
from services.applications import open_of
from services.services import Services
from services.trust import Trust


@step("logout.confirm")
@dataclass(frozen=True)
class Confirm(Step):
    """The account stays; only this chat leaves it."""

    needs: ClassVar[Trust] = Trust.LINKED

    def ask(self, do: Services) -> Ask:
        is_last = do.chats.is_only_one()
        open_deadlines = do.deadlines.open() if is_last else []
        filed = open_of(do) if is_last else []
        text = T("msg.logout.confirm")
        if open_deadlines:
            first = min(open_deadlines, key=lambda item: item.due)
            text = T("msg.logout.confirm_deadline", what=T(first.what), deadline=first.due)
        elif filed:
            numbers = ", ".join(f"№ {item.number}" for item in filed)
            text = T("msg.logout.confirm_applications", applications=numbers)
        return Ask(text, (Choice("logout", T("btn.logout")), Choice("stay", T("btn.stay"))))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "stay":
            return Done()
        accounts.leave(do)
        return Done(T("msg.logout.done"), abandon=True)
