"""Who waits in the demo's cities: kindergartens and lines of invented families, the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from services.iin import Iin, Sex, check_digit
from services.names import PersonName
from services.persons_file import PersonRow
from services.registry import Status
from services.tabels import Month


@dataclass(frozen=True)
class Stands:
    """A child in a queue: since when, with which benefit, and when it left again."""

    child: PersonRow
    filed_at: datetime
    benefit: str = ""
    left_at: datetime | None = None
    languages: tuple[str, ...] = ("kk",)
    #: Year and number of the application, where it is known.
    number: tuple[int, int] | None = None


@dataclass(frozen=True)
class Garden:
    """A kindergarten of the demo."""

    kk: str
    ru: str
    ownership: str = "STATE"
    phone: str = "+77253600000"


#: By the KATO of the demo's cities (architecture §6).
KINDERGARTENS: Final = {
    "612010000": (
        Garden("«Балдәурен» бөбекжайы", "Ясли-сад «Балдаурен»"),
        Garden("«Айгөлек» балабақшасы", "Детский сад «Айголек»"),
        Garden("«Күншуақ» балабақшасы", "Детский сад «Куншуак»", "PRIVATE_STATE_ORDER"),
    ),
    "750000000": (
        Garden("«Еркетай» бөбекжайы", "Ясли-сад «Еркетай»", phone="+77273390000"),
        Garden("«Балапан» балабақшасы", "Детский сад «Балапан»", "PRIVATE", "+77273390001"),
        Garden("«Балдырған» балабақшасы", "Детский сад «Балдырған»", phone="+77273390002"),
    ),
    "151010000": (
        Garden("«Ақбота» бөбекжайы", "Ясли-сад «Акбота»", phone="+77132540000"),
        Garden("«Таңшолпан» балабақшасы", "Детский сад «Таншолпан»", phone="+77132540001"),
    ),
    "591010000": (Garden("«Қарлығаш» бөбекжайы", "Ясли-сад «Карлыгаш»", phone="+77152460000"),),
}

#: The day and time of the fixture's application (journeys, Fixtures): № 2026-118, number 124.
DANA_FILED: Final = datetime.fromisoformat("2026-02-05T14:31:28+05:00")
DANA_NUMBER: Final = (2026, 118)
KENTAU: Final = "612010000"
ALMATY: Final = "750000000"
#: Where Алихан has his place by voucher (journeys, T18): 21 weekdays of November, all of them there.
BALDYRGAN: Final = "Детский сад «Балдырған»"
NOVEMBER: Final = Month(2026 * 12 + 10)
NOVEMBER_MARKS: Final = "вxxxxxввxxxxxввxxxxxввxxxxxввx"
_SERIALS_FROM: Final = 7000  # no registry person of the demo has such an IIN


def line(kato: str, dana: PersonRow) -> list[Stands]:
    """Return the families of a city's queue in the order they filed."""
    made = _Families(Random(kato))  # noqa: S311 - the same city every time; nothing here is secret
    waiting = list(made.kentau(dana) if kato == KENTAU else made.others())
    return sorted(waiting, key=lambda item: item.filed_at)


@dataclass(frozen=True)
class _Families:
    """Families drawn by lot."""

    chance: Random

    def kentau(self, dana: PersonRow) -> Iterator[Stands]:
        """Yield a line in which Дана is number 124: 10 out of turn, 25 with a benefit, 88 of the rest before her."""
        children = (self._child(2021, number) for number in count())
        yield Stands(dana, DANA_FILED, languages=("kk", "ru"), number=DANA_NUMBER)
        yield from (Stands(next(children), self._before(), "military") for _ in range(8))
        yield from (Stands(next(children), self._lately(days), "military") for days in (25, 60))
        yield from (Stands(next(children), self._before(), "large_family") for _ in range(22))
        yield from (Stands(next(children), self._lately(days), "orphan") for days in (12, 40, 75))
        yield from (Stands(next(children), self._before()) for _ in range(88))
        yield from (Stands(next(children), self._before(), left_at=self._lately(7 * week)) for week in range(1, 26))
        yield from (Stands(next(children), self._after()) for _ in range(60))

    def others(self) -> Iterator[Stands]:
        for number in range(60):
            benefit = self.chance.choices(("", "large_family", "teacher", "military"), (75, 12, 8, 5))[0]
            yield Stands(self._child(self.chance.choice((2021, 2022, 2023)), number), self._before(), benefit)

    def _before(self) -> datetime:
        return DANA_FILED - timedelta(days=self.chance.randint(40, 330), seconds=self.chance.randint(0, 30_000))

    def _after(self) -> datetime:
        return DANA_FILED + timedelta(days=self.chance.randint(2, 280), seconds=self.chance.randint(0, 30_000))

    def _lately(self, days_ago: int) -> datetime:
        return datetime.fromisoformat("2026-11-20T10:00:00+05:00") - timedelta(days=days_ago, hours=1)

    def _child(self, year: int, number: int) -> PersonRow:
        boy = self.chance.random() < 0.5  # noqa: PLR2004
        first = self.chance.choice(("Алихан", "Нұрлан", "Ерасыл") if boy else ("Аружан", "Дана", "Айша"))
        last = self.chance.choice(("Ахметов", "Сәрсенов", "Омаров", "Қасымов", "Жұмабаев")) + ("" if boy else "а")
        month, day = self.chance.randint(1, 12), self.chance.randint(1, 28)
        serials = (_SERIALS_FROM + number + step for step in count(0, 500))
        starts = (f"{year % 100:02}{month:02}{day:02}{5 if boy else 6}{serial:04}" for serial in serials)
        eleven = next(digits for digits in starts if check_digit(digits) is not None)
        iin = Iin(f"{eleven}{check_digit(eleven)}")
        sex = Sex.MALE if boy else Sex.FEMALE
        return PersonRow(iin, None, PersonName(last, first, ""), iin.born, sex, "kazakh", Status.ACTIVE, (), ())
