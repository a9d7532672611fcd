"""The store behind media: it knows signed links only, and refuses who brings a password along."""

from aiohttp import web

from tests.fakes.twilio.world import World


def app(world: World) -> web.Application:
    async def get(request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            # In life the store says so too: only one way to authenticate at a time.
            return web.Response(status=400, text="InvalidArgument: only one auth mechanism allowed")
        media = world.cdn.get(request.match_info["key"])
        if not media or request.query.get("Signature") != request.match_info["key"]:
            return web.Response(status=403, text="AccessDenied")
        return web.Response(body=media.data, content_type=media.content_type)

    made = web.Application()
    made.router.add_get(f"/{world.account}/{{key}}", get)
    return made
