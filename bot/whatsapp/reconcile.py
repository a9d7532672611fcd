"""Fills the gaps of the webhook: Twilio keeps every message, and gives a webhook fifteen seconds only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

from bot.channels import Inbound
from bot.clock import WallClock
from bot.whatsapp.receive import receive
from bot.whatsapp.send import WhatsApp
from storage import delivery
from storage.crashpoints import crashpoint
from storage.writer import Writer

log = logging.getLogger(__name__)

EVERY_SECONDS: Final = 120.0
#: A webhook that is still being tried is not a gap.
YOUNG: Final = timedelta(seconds=60)
#: Looked at twice, because Twilio's list and clock may lag.
OVERLAP: Final = timedelta(minutes=15)
#: Nothing older is answered: the window is closed, and a parent has long asked elsewhere.
OLDEST: Final = timedelta(hours=24)
MOST: Final = 5_000

Message = Any  # twilio ships no types


class Reconciler:
    """Idempotent: any number of rounds, in any number of processes, take each message once."""

    def __init__(
        self,
        twilio: WhatsApp,
        writer: Writer,
        turn: Callable[[Inbound], Awaitable[object]],
        now: Callable[[], datetime] = WallClock().now,
    ) -> None:
        """`now` is Twilio's time, not that of a demo whose clock was moved."""
        self._twilio, self._writer, self._turn, self._now = twilio, writer, turn, now
        self._since: datetime | None = None

    async def run(self) -> None:
        """Look again and again until cancelled; a Twilio that does not answer is asked the next time."""
        while True:
            try:
                await self.once()
            except Exception as failed:  # noqa: BLE001 - said, and tried again
                log.warning("the list of messages could not be read", extra={"reason": type(failed).__name__})
            await asyncio.sleep(EVERY_SECONDS)

    async def once(self) -> int:
        """Take what was sent to us and never arrived; return how many messages that were."""
        began = self._now()
        since = self._since or await self._last()
        crashpoint("reconcile.asking")
        listed = await self._twilio.received(since, limit=MOST)
        crashpoint("reconcile.asked")
        ripe = [item for item in listed if item.date_sent and item.date_sent <= began - YOUNG]
        account, sids = self._twilio.account, [item.sid for item in ripe]
        missing = await self._writer.deed(lambda deed: delivery.unheard(deed, "twilio", account, sids), wakes=False)
        found = sorted((item for item in ripe if item.sid in missing), key=lambda item: item.date_sent)
        for item in found:
            await self._take(item)
        self._since = max(began - YOUNG - OVERLAP, began - OLDEST)
        return len(found)

    async def _last(self) -> datetime:
        """Begin where the last message arrived; a number that was used before does not wake with old talk."""
        account = self._twilio.account
        heard = await self._writer.deed(lambda deed: delivery.last_heard(deed, "twilio", account), wakes=False)
        now = self._now()
        return now - OVERLAP if heard is None else max(min(heard, now) - OVERLAP, now - OLDEST)

    async def _take(self, item: Message) -> None:
        fields = {
            "AccountSid": self._twilio.account,
            "MessageSid": item.sid,
            "From": str(item.from_),
            "To": str(item.to),
            # A tapped button comes as its label here: the list keeps words only.
            "Body": item.body or "",
            "NumMedia": str(item.num_media or 0),
        }
        if fields["NumMedia"] != "0":
            fields["MediaContentType0"] = await self._twilio.type_of_file(item.sid)
        inbound = receive(fields, self._twilio.sender)
        if inbound is None:
            log.warning("a message in the list that is none to us", extra={"sid": item.sid})
            return
        await self._turn(inbound)
        log.info("a message that no webhook brought", extra={"sid": item.sid})
