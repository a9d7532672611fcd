"""The countdown of a code: edited on Telegram, said once on WhatsApp, over with the first answer."""

from __future__ import annotations

import pytest

from tests.city import LANGUAGES, TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import journeys

MASKED = "+7 747 •••-45-67"


def sent(parent: Parent, seconds: int) -> str:
    return parent.say("msg.code.sent", phone_masked=MASKED, seconds=seconds)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_message_counts_down_in_place(city: City, language: str) -> None:
    parent = journeys.at_code(city, TELEGRAM, language)
    count = len(parent.messages)
    seen = [parent.sees]
    for _ in range(5):
        city.move(seconds=15)
        seen.append(parent.sees)

    assert seen == [sent(parent, seconds) for seconds in (90, 75, 60, 45, 30, 15)]
    assert len(parent.messages) == count


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_its_time_the_button_for_a_new_code_is_not_there(city: City, language: str) -> None:
    parent = journeys.at_code(city, TELEGRAM, language)

    city.move(seconds=89)

    assert parent.say("btn.new_code") not in parent.labels


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_ninety_seconds_the_button_for_a_new_code_is_there(city: City, language: str) -> None:
    parent = journeys.at_code(city, TELEGRAM, language)

    city.move(seconds=90)

    assert parent.sees == parent.say("msg.code.waiting", phone_masked=MASKED)
    assert parent.labels[0] == parent.say("btn.new_code")


def test_the_button_that_appeared_works(city: City) -> None:
    parent = journeys.at_code(city)
    city.move(seconds=90)

    parent.taps("btn.new_code")

    assert parent.sees == sent(parent, 90)
    assert len(city.phones.sms_of(parent.owner.whatsapp)) == 2


def test_the_ways_out_stay_under_the_message(city: City) -> None:
    parent = journeys.at_code(city)
    before = parent.labels

    city.move(seconds=30)

    assert parent.labels == before


def test_no_more_than_six_edits_are_made(city: City) -> None:
    journeys.at_code(city)

    city.move(minutes=4)

    assert city.rows("SELECT count(*) FROM outbox WHERE kind='frame' AND state='sent'") == [(6,)]


@pytest.mark.parametrize("answer", ["right", "wrong"])
def test_after_an_answer_nothing_counts_any_more(city: City, answer: str) -> None:
    parent = journeys.at_code(city)
    city.move(seconds=20)
    parent.says(parent.code if answer == "right" else journeys.wrong_code(parent))
    before = parent.messages

    city.move(seconds=90)

    assert parent.messages == before


def test_who_leaves_is_not_counted_after(city: City) -> None:
    parent = journeys.at_code(city)
    parent.says("меню")
    before = parent.messages

    city.move(seconds=90)

    assert parent.messages == before


def test_a_question_asked_again_counts_from_where_it_is(city: City) -> None:
    parent = journeys.at_code(city)
    city.move(seconds=40)

    parent.says("English")

    assert parent.sees.endswith(sent(parent, 50))


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatsapp_says_it_once(city: City, language: str) -> None:
    parent = journeys.at_code(city, WHATSAPP, language)
    before = parent.messages

    city.move(seconds=120)

    assert parent.messages == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_whatsapp_the_words_for_a_new_code_work_in_their_time(city: City, language: str) -> None:
    parent = journeys.at_code(city, WHATSAPP, language)
    city.move(seconds=91)

    parent.says(parent.say("btn.new_code"))

    assert len(city.phones.sms_of(parent.owner.whatsapp)) == 2
