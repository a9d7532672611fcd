"""Children with a voucher place, and the months that wait for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs import tabel_month
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Move, Step, step
from dialogs.engine.texts import T, Text
from services import tabels
from services.services import Services
from services.tabels import Month
from services.trust import Trust


@step("tabel_list.home")
@dataclass(frozen=True)
class Home(Step):
    """One child and one open month lead straight to the month; else one row for each."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    def enter(self, do: Services) -> Move | None:
        placed, open_now = do.tabels.vouchers(), tabels.waiting(do)
        if len(placed) != 1 or len(open_now) > 1:
            return None
        if open_now:
            return tabel_month.grid(do, placed[0].child, open_now[0][1].month)
        return tabel_month.PickMonth(placed[0].child)

    def ask(self, do: Services) -> Ask:
        placed = do.tabels.vouchers()
        if not placed:
            return Ask(T("err.tabel.no_voucher"), (Choice("~menu", T("btn.menu")),))
        open_now = tabels.waiting(do)
        rows = [
            Choice(
                f"m{voucher.child}.{sheet.month.text}",
                T("label.tabel_row", child=tabel_month.child_name(voucher.child, do), month=sheet.month),
                description=T("msg.tabel_list.row", **_row(voucher.child, sheet, do)),
            )
            for voucher, sheet in open_now
        ]
        answered = {voucher.child for voucher in placed} - {voucher.child for voucher, _ in open_now}
        rows += [
            Choice(f"c{child}", T("label.name", name=tabel_month.child_name(child, do))) for child in sorted(answered)
        ]
        return Ask(T("msg.tabel_list.home"), tuple(rows))

    def answer(self, said: Said, do: Services) -> Move:
        kind, _, rest = said.choice.partition(".")
        child = int(kind[1:])
        return tabel_month.grid(do, child, Month.parse(rest)) if rest else tabel_month.PickMonth(child)


def _row(child: int, sheet: tabels.Sheet, do: Services) -> dict[str, object]:
    return {"child": tabel_month.child_name(child, do), "month": sheet.month, "deadline": sheet.last}


def alert(do: Services) -> Text | None:
    """Return the menu's line about a month whose last day is near."""
    found = tabels.urgent(do)
    if found is None:
        return None
    _, sheet = found
    return T("msg.tabel_list.urgent", month=sheet.month, deadline=sheet.last)
