"""The doors of intents: where words lead. A dialog that works adds one row, by intent or by the question of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dialogs import child_add, child_list, common, language_switch, login, registration
from dialogs.engine.step import Step
from dialogs.engine.words import Universal
from services.services import Services
from services.trust import Trust

#: A topic's own door goes before that of its intent. What is not here is answered in words.
DOORS: Final[Mapping[str, Step | Universal]] = {
    "add_child": child_add.AskIin(),
    "agent": Universal.OPERATOR,
    "child": child_list.Home(),
    "help": Universal.HELP,
    "language": language_switch.AskLanguage(),
    "login": login.Ident(),
    "register": registration.AskPhone(),
    "stop": common.Stop(),
}

#: Doors for those who have not proved yet who they are.
_OUTSIDE: Final = frozenset({"login", "register"})

#: Dialogs in which words for these intents are likelier than elsewhere.
_AROUND: Final[Mapping[str, frozenset[str]]] = {
    "login": frozenset({"login_help"}),
    "registration": frozenset({"login_help", "register"}),
    "step_up": frozenset({"login_help"}),
    "child_add": frozenset({"child"}),
    "child_list": frozenset({"child"}),
}


def of(intent: str, topic: str, do: Services) -> Step | Universal | None:
    """Return where an intent leads, or nothing if it is only answered."""
    names = [name for name in (topic, intent) if not (name in _OUTSIDE and do.chat.trust >= Trust.LINKED)]
    return next((DOORS[name] for name in names if name in DOORS), None)


def around(step: Step) -> frozenset[str]:
    """Return the intents that the dialog of a step makes likelier."""
    return _AROUND.get(step.flow, frozenset())
