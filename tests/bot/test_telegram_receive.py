"""One real update, the exact inbound event; and everything that is nobody's word to us."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import Inbound
from bot.telegram.receive import receive
from dialogs.engine.said import Heard, Said

ME: dict[str, Any] = {"id": 501, "is_bot": False, "first_name": "Айгерим", "language_code": "kk"}
CHAT: dict[str, Any] = {"id": 501, "type": "private", "first_name": "Айгерим"}
GROUP: dict[str, Any] = {"id": -100, "type": "supergroup", "title": "Desk"}
CONTACT: dict[str, Any] = {"phone_number": "77471234567", "first_name": "Айгерим", "user_id": 501}
FILE: dict[str, Any] = {"file_id": "F", "file_unique_id": "U", "file_size": 12}


def update(**part: Any) -> dict[str, Any]:
    return {"update_id": 9, **part}


def message(kind: str = "message", sender: dict[str, Any] = ME, **content: Any) -> dict[str, Any]:
    return update(**{kind: {"message_id": 7, "date": 1, "chat": CHAT, "from": sender, **content}})


def tap(data: str | None, **more: Any) -> dict[str, Any]:
    on = {"message_id": 6, "date": 1, "chat": CHAT, "text": "?"}
    query = {"id": "Q", "from": ME, "chat_instance": "1", "message": on, **more}
    return update(callback_query=query if data is None else query | {"data": data})


def member(status: str, chat: dict[str, Any] = CHAT) -> dict[str, Any]:
    bot = {"id": 1, "is_bot": True, "first_name": "B"}
    new = {"user": bot, "status": status} | ({"until_date": 0} if status == "kicked" else {})
    return update(
        my_chat_member={
            "chat": chat,
            "from": ME,
            "date": 1,
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": new,
        }
    )


def heard(raw: dict[str, Any]) -> Said:
    inbound = receive(raw, account="1")
    assert inbound is not None
    return inbound.said


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (message(text="Сәлем"), Said(Heard.TEXT, text="Сәлем", locale="kk")),
        (message("edited_message", text="Сәлем!"), Said(Heard.EDITED, text="Сәлем!", locale="kk")),
        (message(text="/start p"), Said(Heard.TEXT, text="/start p", locale="kk")),
        (message(contact=CONTACT), Said(Heard.CONTACT, contact="77471234567", own=True, locale="kk")),
        (
            message(document=FILE | {"file_name": "a.pdf", "mime_type": "application/pdf"}),
            Said(
                Heard.FILE,
                text="a.pdf",
                locale="kk",
                values=(("file_id", "F"), ("file_unique_id", "U"), ("size", "12"), ("mime", "application/pdf")),
            ),
        ),
        (
            message(
                photo=[
                    {"file_id": "s", "file_unique_id": "s", "width": 1, "height": 1},
                    FILE | {"width": 9, "height": 9},
                ],
                caption="Міне",
            ),
            Said(
                Heard.PHOTO,
                text="Міне",
                locale="kk",
                values=(("file_id", "F"), ("file_unique_id", "U"), ("size", "12"), ("mime", "")),
            ),
        ),
        (message(voice=FILE | {"duration": 3}), Said(Heard.VOICE, locale="kk")),
        (
            message(video=FILE | {"duration": 3, "width": 1, "height": 1}, media_group_id="77"),
            Said(Heard.VIDEO, album="77", locale="kk"),
        ),
        (message(video_note=FILE | {"duration": 3, "length": 9}), Said(Heard.VOICE, locale="kk")),
        (message(video=FILE | {"duration": 3, "width": 1, "height": 1}), Said(Heard.VIDEO, locale="kk")),
        (
            message(animation=FILE | {"duration": 3, "width": 1, "height": 1}, document=FILE),
            Said(Heard.VIDEO, locale="kk"),
        ),
        (
            message(location={"latitude": 43.2, "longitude": 76.8}),
            Said(Heard.LOCATION, values=(("lat", "43.2"), ("lon", "76.8")), locale="kk"),
        ),
        (message(dice={"emoji": "🎲", "value": 3}), Said(Heard.STICKER, locale="kk")),
        (message(a_kind_of_2027={"x": 1}), Said(Heard.UNKNOWN, locale="kk")),
        (tap("12:yes"), Said(Heard.TAP, tap="yes", revision=12, locale="kk")),
        (tap("12:~back"), Said(Heard.TAP, tap="~back", revision=12, locale="kk")),
        (tap("12:a:b"), Said(Heard.TAP, tap="a:b", revision=12, locale="kk")),
        (member("kicked"), Said(Heard.BLOCKED)),
        (member("member"), Said(Heard.UNBLOCKED)),
    ],
)
def test_an_update_becomes_exactly_this(raw: dict[str, Any], said: Said) -> None:
    assert heard(raw) == said


def test_an_event_names_its_sender_its_message_and_its_tap() -> None:
    said = Said(Heard.TAP, tap="yes", revision=12, locale="kk")

    assert receive(tap("12:yes"), account="1") == Inbound(
        "telegram", "1", "9", "telegram", "501", said, message="6", tap_id="Q"
    )


@pytest.mark.parametrize("data", ["yes", "-1:yes", "٣:yes", "²:yes", "1e3:yes", "9999999999:yes", ":", "", None])
def test_a_button_that_was_tampered_with_belongs_to_no_question(data: str | None) -> None:
    assert heard(tap(data)).revision == -1


def test_a_tap_on_a_message_telegram_no_longer_shows_is_heard() -> None:
    gone = {"chat": CHAT, "message_id": 6, "date": 0}

    assert heard(tap("3:yes", message=gone)).revision == 3


# Whose phone it is (T15)


@pytest.mark.parametrize(
    "raw",
    [
        message(contact=CONTACT | {"user_id": 999}),
        message(contact={"phone_number": "77471234567", "first_name": "A"}),
        message(contact=CONTACT | {"user_id": 0}),
        message(contact=CONTACT, forward_origin={"type": "user", "date": 1, "sender_user": ME}),
        message(contact=CONTACT, forward_origin={"type": "hidden_user", "date": 1, "sender_user_name": "A"}),
        message(contact=CONTACT, forward_date=1),
        message(contact=CONTACT, via_bot={"id": 2, "is_bot": True, "first_name": "B"}),
    ],
)
def test_a_contact_that_is_not_proven_the_senders_is_not_theirs(raw: dict[str, Any]) -> None:
    said = heard(raw)

    assert (said.heard, said.own) == (Heard.CONTACT, False)


# Nobody's word to us: acknowledged, never a turn


@pytest.mark.parametrize(
    "raw",
    [
        message(text="Сәлем", chat=GROUP),
        message(contact=CONTACT, chat=GROUP),
        message(text="Сәлем", chat={"id": -200, "type": "channel", "title": "News"}),
        message(text="Сәлем", sender=ME | {"is_bot": True}),
        update(message={"message_id": 7, "date": 1, "chat": CHAT, "text": "no sender"}),
        update(channel_post={"message_id": 7, "date": 1, "chat": GROUP, "text": "post"}),
        tap("1:yes", message={"message_id": 6, "date": 1, "chat": GROUP, "text": "?"}),
        member("kicked", GROUP),
        member("administrator", GROUP)
        | {"my_chat_member": {"chat": GROUP, "from": ME, "date": 1, "old_chat_member": {}, "new_chat_member": {}}},
        message(pinned_message={"message_id": 6, "date": 1, "chat": CHAT, "text": "?"}),
        message(message_auto_delete_timer_changed={"message_auto_delete_time": 86400}),
        message("edited_message", location={"latitude": 43.2, "longitude": 76.8}),
        message("edited_message", contact=CONTACT),
        message("edited_message", photo=[FILE | {"width": 9, "height": 9}], caption="Міне"),
        update(),
        update(something_new={"x": 1}),
    ],
)
def test_nobodys_word_is_acknowledged_without_a_turn(raw: dict[str, Any]) -> None:
    assert receive(raw, account="1") is None


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"update_id": "nine"},
        message(text="930427400001", chat="of a new kind"),
        message(contact={"phone_number": ["77471234567"]}),
        update(callback_query={"id": "Q", "from": ME, "data": "930427400001:yes"}),
    ],
)
def test_an_update_nobody_can_read_is_said_without_its_content(
    raw: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert receive(raw, account="1") is None

    said = "".join(str(vars(record)) for record in caplog.records)
    assert "cannot read" in said
    assert not any(secret in said for secret in ("930427400001", "77471234567", "Айгерим"))


def nested() -> st.SearchStrategy[Any]:
    leaf = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([ME, CHAT, GROUP, CONTACT])
    keys = st.sampled_from(["from", "chat", "text", "contact", "photo", "document", "message", "data", "id", "date"])
    return st.recursive(leaf, lambda more: st.lists(more, max_size=3) | st.dictionaries(keys, more, max_size=6))


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "x"]), part=nested())
def test_no_update_makes_it_raise(kind: str, part: Any) -> None:
    inbound = receive(json.loads(json.dumps({"update_id": 9, kind: part})), account="1")

    assert inbound is None or inbound.event().body
