"""A code in the middle of a dialog, then exactly the same step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from dialogs import codes
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.step import Move, Return, Step, step
from dialogs.engine.texts import T
from services.codes import Purpose, To
from services.phones import Phone
from services.services import Services

#: Nobody asked for this code, so there is a way past it to be seen.
CANCEL: Final = Choice("~cancel", T("btn.cancel"))


@step("step_up.send_code")
@dataclass(frozen=True)
class SendCode(codes.SendCode):
    """To the account's own phone, no other."""

    purpose: ClassVar[Purpose] = Purpose.STEP_UP
    prompt: ClassVar[bool] = True

    def phone_of(self, do: Services) -> Phone:
        account = do.accounts.mine()
        if account is None:
            raise RuntimeError("a step-up needs an account")
        return account.phone

    def typed(self) -> Step:
        return AskCode()

    def ask(self, do: Services) -> Ask:
        ask = super().ask(do)
        return replace(ask, choices=(*ask.choices, CANCEL))


@step("step_up.ask_code")
@dataclass(frozen=True)
class AskCode(codes.TypeCode):
    """Right, and the caller goes on."""

    purpose: ClassVar[Purpose] = Purpose.STEP_UP
    prompt: ClassVar[bool] = True

    def sender(self) -> SendCode:
        return SendCode()

    def _frame(self, seconds: int, to: To) -> Ask:
        ask = super()._frame(seconds, to)
        return replace(ask, choices=(*ask.choices, CANCEL))

    def right(self, do: Services) -> Move:
        do.chats.proved_by_code()
        do.audit.note("step_up.by_code")
        return Return(T("msg.step_up.thanks"))
