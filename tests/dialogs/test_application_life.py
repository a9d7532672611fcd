"""A filed application: the list, the card, the number and why it moved, its history, and leaving the queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from dialogs.engine.texts import T
from services.applications import Status
from services.queue import Cause
from storage import queue
from storage.do import Deed
from storage.queue_models import ApplicationRow
from tests.city import CHANNELS, LANGUAGES, START, City, Parent
from tests.dialogs import applications as way
from tests.dialogs import journeys
from tests.queues import stand


def becomes(city: City, status: Status, cause: Cause = Cause.PLACED) -> None:
    """The department does something with the newest application."""

    def work(deed: Deed) -> None:
        row = deed.session.scalars(select(ApplicationRow).order_by(ApplicationRow.id.desc())).first()
        assert row is not None
        queue.change(deed, row, status, cause)

    city.deed(work)


def on_card(city: City, channel: str = "sim-telegram", language: str = "ru", place: str = "Кентау") -> Parent:
    parent = way.filed(city, channel, language, place=place)
    city.clock.move(minutes=2)
    return way.at_details(parent)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_and_the_card_show_where_it_stands(city: City, channel: str, language: str) -> None:
    parent = way.filed(city, channel, language)
    city.clock.move(minutes=2)
    parent.says("/applications")
    assert parent.say("label.app_title", name="Дана", app_number="2026-1") in parent.labels

    parent.taps(parent.labels[0])

    assert parent.say("label.app_number", app_number="2026-1") in parent.sees
    assert parent.sees.count("▶️") == 1
    assert parent.sees.count("▫️") == 3
    assert parent.say("next.queued") in parent.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_list_offers_to_apply(city: City, language: str) -> None:
    parent = way.family(city, language=language)

    parent.says("/applications")

    assert parent.say("msg.application_list.empty") in parent.sees
    parent.taps("btn.apply")
    assert parent.state == "application_add.child"


def test_the_four_steps_follow_the_status(city: City) -> None:
    way.filed(city)

    for status, done, now in (
        (Status.TURN_CAME, 1, 1),
        (Status.RESPONDED, 1, 1),
        (Status.REFERRAL, 2, 1),
        (Status.ENROLLED, 4, 0),
        (Status.REMOVED_AGE, 0, 0),
    ):
        becomes(city, status)
        parent = on_same(city)
        assert (parent.sees.count("✅ "), parent.sees.count("▶️ ")) == (done, now)
        assert parent.say(f"next.{status.value}") in parent.sees


def on_same(city: City) -> Parent:
    city.clock.move(minutes=2)
    owner = city.phones.people[0]
    parent = Parent(city, "sim-telegram", owner)
    parent.says("/applications")
    if parent.say("btn.archive") in parent.labels:
        parent.taps("btn.archive")
    parent.taps(parent.labels[0])
    return parent


@pytest.mark.parametrize("language", LANGUAGES)
def test_interest_is_marked_once_and_stays_ticked(city: City, language: str) -> None:
    parent = way.filed(city, language=language)
    parent.taps("btn.interested")
    assert parent.say("msg.application_interested.done") in parent.sees
    assert parent.say("btn.interested_done") in parent.labels

    parent.taps("btn.interested_done")

    assert parent.say("err.already_done") in parent.sees
    assert city.rows("SELECT count(*) FROM application_event WHERE cause='interested'") == [(1,)]


def test_a_voucher_queue_knows_no_interest_and_shows_its_category(city: City) -> None:
    parent = way.filed(city, place="Алматы")
    assert parent.say("btn.interested") not in parent.labels
    city.clock.move(minutes=2)
    way.at_details(parent)

    parent.taps("btn.queue_number")

    assert parent.say("status.app.voucher_queue") in parent.sees
    assert "Категория: 19" in parent.sees  # nobody's benefit, five years old by the end of the year


def test_where_benefits_have_a_queue_of_their_own_its_number_is_shown(city: City) -> None:
    stand(city, ["large_family", "", "military"], kato="151010000")
    parent = way.at_benefit(city, place="Актобе")
    parent.taps("btn.pick_priority")
    parent.says("многодетные")
    way.sends_file(parent)
    parent.taps("btn.done")
    city.clock.move(minutes=2)
    parent.taps("btn.send")
    way.at_details(parent)

    parent.taps("btn.queue_number")

    assert parent.say("msg.queue_status.benefit", number=3) in parent.sees
    assert "Номер: 4" in parent.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_it_moved_names_each_cause_with_its_places(city: City, language: str) -> None:
    stand(city, ["", "", "", ""])
    parent = on_card(city, language=language)
    stand(city, ["military", "military"], first=50, since=city.clock.at)

    def withdraw(deed: Deed) -> None:
        row = deed.session.scalars(select(ApplicationRow).order_by(ApplicationRow.id)).first()
        assert row is not None
        queue.change(deed, row, Status.REMOVED_BY_PARENT, Cause.WITHDRAWN)

    city.deed(withdraw)
    parent.taps("btn.queue_number")

    parent.taps("btn.why_changed")

    came = journeys.sentence(parent, T("reason.filed", times=2, places="+2"))
    left = journeys.sentence(parent, T("reason.withdrawn", times=1, places="−1"))
    assert f"{came}, {left}" in parent.sees
    assert "5" in parent.sees
    assert "6" in parent.sees


def test_a_number_that_did_not_move_says_so(city: City) -> None:
    parent = on_card(city)
    parent.taps("btn.queue_number")

    parent.taps("btn.why_changed")

    assert parent.say("msg.queue_status.not_moved", number=1) in parent.sees


def test_a_forecast_is_called_an_estimate_and_needs_history(city: City) -> None:
    stand(city, [""] * 120, since=START - timedelta(days=300))
    parent = on_card(city)
    parent.taps("btn.queue_number")
    parent.taps("btn.forecast")
    assert parent.say("msg.queue_status.no_forecast") in parent.sees

    def leave(deed: Deed) -> None:
        rows = deed.session.scalars(select(ApplicationRow).where(ApplicationRow.rank.is_not(None)).limit(5))
        for row in rows:
            queue.change(deed, row, Status.ENROLLED, Cause.PLACED)

    for _ in range(12):
        city.clock.move(days=7)
        city.deed(leave)
    assert city.rows("SELECT count(*) FROM application WHERE rank IS NOT NULL")[0][0] == 61


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_history_is_dated(city: City, language: str) -> None:
    parent = way.filed(city, language=language)
    parent.taps("btn.interested")
    city.clock.move(minutes=2)
    way.at_details(parent)

    parent.taps("btn.history")

    assert parent.say("event.filed") in parent.sees
    assert parent.say("event.interested") in parent.sees
    assert "(2026)" in parent.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_leaving_says_what_is_lost_and_needs_the_button(city: City, language: str) -> None:
    parent = on_card(city, language=language)
    parent.taps("btn.delete")
    parent.taps(parent.say("r_moved"))
    assert "1" in parent.sees
    parent.says("ок")
    assert city.rows("SELECT status FROM application") == [("queued",)]

    parent.taps("btn.delete_yes")

    assert parent.state == "application_delete.done"
    assert city.rows("SELECT status, rank FROM application") == [("removed_by_parent", None)]
    assert city.rows("SELECT cause, note FROM application_event ORDER BY id DESC LIMIT 1") == [("withdrawn", "moved")]


def test_whoever_made_a_mistake_hears_what_can_be_changed(city: City) -> None:
    parent = on_card(city)
    parent.taps("btn.delete")

    parent.taps(parent.say("r_app_mistake"))

    assert parent.say("fields.changeable") in parent.sees
    parent.taps("btn.keep")
    assert parent.state == "application_details.details"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_signed_or_under_way_cannot_be_deleted(city: City, language: str) -> None:
    parent = on_card(city, language=language)
    parent.taps("btn.delete")
    parent.taps("btn.skip")
    becomes(city, Status.REFERRAL)
    parent.taps("btn.delete_yes")
    assert parent.say("msg.application_delete.active_referral") in parent.sees
    parent.taps("btn.delete")
    assert parent.say("msg.application_delete.active_referral") in parent.sees
    becomes(city, Status.ENROLLED)

    parent.taps("btn.delete")

    assert parent.say("err.app.delete_enrolled") in parent.sees
    assert city.rows("SELECT status FROM application") == [("enrolled",)]


def test_after_leaving_the_child_may_stand_again_behind_everybody(city: City) -> None:
    parent = on_card(city)
    parent.taps("btn.delete")
    parent.taps("btn.skip")
    parent.taps("btn.delete_yes")
    city.clock.move(minutes=2)

    parent.taps("btn.apply_new")
    way.child(parent)

    assert parent.state == "application_add.group_type"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_child_with_an_application_stays_on_the_list(city: City, language: str) -> None:
    parent = way.filed(city, language=language)
    city.clock.move(minutes=2)
    parent.says("/children")
    parent.taps(parent.labels[0])

    parent.taps("btn.remove_from_list")

    begun = parent.say("object.application", app_number="2026-1")
    assert parent.say("err.child.has_active", object=begun) in parent.sees
    assert city.rows("SELECT removed_at FROM child WHERE person_id=?", parent.person) == [(None,)]


def test_somebody_elses_application_is_not_there(city: City) -> None:
    from dialogs.application_details import Details
    from services import demo_city

    way.filed(city)
    father = way.family(city, "sim-whatsapp", parent=demo_city.BAUYRZHAN)
    journeys.stands_at(father, Details(1))
    father.says("/applications")

    assert father.say("msg.application_list.empty") in father.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paper_is_a_link_that_works_for_ten_minutes(city: City, language: str) -> None:
    parent = on_card(city, language=language)
    parent.taps("btn.documents")

    parent.taps(parent.say("paper.registration"))

    assert parent.say("msg.application_details.paper", paper=parent.say("paper.registration")) in parent.sees
    assert parent.purpose == "paper-registration-1"
    assert "https://bot.test/s/" in parent.link
