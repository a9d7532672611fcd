"""The demo city: its keys, its people, its clock; everything in one process, nothing from outside."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import uvicorn

from bot import demo_queue
from bot.app import App, build
from bot.chance import Secure
from bot.channels import Channel, Sender
from bot.clock import MovableClock
from bot.serve import Server, address, serve
from bot.settings import Settings, load
from bot.web import demo as web
from bot.web.papers import Papers
from bot.web.simulator.channels import SimMail, SimSms, SimTelegram, SimWhatsApp
from bot.web.simulator.phones import Phones
from dialogs.engine import conversation
from dialogs.engine.conversation import Conversation
from services import demo_city, trust
from services.accounts import open_account
from services.children import Child
from services.consents import POLICY_VERSION
from services.persons_file import PersonRow
from services.registry import Belongs, RegistryPerson
from storage import migrate, tabels
from storage.do import Deed, Do
from storage.events import Event
from storage.inbox import Inbox
from storage.models import Tenant
from storage.registry import put_people

FOLDER: Final = Path("var/demo")
DATABASE: Final = f"sqlite:///{FOLDER}/balabaqsha.db"
START: Final = datetime.fromisoformat("2026-11-20T10:00:00+05:00")


@dataclass(frozen=True)
class Sample:
    """Somebody whose phones stand on the simulator's page."""

    id: str
    name: str
    row: PersonRow | None
    channel: str
    language: str
    children: tuple[PersonRow, ...] = ()


SAMPLES: Final = (
    Sample("aigerim", "Айгерим", demo_city.AIGERIM, "sim-telegram", "ru", (demo_city.ALIKHAN, demo_city.DANA)),
    Sample("bauyrzhan", "Бауыржан", demo_city.BAUYRZHAN, "sim-whatsapp", "kk", (demo_city.ALIKHAN,)),
    Sample("guest", "Гость", None, "", ""),
)


def settings() -> Settings:
    """Return the demo's settings: its own keys, HOST and PORT read, whatever transports are configured."""
    given: dict[str, Any] = {}  # Any: values of settings
    found = load()
    if "DATABASE_URL" not in os.environ:
        given["database_url"] = DATABASE
    folder = _folder(load(**given))
    folder.mkdir(parents=True, exist_ok=True)
    if not found.data_keys or not found.index_key:
        given |= _keys(folder / "keys.json")
    return load(**given)


def _keys(path: Path) -> dict[str, str]:
    """Return this city's own keys, made once; a demo protects nobody, but it shows how."""
    import base64

    if not path.exists():
        made = [base64.b64encode(Secure().bytes(32)).decode() for _ in range(2)]
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"data_keys": made[0], "index_key": made[1]}, file)
    return dict(json.loads(path.read_text()))


async def run(given: Settings, *, samples: bool = True, ready: Callable[[str], None] = lambda _: None) -> None:
    """Run the demo until it is stopped; `ready` hears its address."""
    city = City(given, samples=samples)
    while True:
        again = await city.live(ready)
        if not again:
            return


class City:
    """One demo city; `live` returns True when it was reset and begins again."""

    def __init__(self, given: Settings, *, samples: bool) -> None:
        self._settings, self._samples = given, samples
        self._again = False
        self._server: Server | None = None

    async def live(self, ready: Callable[[str], None]) -> bool:
        self._again = False
        folder = _folder(self._settings)
        clock = MovableClock(START, folder / "clock.json")
        news = web.News(clock)
        phones = Phones(folder / "phones.db", clock.now, news.changed)
        config = uvicorn.Config(
            "", host=self._settings.host, port=self._settings.port, log_config=None, proxy_headers=False
        )
        socket = config.bind_socket()
        app = _build(self._settings, clock, phones, news.sent, address(socket))
        people = demo_city.people()
        papers = Papers(people)
        demo = web.Demo(app, phones, clock, news, papers, self._reset, app.stopping)
        app.web.include_router(web.router(demo))
        # The city's kindergartens publish what they have filled when its window begins.
        app.upkeep.also.append(tabels.publish_due)
        config.app, config.timeout_graceful_shutdown = app.web, 5
        self._server = Server(config, demo.stopping)
        async with app.running():
            await app.writer.deed(lambda deed: furnish(deed, phones, papers, people, samples=self._samples))
            await serve(self._server, socket, ready, app.broken)
        phones.close()
        if self._again:
            _wipe(folder, self._settings)
        return self._again

    async def _reset(self) -> None:
        """Begin again: the server stops, the files go, the city is founded anew."""
        self._again = True
        if self._server is not None:
            self._server.end()


def _build(
    given: Settings, clock: MovableClock, phones: Phones, sent: Callable[[str, dict[str, Any]], None], base: str
) -> App:
    channels: dict[str, Channel] = {
        "sim-telegram": SimTelegram(phones, sent),
        "sim-whatsapp": SimWhatsApp(phones, sent),
    }
    senders: dict[str, Sender] = {} if given.twilio_auth_token else {"sms": SimSms(phones)}
    senders |= {} if given.smtp_url else {"mail": SimMail(phones)}
    return build(given, clock=clock, more_channels=channels, more_senders=senders, page_base=base)


def _folder(given: Settings) -> Path:
    """Return where the city keeps what is beside its database: the phones, the clock, its keys."""
    return FOLDER if given.database_file is None else given.database_file.parent


def _wipe(folder: Path, given: Settings) -> None:
    if given.database_file is None:
        migrate.clear(given.database_url)
    for name in ("phones.db", *([given.database_file.name] if given.database_file else [])):
        for ending in ("", "-wal", "-shm"):
            (folder / f"{name}{ending}").unlink(missing_ok=True)
    (folder / "clock.json").unlink(missing_ok=True)


def furnish(deed: Deed, phones: Phones, papers: Papers, people: Sequence[PersonRow], *, samples: bool) -> None:
    """Found the city once: four departments, the registry's people, the sample people's phones and accounts."""
    if deed.db.execute("SELECT 1 FROM tenant LIMIT 1").fetchone():
        return
    for city in demo_city.CITIES:
        deed.session.add(Tenant(kato=city.kato, name_kk=city.kk, name_ru=city.ru, regime=city.regime))
    put_people(deed, people)
    for sample in SAMPLES:
        row = sample.row or papers.next_parent({person.whatsapp for person in phones.people})
        person = phones.add_person(sample.name, person_id=sample.id, whatsapp=row.phones[0].e164)
        if samples and sample.row is not None:
            external = person.telegram if sample.channel == "sim-telegram" else person.whatsapp
            _register(deed, sample, sample.row, external)
    demo_queue.furnish_places(deed)
    demo_queue.furnish_vouchers(deed)
    if samples:
        demo_queue.furnish_queues(deed)


def _register(deed: Deed, sample: Sample, row: PersonRow, external: str) -> None:
    """Open a sample person's account as a registration would have."""
    event = Event("demo", "", f"founding-{sample.id}", b"{}", sample.channel, external)
    received = Inbox(deed.db, deed.world).receive(event, None)
    do = Do(deed.db, deed._connection, deed.world, received)  # noqa: SLF001 - the same transaction
    do.speak(sample.language)
    do.consents.give(POLICY_VERSION, opened=False)
    open_account(do, _registry_person(row), row.phones[0], "")
    do.chats.remember(until=do.now + trust.REMEMBER_FOR)
    for child in sample.children:
        _list(do, child)
    talk = conversation.dump(Conversation(language=sample.language))
    do.keep_conversation({"talk": talk, "screens": {}}, revision=0, state="", expires_at=None)
    do.keep()


def _list(do: Do, row: PersonRow) -> Child:
    assert row.iin is not None
    assert row.sex is not None
    return do.children.add(row.iin, row.name, row.born, row.sex, row.nationality, social=row.social)


def _registry_person(row: PersonRow) -> RegistryPerson:
    return RegistryPerson(row.iin, row.document, row.name, row.born, row.sex, row.nationality, row.status, Belongs.YES)


def main(*, samples: bool = True) -> None:
    """Start the demo from the command line."""
    given = settings()

    def ready(address: str) -> None:
        print(f"Balabaqsha demo: {address}  (Ctrl+C stops it)", flush=True)  # noqa: T201

    asyncio.run(run(given, samples=samples, ready=ready))
