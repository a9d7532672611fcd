"""An agent's reply with 200 open cases: from the moment it may go to the moment the parent's phone shows it.

The peer is the same reply with one open case: what a full desk costs.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from bot.app import App, build
from bot.channels import Inbound
from bot.settings import Settings
from bot.web.simulator.channels import SimSms, SimTelegram, SimWhatsApp
from bot.web.simulator.phones import Phones
from dialogs.engine.said import Heard, Said
from services.desk import Role, Staff
from storage import agents, desk, desk_reads
from storage.do import Deed
from tests.bench import tell
from tests.city import HandClock, furnish

CASES: Final = 200
REPLIES: Final = 20
LIMIT_SECONDS: Final = 1.0


def main() -> None:
    """Tell both figures."""
    for cases in (1, CASES):
        took, queue = asyncio.run(measured(cases))
        worst = max(took)
        usual = median(took)
        tell(f"{cases} open cases: a reply is on the phone after {usual * 1000:.0f} ms, at worst {worst * 1000:.0f} ms")
        tell(f"{cases} open cases: the queue is drawn from {queue * 1000:.1f} ms of reading")
        if worst > LIMIT_SECONDS:
            raise SystemExit(f"slower than {LIMIT_SECONDS} s")


async def measured(cases: int) -> tuple[list[float], float]:
    """Return how long each reply took once it might go, and how long the queue took to read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        furnish(path)
        clock = HandClock()
        phones = Phones(Path(folder) / "phones.db", clock.now, lambda: None)
        app = _app(path, clock, phones)
        async with app.running():
            people = [phones.add_person(f"П{n}", whatsapp=f"+7747{n:07}").whatsapp for n in range(cases)]
            for external in people:
                await _calls(app, phones, external)
            staff = await app.writer.deed(_hired)
            took = [await _reply(app, clock, phones, people, staff, n) for n in range(min(REPLIES, cases))]
            started = time.perf_counter()
            await app.reader.read(lambda session: desk_reads.queue(session, app.vault, staff, "all"))
            queue = time.perf_counter() - started
        phones.close()
    return took, queue


def _app(path: Path, clock: HandClock, phones: Phones) -> App:
    settings = Settings(database_url=f"sqlite:///{path}", data_keys=(b"d" * 32,), index_key=b"i" * 32)
    return build(
        settings,
        clock=clock,
        more_channels={"sim-telegram": SimTelegram(phones), "sim-whatsapp": SimWhatsApp(phones)},
        more_senders={"sms": SimSms(phones)},
        page_base="http://127.0.0.1",
    )


async def _calls(app: App, phones: Phones, external: str) -> None:
    await _says(app, phones, external, "Сәлем")
    for words in ("Қазақша", "оператор", "Өткізіп жіберу"):
        await _says(app, phones, external, words)


async def _says(app: App, phones: Phones, external: str, text: str) -> None:
    message = phones.me_said("sim-whatsapp", external, "text", text=text)
    said = Said(Heard.TEXT, text=text)
    await app.turn(Inbound("sim", "sim-whatsapp", message, "sim-whatsapp", external, said, message))


def _hired(deed: Deed) -> Staff:
    return agents.add(deed, login="ainur", shown="Айнур", role=Role.AGENT, password_hash="x", secret="S" * 32)


async def _reply(app: App, clock: HandClock, phones: Phones, people: list[str], staff: Staff, nth: int) -> float:
    agents_desk = app.desk
    number, text = 1001 + nth, f"Жауап {nth}"
    await app.writer.deed(lambda deed: agents_desk.take(deed, staff, number))
    await app.writer.deed(lambda deed: agents_desk.reply(deed, staff, number, text))
    clock.move(seconds=desk.UNDO.total_seconds())
    started = time.perf_counter()
    app.outbox.wake()
    while text not in repr(_shown(phones, people[nth])):  # noqa: ASYNC110 - a phone has no event for it
        await asyncio.sleep(0.002)
    return time.perf_counter() - started


def _shown(phones: Phones, external: str) -> Any:  # Any: the phone's own view
    view: Any = phones.transcript("sim-whatsapp", external)
    return view["messages"][-1]
