"""What Twilio's refusals mean for the outbox, whether they come at once or later by a status callback."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

from aiohttp import ClientConnectorError, ClientError, ConnectionTimeoutError
from twilio.base.exceptions import TwilioRestException, TwilioServiceException

from bot.channels import SendFailed

log = logging.getLogger(__name__)

A = TypeVar("A")
Payload = dict[str, Any]

TOO_MANY: Final = 429
TROUBLE: Final = 500
NOT_US: Final = (401, 403)

#: https://www.twilio.com/docs/api/errors. Not carried for a reason of the moment.
PASSING: Final = frozenset({20429, 30001, 63009, 63010, 63012, 63017, 63018})
#: Nobody is reached at this address.
NOBODY: Final = frozenset({21211, 21614, 63003, 63024})
#: The person said STOP, or blocked us.
OPTED_OUT: Final = frozenset({21610, 63014, 63033})
#: More than a day since the person last wrote.
WINDOW_CLOSED: Final = 63016
#: WhatsApp does not bring this person a message of ours today: another try is another refusal.
NOT_TODAY: Final = frozenset({63032, 63049})
#: The form was refused, not the words: they go once more as plain text.
FORM: Final = frozenset({21656, 21658, 63005, 63013, 63021, 63027, 63028})
#: The shape template is gone from Twilio.
NO_SHAPE: Final = 21655
NOT_FOUND: Final = 20404
#: The sender itself is refused: none of the others would fare better.
SENDER: Final = frozenset({63001, 63007, 63008, 63020, 63038, 63051})

SOON: Final = timedelta(seconds=15)
BUSY: Final = timedelta(seconds=5)
REFUSED_SENDER: Final = timedelta(minutes=10)
REFUSED_ACCOUNT: Final = timedelta(minutes=1)


async def asking(call: Callable[[], Awaitable[A]], payload: Payload) -> A:
    """Return what a call returns; raise SendFailed with the policy where Twilio did not do it."""
    try:
        return await call()
    except (TwilioRestException, TwilioServiceException) as refused:
        raise refusal(refused.status, refused.code, payload) from None
    except (ClientConnectorError, ConnectionTimeoutError) as failed:
        # Nobody has seen the message and none of the others would fare better.
        raise SendFailed(type(failed).__name__, pause=BUSY) from None
    except (TimeoutError, OSError, ClientError, ValueError) as failed:
        # A ValueError is an answer that is not JSON: who knows what stood behind it.
        raise SendFailed(type(failed).__name__, unknown=True) from None


def refusal(status: int, code: int | None, payload: Payload) -> SendFailed:
    """Return what an answer of the API means; Twilio's own words may carry the number, so they are not kept."""
    if status == TOO_MANY:
        return SendFailed("twilio 20429", pause=BUSY)
    if status >= TROUBLE:
        return SendFailed(f"twilio {status}", unknown=True)
    if status in NOT_US:
        log.critical("Twilio refuses our account: TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is wrong")
        return SendFailed("account refused", pause=REFUSED_ACCOUNT)
    return verdict(code or status, payload)


def verdict(code: int, payload: Payload) -> SendFailed:
    """Return what one of Twilio's codes means for one message."""
    reason = f"twilio {code}"
    if code in PASSING:
        return SendFailed(reason, retry_in=SOON)
    if code in NOBODY:
        return SendFailed(reason, gone=True)
    if code in OPTED_OUT:
        return SendFailed(reason, gone=True, opted_out=True)
    if code == WINDOW_CLOSED:
        return SendFailed(reason, closed=True)
    if code in NOT_TODAY:
        return SendFailed(reason)
    if code in (NO_SHAPE, NOT_FOUND):
        return SendFailed(reason)
    if code in SENDER:
        log.critical("WhatsApp refuses our sender: sending waits", extra={"twilio": code})
        return SendFailed(reason, pause=REFUSED_SENDER)
    log.error("WhatsApp refuses a message", extra={"twilio": code, "form": payload.get("type", "")})
    return SendFailed(reason, instead=plain(payload) if code in FORM else None)


def plain(payload: Payload) -> Payload | None:
    """Return an interactive message as words: numbers are always understood. None for what is words already."""
    if "actions" in payload:
        labels = [f"{item['title']} {item.get('url', '')}".strip() for item in payload["actions"]]
    elif "items" in payload:
        labels = [item["item"] for item in payload["items"]]
    else:
        return None
    rows = [f"{number} {label}" for number, label in enumerate(labels, start=1)]
    return {"type": "text", "body": "\n".join([payload["body"], "", *rows])}
