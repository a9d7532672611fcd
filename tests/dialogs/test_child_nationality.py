"""The nationality: asked only where the registry lacks it, found by what people type, never required."""

from __future__ import annotations

import pytest

from dialogs.engine.catalogue import in_every_language
from dialogs.engine.texts import T
from services import nationalities
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import journeys


def asked(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    parent = journeys.at_child_iin(city, channel, language)
    journeys.gives_iin(parent, journeys.NO_NATIONALITY)
    return parent


def chosen(parent: Parent) -> str:
    """The nationality the last look shows."""
    assert parent.state == "child_add.check", parent.sees
    return next(line for line in parent.sees.splitlines()[-2:] if ": " in line).partition(": ")[2]


def test_a_nationality_the_registry_knows_is_not_asked_for(city: City) -> None:
    parent = journeys.at_child_iin(city)

    journeys.gives_iin(parent, journeys.ALIKHAN)

    assert parent.state == "child_add.check"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commonest_are_shown_with_a_way_round(city: City, channel: str, language: str) -> None:
    parent = asked(city, channel, language)

    rows = [*(f"nationality.{code}" for code in nationalities.TOP), "btn.other_nationality", "btn.not_say"]
    assert parent.sees == parent.say("msg.child_add.ask_nationality")
    assert parent.labels[: len(rows)] == [parent.say(key) for key in rows]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tap_chooses(city: City, channel: str, language: str) -> None:
    parent = asked(city, channel, language)

    parent.taps(parent.say("nationality.uzbek"))

    assert chosen(parent) == parent.say("nationality.uzbek")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_has_to_say(city: City, channel: str, language: str) -> None:
    parent = asked(city, channel, language)

    parent.taps("btn.not_say")

    assert chosen(parent) == parent.say("nationality.none")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("казашка", "kazakh"),
        ("Казашка", "kazakh"),
        ("казах", "kazakh"),
        ("казак", "kazakh"),
        ("қазақ", "kazakh"),
        ("русский", "russian"),
        ("русская", "russian"),
        ("орыс", "russian"),
        ("татарка", "tatar"),
        ("узбечка", "uzbek"),
        ("өзбек", "uzbek"),
        ("озбек", "uzbek"),
        ("уйгурка", "uyghur"),
        ("уйгыр", "uyghur"),
        ("украинка", "ukrainian"),
        ("немка", "german"),
        ("немис", "german"),
        ("кореянка", "korean"),
        ("корей", "korean"),
        ("карис", "korean"),
        ("турчанка", "turkish"),
        ("турик", "turkish"),
        ("азербайджанка", "azerbaijani"),
        ("азербайжан", "azerbaijani"),
        ("белоруска", "belarusian"),
        ("киргизка", "kyrgyz"),
        ("кыргыз", "kyrgyz"),
        ("полька", "polish"),
        ("чеченка", "chechen"),
        ("шешен", "chechen"),
        ("армянка", "armenian"),
        ("гречанка", "greek"),
        ("Russian", "russian"),
        ("German", "german"),
        ("5", "ukrainian"),
    ],
)
def test_what_people_type_is_found(city: City, typed: str, code: str) -> None:
    parent = asked(city)

    parent.says(typed)

    assert chosen(parent) == parent.say(f"nationality.{code}")


@pytest.mark.parametrize("code", nationalities.ALL)
@pytest.mark.parametrize("place", range(len(LANGUAGES)), ids=LANGUAGES)
def test_every_name_in_every_language_is_found(city: City, code: str, place: int) -> None:
    parent = asked(city)

    parent.says(in_every_language(T(f"nationality.{code}"))[place])

    assert chosen(parent) == parent.say(f"nationality.{code}")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("narrowed", ["", "марсианка"])
def test_the_name_of_a_people_is_an_answer_not_a_language(city: City, channel: str, narrowed: str) -> None:
    parent = asked(city, channel)
    if narrowed:
        parent.says(narrowed)

    parent.says("русский")

    assert chosen(parent) == "Русский"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("typed", "language"), [("орысша", "ru"), ("қазақша", "kk"), ("english", "en")])
def test_the_name_of_a_language_still_switches_it(city: City, channel: str, typed: str, language: str) -> None:
    parent = asked(city, channel, "kk" if language != "kk" else "ru")

    parent.says(typed)

    assert (parent.language, parent.state) == (language, "child_add.ask_nationality")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_other_shows_the_whole_list(city: City, channel: str, language: str) -> None:
    parent = asked(city, channel, language)

    said = parent.taps("btn.other_nationality")

    shown = said + " ".join(parent.labels)
    while channel == WHATSAPP and parent.labels[0] not in shown.removesuffix(" ".join(parent.labels)):
        parent.taps("btn.more")
        shown += " ".join(parent.labels)
    assert said.startswith(parent.say("msg.child_add.type_nationality"))
    assert [code for code in nationalities.ALL if parent.say(f"nationality.{code}") not in shown] == []


def test_on_whatsapp_the_list_is_paged_and_the_last_page_leads_to_the_first(city: City) -> None:
    parent = asked(city, WHATSAPP)
    parent.taps("btn.other_nationality")
    first = parent.labels

    pages = [first]
    for _ in range(-(-len(nationalities.ALL) // 8)):
        parent.taps("btn.more")
        pages.append(parent.labels)

    assert all(len(page) <= 10 for page in pages)
    assert pages[-1] == first


def test_on_whatsapp_a_row_of_another_page_and_a_number_choose(city: City) -> None:
    parent = asked(city, WHATSAPP)
    parent.taps("btn.other_nationality")
    parent.taps("btn.more")
    parent.taps("btn.more")

    parent.taps("Армянин")

    assert chosen(parent) == "Армянин"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_several_that_fit_are_offered(city: City, channel: str, language: str) -> None:
    parent = asked(city, channel, language)

    said = parent.says("ар")

    assert said.startswith(parent.say("err.choice.unknown"))
    assert parent.labels[:3] == [parent.say(f"nationality.{code}") for code in ("armenian", "tatar", "korean")]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_of_an_unknown_word_the_three_nearest_are_offered(city: City, channel: str, language: str) -> None:
    parent = asked(city, channel, language)

    said = parent.says("корейкаа")

    assert said.startswith(parent.say("err.choice.unknown"))
    assert parent.say("nationality.korean") in parent.labels[:3]
    assert parent.labels[3] == parent.say("btn.other_nationality")


def test_a_second_unknown_word_climbs_the_ladder(city: City) -> None:
    parent = asked(city)
    parent.says("марсианка")

    said = [parent.says("венерианка") for _ in range(3)]

    assert parent.say("msg.common.call_operator") in said[-1]


def test_after_a_search_the_whole_list_is_still_a_tap_away(city: City) -> None:
    parent = asked(city)
    parent.says("марсианка")

    parent.taps("btn.other_nationality")

    assert "Армянин" in parent.labels
