"""Codes by e-mail through SMTP."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from bot.channels import SendFailed
from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from storage.outbox import Outgoing

TIMEOUT: Final = 10.0
PORTS: Final = {"smtp": 587, "smtps": 465}
#: Below this a refusal is for now, from here on for ever (RFC 5321).
FOR_EVER: Final = 500


class Mail:
    """The channel of codes to e-mail addresses; a connection for each, as they are few."""

    name = "mail"

    def __init__(self, url: str, sender: str, *, timeout: float = TIMEOUT) -> None:
        self._server, self._sender, self._timeout = urlsplit(url), sender, timeout

    async def send(self, out: Outgoing, target: str | None) -> str | None:
        """Send one code; return the id of the mail."""
        mail = written(out, self._sender)
        server = self._server
        try:
            await aiosmtplib.send(
                mail,
                hostname=server.hostname,
                port=server.port or PORTS[server.scheme],
                username=unquote(server.username) if server.username else None,
                password=unquote(server.password) if server.password else None,
                use_tls=server.scheme == "smtps",
                timeout=self._timeout,
            )
        except aiosmtplib.SMTPException as refused:
            raise policy(refused) from None
        except OSError as failed:
            raise SendFailed(type(failed).__name__, retry_in=timedelta(seconds=1)) from None
        return str(mail["Message-ID"])

    async def close(self) -> None:
        """Nothing is open."""


def written(out: Outgoing, sender: str) -> EmailMessage:
    """Return the mail of a code; its id is made of our own, so that the same one is known when it comes twice."""
    language = out.payload["language"]
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, out.payload["to"]
    mail["Subject"] = say(T("mail.code.subject"), language)
    mail["Message-ID"] = f"<{out.uid}@{sender.rpartition('@')[2]}>"
    mail.set_content(say(T("mail.code", code=out.payload["code"]), language))
    return mail


def policy(refused: aiosmtplib.SMTPException) -> SendFailed:
    """Return what a refusal means for the outbox; its own words may carry the address."""
    if isinstance(refused, aiosmtplib.SMTPConnectError | aiosmtplib.SMTPConnectTimeoutError):
        return SendFailed("no connection", retry_in=timedelta(seconds=1))
    if isinstance(refused, aiosmtplib.SMTPTimeoutError | aiosmtplib.SMTPServerDisconnected):
        return SendFailed(type(refused).__name__, unknown=True)
    if isinstance(refused, aiosmtplib.SMTPRecipientsRefused):
        codes = [answer.code for answer in refused.recipients]
        return _answered(max(codes, default=FOR_EVER))
    return _answered(getattr(refused, "code", FOR_EVER))


def _answered(code: int) -> SendFailed:
    if code < FOR_EVER:
        return SendFailed(f"smtp {code}", retry_in=timedelta(seconds=5))
    return SendFailed(f"smtp {code}")
