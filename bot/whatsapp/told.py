"""What follows from a status callback: a message that failed after all goes once more, or has failed for good."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.whatsapp.policy import verdict
from storage import delivery
from storage.delivery import Update

if TYPE_CHECKING:
    from storage.do import Deed

log = logging.getLogger(__name__)


def take(deed: Deed, news: Update) -> bool:
    """Keep what Twilio tells of a message and do what its code means, once, whatever comes again or too late.

    Returns whether there is something to send now.
    """
    if not delivery.note(deed, news):
        return False
    words = delivery.payload(deed, news.uid)
    failed = verdict(news.error or 0, words or {})
    if words is not None and failed.instead is not None:
        delivery.again(deed, news.uid, reason=failed.reason, after=timedelta(), instead=failed.instead)
        return True
    wait = failed.retry_in or failed.pause
    if words is not None and wait is not None:
        delivery.again(deed, news.uid, reason=failed.reason, after=wait)
        return False
    log.warning("not delivered", extra={"channel": "whatsapp", "reason": failed.reason})
    delivery.fail(
        deed,
        news.uid,
        reason=failed.reason,
        gone=failed.gone,
        opted_out=failed.opted_out,
        closed=failed.closed,
    )
    return False
