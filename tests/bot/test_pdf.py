"""Papers as PDFs: every kind in both languages of the state, with a code that leads to its check."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pypdfium2
import pytest

from bot import pdf
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from services.names import PersonName
from services.papers import KINDS, LANGUAGES
from storage.papers import Printed

PAPER = Printed(
    code="c" * 32,
    kind="registration",
    language="kk",
    issued_at=datetime(2026, 11, 20, 5, tzinfo=UTC),
    number="2026-118",
    filed_at=datetime(2026, 2, 5, 9, 31, 28, tzinfo=UTC),
    kato="612010000",
    group="general",
    languages=("kk", "ru"),
    benefit="military",
    child=PersonName("Сабитова", "Дана", "Бауыржанқызы"),
    born=date(2021, 8, 2),
    applicant=PersonName("Сәрсенова", "Гүлнұр", "Әбішқызы"),
    files=(("work", "pdf"), ("work", "jpg")),
)


def words(data: bytes) -> str:
    page = pypdfium2.PdfDocument(data)[0]
    return " ".join(page.get_textpage().get_text_range().split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_says_what_it_certifies(kind: str, language: str) -> None:
    data = pdf.draw(replace(PAPER, kind=kind, language=language), "https://bot.test/v/" + PAPER.code)

    said = words(data)
    assert say(T(f"pdf.title.{kind}"), language) in said
    assert "№ 2026-118" in said
    assert "Сабитова Дана Бауыржанқызы" in said
    assert "https://bot.test/v/" in said
    assert len(pypdfium2.PdfDocument(data)) == 1


def test_the_time_of_filing_is_that_of_almaty() -> None:
    assert "05.02.2026 14:31:28" in words(pdf.draw(PAPER, "https://bot.test/v/c"))
