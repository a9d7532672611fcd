"""Children of a parent: added by IIN with a registry check, removed from the list, never from history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from services import accounts, ages
from services.iin import Iin, Sex
from services.names import PersonName
from services.refused import Refused

if TYPE_CHECKING:
    from services.services import Services

#: Children one person may look up in a day.
LOOK_UPS_A_DAY: Final = 20
LOOKED_UP: Final = "child.looked_up"


@dataclass(frozen=True)
class Child:
    """A child on a parent's list."""

    id: int
    iin: Iin
    name: PersonName
    born: date
    sex: Sex
    nationality: str
    #: What the registry says of the family: a code of `services.social`, or "".
    social: str = ""


class Children(Protocol):
    """What storage keeps of this person's children."""

    def all(self) -> list[Child]: ...
    def get(self, child: int) -> Child | None: ...
    def add(self, iin: Iin, name: PersonName, born: date, sex: Sex, nationality: str, *, social: str = "") -> Child: ...
    def remove(self, child: int) -> None: ...


def must_be_new(do: Services, iin: Iin) -> None:
    """Refuse a birth date to come, the parent's own IIN, an adult or a seven-year-old, a child already listed.

    Refuses `err.iin.date(digits)`, `err.iin.parent_here`, `err.child.not_child`, `err.child.already(first_name)`.
    Source: seed 000, domain.md §5.4, journeys §1.13.
    """
    iin.must_be_born_by(do.today)
    account = do.accounts.mine()
    if account is not None and account.iin == iin:
        raise Refused("err.iin.parent_here")
    if ages.is_too_old(iin.born, do.today):
        raise Refused("err.child.not_child")
    must_not_be_listed(do, iin)


def must_not_be_listed(do: Services, iin: Iin) -> None:
    """Refuse a child who is already on the list: `err.child.already(first_name)`."""
    for child in do.children.all():
        if child.iin == iin:
            raise Refused("err.child.already", first_name=accounts.shown(do, child.name).first)


def count_look_up(do: Services) -> None:
    """Note that the registry is asked for a child; refuse `err.child.look_ups(count)` beyond 20 in a day (T18).

    Each answer tells whether an IIN exists, and a family has a handful of children.
    """
    if do.audit.times(LOOKED_UP, do.now - timedelta(days=1)) >= LOOK_UPS_A_DAY:
        raise Refused("err.child.look_ups", count=LOOK_UPS_A_DAY)
    do.audit.note(LOOKED_UP)


def turns_seven_this_year(born: date, today: date) -> bool:
    """Say whether applications for this child are archived this year (AG2, seed 000)."""
    return ages.turns_seven_in(born) == today.year
