"""The doors of intents: where words lead. A dialog that works adds one row, by intent or by the question of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dialogs import (
    application_add,
    application_list,
    child_add,
    child_list,
    common,
    data_deletion,
    language_switch,
    login,
    password_recovery,
    profile,
    registration,
    tabel_list,
)
from dialogs.engine.step import Step
from dialogs.engine.words import Universal
from services.services import Services
from services.trust import Trust

#: A topic's own door goes before that of its intent. What is not here is answered in words.
DOORS: Final[Mapping[str, Step | Universal]] = {
    "add_child": child_add.AskIin(),
    "agent": Universal.OPERATOR,
    "apply": application_add.Precheck(),
    "change_phone": profile.Home(),
    "child": child_list.Home(),
    "help": Universal.HELP,
    "language": language_switch.AskLanguage(),
    "delete_application": application_list.List(),
    "delete_data": data_deletion.Overview(),
    "edit_application": application_list.List(),
    "forgot_password": password_recovery.AskPhone(),
    "login": login.Choose(),
    "number_check": application_list.List(),
    "number_grows": application_list.List(),
    "queue_number": application_list.List(),
    "queue_why": application_list.List(),
    "register": registration.AskPhone(),
    "settings": profile.Home(),
    "stop": common.Stop(),
    "tabel_confirm": tabel_list.Home(),
    "tabel_error": tabel_list.Home(),
}

#: Doors for those who have not proved yet who they are.
_OUTSIDE: Final = frozenset({"forgot_password", "login", "register"})

#: Doors for those who have: a stranger who asks how it is done is answered.
_INSIDE: Final = frozenset({"tabel_confirm", "tabel_error"})

#: Dialogs in which words for these intents are likelier than elsewhere.
_AROUND: Final[Mapping[str, frozenset[str]]] = {
    "login": frozenset({"login_help"}),
    "registration": frozenset({"login_help", "register"}),
    "step_up": frozenset({"login_help"}),
    "child_add": frozenset({"child"}),
    "child_list": frozenset({"child"}),
    "tabel_list": frozenset({"tabel_confirm", "tabel_error"}),
    "tabel_month": frozenset({"tabel_confirm", "tabel_error"}),
    "tabel_confirm": frozenset({"tabel_confirm", "tabel_error"}),
    "tabel_refuse": frozenset({"tabel_confirm", "tabel_error"}),
}


def of(intent: str, topic: str, do: Services) -> Step | Universal | None:
    """Return where an intent leads, or nothing if it is only answered."""
    shut = _OUTSIDE if do.chat.trust >= Trust.LINKED else _INSIDE
    names = [name for name in (topic, intent) if name not in shut]
    return next((DOORS[name] for name in names if name in DOORS), None)


def around(step: Step) -> frozenset[str]:
    """Return the intents that the dialog of a step makes likelier."""
    return _AROUND.get(step.flow, frozenset())
