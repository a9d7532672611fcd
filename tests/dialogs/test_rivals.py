"""One account wanted twice at the same moment, codes guessed at by several processes: each a book of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from bot.channels import Inbound, Kept
from dialogs.engine.said import Heard, Said
from services import applications as rules
from services import codes, demo_city, family
from services.codes import Purpose
from services.phones import Phone
from services.refused import Refused
from storage.book import ThreadBook
from storage.do import Deed, hold
from storage.events import Event
from storage.writer import Work
from tests.city import TELEGRAM, WHATSAPP, City, Parent, book_at
from tests.dialogs import applications, journeys
from tests.dialogs.test_ownership import at

pytestmark = pytest.mark.only("postgres")

PROCESSES = 3
PHONE = Phone("+77471234567")


@pytest.fixture
def city(tmp_path: Path, database: str) -> Iterator[City]:
    made = City(tmp_path, database=database)
    yield made
    made.close()


@pytest.fixture
def books(city: City) -> Iterator[list[ThreadBook]]:
    """The city's own process and others beside it."""
    others = [book_at(city.where, city.world, city.handler.handle, city.handler.give_up) for _ in range(PROCESSES - 1)]
    for book in others:
        book.open_here()
    yield [city.book, *others]
    for book in others:
        book.close_here()


def at_once(books: list[ThreadBook], *works: Callable[[], Work]) -> list[Any]:  # Any: whatever a work returns
    """Let each process do its work, all beginning at the same moment."""
    start = Barrier(len(works))

    def take(book: ThreadBook, work: Callable[[], Work]) -> Any:  # Any: as above
        start.wait(10)
        while True:
            try:
                (done,) = book.batch_here([work()])
            except psycopg.errors.DeadlockDetected:
                continue
            if done.error is not None:
                return done.error
            return done.value

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(take, books, works))


def page(parent: Parent) -> Event:
    """The press of the button of the password page."""
    values = (("hash", "$argon2id$test"), ("mark", "m"), ("salt", "s"))
    said = Said(Heard.PAGE, purpose="password", values=values)
    token = parent.link.rsplit("/", 1)[1]
    return Event("page", "", uuid4().hex, Kept(said, token=token).body(), address_id=parent.address)


def words(parent: Parent, text: str) -> Event:
    message = uuid4().hex
    heard = Said(Heard.TEXT, text=text)
    return Inbound("sim", parent.channel, message, parent.channel, parent.external, heard, message).event()


def test_of_two_who_register_one_iin_and_one_phone_at_once_one_has_the_account_and_the_other_hears_it(
    city: City, books: list[ThreadBook]
) -> None:
    first = journeys.at_password(city, TELEGRAM)
    second = journeys.at_password(city, WHATSAPP, owner=first.owner)
    presses = [page(first), page(second)]
    at_once(books, *(lambda press=press: Work(event=press) for press in presses))
    city.send()

    assert city.rows("SELECT count(*) FROM account") == [(1,)]
    assert sorted(parent.state for parent in (first, second)) == ["registration.remember", "registration.taken"]
    loser = first if first.state == "registration.taken" else second
    assert loser.sees == loser.say("err.phone.taken")


def test_wrong_codes_typed_in_all_processes_at_once_are_five_in_all(city: City, books: list[ThreadBook]) -> None:
    parent = journeys.at_code(city)
    wrong = journeys.wrong_code(parent)
    for _ in range(2):
        guesses = [words(parent, wrong) for _ in books]
        at_once(books, *(lambda guess=guess: Work(event=guess) for guess in guesses))
    city.send()

    assert city.rows("SELECT tries, state FROM code") == [(codes.TRIES, "dead")]
    right = parent.code
    parent.says(right)
    assert parent.state == "registration.send_code"


def test_chats_that_ask_for_codes_to_one_number_at_once_get_four_in_all(city: City, books: list[ThreadBook]) -> None:
    chats = [
        journeys.started(city, TELEGRAM, name=f"Чат {n}", row=None, phone=f"+7701555003{n}").address for n in "123"
    ]

    def ask(address: int) -> Callable[[Deed], str]:
        def work(deed: Deed) -> str:
            do = hold(deed, address)
            do.language = "ru"
            try:
                codes.send(do, Purpose.LOGIN, PHONE)
            except Refused as no:
                return no.key
            do.keep()
            return "sent"

        return work

    answers = [
        answer
        for _ in range(3)
        for answer in at_once(books, *(lambda chat=chat: Work(deed=ask(chat)) for chat in chats))
    ]

    assert sorted(answers) == ["err.code.too_many"] * 5 + ["sent"] * 4


# A family.


def test_a_link_for_one_person_that_all_open_at_once_lets_one_in(city: City, books: list[ThreadBook]) -> None:
    mother = applications.family(city, TELEGRAM)
    code = at(mother, lambda do: family.invite(do, family.Role.HELPER))
    rows = (demo_city.BAUYRZHAN, demo_city.GRANDMOTHER)
    guests = [applications.family(city, TELEGRAM, children=(), parent=row).address for row in rows]

    def take(address: int) -> Callable[[Deed], bool]:
        def work(deed: Deed) -> bool:
            do = hold(deed, address)
            do.language = "ru"
            found = family.invited(do, code)
            taken = found is not None and family.accept(do, found.id)
            do.keep()
            return taken

        return work

    answers = at_once(books, *(lambda guest=guest: Work(deed=take(guest)) for guest in guests))

    assert sorted(answers) == [False, True]
    assert city.rows("SELECT state FROM access") == [("given",)]


def test_what_both_parents_mark_at_once_is_marked_once(city: City, books: list[ThreadBook]) -> None:
    mother = applications.filed(city, TELEGRAM)
    code = at(mother, lambda do: family.invite(do, family.Role.PARENT))
    father = applications.family(city, WHATSAPP, parent=demo_city.BAUYRZHAN)
    at(father, lambda do: family.accept(do, access.id) if (access := family.invited(do, code)) else None)

    def mark(address: int) -> Callable[[Deed], bool]:
        def work(deed: Deed) -> bool:
            do = hold(deed, address)
            marked = rules.interested(do, do.applications.mine()[0])
            do.keep()
            return marked

        return work

    both = [mother.address, father.address]
    answers = at_once(books, *(lambda chat=chat: Work(deed=mark(chat)) for chat in both))

    assert sorted(answers) == [False, True]
    assert city.rows("SELECT count(*) FROM application_event WHERE cause='interested'") == [(1,)]
