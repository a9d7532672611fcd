"""The person's own city or village: typed, chosen from region down, or by location (flow 1.10)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Final

from dialogs.engine import repair, words
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Done, Go, Move, Step, step
from dialogs.engine.texts import T, Text
from services import localities
from services.localities import Locality, Map
from services.services import Services

#: Rows beside [More] and the way back, as a list of WhatsApp takes them.
PAGE: Final = 7
#: So many names are looked at closely.
LIKELY: Final = 40


@step("locality_switch.search")
@dataclass(frozen=True)
class Search(Step):
    """Anybody may choose; it changes what is shown first, never an application."""

    #: The unit whose parts are shown, "" for the regions.
    under: str = ""
    page: int = 0

    def ask(self, do: Services) -> Ask:
        known = localities.of(do.places)
        rows = _rows(known, self.under)
        first = self.page % max(1, ceil(len(rows) / PAGE)) * PAGE
        choices = tuple(Choice(item.kato, _label(item, do)) for item in rows[first : first + PAGE])
        more = (Choice("more", T("btn.more")),) if len(rows) > PAGE else ()
        text = T("msg.locality_switch.search_place" if do.chat.shares_contact else "msg.locality_switch.search")
        if self.under:
            text = T("msg.locality_switch.inside", path=known.path(self.under, do.language))
        return Ask(text, (*choices, *more), awaits=Awaits.PLACE, example="Кентау")

    def answer(self, said: Said, do: Services) -> Move:
        known = localities.of(do.places)
        if said.heard is Heard.LOCATION:
            return _by_place(said, known)
        if said.choice == "more":
            return Search(self.under, self.page + 1)
        if said.choice:
            is_inside = said.choice != self.under and known.under(said.choice)
            return Search(said.choice) if is_inside else Confirm(said.choice)
        return _by_name(said.text, known)


def _rows(known: Map, under: str) -> list[Locality]:
    """A unit that has parts may be chosen itself, too; a region that is no city may not."""
    above = known.get(under)
    own = [above] if above is not None and (above.place is not None or above.kind != "region") else []
    return [*own, *known.under(under)]


def _label(item: Locality, do: Services) -> Text:
    return T("label.name", name=item.brief(do.language))


def _by_name(text: str, known: Map) -> Move:
    typed = localities.bare(text)
    same = [item for item in known.all if typed.casefold() in (item.ru.casefold(), item.kk.casefold())]
    if len(same) > 1:
        return Choose(tuple(item.kato for item in same[:PAGE]))
    options = [words.Option(item.kato, tuple(filter(None, (item.ru, item.kk)))) for item in same or _like(typed, known)]
    if picked := words.pick(typed, options):
        return Confirm(picked)
    return Go(Choose(tuple(words.nearest(typed, options))), T("msg.locality_switch.which"))


def _like(typed: str, known: Map) -> list[Locality]:
    """Return the localities that share most letter pairs with what was typed: typos are counted in these only.

    The whole classifier has 16,000 names; counting typos in all of them would take a turn's time many times over.
    """
    said = set[str]().union(*(_pairs(reading.text) for reading in repair.readings(typed)))
    ranked = sorted(known.all, key=lambda item: len(said & _pairs_of(item)), reverse=True)
    return ranked[:LIKELY]


@cache
def _pairs_of(item: Locality) -> frozenset[str]:
    names = [repair.plain(name) for name in (item.ru, item.kk) if name]
    return frozenset().union(*(_pairs(fold(name)) for name in names for fold in repair.FOLDS))


def _pairs(text: str) -> set[str]:
    return {f" {text}"[at : at + 2] for at in range(len(text))}


def _by_place(said: Said, known: Map) -> Move:
    found = known.near(float(said.value("lat") or 0), float(said.value("lon") or 0))
    return Confirm(found.kato) if found else Go(Search(), T("msg.locality_switch.far"))


@step("locality_switch.choose")
@dataclass(frozen=True)
class Choose(Step):
    """The names most like what was typed."""

    found: tuple[str, ...]

    def ask(self, do: Services) -> Ask:
        known = localities.of(do.places)
        rows = localities.nearest_of(self.found, known)
        choices = tuple(
            Choice(item.kato, _label(item, do), description=T("label.name", name=known.path(item.parent, do.language)))
            for item in rows
        )
        return Ask(T("msg.locality_switch.choose"), (*choices, Choice("list", T("btn.by_list"))), awaits=Awaits.PLACE)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "list":
            return Search()
        return Confirm(said.choice) if said.choice else Search().answer(said, do)


@step("locality_switch.confirm")
@dataclass(frozen=True)
class Confirm(Step):
    """The whole path, so that one of two villages of a name is not taken for the other."""

    kato: str

    def ask(self, do: Services) -> Ask:
        path = localities.of(do.places).path(self.kato, do.language)
        choices = (Choice("right", T("btn.right")), Choice("other", T("btn.no")))
        return Ask(T("msg.locality_switch.check", path=path), choices)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice == "other":
            return Search()
        do.places.set_home(self.kato)
        path = localities.of(do.places).path(self.kato, do.language)
        return Done(T("msg.locality_switch.done", locality=path))
