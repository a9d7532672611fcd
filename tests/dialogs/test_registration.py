"""Registration, on both phones, in three languages: the straight way, and the phone."""

from __future__ import annotations

import pytest

from services import demo_city
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City
from tests.dialogs import journeys


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_parent_registers(city: City, channel: str, language: str) -> None:
    parent = journeys.registered(city, channel, language)

    assert parent.say("msg.reg.done", first_name="Айгерим") in parent.sees
    assert city.rows("SELECT confirmed, length(password) > 0 FROM account") == [(1, 1)]


def test_after_the_registration_a_child_is_one_tap_away(city: City) -> None:
    parent = journeys.registered(city)

    parent.taps("btn.add_child")

    assert parent.state == "child_add.ask_iin"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_menu_of_a_parent_has_only_rows_that_work(city: City, channel: str, language: str) -> None:
    parent = journeys.registered(city, channel, language)

    parent.taps("btn.menu")

    nothing = parent.say("msg.menu.nothing_urgent")
    assert parent.sees == parent.say("msg.menu.main", first_name="Айгерим", alert_line=nothing)
    assert parent.labels == [parent.say(key) for key in ("r_apps", "r_children", "r_profile", "r_lang", "r_help")]


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ("r_apps", "application_list.list"),
        ("r_children", "child_list.home"),
        ("r_profile", "profile.home"),
        ("r_lang", "language_switch.ask"),
        ("r_help", "help.home"),
    ],
)
def test_each_row_of_the_menu_opens(city: City, row: str, state: str) -> None:
    parent = journeys.registered(city)
    parent.taps("btn.menu")

    parent.taps(row)

    assert parent.state == state


# The phone.


@pytest.mark.parametrize("language", LANGUAGES)
def test_telegram_offers_a_key_that_shares_the_number(city: City, language: str) -> None:
    parent = journeys.started(city, TELEGRAM, language)

    said = parent.taps("btn.register")

    shown = city.phones.transcript("sim-telegram", parent.external)["keyboard"]
    assert said == parent.say("msg.reg.ask_phone")
    assert shown is not None
    assert shown["keyboard"][0] == [{"text": parent.say("btn.share_number"), "request_contact": True}]


def test_the_key_goes_when_the_number_is_there(city: City) -> None:
    parent = journeys.at_iin(city)

    assert city.phones.transcript("sim-telegram", parent.external)["keyboard"] is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatsapp_offers_its_own_number_masked(city: City, language: str) -> None:
    parent = journeys.started(city, WHATSAPP, language)

    said = parent.taps("btn.register")

    assert said == parent.say("msg.registration.use_chat_number", phone_masked="+7 747 •••-45-67")
    assert parent.labels[:2] == [parent.say("btn.yes"), parent.say("btn.other_number")]


def test_a_whatsapp_that_hides_its_number_is_asked_for_one(city: City) -> None:
    parent = journeys.started(city, WHATSAPP, phone="KZ.1234567")

    assert parent.taps("btn.register") == parent.say("msg.reg.ask_phone_typed")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_contact_of_somebody_else_is_not_taken(city: City, language: str) -> None:
    parent = journeys.started(city, TELEGRAM, language)
    parent.taps("btn.register")

    said = parent.shares_contact("+77770000123", own=False)

    assert parent.say("err.phone.contact_not_yours") in said
    assert parent.state == "registration.ask_phone"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("8 (701) 555-66-7", "err.phone.format"),
        ("мой номер прежний", "err.phone.format"),
        ("+7 925 123 45 67", "err.phone.foreign"),
        ("+998 90 123 45 67", "err.phone.foreign"),
        ("8 727 339 72 22", "err.phone.landline"),
    ],
)
def test_a_number_that_cannot_get_a_code_is_explained(
    city: City, channel: str, language: str, typed: str, key: str
) -> None:
    parent = journeys.started(city, channel, language)
    parent.taps("btn.register")

    assert parent.say(key) in parent.says(typed)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("typed", ["8 701 555 66 77", "+7 (701) 555-66-77", "77015556677", "7015556677"])
def test_a_typed_number_is_kept_however_it_is_written(city: City, channel: str, typed: str) -> None:
    parent = journeys.started(city, channel)
    parent.taps("btn.register")

    parent.says(typed)

    assert parent.state == "registration.ask_iin"
    assert parent.say("msg.reg.phone_kept", phone_masked="+7 701 •••-66-77") in journeys.lately(parent)


@pytest.mark.parametrize("kind", ["photo", "sticker", "location"])
def test_what_is_no_number_gets_an_example(city: City, kind: str) -> None:
    parent = journeys.started(city)
    parent.taps("btn.register")

    parent.sends(kind)

    assert parent.say("err.need_text", example="8 747 123 45 67") in parent.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_failure_points_at_no_options_where_there_are_none(city: City, language: str) -> None:
    parent = journeys.started(city, TELEGRAM, language)
    parent.taps("btn.register")
    parent.says("abc")

    said = parent.says("abc")

    assert parent.say("msg.common.ladder_typed") in said
    assert parent.say("msg.common.ladder_second") not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_voice_is_asked_to_be_typed(city: City, language: str) -> None:
    parent = journeys.started(city, TELEGRAM, language)
    parent.taps("btn.register")

    parent.sends("voice")

    assert parent.say("err.voice") in parent.sees


# No IIN: the number of a document.


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_parent_without_an_iin_registers_by_document(city: City, channel: str) -> None:
    parent = journeys.at_policy_by_document(city, channel)
    parent.taps("btn.accept_policy")
    parent.says(parent.code)

    said = parent.taps("btn.all_correct")
    parent.submits(hash="$argon2id$test", salt="s", mark="m")
    parent.taps("btn.yes")

    assert parent.say("msg.reg.ask_password") in said
    assert parent.say("msg.reg.done", first_name="Мадина") in parent.sees
    assert city.rows("SELECT iin_index IS NULL, document_index IS NULL, confirmed FROM account") == [(1, 0, 1)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_is_asked_for_where_it_may_be_typed(city: City, language: str) -> None:
    parent = journeys.at_iin(city, TELEGRAM, language)

    assert parent.taps("btn.no_iin") == parent.say("msg.registration.ask_doc")


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_whatsapp_the_document_is_asked_for_on_the_page(city: City, language: str) -> None:
    parent = journeys.at_iin(city, WHATSAPP, language)

    said = parent.taps("btn.no_iin")

    assert said == parent.say("msg.registration.ask_doc_page")
    assert parent.bot_messages[-1]["payload"]["actions"] == [{"title": parent.say("btn.open_page"), "url": parent.link}]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", ["N12", "паспорт", "N1234567890123456789012", "N123#4567"])
def test_a_document_number_with_a_typo_is_explained(city: City, language: str, typed: str) -> None:
    parent = journeys.at_iin(city, TELEGRAM, language)
    parent.taps("btn.no_iin")

    assert parent.say("err.doc.format") in parent.says(typed)


def test_a_typed_document_number_is_deleted_from_the_chat(city: City) -> None:
    parent = journeys.at_iin(city)
    parent.taps("btn.no_iin")

    parent.says("N12345678")

    assert "N12345678" not in repr(parent.messages)


def test_a_document_number_typed_on_whatsapp_is_not_used(city: City) -> None:
    parent = journeys.at_iin(city, WHATSAPP, row=demo_city.NO_IIN_MOTHER)
    parent.taps("btn.no_iin")

    said = parent.says("N12345678")

    assert parent.say("msg.common.page_only") in said
    assert parent.state == "registration.ask_doc"


def test_who_finds_the_iin_after_all_goes_back_to_it(city: City) -> None:
    parent = journeys.at_iin(city)
    parent.taps("btn.no_iin")

    parent.taps("btn.back")

    assert parent.state == "registration.ask_iin"


# Twins.


def test_two_taps_on_a_button_are_one(city: City) -> None:
    parent = journeys.at_policy(city)
    button = parent.button("btn.accept_policy")

    parent.taps_data(*button)
    parent.taps_data(*button)

    assert parent.toasts[-1] == parent.say("err.already_done")
    assert len(city.phones.sms_of(parent.owner.whatsapp)) == 1


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_button_of_an_answered_question_changes_nothing(city: City, channel: str) -> None:
    parent = journeys.at_policy(city, channel)
    refuse = parent.button("btn.refuse_policy")
    parent.taps("btn.accept_policy")

    said = parent.taps_data(*refuse)

    assert parent.state == "registration.code"
    assert said.startswith(parent.say("err.stale_button"))


def test_a_flood_is_slowed_down_and_nothing_is_lost(city: City) -> None:
    parent = journeys.at_iin(city)

    for _ in range(25):
        parent.says("привет")

    assert parent.sees == parent.say("err.rate_limited")
    city.clock.move(minutes=2)
    parent.says(journeys.AIGERIM)
    assert parent.state == "policy_consent.show"
