"""A strict Telegram Bot API server for tests: the real rules over real HTTP, never kinder."""

from tests.fakes.telegram.chats import Message
from tests.fakes.telegram.front import Call
from tests.fakes.telegram.keyboards import Button, InlineKeyboard, ReplyKeyboard
from tests.fakes.telegram.phone import OWN, Phone
from tests.fakes.telegram.rates import Rates
from tests.fakes.telegram.server import FakeTelegram
from tests.fakes.telegram.updates import Update
from tests.fakes.telegram.world import Delivery, Toast

__all__ = [
    "OWN",
    "Button",
    "Call",
    "Delivery",
    "FakeTelegram",
    "InlineKeyboard",
    "Message",
    "Phone",
    "Rates",
    "ReplyKeyboard",
    "Toast",
    "Update",
]
