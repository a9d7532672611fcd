"""Files a family sends: what they really are, and why one is not taken.

Looked at before the turn, outside of any transaction: nothing here knows a person. What a name or a provider says of
the type is not believed. Source: journeys §0.4, §1.16, err.file.bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Final, Protocol

MAX_MB: Final = 10
MAX_FILES: Final = 10
MAX_BYTES: Final = MAX_MB * 1024 * 1024
#: Under this a page of text in a photo cannot be read.
SMALL_SIDE: Final = 700
_MAX_PIXELS: Final = 60_000_000


class TooLarge(Exception):
    """The file is larger than we take."""


@dataclass(frozen=True)
class Looked:
    """What a file is: `pdf`, `jpg` or `png` with the bytes to keep, or the reason it is not taken (`file.{reason}`)."""

    kind: str = ""
    data: bytes = b""
    reason: str = ""
    #: A photo whose text is small.
    is_small: bool = False


@dataclass(frozen=True)
class StoredFile:
    """A file that lies sealed, and which paper it is."""

    id: int
    name: str
    kind: str
    size: int
    paper: str
    issued_on: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True)
class Arrived:
    """A file that a transport has stored sealed before the turn: what the turn is told of it."""

    token: str
    key: str
    kind: str
    size: int
    digest: str
    name: str


class Files(Protocol):
    """What storage keeps of this person's files."""

    def add(self, arrived: Arrived, paper: str) -> StoredFile: ...
    def get(self, file: int) -> StoredFile | None: ...
    def date_papers(self, files: tuple[int, ...], issued_on: date, valid_until: date | None) -> None: ...
    def remove(self, file: int) -> None: ...


def look(data: bytes) -> Looked:
    """Return what these bytes are; HEIC becomes JPEG."""
    if not data:
        return Looked(reason="empty")
    if len(data) > MAX_BYTES:
        return Looked(reason="too_big")
    if b"%PDF-" in data[:1024]:
        return _pdf(data)
    if data[:3] == b"\xff\xd8\xff" or data[:8] == b"\x89PNG\r\n\x1a\n":
        return _picture(data, "jpg" if data[0] == 0xFF else "png")  # noqa: PLR2004 - the first byte of a JPEG
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis"):
        return _heic(data)
    return Looked(reason="format")


def _pdf(data: bytes) -> Looked:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as wrong:
        return Looked(reason="password" if "password" in str(wrong).lower() else "unreadable")
    try:
        if not len(document):
            return Looked(reason="empty")
        document[0].get_size()
    except pypdfium2.PdfiumError:
        return Looked(reason="unreadable")
    finally:
        document.close()
    return Looked("pdf", data)


def _picture(data: bytes, kind: str) -> Looked:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                return Looked(reason="too_big")
            picture.load()
            return Looked(kind, data, is_small=min(picture.size) < SMALL_SIDE)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return Looked(reason="unreadable")


def _heic(data: bytes) -> Looked:
    import pillow_heif

    try:
        picture = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
        if picture.size[0] * picture.size[1] > _MAX_PIXELS:
            return Looked(reason="too_big")
        made = BytesIO()
        picture.to_pillow().convert("RGB").save(made, "JPEG", quality=88)
    except (ValueError, RuntimeError, OSError, EOFError):
        return Looked(reason="unreadable")
    return Looked("jpg", made.getvalue(), is_small=min(picture.size) < SMALL_SIDE)
