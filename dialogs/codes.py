"""Codes by SMS, asked for in three dialogs: sent, typed, checked, sent again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import ClassVar, Final

from dialogs.engine import words
from dialogs.engine.ask import Ask, Awaits, Choice, Later
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Go, Life, Move, Step
from dialogs.engine.texts import N, T
from services import codes
from services.codes import Purpose, To, Verdict
from services.refused import Refused
from services.services import Services

#: The countdown is edited every 15 s where the channel can (journeys §1.4).
FRAME_SECONDS: Final = 15
NEW: Final = Choice("new", T("btn.new_code"))
OTHER: Final = Choice("other", T("btn.other_number"))
OPERATOR: Final = Choice("~operator", T("btn.operator"))


@dataclass(frozen=True)
class SendCode(Step):
    """Send a code on arrival; stand here only if that is refused, or when the old one is gone."""

    life: ClassVar[Life] = Life.DRAFT
    purpose: ClassVar[Purpose]

    #: True to stand here without sending: a code is never sent by itself.
    waits: bool = field(default=False, kw_only=True)

    def phone_of(self, do: Services) -> To:
        raise NotImplementedError(self.name)

    def typed(self) -> Step:
        """Return the step that takes the code."""
        raise NotImplementedError(self.name)

    def other_number(self) -> Step | None:
        """Return where another number is given, if it can be."""
        return None

    def goes_out(self, do: Services) -> bool:
        """Say whether the code may really be sent; if not, nothing shows it."""
        return True

    def enter(self, do: Services) -> Move | None:
        if self.waits:
            return None
        phone = self.phone_of(do)
        # Going back and on again is no wish for a second SMS: the first one may be on its way.
        if not codes.wait_left(do, self.purpose, phone):
            codes.send(do, self.purpose, phone, goes_out=self.goes_out(do))
        return self.typed()

    def ask(self, do: Services) -> Ask:
        choices = (NEW, OTHER, OPERATOR) if self.other_number() else (NEW, OPERATOR)
        return Ask(T("msg.code.ready", phone_masked=self.phone_of(do).masked), choices)

    def answer(self, said: Said, do: Services) -> Move:
        other = self.other_number()
        return other if said.choice == "other" and other else replace(self, waits=False)


@dataclass(frozen=True)
class TypeCode(Step):
    """Take the code; wrong, late and too many each have their sentence."""

    life: ClassVar[Life] = Life.SECRET
    purpose: ClassVar[Purpose]
    #: What is said while the code is on its way, and when a new one may be asked for.
    sent: ClassVar[str] = "msg.code.sent"
    waiting: ClassVar[str] = "msg.code.waiting"
    wrong: ClassVar[str] = "err.code.wrong"

    def sender(self) -> SendCode:
        """Return the step that sends a code and leads back here."""
        raise NotImplementedError(self.name)

    def right(self, do: Services) -> Move:
        """Return where the right code leads."""
        raise NotImplementedError(self.name)

    def expects(self, said: Said) -> bool:
        return said.purpose == "sms_failed"

    def lapsed(self, do: Services) -> Step:
        return replace(self.sender(), waits=True)

    def ask(self, do: Services) -> Ask:
        """Count down until the first answer: after a wrong code a frame would wipe off what was wrong."""
        phone = self.sender().phone_of(do)
        left = codes.wait_left(do, self.purpose, phone)
        if not left or codes.was_tried(do, self.purpose, phone):
            return self._frame(0, phone)
        frames = (*range(left - FRAME_SECONDS, 0, -FRAME_SECONDS), 0)
        later = [Later(timedelta(seconds=left - seconds), self._frame(seconds, phone)) for seconds in frames]
        return replace(self._frame(left, phone), later=tuple(later))

    def _frame(self, seconds: int, to: To) -> Ask:
        phone = to.masked
        text = T(self.sent, phone_masked=phone, seconds=seconds) if seconds else T(self.waiting, phone_masked=phone)
        new = replace(NEW, hidden=seconds > 0)
        other = (OTHER,) if self.sender().other_number() else ()
        return Ask(text, (new, *other, OPERATOR), awaits=Awaits.CODE, example="123456", repeat=False, ladder=False)

    def answer(self, said: Said, do: Services) -> Move:
        other = self.sender().other_number()
        if said.heard is Heard.EVENT:
            return self._not_sent(said, do)
        if said.choice == "new":
            return self._again(do)
        if said.choice == "other" and other:
            return other
        digits = words.code_in(said.text)
        if digits is None:
            raise Refused("err.code.format")
        return self._checked(digits, do)

    def _not_sent(self, said: Said, do: Services) -> Move:
        """The gateway refused; only news of the newest code matters."""
        if said.text != codes.latest_id(do, self.purpose):
            return self
        codes.not_sent(do, self.purpose)
        return Go(self.lapsed(do), T("err.code.sms_failed"))

    def _again(self, do: Services) -> Move:
        """A new code kills the old one, so it is not given away before its time."""
        if left := codes.wait_left(do, self.purpose, self.sender().phone_of(do)):
            raise Refused("msg.code.resend_wait", seconds=left)
        return self.sender()

    def _checked(self, digits: str, do: Services) -> Move:
        verdict, left = codes.check(do, self.purpose, self.sender().phone_of(do), digits)
        match verdict:
            case Verdict.RIGHT:
                return self.right(do)
            case Verdict.WRONG:
                raise Refused(self.wrong, attempts_phrase=N("attempts_left", left))
            case Verdict.EXPIRED:
                return Go(self.lapsed(do), T("err.code.expired", seconds=round(codes.RESEND_AFTER.total_seconds())))
            case Verdict.TOO_MANY:
                return Go(self.lapsed(do), T("err.code.dead"))
