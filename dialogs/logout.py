"""Leave the account in this chat; a deadline that nobody would be told of any more is named (flow 1.12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Done, Move, Step, step
from dialogs.engine.texts import T
from services import accounts
from services.services import Services
from services.trust import Trust


@step("logout.confirm")
@dataclass(frozen=True)
class Confirm(Step):
    """The account stays; only this chat leaves it."""

    needs: ClassVar[Trust] = Trust.LINKED

    def ask(self, do: Services) -> Ask:
        open_deadlines = do.deadlines.open() if do.chats.is_only_one() else []
        text = T("msg.logout.confirm")
        if open_deadlines:
            first = min(open_deadlines, key=lambda item: item.due)
            text = T("msg.logout.confirm_deadline", what=T(first.what), deadline=first.due)
        return Ask(text, (Choice("logout", T("btn.logout")), Choice("stay", T("btn.stay"))))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "stay":
            return Done()
        accounts.leave(do)
        return Done(T("msg.logout.done"), abandon=True)
