"""The tabel: a picture, two taps, and a way to disagree; on both phones, in three languages."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from services import demo_city, tabel_pictures
from services.persons_file import PersonRow
from tests import tabels as put
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import applications as way
from tests.tabels import DECEMBER, MARKS, NOVEMBER, OCTOBER, almaty

FIRST = almaty("2026-12-01T10:00:00")
TEN = almaty("2026-12-10T23:59:59")


def family(
    city: City,
    channel: str = TELEGRAM,
    language: str = "ru",
    parent: PersonRow = demo_city.AIGERIM,
    children: tuple[PersonRow, ...] = (demo_city.ALIKHAN,),
) -> Parent:
    """A parent in December; children are put in by `november`."""
    city.clock.at = FIRST
    return way.family(city, channel, language, children, parent)


def november(city: City, child: PersonRow = demo_city.ALIKHAN) -> int:
    """November's tabel of a child with a place."""
    city.clock.at = FIRST
    return put.month(city, put.voucher(city, child), NOVEMBER)


def picks(parent: Parent, key: str) -> str:
    """Tap a button, or where the phone shows numbers (WhatsApp under a picture), type its number."""
    payload = parent.bot_messages[-1]["payload"]
    if payload.get("type") in ("media", "text"):
        line = next(line for line in parent.sees.splitlines() if line.endswith(f" {parent.say(key)}"))
        return parent.says(line.split()[0])
    return parent.taps(key)


def shown(parent: Parent) -> tabel_pictures.MonthPicture:
    """What the last picture shows."""
    payload = next(
        item["payload"] for item in reversed(parent.bot_messages) if {"photo", "media"} & set(item["payload"])
    )
    return tabel_pictures.unpacked(payload.get("photo") or payload.get("media"))


def at_grid(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    november(city)
    parent = family(city, channel, language)
    parent.says("/tabel")
    assert parent.state == "tabel_month.grid"
    return parent


def at_modal(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    parent = at_grid(city, channel, language)
    picks(parent, "btn.all_right")
    return parent


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_month_is_confirmed_in_two_taps(city: City, channel: str, language: str) -> None:
    parent = at_grid(city, channel, language)
    assert shown(parent).marks == MARKS
    assert shown(parent).child == "Алихан С."
    assert shown(parent).language == language
    assert "20" in parent.sees
    picks(parent, "btn.all_right")
    assert parent.state == "tabel_confirm.modal"

    parent.taps("btn.confirm")

    assert parent.state == "tabel_confirm.done"
    assert city.rows("SELECT answer, answered FROM tabel") == [("confirmed", 1)]
    assert city.rows("SELECT act, version, channel FROM tabel_act") == [("confirmed", 1, channel)]


@pytest.mark.parametrize("said", ["да", "1", "ок", "подтверждаю всё"])
def test_words_confirm_nothing(city: City, said: str) -> None:
    parent = at_modal(city)

    parent.says(said)

    assert parent.say("err.need_button") in parent.sees
    assert city.rows("SELECT answer FROM tabel") == [("",)]


def test_two_taps_on_confirm_are_one_confirmation(city: City) -> None:
    parent = at_modal(city)
    message, data = parent.button("btn.confirm")
    parent.taps_data(message, data)

    parent.taps_data(message, data)

    assert city.rows("SELECT count(*) FROM tabel_act") == [(1,)]


def test_a_day_that_changes_between_look_and_tap_is_not_confirmed(city: City) -> None:
    tabel = november(city)
    parent = family(city)
    parent.says("/tabel")
    put.correct(city, tabel, MARKS.replace("б", "x"))

    parent.taps("btn.all_right")

    assert parent.say("err.tabel.changed") in parent.sees
    assert shown(parent).marks == MARKS.replace("б", "x")
    assert city.rows("SELECT answer FROM tabel") == [("",)]
    parent.taps("btn.all_right")
    parent.taps("btn.confirm")
    assert city.rows("SELECT answer, answered FROM tabel") == [("confirmed", 2)]


def test_a_day_that_changes_before_the_second_tap_is_not_confirmed_either(city: City) -> None:
    tabel = november(city)
    parent = family(city)
    parent.says("/tabel")
    parent.taps("btn.all_right")
    put.correct(city, tabel, MARKS.replace("б", "x"))

    parent.taps("btn.confirm")

    assert parent.say("err.tabel.changed") in parent.sees
    assert parent.state == "tabel_month.grid"


def test_the_second_parent_reads_who_confirmed(city: City) -> None:
    november(city)
    mother, father = family(city), family(city, WHATSAPP, "kk", demo_city.BAUYRZHAN)
    father.says("/tabel")
    picks(father, "btn.all_right")
    mother.says("/tabel")
    mother.taps("btn.all_right")
    mother.taps("btn.confirm")

    father.taps("btn.confirm")

    said = "\n".join(item["payload"].get("body", "") for item in father.bot_messages[-2:])
    confirmed_at = city.looks(father, lambda do: do.now)
    assert father.say("err.tabel.already", who="А••••• С.", confirmed_at=confirmed_at) in said
    assert city.rows("SELECT count(*) FROM tabel_act") == [(1,)]
    assert father.say("err.already_done") not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_month_is_read_as_words(city: City, language: str) -> None:
    parent = at_grid(city, language=language)
    parent.taps("btn.more")

    parent.taps("btn.as_text")

    assert "2–6, 9–13, 16–20, 23, 24, 26, 27, 30" in parent.sees
    assert ": 25\n" in parent.sees


def test_a_confirmed_month_says_who_when_and_the_receipt(city: City) -> None:
    parent = at_modal(city)
    parent.taps("btn.confirm")
    code = city.rows("SELECT mac FROM tabel_act")[0][0][:8]

    parent.says("/tabel")
    parent.taps(parent.labels[0])

    status = parent.say(
        "msg.tabel_month.confirmed_status", who="А••••• С.", iin="••••••••0001", confirmed_at=FIRST, code=code
    )
    assert status in parent.sees
    assert parent.say("btn.all_right") not in parent.labels


# Late, and too late.


def test_the_eleventh_is_late_and_clears_a_first_miss(city: City) -> None:
    november(city)
    city.clock.at = almaty("2026-12-11T17:59:44")
    parent = way.family(city, children=(demo_city.ALIKHAN,))
    parent.says("/tabel")
    parent.taps(parent.labels[0])
    assert parent.say("msg.tabel.at_risk") in parent.sees
    parent.taps("btn.all_right")
    assert parent.say("msg.tabel.late", month=NOVEMBER, deadline=TEN) in parent.sees

    parent.taps("btn.confirm")

    assert city.rows("SELECT answer FROM tabel") == [("confirmed_late",)]


def test_after_the_second_month_the_refusal_names_the_way_to_appeal(city: City) -> None:
    voucher = put.voucher(city)
    city.clock.at = FIRST
    put.month(city, voucher, OCTOBER)
    put.month(city, voucher, NOVEMBER)
    parent = way.family(city, children=(demo_city.ALIKHAN,))
    parent.says("/tabel")
    while parent.state != "tabel_month.grid":
        parent.taps(parent.labels[0])
    parent.taps("btn.all_right")
    city.clock.at = TEN + timedelta(seconds=1)

    parent.says("/tabel")
    parent.taps(parent.labels[0])

    assert parent.say("err.voucher.annulled", annulled_at=TEN + timedelta(seconds=1)) in parent.sees
    assert parent.say("btn.all_right") not in parent.labels


def test_where_the_regime_closes_the_window_an_operator_is_told(city: City) -> None:
    from dataclasses import replace

    from services.regimes import Regimes, installed

    voucher = installed().get(put.REGIME)
    assert voucher.tabel is not None
    strict = replace(voucher, tabel=replace(voucher.tabel, late="block"))
    object.__setattr__(city.world, "regimes", Regimes({**installed().all, put.REGIME: strict}))
    november(city)
    city.clock.at = almaty("2026-12-11T09:00:00")
    parent = way.family(city, children=(demo_city.ALIKHAN,))
    parent.says("/tabel")
    parent.taps(parent.labels[0])

    parent.taps("btn.all_right")

    assert parent.say("err.tabel.window_closed", month=NOVEMBER) in parent.sees
    assert city.rows('SELECT count(*) FROM "case"') == [(1,)]


# Who, and when there is nothing.


def test_a_parent_without_a_voucher_is_told_so_and_has_no_row(city: City) -> None:
    parent = family(city)
    assert parent.say("r_tabel") not in parent.labels

    parent.says("/tabel")

    assert parent.say("err.tabel.no_voucher") in parent.sees


def test_a_month_that_is_not_published_is_not_there_yet(city: City) -> None:
    city.clock.at = FIRST
    put.month(city, put.voucher(city), NOVEMBER, published=False)
    parent = family(city)
    parent.says("/tabel")

    parent.taps(parent.labels[0])

    assert parent.say("err.tabel.not_ready", month=NOVEMBER) in parent.sees


def test_nobody_answers_who_is_not_confirmed(city: City) -> None:
    november(city)
    parent = family(city)
    city.rows("UPDATE account SET confirmed=false")
    parent.says("/tabel")
    assert "Алихан" not in shown(parent).child

    parent.taps("btn.all_right")

    assert parent.say("err.tabel.unconfirmed") in parent.sees


def test_the_row_stands_first_and_the_menu_says_what_is_urgent(city: City) -> None:
    november(city)
    parent = family(city)
    assert parent.labels[0] == parent.say("r_tabel")
    assert parent.say("msg.menu.nothing_urgent") in parent.sees
    city.clock.at = almaty("2026-12-08T09:00:00")

    parent.says("/menu")

    assert parent.say("msg.tabel_list.urgent", month=NOVEMBER, deadline=TEN) in parent.sees


def test_of_two_children_the_next_is_offered(city: City) -> None:
    november(city)
    november(city, demo_city.DANA)
    parent = family(city, children=(demo_city.ALIKHAN, demo_city.DANA))
    parent.says("/tabel")
    assert parent.state == "tabel_list.home"
    parent.taps(parent.labels[0])
    parent.taps("btn.all_right")

    parent.taps("btn.confirm")

    assert parent.say("msg.tabel_confirm.next_child", child="Дана С.") in parent.sees
    parent.taps("btn.tabel")
    assert shown(parent).child == "Дана С."


def test_a_year_of_months_has_its_marks(city: City) -> None:
    voucher = put.voucher(city)
    city.clock.at = almaty("2027-01-12T10:00:00")
    for month in (NOVEMBER, DECEMBER):
        put.month(city, voucher, month)
    parent = way.family(city, children=(demo_city.ALIKHAN,))
    city.rows("UPDATE tabel SET answer='confirmed', answered=1, answered_at=1 WHERE month=?", NOVEMBER.number)

    parent.says("/tabel")

    assert parent.labels[:3] == ["❗ декабрь 2026", "✅ ноябрь 2026", "— октябрь 2026"]


# Disagreement.


def at_reason(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    parent = at_grid(city, channel, language)
    picks(parent, "btn.has_error")
    return parent


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_month_is_refused_with_days_words_and_a_file(city: City, channel: str, language: str) -> None:
    parent = at_reason(city, channel, language)
    picks(parent, "r_ill")
    parent.says(
        {"ru": "17, 18 и с 24 по 26", "kk": "17, 18, 24-тен 26-ға дейін", "en": "17, 18 and 24 to 26"}[language]
    )
    assert "17, 18, 24–26" in parent.sees
    picks(parent, "btn.right")
    parent.says("Алихан болел, есть справка")
    way.sends_file(parent)
    picks(parent, "btn.done")
    assert parent.state == "tabel_refuse.check"

    parent.taps("btn.send_refusal")

    assert parent.state == "tabel_refuse.done"
    assert city.rows("SELECT answer FROM tabel") == [("refused",)]
    assert city.rows("SELECT paper FROM stored_file") == [("tabel",)]


def test_days_are_touched_in_a_calendar_of_seven_columns(city: City) -> None:
    parent = at_reason(city)
    parent.taps("r_extra")
    rows = parent.bot_messages[-1]["payload"]["reply_markup"]["inline_keyboard"]
    assert [len(row) for row in rows[:5]] == [7, 7, 7, 7, 2]
    parent.taps("16")
    parent.taps("17")
    parent.taps("✓16")

    parent.taps("btn.done")

    step = json.dumps(parent.talk.current.form.days)  # type: ignore[union-attr]
    assert step == "[17]"


def test_on_whatsapp_days_are_typed_or_found_on_pages(city: City) -> None:
    parent = at_reason(city, WHATSAPP)
    picks(parent, "r_extra")

    parent.says("17")

    assert parent.talk.current.form.days == (17,)  # type: ignore[union-attr]


def test_words_with_days_are_read_at_once(city: City) -> None:
    parent = at_reason(city)

    parent.says("17 и 18 болел")

    assert parent.say("msg.tabel_refuse.days_echo", days="17, 18") in parent.sees
    assert parent.talk.current.form.reason == "ill"  # type: ignore[union-attr]


def test_a_day_off_is_asked_about(city: City) -> None:
    parent = at_reason(city)
    parent.taps("r_extra")
    parent.says("14, 17")
    parent.taps("btn.right")
    assert parent.say("msg.tabel_refuse.day_off", date=NOVEMBER.day(14)) in parent.sees

    parent.taps("btn.remove")

    assert parent.talk.current.form.days == (17,)  # type: ignore[union-attr]
    assert parent.state == "tabel_refuse.comment"


def test_a_day_the_month_does_not_have_is_refused(city: City) -> None:
    parent = at_reason(city)
    parent.taps("r_extra")

    parent.says("30, 31")

    assert parent.say("msg.tabel_refuse.no_such_day", month=NOVEMBER, days=30) in parent.sees


def test_another_reason_needs_a_sentence(city: City) -> None:
    parent = at_reason(city)
    parent.taps("r_other")
    parent.taps("btn.skip")
    assert parent.say("btn.skip") not in parent.labels

    parent.says("ошибка")

    assert parent.say("msg.tabel_refuse.comment_short") in parent.sees


def test_only_the_button_sends_a_refusal(city: City) -> None:
    parent = at_check(city)

    parent.says("да")

    assert parent.say("err.need_button") in parent.sees
    assert city.rows("SELECT answer FROM tabel") == [("",)]


def at_check(city: City) -> Parent:
    parent = at_reason(city)
    parent.taps("r_ill")
    parent.taps("btn.skip")
    parent.taps("btn.skip")
    parent.taps("btn.no")
    return parent


def test_a_refused_month_that_is_corrected_is_confirmed_the_second_time(city: City) -> None:
    parent = at_check(city)
    parent.taps("btn.send_refusal")
    parent.taps("btn.tabel")
    assert "отправлен отказ" in parent.sees
    put.correct(city, 1, MARKS.replace("б", "x"))
    parent.says("/tabel")
    assert "отправлен отказ" not in parent.sees
    parent.taps("btn.all_right")

    parent.taps("btn.confirm")

    assert city.rows("SELECT answer, answered FROM tabel") == [("confirmed", 2)]


def test_who_confirms_what_the_other_refused_is_asked(city: City) -> None:
    mother = at_check(city)
    mother.taps("btn.send_refusal")
    father = family(city, WHATSAPP, "kk", demo_city.BAUYRZHAN)
    father.says("/tabel")
    while father.state != "tabel_month.grid":
        father.taps(father.labels[0])

    picks(father, "btn.all_right")

    assert father.say("msg.tabel_confirm.other_refused", who="А••••• С.") in father.sees
    father.taps("btn.confirm")
    assert city.rows("SELECT answer FROM tabel") == [("confirmed",)]


def test_words_lead_to_the_tabel(city: City) -> None:
    november(city)
    parent = family(city)

    parent.says("подтвердить табель")

    assert parent.state == "tabel_month.grid"


def test_who_logs_out_with_a_month_open_is_told_of_it(city: City) -> None:
    november(city)
    parent = family(city)

    parent.says("/logout")

    assert parent.say("msg.logout.confirm_deadline", what=parent.say("object.tabel"), deadline=TEN) in parent.sees
