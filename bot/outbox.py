"""The only loop that sends: claim what is due, call the providers, write what became of each message.

1. Claim: what is due is marked as being sent, in order, as long as its channel is open and not too much is held.
2. Call: the messages of one address one after another, those of different addresses side by side.
3. Settle: fates that arrive while one commit runs share the next.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, TypeVar

from bot.channels import Kept, Sender, SendFailed
from dialogs.engine.said import Heard, Said
from storage import failures, outbox
from storage.crashpoints import crashpoint
from storage.do import Clock, Deed
from storage.events import Event
from storage.inbox import Inbox
from storage.outbox import Fate, Outgoing
from storage.writer import ConnectionLost, Writer

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Calls at once, per channel: one that hangs must not take the room of another.
IN_FLIGHT: Final = 50
#: Messages claimed and not yet settled, per channel; a kill puts all of them in doubt.
HELD: Final = 200
#: No provider is waited for longer; what it did until then is unknown.
CALL_SECONDS: Final = 20.0
#: What runs when the process is asked to end gets this much more.
GRACE_SECONDS: Final = 4.0
#: The database refused a deed: a moment later it may not.
PAUSE_SECONDS: Final = 0.5
BACKOFF: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 15, 60))
#: Tries where the provider may have the message each time: more would only be more copies.
ATTEMPTS: Final = 6
#: Tries where it surely has not: about an hour, so that an outage loses no answer.
PATIENCE: Final = 60
UNKNOWN: Final = "unknown outcome"


class OutboxLoop:
    """Sends for all channels."""

    def __init__(
        self,
        writer: Writer,
        channels: Mapping[str, Sender],
        clock: Clock,
        sms_failed: object = None,  # the loop tells by itself now
        *,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self._writer, self._channels, self._clock, self._call_seconds = writer, channels, clock, call_seconds
        self._wake = asyncio.Event()
        self._paused: dict[str, datetime] = {}
        self._held: Counter[str] = Counter()
        self._room: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(IN_FLIGHT))
        self._calls: set[asyncio.Timeout] = set()
        self._fates: dict[str, tuple[Fate, Outgoing]] = {}
        self._settling = asyncio.Lock()
        self._stopping = False

    def wake(self) -> None:
        """Look again: something was planned, or time has passed."""
        self._wake.set()

    def stop(self) -> None:
        """End soon: nothing new is called, what is being called gets a moment more."""
        self._stopping = True
        latest = asyncio.get_running_loop().time() + GRACE_SECONDS
        for call in self._calls:
            call.reschedule(min(latest, call.when() or latest))
        self._wake.set()

    async def run(self) -> None:
        """Send until stopped. What a dead process was sending is taken back first.

        Ends early only by a bug or a lost connection, and then by raising.
        """
        taken = await self._surely(lambda deed: outbox.reclaim(deed, all_of_them=True))
        if taken:
            log.warning("outcome unknown, sending once more", extra={"messages": taken})
        async with asyncio.TaskGroup() as sending:
            while not self._stopping:
                self._wake.clear()
                groups = await self._claim()
                for group in groups:
                    sending.create_task(self._in_order(group))
                if not groups:
                    await self._wake.wait()

    async def once(self) -> int:
        """Send what is due now; return how many messages were taken."""
        groups = await self._claim()
        await asyncio.gather(*(self._in_order(group) for group in groups))
        return sum(len(group) for group in groups)

    # Claim.

    async def _claim(self) -> list[list[Outgoing]]:
        """Mark what is due and return it by address."""
        open_channels = [name for name in self._channels if self._is_open(name)]
        if not open_channels:
            return []
        claimed = await self._surely(lambda deed: outbox.claim(deed, open_channels))
        if claimed:
            crashpoint("send.claimed")
        self._held.update(out.channel for out in claimed)
        return _by_address(claimed)

    def _is_open(self, channel: str) -> bool:
        return self._held[channel] < HELD and self._pause_of(channel) is None

    def _pause_of(self, channel: str) -> datetime | None:
        """Return when a paused channel may be called again."""
        until = self._paused.get(channel)
        return until if until is not None and until > self._clock.now() else None

    # Call.

    async def _in_order(self, messages: Sequence[Outgoing]) -> None:
        """Send the messages of one address one after another; those behind one that waits wait with it."""
        sent: dict[str, str | None] = {}
        stuck: Fate | None = None
        for out in messages:
            fate = _behind(stuck, out) if stuck else await self._send(out, sent.get(out.edits or "", out.target))
            if fate.state == "planned" or fate.gone:
                stuck = stuck or fate
            sent[out.uid] = fate.provider_id
            await self._settle(fate, out)
            self._held[out.channel] -= 1
        self.wake()

    async def _send(self, out: Outgoing, target: str | None) -> Fate:
        if out.kind == "frame" and out.edits and target is None:
            return Fate(out.uid, "cancelled", reason="nothing to edit")
        async with self._room[out.channel]:
            if self._stopping:
                return Fate(out.uid, "planned", due_at=self._clock.now(), reason="stopping", spent=False)
            if (until := self._pause_of(out.channel)) is not None:
                return Fate(out.uid, "planned", due_at=until, reason="paused", spent=False)
            try:
                return Fate(out.uid, "sent", provider_id=await self._call(out, target))
            except SendFailed as failed:
                return self._judge(failed, out)

    async def _call(self, out: Outgoing, target: str | None) -> str | None:
        """Call the provider, and once more with other words where that is its wish."""
        try:
            return await self._call_once(out, target)
        except SendFailed as failed:
            # An update of a message that is gone would come as a new one every time.
            if failed.instead is None or out.kind == "frame":
                raise
            return await self._call_once(replace(out, payload=failed.instead), target)

    async def _call_once(self, out: Outgoing, target: str | None) -> str | None:
        channel = self._channels[out.channel]
        call = asyncio.timeout(self._call_seconds)
        self._calls.add(call)
        try:
            async with call:
                crashpoint("send.calling")
                provider_id = await channel.send(out, target)
                crashpoint("send.called")
        except SendFailed:
            crashpoint("send.refused")
            raise
        except Exception as bug:
            if not isinstance(bug, TimeoutError):
                failures.report(log, "sending failed in a way no channel foresaw", bug, channel=out.channel)
            raise SendFailed(type(bug).__name__, unknown=True) from bug
        finally:
            self._calls.discard(call)
        return None if provider_id is None else str(provider_id)

    def _judge(self, failed: SendFailed, out: Outgoing) -> Fate:
        """Follow the policy a failure carries."""
        now = self._clock.now()
        if failed.pause is not None:
            until = self._paused[out.channel] = max(now + failed.pause, self._paused.get(out.channel, now))
            return Fate(out.uid, "planned", due_at=until, reason=failed.reason, spent=False)
        if failed.unknown and out.kind == "code":
            return Fate(out.uid, "failed", reason=UNKNOWN)
        again = failed.retry_in is not None or failed.unknown
        if again and out.attempts + 1 < (ATTEMPTS if failed.unknown else PATIENCE):
            wait = max(failed.retry_in or timedelta(), BACKOFF[min(out.attempts, len(BACKOFF) - 1)])
            return Fate(out.uid, "planned", due_at=now + wait, reason=failed.reason, doubtful=failed.unknown)
        log.warning("not sent", extra={"channel": out.channel, "kind": out.kind, "reason": failed.reason})
        return Fate(out.uid, "failed", reason=failed.reason, gone=failed.gone, opted_out=failed.opted_out)

    # Settle.

    async def _settle(self, fate: Fate, out: Outgoing) -> None:
        """Write what became of a message: whoever comes first after a commit writes for all who came meanwhile."""
        self._fates[out.uid] = (fate, out)
        async with self._settling:
            if out.uid in self._fates:
                together, self._fates = self._fates, {}
                await self._surely(lambda deed: _write(deed, together.values()))
        crashpoint("send.acknowledged")

    async def _surely(self, work: Callable[[Deed], T]) -> T:
        """Do a deed however long the database refuses it: what was sent must not be forgotten."""
        while True:
            try:
                return await self._writer.deed(work, wakes=False)
            except ConnectionLost:
                raise
            except Exception as refused:
                if self._stopping:
                    raise
                failures.report(log, "the outbox could not write, trying again", refused)
                await asyncio.sleep(PAUSE_SECONDS)


def _by_address(claimed: list[Outgoing]) -> list[list[Outgoing]]:
    """Group what was claimed by address, keeping the order within; codes and frames go beside the others."""

    def key(out: Outgoing) -> tuple[int, str]:
        return (out.address or 0, out.uid if out.kind in ("code", "frame") else "")

    return [list(group) for _, group in groupby(sorted(claimed, key=key), key=key)]


def _behind(stuck: Fate, out: Outgoing) -> Fate:
    """Return the fate of a message behind one that waits, or behind one that found nobody there."""
    if stuck.gone:
        return Fate(out.uid, "cancelled", reason="gone")
    return Fate(out.uid, "planned", due_at=stuck.due_at, reason="waits behind another", spent=False)


def _write(deed: Deed, settled: Iterable[tuple[Fate, Outgoing]]) -> None:
    settled = list(settled)
    outbox.settle(deed, [fate for fate, _ in settled])
    for fate, out in settled:
        if out.kind == "code" and fate.state == "failed" and fate.reason != UNKNOWN:
            _tell_not_sent(deed, out)


def _tell_not_sent(deed: Deed, out: Outgoing) -> None:
    """The gateway refused a code: in the same commit, an event for the conversation that waits for it.

    The next tick takes it as a turn. Of an unknown outcome nothing is said: the code may arrive, and the countdown
    ends in [New code] anyway (K9).
    """
    said = Said(Heard.EVENT, purpose="sms_failed", text=out.subject)
    event = Event("sms", "", out.uid, Kept(said).body(), address_id=out.address)
    inbox = Inbox(deed.db, deed.world)
    received = inbox.receive(event, None)
    if received.fate is None:
        inbox.retry(received, event.body, deed.now, "", attempts=0)
