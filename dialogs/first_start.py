"""First contact: language, what the bot can do, and the menu without login."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs import family_access, help_faq, language_switch, locality_switch, login, registration
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Move, Speak, Step, step
from dialogs.engine.texts import LANGUAGES, T
from dialogs.intents import wishes
from services.services import Services


@step("first_start.ask_language")
@dataclass(frozen=True)
class AskLanguage(Step):
    """The first question of all; the guessed language is the first button."""

    home: ClassVar[bool] = True

    guess: str = ""
    #: What the first words wanted, by the name of the wish: gone on with instead of the welcome.
    wish: str = ""
    #: The code of a link that was opened to join an account.
    invitation: str = ""

    def ask(self, do: Services) -> Ask:
        ordered = sorted(LANGUAGES, key=lambda language: language != self.guess)
        choices = tuple(Choice(code, T(f"lang.{code}")) for code in ordered)
        return Ask(T("msg.start.language"), choices, numbered=True)

    def answer(self, said: Said, do: Services) -> Move:
        if self.invitation:
            return Speak(said.choice, then=family_access.claimed(self.invitation))
        wanted = wishes.named(self.wish, do) if self.wish else None
        return Speak(said.choice, then=wanted or Welcome())


@step("first_start.welcome")
@dataclass(frozen=True)
class Welcome(Step):
    """Hello, and the three doors."""

    home: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(
            T("msg.start.welcome"),
            (
                Choice("login", T("btn.login")),
                Choice("register", T("btn.register")),
                Choice("guest", T("btn.without_login")),
            ),
        )

    def answer(self, said: Said, do: Services) -> Move:
        doors: dict[str, Step] = {
            "login": login.Choose(),
            "register": registration.AskPhone(),
            "guest": GuestMenu(),
        }
        return doors[said.choice]


@step("first_start.guest_menu")
@dataclass(frozen=True)
class GuestMenu(Step):
    """What works without login."""

    home: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(
            T("msg.menu.guest"),
            (
                Choice("login", T("r_login")),
                Choice("language", T("r_lang")),
                Choice("city", T("r_city")),
                Choice("help", T("r_help")),
            ),
        )

    def answer(self, said: Said, do: Services) -> Move:
        doors: dict[str, Step] = {
            "login": login.Gate(),
            "language": language_switch.AskLanguage(),
            "city": locality_switch.Search(),
        }
        return doors.get(said.choice) or help_faq.Home()
