"""The papers of a benefit: what is taken, what is refused and why, and how long a certificate counts."""

from __future__ import annotations

import pytest

from dialogs.application_check import Check
from dialogs.application_form import Form
from dialogs.engine.texts import N
from services.applications import Filing
from tests.city import CHANNELS, LANGUAGES, City, Parent
from tests.dialogs import applications as way
from tests.dialogs import journeys

BAD = ("too_big", "format", "password", "empty", "unreadable", "unreachable")


def bad(parent: Parent, reason: str, name: str = "справка.docx") -> str:
    why = parent.say("file.named", name=name, reason=parent.say(f"file.{reason}"))
    return parent.say("err.file.bad", reason=why, max_mb=10)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_military_family_files_with_its_certificate(city: City, channel: str, language: str) -> None:
    parent = way.at_documents(city, channel, language)
    assert parent.say("doc.work") in parent.sees
    way.sends_file(parent)
    parent.taps("btn.done")
    parent.says("10.11.2026")
    assert parent.say("benefit_full.military") in parent.sees
    assert journeys.sentence(parent, N("files", 1)) in parent.sees
    city.clock.move(minutes=1)

    parent.taps("btn.send")

    assert city.rows("SELECT benefit, rank FROM application") == [("military", 0)]
    stored = "SELECT paper, issued_on, valid_until, application_id FROM stored_file"
    assert [tuple(map(str, row)) for row in city.rows(stored)] == [("work", "2026-11-10", "2026-12-10", "1")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bad_file_is_named_and_the_others_are_kept(city: City, language: str) -> None:
    parent = way.at_documents(city, language=language)
    way.sends_file(parent, "1.jpg")
    way.sends_file(parent, "2.jpg")

    for reason in BAD:
        city.clock.move(minutes=1)
        way.sends_file(parent, "справка.docx", reason=reason)

        assert bad(parent, reason) in parent.sees
        assert parent.say("msg.common.files_counter", n=2, max_files=10) in parent.sees


def test_an_album_is_answered_with_one_message(city: City) -> None:
    parent = way.at_documents(city)
    before = len(parent.bot_messages)

    for number in range(4):
        way.sends_file(parent, f"{number}.jpg")

    assert len(parent.bot_messages) == before + 1
    assert parent.say("msg.common.files_counter", n=4, max_files=10) in parent.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_eleventh_file_is_too_many(city: City, language: str) -> None:
    parent = way.at_documents(city, language=language)
    for number in range(10):
        way.sends_file(parent, f"{number}.jpg")
    city.clock.move(minutes=2)

    way.sends_file(parent, "справка.docx")

    assert bad(parent, "too_many") in parent.sees


def test_small_text_in_a_photo_is_told(city: City) -> None:
    parent = way.at_documents(city)

    way.sends_file(parent, small="1")

    assert parent.say("msg.application_add.send_as_file") in parent.sees


def test_done_without_a_paper_asks_for_it_or_goes_on_without_the_benefit(city: City) -> None:
    parent = way.at_documents(city)
    parent.taps("btn.done")
    assert parent.say("msg.application_add.documents_none") in parent.sees

    parent.taps("btn.no_benefit")

    assert parent.state == "application_add.check"
    assert f"6. Льгота: {parent.say('benefit.none')}" in parent.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_certificate_older_than_a_month_is_refused(city: City, language: str) -> None:
    parent = at_issued_on(city, language)

    parent.says("19.10.2026")

    assert parent.say("err.app.paper_old", months=1) in parent.sees


def at_issued_on(city: City, language: str) -> Parent:
    parent = way.at_documents(city, language=language)
    way.sends_file(parent)
    parent.taps("btn.done")
    return parent


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_that_is_none_or_to_come_is_refused(city: City, language: str) -> None:
    parent = at_issued_on(city, language)

    for typed in ("вчера", "32.10.2026", "21.11.2026"):
        assert parent.say("err.date.bad") in parent.says(typed)
        parent.says("повтори")
        assert parent.say("err.date.bad") not in parent.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_filed_with_a_benefit_that_is_not_proved_or_not_known_there(city: City, language: str) -> None:
    parent = way.at_check(city, language=language)

    for benefit, error in (("military", "err.app.paper_missing"), ("teacher", "err.app.benefit_gone")):
        said = Filing(child=1, kato="612010000", group="general", languages=("kk",), benefit=benefit)
        journeys.stands_at(parent, Check(Form(said, status_seen=True, benefit_asked=True, files_done=True)))
        parent.says("язык")
        parent.says("назад")
        parent.taps("btn.send")

        assert parent.say(error) in parent.sees
    assert city.rows("SELECT count(*) FROM application") == [(0,)]
