"""Lines of children for tests: who stands where, put there at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.demo_line import Stands
from services.iin import Iin, Sex, check_digit
from services.names import PersonName
from services.persons_file import PersonRow
from services.regimes import installed
from services.registry import Status
from storage.queue_founding import put_queue
from tests.city import START, City

KENTAU = "612010000"
ALMATY_CITY = "750000000"
AKTOBE = "151010000"


def child(number: int, year: int = 2021) -> PersonRow:
    """A boy of that birth year, another for each number."""
    starts = (f"{year % 100:02}{month:02}175{number:04}" for month in range(1, 13))
    eleven = next(digits for digits in starts if check_digit(digits) is not None)
    iin = Iin(f"{eleven}{check_digit(eleven)}")
    name = PersonName("Сабитов", f"Али{number}", "")
    return PersonRow(iin, None, name, iin.born, Sex.MALE, "kazakh", Status.ACTIVE, (), ())


def stand(
    city: City,
    benefits: list[str],
    *,
    kato: str = KENTAU,
    year: int = 2021,
    first: int = 0,
    since: datetime = START - timedelta(days=300),
) -> None:
    """Let children with these benefits ("" for none) stand in a line, filed one day after another."""
    regime = installed().taking(kato, since.date())
    assert regime is not None
    line = [
        Stands(child(first + at, year), since + timedelta(days=at % 250, minutes=at), benefit)
        for at, benefit in enumerate(benefits)
    ]
    city.deed(lambda deed: put_queue(deed, regime, kato, line))
