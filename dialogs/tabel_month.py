"""One month of a child: which one, the picture with its totals, the same as text, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Go, Move, Step, step
from dialogs.engine.texts import T, Text
from services import accounts, tabels, vouchers
from services.refused import Refused
from services.services import Services
from services.tabel_pictures import MonthPicture
from services.tabels import Answer, Month, Sheet, State
from services.trust import Trust
from services.vouchers import Voucher, VoucherState

#: A month in a list, by where it stands (journeys §1.34).
_MARKS: Final = {
    State.NOT_PUBLISHED: "—",
    State.OPEN: "⏳",
    State.CONFIRMED: "✅",
    State.CONFIRMED_LATE: "✅",
    State.DISPUTED: "✖",
    State.MISSED: "❗",
}
_STATUS: Final = {
    State.NOT_PUBLISHED: "none",
    State.OPEN: "waiting",
    State.CONFIRMED: "confirmed",
    State.CONFIRMED_LATE: "confirmed",
    State.DISPUTED: "refused",
    State.MISSED: "missed",
}


@dataclass(frozen=True)
class OfChild(Step):
    """What all questions about the tabels of a child share."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    child: int


@step("tabel_month.pick_month")
@dataclass(frozen=True)
class PickMonth(OfChild):
    """The last twelve months with their marks."""

    def ask(self, do: Services) -> Ask:
        voucher = do.tabels.voucher(self.child)
        if voucher is None:
            return Ask(T("err.tabel.no_voucher"), (Choice("~menu", T("btn.menu")),))
        rows = tuple(
            Choice(f"m{month.text}", _row(state, month), description=T(f"status.tabel.{_STATUS[state]}"))
            for month, state in _months(voucher, do)
        )
        if not rows:
            return Ask(T("msg.tabel_month.nothing"), (Choice("~menu", T("btn.menu")),))
        return Ask(T("msg.tabel_month.pick_month"), rows)

    def answer(self, said: Said, do: Services) -> Move:
        month = Month.parse(said.choice.removeprefix("m"))
        if tabels.sheet_of(do, self.child, month) is None:
            raise Refused("err.tabel.not_ready", month=month)
        return grid(do, self.child, month)


def _months(voucher: Voucher, do: Services) -> list[tuple[Month, State]]:
    """Return the months of a voucher whose window has begun, the newest first; what is not published is named, too."""
    known = {sheet.month: tabels.state(sheet, do.now) for sheet in do.tabels.sheets(voucher.id)}
    last = Month.of(do.today).before
    months = (Month(last.number - back) for back in range(tabels.SHOWN))
    return [(month, known.get(month, State.NOT_PUBLISHED)) for month in months if month >= voucher.since]


def _row(state: State, month: Month) -> Text:
    return T("label.month_row", mark=_MARKS[state], month=month, year=month.first.year)


@dataclass(frozen=True)
class OfMonth(Step):
    """What all questions about one month share; the month is written as "2026-11"."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    child: int
    month: str

    @property
    def when(self) -> Month:
        return Month.parse(self.month)

    def enter(self, do: Services) -> Move | None:
        gone = tabels.sheet_of(do, self.child, self.when) is None
        return Go(PickMonth(self.child), T("err.tabel.not_ready", month=self.when)) if gone else None

    def ask(self, do: Services) -> Ask:
        sheet, voucher = tabels.sheet_of(do, self.child, self.when), do.tabels.voucher(self.child)
        if sheet is None or voucher is None:
            return Ask(T("err.tabel.not_ready", month=self.when), (Choice("~menu", T("btn.menu")),))
        return self.about(sheet, voucher, do)

    def about(self, sheet: Sheet, voucher: Voucher, do: Services) -> Ask:
        """Return the question about the month."""
        raise NotImplementedError(self.name)


@step("tabel_month.grid")
@dataclass(frozen=True)
class Grid(OfMonth):
    """The picture of a month, what it comes to, and the two answers to it."""

    #: What the person looks at: a tap confirms this and nothing else.
    seal: str = ""

    def about(self, sheet: Sheet, voucher: Voucher, do: Services) -> Ask:
        is_open = _is_answerable(sheet, voucher, do)
        text = T("msg.tabel.grid" if is_open else "msg.tabel.shown", **_totals(sheet, voucher, do))
        choices = (Choice("right", T("btn.all_right")), Choice("error", T("btn.has_error"))) if is_open else ()
        notes = _standing(sheet, voucher, do)
        return Ask(text, (*choices, Choice("more", T("btn.more"))), shows=picture(sheet, voucher, do), notes=notes)

    def answer(self, said: Said, do: Services) -> Move:
        from dialogs import tabel_confirm, tabel_refuse

        if said.choice == "more":
            return More(self.child, self.month)
        try:
            tabels.must_be_open(do, self.child, self.when, self.seal)
        except Refused as no:
            return met(no, self.child, self.when, do)
        if said.choice == "error":
            return tabel_refuse.Reason(tabel_refuse.Form(self.child, self.month, self.seal))
        return tabel_confirm.Modal(self.child, self.month, self.seal)


def grid(do: Services, child: int, month: Month) -> Step:
    """Return the month as it stands now."""
    sheet = tabels.sheet_of(do, child, month)
    return Grid(child, month.text, sheet.seal if sheet else "")


def met(no: Refused, child: int, month: Month, do: Services) -> Move:
    """Return to the month as it stands now with what the rules said; raise what it cannot show."""
    if no.key not in ("err.tabel.changed", "err.tabel.already", "err.tabel.window_closed", "err.voucher.annulled"):
        raise no
    if no.key == "err.tabel.window_closed":
        do.cases.open(flow="tabel_confirm", state="tabel_month.grid", question=no.key)
    return Go(grid(do, child, month), T(no.key, **no.names))


@step("tabel_month.more")
@dataclass(frozen=True)
class More(OfMonth):
    """What else there is to a month."""

    def about(self, sheet: Sheet, voucher: Voucher, do: Services) -> Ask:
        choices = (
            Choice("picture", T("btn.picture")),
            Choice("text", T("btn.as_text")),
            Choice("export", T("btn.export")),
            Choice("month", T("btn.other_month")),
        )
        return Ask(T("msg.tabel_month.more"), choices)

    def answer(self, said: Said, do: Services) -> Move:
        from dialogs import tabel_export

        doors: dict[str, Step] = {
            "text": AsText(self.child, self.month),
            "export": tabel_export.Format(self.child, self.month),
            "month": PickMonth(self.child),
        }
        return doors.get(said.choice) or grid(do, self.child, self.when)


@step("tabel_month.as_text")
@dataclass(frozen=True)
class AsText(OfMonth):
    """The month for those who cannot see the picture: every day by its meaning."""

    def about(self, sheet: Sheet, voucher: Voucher, do: Services) -> Ask:
        legend = _legend(voucher, do)
        missed = sorted(day for meaning in ("absent", "ill", "leave") for day in sheet.days(meaning, legend))
        text = T(
            "msg.tabel_month.as_text",
            month=sheet.month,
            year=sheet.month.first.year,
            present_days=days_text(sheet.days("present", legend)),
            absent_days=days_text(missed),
            weekend_days=days_text(sheet.days("off", legend)),
        )
        return Ask(text, (Choice("picture", T("btn.picture")), Choice("more", T("btn.more"))))

    def answer(self, said: Said, do: Services) -> Move:
        return More(self.child, self.month) if said.choice == "more" else grid(do, self.child, self.when)


# What several dialogs say of a month.


def days_text(days: list[int] | tuple[int, ...]) -> str:
    """Return days as a reader hears them: "3–5, 9"; a dash where there are none."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    pairs = 2
    words = [str(run[0]) if len(run) == 1 else f"{run[0]}{', ' if len(run) == pairs else '–'}{run[-1]}" for run in runs]
    return ", ".join(words) or "—"


def child_name(child: int, do: Services) -> str:
    """Return the child's first name and initial, veiled where it is not confirmed who this person is."""
    found = do.children.get(child)
    return accounts.shown(do, found.name).short if found else "—"


def present(sheet: Sheet, voucher: Voucher, do: Services) -> int:
    """Return how many days the child was there."""
    return sheet.totals(_legend(voucher, do))["present"]


def picture(sheet: Sheet, voucher: Voucher, do: Services) -> str:
    """Return the name of the month's picture: all it shows, and nothing else of a person."""
    free = tuple(day for day in range(1, sheet.month.days + 1) if not do.calendar.is_working(sheet.month.day(day)))
    name = child_name(voucher.child, do)
    return MonthPicture(do.language, sheet.month.number, sheet.marks, name, _legend(voucher, do), free).name


def _legend(voucher: Voucher, do: Services) -> dict[str, str]:
    rules = do.regimes.get(voucher.regime).tabel
    return dict(rules.marks) if rules else {}


def _totals(sheet: Sheet, voucher: Voucher, do: Services) -> dict[str, object]:
    counted = sheet.totals(_legend(voucher, do))
    return {
        "child": child_name(voucher.child, do),
        "month": sheet.month,
        "year": sheet.month.first.year,
        "kindergarten": voucher.kindergarten(do.language),
        "present": counted.get("present", 0),
        "absent": sum(counted.get(meaning, 0) for meaning in ("absent", "ill", "leave")),
        "weekend": counted.get("off", 0),
    }


def _is_answerable(sheet: Sheet, voucher: Voucher, do: Services) -> bool:
    regime = do.regimes.get(voucher.regime)
    over = vouchers.annulled_at(voucher, do.tabels.sheets(voucher.id), regime, do.now) is not None
    return sheet.answer not in tabels.CONFIRMED and not over


def _standing(sheet: Sheet, voucher: Voucher, do: Services) -> tuple[Text, ...]:
    """Return what is to be known before the picture: who answered, that it is late, that the voucher is at risk."""
    receipt = do.tabels.receipt(sheet)
    if receipt is not None and sheet.answer in tabels.CONFIRMED:
        who, iin, code = receipt.who or "—", receipt.iin or "—", receipt.code
        return (T("msg.tabel_month.confirmed_status", who=who, iin=iin, confirmed_at=receipt.at, code=code),)
    regime, listed = do.regimes.get(voucher.regime), do.tabels.sheets(voucher.id)
    if (ended := vouchers.annulled_at(voucher, listed, regime, do.now)) is not None:
        return (T("err.voucher.annulled", annulled_at=ended),)
    notes = []
    if receipt is not None and sheet.answer is Answer.REFUSED and tabels.state(sheet, do.now) is State.DISPUTED:
        who = receipt.who or "—"
        notes.append(T("msg.tabel_month.refused_status", who=who, refused_at=receipt.at, code=receipt.code))
    if vouchers.state_of(voucher, listed, regime, do.now) is VoucherState.AT_RISK:
        notes.append(T("msg.tabel.at_risk"))
    return tuple(notes)
