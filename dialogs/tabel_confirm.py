"""Confirm a month: a second tap on the live button, then what comes next (seed 002, T3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs import tabel_list, tabel_month
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Done, Life, Move, Step, step
from dialogs.engine.texts import T, Text
from services import tabels
from services.refused import Refused
from services.services import Services
from services.tabels import Sheet, State
from services.trust import Trust
from services.vouchers import Voucher


@step("tabel_confirm.modal")
@dataclass(frozen=True)
class Modal(tabel_month.OfMonth):
    """The portal asks twice, so do we; only the live button counts."""

    life: ClassVar[Life] = Life.LEGAL

    seal: str

    def about(self, sheet: Sheet, voucher: Voucher, do: Services) -> Ask:
        text = T(
            "msg.tabel.confirm_modal",
            month=sheet.month,
            child=tabel_month.child_name(self.child, do),
            present=tabel_month.present(sheet, voucher, do),
        )
        choices = (Choice("confirm", T("btn.confirm")), Choice("~back", T("btn.back")))
        return Ask(text, choices, legal=True, insist=T("err.need_button"), notes=_warnings(sheet, voucher, do))

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice != "confirm":
            return tabel_month.grid(do, self.child, self.when)
        try:
            tabels.confirm(do, self.child, self.when, self.seal)
        except Refused as no:
            return tabel_month.met(no, self.child, self.when, do)
        return Done(to=Confirmed(self.child, self.month))

    def lapsed(self, do: Services) -> Step:
        return tabel_month.grid(do, self.child, self.when)


def _warnings(sheet: Sheet, voucher: Voucher, do: Services) -> tuple[Text, ...]:
    """Return what makes this confirmation another one: the other parent refused, or it is late (T5)."""
    receipt = do.tabels.receipt(sheet)
    refused = tabels.state(sheet, do.now) is State.DISPUTED and receipt is not None and not receipt.is_mine
    notes = (T("msg.tabel_confirm.other_refused", who=receipt.who or "—"),) if refused and receipt else ()
    late = tabels.warns(do, voucher, sheet)
    return (*notes, T("msg.tabel.late", month=sheet.month, deadline=sheet.last)) if late else notes


@step("tabel_confirm.done")
@dataclass(frozen=True)
class Confirmed(Step):
    """It is confirmed, for both parents; the next child's month is offered."""

    home: ClassVar[bool] = True
    needs: ClassVar[Trust] = Trust.LINKED

    child: int
    month: str

    def ask(self, do: Services) -> Ask:
        month = tabels.Month.parse(self.month)
        sheet, voucher = tabels.sheet_of(do, self.child, month), do.tabels.voucher(self.child)
        if sheet is None or voucher is None or sheet.answered_at is None:
            return Ask(T("msg.common.object_gone"), (Choice("~menu", T("btn.menu")),))
        rules = do.regimes.get(voucher.regime).tabel
        following = tabels.window(month.next, rules) if rules else None
        dates = {"from_day": following.opens.date(), "to_day": following.last.date()} if following else {}
        text = T(
            "msg.tabel.confirmed",
            month=month,
            confirmed_at=sheet.answered_at,
            next_window=T("label.next_window", **dates) if dates else "—",
        )
        waiting = tabels.waiting(do)
        if not waiting:
            return Ask(text, (Choice("~menu", T("btn.menu")),))
        name = tabel_month.child_name(waiting[0][0].child, do)
        left = T("msg.tabel_confirm.next_child", child=name)
        return Ask(
            T("label.lines", first=text, then=left), (Choice("open", T("btn.tabel")), Choice("~menu", T("btn.menu")))
        )

    def answer(self, said: Said, do: Services) -> Move:
        waiting = tabels.waiting(do)
        return tabel_month.grid(do, waiting[0][0].child, waiting[0][1].month) if waiting else tabel_list.Home()
