"""Requests Twilio would never make, posted to our webhook by hand."""

import json
from collections.abc import Iterable, Mapping
from urllib.parse import urldefrag, urlencode

import aiohttp

from tests.fakes.twilio.asking import FORM
from tests.fakes.twilio.messages import API
from tests.fakes.twilio.webhooks import SIGNATURE, Signing
from tests.fakes.twilio.world import World

OTHER_ACCOUNT = "AC" + "e" * 32
OTHER_SENDER = "whatsapp:+77770009999"


class Impostor:
    """Somebody who knows the address of our webhook; each method gives the status of our answer."""

    def __init__(self, world: World, session: aiohttp.ClientSession) -> None:
        self._world = world
        self._session = session

    @property
    def url(self) -> str:
        """The public address of the webhook for messages."""
        return urldefrag(self._world.hooks[self._world.whatsapp_from].url).url

    def form(self, **fields: str) -> dict[str, str]:
        """Fill in what a real text has; `fields` replace or add."""
        sid = self._world.sid("SM")
        return {
            "AccountSid": self._world.account,
            "ApiVersion": API,
            "Body": "Hello",
            "From": "whatsapp:+77015550000",
            "MessageSid": sid,
            "MessageType": "text",
            "NumMedia": "0",
            "NumSegments": "1",
            "ProfileName": "Impostor",
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "SmsStatus": "received",
            "To": self._world.whatsapp_from,
            "WaId": "77015550000",
        } | fields

    async def post(
        self,
        params: Mapping[str, str] | Iterable[tuple[str, str]],
        headers: Mapping[str, str],
        *,
        url: str = "",
    ) -> int:
        """Post a form with exactly these headers, to the webhook or to another address of ours."""
        pairs = list(params.items()) if isinstance(params, Mapping) else list(params)
        return await self._send(urlencode(pairs), {"Content-Type": FORM, **headers}, url=url)

    async def signed(self, *, for_url: str = "", **fields: str) -> int:
        """Sign as Twilio would, but for another address: http, a port, a slash more, another order."""
        form = self.form(**fields)
        return await self.post(form, self._headers(form, for_url or self.url))

    async def without_signature(self, **fields: str) -> int:
        return await self.post(self.form(**fields), {})

    async def with_signature(self, signature: str, **fields: str) -> int:
        """Send these very characters for a signature: none, a wrong one, Cyrillic ones."""
        return await self.post(self.form(**fields), {SIGNATURE: signature})

    async def with_other_secret(self, **fields: str) -> int:
        form = self.form(**fields)
        return await self.post(form, Signing(secret="guessed").headers(self.url, form))

    async def json_without_hash(self, **fields: str) -> int:
        """Sign the address, as is right for JSON, but leave the body out of it."""
        body = json.dumps(self.form(**fields))
        return await self._send(body, {"Content-Type": "application/json", **self._headers({}, self.url)})

    async def folded(self, name: str = "From", **fields: str) -> int:
        """Hide a parameter in the value of the one before it: the signature stays the same."""
        form = self.form(**fields)
        headers = self._headers(form, self.url)
        names = sorted(form)
        before = names[names.index(name) - 1]
        form[before] += name + form.pop(name)
        return await self.post(form, headers)

    async def duplicated(self, name: str = "Body", **fields: str) -> int:
        """Send a parameter twice: Twilio's own validator looks at different values only."""
        form = self.form(**fields)
        return await self.post([*form.items(), (name, form[name])], self._headers(form, self.url))

    async def from_other_account(self, **fields: str) -> int:
        """Sign with our own secret a message of an account that is not ours."""
        return await self.signed(AccountSid=OTHER_ACCOUNT, **fields)

    async def to_other_sender(self, **fields: str) -> int:
        return await self.signed(To=OTHER_SENDER, **fields)

    async def _send(self, body: str, headers: Mapping[str, str], *, url: str = "") -> int:
        real = self._world.reach.real(url or self.url)
        assert real, f"nobody serves {url or self.url}"
        async with self._session.post(real, data=body, headers=headers, allow_redirects=False) as response:
            return response.status

    def _headers(self, params: Mapping[str, str], url: str) -> Mapping[str, str]:
        return self._world.signing.headers(url, params)
