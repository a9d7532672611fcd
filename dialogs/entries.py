"""The doors of all dialogs: where the engine goes by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dialogs import (
    agent_handoff,
    application_add,
    application_attach,
    application_delete,  # noqa: F401 - its steps must be known before anybody opens an application
    application_list,
    channel_link,
    child_add,
    child_list,
    common,
    data_deletion,
    family_access,
    first_start,
    help_faq,
    language_switch,
    locality_switch,
    login,
    logout,
    main_menu,
    password_recovery,
    profile,
    pushes,
    registration,
    step_up,
    tabel_confirm,  # noqa: F401 - its steps
    tabel_export,  # noqa: F401 - its steps
    tabel_list,
    tabel_refuse,  # noqa: F401 - its steps
)
from dialogs.engine import catalogue, words
from dialogs.engine.advance import Engine, Entries
from dialogs.engine.said import Said
from dialogs.engine.step import Move, Step
from dialogs.engine.texts import T
from dialogs.engine.walk import Wish
from dialogs.intents import wishes
from services.services import Services
from services.trust import Trust


def _first(said: Said) -> Step:
    guess = words.guess_language(said.text, said.locale) or ""
    return first_start.AskLanguage(guess, wishes.first(said), words.invitation(said.text) or "")


def _laid(said: Said, at: Step) -> Move | None:
    return channel_link.laid(said, at) or agent_handoff.laid(said, at)


def _switch(flow: str, wish: Wish) -> Step:
    return help_faq.Switch(flow, wish.name)


def _home(do: Services) -> Step:
    """Home is the menu of who this is; before a language is chosen, the question for it."""
    if not do.language:
        return first_start.AskLanguage()
    return main_menu.Home() if do.chat.trust >= Trust.LINKED else first_start.GuestMenu()


def _proof(do: Services) -> Step:
    return step_up.SendCode() if do.chat.trust >= Trust.LINKED else login.Gate()


#: Dialogs whose answers are kept for a while.
DRAFTS: Final = ("registration", "login", "child_add", "application_add", "tabel_refuse")

ENTRIES: Final = Entries(
    first=_first,
    home=_home,
    proof=_proof,
    operator=agent_handoff.Topic,
    laid=_laid,
    language=language_switch.AskLanguage(),
    cancel=common.Cancel(),
    stop=common.Stop(),
    resume=common.Offer,
    starts={
        "registration": registration.AskPhone(),
        "login": login.Choose(),
        "child_add": child_add.AskIin(),
        "application_add": application_add.Precheck(),
    },
    titles={flow: T(f"flow.{flow}") for flow in DRAFTS},
    options=catalogue.in_every_language,
    wish=wishes.of,
    lost=wishes.lost,
    switch=_switch,
    help=help_faq.Home(),
    doors={
        "children": child_list.Home(),
        "applications": application_list.List(),
        "attach": application_attach.Side(),
        "family": family_access.Home(),
        "apply": application_add.Precheck(),
        "login": login.Choose(),
        "register": registration.AskPhone(),
        "password": password_recovery.AskPhone(),
        "logout": logout.Confirm(),
        "mydata": data_deletion.Overview(),
        "profile": profile.Home(),
        "city": locality_switch.Search(),
        "tabel": tabel_list.Home(),
    },
    pushed=pushes.opened,
    claim=family_access.claimed,
)

#: What an agent may open for a parent.
SCREENS: Final[Mapping[str, Step]] = {
    **ENTRIES.starts,
    "child_list": child_list.Home(),
    "tabel": tabel_list.Home(),
}

ENGINE: Final = Engine(ENTRIES)
