"""The doors of all dialogs: where the engine goes by itself."""

from __future__ import annotations

from typing import Final

from dialogs import (
    channel_link,
    child_add,
    child_list,
    common,
    data_deletion,
    first_start,
    language_switch,
    locality_switch,
    login,
    logout,
    main_menu,
    password_recovery,
    profile,
    registration,
    step_up,
)
from dialogs.engine import catalogue, words
from dialogs.engine.advance import Engine, Entries
from dialogs.engine.said import Said
from dialogs.engine.step import Step
from dialogs.engine.texts import T
from services.services import Services
from services.trust import Trust


def _first(said: Said) -> Step:
    invitation = words.invitation(said.text) or ""
    guess = "" if invitation else words.guess_language(said.text, said.locale)
    return first_start.AskLanguage(guess=guess or "", invitation=invitation)


def _home(do: Services) -> Step:
    """Home is the menu of who this is; before a language is chosen, the question for it."""
    if not do.language:
        return first_start.AskLanguage()
    return main_menu.Home() if do.chat.trust >= Trust.LINKED else first_start.GuestMenu()


def _proof(do: Services) -> Step:
    return step_up.SendCode() if do.chat.trust >= Trust.LINKED else login.Gate()


ENTRIES: Final = Entries(
    first=_first,
    home=_home,
    proof=_proof,
    language=language_switch.AskLanguage(),
    children=child_list.Home(),
    cancel=common.Cancel(),
    stop=common.Stop(),
    resume=common.Offer,
    starts={
        "registration": registration.AskPhone(),
        "login": login.Choose(),
        "child_add": child_add.AskIin(),
    },
    doors={
        "login": login.Choose(),
        "register": registration.AskPhone(),
        "password": password_recovery.AskPhone(),
        "logout": logout.Confirm(),
        "mydata": data_deletion.Overview(),
        "profile": profile.Home(),
        "city": locality_switch.Search(),
    },
    titles={flow: T(f"flow.{flow}") for flow in ("registration", "login", "child_add")},
    options=catalogue.in_every_language,
    claim=channel_link.Claim,
)

ENGINE: Final = Engine(ENTRIES)
