"""T02: registration on WhatsApp with numbers only and a late SMS."""

from __future__ import annotations

import pytest

from dialogs.engine.texts import N, T
from services import demo_city
from tests.city import WHATSAPP, City, Parent
from tests.dialogs import journeys

FATHER = "+77015556677"


def starts(city: City) -> Parent:
    """Steps 1-3: the language and the door, by numbers."""
    parent = city.parent(WHATSAPP, name="Бауыржан", phone="+77475550099")
    parent.says("Сәлем")
    parent.says("2")
    parent.says("2")
    return parent


def at_iin(city: City) -> Parent:
    parent = starts(city)
    parent.says("другой")
    parent.says("87015556677")
    return parent


def at_code(city: City) -> Parent:
    """Step 5: the secure page, and the tap."""
    parent = at_iin(city)
    parent.submits(value=journeys.BAUYRZHAN)
    parent.taps("Принимаю политику")
    return parent


def test_the_languages_are_numbered_and_tappable(city: City) -> None:
    parent = city.parent(WHATSAPP)

    parent.says("Сәлем")

    assert parent.labels == ["Қазақша", "Русский", "English"]


def test_a_number_chooses_the_language(city: City) -> None:
    parent = city.parent(WHATSAPP)
    parent.says("Сәлем")

    said = parent.says("2")

    assert said == parent.say("msg.start.welcome")
    assert parent.language == "ru"
    assert len(parent.labels) == 3


def test_a_number_chooses_the_door_and_the_chats_own_number_is_offered(city: City) -> None:
    parent = starts(city)

    assert parent.sees == parent.say("msg.registration.use_chat_number", phone_masked="+7 747 •••-00-99")
    assert parent.labels[:2] == ["Да", "Другой номер"]


def test_numbers_that_cannot_get_a_code_are_explained_one_by_one(city: City) -> None:
    parent = starts(city)
    parent.says("другой")

    said = [parent.says(typed) for typed in ("8 (701) 555-66-7", "+7 925 123 45 67", "8 727 339 72 22")]

    keys = ("err.phone.format", "err.phone.foreign", "err.phone.landline")
    assert [words.startswith(parent.say(key)) for words, key in zip(said, keys, strict=True)] == [True] * 3


def test_the_number_of_a_mobile_is_taken_in_the_end(city: City) -> None:
    parent = at_iin(city)

    assert parent.state == "registration.ask_iin"
    assert parent.say("msg.reg.phone_kept", phone_masked="+7 701 •••-66-77") in parent.sees


def test_an_iin_in_the_chat_is_not_used(city: City) -> None:
    parent = at_iin(city)

    said = parent.says(journeys.BAUYRZHAN)

    assert said.startswith(parent.say("msg.common.page_only"))
    assert said.endswith(parent.link)


def test_the_iin_is_not_kept_in_the_inbox(city: City) -> None:
    parent = at_iin(city)
    parent.says(journeys.BAUYRZHAN)

    assert city.rows("SELECT count(*) FROM inbox WHERE body IS NOT NULL") == [(0,)]


def test_the_code_goes_to_the_other_number(city: City) -> None:
    parent = at_code(city)

    assert parent.sees == parent.say("msg.code.sent", phone_masked="+7 701 •••-66-77", seconds=90)
    assert len(city.phones.sms_of(FATHER)) == 1
    assert city.phones.sms_of(parent.owner.whatsapp) == []


def test_a_new_code_before_its_time_is_not_sent(city: City) -> None:
    parent = at_code(city)
    city.move(seconds=40)

    said = parent.says("новый код")

    assert said == parent.say("msg.code.resend_wait", seconds=50)
    assert len(city.phones.sms_of(FATHER)) == 1


def test_a_new_code_in_its_time_is_sent_and_kills_the_first(city: City) -> None:
    parent = at_code(city)
    first = journeys.code_to(city, FATHER)
    city.move(seconds=91)

    parent.says("новый код")

    assert len(city.phones.sms_of(FATHER)) == 2
    assert parent.says(first) == journeys.sentence(parent, T("err.code.wrong", attempts_phrase=N("attempts_left", 4)))


def test_four_wrong_codes_and_then_the_right_one(city: City) -> None:
    parent = at_code(city)
    wrong = "111111" if journeys.code_to(city, FATHER) != "111111" else "222222"

    said = [parent.says(wrong) for _ in range(4)]
    parent.says(journeys.code_to(city, FATHER))

    endings = ["Осталось 4 попытки.", "Осталось 3 попытки.", "Осталось 2 попытки.", "Осталась 1 попытка."]
    assert [words[-len(ending) :] for words, ending in zip(said, endings, strict=True)] == endings
    assert parent.state == "registration.check_registry"


def test_the_page_for_the_password_works_once(city: City) -> None:
    parent = at_code(city)
    parent.says(journeys.code_to(city, FATHER))
    parent.says("1")
    link = parent.link
    parent.submits(hash="h", salt="s", mark="m")

    again = parent.submits_to(link.rsplit("/", 1)[1], "password", hash="other", salt="s", mark="m")

    assert again.refused == T("page.used")
    assert city.rows("SELECT password FROM account") == [("h",)]


def test_the_page_for_the_password_is_over_after_ten_minutes(city: City) -> None:
    parent = at_code(city)
    parent.says(journeys.code_to(city, FATHER))
    parent.says("1")
    city.move(minutes=10, seconds=1)

    answer = parent.submits(hash="h", salt="s", mark="m")

    assert answer.refused is not None
    assert city.rows("SELECT count(*) FROM account") == [(0,)]


@pytest.mark.parametrize("typed", ["qwerty123", "Пароль: 12345678"])
def test_a_password_in_the_chat_is_not_taken(city: City, typed: str) -> None:
    parent = at_code(city)
    parent.says(journeys.code_to(city, FATHER))
    parent.says("1")

    said = parent.says(typed)

    assert said.startswith(parent.say("msg.registration.password_in_chat"))
    assert parent.bot_messages[-1]["payload"]["actions"][0]["url"] == parent.link
    assert city.rows("SELECT count(*) FROM account") == [(0,)]


def test_the_father_of_the_fixtures_registers(city: City) -> None:
    parent = at_code(city)
    parent.says(journeys.code_to(city, FATHER))
    parent.says("1")
    parent.submits(hash="h", salt="s", mark="m")
    parent.says("1")

    name = demo_city.BAUYRZHAN.name.first
    assert parent.sees == parent.say("msg.reg.done", first_name=name)
