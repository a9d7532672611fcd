"""SMS codes through Twilio."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from aiohttp import ClientConnectorError, ClientError, ConnectionTimeoutError
from twilio.base.exceptions import TwilioRestException, TwilioServiceException

from bot.channels import SendFailed
from bot.whatsapp.client import TIMEOUT, Caller
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from storage.outbox import Outgoing

log = logging.getLogger(__name__)

TOO_MANY: Final = 429
TROUBLE: Final = 500
#: Twilio does not know our account or its token.
NOT_US: Final = (401, 403)
#: Twilio must not deliver a dead code: it lives five minutes.
VALID_SECONDS: Final = 300


class TwilioSms(Caller):
    """The channel of codes."""

    name = "sms"

    def __init__(self, account: str, token: str, sender: str, api_url: str = "", *, timeout: float = TIMEOUT) -> None:
        super().__init__(account, token, api_url, timeout=timeout)
        self._sender = sender

    async def send(self, out: Outgoing, target: str | None) -> str | None:
        """Send one code; return Twilio's message id."""
        try:
            message = await self._ready().messages.create_async(
                to=out.payload["to"],
                from_=self._sender,
                body=say(T("sms.code", code=out.payload["code"]), out.payload["language"]),
                validity_period=VALID_SECONDS,
            )
        except (TwilioRestException, TwilioServiceException) as refused:
            raise policy(refused.status, refused.code) from None
        except (ClientConnectorError, ConnectionTimeoutError) as failed:
            # Nobody has seen the code.
            raise SendFailed(type(failed).__name__, retry_in=timedelta(seconds=1)) from None
        except (TimeoutError, OSError, ClientError, ValueError) as failed:
            # A ValueError is an answer that is not JSON: who knows what stood behind it.
            raise SendFailed(type(failed).__name__, unknown=True) from None
        return str(message.sid)


def policy(status: int, code: int | None) -> SendFailed:
    """Return what a refusal means for the outbox; Twilio's own words may carry the number, so they are not kept."""
    if status == TOO_MANY:
        # Not processed: the same code may go a little later.
        return SendFailed("429", pause=timedelta(seconds=5))
    if status >= TROUBLE:
        return SendFailed(f"twilio {status}", unknown=True)
    if status in NOT_US:
        log.critical("Twilio refuses our account: TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is wrong")
    else:
        log.error("Twilio refuses a code", extra={"status": status, "twilio": code})
    return SendFailed(f"twilio {code or status}")
