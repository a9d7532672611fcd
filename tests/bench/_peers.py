"""The bots most people would write, each a process: `python -m tests.bench._peers NAME API_URL STORE PORT`.

All of them ask the same four things, with aiogram's own webhook handler, dispatcher and session as its documentation
shows them, and with the collector of garbage as Python sets it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import BaseMiddleware, Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.types import Message, TelegramObject
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from sqlalchemy import BigInteger, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tests.bench._street import SECRET

ASKED: Final = {"name": "What is your name?", "city": "Which city?", "sure": "Is all correct?", "done": "Saved."}
NEXT: Final = {"name": "city", "city": "sure", "sure": "done"}


class Form(StatesGroup):
    name = State()
    city = State()
    sure = State()


def main(name: str, api_url: str, store: str, port: str) -> None:
    dispatcher = Dispatcher(storage=RedisStorage.from_url(store)) if name == "redis" else Dispatcher()
    if name == "template":
        _template(dispatcher, store)
    else:
        {"echo": _echo, "redis": _redis}[name](dispatcher)
    bot = Bot("123456:TEST", session=AiohttpSession(api=TelegramAPIServer.from_base(api_url)))
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=SECRET).register(app, path="/webhooks/telegram")

    async def ready(_request: web.Request) -> web.Response:
        return web.Response()

    app.router.add_get("/readyz", ready)
    web.run_app(app, host="127.0.0.1", port=int(port), print=None, access_log=None)


def _echo(dispatcher: Dispatcher) -> None:
    """Keeps nothing."""

    @dispatcher.message()
    async def echo(message: Message) -> None:
        await message.answer(message.text or "")


def _redis(dispatcher: Dispatcher) -> None:
    """States and what was said in Redis."""

    @dispatcher.message(CommandStart())
    async def start(message: Message, state: FSMContext) -> None:
        await state.clear()
        await state.set_state(Form.name)
        await message.answer(ASKED["name"])

    @dispatcher.message(Form.name)
    async def name(message: Message, state: FSMContext) -> None:
        await state.update_data(name=message.text)
        await state.set_state(Form.city)
        await message.answer(ASKED["city"])

    @dispatcher.message(Form.city)
    async def city(message: Message, state: FSMContext) -> None:
        await state.update_data(city=message.text)
        await state.set_state(Form.sure)
        await message.answer(ASKED["sure"])

    @dispatcher.message(Form.sure)
    async def sure(message: Message, state: FSMContext) -> None:
        await state.clear()
        await message.answer(ASKED["done"])


# A session for each update, as the templates on the web have it.


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "user_of_the_template"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="")
    said: Mapped[str] = mapped_column(default="")


class SessionPerUpdate(BaseMiddleware):
    """Opens a session, brings the user in, commits after the handler."""

    def __init__(self, store: str) -> None:
        engine = create_async_engine(store)
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        # Without it SQLite refuses most of what comes at once.
        self._lock = asyncio.Lock() if store.startswith("sqlite") else None
        self._engine, self._is_made = engine, False
        self._making = asyncio.Lock()

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],  # Any: aiogram's
    ) -> object:
        await self._make()
        if self._lock is None:
            return await self._in_session(handler, event, data)
        async with self._lock:
            return await self._in_session(handler, event, data)

    async def _in_session(self, handler: Any, event: TelegramObject, data: dict[str, Any]) -> object:
        who = data["event_from_user"]
        async with self._sessions() as session:
            user = await session.scalar(select(User).where(User.id == who.id))
            if user is None:
                user = User(id=who.id, name=who.full_name, state="", said="")
                session.add(user)
            answered: object = await handler(event, data | {"session": session, "user": user})
            return answered

    async def _make(self) -> None:
        async with self._making:
            if not self._is_made:
                async with self._engine.begin() as connection:
                    await connection.run_sync(Base.metadata.create_all)
                self._is_made = True


def _template(dispatcher: Dispatcher, store: str) -> None:
    """The state and what was said in the row of the user, committed before the answer."""
    dispatcher.message.middleware(SessionPerUpdate(store))

    @dispatcher.message()
    async def step(message: Message, session: AsyncSession, user: User) -> None:
        user.state = "name" if message.text == "/start" else NEXT.get(user.state, "done")
        user.said = message.text or ""
        await session.commit()
        await message.answer(ASKED[user.state])


if __name__ == "__main__":
    main(*sys.argv[1:])
