"""The demo's phones: what providers refuse, in their words, and what is seen and kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.web.simulator.phones import Channel, Phones, ProviderRefused

START = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
TELEGRAM: Channel = "sim-telegram"
WHATSAPP: Channel = "sim-whatsapp"
AIGERIM = "700000001"
PHONE = "+77475550001"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def changes() -> list[str]:
    return []


@pytest.fixture
def phones(tmp_path: Path, clock: Clock, changes: list[str]) -> Iterator[Phones]:
    """Phones of one person who has written on both channels."""
    (tmp_path / "id_card.png").write_bytes(b"a picture")
    phones = Phones(tmp_path / "phones.db", clock, lambda: changes.append("changed"), pictures=tmp_path)
    phones.add_person("Айгерим", person_id="aigerim", telegram=AIGERIM, whatsapp=PHONE)
    phones.me_said(TELEGRAM, AIGERIM, "text", text="/start")
    phones.me_said(WHATSAPP, PHONE, "text", text="Сәлем")
    changes.clear()
    yield phones
    phones.close()


def html(text: str, **more: Any) -> dict[str, Any]:
    return {"method": "sendMessage", "text": text, "parse_mode": "HTML", **more}


def buttons(*labels: str, data: str = "1.yes") -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": label, "callback_data": data}] for label in labels]}


def replies(*titles: str, body: str = "Всё верно?") -> dict[str, Any]:
    return {"type": "quick-reply", "body": body, "actions": [{"title": t, "id": f"1.{t}"} for t in titles]}


def rows(count: int, **more: Any) -> dict[str, Any]:
    items = [{"item": f"Садик {number}", "id": f"1.{number}"} for number in range(count)]
    return {"type": "list-picker", "body": "Какой?", "button": "Выбрать", "items": items, **more}


def refused(phones: Phones, channel: Channel, payload: dict[str, Any]) -> ProviderRefused:
    external = AIGERIM if channel == TELEGRAM else PHONE
    with pytest.raises(ProviderRefused) as refusal:
        phones.deliver(channel, external, payload)
    return refusal.value


def texts(phones: Phones, channel: Channel = TELEGRAM) -> list[str]:
    external = AIGERIM if channel == TELEGRAM else PHONE
    seen = phones.transcript(channel, external)["messages"]
    return [bubble["payload"].get("text") or bubble["payload"].get("body") or "" for bubble in seen]


# What Telegram refuses


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (html(""), "message text is empty"),
        (html(" <b> </b> "), "message text is empty"),
        (html("я" * 4097), "message is too long"),
        (html("<b>жирный"), "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        (html("<div>нет</div>"), 'can\'t parse entities: Unsupported start tag "div" at byte offset 0'),
        (html("я <3 вас"), "can't parse entities: Unclosed start tag at byte offset 3"),
        (html("нет</i>"), "can't parse entities: Unexpected end tag at byte offset 6"),
        (
            html("<b><i>нет</b></i>"),
            'can\'t parse entities: Unmatched end tag at byte offset 12, expected "</i>", found "</b>"',
        ),
        (html("да", reply_markup=buttons("Да", data="я" * 33)), "BUTTON_DATA_INVALID"),
        (html("да", reply_markup=buttons("Да", data="")), "BUTTON_DATA_INVALID"),
        (html("да", reply_markup=buttons("")), "inline keyboard button text must be non-empty"),
        (
            html("да", reply_markup={"inline_keyboard": [[{"text": "Да"}]]}),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            html("да", reply_markup={"inline_keyboard": [[{"text": "Да", "url": "javascript:alert(1)"}]]}),
            "inline keyboard button URL 'javascript:alert(1)' is invalid: Wrong HTTP URL",
        ),
        (html("да", reply_markup={"keyboard": [[{"text": ""}]]}), "keyboard button text must be non-empty"),
        (
            {"method": "sendPhoto", "photo": "id_card", "caption": "я" * 1025},
            "message caption is too long",
        ),
        ({"method": "sendPhoto", "photo": "no_such"}, "wrong file identifier/HTTP URL specified"),
        ({"method": "sendPhoto", "photo": "../id_card"}, "wrong file identifier/HTTP URL specified"),
        ({"method": "editMessageText", "message_id": 99, "text": "да"}, "message to edit not found"),
        ({"method": "editMessageReplyMarkup", "message_id": 99}, "message to edit not found"),
        ({"method": "deleteMessage", "message_id": 99}, "message to delete not found"),
        (
            {"method": "answerCallbackQuery", "callback_query_id": "99"},
            "query is too old and response timeout expired or query ID is invalid",
        ),
        (
            {"method": "answerCallbackQuery", "callback_query_id": "99", "text": "я" * 201},
            "MESSAGE_TOO_LONG",
        ),
    ],
)
def test_telegram_refuses_in_its_own_words(phones: Phones, payload: dict[str, Any], words: str) -> None:
    refusal = refused(phones, TELEGRAM, payload)

    assert (refusal.code, refusal.description) == (400, f"Bad Request: {words}")


@pytest.mark.parametrize(
    "payload",
    [
        html("<b>" + "я" * 4096 + "</b>"),
        html('<a href="https://example.kz?a=1&amp;b=2">ссылка</a> <code>1 &lt; 2</code> <i>да</i>'),
        html("да", reply_markup=buttons("Да", data="я" * 32)),
        {"method": "sendMessage", "text": "a < b, просто текст"},
        {"method": "sendPhoto", "photo": "id_card", "caption": "я" * 1024},
        {"method": "sendPhoto", "photo": "id_card"},
    ],
)
def test_telegram_takes_what_just_fits(phones: Phones, payload: dict[str, Any]) -> None:
    message = phones.deliver(TELEGRAM, AIGERIM, payload)

    bubble = phones.bubble(TELEGRAM, AIGERIM, message)
    assert bubble is not None
    assert bubble["payload"] == payload


def test_telegram_knows_no_other_method(phones: Phones) -> None:
    assert refused(phones, TELEGRAM, {"method": "sendDice"}).code == 404


def test_a_bot_cannot_write_first_on_telegram(phones: Phones) -> None:
    with pytest.raises(ProviderRefused, match="403: Forbidden: bot can't initiate conversation with a user"):
        phones.deliver(TELEGRAM, "700000099", html("Здравствуйте"))


def test_a_refused_message_is_not_seen_and_changes_nothing(phones: Phones, changes: list[str]) -> None:
    refused(phones, TELEGRAM, html("<b>"))

    assert texts(phones) == ["/start"]
    assert changes == []


# Edits and deletions


def test_an_edited_message_shows_the_new_words_in_the_same_place(phones: Phones) -> None:
    first = phones.deliver(TELEGRAM, AIGERIM, html("Раз", reply_markup=buttons("Да")))
    phones.deliver(TELEGRAM, AIGERIM, html("Два"))
    edited = phones.deliver(
        TELEGRAM, AIGERIM, {"method": "editMessageText", "message_id": int(first), "text": "Раз и навсегда"}
    )

    bubble = phones.bubble(TELEGRAM, AIGERIM, first)
    assert edited == first
    assert texts(phones) == ["/start", "Раз и навсегда", "Два"]
    assert bubble is not None
    assert bubble["edited"]
    assert "reply_markup" not in bubble["payload"]


def test_an_edit_that_changes_nothing_is_refused(phones: Phones) -> None:
    message = phones.deliver(TELEGRAM, AIGERIM, html("Раз", reply_markup=buttons("Да")))

    same = html("Раз", reply_markup=buttons("Да")) | {"method": "editMessageText", "message_id": message}
    assert refused(phones, TELEGRAM, same).description.startswith("Bad Request: message is not modified")


def test_buttons_can_be_taken_from_under_a_message_once(phones: Phones) -> None:
    message = phones.deliver(TELEGRAM, AIGERIM, html("Раз", reply_markup=buttons("Да")))
    take = {"method": "editMessageReplyMarkup", "message_id": message}
    phones.deliver(TELEGRAM, AIGERIM, take)

    bubble = phones.bubble(TELEGRAM, AIGERIM, message)
    assert bubble is not None
    assert bubble["payload"] == html("Раз")
    assert "message is not modified" in refused(phones, TELEGRAM, take).description


@pytest.mark.parametrize("markup", [{"keyboard": [[{"text": "Назад"}]]}, {"remove_keyboard": True}])
def test_a_message_that_brought_or_took_a_reply_keyboard_cannot_be_edited(
    phones: Phones, markup: dict[str, Any]
) -> None:
    message = phones.deliver(TELEGRAM, AIGERIM, html("Номер?", reply_markup=markup))

    edit = {"method": "editMessageText", "message_id": message, "text": "Другое"}
    assert refused(phones, TELEGRAM, edit).description == "Bad Request: message can't be edited"


def test_a_person_s_words_cannot_be_edited(phones: Phones) -> None:
    message = phones.me_said(TELEGRAM, AIGERIM, "text", text="Моё")

    edit = {"method": "editMessageText", "message_id": message, "text": "Чужое"}
    assert refused(phones, TELEGRAM, edit).description == "Bad Request: message can't be edited"


def test_a_photo_has_no_text_to_edit(phones: Phones) -> None:
    message = phones.deliver(TELEGRAM, AIGERIM, {"method": "sendPhoto", "photo": "id_card"})

    edit = {"method": "editMessageText", "message_id": message, "text": "Слова"}
    assert refused(phones, TELEGRAM, edit).description == "Bad Request: there is no text in the message to edit"


def test_a_deleted_message_vanishes_and_leaves_no_words_in_the_file(phones: Phones, tmp_path: Path) -> None:
    message = phones.me_said(TELEGRAM, AIGERIM, "text", text="CANARY-730412350011")
    phones.deliver(TELEGRAM, AIGERIM, {"method": "deleteMessage", "message_id": int(message)})
    phones.close()

    again = Phones(tmp_path / "phones.db", Clock(), lambda: None)
    assert texts(again) == ["/start"]
    again.close()
    assert b"CANARY" not in (tmp_path / "phones.db").read_bytes()


def test_a_message_of_the_day_before_yesterday_cannot_be_deleted(phones: Phones, clock: Clock) -> None:
    message = phones.deliver(TELEGRAM, AIGERIM, html("Старое"))
    clock.now += timedelta(hours=48, seconds=1)

    delete = {"method": "deleteMessage", "message_id": message}
    assert refused(phones, TELEGRAM, delete).description == "Bad Request: message can't be deleted for everyone"


# Taps, toasts and keyboards


def test_a_toast_is_shown_to_the_one_who_tapped(phones: Phones) -> None:
    message = phones.deliver(TELEGRAM, AIGERIM, html("Язык?", reply_markup=buttons("Русский")))
    query = phones.me_tapped(TELEGRAM, AIGERIM, message, "1.yes", "Русский")
    phones.deliver(
        TELEGRAM,
        AIGERIM,
        {"method": "answerCallbackQuery", "callback_query_id": query, "text": "Язык: русский"},
    )

    seen = phones.transcript(TELEGRAM, AIGERIM)
    assert [toast["text"] for toast in seen["toasts"]] == ["Язык: русский"]
    assert len(seen["messages"]) == 2


def test_a_one_time_keyboard_hides_when_used_and_goes_when_taken_away(phones: Phones) -> None:
    keys = {"keyboard": [[{"text": "Отправить номер", "request_contact": True}]], "one_time_keyboard": True}
    phones.deliver(TELEGRAM, AIGERIM, html("Номер?", reply_markup=keys))
    shown = phones.transcript(TELEGRAM, AIGERIM)["keyboard"]
    phones.me_said(TELEGRAM, AIGERIM, "contact")
    used = phones.transcript(TELEGRAM, AIGERIM)["keyboard"]
    phones.deliver(TELEGRAM, AIGERIM, html("Спасибо", reply_markup={"remove_keyboard": True}))

    assert shown == {"keyboard": keys["keyboard"], "one_time": True, "hidden": False}
    assert used == {"keyboard": keys["keyboard"], "one_time": True, "hidden": True}
    assert phones.transcript(TELEGRAM, AIGERIM)["keyboard"] is None


def test_a_contact_is_one_s_own_or_a_stranger_s(phones: Phones) -> None:
    own = phones.bubble(TELEGRAM, AIGERIM, phones.me_said(TELEGRAM, AIGERIM, "contact"))
    other = phones.bubble(TELEGRAM, AIGERIM, phones.me_said(TELEGRAM, AIGERIM, "contact", own=False))

    assert own is not None
    assert other is not None
    assert own["payload"] == {"kind": "contact", "name": "Айгерим", "phone": PHONE, "own": True}
    assert other["payload"]["phone"] != PHONE


def test_a_tap_on_whatsapp_is_a_bubble_with_the_label(phones: Phones) -> None:
    message = phones.deliver(WHATSAPP, PHONE, replies("Да", "Нет"))
    said = phones.bubble(WHATSAPP, PHONE, phones.me_tapped(WHATSAPP, PHONE, message, "1.Да", "Да"))

    assert said is not None
    assert said["payload"] == {"kind": "tap", "text": "Да", "data": "1.Да", "message": message}


# What Twilio refuses


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"type": "text", "body": "я" * 1601}, 21617),
        ({"type": "text", "body": " "}, 21602),
        (replies("Да", body="я" * 1025), 21617),
        (replies("Да", body="много     пробелов"), 63013),
        (replies(), 21656),
        (replies("1", "2", "3", "4"), 63013),
        (replies("Да", "Да"), 63013),
        (replies("я" * 21), 63013),
        (replies(""), 21656),
        ({"type": "quick-reply", "body": "Да?", "actions": [{"title": "Да", "id": "1" * 201}]}, 63013),
        (rows(0), 21656),
        (rows(11), 63013),
        (rows(1, button="я" * 21), 63013),
        (rows(1, items=[{"item": "я" * 25, "id": "1"}]), 63013),
        (rows(1, items=[{"item": "Садик", "id": "1", "description": ""}]), 21656),
        (rows(1, items=[{"item": "Садик", "id": "1", "description": "я" * 73}]), 63013),
        (rows(1, items=[{"item": "Садик", "id": "1"}, {"item": "Садик", "id": "2"}]), 63013),
        (rows(1, items=[{"item": "Садик", "id": "1"}, {"item": "Ясли", "id": "1"}]), 63013),
        (
            {"type": "call-to-action", "body": "Тут", "actions": [{"title": "Открыть", "url": "ftp://x"}]},
            21656,
        ),
        ({"type": "media", "media": "no_such"}, 21620),
        ({"type": "carousel"}, 63005),
    ],
)
def test_twilio_refuses_with_its_code(phones: Phones, payload: dict[str, Any], code: int) -> None:
    assert refused(phones, WHATSAPP, payload).code == code


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "text", "body": "я" * 1600},
        replies("я" * 20, "2", "3", body="я" * 1024),
        rows(10, button="я" * 20),
        rows(1, items=[{"item": "я" * 24, "id": "1" * 200, "description": "я" * 72}]),
        {
            "type": "call-to-action",
            "body": "Тут",
            "actions": [{"title": "Открыть", "url": "https://x.kz/s/1"}],
        },
        {"type": "media", "body": "Где искать ИИН", "media": "id_card"},
        {"type": "media", "media": "id_card"},
    ],
)
def test_whatsapp_takes_what_just_fits(phones: Phones, payload: dict[str, Any]) -> None:
    message = phones.deliver(WHATSAPP, PHONE, payload)

    bubble = phones.bubble(WHATSAPP, PHONE, message)
    assert bubble is not None
    assert bubble["payload"] == payload


def test_a_day_after_the_last_word_only_templates_arrive(phones: Phones, clock: Clock) -> None:
    clock.now += timedelta(hours=24)

    refusal = refused(phones, WHATSAPP, replies("Да"))
    phones.deliver(WHATSAPP, PHONE, replies("Да") | {"template": "tabel_open_ru"})
    assert refusal.code == 63016
    assert "outside the allowed window" in refusal.description
    assert phones.transcript(WHATSAPP, PHONE)["window"] is None


def test_a_list_cannot_be_a_template(phones: Phones, clock: Clock) -> None:
    clock.now += timedelta(hours=24)

    assert refused(phones, WHATSAPP, rows(2, template="menu_ru")).code == 63016


def test_a_tap_opens_the_window_again(phones: Phones, clock: Clock) -> None:
    message = phones.deliver(WHATSAPP, PHONE, replies("Да"))
    clock.now += timedelta(days=3)
    phones.me_tapped(WHATSAPP, PHONE, message, "1.Да", "Да")
    phones.deliver(WHATSAPP, PHONE, replies("Да", "Нет"))

    assert phones.transcript(WHATSAPP, PHONE)["window"] == (clock.now + timedelta(hours=24)).isoformat()


# Receipts


def test_a_person_s_words_are_sent_then_delivered_then_read_by_the_answer(phones: Phones) -> None:
    message = phones.me_said(WHATSAPP, PHONE, "text", text="Сәлем")
    ticks = [_status(phones, message)]
    phones.mark(WHATSAPP, PHONE, message, "delivered")
    ticks.append(_status(phones, message))
    phones.deliver(WHATSAPP, PHONE, replies("Да"))
    phones.mark(WHATSAPP, PHONE, message, "sent")
    ticks.append(_status(phones, message))

    assert ticks == ["sent", "delivered", "read"]


def _status(phones: Phones, message: str) -> str:
    bubble = phones.bubble(WHATSAPP, PHONE, message)
    assert bubble is not None
    return bubble["status"]


# What is kept


def test_everything_survives_a_restart(phones: Phones, tmp_path: Path, clock: Clock) -> None:
    keys = {"keyboard": [[{"text": "Отправить номер", "request_contact": True}]]}
    phones.deliver(TELEGRAM, AIGERIM, html("Номер?", reply_markup=keys))
    phones.deliver(WHATSAPP, PHONE, rows(3))
    phones.sms(PHONE, "482913 — код")
    phones.mail("a@mail.kz", "Код", "482913")
    before = _all_seen(phones)
    phones.close()

    again = Phones(tmp_path / "phones.db", clock, lambda: None)
    after = _all_seen(again)
    again.close()
    assert after == before


def _all_seen(phones: Phones) -> tuple[object, ...]:
    telegram, whatsapp = phones.transcript(TELEGRAM, AIGERIM), phones.transcript(WHATSAPP, PHONE)
    return telegram, whatsapp, phones.people, phones.sms_of(), phones.mails()


def test_erasing_forgets_all_and_uses_no_id_again(phones: Phones) -> None:
    before = phones.deliver(TELEGRAM, AIGERIM, html("Раз"))
    phones.sms(PHONE, "482913 — код")
    phones.erase()

    assert phones.transcript(TELEGRAM, AIGERIM)["messages"] == []
    assert (phones.people, phones.sms_of(), phones.mails()) == ([], [], [])
    assert int(phones.me_said(TELEGRAM, AIGERIM, "text", text="/start")) > int(before)


def test_an_sms_comes_to_its_phone_only(phones: Phones) -> None:
    phones.sms(PHONE, "482913 — код")
    phones.sms("+77019998877", "555111 — код")

    assert [sms["text"] for sms in phones.sms_of(PHONE)] == ["482913 — код"]
    assert len(phones.sms_of()) == 2


def test_a_new_person_gets_an_account_and_a_number_of_their_own(phones: Phones) -> None:
    one, other = phones.add_person("Бауыржан"), phones.add_person("Гость")

    assert len({one.id, other.id, "aigerim"}) == 3
    assert len({one.telegram, other.telegram, AIGERIM}) == 3
    assert len({one.whatsapp, other.whatsapp, PHONE}) == 3
    assert phones.owner(WHATSAPP, other.whatsapp) == phones.person(other.id) == other


def test_every_change_is_told(phones: Phones, changes: list[str]) -> None:
    phones.deliver(TELEGRAM, AIGERIM, html("Раз"))
    phones.me_said(WHATSAPP, PHONE, "voice")
    phones.sms(PHONE, "482913 — код")

    assert len(changes) == 3


def test_nothing_written_is_nothing_said(phones: Phones) -> None:
    with pytest.raises(ValueError, match="nothing was written"):
        phones.me_said(TELEGRAM, AIGERIM, "text", text=" ")
