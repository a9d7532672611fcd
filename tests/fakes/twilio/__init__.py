"""A strict Twilio account for tests: the real rules over real HTTP, never kinder."""

from tests.fakes.twilio.content import Content
from tests.fakes.twilio.front import Call
from tests.fakes.twilio.impostor import Impostor
from tests.fakes.twilio.inbox import Inbox
from tests.fakes.twilio.messages import Button, Message, Row
from tests.fakes.twilio.phone import Phone
from tests.fakes.twilio.server import FakeTwilio
from tests.fakes.twilio.world import Alert, Delivery

__all__ = [
    "Alert",
    "Button",
    "Call",
    "Content",
    "Delivery",
    "FakeTwilio",
    "Impostor",
    "Inbox",
    "Message",
    "Phone",
    "Row",
]
