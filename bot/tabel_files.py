"""A month of the tabel as a file: a PDF with its picture and the status block of seed 002, or a sheet of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Final

from dialogs.engine.catalogue import say, value
from dialogs.engine.texts import T
from services.tabel_pictures import MonthPicture
from storage.tabels import Exported

if TYPE_CHECKING:
    from fpdf import FPDF

_SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MARGIN: Final = 20
_PICTURE_WIDTH: Final = 110


def pdf(month: Exported) -> bytes:
    """Return the PDF of a month: who and when in words, the picture below."""
    from fpdf import FPDF

    from bot.pdf import FONTS
    from bot.pictures import tabel

    page = FPDF(format="A4")
    page.set_margin(_MARGIN)
    page.add_font("DejaVu", "", str(FONTS / "DejaVuSans.ttf"))
    page.add_font("DejaVu", "B", str(FONTS / "DejaVuSans-Bold.ttf"))
    page.set_title(_title(month))
    page.set_lang(month.language)
    page.add_page()
    _line(page, _title(month), size=16, bold=True)
    for line in _facts(month):
        _line(page, line)
    drawn = tabel.draw(_picture(month))
    page.ln(4)
    said = "; ".join(_totals(month))
    page.image(BytesIO(drawn), x=_MARGIN, w=_PICTURE_WIDTH, alt_text=said)
    return bytes(page.output())


def _line(page: FPDF, words: str, *, size: int = 11, bold: bool = False) -> None:
    from fpdf.enums import XPos, YPos

    page.set_font("DejaVu", "B" if bold else "", size)
    page.multi_cell(0, size * 0.6, words, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.ln(1)


def xlsx(month: Exported) -> bytes:
    """Return the month as a table: one column for each day, as the portal's own sheet has it."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    table = book.active
    assert table is not None
    table.title = month.sheet.month.text
    table.append([_title(month)])
    for line in _facts(month):
        table.append([line])
    table.append([])
    days = list(range(1, month.sheet.month.days + 1))
    table.append([_say(month, "pdf.child"), *days])
    table.append([_safe(month.child.full), *(_safe(mark) for mark in month.sheet.marks)])
    table.append([])
    for words in _totals(month):
        table.append([words])
    table["A1"].font = Font(bold=True, size=14)
    table.column_dimensions["A"].width = 40
    for row in table.iter_rows(min_col=2):
        for cell in row:
            cell.alignment = Alignment(horizontal="center")
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def _safe(words: str) -> str:
    """A name that begins like a formula must stay a name."""
    return f"'{words}" if words[:1] in "=+-@" else words


def _say(month: Exported, key: str, /, **names: object) -> str:
    return say(T(key, **names), month.language)


def _title(month: Exported) -> str:
    when = month.sheet.month
    return _say(month, "picture.tabel.title", month=when, year=when.first.year)


def _facts(month: Exported) -> list[str]:
    """Return the status block: child, kindergarten, and who answered when (T4)."""
    facts = [month.child.full, month.kindergarten]
    receipt = month.receipt
    if receipt is None:
        return [*facts, _say(month, "status.tabel.waiting")]
    status = _say(month, f"status.tabel.{receipt.act}")
    signed = (status, receipt.who, receipt.iin, value(receipt.at, month.language), receipt.code)
    return [*facts, " · ".join(words for words in signed if words)]


def _totals(month: Exported) -> list[str]:
    return [
        _say(month, "picture.tabel.row", what=T(f"mark.{meaning}"), n=count)
        for meaning, count in month.sheet.totals(month.marks).items()
        if count
    ]


def _picture(month: Exported) -> MonthPicture:
    given = month.sheet
    return MonthPicture(month.language, given.month.number, given.marks, month.child.short, dict(month.marks))


#: By the kind of link: what makes the file, its type and its ending.
KINDS: Final[Mapping[str, tuple[Callable[[Exported], bytes], str, str]]] = {
    "tabel_pdf": (pdf, "application/pdf", "pdf"),
    "tabel_xlsx": (xlsx, _SHEET, "xlsx"),
}
