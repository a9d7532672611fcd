"""The fake itself: starts and stops the HTTP server, and gives a test its handles."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from tests.fakes.telegram.chats import Chats, Message, Person
from tests.fakes.telegram.files import Files
from tests.fakes.telegram.front import Call, Drop, Front, failure
from tests.fakes.telegram.methods import METHODS
from tests.fakes.telegram.phone import Phone
from tests.fakes.telegram.postman import Postman
from tests.fakes.telegram.rates import Limiter, Rates
from tests.fakes.telegram.updates import QUEUE, Update, Updates
from tests.fakes.telegram.world import Delivery, Profile, World

FIRST_NUMBER = 77_010_000_000
DEFAULT_RATES = Rates()


class FakeTelegram:
    """A Bot API server for one bot; it lives in the test, the bot may live and die elsewhere."""

    def __init__(
        self,
        token: str = "123456:TEST",
        *,
        local: bool = False,
        now: Callable[[], float] = time.time,
        rates: Rates | None = DEFAULT_RATES,
        seed: int = 0,
    ) -> None:
        self.token = token
        self._world = _world(token, local=local, now=now, rates=rates)
        self._front = Front(self._world, token)
        self._chance = random.Random(seed)
        self._phones: dict[int, Phone] = {}
        self._stack = AsyncExitStack()
        self._url = ""
        self._postman: Postman | None = None
        self._rounds: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        # A killed bot leaves its long poll behind; leaving must not wait for it.
        runner = web.AppRunner(self._front.app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        session = await self._stack.enter_async_context(aiohttp.ClientSession())
        self._postman = Postman(self._world, session, self._chance)
        self._stack.push_async_callback(self.stop_delivering)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    @property
    def url(self) -> str:
        """The base address: a call goes to <url>/bot<token>/<method>."""
        assert self._url, "the fake is not running"
        return self._url

    def phone(
        self,
        *,
        user_id: int,
        first_name: str = "Aigerim",
        language_code: str = "kk",
        phone_number: str | None = None,
    ) -> Phone:
        """Give somebody a phone; the same person gets the same one."""
        if user_id not in self._phones:
            person = Person(user_id=user_id, first_name=first_name, language_code=language_code)
            self._world.set_person(person)
            number = phone_number or str(FIRST_NUMBER + user_id % 10_000_000)
            self._phones[user_id] = Phone(self._world, user_id, number)
        return self._phones[user_id]

    def group(self, chat_id: int, title: str = "Desk") -> None:
        """Put the bot into a group."""
        assert chat_id < 0, "groups have negative ids"
        self._world.chats.groups[chat_id] = title

    def block(self, user_id: int) -> None:
        self._world.set_blocked(user_id, blocked=True)

    def unblock(self, user_id: int) -> None:
        self._world.set_blocked(user_id, blocked=False)

    def deactivate(self, user_id: int) -> None:
        self._world.set_person(replace(self._world.chats.people[user_id], is_deactivated=True))

    @property
    def calls(self) -> list[Call]:
        """Every call in the order of the answers, the refused and the cut ones too."""
        return self._front.calls

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    @property
    def sent(self) -> list[Message]:
        """Every message the bot ever sent, as first sent, the deleted too."""
        return list(self._world.chats.sent)

    def count(self, text: str, *, to: int | None = None) -> int:
        """Count how often this text took effect, whatever the bot was told about it."""
        return len([m for m in self.sent if m.text == text and to in {None, m.chat_id}])

    @property
    def profile(self) -> Profile:
        return self._world.profile

    @property
    def actions(self) -> list[tuple[int, str]]:
        """Chat actions shown, as (chat, action)."""
        return list(self._world.actions)

    @property
    def waiting(self) -> list[Update]:
        """Updates the bot has not taken."""
        return list(self._world.updates.alive())

    @property
    def lost(self) -> list[Update]:
        """Updates that expired before the bot took them."""
        self._world.updates.alive()
        return list(self._world.updates.lost)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to reach the webhook."""
        return list(self._world.deliveries)

    @property
    def is_polled(self) -> bool:
        """A getUpdates is waiting right now."""
        return self._world.poller is not None

    async def deliver_due(self) -> list[Delivery]:
        """Bring to the webhook what is due now."""
        return await self._at_work.deliver_due()

    def start_delivering(self) -> None:
        """Deliver in the background from now on."""
        assert self._rounds is None, "it is delivering already"
        self._rounds = asyncio.create_task(self._at_work.run())

    async def stop_delivering(self) -> None:
        rounds, self._rounds = self._rounds, None
        if rounds:
            rounds.cancel()
            await asyncio.wait([rounds])
            if not rounds.cancelled():
                rounds.result()  # a postman that broke down must not do so in silence

    def put_before(self, public: str, inside: str) -> None:
        """Put a proxy before the bot: what goes to the public address arrives inside."""
        self._at_work.proxy = (public, inside)

    def wake(self) -> None:
        """Look at the clock again: a test has moved it."""
        self._world.changes.tell()

    def hurry(self) -> None:
        """Forget the pauses after refusals: all of it is due now."""
        self._at_work.hurry()

    def hold(self, queue: str) -> None:
        """Keep back "message", "callback_query" or "my_chat_member"; the others overtake."""
        assert queue in QUEUE.values(), queue
        assert self._world.hook, "only a webhook sees the queues apart"
        self._at_work.held.add(queue)

    def release(self, queue: str) -> None:
        self._at_work.held.discard(queue)
        self._world.changes.tell()

    def duplicate_next(self, times: int = 1) -> None:
        """Deliver each of the next updates once more after the bot has taken it."""
        self._world.updates.duplicates += times

    def redeliver(self, update_id: int) -> None:
        """Deliver this update again, taken or not."""
        self._world.updates.again(update_id)
        self._world.changes.tell()

    def fail_next(
        self,
        method: str,
        status: int,
        description: str,
        retry_after: int | None = None,
        times: int = 1,
        *,
        page: str | None = None,
    ) -> None:
        """Refuse the next calls; `page` is a body that is no JSON, as a gateway sends it."""
        assert method in METHODS, method
        self._front.script[method].extend([failure(status, description, retry_after, page)] * times)

    def drop_next(self, method: str, *, after: bool, times: int = 1) -> None:
        """Cut the connection: before anything happened, or after the effect, before the answer."""
        assert method in METHODS, method
        self._front.script[method].extend([Drop(after)] * times)

    @property
    def _at_work(self) -> Postman:
        assert self._postman, "the fake is not running"
        return self._postman


def _world(token: str, *, local: bool, now: Callable[[], float], rates: Rates | None) -> World:
    bot = {
        "id": int(token.partition(":")[0]),
        "is_bot": True,
        "first_name": "Balabaqsha",
        "username": "balabaqsha_test_bot",
    }
    return World(
        now=now,
        local=local,
        chats=Chats(bot=bot, now=now),
        updates=Updates(now=now),
        files=Files(now=now, local=local),
        limiter=Limiter(rates=rates, now=now),
    )
