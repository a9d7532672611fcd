"""The picture of a month, held against reference images that somebody has looked at."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from bot import pictures
from bot.pictures import tabel
from bot.web.media import LIVES, Media
from dialogs.engine.texts import LANGUAGES
from services.regimes import installed
from services.tabel_pictures import MonthPicture
from services.tabels import Month
from storage.vault import Vault
from tests.city import Dice, HandClock

REFERENCES = Path(__file__).parent / "pictures"
RULES = installed().get("snation_voucher_2025").tabel
assert RULES is not None
LEGEND = dict(RULES.marks)
NOVEMBER = Month(2026 * 12 + 10)
MARKS = "вxxxxxввxннxxввxббxxввxxоxxввx"


def month(language: str = "ru", marks: str = MARKS, when: Month = NOVEMBER) -> MonthPicture:
    return MonthPicture(language, when.number, marks, "Алихан С.", LEGEND)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def differ(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that are clearly another colour."""
    distance = ImageChops.difference(one, other).convert("L").point(lambda value: 255 if value > 48 else 0)
    return distance.histogram()[255] / (one.width * one.height)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_month_looks_as_it_was_approved(language: str) -> None:
    drawn = opened(pictures.read(month(language).name))

    reference = Image.open(REFERENCES / f"tabel_{language}.png").convert("RGB")
    assert drawn.size == reference.size
    assert drawn.width == 1080
    assert differ(drawn, reference) < 0.002


def test_one_day_marked_otherwise_is_another_picture() -> None:
    other = MARKS.replace("ббxx", "бxxx", 1)

    assert differ(opened(tabel.draw(month())), opened(tabel.draw(month(marks=other)))) > 0.001


def test_without_colours_no_two_meanings_look_alike() -> None:
    """Each day's tile in grey, its number and letter left out: what is left is ground and pattern."""
    tiles = {}
    for mark, meaning in LEGEND.items():
        tile = Image.new("RGB", (140, 140), "white")
        tabel._tile(tile, (0, 0, 140, 140), meaning)
        tiles[mark] = tile.convert("L").tobytes()

    patterned = {meaning: tiles[mark] for mark, meaning in LEGEND.items() if meaning not in ("present", "off")}

    assert len(set(patterned.values())) == len(patterned)
    assert len(set(LEGEND)) == len(set(LEGEND.values()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_month_of_a_year_has_its_words_inside(language: str) -> None:
    for number in range(12):
        when = Month(2027 * 12 + number)
        drawn = opened(tabel.draw(month(language, "x" * when.days, when)))
        right = drawn.crop((drawn.width - 8, 0, drawn.width, drawn.height))
        assert right.getcolors() == [(8 * drawn.height, (255, 255, 255))]


def test_a_letter_nobody_explained_is_shown_and_counted() -> None:
    strange = "я" + MARKS[1:]

    with_it, without = opened(tabel.draw(month(marks=strange))), opened(tabel.draw(month()))

    # The sixth line of the legend fits beside the fifth.
    assert with_it.size == without.size
    assert differ(with_it, without) > 0.002


@pytest.mark.parametrize(
    "name", ["tabel:", "tabel:AAAA", "tabel:!!", month(marks="x").name, MonthPicture("xx", 1, "", "", {}).name]
)
def test_a_name_that_describes_no_month_is_no_picture(name: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        pictures.read(name)


def test_an_address_shows_a_familys_picture_and_is_soon_over() -> None:
    clock = HandClock()
    media = Media(Vault((b"d" * 32,), b"i" * 32, Dice()), clock)
    path = media.path(month().name)
    token = path.removeprefix("/m/")

    assert "0JDQu9C4" not in path  # "Али" as it would stand there unsealed
    assert media.name(token) == month().name
    assert media.name(token[:-2]) is None
    assert media.name("ключ") is None
    clock.move(seconds=LIVES.total_seconds())
    assert media.name(token) is None


def test_a_picture_that_anybody_may_see_has_an_address_for_ever() -> None:
    media = Media(Vault((b"d" * 32,), b"i" * 32, Dice()), HandClock())

    assert media.path("id_card") == "/pictures/id_card.png"
