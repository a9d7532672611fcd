"""Questions as Telegram draws them: no name stops a message, nothing is cut, no link is previewed (T8, T9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.channels import Drawing, Screen
from bot.parts import length
from bot.telegram.draw import aimed, draw, notice
from dialogs.engine.ask import Ask, Awaits, Choice, Later
from dialogs.engine.catalogue import book, placeholders, say
from dialogs.engine.texts import LANGUAGES, T
from tests.bot.rig import PARENT, TOKEN, channel, outgoing
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.entities import parse

NAMES = (
    "<3",
    "</b>",
    "<b>Айгерим",
    "<script>alert(1)</script>",
    "<a href='tg://user?id=1'>мен</a>",
    "tg://user?id=501",
    "https://evil.example/?a=1&b=2",
    "Тұрсын & Ко",
    "&lt;b&gt;",
    "&amp;amp;",
    "&nosuch;",
    "a<b>c</d>&e",
    "<",
    ">",
    "&",
    "<!-- -->",
    "]]>",
    "\"кавычки\" и 'апострофы'",
    "*жирный* _курсив_ `код` [x](y)",
    "Айгерим\u202eнитаС",
    "Ай\u200bге\u200dрим",
    "\u2066Айгерим\u2069",
    "👩‍👧‍👦🇰🇿",
    "𝔸𝕚𝕘𝕖𝕣𝕚𝕞",
    "Ә́ғқңөұүһі",
    "{name}",
    "%(name)s",
    "\\u003cb\\u003e",
    "я" * 300,
    "<" * 300,
)
#: Longer than one message, with and without places to split at.
LONG = ("я" * 4096, "<" * 4096, "👩" * 2500, "Айгерим " * 800, "строка\n" * 900, "&" * 9000)
SCREENS = (Screen(), Screen(tapped="5"), Screen(keyboard=True), Screen(live="u", buttons=True))


def sentences() -> Iterator[tuple[str, str, set[str]]]:
    for language in LANGUAGES:
        for key, forms in book(language).entries.items():
            if len(forms) == 1 and (names := placeholders(forms[0])):
                yield language, key, names


def shown(drawing: Drawing) -> str:
    """Return what a person reads, as Telegram's own parser reads it."""
    payloads = [drawn.payload for drawn in drawing.messages]
    return "\n\n".join(read(payload) for payload in payloads if "text" in payload or "caption" in payload)


def read(payload: dict[str, Any]) -> str:
    formatted = parse(payload.get("text") or payload["caption"], payload["parse_mode"])
    assert formatted.entities == ()
    assert 0 < formatted.length <= (4096 if "text" in payload else 1024)
    return formatted.text


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_no_name_stops_a_sentence_or_changes_how_it_looks(name: str) -> None:
    for language, key, names in sentences():
        text = T(key, **dict.fromkeys(names, name))

        assert shown(draw(Ask(text), language, 1, Screen(), "")) == say(text, language).strip(), key


@pytest.mark.parametrize(
    "screen", [Screen(), Screen(tapped="5"), Screen(keyboard=True), Screen(live="u", buttons=True)]
)
@pytest.mark.parametrize("name", NAMES[:8])
def test_a_name_in_a_note_is_shown_as_it_is(name: str, screen: Screen) -> None:
    greeted = T("msg.reg.done", first_name=name)
    ask = Ask(T("msg.start.welcome"), (Choice("yes", T("btn.yes")),), notes=(greeted,))

    assert say(greeted, "ru") in shown(draw(ask, "ru", 1, screen, ""))


async def test_a_real_parser_accepts_every_name() -> None:
    async with FakeTelegram(token=TOKEN, rates=None) as telegram, channel(telegram.url) as sender:
        phone = telegram.phone(user_id=PARENT)
        await phone.start()
        for name in NAMES:
            text = T("msg.reg.done", first_name=name)
            for drawn in draw(Ask(text), "kk", 1, Screen(), "").messages:
                await sender.send(outgoing(drawn.payload), None)

            assert phone.last.text == say(text, "kk").strip()
            assert phone.last.entities == ()


# Words that do not fit


@pytest.mark.parametrize("name", LONG, ids=["letters", "signs", "emoji", "words", "lines", "amps"])
def test_what_does_not_fit_comes_in_parts_and_nothing_is_cut(name: str) -> None:
    text = T("msg.reg.done", first_name=name)
    drawn = draw(Ask(text, (Choice("yes", T("btn.yes")),)), "ru", 7, Screen(), "")

    assert len(drawn.messages) > 1
    assert without_spaces(shown(drawn)) == without_spaces(say(text, "ru"))
    assert ["reply_markup" in item.payload for item in drawn.messages] == [False] * (len(drawn.messages) - 1) + [True]
    assert drawn.messages[drawn.live].payload["reply_markup"]["inline_keyboard"]


def test_long_words_after_a_tap_come_as_new_messages_and_the_old_buttons_go() -> None:
    drawn = draw(Ask(T("msg.reg.done", first_name="я" * 5000)), "ru", 7, Screen(tapped="5"), "")

    methods = [item.payload["method"] for item in drawn.messages]
    assert methods == ["editMessageReplyMarkup", "sendMessage", "sendMessage"]


def test_long_words_take_the_reply_keyboard_away_first() -> None:
    drawn = draw(Ask(T("msg.reg.done", first_name="я" * 5000)), "ru", 7, Screen(keyboard=True), "")

    assert drawn.messages[0].payload["reply_markup"] == {"remove_keyboard": True}


def test_long_words_before_the_contact_key_leave_the_key_under_the_last_part() -> None:
    note = T("msg.reg.done", first_name="я" * 5000)
    drawn = draw(Ask(T("msg.reg.ask_phone"), awaits=Awaits.PHONE, notes=(note,)), "ru", 7, Screen(), "")

    assert "keyboard" in drawn.messages[-1].payload["reply_markup"]
    assert drawn.screen.keyboard


def without_spaces(text: str) -> str:
    return "".join(text.split())


def test_words_too_long_for_a_caption_come_without_the_picture() -> None:
    long = Ask(T("msg.reg.done", first_name="я" * 1024), picture="id_card")

    drawn = draw(long, "ru", 7, Screen(), "")

    assert drawn.messages[0].payload["method"] == "sendMessage"
    assert draw(Ask(T("btn.yes"), picture="id_card"), "ru", 7, Screen(), "").screen.picture


def test_length_is_counted_as_telegram_counts_it() -> None:
    assert (length("я"), length("👩"), length("")) == (1, 2, 0)


# What every message carries


def everything_drawn() -> Iterator[dict[str, Any]]:
    choices = (Choice("yes", T("btn.yes")),)
    later = (Later(after=timedelta(seconds=5), ask=Ask(T("msg.start.welcome"), choices)),)
    asks = (
        Ask(T("msg.start.welcome"), choices, later=later),
        Ask(T("msg.reg.ask_phone"), awaits=Awaits.PHONE),
        Ask(T("msg.reg.done", first_name="я" * 5000)),
        Ask(T("msg.start.welcome"), choices, notes=(T("msg.common.ok"),)),
    )
    for ask in asks:
        for screen in SCREENS:
            yield from (drawn.payload for drawn in draw(ask, "ru", 1, screen, "https://bot.test/s/x").messages)
    yield notice("https://bot.test")


def test_no_message_previews_a_link() -> None:
    texts = [payload for payload in everything_drawn() if "text" in payload]

    assert texts
    assert all(payload["link_preview_options"] == {"is_disabled": True} for payload in texts)


def test_an_edit_that_became_a_message_previews_no_link_either() -> None:
    drawn = draw(Ask(T("msg.start.welcome")), "ru", 1, Screen(tapped="5"), "").messages[0].payload

    new = aimed({key: value for key, value in drawn.items() if key != "message_id"}, None)

    assert new is not None
    assert (new["method"], new["link_preview_options"]) == ("sendMessage", {"is_disabled": True})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["err.already_done", "err.stale_button"])
def test_a_toast_fits(key: str, language: str) -> None:
    assert length(say(T(key), language)) <= 200
