"""A small city for tests: a real database file, real turns, both phones; no loop, no network.

Each answer is a restart: nothing of a conversation lives anywhere but in the database.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from bot import pushes
from bot.channels import Channel, Inbound, Kept
from bot.inbox import Handler, PageAnswer
from bot.web.simulator.channels import SimMail, SimTelegram, SimWhatsApp
from bot.web.simulator.phones import Person, Phones, ProviderRefused
from dialogs.engine import conversation
from dialogs.engine.advance import Engine
from dialogs.engine.catalogue import say
from dialogs.engine.conversation import Conversation
from dialogs.engine.said import Heard, Said
from dialogs.engine.texts import LANGUAGES, T
from dialogs.entries import ENGINE
from services import demo_city
from services.persons_file import PersonRow
from storage import migrate, outbox
from storage.book import Handler as Handle
from storage.book import ThreadBook
from storage.database import Where
from storage.do import Deed, Do, World
from storage.events import Answer, Event
from storage.inbox import Inbox, Received
from storage.outbox import Fate, Outgoing
from storage.postgres import PostgresBook
from storage.registry import put_people
from storage.sqlite import SqliteBook
from storage.vault import Vault
from storage.writer import Outcome, Work
from tests import postgres

Seen = TypeVar("Seen")

START = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)  # Friday 10:00 in Almaty
TELEGRAM, WHATSAPP = "sim-telegram", "sim-whatsapp"
CHANNELS = (TELEGRAM, WHATSAPP)

_templates: dict[str, Path] = {}


class HandClock:
    """Time that moves only when a test moves it."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, **ahead: float) -> None:
        self.at += timedelta(**ahead)


class Dice:
    """Chance with a seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def digits(self, count: int) -> str:
        return "".join(self._random.choice("0123456789") for _ in range(count))

    def token(self) -> str:
        return "".join(self._random.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(32))

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)


class City:
    """The product without its loops: turns, deeds and sends happen when a test says so."""

    def __init__(
        self,
        folder: Path,
        *,
        engine: Engine = ENGINE,
        pages: bool = True,
        outside: bool = False,
        database: str = "sqlite",
    ) -> None:
        self.path = folder / "city.db"
        self.where: Where = self.path if database == "sqlite" else postgres.copied("city", settle)
        if database == "sqlite":
            furnish(self.path)
        self.clock, self.chance = HandClock(), Dice()
        self.vault = Vault((b"d" * 32,), b"i" * 32, Dice(7))
        self.phones = Phones(folder / "phones.db", self.clock.now, lambda: None)
        self.channels: dict[str, Channel] = {
            TELEGRAM: SimTelegram(self.phones),
            WHATSAPP: SimWhatsApp(self.phones),
        }
        self.world = World(
            clock=self.clock,
            chance=self.chance,
            vault=self.vault,
            chats=lambda channel, external: self.channels[channel].chat(external),
            notice=lambda channel, key, language: self.channels[channel].notice(say(T(key), language)),
            push=lambda channel, *what: pushes.drawn(self.channels[channel], *what),
            policy_url="https://bot.test/policy",
            news=lambda purpose, text: Kept(Said(Heard.EVENT, purpose=purpose, text=text)).body(),
            registry_outside=outside,
        )
        self.handler = Handler(engine, self.channels, pages="https://bot.test/s/" if pages else "")
        self.book = book_at(self.where, self.world, self.handler.handle, self.handler.give_up)
        self.book.open_here()
        self.sms_fails = False

    def close(self) -> None:
        self.book.close_here()
        self.phones.close()
        if isinstance(self.where, str):
            postgres.drop_database(self.where)

    def deed(self, work: Any) -> Any:  # Any: whatever a test asks
        return _value(self.book.batch_here([Work(deed=work)])[0])

    def turn(self, event: Event, *, again: int | None = None) -> Answer:
        answer = _value(self.book.batch_here([Work(event=event, again=again)])[0])
        assert isinstance(answer, Answer)
        self.send()
        return answer

    def send(self) -> list[Outgoing]:
        """Send everything due through the strict phones, as the outbox would; return what was sent."""
        everything: list[Outgoing] = []
        while claimed := self.deed(lambda deed: outbox.claim(deed, [*self.channels, "sms", "mail"])):
            sent: dict[str, str | None] = {}
            for out in claimed:
                fate = self._send(out, sent)
                sent[out.uid] = fate.provider_id
                self.deed(lambda deed, fate=fate: outbox.settle(deed, [fate]))
            everything += claimed
        return everything

    def _send(self, out: Outgoing, sent: dict[str, str | None]) -> Fate:
        import asyncio

        if out.channel == "sms":
            return self._send_sms(out)
        if out.channel == "mail":
            return Fate(out.uid, "sent", provider_id=asyncio.run(SimMail(self.phones).send(out, None)))
        target = sent.get(out.edits or "", out.target)
        return Fate(out.uid, "sent", provider_id=asyncio.run(self.channels[out.channel].send(out, target)))

    def _send_sms(self, out: Outgoing) -> Fate:
        if self.sms_fails:
            return Fate(out.uid, "failed", reason="twilio 21610")
        text = say(T("sms.code", code=out.payload["code"]), out.payload["language"])
        return Fate(out.uid, "sent", provider_id=self.phones.sms(out.payload["to"], text))

    def upkeep(self) -> None:
        """Take the events that wait, as the clock would."""
        for waiting in self.deed(lambda deed: Inbox(deed.db, deed.world).due()):
            self.turn(waiting.event, again=waiting.row)

    def move(self, **ahead: float) -> None:
        """Let time pass and send what becomes due, frame by frame."""
        until = self.clock.at + timedelta(**ahead)
        while True:
            due = self.deed(lambda deed: outbox.next_due(deed.db))
            if due is None or due > until:
                break
            self.clock.at = max(due, self.clock.at)
            self.send()
        self.clock.at = until

    def looks(self, parent: Parent, work: Callable[[Do], Seen]) -> Seen:
        """Return what `work` finds in the world as a turn of this parent sees it."""
        found = Received(address=parent.address, person=parent.person, channel=parent.channel, external=parent.external)
        language = parent.language

        def look(deed: Deed) -> Seen:
            do = Do(deed.db, deed._connection, deed.world, found)
            do.speak(language)
            return work(do)

        result: Seen = self.deed(look)
        return result

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        def read(deed: Deed) -> list[tuple[Any, ...]]:
            found: Any = deed.db.execute(sql, values)
            return [] if found.description is None else found.fetchall()

        return list(self.deed(read))

    def parent(self, channel: str = TELEGRAM, name: str = "Айгерим", **known: Any) -> Parent:
        row: PersonRow | None = known.pop("row", demo_city.AIGERIM)
        phone = known.pop("phone", row.phones[0].e164 if row and row.phones else "+77479990000")
        owner = self.phones.add_person(name, whatsapp=phone)
        return Parent(self, channel, owner, **known)


def furnish(path: Path) -> None:
    """Put a database at `path` with the registry's fixtures: made once in a session, copied for every test."""
    if "city" not in _templates or not _templates["city"].exists():
        _templates["city"] = _template(path.parent)
    shutil.copy(_templates["city"], path)


def _template(folder: Path) -> Path:
    path = folder.parent / f"template-{uuid4().hex}.db"
    settle(path)
    return path


def settle(where: Where) -> None:
    """Make an empty database and bring the registry's fixtures into it."""
    migrate.upgrade(where)
    vault = Vault((b"d" * 32,), b"i" * 32, Dice(3))
    book = book_at(where, World(HandClock(), Dice(), vault), _no_turn, _no_turn)
    book.open_here()
    _value(book.batch_here([Work(deed=lambda deed: put_people(deed, demo_city.FIXTURES))])[0])
    book.close_here()


def book_at(where: Where, world: World, handle: Handle, give_up: Handle) -> ThreadBook:
    """Return the one lane of a city."""
    if isinstance(where, Path):
        return SqliteBook(where, world, handle, give_up)
    return PostgresBook(where, world, handle, give_up)


def _no_turn(*_: object) -> None:
    raise AssertionError("no turns here")


def _value(outcome: Outcome) -> Any:
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


@dataclass
class Parent:
    """Somebody with a phone: says, taps, and sees what the phone shows now."""

    city: City
    channel: str
    owner: Person
    locale: str = ""
    answers: list[Answer] = field(default_factory=list)

    @property
    def external(self) -> str:
        return self.owner.telegram if self.channel == TELEGRAM else self.owner.whatsapp

    # What a person does.

    def says(self, text: str) -> str:
        return self._act("text", Said(Heard.TEXT, text=text, locale=self.locale), text=text)

    def sends(self, kind: str, *, text: str = "") -> str:
        """Send a voice, sticker, location, photo or file (`text` names the file)."""
        heard = Heard(kind)
        return self._act(kind, Said(heard, text=text, locale=self.locale), label=text or kind)

    def edits(self, text: str) -> str:
        return self._hear(Said(Heard.EDITED, text=text, locale=self.locale))

    def shares_contact(self, phone: str = "", *, own: bool = True) -> str:
        said = Said(Heard.CONTACT, contact=(phone or self.owner.whatsapp).lstrip("+"), own=own, locale=self.locale)
        return self._act("contact", said, own=own)

    def taps(self, label: str) -> str:
        """Tap the button that shows this label now (an exact label, or a key as `btn.yes` in the chat's language)."""
        message, data = self.button(label)
        return self.taps_data(message, data, label)

    def taps_data(self, message: str, data: str, label: str = "?") -> str:
        """Tap whatever button a phone may still show."""
        channel: Any = self.channel
        tapped = self.city.phones.me_tapped(channel, self.external, message, data, label)
        revision, _, choice = data.partition(":")
        said = Said(Heard.TAP, tap=choice, revision=int(revision), locale=self.locale)
        is_telegram = self.channel == TELEGRAM
        return self._hear(said, message=message if is_telegram else tapped, tap=tapped if is_telegram else "")

    def presses(self, key: str) -> str:
        """Press a key of Telegram's reply keyboard, by its label."""
        return self.says(self.say(key))

    def submits(self, **values: str) -> PageAnswer:
        """Press the button of the secure page whose link the chat shows last."""
        token = self.link.rsplit("/", 1)[1]
        purpose = values.pop("purpose", self.purpose)
        return self.submits_to(token, purpose, **values)

    def submits_to(self, token: str, purpose: str, **values: str) -> PageAnswer:
        said = Said(Heard.PAGE, purpose=purpose, values=tuple(sorted(values.items())))
        address = self.city.rows("SELECT id FROM address WHERE channel=? ORDER BY id DESC", self.channel)
        mine = next(row[0] for row in address if self._is_mine(row[0]))
        event = Event("page", "", uuid4().hex, Kept(said, token=token).body(), address_id=mine)
        answer = self.city.turn(event)
        assert isinstance(answer.result, PageAnswer)
        return answer.result

    def _is_mine(self, address: int) -> bool:
        index = self.city.vault.index("address", f"{self.channel}|{self.external}")
        return bool(self.city.rows("SELECT 1 FROM address WHERE id=? AND external_index=?", address, index))

    # What a person sees.

    @property
    def messages(self) -> list[dict[str, Any]]:
        channel: Any = self.channel
        view: Any = self.city.phones.transcript(channel, self.external)
        return list(view["messages"])

    @property
    def bot_messages(self) -> list[dict[str, Any]]:
        return [item for item in self.messages if item["who"] == "bot"]

    @property
    def sees(self) -> str:
        """The words of the bot's last message."""
        return words_of(self.bot_messages[-1]["payload"])

    @property
    def labels(self) -> list[str]:
        """The labels of the buttons of the last message that has any."""
        return [label for _, label, _ in self._buttons()]

    @property
    def link(self) -> str:
        found = re.findall(r"https://bot\.test/s/\w+", repr([item["payload"] for item in self.bot_messages]))
        return str(found[-1])

    @property
    def purpose(self) -> str:
        index = self.city.vault.index("link", self.link.rsplit("/", 1)[1])
        return str(self.city.rows("SELECT purpose FROM link WHERE token_index=?", index)[0][0])

    def button(self, label: str) -> tuple[str, str]:
        wanted = self.say(label) if re.fullmatch(r"(btn|lang|r)[._]\w+", label) else label
        for message, shown, data in self._buttons():
            if shown == wanted:
                return message, data
        raise AssertionError(f"no button {wanted!r} among {self.labels}; the chat says {self.sees!r}")

    def _buttons(self) -> list[tuple[str, str, str]]:
        for message in reversed(self.bot_messages):
            if found := buttons_of(message["payload"]):
                return [(message["id"], label, data) for label, data in found]
        return []

    @property
    def toasts(self) -> list[str]:
        channel: Any = self.channel
        view: Any = self.city.phones.transcript(channel, self.external)
        return [item["text"] for item in view["toasts"]]

    @property
    def language(self) -> str:
        return self.talk.language or "kk"

    def say(self, key: str, **names: object) -> str:
        """Return a sentence in this chat's language."""
        return say(T(key, **names), self.language)

    # What is stored.

    @property
    def person(self) -> int:
        index = self.city.vault.index("address", f"{self.channel}|{self.external}")
        return int(self.city.rows("SELECT person_id FROM address WHERE external_index=?", index)[0][0])

    @property
    def address(self) -> int:
        index = self.city.vault.index("address", f"{self.channel}|{self.external}")
        return int(self.city.rows("SELECT id FROM address WHERE external_index=?", index)[0][0])

    @property
    def talk(self) -> Conversation:
        person = self.person
        sealed, wrapped = self.city.rows(
            "SELECT c.sealed, p.key FROM conversation c JOIN person p ON p.id=c.person_id WHERE p.id=?",
            person,
        )[0]
        import json

        clear = self.city.vault.open(self.city.vault.unwrap(wrapped), sealed, f"conversation|{person}")
        return conversation.load(json.loads(clear)["talk"])

    @property
    def state(self) -> str:
        """The name of the step the person stands at."""
        return self.talk.current.name if self.talk.current else ""

    @property
    def code(self) -> str:
        """The digits of the last SMS to this person's phone."""
        texts = [item["text"] for item in self.city.phones.sms_of(self.owner.whatsapp)]
        return "".join(re.findall(r"\d", texts[-1]))[:6]

    def _act(self, kind: str, said: Said, **spoken: Any) -> str:
        channel: Any = self.channel
        kinds: dict[str, Any] = {"video": "voice"}
        message = self.city.phones.me_said(channel, self.external, kinds.get(kind, kind), **spoken)
        return self._hear(said, message=message)

    def _hear(self, said: Said, *, message: str = "", tap: str = "") -> str:
        """Hand it to the bot; return what the bot's last message says afterwards."""
        inbound = Inbound("sim", self.channel, uuid4().hex, self.channel, self.external, said, message, tap)
        self.answers.append(self.city.turn(inbound.event()))
        return self.sees


def words_of(payload: dict[str, Any]) -> str:
    """Return the words a payload shows."""
    return unescape(str(payload.get("text") or payload.get("caption") or payload.get("body") or ""))


def buttons_of(payload: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (label, data) of every button of a payload that answers the bot."""
    if "actions" in payload:
        return [(item["title"], item["id"]) for item in payload["actions"] if "id" in item]
    if "items" in payload:
        return [(item["item"], item["id"]) for item in payload["items"]]
    rows = payload.get("reply_markup", {}).get("inline_keyboard", [])
    return [(item["text"], item["callback_data"]) for row in rows for item in row if "callback_data" in item]


__all__ = ["CHANNELS", "LANGUAGES", "START", "TELEGRAM", "WHATSAPP", "City", "Parent", "ProviderRefused"]
