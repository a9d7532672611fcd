"""The walk: from where people stand, every choice and every kind of answer, each turn real and then undone.

One transaction on a real database holds it all: a savepoint before each turn, rolled back after what follows from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast
from uuid import uuid4

from bot.channels import MORE, Channel, Drawing, Kept, Screen
from dialogs.agent_handoff import MenuWhileLive
from dialogs.engine import conversation
from dialogs.engine.ask import Ask, Awaits
from dialogs.engine.conversation import Conversation
from dialogs.engine.misses import MISSES_TO_OPERATOR
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Life, Step, Stored, dump_step
from dialogs.engine.texts import LANGUAGES
from dialogs.engine.words import Universal
from services.services import Chat
from storage.do import Deed, Do
from storage.events import Event
from storage.inbox import Received
from storage.outbox import Outgoing
from tests.city import City, Parent
from tests.model import faults
from tests.model.faults import Fault, Found

#: A step met in so many shapes is only looked at from then on: the twentieth nationality leads where the first did.
#: So a walk ends, whatever grows in a dialog.
ENOUGH: Final = 6
CODE: Final = "123456"
PHONE: Final = "8 747 123 45 67"
#: A parent's number and a child's: one of them is what a question for an IIN wants.
IINS: Final = ("930427400001", "230315500002")
#: What is answered where only words will do; a question's own example otherwise.
ANSWERS: Final[dict[Awaits, Sequence[str]]] = {
    Awaits.PHONE: (PHONE,),
    Awaits.CODE: (CODE,),
    Awaits.IIN: IINS,
    Awaits.DOCUMENT: ("N12345678",),
}
#: A new chat, one where a button was tapped, one whose input is covered by a keyboard.
SCREENS: Final = (Screen(), Screen(live="m", buttons=True, tapped="1"), Screen(live="m", keyboard=True))
#: A password leaves its page as a hash.
HASHED: Final = [(("hash", "$argon2id$v=19$m=1"), ("mark", "m"), ("salt", "s"))]
#: The words that must work anywhere, and what shows that they did: a sentence or a place that begins so.
EVERYWHERE: Final[dict[Universal, tuple[str, ...]]] = {
    Universal.HELP: ("msg.help.", "help."),
    Universal.OPERATOR: ("msg.operator.", "agent_handoff."),
    Universal.MENU: (),
    Universal.BACK: (),
}
WORDS: Final = {
    Universal.HELP: "помощь",
    Universal.OPERATOR: "оператор",
    Universal.MENU: "меню",
    Universal.BACK: "назад",
}


@dataclass
class Watched:
    """A channel that remembers what it drew."""

    channel: Channel
    asks: list[Ask] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name = self.channel.name

    def chat(self, external: str) -> Chat:
        return self.channel.chat(external)

    async def send(self, out: Outgoing, target: str | None) -> str | None:
        return await self.channel.send(out, target)

    async def close(self) -> None:
        await self.channel.close()

    def draw(self, ask: Ask, language: str, revision: int, screen: Screen, page_url: str) -> Drawing:
        self.asks.append(ask)
        self.urls.append(page_url)
        return self.channel.draw(ask, language, revision, screen, page_url)

    def toast(self, tap_id: str, text: str) -> dict[str, Any] | None:
        return self._seen(self.channel.toast(tap_id, text))

    def erase(self, message: str) -> dict[str, Any] | None:
        return self.channel.erase(message)

    def notice(self, text: str) -> dict[str, Any]:
        self._seen(payload := self.channel.notice(text))
        return payload

    def _seen(self, payload: dict[str, Any] | None) -> dict[str, Any] | None:
        self.payloads += [payload] if payload else []
        return payload


@dataclass(frozen=True)
class Place:
    """Where a chat stands: the conversation, the question it shows, the page it links."""

    talk: Conversation
    ask: Ask
    url: str

    @property
    def step(self) -> Step:
        assert self.talk.current is not None
        return self.talk.current

    @property
    def key(self) -> str:
        """Equal for places from which the same follows."""
        before = [item.step.name for item in self.talk.trail[-2:-1]]
        drawn = [item.id for item in self.ask.all_choices]
        return json.dumps(
            [dump_step(self.step), before, [item.name for item in self.talk.calls], drawn], sort_keys=True
        )


class Walker:
    """Walks one chat of a city and collects faults; a small walk goes through `most` places only."""

    def __init__(self, city: City, parent: Parent, *, most: int = 10_000) -> None:
        self.most = most
        self.parent, self.handler = parent, city.handler
        self.watched = Watched(city.channels[parent.channel])
        city.channels[parent.channel] = cast("Channel", self.watched)  # it sends nothing
        city.chance.digits = lambda count: CODE[:count]  # type: ignore[method-assign] # every code is this one
        self.faults: dict[Fault, None] = {}
        self.edges: dict[str, set[str]] = {}
        self.names: dict[str, str] = {}
        #: Where a way out need not be looked for: home, and a question over another, which any word of leaving ends.
        self.outs: set[str] = set()
        self.looked: set[Ask] = set()

    # Where a walk begins.

    def from_first_word(self, deed: Deed) -> None:
        """Begin with a person nobody knows."""
        self._follow(deed, Said(Heard.TEXT, text="/start"))

    def from_home(self, deed: Deed) -> None:
        """Begin at this person's menu."""
        self._follow(deed, Said(Heard.TEXT, text=WORDS[Universal.MENU]))

    def from_step(self, deed: Deed, step: Step) -> None:
        """Begin at a step as it was stored, the menu behind it."""
        with undone(deed):
            do = self._do(deed)
            talk = conversation.load((do.conversation() or {}).get("talk", {}))
            home = self.handler.engine.entries.home(do)
            planted = Conversation("ru", talk.revision, (Stored(home, asked_at=do.now), Stored(step, asked_at=do.now)))
            stored = {"talk": conversation.dump(planted), "screens": {}}
            do.keep_conversation(stored, revision=talk.revision, state=step.name, expires_at=None)
            do.keep()
            self._follow(deed, Said(Heard.TEXT, text="повтори"))

    # The walk.

    def _follow(self, deed: Deed, said: Said, before: Place | None = None) -> None:
        """Say it, look at what is asked then, and go on from there unless that place is known."""
        with undone(deed):
            place = self._turn(deed, said, before)
            if place is None:
                return
            known = self._known(place)
            if before is not None:
                self.edges[before.key].add(known or place.key)
            self._look(place)
            if known or len(self.names) >= self.most:
                return
            self._arrive(place)
            self._call_from_everywhere(deed, place)
            self._miss_three_times(deed, place)
            for answer in self._answers(place):
                self._follow(deed, answer, place)

    def _known(self, place: Place) -> str:
        """Return the key of this place, or of one as good as it, if it was walked; "" if it is new."""
        alike = [key for key, name in self.names.items() if name == place.step.name]
        if place.key in self.names:
            return place.key
        return alike[0] if len(alike) >= ENOUGH else ""

    def _arrive(self, place: Place) -> None:
        self.names[place.key] = place.step.name
        self.edges[place.key] = set()
        if place.step.home or place.step.prompt:
            self.outs.add(place.key)

    def _turn(self, deed: Deed, said: Said, before: Place | None) -> Place | None:
        """Take one real turn; None where the screen stays as it is, or the turn dies."""
        del self.watched.asks[:], self.watched.urls[:], self.watched.payloads[:]
        do = self._do(deed)
        try:
            self.handler.handle(self._event(said, before), do)
            do.keep()
        except Exception as bug:  # noqa: BLE001 - the walk goes on and tells all of them
            do.drop()
            self._note(before, Found("crash", f"{type(bug).__name__}: {bug} at {_told(said)}"))
            return None
        for payload in self.watched.payloads:
            self._note(before, *faults.of_payload(self.parent.channel, payload))
        if not self.watched.asks:
            return None
        stored = self._do(deed).conversation() or {}
        return Place(conversation.load(stored["talk"]), self.watched.asks[-1], self.watched.urls[-1])

    def _event(self, said: Said, before: Place | None) -> Event:
        token = before.url.rsplit("/", 1)[1] if before and said.heard is Heard.PAGE else ""
        tap = "1" if said.heard is Heard.TAP else ""
        kept = Kept(said, message="1", tap_id=tap, token=token)
        return Event("sim", self.parent.channel, uuid4().hex, kept.body(), self.parent.channel, self.parent.external)

    def _do(self, deed: Deed) -> Do:
        index = deed.world.vault.index("address", f"{self.parent.channel}|{self.parent.external}")
        sql = "SELECT id, person_id, (SELECT max(id) FROM inbox) FROM address WHERE external_index=?"
        address, person, inbox = deed.db.execute(sql, (index,)).fetchone()
        at = Received(inbox, address, person, self.parent.channel, self.parent.external)
        return Do(deed.db, deed._connection, deed.world, at)

    def _answers(self, place: Place) -> Iterator[Said]:
        """Yield every choice, and one answer of the kind that is awaited."""
        for item in place.ask.all_choices:
            if not item.hidden:
                yield Said(Heard.TAP, tap=item.id, revision=place.talk.revision)
        awaits, page = place.ask.awaits, place.ask.page
        if page and place.url:
            values = HASHED if awaits is Awaits.PASSWORD else [(("value", value),) for value in ANSWERS.get(awaits, ())]
            yield from (Said(Heard.PAGE, purpose=page, values=value) for value in values)
        elif place.ask.takes_words:
            example = (place.ask.example,) if place.ask.example else ()
            yield from (Said(Heard.TEXT, text=words) for words in ANSWERS.get(awaits, example))

    # What is looked for.

    def _look(self, place: Place) -> None:
        """Judge the question in every language, drawn for a new chat and for one where a button was tapped."""
        if place.ask in self.looked:
            return
        self.looked.add(place.ask)
        for language in LANGUAGES:
            self._note(place, *faults.of_question(place.ask, language), language=language)
            for screen in SCREENS:
                found = faults.of_drawing(
                    place.ask, self._pages(place, language, screen), self.parent.channel, language
                )
                self._note(place, *found, language=language)

    def _pages(self, place: Place, language: str, screen: Screen) -> list[Drawing]:
        """Draw it, and what [More] of a long list leads to until the first page comes again."""
        pages: list[Drawing] = []
        while True:
            screen = replace(screen, page=len(pages))
            pages.append(self.watched.channel.draw(place.ask, language, place.talk.revision, screen, place.url))
            payloads = [drawn.payload for drawn in pages[-1].messages]
            mores = [item["id"] for shown in payloads for item in shown.get("items", []) if MORE in item["id"]]
            if not mores or mores[0].endswith(f"{MORE}0"):
                return pages

    def _call_from_everywhere(self, deed: Deed, place: Place) -> None:
        for command, signs in EVERYWHERE.items():
            if command is Universal.HELP and place.step.life is Life.LIVE:
                continue  # a human is there, and hears it
            with undone(deed):
                after = self._turn(deed, Said(Heard.TEXT, text=WORDS[command]), place)
                if after is None or not _obeyed(command, signs, place, after):
                    self._note(place, Found(f"no {command.value}", after.step.name if after else "silence"))

    def _miss_three_times(self, deed: Deed, place: Place) -> None:
        """Look at what is asked after each failure: with a hint, with its picture, with a human to call."""
        with undone(deed):
            for _ in range(MISSES_TO_OPERATOR):
                if missed := self._turn(deed, Said(Heard.STICKER), place):
                    self._look(missed)

    def unending(self) -> None:
        """Judge the whole: every place leads home."""
        alive = set(self.outs)
        while more := {key for key, after in self.edges.items() if key not in alive and after & alive}:
            alive |= more
        for key in self.names.keys() - alive:
            self.faults[Fault("dead end", f"{self.names[key]} {self.parent.channel}")] = None

    def _note(self, place: Place | None, *found: Found, language: str = "") -> None:
        where = " ".join(filter(None, (place.step.name if place else "start", self.parent.channel, language)))
        for fault in found:
            self.faults[Fault(fault.kind, where, fault.seen)] = None


def _obeyed(command: Universal, signs: tuple[str, ...], before: Place, after: Place) -> bool:
    if command is Universal.MENU:
        return after.step.home or after.step == MenuWhileLive()
    if command is Universal.BACK:
        return before.step.home or before.step.no_return or after.step != before.step or before.step.prompt
    said = (after.step.name, *(note.key for note in after.ask.notes))
    return any(words.startswith(sign) for words in said for sign in signs)


def _told(said: Said) -> str:
    return f"{said.heard.value} {said.tap or said.text or said.purpose}"


@contextmanager
def undone(deed: Deed) -> Iterator[None]:
    """Undo all that happens inside."""
    deed.db.execute("SAVEPOINT walk")
    try:
        yield
    finally:
        deed.db.execute("ROLLBACK TO walk")
        deed.db.execute("RELEASE walk")
