"""A month as a file: PDF or a sheet for a table program, behind a short-lived link (seed 002)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dialogs import tabel_month
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Move, step
from dialogs.engine.texts import T
from services.services import Services
from services.tabels import Sheet
from services.vouchers import Voucher

_KINDS: Final = ("pdf", "xlsx")


@step("tabel_export.format")
@dataclass(frozen=True)
class Format(tabel_month.OfMonth):
    """Which kind of file."""

    def about(self, sheet: Sheet, voucher: Voucher, do: Services) -> Ask:
        choices = tuple(Choice(kind, T(f"file_kind.{kind}")) for kind in _KINDS)
        return Ask(T("msg.tabel_export.format"), choices)

    def answer(self, said: Said, do: Services) -> Move:
        return Ready(self.child, self.month, said.choice)


@step("tabel_export.ready")
@dataclass(frozen=True)
class Ready(tabel_month.OfMonth):
    """The link to the file works for ten minutes."""

    kind: str

    def about(self, sheet: Sheet, voucher: Voucher, do: Services) -> Ask:
        choices = (Choice("month", T("btn.tabel")),)
        if not do.chat.has_pages:
            return Ask(T("msg.tabel_export.no_pages"), choices)
        page = f"paper-tabel_{self.kind}-{sheet.id}"
        return Ask(T("msg.tabel_export.ready", month=sheet.month), choices, page=page)  # type: ignore[arg-type]

    def answer(self, said: Said, do: Services) -> Move:
        return tabel_month.grid(do, self.child, self.when)
