"""What the person registry says of a parent: shown for check, or a way on; and what nobody may learn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services import demo_city
from services.persons_file import PersonRow
from services.phones import Phone
from services.registry import Status
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City
from tests.dialogs import journeys

STRANGER = "+77015550011"
DECEASED, BLOCKED = demo_city.DECEASED, demo_city.BLOCKED
ACCOUNTS = "SELECT confirmed FROM account"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_data_are_shown_for_check(city: City, channel: str, language: str) -> None:
    parent = journeys.at_check(city, channel, language)

    assert parent.sees == parent.say(
        "msg.reg.check_registry",
        last_name="Сабитова",
        first_name="Айгерим",
        middle_name="Маратқызы",
        sex=parent.say("sex.f"),
        birth_date="27.04.1993",
    )
    assert parent.labels[:2] == [parent.say("btn.all_correct"), parent.say("btn.has_error")]


def test_a_parent_without_a_patronymic_sees_a_dash(city: City) -> None:
    name = replace(demo_city.AIGERIM.name, middle="")
    journeys.registry_knows(city, replace(demo_city.AIGERIM, name=name))

    parent = journeys.at_check(city)

    assert "Отчество: —\n" in parent.sees


@pytest.mark.parametrize("language", LANGUAGES)
def test_data_with_an_error_cannot_be_changed_here(city: City, language: str) -> None:
    parent = journeys.at_check(city, TELEGRAM, language)

    said = parent.taps("btn.has_error")

    assert said == parent.say("msg.registration.registry_error")
    assert parent.labels[:2] == [parent.say("btn.other_iin"), parent.say("btn.operator")]


@pytest.mark.parametrize("channel", CHANNELS)
def test_another_iin_may_be_given(city: City, channel: str) -> None:
    parent = journeys.at_check(city, channel)
    parent.taps("btn.has_error")

    parent.taps("btn.other_iin")

    assert parent.state == "registration.ask_iin"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_holder_of_a_document_is_told_to_check_the_document(city: City, language: str) -> None:
    parent = journeys.at_policy_by_document(city, language=language)
    parent.taps("btn.accept_policy")
    parent.says(parent.code)

    said = parent.taps("btn.has_error")

    assert said == parent.say("msg.registration.registry_error_doc")
    parent.taps("btn.other_document")
    assert parent.state == "registration.ask_doc"


# Not found.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_iin_that_nobody_has_is_told_after_the_code(city: City, channel: str, language: str) -> None:
    parent = journeys.at_check(city, channel, language, iin="950101300006")

    assert parent.sees == parent.say("err.iin.not_found")
    assert parent.labels[:2] == [parent.say("btn.type_again"), parent.say("btn.operator")]


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_iin_that_nobody_has_is_typed_again(city: City, channel: str) -> None:
    parent = journeys.at_check(city, channel, iin="950101300006")

    parent.taps("btn.type_again")

    assert parent.state == "registration.ask_iin"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_document_that_nobody_has_is_called_a_document(city: City, channel: str, language: str) -> None:
    parent = journeys.at_policy_by_document(city, channel, "P99999999", language=language)
    parent.taps("btn.accept_policy")

    said = parent.says(parent.code)

    assert said == parent.say("err.doc.not_found")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_document_that_nobody_has_is_typed_again_not_an_iin(city: City, channel: str) -> None:
    parent = journeys.at_policy_by_document(city, channel, "P99999999")
    parent.taps("btn.accept_policy")
    parent.says(parent.code)

    parent.taps("btn.type_again")

    assert parent.state == "registration.ask_doc"


# Deceased or blocked.


@pytest.mark.parametrize("row", [DECEASED, BLOCKED], ids=["deceased", "blocked"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_iin_that_is_not_active_is_for_an_operator(city: City, row: PersonRow, language: str) -> None:
    assert row.iin is not None

    parent = journeys.at_check(city, TELEGRAM, language, row.iin.digits, row=row)

    assert parent.sees == parent.say("err.iin.deceased_or_blocked")
    assert parent.say("btn.operator") in parent.labels
    assert city.rows(ACCOUNTS) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_document_that_is_not_active_is_for_an_operator(city: City, language: str) -> None:
    journeys.registry_knows(city, replace(demo_city.NO_IIN_MOTHER, status=Status.BLOCKED))
    parent = journeys.at_policy_by_document(city, language=language)
    parent.taps("btn.accept_policy")

    said = parent.says(parent.code)

    assert said == parent.say("err.doc.deceased_or_blocked")


# Phone and IIN do not belong together.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_iin_of_another_phone_ends_neutrally(city: City, channel: str, language: str) -> None:
    parent = journeys.at_check(city, channel, language, phone=STRANGER)

    assert parent.sees == f"{parent.say('msg.reg.not_together')}\n\n{parent.say('msg.menu.guest')}"


def test_nothing_of_the_person_is_disclosed(city: City) -> None:
    parent = journeys.at_check(city, phone=STRANGER)

    shown = repr(parent.messages)
    assert not any(word in shown for word in ("Сабитова", "Маратқызы", "27.04.1993", "С."))


def test_nothing_of_the_person_is_kept(city: City) -> None:
    parent = journeys.at_check(city, phone=STRANGER)

    assert city.rows(ACCOUNTS) == []
    assert (parent.talk.drafts, len(parent.talk.trail)) == ((), 1)


def test_the_end_is_the_same_whether_or_not_the_iin_has_an_account(city: City) -> None:
    before = journeys.at_check(city, phone=STRANGER, name="Ерлан")
    journeys.registered(city)

    after = journeys.at_check(city, phone="+77015550022", name="Марат")

    assert after.sees == before.sees
    assert after.labels == before.labels


def test_a_blocked_iin_of_another_phone_ends_the_same_way(city: City) -> None:
    assert BLOCKED.iin is not None

    parent = journeys.at_check(city, iin=BLOCKED.iin.digits, phone=STRANGER)

    assert parent.say("msg.reg.not_together") in parent.sees


# Nobody knows whether they belong together.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_of_an_unknown_phone_only_initials_are_shown(city: City, channel: str, language: str) -> None:
    parent = journeys.at_check(city, channel, language, "910612400003", row=demo_city.NO_PHONE_PARENT)

    assert parent.sees == parent.say("msg.reg.check_masked", name_masked="В••••• К.")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_account_of_an_unknown_phone_is_unconfirmed(city: City, channel: str, language: str) -> None:
    journeys.registered_unconfirmed(city, channel, language)

    assert city.rows(ACCOUNTS) == [(0,)]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unconfirmed_parent_is_not_told_the_name(city: City, channel: str, language: str) -> None:
    parent = journeys.registered_unconfirmed(city, channel, language)
    parent.taps("btn.menu")

    assert "В•••••" in parent.sees
    assert not any(word in repr(parent.messages) for word in ("Виктория", "Ким", "Сергеевна", "12.06.1991"))


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_unconfirmed_parent_is_not_told_the_childs_name_or_nationality(city: City, channel: str) -> None:
    parent = journeys.registered_unconfirmed(city, channel)
    parent.taps("btn.add_child")
    journeys.gives_iin(parent, "230922500002")
    parent.taps("btn.not_say")
    parent.taps("btn.save")
    parent.taps("btn.my_children")
    parent.taps("А••••• К.")
    parent.taps("btn.remove_from_list")

    assert "А••••• К." in parent.sees
    assert not any(word in repr(parent.messages) for word in ("Артур", "Олегович", "Национальность: Кореец"))


# Already registered.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_taken_phone_is_told_after_the_right_code(city: City, channel: str, language: str) -> None:
    first = journeys.registered(city, journeys.other(channel))

    again = journeys.at_check(city, channel, language, owner=first.owner)

    assert again.sees == again.say("err.phone.taken")
    assert again.labels[:2] == [again.say("btn.login"), again.say("btn.operator")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_taken_iin_is_told_after_the_right_code(city: City, language: str) -> None:
    two_phones = replace(demo_city.AIGERIM, phones=(*demo_city.AIGERIM.phones, Phone(STRANGER)))
    journeys.registry_knows(city, two_phones)
    journeys.registered(city)

    again = journeys.at_check(city, TELEGRAM, language, phone=STRANGER)

    assert again.sees == again.say("err.iin.taken")


def test_a_taken_document_is_told_after_the_right_code(city: City) -> None:
    mother = demo_city.NO_IIN_MOTHER
    journeys.registry_knows(city, replace(mother, phones=(*mother.phones, Phone(STRANGER))))
    for phone in (mother.phones[0].e164, STRANGER):
        parent = journeys.at_policy_by_document(city, phone=phone)
        parent.taps("btn.accept_policy")
        parent.says(parent.code)
        if parent.state == "registration.check_registry":
            parent.taps("btn.all_correct")
            parent.submits(hash="h", salt="s", mark="m")

    assert parent.sees == parent.say("err.iin.taken")


def test_who_has_an_account_goes_on_to_the_login(city: City) -> None:
    first = journeys.registered(city, WHATSAPP)
    again = journeys.at_check(city, owner=first.owner)

    again.taps("btn.login")
    again.taps("btn.sms_code")

    assert again.state == "login.ident"


def test_a_twin_that_was_quicker_is_met_when_the_account_is_opened(city: City) -> None:
    slow = journeys.at_password(city)
    journeys.registered(city, WHATSAPP, owner=slow.owner)

    slow.submits(hash="h", salt="s", mark="m")

    assert slow.sees == slow.say("err.phone.taken")
    assert len(city.rows(ACCOUNTS)) == 1
