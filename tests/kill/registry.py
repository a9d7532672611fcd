"""A person registry outside, over real HTTP: knows the demo's people, answers at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from services import demo_city
from services.persons_file import PersonRow
from tests.kill.forge import PEOPLE


@asynccontextmanager
async def outside() -> AsyncIterator[str]:
    """Give the registry's address."""
    people = {row.iin.digits: row for row in demo_city.people(PEOPLE) if row.iin}

    async def parent(request: web.Request) -> web.Response:
        asked = await request.json()
        return web.json_response({"answer": "found", **_values(people[asked["iin"]], belongs="yes")})

    async def child(request: web.Request) -> web.Response:
        asked = await request.json()
        values = _values(people[asked["iin"]], belongs="unknown")
        return web.json_response({"answer": "child_found", "kin": "yes", **values})

    app = web.Application()
    app.router.add_post("/parent", parent)
    app.router.add_post("/child", child)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _values(row: PersonRow, *, belongs: str) -> dict[str, str]:
    assert row.iin
    return {
        "iin": row.iin.digits,
        "document": "",
        "last": row.name.last,
        "first": row.name.first,
        "middle": row.name.middle,
        "born": row.born.isoformat(),
        "sex": row.sex.value if row.sex else "",
        "nationality": row.nationality,
        "status": row.status.value,
        "belongs": belongs,
    }
