"""getUpdates: long polling, one poller at a time, nothing confirmed but by the next offset."""

import asyncio

from tests.fakes.telegram.params import Json, Params
from tests.fakes.telegram.refusals import Refused, conflict
from tests.fakes.telegram.world import World

LONGEST_POLL = 50

WHILE_WEBHOOK = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
BY_OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"
BY_WEBHOOK = "terminated by setWebhook request"


async def get_updates(world: World, params: Params) -> list[Json]:
    if world.hook:
        raise conflict(WHILE_WEBHOOK)
    world.updates.allow(params.nested("allowed_updates"))
    offset, limit = params.integer("offset"), params.clamped("limit", 100, 1, 100)
    return await _poll(world, offset, limit, params.clamped("timeout", 0, 0, LONGEST_POLL))


async def _poll(world: World, offset: int, limit: int, seconds: int) -> list[Json]:
    me = world.poller = object()
    world.changes.tell()  # an older poll sees it and ends
    try:
        return await _first_found(world, me, offset, limit, seconds)
    finally:
        world.poller = None if world.poller is me else world.poller


async def _first_found(world: World, me: object, offset: int, limit: int, seconds: int) -> list[Json]:
    # People wait in real time here even when the fake's clock stands still.
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not (found := world.updates.hand_out(offset, limit)):
        left = deadline - loop.time()
        if left <= 0 or not await world.changes.wait(left):
            return []
        if problem := _overtaken(world, me):
            raise problem
    return [update.as_json for update in found]


def _overtaken(world: World, me: object) -> Refused | None:
    if world.hook:
        return conflict(BY_WEBHOOK)
    return conflict(BY_OTHER_POLLER) if world.poller is not me else None
