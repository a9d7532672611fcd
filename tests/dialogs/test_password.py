"""The password: typed on the secure page only, refused in the chat, set later where there is no page."""

from __future__ import annotations

import pytest

from bot.web.simulator.channels import SimTelegram
from dialogs.engine.texts import T
from services import passwords
from services.services import Chat
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City
from tests.dialogs import journeys

GOOD = {"hash": "$argon2id$good", "salt": "s", "mark": "m"}
PASSWORDS = "SELECT password FROM account"


def token(link: str) -> str:
    return link.rsplit("/", 1)[1]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_offered(city: City, channel: str, language: str) -> None:
    parent = journeys.at_password(city, channel, language)

    assert parent.sees.startswith(parent.say("msg.reg.ask_password"))
    assert parent.link in repr(parent.bot_messages[-1]["payload"])


def test_on_telegram_the_link_is_a_button(city: City) -> None:
    parent = journeys.at_password(city)

    rows = parent.bot_messages[-1]["payload"]["reply_markup"]["inline_keyboard"]
    assert rows[0] == [{"text": parent.say("btn.set_password"), "url": parent.link}]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", ["qwerty123", "87471234567", "мой пароль"])
def test_a_password_in_the_chat_is_not_taken(city: City, channel: str, language: str, typed: str) -> None:
    parent = journeys.at_password(city, channel, language)

    said = parent.says(typed)

    assert said.startswith(parent.say("msg.registration.password_in_chat"))
    assert parent.state == "registration.password"
    assert city.rows(PASSWORDS) == []


def test_a_password_in_the_chat_is_deleted_from_telegram(city: City) -> None:
    parent = journeys.at_password(city)

    parent.says("qwerty123")

    assert "qwerty123" not in repr(parent.messages)


@pytest.mark.only("sqlite")
def test_a_password_in_the_chat_is_kept_nowhere(city: City) -> None:
    parent = journeys.at_password(city)

    parent.says("qwerty123")

    assert city.rows("SELECT count(*) FROM inbox WHERE body IS NOT NULL") == [(0,)]
    assert b"qwerty123" not in city.path.read_bytes() + city.path.with_name("city.db-wal").read_bytes()


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_answer_of_the_page_opens_the_account(city: City, channel: str) -> None:
    parent = journeys.at_password(city, channel)

    answer = parent.submits(**GOOD)

    assert answer.refused is None
    assert city.rows(PASSWORDS) == [(GOOD["hash"],)]
    assert parent.sees == parent.say("msg.registration.remember")


@pytest.mark.parametrize("own", [journeys.AIGERIM, "87471234567", "+7 747 123-45-67", "7471234567"])
def test_an_own_iin_or_phone_is_no_password(city: City, own: str) -> None:
    parent = journeys.at_password(city)
    before = parent.sees

    answer = parent.submits(hash="h", salt="salt", mark=passwords.mark(own, "salt"))

    assert answer.refused == T("err.password.same_as_iin_phone")
    assert (city.rows(PASSWORDS), parent.sees) == ([], before)


def test_after_a_refusal_the_same_link_takes_another_password(city: City) -> None:
    parent = journeys.at_password(city)
    parent.submits(hash="h", salt="salt", mark=passwords.mark(journeys.AIGERIM, "salt"))

    answer = parent.submits(**GOOD)

    assert answer.refused is None


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_spent_link_is_spent(city: City, channel: str) -> None:
    parent = journeys.at_password(city, channel)
    spent = parent.link
    parent.submits(**GOOD)

    answer = parent.submits_to(token(spent), "password", hash="other", salt="s", mark="m")

    assert answer.refused == T("page.used")
    assert city.rows(PASSWORDS) == [(GOOD["hash"],)]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_link_is_over_after_ten_minutes(city: City, channel: str) -> None:
    parent = journeys.at_password(city, channel)
    city.move(minutes=10)

    answer = parent.submits(**GOOD)

    assert answer.refused == T("page.used")
    assert city.rows(PASSWORDS) == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_repeat_gives_a_new_link_and_ends_the_old_one(city: City, channel: str) -> None:
    parent = journeys.at_password(city, channel)
    old = parent.link
    parent.says("повтори")

    refused = parent.submits_to(token(old), "password", **GOOD).refused
    taken = parent.submits(**GOOD).refused

    assert (refused, taken) == (T("page.used"), None)


def test_the_answer_of_a_page_for_something_else_is_not_taken(city: City) -> None:
    parent = journeys.at_iin(city, WHATSAPP)
    link = parent.link

    answer = parent.submits_to(token(link), "password", **GOOD)

    assert answer.refused == T("page.not_now")
    assert parent.state == "registration.ask_iin"


def test_an_answer_to_a_question_that_was_left_is_not_taken(city: City) -> None:
    parent = journeys.at_iin(city, WHATSAPP)
    parent.says("меню")

    answer = parent.submits(value=journeys.AIGERIM)

    assert answer.refused == T("page.not_now")
    assert parent.state == "first_start.guest_menu"


def test_the_link_of_another_chat_opens_nothing_here(city: City) -> None:
    mine = journeys.at_password(city)
    other = journeys.at_password(city, iin=journeys.BAUYRZHAN, phone="+77015556677", name="Бауыржан")

    answer = other.submits_to(token(mine.link), "password", **GOOD)

    assert answer.refused == T("page.used")
    assert city.rows(PASSWORDS) == []


def test_ten_silent_minutes_end_in_a_new_link(city: City) -> None:
    parent = journeys.at_password(city)
    old = parent.link
    city.move(minutes=11)

    said = parent.says("я тут")

    assert said == f"{parent.say('msg.common.secret_lapsed')}\n\n{parent.say('msg.reg.ask_password')}"
    assert parent.link != old


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("step", ["check", "password"])
def test_who_is_away_for_an_hour_after_the_code_does_not_start_over(city: City, channel: str, step: str) -> None:
    parent = {"check": journeys.at_check, "password": journeys.at_password}[step](city, channel)
    stood = parent.state
    city.move(hours=1)
    parent.says("здравствуйте")

    parent.taps("btn.continue")

    assert parent.state == stood


@pytest.mark.parametrize("step", ["check", "password"])
def test_back_after_the_code_asks_the_same_and_loses_nothing(city: City, step: str) -> None:
    parent = {"check": journeys.at_check, "password": journeys.at_password}[step](city)
    stood = parent.state

    parent.says("назад")

    assert parent.state == stood


# Where there are no pages.


class NoPages(SimTelegram):
    """A Telegram whose bot has no https address."""

    def chat(self, external: str) -> Chat:
        return Chat(may_type_ids=True, shares_contact=True, has_pages=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_pages_the_password_is_set_later(city: City, language: str) -> None:
    city.channels[TELEGRAM] = NoPages(city.phones)

    parent = journeys.at_password(city, TELEGRAM, language)

    assert parent.sees == f"{parent.say('msg.reg.password_later')}\n\n{parent.say('msg.registration.remember')}"
    assert city.rows(PASSWORDS) == [(None,)]
