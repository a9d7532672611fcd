"""Silence: what is kept, for how long, and what is asked of somebody who comes back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dialogs.common import Offer
from dialogs.engine.advance import expires_at, fresh_drafts
from dialogs.engine.said import Heard
from services.trust import Trust
from tests.engine.talker import Talker, at_check, at_place, at_sign
from tests.engine.town import START


def at_code() -> Talker:
    talker = Talker()
    talker.taps("code")
    return talker


# A dialog with answers rests and is offered again.


@pytest.mark.parametrize("said", ["здравствуйте", "/start", "1", "Place A", "назад", "отмена"])
def test_whoever_comes_back_after_days_is_offered_to_go_on(said: str) -> None:
    talker = at_place()

    talker.waits(days=3)

    assert talker.says(said) == "msg.resume"
    assert [item.id for item in talker.shown.choices] == ["go_on", "anew", "menu"]


def test_the_offer_names_the_dialog_and_when_its_answers_were_saved() -> None:
    talker = at_place()

    talker.waits(days=3)
    talker.says("hello")

    assert talker.talk.current == Offer("test_tour", START.isoformat())
    assert {"flow", "saved_at"} <= dict(talker.shown.text.names).keys()


@pytest.mark.parametrize("heard", [Heard.STICKER, Heard.VOICE, Heard.PHOTO])
def test_a_sticker_after_days_is_a_greeting_and_no_mistake(heard: Heard) -> None:
    talker = at_place()

    talker.waits(days=3)

    assert talker.sends(heard) == "msg.resume"
    assert talker.notes == []


def test_going_on_shows_the_same_question_with_the_earlier_answers() -> None:
    talker = at_place()
    trail = talker.trail[1:]
    talker.waits(days=3)
    talker.says("hello")

    assert talker.taps("go_on") == "Where?"
    assert (talker.trail, talker.drafts) == (trail, [])
    assert talker.says("назад") == "Which day?"


def test_starting_anew_forgets_the_earlier_answers() -> None:
    talker = at_place()
    talker.waits(days=3)
    talker.says("hello")

    assert talker.taps("anew") == "Who comes?"
    assert (talker.trail, talker.drafts) == (["test_tour.ask_name"], [])


def test_the_menu_of_the_offer_keeps_the_draft() -> None:
    talker = at_place()
    talker.waits(days=3)
    talker.says("hello")

    assert talker.taps("menu") == "Home"
    assert talker.drafts == ["test_tour"]
    assert talker.taps("tour") == "msg.resume"


@pytest.mark.parametrize("word", ["отмена", "назад", "меню"])
def test_the_offer_is_left_without_losing_the_draft(word: str) -> None:
    talker = at_place()
    talker.waits(days=3)
    talker.says("hello")

    assert talker.says(word) == "Home"
    assert talker.drafts == ["test_tour"]


def test_the_offer_waits_for_its_answer() -> None:
    talker = at_place()
    talker.waits(days=2)
    talker.says("hello")
    talker.waits(days=2)

    assert talker.says("hello") == "msg.resume"
    assert talker.notes == []
    assert talker.taps("go_on") == "Where?"


def test_a_dialog_in_a_dialog_is_offered_and_returns() -> None:
    talker = at_place()
    talker.taps("p0")
    talker.waits(hours=1)
    talker.says("hello")

    assert talker.taps("go_on") == "Mind the rules?"
    assert talker.taps("yes") == "Aida, mon, p0?"


def test_what_was_begun_from_a_list_is_offered_by_its_own_name() -> None:
    """Once the offer called it by the name of the list, which has no words, and the turn failed."""
    talker = Talker()
    talker.taps("list")
    talker.taps("tour")
    talker.says("Aida")
    talker.waits(hours=1)
    talker.says("hello")

    assert talker.talk.current == Offer("test_tour", START.isoformat())
    assert talker.taps("go_on") == "Which day?"


def test_what_stands_behind_a_point_of_no_return_is_kept() -> None:
    """Once a proved code, and all before it, was forgotten after half an hour."""
    talker = at_code()
    talker.says("123456")
    talker.waits(hours=1)
    talker.says("hello")

    assert talker.asked == "msg.resume"
    assert talker.taps("go_on") == "Safe. Go on?"


@pytest.mark.parametrize("word", ["отмена", "стоп", "/lang"])
def test_a_question_about_the_dialog_is_not_part_of_what_is_kept(word: str) -> None:
    talker = at_place()
    talker.says(word)
    talker.waits(hours=1)
    talker.says("hello")

    assert talker.asked == "msg.resume"
    assert talker.taps("go_on") == "Where?"


def test_a_dialog_without_answers_is_not_offered() -> None:
    talker = Talker()
    talker.taps("tour")

    talker.waits(hours=1)

    assert talker.says("hello") == "Home"
    assert (talker.notes, talker.drafts) == ([], [])


def test_what_was_only_read_is_forgotten_without_a_word() -> None:
    talker = Talker()
    talker.taps("list")

    talker.waits(minutes=31)

    assert talker.says("hello") == "Home"
    assert talker.notes == []


def test_half_an_hour_is_no_pause() -> None:
    talker = at_place()

    talker.waits(minutes=30)

    assert talker.says("Place A") == "Mind the rules?"


def test_a_greeting_at_home_is_no_mistake_after_a_pause() -> None:
    talker = Talker()
    talker.waits(hours=1)

    talker.says("hello")

    assert (talker.asked, talker.notes) == ("Home", [])


def test_the_language_question_waits_for_its_answer() -> None:
    talker = Talker(language="")
    talker.says("hello")
    talker.waits(days=30)

    assert talker.says("hello") == "Which language?"
    assert talker.says("2") == "Home"


# Commands after a pause.


@pytest.mark.parametrize(
    ("said", "asked"),
    [("меню", "Home"), ("/children", "Your tours"), ("/lang", "msg.start.language"), ("помощь", "msg.resume")],
)
def test_a_command_after_a_pause_is_obeyed_and_the_answers_are_kept(said: str, asked: str) -> None:
    talker = at_place()
    talker.waits(days=1)

    assert talker.says(said) == asked
    assert talker.drafts == ["test_tour"]


def test_a_language_after_a_pause_is_spoken_in_the_offer() -> None:
    talker = at_place()
    talker.waits(days=1)

    assert talker.says("қазақша") == "msg.resume"
    assert talker.talk.language == "kk"


def test_a_human_after_a_pause_is_called() -> None:
    talker = at_place()
    talker.waits(days=1)
    talker.says("оператор")

    assert (talker.asked, talker.notes) == ("msg.resume", ["msg.operator.received"])


def test_the_key_that_shares_a_phone_counts_after_a_pause() -> None:
    talker = Talker()
    talker.taps("phone")
    talker.waits(hours=1)

    talker.sends(Heard.CONTACT, contact="77471234567", own=True)

    assert talker.notes == ["Phone 77471234567"]


# Begun again while its answers wait.


def test_a_dialog_begun_again_offers_its_answers() -> None:
    talker = at_place()
    talker.says("меню")

    assert talker.taps("tour") == "msg.resume"
    assert talker.taps("go_on") == "Where?"


def test_another_dialog_is_begun_without_an_offer() -> None:
    talker = at_place()
    talker.says("меню")

    assert talker.taps("phone") == "Phone?"


def test_a_draft_is_shown_only_to_who_has_proved_enough() -> None:
    talker = Talker()
    talker.taps("list")
    talker.taps("tour")
    talker.says("Aida")
    talker.says("меню")
    talker.town.trust = Trust.GUEST
    talker.taps("page")

    assert talker.asked == "Prove it"


# Seven days.


def test_a_draft_lives_seven_days_and_goes_without_a_word() -> None:
    talker = at_place()
    talker.says("меню")
    talker.waits(days=7)

    assert talker.taps("tour") == "Who comes?"
    assert (talker.notes, talker.drafts) == ([], [])


def test_a_dialog_left_standing_lives_seven_days_too() -> None:
    talker = at_place()
    talker.waits(days=7)

    assert talker.says("здравствуйте") == "Home"
    assert (talker.notes, talker.trail, talker.drafts) == ([], ["test_home.home"], [])


def test_a_button_of_a_dialog_that_is_gone_changes_nothing() -> None:
    talker = at_place()
    talker.waits(days=8)

    talker.taps("p0")

    assert (talker.asked, talker.toast) == ("Home", "err.stale_button")


def test_coming_back_does_not_make_a_draft_younger() -> None:
    talker = at_place()
    talker.waits(days=6)
    talker.says("hello")
    talker.taps("menu")
    talker.waits(days=1)

    assert talker.taps("tour") == "Who comes?"


def test_it_is_known_when_the_next_thing_is_to_be_wiped() -> None:
    talker = at_place()
    standing = expires_at(talker.talk)
    talker.waits(hours=1)
    talker.says("меню")

    assert standing == START + timedelta(days=7)
    assert expires_at(talker.talk) == START + timedelta(days=7)
    assert expires_at(Talker().talk) is None


@pytest.mark.parametrize(("days", "kept"), [(6.9, True), (7, False)])
def test_wiping_takes_the_dialog_and_leaves_the_rest(days: float, kept: bool) -> None:
    talker = at_place()
    talker.waits(days=days)

    left = fresh_drafts(talker.talk, talker.town.do.now)

    assert bool(left.trail) is kept
    assert (left.language, left.revision) == (talker.talk.language, talker.talk.revision)


# Secrets.


def test_a_secret_step_goes_back_before_the_secret_after_ten_minutes() -> None:
    talker = at_code()
    talker.waits(minutes=11)

    assert talker.says("123456") == "Send a code?"
    assert talker.notes == ["msg.common.secret_lapsed"]
    assert talker.turn.forget


def test_the_step_before_the_secret_is_arrived_at_anew() -> None:
    talker = at_code()
    talker.waits(minutes=11)
    talker.says("hello")

    assert talker.town.effects == ["arrived to send"]


def test_a_command_after_ten_minutes_at_a_secret_is_obeyed() -> None:
    talker = at_code()
    talker.waits(minutes=11)

    assert talker.says("меню") == "Home"


def test_ten_minutes_at_a_secret_are_no_pause() -> None:
    talker = at_code()
    talker.waits(minutes=10)

    assert talker.says("123456") == "Safe. Go on?"


def test_a_secret_is_never_gone_on_with_half_way() -> None:
    talker = Talker()
    talker.taps("code")
    talker.taps("new")
    talker.taps("send")
    talker.waits(days=1)
    talker.says("hello")

    assert talker.taps("go_on") == "Send a code?"


def test_a_question_to_the_outside_is_put_again_by_going_on() -> None:
    """Its answer may have come while nobody stood there to hear it."""
    talker = Talker()
    talker.taps("page")
    talker.submits("wait")
    talker.waits(hours=1)
    talker.says("hello")
    talker.is_told("news", "t1", answer="Aida")

    assert talker.taps("go_on") == "Asking outside"
    assert talker.town.effects == ["asked outside", "asked outside"]
    assert talker.is_told("news", "t2", answer="Aida") == "Which day?"


# Legal questions.


def test_a_legal_question_after_a_pause_goes_back_to_its_summary() -> None:
    talker = at_sign()
    talker.waits(hours=1)
    talker.says("hello")

    assert talker.asked == "msg.resume"
    assert talker.taps("go_on") == "Aida, mon, p0?"


def test_the_words_of_a_legal_act_do_not_count_after_a_pause() -> None:
    talker = at_sign()
    talker.waits(hours=1)

    assert talker.says("signed") == "msg.resume"
    assert talker.town.effects == []


def test_a_button_of_a_legal_act_does_not_count_after_a_pause() -> None:
    talker = at_sign()
    talker.waits(hours=1)

    assert talker.taps("sign") == "Sign for good?"
    assert talker.town.effects == []


def test_the_saved_instant_has_a_zone() -> None:
    talker = at_check()
    talker.waits(days=1)
    talker.says("hello")
    current = talker.talk.current

    assert isinstance(current, Offer)
    assert datetime.fromisoformat(current.saved_at).tzinfo is not None
