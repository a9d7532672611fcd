"""Two messengers, one account: joined by a one-time link, approved in the first chat, unlinked; nobody else gets in."""

from __future__ import annotations

import re

import pytest

from bot import pictures
from bot.channels import Kept
from dialogs import channel_link
from dialogs.engine.said import Heard, Said
from services import demo_city
from storage.events import Event
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent, words_of
from tests.dialogs import journeys


def inviting(city: City, channel: str = TELEGRAM, language: str = "ru") -> tuple[Parent, str]:
    """A parent who reads the link for their other messenger, and the word in it."""
    parent = journeys.registered(city, channel, language)
    parent.says("/profile")
    parent.taps("r_channels")
    parent.taps("btn.connect")
    found = re.findall(r"link_[a-z0-9]+", parent.sees)
    return parent, str(found[0])


def opened(city: City, parent: Parent, code: str, language: str = "ru") -> Parent:
    """The same person in the other messenger, with the link opened."""
    other = Parent(city, journeys.other(parent.channel), parent.owner)
    other.says(f"/start {code}" if other.channel == TELEGRAM else code)
    other.taps({"kk": "Қазақша", "ru": "Русский", "en": "English"}[language])
    return other


def linked(city: City, channel: str = TELEGRAM) -> tuple[Parent, Parent]:
    """A parent with both messengers on one account."""
    parent, code = inviting(city, channel)
    other = opened(city, parent, code)
    other.taps("btn.connect")
    city.upkeep()
    parent.taps("btn.yes")
    parent.taps("btn.both")
    return parent, other


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_messenger_joins(city: City, channel: str, language: str) -> None:
    parent, code = inviting(city, channel, language)
    other = opened(city, parent, code, language)
    assert other.sees == other.say("msg.channel_link.claim", name_masked="А••••• С.")
    other.taps("btn.connect")
    assert other.say("msg.channel_link.claimed") in other.sees
    assert other.person != parent.person
    city.upkeep()
    phone = "+7 747 •••-45-67" if other.channel == WHATSAPP else "—"
    name = "WhatsApp" if other.channel == WHATSAPP else "Telegram"
    assert parent.sees == parent.say("msg.channel_link.confirm", channel=name, phone_masked=phone)

    parent.taps("btn.yes")

    assert parent.sees == parent.say("msg.channel_link.prefer")
    assert other.sees == parent.say("msg.channel_link.joined")
    assert other.person == parent.person
    parent.taps("btn.both")
    both = parent.say("btn.both")
    assert parent.sees.startswith(parent.say("msg.link.done", channel=name, preferred_channel=both))


def test_a_dialog_begun_on_one_goes_on_on_the_other_at_the_same_step(city: City) -> None:
    parent, other = linked(city)
    parent.says("/children")
    parent.taps("btn.add_child")
    journeys.gives_iin(parent, journeys.ALIKHAN)
    assert parent.state == "child_add.check"
    assert other.state == "child_add.check"

    other.says("сохранить")

    assert parent.state == other.state == "child_add.saved"
    assert city.rows("SELECT count(*) FROM child") == [(1,)]


def test_a_button_of_the_other_messenger_that_is_answered_changes_nothing(city: City) -> None:
    parent, other = linked(city)
    parent.says("/children")
    parent.taps("btn.add_child")
    journeys.gives_iin(parent, journeys.ALIKHAN)
    old = parent.button("btn.save")
    other.says("сохранить")
    parent.taps_data(*old)

    assert city.rows("SELECT count(*) FROM child") == [(1,)]


def test_the_link_works_once(city: City) -> None:
    parent, code = inviting(city)
    other = opened(city, parent, code)
    other.taps("btn.connect")
    second = journeys.started(city, WHATSAPP, row=demo_city.BAUYRZHAN)

    assert second.says(code).startswith(second.say("msg.channel_link.code_expired"))


def test_the_link_is_over_after_ten_minutes(city: City) -> None:
    parent, code = inviting(city)
    city.move(minutes=11)
    other = opened(city, parent, code)

    assert other.sees.startswith(other.say("msg.channel_link.code_expired"))


def test_a_new_link_kills_the_old_one(city: City) -> None:
    parent, code = inviting(city)
    parent.taps("btn.new_link")
    other = opened(city, parent, code)

    assert other.sees.startswith(other.say("msg.channel_link.code_expired"))


def test_three_bad_codes_close_the_door_for_an_hour(city: City) -> None:
    parent, code = inviting(city)
    thief = journeys.started(city, WHATSAPP, row=demo_city.BAUYRZHAN)
    for number in range(3):
        thief.says(f"link_aaaaaaaaaaa{number + 2}")

    assert thief.says(code).startswith(thief.say("msg.channel_link.code_expired"))
    assert thief.state == "first_start.guest_menu"
    assert parent.state == "channel_link.wait"


def test_who_says_no_lets_nobody_in(city: City) -> None:
    parent, code = inviting(city)
    other = opened(city, parent, code)
    other.taps("btn.connect")
    city.upkeep()
    parent.taps("btn.no")

    assert parent.sees.startswith(parent.say("msg.channel_link.refused"))
    assert other.person != parent.person
    assert city.rows("SELECT count(*) FROM audit WHERE act='chat.refused'") == [(1,)]


def test_not_me_joins_nothing(city: City) -> None:
    parent, code = inviting(city)
    other = opened(city, parent, code)
    other.taps("btn.not_me")
    city.upkeep()

    assert other.sees.startswith(other.say("msg.channel_link.not_me"))
    assert parent.state == "channel_link.wait"


def test_a_chat_of_another_account_must_leave_it_first(city: City) -> None:
    _, code = inviting(city)
    father = journeys.registered(city, WHATSAPP, iin=journeys.BAUYRZHAN, row=demo_city.BAUYRZHAN)

    assert father.says(code).startswith(father.say("msg.login.other_account", name_masked="Б••••• С."))
    assert father.state == "login.other_account"


def test_a_whatsapp_without_a_phone_joins_all_the_same(city: City) -> None:
    parent, code = inviting(city)
    owner = city.phones.add_person("Жасырын", whatsapp="KZ.1234567890")
    other = Parent(city, WHATSAPP, owner)
    other.says(code)
    other.taps("Русский")
    other.taps("btn.connect")
    city.upkeep()
    assert parent.sees == parent.say("msg.channel_link.confirm", channel="WhatsApp", phone_masked="—")
    parent.taps("btn.yes")

    assert other.person == parent.person


def test_a_new_chat_cools_down_and_the_first_does_not(city: City) -> None:
    parent, other = linked(city)
    other.says("/mydata")
    other.taps("btn.delete")
    other.says("удалить")
    if other.state == "step_up.ask_code":
        other.says(other.code)
    assert city.rows("SELECT count(*) FROM account") == [(1,)]

    assert city.rows("SELECT count(*) FROM binding WHERE ended_at IS NULL AND cools_until IS NULL") == [(1,)]
    assert parent.person == other.person


def test_a_chat_is_unlinked_and_is_a_strangers(city: City) -> None:
    parent, other = linked(city)
    parent.says("/profile")
    parent.taps("r_channels")
    parent.taps("WhatsApp")
    if parent.state == "step_up.ask_code":
        parent.says(parent.code)
    parent.taps("btn.disconnect")

    assert parent.sees.startswith(parent.say("msg.channel_link.unlinked"))
    assert other.person != parent.person
    other.says("/children")
    assert other.state == "first_start.ask_language"


def test_a_chat_that_came_today_cannot_unlink_the_first(city: City) -> None:
    parent, other = linked(city)
    city.move(minutes=2)
    other.says("/profile")
    other.taps("r_channels")
    other.taps("Telegram")
    if other.state == "step_up.ask_code":
        other.says(other.code)
    other.taps("btn.disconnect")

    assert parent.person == other.person


def test_telegram_shows_the_link_as_a_picture_too(city: City) -> None:
    parent, code = inviting(city)
    payload = parent.bot_messages[-1]["payload"]

    assert payload["photo"] == f"qr:{code}"
    assert pictures.read(payload["photo"]).startswith(b"\x89PNG")
    assert code in words_of(payload)


def test_a_number_that_was_silent_proves_itself_anew(city: City) -> None:
    """Somebody else may hold it now: no name is shown, no child, before a code (T19)."""
    parent = journeys.with_child(city, WHATSAPP)
    city.move(days=91)
    said = parent.says("/menu")

    assert parent.state == "first_start.guest_menu"
    assert "Айгерим" not in said
    assert parent.says("/children") == parent.say("msg.login.gate")
    parent.says("/login")
    parent.taps("btn.sms_code")
    parent.taps("btn.yes")
    parent.says(parent.code)
    parent.taps("btn.yes")
    parent.says("/children")
    assert parent.state == "child_list.home"


# Not me.


def broken_in(city: City, owner: Parent) -> Parent:
    """Somebody with the owner's code logs in on the other messenger."""
    thief = journeys.logging_in(city, journeys.other(owner.channel), owner=owner.owner)
    thief.says(thief.code)
    thief.taps("btn.only_now")
    return thief


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chat_that_is_not_mine_is_cut_off_by_one_button(city: City, channel: str, language: str) -> None:
    parent = journeys.at_child_iin(city, channel, language)
    thief = broken_in(city, parent)
    assert parent.say("msg.security.login") in parent.sees
    parent.taps("btn.not_me")

    assert parent.say("msg.channel_link.cut_off") in parent.sees
    assert thief.person != parent.person
    thief.says("/children")
    assert thief.state == "first_start.ask_language"


def test_the_button_leads_back_to_where_the_parent_stood(city: City) -> None:
    parent = journeys.at_child_iin(city, WHATSAPP)
    broken_in(city, parent)
    button = parent.button("btn.not_me")
    parent.says("/children")
    parent.taps_data(*button)

    assert parent.state == "child_list.home"
    parent.taps_data(*button)
    assert parent.say("msg.channel_link.cut_off_over") in parent.sees


def test_a_thief_does_not_turn_the_owner_out_with_a_forged_button(city: City) -> None:
    parent = journeys.registered(city)
    thief = broken_in(city, parent)
    for (binding,) in city.rows("SELECT id FROM binding ORDER BY id"):
        thief.taps_data(thief.bot_messages[-1]["id"], f"0:!not_me-{binding}")

    assert thief.person == parent.person
    assert city.rows("SELECT count(*) FROM binding WHERE ended_at IS NULL") == [(2,)]


@pytest.mark.parametrize("tap", ["!not_me-", "!not_me-x", "!not_me-" + "9" * 30, "!nothing-1", "!"])
def test_a_push_button_nobody_made_is_an_old_button(city: City, tap: str) -> None:
    parent = journeys.registered(city)
    said = parent.taps_data(parent.bot_messages[-1]["id"], f"0:{tap}")

    assert parent.say("err.stale_button") in (said, *parent.toasts)
    assert parent.state == "registration.done"


def test_a_stranger_cuts_nobody_off(city: City) -> None:
    parent = journeys.registered(city)
    broken_in(city, parent)
    stranger = journeys.registered(city, TELEGRAM, iin=journeys.BAUYRZHAN, row=demo_city.BAUYRZHAN)
    for (binding,) in city.rows("SELECT id FROM binding ORDER BY id"):
        stranger.taps_data(stranger.bot_messages[-1]["id"], f"0:!not_me-{binding}")

    assert city.rows("SELECT count(*) FROM binding WHERE person_id=? AND ended_at IS NULL", parent.person) == [(2,)]


# A claim that comes late.


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_claim_that_comes_after_the_link_was_left_can_still_be_approved(city: City, channel: str) -> None:
    parent, code = inviting(city, channel)
    parent.says("/children")
    other = opened(city, parent, code)
    other.taps("btn.connect")
    city.upkeep()
    assert parent.state == "channel_link.confirm"
    parent.taps("btn.yes")
    parent.taps("btn.both")

    assert other.person == parent.person
    assert parent.state == "child_list.home"


def test_a_claim_that_was_answered_is_asked_about_no_more(city: City) -> None:
    parent, other = linked(city)
    journeys.stands_at(parent, channel_link.Home())
    claimed = city.rows("SELECT id, address_id FROM invitation")[0]
    news = Kept(Said(Heard.EVENT, purpose="link_claimed", text=str(claimed[0]))).body()
    city.turn(Event("chat", "", "again", news, address_id=claimed[1]))

    assert parent.state == "channel_link.home"
    assert other.person == parent.person
