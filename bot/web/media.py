"""`/m/{token}`: a picture of a family, for the messenger that shows it; the token is all, sealed, and soon over.

Nothing is kept for it: the picture is drawn from what the token seals, so nobody can ask for one that we never made.
"""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from bot import pictures
from storage.do import Clock
from storage.models import instant, micros
from storage.vault import Sealed, Vault

#: A messenger fetches at once; it may try again for a while.
LIVES: Final = timedelta(minutes=30)


@dataclass(frozen=True)
class Media:
    """Makes addresses of pictures and knows its own again."""

    vault: Vault
    clock: Clock

    def path(self, name: str) -> str:
        """Return where a picture is fetched: those that anybody may see have an address for ever."""
        if not name.startswith(pictures.TABEL):
            return pictures.path(name)
        said = json.dumps({"name": name, "until": micros(self.clock.now() + LIVES)}).encode()
        return "/m/" + urlsafe_b64encode(self.vault.seal(self.vault.own("media"), said, "media")).decode().rstrip("=")

    def name(self, token: str) -> str | None:
        """Return the picture a token seals; nothing where it is over or not ours."""
        try:
            sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            said = json.loads(self.vault.open(self.vault.own("media"), sealed, "media"))
        except (ValueError, Sealed):
            return None
        return str(said["name"]) if self.clock.now() < instant(said["until"]) else None


def router(media: Media) -> APIRouter:
    """Return the route that shows a picture to whoever holds its token."""
    routes = APIRouter()

    @routes.get("/m/{token}")
    async def picture(token: str) -> Response:
        name = media.name(token[:4000])
        if name is None:
            return PlainTextResponse("no such picture", status_code=404)
        drawn = await asyncio.to_thread(pictures.read, name)
        headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff"}
        return Response(drawn, media_type="image/png", headers=headers)

    return routes
