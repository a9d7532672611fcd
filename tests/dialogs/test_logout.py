"""Log out in one chat: it is a guest's again, its old buttons show nothing, the account stays."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dialogs.engine.texts import T
from services.deadlines import OpenDeadline
from storage.deadlines import DeadlineStore
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, words_of
from tests.dialogs import applications, journeys


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_parent_logs_out(city: City, channel: str, language: str) -> None:
    parent = journeys.registered(city, channel, language)
    person = parent.person
    assert parent.says("/logout") == parent.say("msg.logout.confirm")

    parent.taps("btn.logout")

    assert parent.sees.startswith(parent.say("msg.logout.done"))
    assert parent.state == "first_start.guest_menu"
    assert parent.language == language
    assert parent.person != person
    assert city.rows("SELECT count(*) FROM account") == [(1,)]


def test_who_stays_is_home_and_still_logged_in(city: City) -> None:
    parent = journeys.registered(city)
    parent.says("/logout")
    parent.taps("btn.stay")

    assert parent.state == "main_menu.home"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_old_buttons_show_no_names_after_it(city: City, channel: str, language: str) -> None:
    parent = journeys.at_card(city, channel, language)
    old = parent.button("btn.remove_from_list")
    parent.says("/logout")
    parent.taps("btn.logout")

    parent.taps_data(*old)

    # Telegram edits the tapped card into the answer; WhatsApp answers with a new message.
    shown = next(item for item in parent.bot_messages if item["id"] == old[0])
    said = words_of(shown["payload"]) if channel == TELEGRAM else parent.sees
    assert said.startswith(parent.say("err.session_ended"))
    assert "Алихан" not in said
    assert parent.state == "first_start.guest_menu"


def test_unfinished_answers_do_not_go_along_to_the_guest(city: City) -> None:
    parent = journeys.at_child_iin(city)
    journeys.gives_iin(parent, journeys.ALIKHAN)
    parent.says("/logout")
    parent.taps("btn.logout")

    assert parent.talk.drafts == ()
    assert parent.talk.calls == ()
    assert len(parent.talk.trail) == 1


def test_the_other_chat_stays_logged_in(city: City) -> None:
    parent = journeys.registered(city)
    other = journeys.logging_in(city, WHATSAPP, owner=parent.owner)
    other.says(other.code)
    other.taps("btn.yes")
    other.says("/logout")
    other.taps("btn.logout")
    parent.says("/children")

    assert parent.state == "child_list.home"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_chat_hears_of_a_deadline_that_is_open(
    city: City, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = datetime(2026, 12, 10, 18, 59, tzinfo=UTC)
    waits = [OpenDeadline("flow.child_add", due)]
    monkeypatch.setattr(DeadlineStore, "open", lambda _self: waits)
    parent = journeys.registered(city, language=language)

    said = parent.says("/logout")

    what = T("flow.child_add")
    assert said == journeys.sentence(parent, T("msg.logout.confirm_deadline", what=what, deadline=due))


def test_a_guest_is_asked_to_log_in_first(city: City) -> None:
    guest = journeys.started(city)

    assert guest.says("/logout") == guest.say("msg.login.gate")


@pytest.mark.parametrize("language", LANGUAGES)
def test_open_applications_are_named_before_the_last_chat_leaves(city: City, language: str) -> None:
    parent = applications.filed(city, TELEGRAM, language)
    number = "№ {}-{}".format(*city.rows("SELECT year, serial FROM application")[0])

    assert parent.says("/logout") == parent.say("msg.logout.confirm_applications", applications=number)
