"""A throw-away demo for the tests of the simulator's page: its routes and a bot of canned answers."""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI, Query
from fastapi.responses import HTMLResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader

from bot.web.simulator.phones import Channel, Person, Phones

SIMULATOR = Path(__file__).resolve().parents[2] / "bot" / "web" / "simulator"
START = datetime.fromisoformat("2026-11-20T10:00:00+05:00")
CODE = "482913"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LANGUAGES = [[("Қазақша", "lang:kk"), ("Русский", "lang:ru")], [("English", "lang:en")]]
WELCOME = "Здравствуйте! Я бот <b>Balabaqsha</b>. С чего начнём?"
ASK_PHONE = "Какой у вас номер телефона? Нажмите «Отправить номер» или напишите, например: 8 747 123 45 67"
PEOPLE = (("aigerim", "Айгерим"), ("bauyrzhan", "Бауыржан"), ("guest", "Гость"))
PAPERS: dict[str, dict[str, Any]] = {
    "aigerim": {
        "name": "Сабитова Айгерим Маратқызы",
        "iin": "930427400001",
        "document": "",
        "children": [{"name": "Сабитов Алихан Бауыржанұлы", "iin": "230315500002"}],
    },
    "guest": {"name": "Каримова Мадина Рустамовна", "iin": "", "document": "N12345678", "children": []},
}
ROWS = [
    {"item": "Табель", "id": "1.tabel", "description": "Подтвердить посещение за ноябрь"},
    {"item": "Мои заявления", "id": "1.applications", "description": "Номер в очереди и почему он изменился"},
    {"item": "Мои дети", "id": "1.children"},
    {"item": "Свободные места", "id": "1.places", "description": "Бюллетень: пятница, 20 ноября"},
    {"item": "Направления", "id": "1.referrals"},
    {"item": "Ваучер", "id": "1.voucher"},
    {"item": "Оператор", "id": "1.operator", "description": "Ответит человек, с 9:00 до 18:00"},
    {"item": "Назад", "id": "1.back"},
]


class CannedBot:
    """Answers as written here, whatever is asked; remembers nothing."""

    def __init__(self, phones: Phones, now: Callable[[], datetime]) -> None:
        self.phones = phones
        self.now = now
        self.happened: list[dict[str, Any]] = []
        #: The page asks in the server's thread, a test acts in its own.
        self.alone = RLock()

    def hear(self, channel: Channel, person: Person, said: dict[str, Any]) -> None:
        """Record what a person did and answer it."""
        with self.alone:
            self._hear(channel, person, said)

    def say(self, channel: Channel, external: str, payload: dict[str, Any]) -> str:
        """Send one payload and write it down."""
        with self.alone:
            sent = self.phones.deliver(channel, external, payload)
            self._note("outbox", channel.removeprefix("sim-"), payload)
        return sent

    def _hear(self, channel: Channel, person: Person, said: dict[str, Any]) -> None:
        external = person.telegram if channel == "sim-telegram" else person.whatsapp
        if said["kind"] == "tap":
            arrived = self.phones.me_tapped(channel, external, said["message"], said["data"], said.get("label", ""))
        else:
            arrived = self.phones.me_said(
                channel,
                external,
                said["kind"],
                text=said.get("text", ""),
                label=said.get("label", ""),
                own=said.get("own", True),
            )
        self._note("inbound", f"{person.name}: {said.get('label') or said.get('text') or said['kind']}")
        self.phones.mark(channel, external, arrived, "delivered")
        self._note("turn", "done")
        if channel == "sim-telegram":
            self._telegram(external, arrived, said)
        else:
            self._whatsapp(external, said)

    def _telegram(self, external: str, arrived: str, said: dict[str, Any]) -> None:
        if said["kind"] == "tap":
            self._tapped(external, arrived, said)
        elif said["kind"] == "contact":
            self._contact(external, own=said["own"])
        elif said.get("text") == "/start":
            self._html(external, "Тілді таңдаңыз · Выберите язык · Choose a language", inline(LANGUAGES))
        elif said.get("text") == CODE:
            self._do(external, {"method": "deleteMessage", "message_id": int(arrived)})
            self._html(external, "Код подошёл. Что дальше? " * 3)
        else:
            self._html(external, f"Вы написали: <b>{html.escape(said.get('text', said['kind']))}</b>")

    def _tapped(self, external: str, query: str, said: dict[str, Any]) -> None:
        if said["data"] == "register":
            self._do(external, {"method": "answerCallbackQuery", "callback_query_id": query})
            keys = [
                [{"text": "Отправить номер", "request_contact": True}],
                [{"text": "Назад"}, {"text": "Оператор"}],
            ]
            keyboard = {"keyboard": keys, "resize_keyboard": True, "one_time_keyboard": True}
            self._html(external, ASK_PHONE, keyboard)
            return
        self._do(
            external,
            {"method": "answerCallbackQuery", "callback_query_id": query, "text": "Язык: русский"},
        )
        markup = inline([[("Регистрация", "register"), ("Войти", "login")], [("Без входа", "guest")]])
        self._do(
            external,
            {
                "method": "editMessageText",
                "message_id": int(said["message"]),
                "text": WELCOME,
                "parse_mode": "HTML",
                "reply_markup": markup,
            },
        )

    def _contact(self, external: str, *, own: bool) -> None:
        if not own:
            self._html(external, "Это контакт другого человека. Нажмите «Отправить номер».")
            return
        person = self.phones.owner("sim-telegram", external)
        assert person
        self.phones.sms(person.whatsapp, f"{CODE} — код Balabaqsha. Никому его не сообщайте.")
        self._html(external, "Код отправлен на номер <code>+7 747 •••-00-01</code>.", {"remove_keyboard": True})

    def _whatsapp(self, external: str, said: dict[str, Any]) -> None:
        if said["kind"] == "tap":
            actions = [{"title": "Подтвердить", "id": "2.yes"}, {"title": "Есть ошибка", "id": "2.no"}]
            body = f"Вы выбрали: *{said['label']}*.\nНоябрь: 18 дней посещения, 2 дня по болезни. Всё верно?"
            self.say("sim-whatsapp", external, {"type": "quick-reply", "body": body, "actions": actions})
            return
        body = "Айгерим, чем помочь?\nСрочных дел нет."
        self.say("sim-whatsapp", external, {"type": "list-picker", "body": body, "button": "Меню", "items": ROWS})

    def _html(self, external: str, text: str, markup: dict[str, Any] | None = None) -> None:
        payload = {"method": "sendMessage", "text": text, "parse_mode": "HTML"}
        self._do(external, payload if markup is None else {**payload, "reply_markup": markup})

    def _do(self, external: str, payload: dict[str, Any]) -> None:
        self.say("sim-telegram", external, payload)

    def _note(self, what: str, text: str, payload: dict[str, Any] | None = None) -> None:
        note: dict[str, Any] = {"at": self.now().isoformat(), "what": what, "text": text}
        self.happened.append(note if payload is None else {**note, "payload": payload})


class City:
    """The demo's clock and version, and everything that hangs on them."""

    def __init__(self, path: Path) -> None:
        self.version = 0
        self.clock = START
        self.phones = Phones(path, lambda: self.clock, self._changed)
        self.bot = CannedBot(self.phones, lambda: self.clock)
        self.reset()

    def reset(self) -> None:
        self.clock = START
        self.phones.erase()
        self.bot.happened.clear()
        for person_id, name in PEOPLE:
            self.phones.add_person(name, person_id=person_id)

    def move(self, to: datetime) -> None:
        self.clock = max(to, self.clock)
        self._changed()

    def state(self, person_id: str | None) -> dict[str, Any]:
        people = self.phones.people
        person = next((one for one in people if one.id == person_id), people[0])
        return {
            "clock": self.clock.isoformat(),
            "running": False,
            "people": [asdict(one) for one in people],
            "person": person.id,
            "phones": {
                "telegram": self.phones.transcript("sim-telegram", person.telegram),
                "whatsapp": self.phones.transcript("sim-whatsapp", person.whatsapp),
            },
            "papers": PAPERS.get(person.id),
            "sms": self.phones.sms_of(),
            "mail": self.phones.mails(),
            "happened": self.bot.happened[-50:],
            "planned": [
                {
                    "at": (START + timedelta(days=11)).isoformat(),
                    "what": "Табель за ноябрь: подтвердить (Айгерим)",
                },
                {"at": (START + timedelta(days=14)).isoformat(), "what": "reply → sim-whatsapp"},
            ],
            "commands": [
                {"command": "start", "description": "Начать"},
                {"command": "menu", "description": "Меню"},
                {"command": "help", "description": {"kk": "Көмек", "ru": "Помощь", "en": "Help"}},
            ],
            "version": self.version,
        }

    def _changed(self) -> None:
        self.version += 1


def inline(rows: list[list[tuple[str, str]]]) -> dict[str, Any]:
    """Return an inline keyboard of labels and callback data."""
    return {"inline_keyboard": [[{"text": label, "callback_data": data} for label, data in row] for row in rows]}


def build(city: City) -> FastAPI:
    """Return the routes of the simulator around `city`."""
    app = FastAPI()
    app.mount("/demo/static", StaticFiles(directory=SIMULATOR / "static"))
    pages = Environment(loader=FileSystemLoader(SIMULATOR), autoescape=True)

    @app.get("/")
    async def home() -> HTMLResponse:
        page = pages.get_template("simulator.html").render()
        return HTMLResponse(page, headers={"Content-Security-Policy": CSP})

    @app.get("/demo/state")
    async def state(person: Annotated[str | None, Query()] = None) -> dict[str, Any]:
        return city.state(person)

    @app.get("/demo/events")
    async def events() -> StreamingResponse:
        return StreamingResponse(_versions(app, city), media_type="text/event-stream")

    @app.post("/demo/phones/{kind}/say")
    async def say(kind: Literal["telegram", "whatsapp"], said: Annotated[dict[str, Any], Body()]) -> dict[str, bool]:
        channel: Channel = "sim-telegram" if kind == "telegram" else "sim-whatsapp"
        city.bot.hear(channel, city.phones.person(said["person"]), said)
        return {"ok": True}

    @app.post("/demo/clock")
    async def clock(to: Annotated[datetime, Body(embed=True)]) -> dict[str, str]:
        city.move(to)
        return {"clock": city.clock.isoformat()}

    @app.post("/demo/reset")
    async def reset() -> dict[str, bool]:
        city.reset()
        return {"ok": True}

    @app.post("/demo/people")
    async def people(name: Annotated[str, Body(embed=True)]) -> dict[str, str]:
        return {"id": city.phones.add_person(name or "Сәуле").id}

    return app


async def _versions(app: FastAPI, city: City) -> AsyncIterator[str]:
    told = -1
    while not app.state.closing:
        if told != city.version:
            told = city.version
            yield f"data: {json.dumps({'version': told})}\n\n"
        await asyncio.sleep(0.03)
