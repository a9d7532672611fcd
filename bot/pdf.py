"""Papers as PDFs, in Kazakh or Russian, with a QR code that leads to `/v/{code}`."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Final

import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from dialogs.engine.catalogue import ALMATY, say
from dialogs.engine.texts import T, Text
from services import cities
from storage.papers import Printed

FONTS: Final = Path(__file__).parent / "fonts"
_MARGIN: Final = 20
_NAMES_WIDTH: Final = 62
_QR_SIDE: Final = 32


def draw(paper: Printed, address: str) -> bytes:
    """Return the PDF of a paper; `address` is where its code is checked."""
    page = FPDF(format="A4")
    page.set_margin(_MARGIN)
    page.add_font("DejaVu", "", str(FONTS / "DejaVuSans.ttf"))
    page.add_font("DejaVu", "B", str(FONTS / "DejaVuSans-Bold.ttf"))
    page.set_title(_say(paper, T(f"paper.{paper.kind}")))
    page.set_lang(paper.language)
    page.add_page()
    _head(page, paper)
    for name, value in _facts(paper):
        _line(page, _say(paper, T(f"pdf.{name}")), value)
    _foot(page, paper, address)
    return bytes(page.output())


def _say(paper: Printed, text: Text) -> str:
    return say(text, paper.language)


def _head(page: FPDF, paper: Printed) -> None:
    page.set_font("DejaVu", "", 10)
    page.cell(0, 6, "Balabaqsha", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.ln(4)
    page.set_font("DejaVu", "B", 16)
    page.multi_cell(0, 8, _say(paper, T(f"pdf.title.{paper.kind}")), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.ln(6)


def _facts(paper: Printed) -> list[tuple[str, str]]:
    """Return what this kind of paper says, by the key of each name."""
    place = cities.get(paper.kato)
    facts = {
        "number": f"№ {paper.number}",
        "filed_at": f"{paper.filed_at.astimezone(ALMATY):%d.%m.%Y %H:%M:%S}",
        "applicant": paper.applicant.full,
        "child": paper.child.full,
        "born": f"{paper.born:%d.%m.%Y}",
        "locality": place.path(paper.language) if place else paper.kato,
        "group": _say(paper, T(f"group.{paper.group}")),
        "languages": ", ".join(_say(paper, T(f"teaching.{code}")) for code in paper.languages),
        "benefit": _say(paper, T(f"benefit_full.{paper.benefit}") if paper.benefit else T("benefit.none")),
        "files": "\n".join(f"{_say(paper, T(f'doc.{name}'))} ({kind})" for name, kind in paper.files) or "—",
    }
    told = {
        "registration": ("number", "filed_at", "applicant", "child", "locality", "group", "languages"),
        "receipt": ("number", "applicant", "child", "benefit", "files"),
        "register_entry": ("number", "filed_at", "child", "born", "locality"),
        "child_card": tuple(facts)[:-1],
    }
    return [(name, facts[name]) for name in told[paper.kind]]


def _line(page: FPDF, name: str, value: str) -> None:
    page.set_font("DejaVu", "", 10)
    top = page.get_y()
    page.multi_cell(_NAMES_WIDTH, 6, name, new_x=XPos.RIGHT, new_y=YPos.TOP)
    page.set_xy(_MARGIN + _NAMES_WIDTH + 3, top)
    page.set_font("DejaVu", "B", 10)
    page.multi_cell(0, 6, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.ln(2)


def _foot(page: FPDF, paper: Printed, address: str) -> None:
    code = BytesIO()
    segno.make(address, error="m").save(code, kind="png", scale=6, border=2)
    page.ln(8)
    top = page.get_y()
    page.image(code, x=_MARGIN, y=top, w=_QR_SIDE, alt_text=address)
    page.set_xy(_MARGIN + _QR_SIDE + 4, top + 4)
    page.set_font("DejaVu", "", 9)
    issued = f"{paper.issued_at.astimezone(ALMATY):%d.%m.%Y}"
    said = _say(paper, T("pdf.check", issued_on=issued, address=address))
    page.multi_cell(0, 5, said, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
