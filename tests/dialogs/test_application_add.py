"""Applying for a place: the whole form on both phones in three languages, and each way it can be refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services import demo_city
from storage.do import Deed
from storage.models import Tenant
from storage.queue_models import IntakeRow
from tests.city import CHANNELS, LANGUAGES, WHATSAPP, City
from tests.dialogs import applications as way
from tests.dialogs import journeys
from tests.queues import child, stand


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_parent_files_an_application_and_gets_a_number(city: City, channel: str, language: str) -> None:
    stand(city, ["", "", "military", ""])
    parent = way.at_check(city, channel, language)
    for part in ("Дана С.", "group.general", "teaching.kk", "teaching.ru", "benefit.none"):
        assert (parent.say(part) if "." in part and " " not in part else part) in parent.sees

    parent.taps("btn.send")

    assert parent.state == "application_add.done"
    words = parent.say("msg.app.submitted", app_number="2026-5", first_name="Дана", queue_number=5)
    assert words in parent.sees
    rows = city.rows(
        "SELECT regime, kato, group_type, languages, benefit, status, rank, consent, consent_language FROM application"
        " WHERE person_id=?",
        parent.person,
    )
    assert rows == [
        ("snation_bulletin_2020", "612010000", "general", "kk,ru", "", "queued", 2, "application-2026-11", language)
    ]


def test_the_number_counts_those_who_stand_before(city: City) -> None:
    stand(city, ["", "", "military", "", "large_family"])

    parent = way.filed(city)

    assert parent.say("msg.app.submitted", app_number="2026-6", first_name="Дана", queue_number=6) in parent.sees


def test_two_taps_on_submit_are_one_application(city: City) -> None:
    parent = way.at_check(city)
    message, data = parent.button("btn.send")

    parent.taps_data(message, data)
    parent.taps_data(message, data)

    assert parent.say("err.already_done") in parent.toasts
    assert city.rows("SELECT count(*) FROM application") == [(1,)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_button_submits(city: City, language: str) -> None:
    parent = way.at_check(city, language=language)

    for words in ("ок", "да", "1", "👍"):
        assert parent.say("err.need_button") in parent.says(words)

    assert city.rows("SELECT count(*) FROM application") == [(0,)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_child_with_an_application_is_shown_it_and_may_stand_elsewhere(city: City, language: str) -> None:
    parent = way.filed(city, language=language)
    parent.says("/apply")

    way.child(parent)

    assert parent.say("err.app.duplicate", app_number="2026-1") in parent.sees
    parent.taps("btn.other_city")
    parent.taps(parent.say("group.general"))
    parent.says("Кентау")
    parent.taps("btn.right")
    assert parent.say("err.app.duplicate", app_number="2026-1") in parent.sees
    parent.taps("btn.open_app")
    assert parent.state == "application_details.details"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_register_says_of_the_family_is_shown_and_not_changed_here(city: City, language: str) -> None:
    dana = replace(demo_city.DANA, social="large_family")
    parent = way.family(city, language=language, children=(dana,))
    parent.says("/apply")
    way.child(parent)
    parent.taps(parent.say("group.general"))
    way.lives_in(parent)
    parent.says("1")
    parent.taps("btn.done")
    status = parent.say("social.large_family")
    assert status in parent.sees

    parent.taps("btn.wrong")

    assert parent.say("msg.application_add.social_status_wrong") in parent.sees
    assert parent.state == "application_add.priority"
    parent.taps("btn.no_priority")
    assert status in parent.sees


def test_another_guardian_cannot_file_for_the_same_child_in_the_same_place(city: City) -> None:
    way.filed(city)
    father = way.family(city, WHATSAPP, parent=demo_city.BAUYRZHAN)
    father.says("/apply")
    way.child(father)
    father.taps(father.say("group.general"))
    father.says("Кентау")

    father.taps("btn.right")

    assert father.say("err.app.duplicate", app_number="2026-1") in father.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_child_who_turns_seven_this_year_cannot_stand_in_a_queue(city: City, language: str) -> None:
    parent = way.family(city, language=language, children=(child(7, 2019),))
    parent.says("/apply")

    way.child(parent, "Али")

    assert parent.say("err.child.age_max", year=2026) in parent.sees


def test_a_place_is_found_with_a_typo_and_by_its_region(city: City) -> None:
    parent = way.at_locality(city)
    path = "Туркестанская область, город Кентау"

    for typed in ("кентау", "Кентву", "туркестанская", "kentau"):
        assert parent.say("msg.application_add.locality_check", path=path) in parent.says(typed)
        parent.says("назад")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_place_nobody_knows_is_refused(city: City, language: str) -> None:
    parent = way.at_locality(city, language=language)

    parent.says("Зурбаган")

    assert parent.say("err.choice.unknown") in parent.sees
    assert parent.state == "application_add.locality"


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_least_one_language_is_ticked(city: City, language: str) -> None:
    parent = way.at_languages(city, language=language)

    parent.taps("btn.done")

    assert parent.say("err.multi.empty") in parent.sees


def test_languages_are_ticked_and_unticked(city: City) -> None:
    parent = way.at_languages(city)
    parent.taps("Казахский")
    parent.taps("Русский")
    assert {"✅ Казахский", "✅ Русский"} <= set(parent.labels)
    parent.taps("✅ Казахский")
    assert "Казахский" in parent.labels

    parent.taps("btn.done")

    assert parent.state == "application_add.social_status"


def test_the_other_language_of_the_chat_keeps_the_ticks(city: City) -> None:
    """T05: the language is switched in the middle; the answers stay."""
    parent = way.at_languages(city)
    parent.taps("Казахский")

    parent.says("қазақша")

    assert parent.language == "kk"
    assert parent.state == "application_add.languages"
    assert "✅ Қазақ тілі" in parent.labels
    assert parent.say("msg.language_switch.done") in parent.sees


def test_changing_one_answer_leads_straight_back_to_the_summary(city: City) -> None:
    parent = way.at_check(city)
    before = parent.sees
    parent.taps("btn.change")
    parent.says("4")
    parent.taps("✅ Казахский")

    parent.taps("btn.done")

    assert parent.state == "application_add.check"
    changed = [line for line in parent.sees.splitlines() if line not in before.splitlines()]
    assert changed == ["4. Язык обучения: Русский"]


def test_a_second_phone_and_e_mail_go_with_the_application(city: City) -> None:
    parent = way.at_check(city)
    parent.taps("btn.change")
    parent.taps(parent.say("edit.phone"))
    parent.says("8 701 555 66 77")
    parent.taps("btn.change")
    parent.taps(parent.say("edit.email"))
    parent.says("mama@example.kz")
    assert "mama@example.kz" in parent.sees

    parent.taps("btn.send")

    assert city.rows("SELECT sealed IS NOT NULL FROM application") == [(1,)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_e_mail_that_is_none_is_refused(city: City, language: str) -> None:
    parent = way.at_check(city, language=language)
    parent.taps("btn.change")
    parent.taps(parent.say("edit.email"))

    parent.says("мама")

    assert parent.say("err.email.format") in parent.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_files_who_is_not_confirmed(city: City, language: str) -> None:
    parent = journeys.registered_unconfirmed(city, language=language)

    parent.says("/apply")

    assert parent.say("err.app.incomplete_profile", field=parent.say("field.identity")) in parent.sees


def test_a_draft_lives_thirty_days_and_shows_the_answers(city: City) -> None:
    """T08 without its push."""
    parent = way.at_locality(city)
    city.clock.move(days=3)
    parent.says("здравствуйте")
    assert parent.state == "resume_prompt.offer"
    assert parent.say("flow.application_add") in parent.sees
    parent.taps("btn.continue")
    assert parent.state == "application_add.locality"
    parent.says("/menu")
    city.clock.move(days=31)

    parent.says("здравствуйте")

    assert parent.state == "main_menu.home"
    assert parent.talk.drafts == ()


def test_a_place_that_closed_meanwhile_is_asked_for_again_and_only_that(city: City) -> None:
    parent = way.at_benefit(city)
    city.clock.move(days=2)
    city.deed(_close_kentau)
    parent.says("здравствуйте")

    parent.taps("btn.continue")

    assert parent.state == "application_add.locality"
    assert parent.say("err.app.locality_closed") in parent.sees
    parent.says("Актобе")
    parent.taps("btn.right")
    assert parent.state == "application_add.priority"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_place_that_closes_before_the_button_is_refused(city: City, language: str) -> None:
    parent = way.at_check(city, language=language)
    city.deed(_close_kentau)

    parent.taps("btn.send")

    assert parent.say("err.app.locality_closed") in parent.sees
    assert city.rows("SELECT count(*) FROM application") == [(0,)]


def _close_kentau(deed: Deed) -> None:
    deed.session.add(Tenant(id=1, kato="612010000", name_kk="К", name_ru="К", regime="snation_bulletin_2020"))
    deed.session.flush()
    row = IntakeRow(kato="612010000", tenant_id=1, name_kk="Кентау", name_ru="Кентау", closed_at=deed.now)
    deed.session.add(row)
    deed.session.flush()
