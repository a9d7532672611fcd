"""Short cuts into an application: a parent at each of its questions."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from bot import demo
from bot.channels import Inbound
from dialogs.engine.said import Heard, Said
from services import demo_city
from services.persons_file import PersonRow
from tests.city import TELEGRAM, City, Parent
from tests.dialogs import journeys

#: Buttons by key, in the order a form without a benefit needs them.
PLACE = {"kk": "Кентау", "ru": "Кентау", "en": "Kentau"}


def family(
    city: City,
    channel: str = TELEGRAM,
    language: str = "ru",
    children: tuple[PersonRow, ...] = (demo_city.DANA,),
    parent: PersonRow = demo_city.AIGERIM,
) -> Parent:
    """A registered parent at the menu, the children on the list: as after the dialogs that other tests walk through."""
    somebody = city.parent(channel, parent.name.first, row=parent)
    sample = demo.Sample(somebody.owner.id, parent.name.first, parent, channel, language, children)
    city.deed(lambda deed: demo._register(deed, sample, parent, somebody.external))
    somebody.says("/menu")
    return somebody


def at_start(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = journeys.DANA) -> Parent:
    """A parent asked for which child, one on the list."""
    row = next((child for child in demo_city.FIXTURES if child.iin and child.iin.digits == iin), None)
    parent = family(city, channel, language, (row or demo_city.DANA,))
    parent.says("/apply")
    return parent


def child(parent: Parent, name: str = "Дана") -> None:
    parent.taps(next(label for label in parent.labels if label.startswith(name)))


def at_group(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = journeys.DANA) -> Parent:
    parent = at_start(city, channel, language, iin)
    child(parent, {journeys.DANA: "Дана", journeys.TIMUR: "Тимур", journeys.ALIKHAN: "Алихан"}[iin])
    return parent


def at_locality(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = journeys.DANA) -> Parent:
    parent = at_group(city, channel, language, iin)
    parent.taps(parent.say("group.general"))
    return parent


def lives_in(parent: Parent, place: str = "Кентау") -> None:
    parent.says(place)
    parent.taps("btn.right")


def at_languages(
    city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = journeys.DANA, place: str = "Кентау"
) -> Parent:
    parent = at_locality(city, channel, language, iin)
    lives_in(parent, place)
    return parent


def at_benefit(
    city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = journeys.DANA, place: str = "Кентау"
) -> Parent:
    parent = at_languages(city, channel, language, iin, place)
    parent.says("1,2")
    parent.taps("btn.next")
    return parent


def at_check(
    city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = journeys.DANA, place: str = "Кентау"
) -> Parent:
    """A parent before the summary of an application without a benefit."""
    parent = at_benefit(city, channel, language, iin, place)
    parent.taps("btn.no_priority")
    return parent


def filed(
    city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = journeys.DANA, place: str = "Кентау"
) -> Parent:
    """A parent whose application was just taken."""
    parent = at_check(city, channel, language, iin, place)
    parent.taps("btn.send")
    return parent


def at_documents(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = journeys.DANA) -> Parent:
    """A parent asked for the certificate of a military family."""
    parent = at_benefit(city, channel, language, iin)
    parent.taps("btn.pick_priority")
    parent.says("дети военных")
    return parent


def sends_file(parent: Parent, name: str = "справка.jpg", **known: Any) -> str:
    """Send a file as a transport hands it over: stored sealed already, or with the reason it is not taken."""
    values = {
        "name": name,
        **({} if "reason" in known else {"file": uuid4().hex, "key": "00", "kind": "jpg", "size": "9"}),
    }
    values |= known
    said = Said(Heard.FILE, text=name, values=tuple(sorted(values.items())))
    channel: Any = parent.channel
    message = parent.city.phones.me_said(channel, parent.external, "file", label=name)
    inbound = Inbound("sim", parent.channel, uuid4().hex, parent.channel, parent.external, said, message)
    parent.answers.append(parent.city.turn(inbound.event()))
    return parent.sees


def at_details(parent: Parent) -> Parent:
    """The same parent before the card of their first application."""
    parent.says("/applications")
    parent.taps(parent.labels[0])
    return parent
