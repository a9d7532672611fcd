"""A month of a child as a picture: seven columns, big numbers, and for each day a letter, a colour and a pattern.

Readable at a third of its size and without colours. It carries the child's first name and initial, nothing else of a
person, and is drawn from its own name at the moment it is sent.
"""

from __future__ import annotations

import io
from calendar import monthrange
from functools import cache
from pathlib import Path
from typing import Final

from babel.dates import get_day_names
from PIL import Image, ImageDraw, ImageFont

from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from services.tabel_pictures import MonthPicture, unpacked
from services.tabels import Month

FONTS: Final = Path(__file__).parents[1] / "fonts"
WIDTH: Final = 1080
_EDGE: Final = 36
_GAP: Final = 10
_CELL: Final = (WIDTH - 2 * _EDGE - 6 * _GAP) // 7
_HEAD: Final = 196
_WEEKDAYS: Final = 62
_LEGEND_ROW: Final = 84
_WEEK: Final = 7

_PAPER, _INK, _QUIET = "#ffffff", "#16202b", "#67727e"
#: The ground, the ink on it, and the pattern of each meaning: told apart by any two of letter, colour and pattern.
_LOOKS: Final = {
    "present": ("#d6f0dc", "#0c5223", "plain"),
    "absent": ("#fbd9d3", "#8c1d10", "stripes"),
    "ill": ("#fdebc0", "#6e4700", "dots"),
    "leave": ("#d9e6fb", "#173f86", "lines"),
    "off": ("#f2f3f5", "#69727b", "plain"),
    "unknown": ("#ffffff", "#16202b", "frame"),
}
_PATTERN: Final = {"absent": "#f3b5aa", "ill": "#f5cf78", "leave": "#aecbf5"}
#: In the order of the legend.
_ORDER: Final = ("present", "absent", "ill", "leave", "off")


def read(name: str) -> bytes:
    """Return the PNG a name describes; raise ValueError for a name that describes none."""
    return draw(unpacked(name))


def draw(given: MonthPicture) -> bytes:
    """Return the PNG of a month."""
    month = Month(given.month)
    begins, days = monthrange(month.first.year, month.first.month)
    weeks = -(-(begins + days) // _WEEK)
    told = [meaning for meaning in _ORDER if meaning in given.legend.values() and _count(given, meaning)]
    unknown = sum(mark not in given.legend for mark in given.marks)
    rows = -(-(len(told) + bool(unknown)) // 2)
    grid = _HEAD + _WEEKDAYS
    height = grid + weeks * (_CELL + _GAP) + 30 + rows * _LEGEND_ROW + _EDGE
    image = Image.new("RGB", (WIDTH, height), _PAPER)
    pen = ImageDraw.Draw(image)
    _head(pen, given, month)
    for day in range(1, days + 1):
        column, line = (begins + day - 1) % _WEEK, (begins + day - 1) // _WEEK
        at = (_EDGE + column * (_CELL + _GAP), grid + line * (_CELL + _GAP))
        _day(image, at, day, given)
    _legend(image, grid + weeks * (_CELL + _GAP) + 30, given, told, unknown)
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def _head(pen: ImageDraw.ImageDraw, given: MonthPicture, month: Month) -> None:
    title = say(T("picture.tabel.title", month=month, year=month.first.year), given.language)
    # Months and languages differ in length: the longest still stands on one line.
    size = next(size for size in range(62, 20, -2) if _font(size, bold=True).getlength(title) <= WIDTH - 2 * _EDGE)
    pen.text((_EDGE, 30 + 62 - size), title, _INK, _font(size, bold=True))
    pen.text((_EDGE, 116), given.child, _QUIET, _font(46))
    names = get_day_names("abbreviated", locale=given.language)
    for column in range(_WEEK):
        name = names[column].capitalize()
        middle = _EDGE + column * (_CELL + _GAP) + _CELL // 2
        pen.text((middle, _HEAD + 20), name, _QUIET, _font(36), anchor="mm")


def _day(image: Image.Image, at: tuple[int, int], day: int, given: MonthPicture) -> None:
    mark = given.marks[day - 1]
    meaning = given.legend.get(mark, "unknown")
    _tile(image, (*at, at[0] + _CELL, at[1] + _CELL), meaning)
    pen = ImageDraw.Draw(image)
    ink = _LOOKS[meaning][1]
    # A day off speaks low: smaller and not bold, but its number stays where the others have theirs.
    quiet = meaning == "off"
    pen.text((at[0] + 14, at[1] + 8), str(day), ink, _font(46 if quiet else 56, bold=not quiet))
    pen.text(
        (at[0] + _CELL - 14, at[1] + _CELL - 8), mark, ink, _font(40 if quiet else 60, bold=not quiet), anchor="rd"
    )
    if day in given.free and not quiet:
        # Somebody marked a free day as a day at the kindergarten: it is to be seen.
        pen.rounded_rectangle((*at, at[0] + _CELL, at[1] + _CELL), 16, outline=ink, width=5)


def _tile(image: Image.Image, box: tuple[int, int, int, int], meaning: str) -> None:
    ground, ink, kind = _LOOKS[meaning]
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle(box, 16, fill=ground, outline=ink if kind == "frame" else None, width=3)
    if kind in ("stripes", "dots", "lines"):
        size = (box[2] - box[0], box[3] - box[1])
        shape = Image.new("L", size, 0)
        ImageDraw.Draw(shape).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), 16, fill=255)
        pattern = Image.new("RGB", size, ground)
        _pattern(ImageDraw.Draw(pattern), size, kind, _PATTERN[meaning])
        image.paste(pattern, box[:2], shape)


def _pattern(pen: ImageDraw.ImageDraw, size: tuple[int, int], kind: str, colour: str) -> None:
    width, height = size
    if kind == "stripes":
        for start in range(-height, width, 26):
            pen.line((start, height, start + height, 0), colour, 7)
    elif kind == "dots":
        for x in range(14, width, 26):
            for y in range(14, height, 26):
                pen.ellipse((x - 4, y - 4, x + 4, y + 4), colour)
    else:
        for y in range(16, height, 22):
            pen.line((0, y, width, y), colour, 5)


def _legend(image: Image.Image, top: int, given: MonthPicture, told: list[str], unknown: int) -> None:
    pen = ImageDraw.Draw(image)
    letters = {meaning: mark for mark, meaning in reversed(list(given.legend.items()))}
    rows = [(meaning, letters[meaning], _count(given, meaning)) for meaning in told]
    rows += [("unknown", "?", unknown)] if unknown else []
    for at, (meaning, letter, count) in enumerate(rows):
        x, y = _EDGE + at % 2 * (WIDTH // 2 - _EDGE // 2), top + at // 2 * _LEGEND_ROW
        _tile(image, (x, y, x + 64, y + 64), meaning)
        pen.text((x + 32, y + 32), letter, _LOOKS[meaning][1], _font(42, bold=True), anchor="mm")
        words = say(T("picture.tabel.row", what=T(f"mark.{meaning}"), n=count), given.language)
        pen.text((x + 82, y + 32), words, _INK, _font(40), anchor="lm")


def _count(given: MonthPicture, meaning: str) -> int:
    return sum(given.legend.get(mark) == meaning for mark in given.marks)


@cache
def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"DejaVuSans{'-Bold' if bold else ''}.ttf"), size)
