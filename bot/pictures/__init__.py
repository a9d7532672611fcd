"""Pictures the bot sends: where to find an IIN, codes to point another phone at, a month of a child."""

import io
from functools import cache
from pathlib import Path
from typing import Final

import segno

HERE: Final = Path(__file__).parent
QR: Final = "qr:"
TABEL: Final = "tabel:"
#: Longer than any link of ours.
LONGEST: Final = 300


def read(name: str) -> bytes:
    """Return a picture's PNG by its name without the ending; `qr:…` and `tabel:…` are drawn from it, kept nowhere."""
    if name.startswith(TABEL):
        from bot.pictures import tabel

        return tabel.read(name)
    return _code(name.removeprefix(QR)) if name.startswith(QR) else _stored(name)


@cache
def _stored(name: str) -> bytes:
    if not name.isidentifier():
        raise ValueError("a picture is named by one word")
    return (HERE / f"{name}.png").read_bytes()


def path(name: str) -> str:
    """Return where on our site a picture that anybody may see is fetched by those who show it."""
    return f"/pictures/{name}.png"


def _code(text: str) -> bytes:
    if not text or len(text) > LONGEST:
        raise ValueError("a code holds a link")
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="png", scale=8, border=4)
    return drawn.getvalue()
