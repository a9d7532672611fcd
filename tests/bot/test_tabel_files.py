"""A month as a file: what it says, and who gets it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest

from bot import tabel_files
from services import demo_city
from storage import tabels
from storage.do import Do
from storage.tabels import Exported
from tests import tabels as put
from tests.city import TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import applications as way
from tests.tabels import NOVEMBER, almaty


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    made.clock.at = almaty("2026-12-01T10:00:00")
    put.month(made, put.voucher(made), NOVEMBER)
    yield made
    made.close()


def at_link(city: City, kind: str, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    parent = way.family(city, channel, language, (demo_city.ALIKHAN,))
    parent.says("/tabel")
    parent.taps("btn.all_right")
    parent.taps("btn.confirm")
    parent.says("/tabel")
    parent.taps(parent.labels[0])
    parent.taps("btn.more")
    parent.taps("btn.export")
    parent.taps(parent.say(f"file_kind.{kind}"))
    return parent


def exported(city: City, token: str, kind: str, tabel: int = 1) -> Exported | None:
    found: Exported | None = city.deed(lambda deed: tabels.export(deed, token, f"paper-tabel_{kind}-{tabel}", tabel))
    return found


def token(parent: Parent) -> str:
    return parent.link.rsplit("/", 1)[1]


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_pdf_has_the_status_block_and_the_picture(city: City, language: str) -> None:
    parent = at_link(city, "pdf", language=language)
    month = exported(city, token(parent), "pdf")
    assert month is not None

    page = pypdfium2.PdfDocument(tabel_files.pdf(month))[0]

    words = " ".join(page.get_textpage().get_text_range().split())
    assert "Сабитов Алихан Бауыржанұлы" in words
    assert "Балдырған" in words
    assert parent.say("status.tabel.confirmed") in words
    assert "••••••••0001" in words
    assert [item.type for item in page.get_objects()].count(3) == 1  # one image


def test_the_table_has_a_column_for_each_day(city: City) -> None:
    parent = at_link(city, "xlsx")
    month = exported(city, token(parent), "xlsx")
    assert month is not None

    table: Any = openpyxl.load_workbook(BytesIO(tabel_files.xlsx(month))).active

    rows = [[cell for cell in row if cell is not None] for row in table.iter_rows(values_only=True)]
    assert ["Ребёнок", *range(1, 31)] in rows
    assert ["Сабитов Алихан Бауыржанұлы", *put.MARKS] in rows
    assert ["в саду: 20"] in rows


def test_a_link_leads_to_its_own_month_for_ten_minutes_only(city: City) -> None:
    parent = at_link(city, "pdf")
    given = token(parent)
    other = put.month(city, 1, put.OCTOBER)

    assert exported(city, given, "pdf", other) is None
    assert exported(city, "a" * 32, "pdf") is None
    assert exported(city, given, "xlsx") is None
    city.clock.move(minutes=10)
    assert exported(city, given, "pdf") is None


def test_whoever_does_not_list_the_child_gets_nothing(city: City) -> None:
    way.family(city, TELEGRAM, "ru", (demo_city.ALIKHAN,))
    stranger = way.family(city, WHATSAPP, "ru", (), demo_city.GRANDMOTHER)

    def makes(do: Do) -> str:
        made = do.links.make("paper-tabel_pdf-1")
        do.keep()
        return made

    made = city.looks(stranger, makes)

    assert exported(city, made, "pdf") is None


def test_a_name_that_begins_like_a_formula_stays_a_name() -> None:
    assert tabel_files._safe("=1+1") == "'=1+1"
    assert tabel_files._safe("x") == "x"
