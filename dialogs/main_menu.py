"""The parent's menu: what is urgent, then what works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialogs import application_list, child_list, help_faq, language_switch, profile, tabel_list
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.said import Said
from dialogs.engine.step import Move, Step, step
from dialogs.engine.texts import T
from services.services import Services
from services.trust import Trust


@step("main_menu.home")
@dataclass(frozen=True)
class Home(Step):
    """A row stands here only when its dialog works."""

    home: ClassVar[bool] = True
    needs: ClassVar[Trust] = Trust.LINKED

    def ask(self, do: Services) -> Ask:
        account = do.accounts.mine()
        return Ask(
            T(
                "msg.menu.main",
                first_name=account.called if account else "",
                alert_line=tabel_list.alert(do) or T("msg.menu.nothing_urgent"),
            ),
            (
                *((Choice("tabel", T("r_tabel")),) if do.tabels.vouchers() else ()),
                Choice("applications", T("r_apps")),
                Choice("children", T("r_children")),
                Choice("profile", T("r_profile")),
                Choice("language", T("r_lang")),
                Choice("help", T("r_help")),
            ),
        )

    def answer(self, said: Said, do: Services) -> Move:
        doors: dict[str, Step] = {
            "tabel": tabel_list.Home(),
            "applications": application_list.List(),
            "children": child_list.Home(),
            "profile": profile.Home(),
            "language": language_switch.AskLanguage(),
        }
        return doors.get(said.choice) or help_faq.Home()
