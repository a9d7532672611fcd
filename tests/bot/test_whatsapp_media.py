"""Files of parents: fetched from Twilio alone, never more than we take, and the password stays with Twilio."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.whatsapp.media import NotThere, fetch
from services.files import TooLarge
from tests.bot.rig import Server
from tests.bot.twilio_rig import PARENT
from tests.fakes.twilio import FakeTwilio


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio(local=True) as fake:
        yield fake


async def sent(twilio: FakeTwilio, data: bytes) -> str:
    """A parent sends a picture; return the address the webhook names."""
    message = await twilio.whatsapp(PARENT).media(data, "image/jpeg")
    return f"{twilio.url}/2010-04-01/Accounts/{twilio.account_sid}/Messages/{message.sid}/Media/{message.media[0].sid}"


async def fetched(twilio: FakeTwilio, url: str, *, largest: int = 1000) -> bytes:
    return await fetch(url, account=twilio.account_sid, token=twilio.auth_token, api_url=twilio.url, largest=largest)


async def test_a_file_is_fetched_and_the_store_sees_no_password(twilio: FakeTwilio) -> None:
    url = await sent(twilio, b"picture" * 100)

    # The store refuses whoever brings a password along.
    assert await fetched(twilio, url) == b"picture" * 100


async def test_a_file_of_exactly_the_cap_is_taken_and_one_byte_more_is_not(twilio: FakeTwilio) -> None:
    assert len(await fetched(twilio, await sent(twilio, b"x" * 1000))) == 1000

    with pytest.raises(TooLarge):
        await fetched(twilio, await sent(twilio, b"x" * 1001))


async def test_a_file_at_another_address_is_not_asked_for(twilio: FakeTwilio) -> None:
    async def answer(_: object) -> object:
        raise AssertionError("our password came here")

    async with Server(answer) as elsewhere:  # type: ignore[arg-type]  # it is never called
        with pytest.raises(NotThere):
            await fetched(twilio, f"{elsewhere}/2010-04-01/x")


async def test_a_redirect_to_nowhere_and_a_file_that_is_gone_are_no_errors_of_ours(twilio: FakeTwilio) -> None:
    url = await sent(twilio, b"picture")
    twilio.redirect_next_media("ftp://elsewhere/x")
    with pytest.raises(NotThere):
        await fetched(twilio, url)
    with pytest.raises(NotThere):
        await fetched(twilio, url.replace("/Media/ME", "/Media/MEf"))
