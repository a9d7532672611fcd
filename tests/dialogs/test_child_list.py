"""My children: the list, its pages, a card; and nobody else's child, whatever is tapped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dialogs.child_list import Card, Remove
from dialogs.engine.texts import N
from services import demo_city
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import journeys

NINE = [journeys.child_row(f"Бала{number}", number=500 + number) for number in range(1, 10)]
LONG = "Абдурахмангазыбекмухаммедсултанжанболатх"


def with_nine(city: City, channel: str = TELEGRAM) -> Parent:
    """A parent of nine, at the list."""
    journeys.registry_knows(city, *NINE)
    parent = journeys.at_child_iin(city, channel)
    for child in NINE:
        assert child.iin is not None
        city.clock.move(minutes=2)
        journeys.saves_child(parent, child.iin.digits)
        if child is not NINE[-1]:
            parent.taps("btn.add_another")
    parent.taps("btn.my_children")
    return parent


def at_list(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    parent = journeys.with_child(city, channel, language)
    parent.taps("btn.my_children")
    return parent


# The list.


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_list_says_how_to_begin(city: City, channel: str, language: str) -> None:
    parent = journeys.registered(city, channel, language)

    said = parent.says("/children")

    assert said == parent.say("msg.child_list.empty")
    assert parent.labels[:2] == [parent.say("btn.add_child"), parent.say("btn.menu")]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_child_has_a_row(city: City, channel: str, language: str) -> None:
    parent = journeys.with_child(city, channel, language)
    parent.taps("btn.add_another")
    journeys.saves_child(parent, journeys.DANA)

    said = parent.taps("btn.my_children")

    assert said == journeys.sentence(parent, N("msg.child_list.home", 2))
    assert parent.labels[:3] == ["Алихан С.", "Дана С.", parent.say("btn.add_child")]


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 ребёнок"), (2, "2 ребёнка"), (5, "5 детей"), (11, "11 детей"), (21, "21 ребёнок")]
)
def test_children_are_counted_as_people_say_it(city: City, count: int, words: str) -> None:
    parent = journeys.started(city)

    assert words in journeys.sentence(parent, N("msg.child_list.home", count))


@pytest.mark.parametrize(
    ("language", "age"), [("kk", "3 жас 8 ай"), ("ru", "3 года 8 месяцев"), ("en", "3 years 8 months")]
)
def test_a_row_of_whatsapps_list_tells_the_age(city: City, language: str, age: str) -> None:
    parent = journeys.with_child(city, WHATSAPP, language)
    for iin in (journeys.DANA, journeys.TIMUR):
        parent.taps("btn.add_another")
        journeys.saves_child(parent, iin)

    parent.taps("btn.my_children")

    assert parent.bot_messages[-1]["payload"]["items"][0]["description"] == age


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("said", ["1", "Алихан С.", "алихан"])
def test_a_child_may_be_named_or_numbered(city: City, channel: str, said: str) -> None:
    parent = at_list(city, channel)

    parent.says(said)

    assert parent.state == "child_list.card"


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_ninth_child_is_on_the_second_page(city: City, channel: str) -> None:
    parent = with_nine(city, channel)
    first = parent.labels[:10]

    parent.taps("btn.more")

    assert first == [*(f"Бала{number} С." for number in range(1, 9)), "Ещё", "Добавить ребёнка"]
    assert parent.labels[:3] == ["Бала9 С.", "Ещё", "Добавить ребёнка"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_after_the_last_page_comes_the_first(city: City, channel: str) -> None:
    parent = with_nine(city, channel)
    parent.taps("btn.more")

    parent.taps("btn.more")

    assert parent.labels[0] == "Бала1 С."


def test_a_child_of_the_second_page_opens(city: City) -> None:
    parent = with_nine(city)
    parent.taps("btn.more")

    said = parent.taps("Бала9 С.")

    assert said.startswith("Сабитов Бала9 ")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_very_long_name_is_shown_whole(city: City, channel: str) -> None:
    long = journeys.child_row(LONG)
    journeys.registry_knows(city, long)
    parent = journeys.at_child_iin(city, channel)
    assert long.iin is not None
    journeys.saves_child(parent, long.iin.digits)

    said = parent.taps("btn.my_children")

    assert f"{LONG} С." in [*parent.labels, *(line.removeprefix("1 ") for line in said.splitlines())]


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_card_of_a_very_long_name_opens_by_its_number(city: City, channel: str) -> None:
    long = journeys.child_row(LONG)
    journeys.registry_knows(city, long)
    parent = journeys.at_child_iin(city, channel)
    assert long.iin is not None
    journeys.saves_child(parent, long.iin.digits)
    parent.taps("btn.my_children")

    said = parent.says("1")

    assert said.startswith(f"Сабитов {LONG} ")


@pytest.mark.parametrize("channel", CHANNELS)
def test_two_children_with_the_same_short_name_stay_apart(city: City, channel: str) -> None:
    twins = [journeys.child_row("Али", number=number) for number in (501, 502)]
    journeys.registry_knows(city, *twins)
    parent = journeys.at_child_iin(city, channel)
    for twin in twins:
        assert twin.iin is not None
        journeys.saves_child(parent, twin.iin.digits)
        if twin is twins[0]:
            parent.taps("btn.add_another")
    parent.taps("btn.my_children")

    said = parent.says("2")

    assert twins[1].iin is not None
    assert f"ИИН: {twins[1].iin.masked}" in said


# The card.


CARDS = {
    "kk": (
        "Сабитов Алихан Бауыржанұлы\nТуған күні: 15.03.2023\nЖасы: 3 жас 8 ай\n"
        "2026 жылғы 31 желтоқсандағы жас тобы: 3 жас\nҰлты: Қазақ\nЖСН: ••••••••0002"
    ),
    "ru": (
        "Сабитов Алихан Бауыржанұлы\nДата рождения: 15.03.2023\nВозраст: 3 года 8 месяцев\n"
        "Возрастная группа на 31 декабря 2026 года: 3 года\nНациональность: Казах\nИИН: ••••••••0002"
    ),
    "en": (
        "Сабитов Алихан Бауыржанұлы\nDate of birth: 15.03.2023\nAge: 3 years 8 months\n"
        "Age group on 31 December 2026: 3 years\nEthnicity: Kazakh\nIIN: ••••••••0002"
    ),
}


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_tells_who_and_how_old(city: City, channel: str, language: str) -> None:
    parent = journeys.at_card(city, channel, language)

    assert parent.sees == CARDS[language]
    assert parent.labels[:3] == [parent.say(key) for key in ("btn.apply", "btn.remove_from_list", "btn.my_children")]


@pytest.mark.parametrize(
    ("on", "age", "group"),
    [
        (datetime(2026, 12, 15, 6, tzinfo=UTC), "3 года 9 месяцев", "3 года"),
        (datetime(2026, 12, 31, 18, 59, tzinfo=UTC), "3 года 9 месяцев", "3 года"),
        (datetime(2026, 12, 31, 19, 0, tzinfo=UTC), "3 года 9 месяцев", "4 года"),
        (datetime(2027, 3, 15, 6, tzinfo=UTC), "4 года", "4 года"),
        (datetime(2028, 4, 15, 6, tzinfo=UTC), "5 лет 1 месяц", "5 лет"),
    ],
)
def test_ages_are_counted_in_almaty_and_said_as_people_say_them(city: City, on: datetime, age: str, group: str) -> None:
    parent = journeys.with_child(city)
    city.clock.at = on
    parent.says("/children")
    if parent.state != "child_list.home":
        parent.says(parent.code)

    said = parent.taps("Алихан С.")

    assert f"Возраст: {age}\n" in said
    assert f": {group}\n" in said


def test_the_age_of_a_baby_is_in_months(city: City) -> None:
    parent = journeys.at_child_iin(city)
    journeys.gives_iin(parent, journeys.NO_NATIONALITY)
    parent.taps("btn.not_say")
    parent.taps("btn.save")
    parent.taps("btn.my_children")

    said = parent.taps("Ерасыл С.")

    assert "Возраст: 6 месяцев\n" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_nationality_nobody_gave_is_said_to_be_missing(city: City, language: str) -> None:
    parent = journeys.at_child_iin(city, TELEGRAM, language)
    journeys.gives_iin(parent, journeys.NO_NATIONALITY)
    parent.taps("btn.not_say")
    parent.taps("btn.save")
    parent.taps("btn.my_children")

    said = parent.taps("Ерасыл С.")

    assert parent.say("nationality.none") in said


def test_the_card_leads_back_to_the_list(city: City) -> None:
    parent = journeys.at_card(city)

    parent.taps("btn.my_children")

    assert parent.state == "child_list.home"


# Somebody else's child.


def stranger(city: City, channel: str = TELEGRAM) -> Parent:
    """Another parent, with an empty list."""
    return journeys.registered(city, channel, iin=journeys.BAUYRZHAN, row=demo_city.BAUYRZHAN, name="Бауыржан")


def strangers_child(city: City) -> int:
    """The id of Алихан on the list of Айгерим."""
    journeys.with_child(city)
    return int(city.rows("SELECT id FROM child")[0][0])


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_button_made_up_for_somebody_elses_child_opens_nothing(city: City, channel: str) -> None:
    child = strangers_child(city)
    thief = stranger(city, channel)
    thief.says("/children")
    message = thief.bot_messages[-1]["id"]

    thief.taps_data(message, f"{thief.talk.revision}:c{child}")

    assert thief.state == "child_list.home"
    assert not any(word in repr(thief.messages) for word in ("Алихан", "15.03.2023", "••••0002"))


@pytest.mark.parametrize("step", [Card, Remove])
def test_a_stored_step_of_somebody_elses_child_reads_nothing(city: City, step: type[Card | Remove]) -> None:
    child = strangers_child(city)
    thief = stranger(city)

    journeys.stands_at(thief, step(child))
    said = thief.says("повтори")

    assert "Алихан" not in said


def test_the_removal_of_somebody_elses_child_removes_nothing(city: City) -> None:
    child = strangers_child(city)
    thief = stranger(city)
    journeys.stands_at(thief, Remove(child))
    thief.says("повтори")

    thief.taps("btn.remove_yes")

    assert thief.sees.startswith(thief.say("err.already_done"))
    assert city.rows("SELECT removed_at FROM child") == [(None,)]


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_button_of_a_removed_child_is_stale(city: City, channel: str) -> None:
    parent = at_list(city, channel)
    row = parent.button("Алихан С.")
    parent.taps_data(*row)
    parent.taps("btn.remove_from_list")
    parent.taps("btn.remove_yes")

    said = parent.taps_data(*row)

    assert said.startswith(parent.say("err.stale_button"))
    assert parent.state == "child_list.home"


def test_the_card_of_a_child_removed_meanwhile_is_gone(city: City) -> None:
    parent = at_list(city)
    city.rows("UPDATE child SET removed_at=1")

    said = parent.taps("Алихан С.")

    assert said.startswith(parent.say("err.stale_button"))
    assert parent.say("msg.child_list.empty") in said
