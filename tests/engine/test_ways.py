"""Words that work everywhere: back, cancel, menu, help, operator, language, stop; and the dialogs called on the way."""

from __future__ import annotations

import pytest

from dialogs.engine.conversation import TRAIL_CAP
from dialogs.engine.said import Heard
from services.trust import Trust
from tests.engine.talker import Talker, at_check, at_day, at_place, at_sign
from tests.engine.town import FULL

# Back.


@pytest.mark.parametrize("said", ["назад", "артқа", "BACK", "0", "/back"])
def test_back_shows_the_question_before(said: str) -> None:
    talker = at_place()

    assert talker.says(said) == "Which day?"
    assert talker.says(said) == "Who comes?"


def test_back_goes_through_every_question_and_then_home() -> None:
    talker = at_check()

    asked = [talker.taps("~back") for _ in range(4)]

    assert asked == ["Where?", "Which day?", "Who comes?", "Home"]


def test_back_out_of_a_called_dialog_shows_the_question_that_called_it() -> None:
    talker = at_place()
    talker.taps("p0")

    assert talker.says("назад") == "Where?"
    assert talker.talk.calls == ()


def test_back_at_the_first_question_leaves() -> None:
    talker = Talker()
    talker.taps("tour")

    assert talker.says("назад") == "Home"
    assert talker.drafts == []


def test_back_never_runs_again_what_was_done() -> None:
    talker = at_sign()
    talker.taps("sign")

    assert talker.says("назад") == "Booked. Tell others?"
    assert talker.town.effects == ["booked"]


def test_back_behind_a_point_of_no_return_loses_nothing() -> None:
    talker = Talker()
    talker.taps("code")
    talker.says("123456")

    assert talker.says("назад") == "Safe. Go on?"


def test_back_at_home_stays_home() -> None:
    talker = Talker()

    assert talker.says("назад") == "Home"


def test_back_from_a_proof_goes_before_what_needs_it() -> None:
    """Back to the card would only ask for the proof again, and again."""
    talker = Talker()
    talker.taps("list")
    talker.town.trust = Trust.GUEST
    talker.taps("card")

    assert talker.asked == "Prove it"
    assert talker.says("назад") == "Home"


def test_back_over_a_summary_question_changed_returns_there_by_answering() -> None:
    talker = at_check()
    talker.taps("day")

    assert talker.says("назад") == "Aida, mon, p0?"


def test_the_trail_keeps_no_more_than_its_cap() -> None:
    talker = Talker()
    talker.taps("list")

    for _ in range(TRAIL_CAP):
        talker.taps("card")
        talker.taps("list")

    assert len(talker.trail) == TRAIL_CAP


# Cancel.


@pytest.mark.parametrize("said", ["отмена", "болдырмау", "Cancel", "/cancel"])
def test_cancel_with_one_answer_leaves_at_once(said: str) -> None:
    talker = at_day()

    assert talker.says(said) == "Home"
    assert talker.drafts == []


def test_cancel_with_two_answers_asks_first() -> None:
    talker = at_place()

    assert talker.says("отмена") == "msg.common.cancel_with_answers"
    assert talker.taps("go_on") == "Where?"


def test_cancel_keeps_the_answers_on_request() -> None:
    talker = at_place()
    talker.says("отмена")

    talker.taps("save")

    assert (talker.asked, talker.notes, talker.drafts) == ("Home", ["msg.common.draft_saved"], ["test_tour"])


def test_cancel_drops_the_answers_on_request() -> None:
    talker = at_place()
    talker.says("отмена")

    talker.taps("drop")

    assert (talker.asked, talker.notes, talker.drafts) == ("Home", ["msg.common.draft_dropped"], [])


def test_cancel_at_the_question_whether_to_cancel_loses_nothing() -> None:
    talker = at_place()
    talker.says("отмена")

    assert talker.says("отмена") == "msg.common.cancel_with_answers"
    assert talker.taps("go_on") == "Where?"


def test_cancel_counts_only_the_answers_of_this_dialog() -> None:
    """The list was only read; one answer of the tour is not two."""
    talker = Talker()
    talker.taps("list")
    talker.taps("card")
    talker.taps("list")
    talker.taps("tour")
    talker.says("Aida")

    assert talker.says("отмена") == "Home"


def test_cancel_behind_a_point_of_no_return_asks_first() -> None:
    """The code and what came before it are not in the trail any more, but they were given."""
    talker = Talker()
    talker.taps("code")
    talker.says("123456")

    assert talker.says("отмена") == "msg.common.cancel_with_answers"


def test_cancel_of_the_language_question_shows_the_question_under_it() -> None:
    talker = at_place()
    talker.says("/lang")

    assert talker.says("отмена") == "Where?"


def test_cancel_of_a_proof_leaves_what_needs_it() -> None:
    talker = Talker()
    talker.taps("list")
    talker.town.trust = Trust.GUEST
    talker.taps("card")

    assert talker.says("отмена") == "Home"


def test_cancel_at_home_stays_home() -> None:
    talker = Talker()

    assert talker.says("отмена") == "Home"


# Menu and start.


@pytest.mark.parametrize("said", ["меню", "мәзір", "menu", "00", "/menu", "/start", "/start tabel_12"])
def test_the_menu_word_goes_home_and_keeps_the_answers(said: str) -> None:
    talker = at_place()

    assert talker.says(said) == "Home"
    assert talker.drafts == ["test_tour"]
    assert talker.trail == ["test_home.home"]


def test_the_menu_leaves_nothing_of_what_was_only_read() -> None:
    talker = Talker()
    talker.taps("list")

    talker.says("меню")

    assert talker.drafts == []


def test_what_is_begun_from_the_menu_starts_without_older_answers() -> None:
    """Once the trail went on under the menu, and a cancel one question later asked to keep a draft."""
    talker = at_place()
    talker.says("меню")
    talker.taps("phone")

    assert talker.says("отмена") == "Home"


def test_start_before_a_language_is_chosen_asks_for_it_again() -> None:
    talker = Talker(language="")
    talker.says("/start")

    assert talker.says("/start") == "Which language?"
    assert talker.says("меню") == "Which language?"
    assert talker.says("/children") == "Which language?"
    assert talker.says("/lang") == "Which language?"
    assert talker.says("отмена") == "Which language?"
    assert talker.says("рус") == "Home"


def test_children_are_shown_and_the_answers_kept() -> None:
    talker = at_place()

    assert talker.says("/children") == "Your tours"
    assert (talker.trail, talker.drafts) == (["test_list.home"], ["test_tour"])


# Help, operator, repeat.


@pytest.mark.parametrize("said", ["помощь", "көмек", "help", "?", "/help"])
def test_help_comes_with_the_same_question(said: str) -> None:
    talker = at_place()

    assert talker.says(said) == "Where?"
    assert talker.notes == ["msg.help.choice"]


def test_help_where_words_are_typed_says_so() -> None:
    talker = Talker()
    talker.taps("tour")

    talker.says("help")

    assert talker.notes == ["msg.help.typed"]


@pytest.mark.parametrize("said", ["оператор", "человек", "адам", "agent", "99", "/agent"])
def test_a_human_is_called_from_anywhere_and_the_question_stays(said: str) -> None:
    talker = at_place()

    assert talker.says(said) == "Where?"
    assert talker.notes == ["Called"]
    assert talker.town.opened == [("test_tour", "test_tour.ask_place", "label.name")]


@pytest.mark.parametrize("said", ["Адам", "адам", "Adam"])
def test_adam_is_a_name_where_a_name_is_asked_for(said: str) -> None:
    talker = Talker()
    talker.taps("name")

    talker.says(said)

    assert talker.notes == [f"Guide {said}"]
    assert talker.town.opened == []


def test_a_human_can_be_called_where_a_name_is_asked_for() -> None:
    talker = Talker()
    talker.taps("name")

    assert talker.says("оператор") == "Who guides?"
    assert len(talker.town.opened) == 1


@pytest.mark.parametrize("said", ["назад", "отмена", "меню", "00", "/menu"])
def test_a_command_breaks_out_of_free_words(said: str) -> None:
    talker = Talker()
    talker.taps("tour")

    assert talker.says(said) == "Home"


@pytest.mark.parametrize("said", ["menu of the day", "не надо назад", "стоп машина", "Отменашвили"])
def test_a_command_among_other_words_is_none(said: str) -> None:
    talker = Talker()
    talker.taps("tour")

    assert talker.says(said) == "Which day?"


def test_repeat_asks_the_same_again() -> None:
    talker = at_place()

    assert talker.says("повтори") == "Where?"
    assert talker.notes == []


# Language.


def test_a_language_is_changed_by_its_name_on_the_same_question() -> None:
    talker = at_place()
    trail = talker.trail

    assert talker.says("қазақша") == "Where?"
    assert (talker.talk.language, talker.town.language) == ("kk", "kk")
    assert (talker.notes, talker.trail) == (["msg.language_switch.done"], trail)


@pytest.mark.parametrize("said", ["язык", "тіл", "/lang"])
def test_a_language_is_changed_by_command_on_the_same_question(said: str) -> None:
    talker = at_place()
    trail = talker.trail

    assert talker.says(said) == "msg.start.language"
    assert talker.says("english") == "Where?"
    assert (talker.talk.language, talker.notes, talker.trail) == ("en", ["msg.language_switch.done"], trail)


def test_asking_for_the_language_twice_asks_once() -> None:
    talker = at_place()
    talker.says("/lang")
    talker.says("/lang")

    assert talker.taps("kk") == "Where?"


def test_questions_about_the_dialog_never_pile_up() -> None:
    talker = at_place()

    for _ in range(10):
        for word in ("/lang", "стоп", "отмена"):
            talker.says(word)

    assert len(talker.talk.calls) <= 3


def test_the_language_may_be_changed_while_another_question_about_the_dialog_stands() -> None:
    talker = at_place()
    talker.says("отмена")
    talker.says("/lang")

    assert talker.taps("kk") == "msg.common.cancel_with_answers"
    assert talker.taps("go_on") == "Where?"


def test_a_legal_question_is_shown_in_another_language_and_not_signed() -> None:
    talker = at_sign()

    assert talker.says("english") == "Sign for good?"
    assert (talker.talk.language, talker.town.effects) == ("en", [])


# Stop and start.


@pytest.mark.parametrize("said", ["стоп", "тоқта", "STOP", "/stop"])
def test_stop_at_home_turns_reminders_off(said: str) -> None:
    talker = Talker()

    assert talker.says(said) == "Home"
    assert (talker.notes, talker.town.opted) == (["msg.optout.short"], ["out"])


@pytest.mark.parametrize(
    ("choice", "asked", "opted"), [("silence", "Where?", ["out"]), ("leave", "Home", []), ("stay", "Where?", [])]
)
def test_stop_inside_a_dialog_asks_what_is_meant(choice: str, asked: str, opted: list[str]) -> None:
    talker = at_place()

    assert talker.says("стоп") == "msg.common.stop_inside"
    assert talker.town.opted == []
    assert talker.taps(choice) == asked
    assert talker.town.opted == opted


def test_leaving_by_stop_keeps_the_answers() -> None:
    talker = at_place()
    talker.says("стоп")
    talker.taps("leave")

    assert talker.drafts == ["test_tour"]


def test_stop_at_the_offer_to_go_on_turns_reminders_off() -> None:
    """Nobody is inside a dialog there; the nudge that brought them is what they want to stop."""
    talker = at_place()
    talker.waits(days=1)
    talker.says("hello")

    assert talker.says("стоп") == "msg.resume"
    assert talker.town.opted == ["out"]


def test_start_turns_reminders_on() -> None:
    talker = at_place()

    assert talker.says("старт") == "Where?"
    assert (talker.notes, talker.town.opted) == (["msg.optin.again"], ["in"])


# Dialogs called on the way, steps that only act, and proofs.


def test_a_called_dialog_returns_to_what_it_was_called_for() -> None:
    talker = at_place()

    assert talker.taps("p0") == "Mind the rules?"
    assert talker.taps("yes") == "Aida, mon, p0?"
    assert talker.talk.calls == ()


def test_a_called_dialog_may_end_everything() -> None:
    talker = at_place()
    talker.taps("p0")

    assert talker.taps("no") == "Home"
    assert (talker.notes, talker.trail, talker.drafts) == (["No rules, no tour"], ["test_home.home"], [])


def test_a_step_that_only_acts_and_refuses_leaves_the_person_where_they_stood() -> None:
    """Once it left them at a step without a question, and every turn failed."""
    talker = at_sign()
    talker.town.is_full = True

    assert talker.taps("sign") == "Sign for good?"
    assert talker.notes == [FULL]
    talker.town.is_full = False
    assert talker.taps("sign") == "Booked. Tell others?"


def test_the_end_of_a_dialog_leaves_nothing_of_it() -> None:
    talker = at_place()
    talker.says("меню")
    talker.taps("tour")
    assert talker.asked == "msg.resume"
    talker.taps("go_on")
    talker.taps("p0")
    for choice in ("yes", "sign", "sign", "no"):
        talker.taps(choice)

    assert talker.notes == ["Enjoy"]
    assert (talker.trail, talker.drafts, talker.talk.calls) == (["test_home.home"], [], ())


def test_what_needs_a_proof_is_shown_after_it() -> None:
    talker = Talker(trust=Trust.GUEST)

    assert talker.taps("list") == "Prove it"
    assert talker.says("1") == "Your tours"
    assert talker.notes == ["Proved"]


def test_a_session_that_ended_in_the_middle_goes_on_at_the_same_step() -> None:
    talker = Talker()
    talker.taps("list")
    talker.taps("card")
    talker.town.trust = Trust.GUEST

    assert talker.taps("list") == "Prove it"
    assert talker.town.effects == []
    assert talker.says("1") == "A card"


@pytest.mark.parametrize("said", ["hello", "помощь", "повтори", "қазақша"])
def test_what_needs_a_proof_is_not_drawn_again_without_it(said: str) -> None:
    talker = Talker()
    talker.taps("list")
    talker.taps("card")
    talker.town.trust = Trust.GUEST

    assert talker.says(said) == "Prove it"


def test_an_old_button_shows_nothing_that_needs_a_proof() -> None:
    talker = Talker()
    talker.taps("list")
    talker.town.trust = Trust.GUEST

    assert talker.taps("tour", revision=1) == "Prove it"


def test_a_sticker_shows_nothing_that_needs_a_proof() -> None:
    talker = Talker()
    talker.taps("list")
    talker.town.trust = Trust.GUEST

    assert talker.sends(Heard.STICKER) == "Prove it"


def test_the_ways_out_are_drawn_under_every_question_of_a_dialog() -> None:
    talker = Talker()
    home = talker.ways
    talker.taps("tour")
    first = talker.ways
    talker.says("/lang")

    assert (home, first, talker.ways) == ([], ["~back", "~cancel"], [])


def test_who_waits_for_news_is_offered_a_human() -> None:
    talker = Talker()
    talker.taps("news")

    assert "~operator" in talker.ways
