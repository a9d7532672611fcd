"""Codes by e-mail: what is written, and what a refusal of the server means."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import aiosmtplib
import pytest

from bot.channels import SendFailed
from bot.mail import Mail, policy, written
from storage.outbox import Outgoing

OUT = Outgoing(
    "uid-1",
    "mail",
    "",
    "code",
    {"to": "a@mail.kz", "code": "123456", "language": "ru"},
    None,
    None,
    1,
    0,
    "1",
    1,
    False,
)


def test_a_mail_holds_the_code_in_the_language_of_the_chat() -> None:
    mail = written(OUT, "bot@example.kz")

    assert mail["To"] == "a@mail.kz"
    assert mail["Message-ID"] == "<uid-1@example.kz>"
    assert "123456" in mail.get_content()
    assert "действует 5 минут" in mail.get_content()
    assert "123456" not in mail["Subject"]


@pytest.mark.parametrize(
    ("refused", "reason", "again"),
    [
        (aiosmtplib.SMTPConnectError("x"), "no connection", True),
        (aiosmtplib.SMTPResponseException(451, "later"), "smtp 451", True),
        (aiosmtplib.SMTPResponseException(550, "a@mail.kz unknown"), "smtp 550", False),
        (
            aiosmtplib.SMTPRecipientsRefused([aiosmtplib.SMTPRecipientRefused(550, "no", "a@mail.kz")]),
            "smtp 550",
            False,
        ),
    ],
)
def test_a_refusal_has_its_policy_and_no_address_in_it(
    refused: aiosmtplib.SMTPException, reason: str, again: bool
) -> None:
    failed = policy(refused)

    assert failed.reason == reason
    assert (failed.retry_in is not None) == again
    assert "mail.kz" not in failed.reason


def test_a_server_that_hangs_up_may_have_it() -> None:
    assert policy(aiosmtplib.SMTPServerDisconnected("x")).unknown


async def test_a_mail_arrives_over_a_real_socket() -> None:
    """A server of a few lines speaks SMTP and keeps what it hears."""
    heard: list[str] = []
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        in_data = False
        while line := (await reader.readline()).decode():
            heard.append(line)
            if in_data:
                in_data = line != ".\r\n"
                if not in_data:
                    writer.write(b"250 kept\r\n")
                continue
            in_data = line.startswith("DATA")
            writer.write(b"354 go\r\n" if in_data else b"221 bye\r\n" if line.startswith("QUIT") else b"250 ok\r\n")
        writer.close()
        await writer.wait_closed()
        ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        sent = await Mail(f"smtp://127.0.0.1:{port}", "bot@example.kz").send(OUT, None)
        await ended.wait()

    assert sent == "<uid-1@example.kz>"
    assert any("RCPT TO:<a@mail.kz>" in line for line in heard)


async def test_without_a_server_it_is_tried_again() -> None:
    with pytest.raises(SendFailed) as failed:
        await Mail("smtp://127.0.0.1:9", "bot@example.kz").send(OUT, None)

    assert failed.value.retry_in == timedelta(seconds=1)
