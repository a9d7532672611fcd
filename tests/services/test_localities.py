"""Localities: the built-in map hangs together, and a classifier file is read whole or not at all."""

from __future__ import annotations

from services import localities
from services.localities import Locality, Map


class Nothing:
    """Nothing was imported."""

    def imported(self) -> tuple[Locality, ...]:
        return ()

    def home(self) -> str:
        return ""

    def set_home(self, kato: str) -> None:
        raise AssertionError


BUILT_IN = localities.of(Nothing())
FILE = [
    "te;name_kaz;name_rus\n",
    "610000000;Түркістан облысы;Туркестанская область\n",
    "612000000;Кентау Қ.Ә.;Кентау Г.А.\n",
    "612010000;Кентау қ.;г.Кентау\n",
    "615500000;Сауран ауданы;район Сауран\n",
    "615533100;Шорнақ а.;с.Шорнак\n",
]


def test_every_unit_hangs_under_one_that_is_there() -> None:
    codes = {item.kato for item in BUILT_IN.all}

    assert len(codes) == len(BUILT_IN.all)
    assert [item for item in BUILT_IN.all if item.parent and item.parent not in codes] == []
    assert len(BUILT_IN.under("")) == 20


def test_every_region_has_its_kazakh_name() -> None:
    assert [item.ru for item in BUILT_IN.under("") if not item.kk] == []


def test_every_button_fits() -> None:
    long = [item for item in BUILT_IN.all for language in ("kk", "ru") if len(item.brief(language)) > 24]

    assert long == []


def test_a_file_hangs_each_unit_under_the_nearest_that_can_be_chosen() -> None:
    units, bad = localities.read(FILE)
    known = Map(tuple(units))

    assert bad == []
    assert known.path("612010000", "ru") == "Туркестанская область, Кентау"
    assert known.path("615533100", "kk") == "Түркістан облысы, Сауран ауданы, Шорнақ а."
    assert known.get("612000000") is None


def test_a_bad_line_is_named() -> None:
    _, bad = localities.read([*FILE, "61;;\n"])

    assert [(line.line, line.why) for line in bad] == [(7, "te is not nine digits")]


def test_a_file_without_the_columns_is_none() -> None:
    units, bad = localities.read(["a;b\n"])

    assert units == []
    assert bad[0].line == 1
