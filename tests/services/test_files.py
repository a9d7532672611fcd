"""Files are what they are, not what they are called: each kind is known by its bytes."""

from __future__ import annotations

from io import BytesIO

import pypdfium2
import pytest
from fpdf import FPDF
from PIL import Image

from services.files import MAX_BYTES, look


def picture(kind: str, side: int = 900) -> bytes:
    made = BytesIO()
    Image.new("RGB", (side, side), "white").save(made, kind)
    return made.getvalue()


def pdf(password: str = "") -> bytes:
    made = FPDF()
    made.add_page()
    if password:
        made.set_encryption("owner", password)
    return bytes(made.output())


def heic() -> bytes:
    import pillow_heif

    made = BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (800, 800), "white")).save(made, quality=50)
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"), [(picture("JPEG"), "jpg"), (picture("PNG"), "png"), (pdf(), "pdf"), (heic(), "jpg")]
)
def test_photos_and_pdfs_are_taken(data: bytes, kind: str) -> None:
    seen = look(data)

    assert (seen.kind, seen.reason) == (kind, "")
    assert look(seen.data).kind == kind  # what is kept can be opened again


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"x" * (MAX_BYTES + 1), "too_big"),
        (b"PK\x03\x04 a docx", "format"),
        (b"MZ a program", "format"),
        (b"<html>", "format"),
        (pdf("secret"), "password"),
        (b"%PDF-1.7 torn", "unreadable"),
        (picture("JPEG")[:400], "unreadable"),
        (picture("PNG")[:60], "unreadable"),
        (heic()[:200], "unreadable"),
    ],
)
def test_what_is_not_taken_says_why(data: bytes, reason: str) -> None:
    assert look(data).reason == reason


def test_a_small_photo_is_taken_with_a_hint() -> None:
    assert look(picture("JPEG", side=300)).is_small
    assert not look(picture("JPEG")).is_small


def test_a_page_of_a_kept_pdf_is_still_there() -> None:
    assert len(pypdfium2.PdfDocument(look(pdf()).data)) == 1
