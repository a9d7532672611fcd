"""A new password: asked for on the secure page only, whatever dialog asks."""

from __future__ import annotations

from typing import Final

from dialogs.engine.ask import Ask, Awaits
from dialogs.engine.said import Heard, Said
from dialogs.engine.texts import T
from services import passwords
from services.iin import Iin
from services.phones import Phone
from services.refused import Refused

QUESTION: Final = Ask(T("msg.reg.ask_password"), awaits=Awaits.PASSWORD, page="password", ladder=False)


def hash_of(said: Said, iin: Iin | None, phone: Phone) -> str:
    """Return the hash that the page made of the new password.

    Refuses one typed in the chat (`msg.registration.password_in_chat`) and one that is the person's own IIN or phone
    (`err.password.same_as_iin_phone`).
    """
    if said.heard is not Heard.PAGE:
        raise Refused("msg.registration.password_in_chat")
    passwords.must_not_be(said.value("mark"), said.value("salt"), iin, phone)
    return said.value("hash")
