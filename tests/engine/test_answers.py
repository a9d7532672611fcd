"""Taps, words and other things said at a question: what counts as an answer, and what changes nothing."""

from __future__ import annotations

import pytest

from dialogs.engine.conversation import Conversation
from dialogs.engine.said import Heard, Said
from services.trust import Trust
from tests.engine.talker import Talker, at_check, at_day, at_place, at_sign
from tests.engine.town import ENGINE, FULL, Town

NO_ANSWERS = [
    Heard.PHOTO,
    Heard.VOICE,
    Heard.VIDEO,
    Heard.STICKER,
    Heard.LOCATION,
    Heard.CONTACT,
    Heard.FILE,
    Heard.UNKNOWN,
]


def at_door(door: str) -> Talker:
    talker = Talker()
    talker.taps(door)
    return talker


# Choices.


@pytest.mark.parametrize("said", ["Monday", "monday", "1", "1.", " 1 ", "1 Monday", "Mondey", "№1"])
def test_a_choice_may_be_tapped_or_typed(said: str) -> None:
    talker = at_day()

    assert talker.says(said) == "Where?"


def test_a_number_counts_only_what_is_drawn() -> None:
    """Saturday stands first in the question, but is not drawn."""
    talker = at_day()

    talker.says("2")
    talker.says("1")

    assert talker.says("yes") == "Mind the rules?"  # a legal question takes no "yes"
    talker.taps("yes")
    assert talker.asked == "Aida, tue, p0?"


def test_a_choice_that_is_not_drawn_has_no_number() -> None:
    talker = at_day()

    assert talker.says("3") == "Which day?"
    assert talker.notes == ["err.need_button"]


def test_a_choice_that_is_not_drawn_is_understood_by_its_words() -> None:
    talker = at_day()

    assert talker.says("saturday") == "Where?"


def test_a_short_yes_is_the_button_that_says_yes() -> None:
    talker = at_door("phone")

    talker.says("ok")

    assert talker.notes == ["Phone own"]


def test_free_words_are_never_bent_into_a_choice() -> None:
    talker = at_door("tour")

    talker.says("Tue")

    assert talker.says("2") == "Where?"


# Taps.


def test_a_double_tap_is_answered_once() -> None:
    talker = at_day()
    old = talker.talk.revision

    talker.taps("mon")
    talker.taps("mon", revision=old)

    assert talker.toast == "err.already_done"
    assert talker.turn.ask is None
    assert talker.state == "test_tour.ask_place"


def test_a_double_tap_on_a_way_out_goes_out_once() -> None:
    talker = at_place()
    old = talker.talk.revision

    talker.taps("~back")
    talker.taps("~back", revision=old)

    assert talker.toast == "err.already_done"
    assert talker.state == "test_tour.ask_day"


def test_the_same_tap_a_minute_later_is_an_old_button() -> None:
    """WhatsApp shows no toast: silence would look like a dead bot."""
    talker = at_day()
    old = talker.talk.revision

    talker.taps("mon")
    talker.waits(minutes=1)
    talker.taps("mon", revision=old)

    assert (talker.toast, talker.asked) == ("err.stale_button", "Where?")


def test_an_old_button_shows_the_question_that_stands_now() -> None:
    talker = at_place()

    talker.taps("tour", revision=1)

    assert talker.toast == "err.stale_button"
    assert talker.notes == ["err.stale_button"]
    assert (talker.asked, talker.talk.misses) == ("Where?", 0)


@pytest.mark.parametrize("choice", ["mon", "", "~nowhere", "tour", "m" * 60, "mon:mon"])
@pytest.mark.parametrize("ahead", [0, 1, 1000, -1])
def test_a_button_that_is_not_of_this_question_changes_nothing(choice: str, ahead: int) -> None:
    talker = at_place()
    talker.waits(minutes=1)
    before = talker.talk

    talker.taps(choice, revision=before.revision + ahead)

    assert talker.toast == "err.stale_button"
    assert talker.trail == [item.step.name for item in before.trail]
    assert talker.talk.current == before.current


def test_a_tap_on_the_live_question_counts_after_days() -> None:
    talker = at_day()

    talker.waits(days=3)

    assert talker.taps("mon") == "Where?"


def test_an_old_button_after_days_offers_to_go_on() -> None:
    talker = at_place()

    talker.waits(days=3)
    talker.taps("tour", revision=1)

    assert (talker.toast, talker.asked) == ("err.stale_button", "msg.resume")


# Legal questions.


@pytest.mark.parametrize("said", ["1", "ok", "да", "+", "I", "signe", "I sign?", "👍", "press I sign"])
def test_a_legal_question_takes_nothing_but_its_exact_words(said: str) -> None:
    talker = at_sign()

    assert talker.says(said) == "Sign for good?"
    assert talker.notes[0] == "Press the button"
    assert talker.town.effects == []


@pytest.mark.parametrize("said", ["I sign", "i SIGN", "signed"])
def test_a_legal_question_takes_its_exact_words(said: str) -> None:
    talker = at_sign()

    talker.says(said)

    assert talker.town.effects == ["booked"]


@pytest.mark.parametrize("heard", [Heard.STICKER, Heard.PHOTO, Heard.CONTACT, Heard.LOCATION])
def test_a_sticker_is_never_consent(heard: Heard) -> None:
    talker = at_sign()

    talker.sends(heard)

    assert talker.notes == ["err.need_button"]
    assert talker.town.effects == []


def test_a_legal_question_older_than_ten_minutes_is_shown_again() -> None:
    talker = at_sign()

    talker.waits(minutes=11)
    talker.taps("sign")

    assert talker.notes == ["msg.common.shown_again"]
    assert (talker.asked, talker.town.effects) == ("Sign for good?", [])


def test_a_legal_question_shown_again_can_be_answered() -> None:
    talker = at_sign()

    talker.waits(minutes=11)
    talker.taps("sign")
    talker.taps("sign")

    assert talker.town.effects == ["booked"]


def test_a_second_tap_on_a_legal_question_that_stood_too_long_is_not_called_done() -> None:
    talker = at_sign()
    old = talker.talk.revision

    talker.waits(minutes=11)
    talker.taps("sign", revision=old)
    talker.taps("sign", revision=old)

    assert talker.toast == "err.stale_button"
    assert (talker.asked, talker.town.effects) == ("Sign for good?", [])


def test_the_exact_words_are_too_late_after_ten_minutes_too() -> None:
    talker = at_sign()

    talker.waits(minutes=11)
    talker.says("signed")

    assert (talker.notes, talker.town.effects) == (["msg.common.shown_again"], [])


# The wrong kind.


@pytest.mark.parametrize("heard", NO_ANSWERS)
@pytest.mark.parametrize(
    ("door", "sentence"),
    [
        ("list", "err.need_button"),
        ("tour", "err.need_text"),
        ("code", "err.need_text"),
        ("name", "err.need_text"),
        ("phone", "err.need_text"),
        ("page", "err.need_page"),
    ],
)
def test_the_wrong_kind_is_told_what_is_needed(door: str, sentence: str, heard: Heard) -> None:
    talker = at_door(door)
    asked = talker.asked
    if door == "phone" and heard is Heard.CONTACT:
        return

    talker.sends(heard)

    assert talker.notes == ["err.voice" if heard is Heard.VOICE else sentence]
    assert talker.asked == asked


@pytest.mark.parametrize("heard", [Heard.STICKER, Heard.PHOTO, Heard.LOCATION])
def test_while_an_answer_from_elsewhere_is_awaited_nothing_is_wrong(heard: Heard) -> None:
    talker = at_door("news")

    assert talker.sends(heard) == "Asking outside"
    assert talker.notes == []
    assert talker.says("well?") == "Asking outside"
    assert talker.notes == []


def test_a_contact_answers_a_question_for_a_phone() -> None:
    talker = at_door("phone")

    talker.sends(Heard.CONTACT, contact="77471234567", own=True)

    assert talker.notes == ["Phone 77471234567"]


@pytest.mark.parametrize("name", ["key.p12", "GOST.PFX", "store.jks", "AUTH_RSA.key "])
@pytest.mark.parametrize("door", ["tour", "list", "page", "news", "phone"])
def test_a_key_file_is_refused_and_deleted_everywhere(door: str, name: str) -> None:
    talker = at_door(door)
    asked = talker.asked

    talker.sends(Heard.FILE, text=name)

    assert talker.notes == ["err.sign.keyfile"]
    assert talker.turn.forget
    assert (talker.asked, talker.talk.misses) == (asked, 0)


def test_a_key_file_is_refused_at_the_first_word_and_after_days() -> None:
    new = Talker(language="")
    new.sends(Heard.FILE, text="key.p12")
    back = at_place()
    back.waits(days=1)
    back.sends(Heard.FILE, text="key.p12")

    assert (new.notes, new.turn.forget, new.asked) == (["err.sign.keyfile"], True, "Which language?")
    assert (back.notes, back.turn.forget, back.asked) == (["err.sign.keyfile"], True, "msg.resume")


def test_another_file_is_not_deleted() -> None:
    talker = at_door("tour")

    talker.sends(Heard.FILE, text="photo.p12.jpg")

    assert not talker.turn.forget


# The ladder.


def test_three_failures_get_three_answers_and_then_a_human() -> None:
    talker = at_place()

    talker.says("nowhere")
    first, first_picture = talker.notes, talker.shown.picture
    talker.says("nowhere")
    second, second_picture = talker.notes, talker.shown.picture
    talker.says("nowhere")

    assert first == ["err.choice.unknown"]
    assert second == ["err.choice.unknown", "On the map"]
    assert talker.notes == ["err.choice.unknown", "msg.common.call_operator"]
    assert (first_picture, second_picture, talker.shown.picture) == (None, "id_card", None)
    assert [item.id for item in talker.shown.choices[-3:]] == ["~operator", "~again", "~menu"]
    assert talker.ways == []


def test_an_album_is_one_failure_and_gets_one_answer() -> None:
    """Three photos of an ID card at once called a human in the second in which they came."""
    talker = at_place()

    talker.sends(Heard.PHOTO, album="a1")
    first = talker.notes
    talker.waits(seconds=1)
    talker.sends(Heard.PHOTO, album="a1")
    talker.waits(seconds=1)
    talker.sends(Heard.PHOTO, album="a1")

    assert first == ["err.need_button"]
    assert (talker.turn.ask, talker.talk.misses) == (None, 1)


def test_another_album_later_is_another_failure() -> None:
    talker = at_place()
    talker.sends(Heard.PHOTO, album="a1")
    talker.waits(seconds=10)

    talker.sends(Heard.PHOTO, album="a2")

    assert talker.talk.misses == 2


def test_a_key_file_in_an_album_is_still_refused() -> None:
    talker = at_place()
    talker.sends(Heard.FILE, text="certificate.pdf", album="a1")

    talker.sends(Heard.FILE, text="key.p12", album="a1")

    assert talker.notes == ["err.sign.keyfile"]


@pytest.mark.parametrize(("said", "asked"), [("6", "Where?"), ("operator", "Where?"), ("8", "Home")])
def test_after_three_failures_the_ways_out_are_numbered_like_choices(said: str, asked: str) -> None:
    talker = at_place()
    for _ in range(3):
        talker.says("nowhere")

    assert talker.says(said) == asked
    assert talker.talk.misses == 0


def test_a_valid_answer_ends_the_failures() -> None:
    talker = at_place()

    talker.says("nowhere")
    talker.says("nowhere")
    talker.taps("p0")
    talker.says("well")

    assert talker.notes == ["err.need_button"]


def test_once_more_ends_the_failures() -> None:
    talker = at_place()
    for _ in range(3):
        talker.says("nowhere")

    talker.taps("~again")
    talker.says("nowhere")

    assert talker.notes == ["err.choice.unknown"]


def test_a_refusal_keeps_the_question_with_its_page_and_choices() -> None:
    talker = at_door("page")

    talker.says("930427400001")

    assert talker.notes == ["msg.common.page_only"]
    assert talker.shown.page == "iin"
    assert [item.id for item in talker.shown.choices] == ["none"]
    assert talker.shown.repeat


def test_a_question_that_counts_for_itself_is_not_asked_again_after_a_refusal() -> None:
    talker = at_door("code")

    talker.says("000000")
    after_refusal = talker.shown.repeat
    talker.says("/help")

    assert (talker.turn.talk.misses, after_refusal) == (1, False)
    assert talker.shown.repeat


# Corrected messages.


def test_a_correction_counts_where_the_first_try_failed() -> None:
    talker = at_day()

    talker.says("Mon-")
    talker.says("nowhere")

    assert talker.edits("Tuesday") == "Where?"


def test_a_correction_of_history_is_ignored() -> None:
    talker = at_place()

    talker.edits("Tuesday")

    assert talker.turn.ask is None
    assert talker.state == "test_tour.ask_place"


def test_a_correction_after_a_pause_is_ignored() -> None:
    talker = at_place()
    talker.says("nowhere")

    talker.waits(hours=1)
    talker.edits("Place A")

    assert talker.turn.ask is None


# Secrets.


@pytest.mark.parametrize(
    ("door", "said", "goes"),
    [
        ("code", "123456", True),
        ("code", "код 12 34", True),
        ("code", "why is there no code", False),
        ("code", "new code", False),
        ("code", "0", False),
        ("page", "93O427 4OOOOl", True),
        ("page", "what page", False),
        ("page", "I have none", False),
        ("tour", "930427 400001", True),
        ("tour", "Aida 12", False),
    ],
)
def test_only_what_is_a_secret_is_deleted(door: str, said: str, goes: bool) -> None:
    talker = at_door(door)

    talker.says(said)

    assert talker.turn.forget is goes


def test_a_code_typed_while_another_question_stands_over_it_is_deleted() -> None:
    talker = at_door("code")
    talker.says("стоп")

    talker.says("123456")

    assert talker.turn.forget


def test_a_number_of_a_person_under_a_photo_is_deleted() -> None:
    talker = at_day()

    talker.sends(Heard.PHOTO, text="ИИН 930427400001")

    assert talker.turn.forget


# Pages and news from outside.


def test_a_page_answers_the_question_it_belongs_to() -> None:
    talker = at_door("page")

    assert talker.submits("good") == "Which day?"


def test_a_page_is_told_why_it_was_refused_and_the_chat_stays() -> None:
    talker = at_door("page")

    talker.submits("bad")

    assert (talker.refused, talker.turn.ask) == (FULL, None)
    assert talker.submits("good") == "Which day?"


@pytest.mark.parametrize("door", ["tour", "code"])
def test_a_page_of_another_question_is_told_so(door: str) -> None:
    talker = at_door(door)

    talker.submits("good")

    assert (talker.refused, talker.turn.ask) == ("page.not_now", None)


def test_a_page_opened_before_the_session_ended_leads_to_the_proof() -> None:
    talker = at_door("page")
    talker.town.trust = Trust.GUEST

    assert talker.submits("good") == "Prove it"
    assert talker.says("1") == "Open the page"


def test_news_moves_the_step_that_waits_for_it() -> None:
    talker = at_door("news")

    assert talker.is_told("news", "t1", answer="Aida") == "Which day?"


@pytest.mark.parametrize(("purpose", "ticket"), [("news", "t2"), ("lost", "t1"), ("", "")])
def test_other_news_changes_nothing(purpose: str, ticket: str) -> None:
    talker = at_door("news")

    talker.is_told(purpose, ticket, answer="Aida")

    assert talker.turn.ask is None
    assert talker.state == "test_news.wait"


@pytest.mark.parametrize("word", ["стоп", "/lang"])
def test_news_is_not_lost_while_a_question_about_the_dialog_stands_over_it(word: str) -> None:
    talker = at_door("news")
    talker.says(word)

    assert talker.is_told("news", "t1", answer="Aida") == "Which day?"
    assert talker.talk.calls == ()


def test_news_that_is_refused_is_said() -> None:
    talker = at_door("news")

    talker.is_told("news", "t1", answer="no")

    assert (talker.notes, talker.asked) == ([FULL], "Asking outside")


def test_news_does_not_speak_to_somebody_who_never_wrote() -> None:
    turn = ENGINE.advance(Conversation(), Said(Heard.EVENT, purpose="news", text="t1"), Town().do)

    assert turn.ask is None


def test_news_is_no_sign_of_life_of_the_person() -> None:
    talker = at_day()

    talker.waits(minutes=20)
    talker.is_told("news", "t9")
    talker.waits(minutes=20)

    assert talker.says("hello") == "msg.resume"


def test_a_choice_keeps_its_way_to_the_summary() -> None:
    talker = at_check()

    assert talker.trail == [
        "test_home.home",
        "test_tour.ask_name",
        "test_tour.ask_day",
        "test_tour.ask_place",
        "test_tour.check",
    ]
