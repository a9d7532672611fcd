"""What Telegram is told at start: commands and descriptions in three languages, and where updates go."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot

from bot.channels import COMMANDS
from bot.settings import BadSettings
from bot.telegram import setup
from bot.telegram.receive import ALLOWED
from bot.telegram.session import make_bot
from dialogs.engine.texts import LANGUAGES
from tests.bot.rig import PARENT, SECRET, TOKEN, says
from tests.fakes.telegram import FakeTelegram, Rates

HOOK = "https://bot.test/webhooks/telegram"


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(token=TOKEN, rates=Rates(set_webhook_every=0)) as fake:
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    made = make_bot(TOKEN, telegram.url)
    yield made
    await made.session.close()


@pytest.mark.parametrize(("code", "language"), [("kk", "kk"), ("ru", "ru"), ("en", "en"), ("", "ru")])
async def test_commands_and_descriptions_speak_the_languages_of_parents(
    telegram: FakeTelegram, bot: Bot, code: str, language: str
) -> None:
    await setup.introduce(bot)

    shown = {item["command"]: item["description"] for item in telegram.profile.commands["default", code]}
    assert shown == {name: says(f"cmd.{name}", language) for name in COMMANDS}
    assert telegram.profile.descriptions[code] == says("bot.description", language)
    assert telegram.profile.short_descriptions[code] == says("bot.short", language)


async def test_introducing_twice_leaves_the_same(telegram: FakeTelegram, bot: Bot) -> None:
    await setup.introduce(bot)
    before = dict(telegram.profile.commands)
    await setup.introduce(bot)

    assert telegram.profile.commands == before
    assert len(before) == len(LANGUAGES) + 1


async def test_a_webhook_is_set_with_its_secret_and_keeps_what_waits(telegram: FakeTelegram, bot: Bot) -> None:
    await telegram.phone(user_id=PARENT).text("бір")
    await setup.point_webhook(bot, HOOK, SECRET)

    asked = telegram.calls_of("setWebhook")[0].params
    assert (asked["url"], asked["secret_token"]) == (HOOK, SECRET)
    assert asked["allowed_updates"] == list(ALLOWED)
    assert len(telegram.waiting) == 1


async def test_a_telegram_that_is_busy_or_down_is_waited_for(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.fail_next("setWebhook", 429, "Too Many Requests: retry after 1", retry_after=1)
    telegram.fail_next("setWebhook", 502, "Bad Gateway", page="<html>502</html>")
    telegram.drop_next("setWebhook", after=False)

    await setup.point_webhook(bot, HOOK, SECRET, pause=0.01)

    assert telegram.calls_of("setWebhook")[-1].status == 200


async def test_an_address_telegram_will_never_call_stops_the_start_in_one_line(bot: Bot) -> None:
    with pytest.raises(BadSettings, match=r"^PUBLIC_BASE_URL .*HTTPS URL must be provided[^\n]*$"):
        await setup.point_webhook(bot, "http://bot.test/webhooks/telegram", SECRET)


@pytest.mark.parametrize(("status", "words"), [(401, "Unauthorized"), (404, "Not Found")])
async def test_a_token_telegram_does_not_know_stops_the_start_in_one_line(
    telegram: FakeTelegram, bot: Bot, status: int, words: str
) -> None:
    telegram.fail_next("setWebhook", status, words)

    with pytest.raises(BadSettings, match=r"^BOT_TOKEN is not valid[^\n]*$"):
        await setup.point_webhook(bot, HOOK, SECRET)
