"""The only loop that sends: claim a batch, call the providers, write what became of each message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from bot.channels import Sender, SendFailed
from storage import outbox
from storage.crashpoints import crashpoint
from storage.do import Clock
from storage.outbox import Fate, Outgoing
from storage.writer import Writer

log = logging.getLogger(__name__)

IN_FLIGHT: Final = 50
ATTEMPTS: Final = 6
#: A message nobody could deliver for this long is not news any more.
BACKOFF: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 15, 60))


class OutboxLoop:
    """Sends for all channels; `sms_failed` hears of a code that could not be sent."""

    def __init__(
        self,
        writer: Writer,
        channels: Mapping[str, Sender],
        clock: Clock,
        sms_failed: Callable[[Outgoing], object] = lambda _: None,
    ) -> None:
        self._writer, self._channels, self._clock, self._sms_failed = writer, channels, clock, sms_failed
        self._wake = asyncio.Event()
        self._paused: dict[str, datetime] = {}
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._stopping = False

    def wake(self) -> None:
        """Look again: something was planned, or time has passed."""
        self._wake.set()

    def stop(self) -> None:
        """End after what is being sent now."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Send until stopped. What a dead process was sending is taken back first."""
        taken = await self._writer.deed(lambda deed: outbox.reclaim(deed, all_of_them=True))
        if taken:
            log.warning("outcome unknown, sending once more", extra={"messages": taken})
        while not self._stopping:
            self._wake.clear()
            if not await self.once():
                await self._wake.wait()

    async def once(self) -> int:
        """Send what is due now; return how many messages were taken."""
        open_channels = self._open_channels()
        if not open_channels:
            return 0
        claimed = await self._writer.deed(lambda deed: outbox.claim(deed, open_channels))
        if not claimed:
            return 0
        crashpoint("send.claimed")
        await asyncio.gather(*(self._in_order(group) for group in _by_address(claimed)))
        return len(claimed)

    def _open_channels(self) -> list[str]:
        now = self._clock.now()
        return [name for name in self._channels if self._paused.get(name, now) <= now]

    async def _in_order(self, messages: Sequence[Outgoing]) -> None:
        """Send the messages of one address one after another; those behind a failed one wait with it."""
        sent: dict[str, str | None] = {}
        waits_until: datetime | None = None
        for out in messages:
            if waits_until is not None:
                fate = Fate(out.uid, "planned", due_at=waits_until, reason="waits behind another", spent=False)
            else:
                async with self._room:
                    fate = await self._send(out, sent.get(out.edits or "", out.target))
                if fate.state == "planned":
                    waits_until = fate.due_at
                sent[out.uid] = fate.provider_id
            await self._settle(fate, out)

    async def _settle(self, fate: Fate, out: Outgoing) -> None:
        # Acknowledgements of all addresses meet in the lane and share its commits.
        await self._writer.deed(lambda deed: outbox.settle(deed, [fate]))
        crashpoint("send.acknowledged")
        if fate.state == "failed" and out.kind == "code":
            self._sms_failed(out)

    async def _send(self, out: Outgoing, target: str | None) -> Fate:
        channel = self._channels[out.channel]
        try:
            crashpoint("send.calling")
            provider_id = await channel.send(out, target)
            crashpoint("send.called")
        except SendFailed as failed:
            return await self._answer(failed, out, target)
        except Exception:
            log.exception("sending failed in a way no channel foresaw", extra={"channel": out.channel})
            return Fate(out.uid, "failed", reason="bug")
        return Fate(out.uid, "sent", provider_id=provider_id)

    async def _answer(self, failed: SendFailed, out: Outgoing, target: str | None) -> Fate:
        """Follow the policy a failure carries."""
        now = self._clock.now()
        if failed.instead is not None:
            return await self._send(replace(out, payload=failed.instead), target)
        if failed.pause is not None:
            self._paused[out.channel] = now + failed.pause
            return Fate(out.uid, "planned", due_at=now + failed.pause, reason=failed.reason, spent=False)
        if failed.unknown and out.kind == "code":
            return Fate(out.uid, "failed", reason="unknown outcome")
        if failed.retry_in is not None and out.attempts + 1 < ATTEMPTS:
            wait = max(failed.retry_in, BACKOFF[min(out.attempts, len(BACKOFF) - 1)])
            return Fate(out.uid, "planned", due_at=now + wait, reason=failed.reason, doubtful=failed.unknown)
        log.warning("not sent", extra={"channel": out.channel, "kind": out.kind, "reason": failed.reason})
        return Fate(out.uid, "failed", reason=failed.reason, gone=failed.gone)


def _by_address(claimed: list[Outgoing]) -> list[list[Outgoing]]:
    """Group what was claimed by address, keeping the order within; codes and frames go beside the others."""

    def key(out: Outgoing) -> tuple[int, str]:
        return (out.address or 0, out.uid if out.kind in ("code", "frame") else "")

    return [list(group) for _, group in groupby(sorted(claimed, key=key), key=key)]
