"""Every error these dialogs can say is raised by a test, named here (journeys §0.8)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dialogs.engine import catalogue

TESTS = Path(__file__).parents[1]

#: The key, the file, and the test in it that makes a person see the sentence, or sees the rule refuse with it.
RAISED = {
    "err.already_done": ("dialogs/test_registration.py", "test_two_taps_on_a_button_are_one"),
    "err.app.benefit_gone": (
        "dialogs/test_application_papers.py",
        "test_nothing_is_filed_with_a_benefit_that_is_not_proved_or_not_known_there",
    ),
    "err.app.delete_enrolled": (
        "dialogs/test_application_life.py",
        "test_what_is_signed_or_under_way_cannot_be_deleted",
    ),
    "err.app.duplicate": (
        "dialogs/test_application_add.py",
        "test_a_child_with_an_application_is_shown_it_and_may_stand_elsewhere",
    ),
    "err.app.incomplete_profile": ("dialogs/test_application_add.py", "test_nobody_files_who_is_not_confirmed"),
    "err.app.locality_closed": (
        "dialogs/test_application_add.py",
        "test_a_place_that_closes_before_the_button_is_refused",
    ),
    "err.app.paper_missing": (
        "dialogs/test_application_papers.py",
        "test_nothing_is_filed_with_a_benefit_that_is_not_proved_or_not_known_there",
    ),
    "err.app.paper_old": ("dialogs/test_application_papers.py", "test_a_certificate_older_than_a_month_is_refused"),
    "err.child.age_max": (
        "dialogs/test_application_add.py",
        "test_a_child_who_turns_seven_this_year_cannot_stand_in_a_queue",
    ),
    "err.child.already": ("dialogs/test_child_add.py", "test_a_child_that_is_listed_already_is_said_to_be"),
    "err.child.look_ups": ("dialogs/test_child_add.py", "test_a_parent_is_no_way_to_try_out_iins"),
    "err.child.has_active": ("dialogs/test_application_life.py", "test_a_child_with_an_application_stays_on_the_list"),
    "err.child.not_child": ("dialogs/test_child_add.py", "test_what_is_wrong_with_the_iin_is_said"),
    "err.child.not_yours": ("dialogs/test_child_add.py", "test_a_child_of_nobody_or_of_another_is_not_yours"),
    "err.choice.unknown": (
        "dialogs/test_child_nationality.py",
        "test_of_an_unknown_word_the_three_nearest_are_offered",
    ),
    "err.code.dead": ("dialogs/test_codes.py", "test_the_fifth_wrong_code_is_the_last"),
    "err.code.expired": ("dialogs/test_codes.py", "test_a_code_is_over_after_five_minutes"),
    "err.code.format": ("dialogs/test_codes.py", "test_what_is_no_code_costs_no_try"),
    "err.code.sms_failed": ("dialogs/test_codes.py", "test_an_sms_that_did_not_go_out_says_so"),
    "err.code.too_many": ("dialogs/test_codes.py", "test_a_number_gets_four_codes_an_hour"),
    "err.code.too_many_hours": ("dialogs/test_codes.py", "test_a_fourth_number_in_a_day_is_refused_in_hours"),
    "err.code.wrong": ("dialogs/test_codes.py", "test_a_wrong_code_says_how_many_tries_are_left"),
    "err.consent.required": ("dialogs/test_policy_consent.py", "test_a_refusal_ends_where_no_consent_is_needed"),
    "err.date.bad": ("dialogs/test_application_papers.py", "test_a_day_that_is_none_or_to_come_is_refused"),
    "err.dead": ("storage/test_inbox.py", ""),
    "err.desk.blanks": ("web/test_desk.py", "test_what_was_sent_or_has_blanks_or_no_chat_is_refused"),
    "err.desk.closed": ("web/test_desk.py", "test_a_refusal_is_a_sentence"),
    "err.desk.empty": ("web/test_desk.py", "test_a_refusal_is_a_sentence"),
    "err.desk.forbidden": ("web/test_desk.py", "test_what_was_sent_or_has_blanks_or_no_chat_is_refused"),
    "err.desk.hours": ("web/test_desk.py", "test_hours_holidays_and_accounts_are_data"),
    "err.desk.login": ("web/test_desk.py", "test_hours_holidays_and_accounts_are_data"),
    "err.desk.login_taken": ("web/test_desk.py", "test_hours_holidays_and_accounts_are_data"),
    "err.desk.no_case": ("web/test_desk.py", "test_a_refusal_is_a_sentence"),
    "err.desk.no_chat": ("web/test_desk.py", "test_what_was_sent_or_has_blanks_or_no_chat_is_refused"),
    "err.desk.nobody": ("web/test_desk.py", "test_a_refusal_is_a_sentence"),
    "err.desk.not_yours": ("web/test_desk.py", "test_a_refusal_is_a_sentence"),
    "err.desk.open": ("web/test_desk.py", "test_a_refusal_is_a_sentence"),
    "err.desk.reason": ("web/test_desk.py", "test_a_refusal_is_a_sentence"),
    "err.desk.self": ("web/test_desk.py", "test_a_case_goes_to_a_colleague_and_never_to_oneself"),
    "err.desk.sent": ("web/test_desk.py", "test_what_was_sent_or_has_blanks_or_no_chat_is_refused"),
    "err.desk.sign_in": ("web/test_desk.py", "test_all_three_must_be_right"),
    "err.desk.taken": ("web/test_desk.py", "test_two_agents_one_case"),
    "err.desk.too_long": ("web/test_desk.py", "test_a_refusal_is_a_sentence"),
    "err.desk.unknown": ("web/test_desk.py", "test_a_field_nobody_has_is_not_shown"),
    "err.doc.deceased_or_blocked": (
        "dialogs/test_registration_registry.py",
        "test_a_document_that_is_not_active_is_for_an_operator",
    ),
    "err.doc.format": ("dialogs/test_registration.py", "test_a_document_number_with_a_typo_is_explained"),
    "err.doc.not_found": (
        "dialogs/test_registration_registry.py",
        "test_a_document_that_nobody_has_is_called_a_document",
    ),
    "err.email.format": ("dialogs/test_application_add.py", "test_an_e_mail_that_is_none_is_refused"),
    "err.file.bad": ("dialogs/test_application_papers.py", "test_a_bad_file_is_named_and_the_others_are_kept"),
    "err.family.not_parent": ("dialogs/test_family.py", "test_a_second_parent_must_have_the_child"),
    "err.family.only_owner": ("dialogs/test_family.py", "test_what_only_who_filed_may_do"),
    "err.iin.century": ("dialogs/test_registration_iin.py", "test_what_is_wrong_with_an_iin_is_said"),
    "err.iin.chars": ("dialogs/test_registration_iin.py", "test_what_is_wrong_with_an_iin_is_said"),
    "err.iin.checksum": ("dialogs/test_registration_iin.py", "test_what_is_wrong_with_an_iin_is_said"),
    "err.iin.child_here": ("dialogs/test_registration_iin.py", "test_what_is_wrong_with_an_iin_is_said"),
    "err.iin.date": ("dialogs/test_registration_iin.py", "test_what_is_wrong_with_an_iin_is_said"),
    "err.iin.date_page": ("web/test_secure_pages.py", "test_no_digit_of_a_wrong_iin_is_repeated_on_the_page"),
    "err.iin.deceased_or_blocked": (
        "dialogs/test_registration_registry.py",
        "test_an_iin_that_is_not_active_is_for_an_operator",
    ),
    "err.iin.foreign": ("dialogs/test_registration_iin.py", "test_what_is_wrong_with_an_iin_is_said"),
    "err.iin.length": ("dialogs/test_registration_iin.py", "test_what_is_wrong_with_an_iin_is_said"),
    "err.iin.not_found": (
        "dialogs/test_registration_registry.py",
        "test_an_iin_that_nobody_has_is_told_after_the_code",
    ),
    "err.iin.parent_here": ("dialogs/test_child_add.py", "test_what_is_wrong_with_the_iin_is_said"),
    "err.iin.taken": ("dialogs/test_registration_registry.py", "test_a_taken_iin_is_told_after_the_right_code"),
    "err.lost_step": ("dialogs/test_lost_step.py", "test_a_step_of_a_newer_release_leads_home_with_a_sentence"),
    "err.multi.empty": ("dialogs/test_application_add.py", "test_at_least_one_language_is_ticked"),
    "err.email.code": ("dialogs/test_profile.py", "test_a_wrong_code_of_a_mail_is_called_so"),
    "err.email.taken": ("dialogs/test_profile.py", "test_the_email_of_another_account_is_told_after_the_code"),
    "err.login.taken": ("dialogs/test_profile.py", "test_a_login_name_that_cannot_be_is_refused"),
    "err.phone.same": ("dialogs/test_profile.py", "test_the_same_number_is_no_new_one"),
    "err.trust.cooling": ("dialogs/test_profile.py", "test_a_chat_that_came_today_may_not_take_the_number_away"),
    "err.login.failed": ("dialogs/test_login_password.py", "test_unknown_and_wrong_get_the_same_words_on_the_page"),
    "err.login.format": ("dialogs/test_login_password.py", "test_a_name_that_cannot_be_one_is_explained"),
    "err.login.locked": ("dialogs/test_login_password.py", "test_the_fifth_failure_locks_the_door"),
    "err.session_ended": ("dialogs/test_logout.py", "test_old_buttons_show_no_names_after_it"),
    "err.need_button": ("dialogs/test_policy_consent.py", "test_what_has_no_words_is_no_consent"),
    "err.need_page": ("engine/test_answers.py", "test_the_wrong_kind_is_told_what_is_needed"),
    "err.need_text": ("dialogs/test_texts.py", "test_the_example_is_in_the_language_of_the_chat"),
    "err.password.chars": ("services/test_passwords.py", ""),
    "err.password.length": ("acceptance/test_t01_registration.py", ""),
    "err.password.mismatch": ("acceptance/test_t01_registration.py", ""),
    "err.password.same_as_iin_phone": ("dialogs/test_password.py", "test_an_own_iin_or_phone_is_no_password"),
    "err.phone.contact_not_yours": ("dialogs/test_registration.py", "test_the_contact_of_somebody_else_is_not_taken"),
    "err.phone.foreign": ("dialogs/test_registration.py", "test_a_number_that_cannot_get_a_code_is_explained"),
    "err.phone.format": ("dialogs/test_registration.py", "test_a_number_that_cannot_get_a_code_is_explained"),
    "err.phone.landline": ("dialogs/test_registration.py", "test_a_number_that_cannot_get_a_code_is_explained"),
    "err.phone.taken": ("dialogs/test_registration_registry.py", "test_a_taken_phone_is_told_after_the_right_code"),
    "err.rate_limited": ("dialogs/test_registration.py", "test_a_flood_is_slowed_down_and_nothing_is_lost"),
    "err.registry_slow": ("dialogs/test_registry_outside.py", "test_every_answer_has_its_sentence"),
    "err.sign.keyfile": ("dialogs/test_leaving.py", "test_a_key_file_is_refused_and_deleted"),
    "err.sorry": ("web/test_secure_pages.py", "test_when_the_bot_stumbles_the_page_says_so_and_nothing_is_lost"),
    "err.stale_button": ("dialogs/test_registration.py", "test_a_button_of_an_answered_question_changes_nothing"),
    "err.tabel.already": ("dialogs/test_tabel.py", "test_the_second_parent_reads_who_confirmed"),
    "err.tabel.changed": ("dialogs/test_tabel.py", "test_a_day_that_changes_between_look_and_tap_is_not_confirmed"),
    "err.tabel.no_voucher": ("dialogs/test_tabel.py", "test_a_parent_without_a_voucher_is_told_so_and_has_no_row"),
    "err.tabel.not_ready": ("dialogs/test_tabel.py", "test_a_month_that_is_not_published_is_not_there_yet"),
    "err.tabel.unconfirmed": ("dialogs/test_tabel.py", "test_nobody_answers_who_is_not_confirmed"),
    "err.tabel.window_closed": (
        "dialogs/test_tabel.py",
        "test_where_the_regime_closes_the_window_an_operator_is_told",
    ),
    "err.voucher.annulled": (
        "dialogs/test_tabel.py",
        "test_after_the_second_month_the_refusal_names_the_way_to_appeal",
    ),
    "err.voice": ("dialogs/test_registration.py", "test_a_voice_is_asked_to_be_typed"),
}


def test_every_error_has_its_test() -> None:
    keys = {key for key in catalogue.book("ru").entries if key.startswith("err.")}

    assert keys == set(RAISED)


@pytest.mark.parametrize("key", RAISED)
def test_the_test_of_an_error_is_there_and_names_it(key: str) -> None:
    place, name = RAISED[key]
    files = [TESTS / place] if place.endswith(".py") else (TESTS / place).glob("test_*.py")

    sources = "\n".join(file.read_text(encoding="utf-8") for file in files)

    assert re.search(rf"[\"']{re.escape(key)}[\"']", sources)
    assert f"def {name}" in sources
