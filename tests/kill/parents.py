"""Parents with phones, and how they walk from /start through registration and a child to the menu."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from services import demo_city
from services.persons_file import PersonRow
from tests.fakes.telegram import Phone
from tests.fakes.telegram.chats import Message
from tests.kill.forge import PEOPLE

#: Young enough to be added, old enough to be born on the day the demo opens.
CHILD_BORN = (date(2021, 1, 1), date(2026, 11, 1))


def kk(key: str, **names: object) -> str:
    return say(T(key, **names), "kk")


@dataclass(frozen=True)
class Family:
    """Whom the registry knows."""

    parent: PersonRow
    child: PersonRow


def families() -> Iterator[Family]:
    """Give families one after another, each parent once."""
    people = demo_city.people(PEOPLE)[len(demo_city.FIXTURES) :]
    parents = {row.iin: row for row in people if row.phones}
    for child in people:
        if not child.guardians or not CHILD_BORN[0] < child.born < CHILD_BORN[1]:
            continue
        parent = parents.pop(child.guardians[0], None)  # type: ignore[arg-type]  # nobody here is without an IIN
        if parent is not None:
            yield Family(parent, child)


Sees = Callable[[Phone], Message | None]


@dataclass
class Step:
    """One thing a parent does, and the message that shows them it was taken."""

    name: str
    act: Callable[[], Awaitable[object]]
    sees: Sees


@dataclass
class Parent:
    """Somebody on their way; what they did is counted for the oracle."""

    phone: Phone
    family: Family
    #: Opens a secure page by its link and sends the password; True when the page has it.
    sets_password: Callable[[str], Awaitable[bool]]
    #: Gives the last code that reached a number; moves the clock and taps [New code] if none did.
    awaits_code: Callable[[Parent], Awaitable[str]]
    #: Gives the SMS a number has got.
    reads_sms: Callable[[str], list[str]]
    has_pages: bool
    done: list[str] = field(default_factory=list)
    #: The message they look at: what it offers is what they tap, whatever old copies stand beside it.
    looks_at: Message | None = None
    #: Since then the chat must have changed to be an answer.
    acted_at: float = 0.0
    codes_asked: int = 0
    #: SMS that had come before the last code was asked for.
    letters_before: int = 0

    @property
    def number(self) -> str:
        return self.family.parent.phones[0].e164

    def steps(self) -> Iterator[Step]:
        yield Step("/start", lambda: self.phone.text("/start"), self._shows("msg.start.language"))
        yield self._taps("lang.kk", "btn.register")
        yield Step("register", lambda: self._tap("btn.register"), self._shows("msg.reg.ask_phone"))
        yield Step("contact", self._shares, self._shows("msg.reg.ask_iin"))
        yield Step("iin", lambda: self.phone.text(self._iin(self.family.parent)), self._offers("btn.accept_policy"))
        yield Step("consented", self._consents, self.shows_number)
        yield Step("code", self._types_code, self._offers("btn.all_correct"))
        if self.has_pages:
            yield self._taps("btn.all_correct", "btn.set_password")
            yield Step("registered", self._opens_page, self._offers("btn.only_now"))
        else:
            yield self._taps("btn.all_correct", "btn.only_now", name="registered")
        yield self._taps("btn.yes", "btn.add_child")
        yield Step("add_child", lambda: self._tap("btn.add_child"), self._shows("msg.child.ask_iin"))
        yield Step("child_iin", lambda: self.phone.text(self._iin(self.family.child)), self._offers("btn.save"))
        yield self._taps("btn.save", "btn.my_children", name="child_added")
        yield self._taps("btn.my_children", "btn.add_child")
        yield Step("card", self._opens_card, self._offers("btn.remove_from_list"))
        yield self._taps("btn.remove_from_list", "btn.remove_yes")
        yield Step("child_removed", lambda: self._tap("btn.remove_yes"), self._shows("msg.child_remove.done"))
        yield Step("menu", lambda: self.phone.text("/menu"), self._offers("r_children"))

    def begin_to_wait(self) -> None:
        """From now on a change in the chat is an answer."""
        self.acted_at = time.time()

    # What they do.

    def _taps(self, label: str, then: str, *, name: str = "") -> Step:
        return Step(name or label, lambda: self._tap(label), self._offers(then))

    async def _tap(self, label: str) -> None:
        await self.phone.tap(kk(label), self.looks_at)

    async def _shares(self) -> None:
        await self.phone.contact(self.number.lstrip("+"))

    async def _consents(self) -> None:
        self._asks_code()
        await self._tap("btn.accept_policy")

    async def asks_anew(self) -> None:
        """Tap [New code], which the countdown has brought."""
        self._asks_code()
        await self._tap("btn.new_code")

    def _asks_code(self) -> None:
        self.codes_asked, self.letters_before = self.codes_asked + 1, len(self.letters())

    async def _types_code(self) -> None:
        await self.phone.text(await self.awaits_code(self))

    async def _opens_page(self) -> None:
        assert self.looks_at
        link = next(button.url for button in self.looks_at.buttons if button.url)
        assert await self.sets_password(link)

    async def _opens_card(self) -> None:
        assert self.looks_at
        await self.phone.tap(self.looks_at.labels[0], self.looks_at)

    # What they see.

    def letters(self) -> list[str]:
        """The SMS that came."""
        return self.reads_sms(self.number)

    def may_ask_anew(self, seen: Phone) -> Message | None:
        """The key may stand there already: somebody else has moved the clock meanwhile."""
        last = next((item for item in reversed(seen.messages) if item.by_bot), None)
        there = last if last and kk("btn.new_code") in last.labels else None
        return self._offers("btn.new_code")(seen) or there

    def shows_number(self, seen: Phone) -> Message | None:
        """The question for the code names the number, masked."""
        tail = self.number[-2:]
        return self._newest(seen, lambda message: tail in message.text and re.search("•{2,}", message.text) is not None)

    def _shows(self, key: str) -> Sees:
        return lambda seen: self._newest(seen, lambda message: kk(key) in message.text)

    def _offers(self, key: str) -> Sees:
        return lambda seen: self._newest(seen, lambda message: kk(key) in message.labels)

    def _newest(self, seen: Phone, is_it: Callable[[Message], bool]) -> Message | None:
        """Return the newest message of the bot that is it, if it changed since they acted."""
        fresh = [item for item in seen.messages if item.by_bot and (item.edited_at or item.at) >= self.acted_at]
        return next((item for item in reversed(fresh) if is_it(item)), None)

    @staticmethod
    def _iin(row: PersonRow) -> str:
        assert row.iin
        return row.iin.digits
