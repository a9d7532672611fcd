"""A person's copy of their data as one file: JSON for machines, PDF for people."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any, Final

from fpdf import FPDF

from dialogs.engine.catalogue import say
from dialogs.engine.texts import T

FONT: Final = Path(__file__).parents[1] / "fonts" / "DejaVuSans.ttf"
LINE: Final = 6
GROUPS: Final = {
    "account": T("export.account"),
    "children": T("export.children"),
    "applications": T("export.applications"),
    "chats": T("export.chats"),
    "consents": T("export.consents"),
    "requests": T("export.requests"),
    "cases": T("export.cases"),
    "record": T("export.record"),
}

Copy = dict[str, Any]  # Any: JSON values


def archive(copy: Copy, language: str) -> bytes:
    """Return both files in one archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("balabaqsha.json", json.dumps(copy, ensure_ascii=False, indent=2))
        files.writestr("balabaqsha.pdf", pdf(copy, language))
    return packed.getvalue()


def pdf(copy: Copy, language: str) -> bytes:
    """Return the copy on paper: a heading for each group, a line for each value."""
    paper = FPDF()
    paper.add_font("DejaVu", fname=str(FONT))
    paper.add_page()
    _line(paper, say(T("export.title"), language), 16)
    for group, heading in GROUPS.items():
        _line(paper, say(heading, language), 13)
        values = copy.get(group) or []
        for item in values if isinstance(values, list) else [values]:
            for name, value in item.items():
                if value not in (None, ""):
                    _line(paper, f"{name}: {value}", 10)
            paper.ln(LINE / 2)
    return bytes(paper.output())


def _line(paper: FPDF, text: str, size: int) -> None:
    paper.set_font("DejaVu", size=size)
    paper.multi_cell(0, LINE * size / 10, text, new_x="LMARGIN", new_y="NEXT")
