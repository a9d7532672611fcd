"""Who else sees an application: a second parent who asks, whoever is invited, and what each of them may do."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from services import demo_city, family
from services.persons_file import PersonRow
from storage import family as storage_family
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent, words_of
from tests.dialogs import applications, journeys
from tests.dialogs.test_ownership import at

MOTHER, FATHER = demo_city.AIGERIM, demo_city.BAUYRZHAN


def somebody(city: City, row: PersonRow, channel: str, language: str = "ru", *, child: bool = True) -> Parent:
    children = (demo_city.DANA,) if child else ()
    parent = applications.family(city, channel, language, children, row)
    at(parent, lambda do: do.chats.proved_by_code())
    return parent


def filed(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    """The mother, whose application for Дана stands in the queue."""
    mother = applications.filed(city, channel, language)
    at(mother, lambda do: do.chats.proved_by_code())
    return mother


def asked(city: City, channel: str = TELEGRAM, language: str = "ru") -> tuple[Parent, Parent]:
    """The mother who filed, and the father who asked to see it."""
    mother = filed(city, channel, language)
    father = somebody(city, FATHER, journeys.other(channel), language)
    father.says("/attach")
    father.taps("btn.other_parent")
    applications.child(father)
    return mother, father


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_parent_asks_and_sees_once_who_filed_allows_it(city: City, channel: str, language: str) -> None:
    mother, father = asked(city, channel, language)
    assert father.say("msg.application_attach.waiting") in father.sees
    assert mother.sees == mother.say("push.attach.request", name_masked="Б••••• С.", child="Д••••• С.")
    father.says("/applications")
    assert father.sees == father.say("msg.application_list.empty")

    mother.taps("btn.allow")
    city.send()

    number = "{}-{}".format(*city.rows("SELECT year, serial FROM application")[0])
    done = father.say("msg.application_attach.done", app_number=number)
    assert done in "\n".join(words_of(item["payload"]) for item in mother.bot_messages)
    assert father.sees == done
    father.says("/applications")
    father.taps(father.labels[0])
    assert father.state == "application_details.details"
    assert "Дана" in father.sees
    assert father.say("btn.delete") not in father.labels


def test_a_refusal_is_neutral_and_shows_nothing(city: City) -> None:
    mother, father = asked(city)
    mother.taps("btn.deny")
    city.send()

    assert father.sees == father.say("msg.application_attach.not_approved")
    father.says("/applications")
    assert father.sees == father.say("msg.application_list.empty")
    assert city.rows("SELECT count(*) FROM outbox WHERE subject LIKE 'access-%' AND state='planned'") == [(0,)]


def test_a_request_is_over_after_three_days(city: City) -> None:
    mother, _father = asked(city)
    button = mother.button("btn.allow")
    city.move(hours=73)
    city.deed(storage_family.expire)
    mother.says("/login")
    at(mother, lambda do: do.chats.proved_by_code())
    mother.taps_data(*button)

    assert city.rows("SELECT state FROM access") == [("over",)]


def test_a_childs_iin_alone_opens_nothing(city: City) -> None:
    """The child must stand on the list of who asks: there the registry says whose it is."""
    filed(city)
    stranger = somebody(city, FATHER, WHATSAPP, child=False)
    stranger.says("/attach")
    stranger.taps("btn.other_parent")

    assert stranger.labels[0] == stranger.say("btn.add_child")
    assert city.rows("SELECT count(*) FROM access") == [(0,)]


def test_where_nobody_filed_filing_is_offered(city: City) -> None:
    father = somebody(city, FATHER, WHATSAPP)
    father.says("/attach")
    father.taps("btn.other_parent")
    applications.child(father)

    assert father.sees == father.say("msg.application_attach.no_application")


def test_at_night_nobody_is_woken() -> None:
    from datetime import UTC, datetime

    assert family.until_awake(datetime(2026, 11, 20, 18, 0, tzinfo=UTC)) == timedelta(hours=10)  # 23:00 in Almaty
    assert family.until_awake(datetime(2026, 11, 20, 3, 0, tzinfo=UTC)) == timedelta(hours=1)
    assert family.until_awake(datetime(2026, 11, 20, 4, 0, tzinfo=UTC)) == timedelta()


# Invited by a link.


def invited(city: City, role: str, channel: str = TELEGRAM) -> tuple[Parent, str]:
    """The mother, and the word of the link she made for somebody."""
    mother = filed(city, channel)
    mother.says("/family")
    mother.taps("btn.invite")
    mother.taps(f"btn.{role}")
    return mother, re.findall(r"fam_[a-z0-9]+", mother.sees)[0]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_helper_sees_the_number_with_a_masked_name_and_can_do_nothing(city: City, channel: str) -> None:
    mother, code = invited(city, "helper", channel)
    helper = somebody(city, demo_city.GRANDMOTHER, journeys.other(channel), child=False)
    helper.says(code)
    assert "А••••• С." not in helper.labels
    helper.taps("btn.accept")
    city.send()
    assert mother.sees == mother.say("msg.family_access.joined")
    helper.says("/children")
    assert "Д••••• С." in helper.sees
    helper.says("/applications")
    helper.taps(helper.labels[0])

    assert "Д••••• С." in helper.sees
    assert "Дана" not in helper.sees
    for key in ("btn.delete", "btn.documents", "btn.interested", "btn.attach"):
        assert helper.say(key) not in helper.labels


def test_the_link_is_for_one_person_and_for_a_day(city: City) -> None:
    _mother, code = invited(city, "helper")
    first = somebody(city, demo_city.GRANDMOTHER, WHATSAPP, child=False)
    first.says(code)
    first.taps("btn.accept")
    second = somebody(city, FATHER, TELEGRAM)

    assert second.says(code).startswith(second.say("msg.channel_link.code_expired"))


def test_a_second_parent_must_have_the_child(city: City) -> None:
    _mother, code = invited(city, "other_parent")
    father = somebody(city, FATHER, WHATSAPP, child=False)
    father.says(code)

    assert father.taps("btn.accept").startswith(father.say("err.family.not_parent"))
    assert city.rows("SELECT state FROM access") == [("invited",)]


def test_what_is_taken_away_is_seen_no_more_and_either_side_may(city: City) -> None:
    mother, code = invited(city, "other_parent")
    father = somebody(city, FATHER, WHATSAPP)
    father.says(code)
    father.taps("btn.accept")
    mother.says("/family")
    mother.taps("Б••••• С.")
    mother.taps("btn.disconnect")
    father.says("/applications")

    assert father.sees == father.say("msg.application_list.empty")


# Both at once.


def test_both_parents_see_one_truth(city: City) -> None:
    mother, father = asked(city)
    mother.taps("btn.allow")
    applications.at_details(father)
    father.taps("btn.interested")
    applications.at_details(mother)
    assert mother.say("btn.interested_done") in mother.labels
    mother.taps("btn.delete")
    mother.taps("btn.skip")
    mother.taps("btn.delete_yes")
    father.says("/applications")

    assert city.rows("SELECT count(*) FROM application_event WHERE cause='interested'") == [(1,)]
    assert father.say("btn.archive") in father.labels


def test_what_only_who_filed_may_do(city: City) -> None:
    from dialogs import application_delete, application_details

    mother, father = asked(city)
    mother.taps("btn.allow")
    application = city.rows("SELECT id FROM application")[0][0]
    for step in (application_delete.Confirm(application, "x"), application_details.Documents(application)):
        journeys.stands_at(father, step)
        father.says("повтори")
        if father.say("btn.delete_yes") in father.labels:
            father.taps("btn.delete_yes")
            assert father.say("err.family.only_owner") in father.sees
        else:
            father.taps(father.labels[0])

    assert city.rows("SELECT status FROM application") == [("queued",)]
    assert city.rows("SELECT count(*) FROM paper") == [(0,)]


def test_an_erasure_takes_what_was_shared_with_it(city: City) -> None:
    mother, father = asked(city)
    mother.taps("btn.allow")
    city.move(minutes=2)
    mother.says("/mydata")
    mother.taps("btn.delete")
    mother.taps("btn.delete_anyway")
    mother.says("удалить")
    father.says("/applications")

    assert city.rows("SELECT count(*) FROM access") == [(0,)]
    assert father.sees == father.say("msg.application_list.empty")
