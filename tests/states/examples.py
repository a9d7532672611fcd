"""A realistic value for every field of a step, found by its type, or by its name where it is plain words."""

from __future__ import annotations

import dataclasses
import types
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final, Union, get_args, get_origin

from dialogs.engine import codec
from dialogs.engine.step import Step
from services.documents import DocumentNumber
from services.iin import Iin
from services.names import PersonName
from services.phones import Phone

#: Things of ours that not any words will do for.
BY_TYPE: Final[dict[Any, object]] = {
    Phone: Phone("+77471234567"),
    Iin: Iin("930427400001"),
    DocumentNumber: DocumentNumber("N12345678"),
    PersonName: PersonName("Сабитова", "Айгерим", "Нурлановна"),
    date: date(2023, 3, 15),
    datetime: datetime(2026, 11, 20, 5, 0, tzinfo=UTC),
    bool: False,
    int: 1,
    float: 1.0,
}

#: Plain words by the name of their field, or of `step.field` where one name means two things or a default says nothing.
BY_NAME: Final[dict[str, str]] = {
    "application_add.check.form.said.group": "general",
    "application_add.check.form.said.kato": "612010000",
    "help_faq.answer.topic": "code_not_coming",
    "help_faq.not_yet.intent": "kindergarten",
    "agent_handoff.hours.of": "child_list",
    "agent_handoff.leave_message.of": "child_list",
    "application_details.paper.kind": "registration",
    "at": "child_list.card",
    "child_add.verify.trouble": "down",
    "common.switch_flow.of": "child_add",
    "kato": "612010000",
    "nationality": "kazakh",
    "resume_prompt.offer.of": "registration",
    "screen": "child_list",
    "callback_request.slot.phone": "+77471234567",
    "saved_at": "2026-11-20T05:00:00+00:00",
    "topic": "account",
    "asked": "msg.child_list.card",
    "channel_link.claim.code": "link_k7m2p9",
    "family_access.accept.code": "fam_k7m2p9",
    "family_access.link.role": "helper",
    "email_change.code.email.text": "aigerim@mail.kz",
    "email_change.send_code.email.text": "aigerim@mail.kz",
    "email_change.suggest.email.text": "aigerim@mail.kz",
    "email_change.suggest.meant.text": "aigerim@mail.kz",
    "locality_switch.choose.found": "612010000",
    "login.password.ident.value": "aigerim",
    "payload": "link_k7m2p9",
    "day": "14",
    "kind": "pdf",
    "month": "2026-11",
    "reason": "ill",
    "seal": "0123456789ab",
    "tabel_refuse.check.form.reason": "ill",
    "what": "phone",
    "wish": "register",
}


class NoExample(Exception):
    """A field of plain words has no example yet: add one to BY_NAME in tests/states/examples.py."""


def of_step(kind: type[Step]) -> Step:
    """Return the step with every field filled in; what has a default that is not None keeps it."""
    return kind(**{field.name: _field(kind.name, kind, field) for field in dataclasses.fields(kind) if field.init})


def _field(place: str, owner: Any, field: dataclasses.Field[Any]) -> object:  # Any: whatever a step holds
    here = f"{place}.{field.name}"
    if field.default not in (dataclasses.MISSING, None):
        return BY_NAME.get(here, field.default)
    return _value(here, codec.fields_of(owner)[field.name])


def _value(place: str, kind: Any) -> object:
    """Return an example for a field at `place`, as `child_add.check.person.nationality`."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _value(place, next(option for option in args if option is not type(None)))
    if origin is tuple:
        return tuple(_value(place, arg) for arg in args if arg is not Ellipsis)
    if kind in BY_TYPE:
        return BY_TYPE[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if dataclasses.is_dataclass(kind):
        return _record(place, kind)
    return _words(place)


def _record(place: str, kind: Any) -> object:
    return kind(**{field.name: _field(place, kind, field) for field in dataclasses.fields(kind) if field.init})


def _words(place: str) -> str:
    *_, name = place.split(".")
    if (words := BY_NAME.get(place, BY_NAME.get(name))) is None:
        raise NoExample(place)
    return words
