"""The fake itself: starts and stops the HTTP servers, and gives a test its handles."""

import random
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from tests.fakes.twilio import cdn
from tests.fakes.twilio.carrier import Carrier
from tests.fakes.twilio.content import Content, Contents
from tests.fakes.twilio.controls import Controls
from tests.fakes.twilio.front import Call, Front
from tests.fakes.twilio.impostor import Impostor
from tests.fakes.twilio.inbox import Inbox
from tests.fakes.twilio.messages import Message, Messages
from tests.fakes.twilio.people import BSUID, KAZAKH, Person
from tests.fakes.twilio.phone import Phone
from tests.fakes.twilio.postman import Postman
from tests.fakes.twilio.reach import Reach
from tests.fakes.twilio.rounds import Rounds
from tests.fakes.twilio.webhooks import Job, Signing
from tests.fakes.twilio.world import Alert, Delivery, World

ACCOUNT = "AC" + "0a" * 16
TOKEN = "t0ken-of-the-test-account"
WHATSAPP_FROM = "+77770000001"
SMS_FROM = "+77770000002"


class FakeTwilio(Controls):
    """One Twilio account; it lives in the test, the bot may live and die elsewhere."""

    def __init__(
        self,
        account_sid: str = ACCOUNT,
        auth_token: str = TOKEN,
        *,
        whatsapp_from: str = WHATSAPP_FROM,
        sms_from: str = SMS_FROM,
        messaging_service: str | None = None,
        local: bool = False,
        multiline_variables: bool = False,
        answer_within: float = 15,
        now: Callable[[], float] = time.time,
        seed: int = 0,
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        world = World(
            now=now,
            chance=random.Random(seed),
            account=account_sid,
            whatsapp_from=f"whatsapp:{whatsapp_from}",
            sms_from=sms_from,
            service=messaging_service,
            messages=Messages(),
            contents=Contents(now=now),
            signing=Signing(secret=auth_token),
            reach=Reach(local=local),
            multiline_variables=multiline_variables,
        )
        front = Front(world, auth_token, call_back=self._call_back)
        super().__init__(world, front)
        self._answer_within = answer_within
        self._phones: dict[str, Phone] = {}
        self._stack = AsyncExitStack()
        self._rounds: Rounds | None = None
        self._impostor: Impostor | None = None

    async def __aenter__(self) -> Self:
        self._world.api_url = await self._open(self._front.app())
        self._world.cdn_url = await self._open(cdn.app(self._world))
        # Each webhook opens its own connection: a bot that has died must look dead, not deaf.
        connector = aiohttp.TCPConnector(force_close=True)
        session = await self._stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        chance = random.Random(self._world.chance.random())
        postman = Postman(self._world, session, chance=chance, answer_within=self._answer_within)
        self._rounds = Rounds(self._world, Carrier(self._world, session), postman)
        self._stack.push_async_callback(self._rounds.stop)
        self._impostor = Impostor(self._world, session)
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
        """The base address of all of it: the API, the contents, the typing indicator."""
        assert self._world.api_url, "the fake is not running"
        return self._world.api_url

    @property
    def cdn_url(self) -> str:
        """Where media really lie: another address, which wants no password."""
        return self._world.cdn_url

    @property
    def whatsapp_from(self) -> str:
        return self._world.whatsapp_from

    @property
    def sms_from(self) -> str:
        return self._world.sms_from

    @property
    def impostor(self) -> Impostor:
        """Somebody who makes requests Twilio would not make."""
        assert self._impostor, "the fake is not running"
        return self._impostor

    def whatsapp(
        self, number: str | None = None, *, bsuid: str | None = None, name: str = "Aigerim", receipts: bool = True
    ) -> Phone:
        """Give somebody WhatsApp, by a number, by a business-scoped id alone, or by both."""
        assert number or bsuid, "a person has a number or a business-scoped id"
        assert number is None or KAZAKH.fullmatch(number), number
        assert bsuid is None or BSUID.fullmatch(bsuid), bsuid
        known = self._world.people.find(number or bsuid or "")
        if not known:
            bsuid = bsuid or f"KZ.{self._world.chance.randrange(10**15, 10**16)}"
            self._world.people.put(Person(bsuid=bsuid, number=number, name=name, has_receipts=receipts))
            self._phones[bsuid] = Phone(self._world, bsuid, on_switched_on=self._work.carrier.hand_over_waiting)
        return self._phones[known.bsuid if known else bsuid or ""]

    def sms(self, number: str) -> Inbox:
        """Look into the SMS of a number."""
        return Inbox(self._world, number)

    @property
    def calls(self) -> list[Call]:
        """Every call in the order of the answers, the refused and the cut ones too."""
        return self._front.calls

    def calls_of(self, name: str) -> list[Call]:
        return [call for call in self.calls if call.name == name]

    @property
    def sent(self) -> list[Message]:
        """Every message that was accepted, as accepted: redacted and deleted ones too."""
        return list(self._world.messages.sent)

    @property
    def received(self) -> list[Message]:
        """Every message from a phone, as it came."""
        return list(self._world.messages.received)

    def message(self, sid: str) -> Message:
        """Look up the record of a message as it is now."""
        return self._world.messages.kept[sid]

    def count(self, text: str, *, to: str | None = None) -> int:
        """Count how often this text was accepted, whatever the bot was told about it."""
        return len([m for m in self.sent if m.text == text and to in {None, m.recipient}])

    @property
    def contents(self) -> list[Content]:
        return list(self._world.contents.kept.values())

    @property
    def typings(self) -> list[str]:
        """The SIDs of the messages under which three dots were shown."""
        return list(self._world.typings)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to bring a webhook."""
        return list(self._world.deliveries)

    @property
    def waiting(self) -> list[Job]:
        """Webhooks not brought yet."""
        return list(self._world.jobs)

    @property
    def lost(self) -> list[Job]:
        """Webhooks that were never sent because a test wanted it so."""
        return list(self._world.lost)

    @property
    def alerts(self) -> list[Alert]:
        """What the console's debugger would show."""
        return list(self._world.alerts)

    async def deliver_due(self) -> list[Delivery]:
        """Carry the messages that are due and bring every webhook that waits, one after the other."""
        return await self._work.deliver_due()

    async def deliver_together(self) -> list[Delivery]:
        """Bring every webhook that waits at the same moment."""
        return await self._work.deliver_together()

    def start_delivering(self) -> None:
        """Deliver in the background from now on."""
        self._work.start()

    async def stop_delivering(self) -> None:
        await self._work.stop()

    async def _open(self, app: web.Application) -> str:
        # A killed bot leaves its calls behind; leaving must not wait for them.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _call_back(self, sid: str) -> None:
        await self._work.deliver_of(sid)

    @property
    def _work(self) -> Rounds:
        assert self._rounds, "the fake is not running"
        return self._rounds
