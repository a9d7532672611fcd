"""The fake Telegram keeps the real rules: one refusal, one test."""

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from tests.fakes.telegram import FakeTelegram, Phone, Rates

Json = dict[str, Any]  # Any: JSON has no other type

PARENT = 501
START = 1_790_000_000.0
DAY = 86_400
YES = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
NO = {"inline_keyboard": [[{"text": "No", "callback_data": "no"}]]}
SHARE = {"keyboard": [[{"text": "Share my phone", "request_contact": True}]]}
NOT_MODIFIED = (
    "400 Bad Request: message is not modified: specified new message content and reply markup "
    "are exactly the same as a current content and reply markup of the message"
)
TOO_OLD_TAP = "400 Bad Request: query is too old and response timeout expired or query ID is invalid"


@dataclass
class Clock:
    """Time that passes when a test says so."""

    at: float = START

    def __call__(self) -> float:
        return self.at

    def tick(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class Bot:
    """A bare client of the Bot API."""

    fake: FakeTelegram
    session: aiohttp.ClientSession

    async def post(self, method: str, **params: object) -> tuple[int, Json]:
        url = f"{self.fake.url}/bot{self.fake.token}/{method}"
        async with self.session.post(url, json=params) as response:
            return response.status, await response.json()

    async def call(self, method: str, **params: object) -> Any:  # Any: a result is any JSON
        status, body = await self.post(method, **params)
        assert status == 200, body
        assert body["ok"] is True
        return body["result"]

    async def refusal(self, method: str, **params: object) -> str:
        status, body = await self.post(method, **params)
        assert body["ok"] is False, body
        assert body["error_code"] == status
        return f"{status} {body['description']}"

    async def say(self, text: str = "Hello", **more: object) -> Json:
        result: Json = await self.call("sendMessage", chat_id=PARENT, text=text, **more)
        return result

    async def refused_say(self, text: str = "Hello", **more: object) -> str:
        return await self.refusal("sendMessage", chat_id=PARENT, text=text, **more)

    async def refused_button(self, **button: object) -> str:
        return await self.refused_say(reply_markup={"inline_keyboard": [[button]]})

    async def edit(self, message_id: int, text: str, **more: object) -> Json:
        where = {"chat_id": PARENT, "message_id": message_id}
        result: Json = await self.call("editMessageText", **where, text=text, **more)
        return result

    async def refused_edit(self, message_id: int, text: str = "New", **more: object) -> str:
        where = {"chat_id": PARENT, "message_id": message_id}
        return await self.refusal("editMessageText", **where, text=text, **more)

    async def updates(self, **params: object) -> list[Json]:
        result: list[Json] = await self.call("getUpdates", **params)
        return result

    async def upload(
        self, method: str, name: str, data: bytes, file_name: str = "file.bin", **params: str
    ) -> str | Json:
        form = aiohttp.FormData({"chat_id": str(PARENT), name: "attach://a", **params})
        form.add_field("a", io.BytesIO(data), filename=file_name, content_type="application/pdf")
        url = f"{self.fake.url}/bot{self.fake.token}/{method}"
        async with self.session.post(url, data=form) as response:
            body: Json = await response.json()
        return body["result"] if body["ok"] else f"{response.status} {body['description']}"


@dataclass
class Webhook:
    """A bot's own web server: what it got, and what it answers next (200 when nothing is planned)."""

    url: str = ""
    bodies: list[Json] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    retry_after: str | None = None

    async def receive(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        headers = {"Retry-After": self.retry_after} if self.retry_after else {}
        return web.Response(status=self.answers.pop(0) if self.answers else 200, headers=headers)

    @property
    def texts(self) -> list[str]:
        """What people said or tapped, in the order it came."""
        return [_heard(body) for body in self.bodies]


def _heard(body: Json) -> str:
    if "callback_query" in body:
        return f"tap {body['callback_query']['data']}"
    message = body.get("message") or body.get("edited_message") or {}
    return str(message.get("text", "?"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def fake(clock: Clock) -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(local=True, now=clock, rates=None) as fake:
        yield fake


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def bot(fake: FakeTelegram, session: aiohttp.ClientSession) -> Bot:
    return Bot(fake, session)


@pytest.fixture
async def phone(fake: FakeTelegram) -> Phone:
    phone = fake.phone(user_id=PARENT, first_name="Айгерім", language_code="kk")
    await phone.start()
    return phone


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    webhook = Webhook()
    app = web.Application()
    app.router.add_post("/hook", webhook.receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    webhook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield webhook
    await runner.cleanup()


@pytest.fixture
async def hooked(bot: Bot, phone: Phone, webhook: Webhook) -> Webhook:
    """A webhook that has already taken the parent's /start."""
    await bot.call("setWebhook", url=webhook.url, secret_token="s-e_c")
    await bot.fake.deliver_due()
    webhook.bodies.clear()
    webhook.secrets.clear()
    return webhook


def picture(width: int = 30, height: int = 20) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    return file.getvalue()


# The front door


async def test_get_me_names_the_bot(bot: Bot) -> None:
    me = await bot.call("getMe")

    assert (me["id"], me["is_bot"]) == (123456, True)


async def test_a_wrong_token_is_unauthorized(fake: FakeTelegram, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{fake.url}/bot123456:WRONG/getMe") as response:
        body = await response.json()

    assert body == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_an_unknown_method_is_not_found(bot: Bot) -> None:
    assert await bot.refusal("sendFax") == "404 Not Found"


async def test_a_parameter_nobody_knows_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_say(parsemode="HTML")

    assert words == "400 Bad Request: the fake does not model parsemode of sendMessage"


@pytest.mark.parametrize("style", ["json", "form", "multipart", "query"])
async def test_every_style_of_body_is_understood(bot: Bot, phone: Phone, style: str) -> None:
    params = {"chat_id": str(PARENT), "text": "Hello", "reply_markup": json.dumps(YES)}
    multipart = aiohttp.FormData(params, default_to_multipart=True)
    bodies: dict[str, Json] = {
        "json": {"json": params | {"chat_id": PARENT, "reply_markup": YES}},
        "form": {"data": params},
        "multipart": {"data": multipart},
        "query": {"params": params},
    }
    url = f"{bot.fake.url}/bot{bot.fake.token}/sendMessage"

    async with bot.session.request("GET" if style == "query" else "POST", url, **bodies[style]):
        assert phone.last.labels == ["Yes"]


async def test_a_broken_body_is_refused(bot: Bot) -> None:
    url = f"{bot.fake.url}/bot{bot.fake.token}/getMe"
    headers = {"Content-Type": "application/json"}

    async with bot.session.post(url, data="{", headers=headers) as response:
        assert (await response.json())["description"] == "Bad Request: can't parse JSON object"


async def test_a_body_that_is_no_object_is_refused(bot: Bot) -> None:
    async with bot.session.post(f"{bot.fake.url}/bot{bot.fake.token}/getMe", json=[]) as response:
        assert (await response.json())["description"] == "Bad Request: JSON object expected"


async def test_a_body_of_no_known_type_is_refused(bot: Bot) -> None:
    url = f"{bot.fake.url}/bot{bot.fake.token}/getMe"
    headers = {"Content-Type": "text/plain"}

    async with bot.session.post(url, data="text=Hello", headers=headers) as response:
        assert response.status == 400


async def test_a_number_that_is_none_is_refused(bot: Bot) -> None:
    words = await bot.refusal("getUpdates", limit="many")

    assert words == '400 Bad Request: parameter "limit" must be a valid Integer'


async def test_a_text_that_is_a_list_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refusal("sendMessage", chat_id=PARENT, text=["Hello"])

    assert words == '400 Bad Request: parameter "text" must be of type String'


async def test_a_flag_that_is_neither_is_refused(bot: Bot) -> None:
    words = await bot.refusal("deleteWebhook", drop_pending_updates="maybe")

    assert words == '400 Bad Request: parameter "drop_pending_updates" must be of type Boolean'


async def test_every_call_is_logged_the_refused_too(bot: Bot, phone: Phone) -> None:
    await bot.say("Hello")
    await bot.refused_say("")

    assert [(call.method, call.status) for call in bot.fake.calls] == [
        ("sendMessage", 200),
        ("sendMessage", 400),
    ]
    assert bot.fake.calls[0].params["text"] == "Hello"


async def test_calls_of_one_method_are_found_in_the_log(bot: Bot, phone: Phone) -> None:
    await bot.say("Hello")
    await bot.call("getMe")

    assert [call.params for call in bot.fake.calls_of("getMe")] == [{}]


# Who may be written to


async def test_an_unknown_chat_is_not_found(bot: Bot) -> None:
    assert await bot.refusal("sendMessage", chat_id=1, text="Hi") == "400 Bad Request: chat not found"


async def test_a_chat_must_be_named(bot: Bot) -> None:
    assert await bot.refusal("sendMessage", text="Hi") == "400 Bad Request: chat_id is empty"


async def test_a_bot_cannot_write_first(bot: Bot) -> None:
    bot.fake.phone(user_id=PARENT)

    words = await bot.refused_say()

    assert words == "403 Forbidden: bot can't initiate conversation with a user"


async def test_a_parent_who_blocked_the_bot_gets_nothing(bot: Bot, phone: Phone) -> None:
    bot.fake.block(PARENT)

    assert await bot.refused_say() == "403 Forbidden: bot was blocked by the user"


async def test_a_parent_who_came_back_is_written_to_again(bot: Bot, phone: Phone) -> None:
    bot.fake.block(PARENT)
    bot.fake.unblock(PARENT)

    assert (await bot.say("Welcome back"))["text"] == "Welcome back"


async def test_a_deleted_account_gets_nothing(bot: Bot, phone: Phone) -> None:
    bot.fake.deactivate(PARENT)

    assert await bot.refused_say() == "403 Forbidden: user is deactivated"


# What a text may be


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "message text is empty"),
        (" \n ", "text must be non-empty"),
        ("я" * 4097, "message is too long"),
        ("я" * 20_000, "text is too long"),
    ],
)
async def test_a_text_is_neither_empty_nor_too_long(bot: Bot, phone: Phone, text: str, words: str) -> None:
    assert await bot.refused_say(text) == f"400 Bad Request: {words}"


async def test_the_limit_counts_letters_and_not_tags(bot: Bot, phone: Phone) -> None:
    await bot.say(f"<b>{'я' * 4096}</b>", parse_mode="HTML")

    assert len(phone.last.text) == 4096


async def test_a_tag_around_nothing_is_an_empty_text(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_say("<b></b>", parse_mode="HTML")

    assert words == "400 Bad Request: text must be non-empty"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<h1>Hi</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("яя <br>", 'Unsupported start tag "br" at byte offset 5'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<3", "Unclosed start tag at byte offset 0"),
        ('<a href="x', 'Unclosed start tag "a" at byte offset 0'),
        ('<b "', 'Unclosed start tag "b" at byte offset 0'),
        ("<b>Hi", 'Can\'t find end tag corresponding to start tag "b"'),
        ("Hi</b>", "Unexpected end tag at byte offset 2"),
        ("<b>Hi</b", "Unclosed end tag at byte offset 5"),
        ("<b>Hi</i>", 'Unmatched end tag at byte offset 5, expected "</b>", found "</i>"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<b id="1">x</b>', 'Unsupported attribute "id" in the tag "b" at byte offset 0'),
        ("<pre><b>x</b></pre>", 'Tag "b" can\'t be inside "pre" at byte offset 5'),
        ("<code><pre>x</pre></code>", 'Tag "pre" can\'t be inside "code" at byte offset 6'),
        (
            '<code class="language-py">x</code>',
            'Tag "code" can name a language only inside "pre" at byte offset 0',
        ),
        (
            "<blockquote><blockquote>x</blockquote></blockquote>",
            'Tag "blockquote" can\'t be nested at byte offset 12',
        ),
        ("<a>x</a>", 'Wrong link "" at byte offset 0'),
        (
            '<pre><code class="py">x</code></pre>',
            'Tag "code" must have class "language-…" at byte offset 5',
        ),
        ('<a href="javascript:x">x</a>', 'Wrong link "javascript:x" at byte offset 0'),
        (
            '<tg-time unix="soon">x</tg-time>',
            'Tag "tg-time" must have a valid attribute "unix" at byte offset 0',
        ),
        ("Ата & ана", 'Unescaped character "&" at byte offset 7'),
        ("&nbsp;", 'Unescaped character "&" at byte offset 0'),
        ("2 > 1", 'Unescaped character ">" at byte offset 2'),
        ("&#xD800;", "Text contains invalid Unicode characters after decoding HTML entities"),
    ],
)
async def test_broken_html_is_refused(bot: Bot, phone: Phone, source: str, words: str) -> None:
    refusal = await bot.refused_say(source, parse_mode="HTML")

    assert refusal == f"400 Bad Request: can't parse entities: {words}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<B>a</B> &lt;&amp;&gt;", "a <&>", [{"type": "bold", "offset": 0, "length": 1}]),
        ("😀<i>b</i>", "😀b", [{"type": "italic", "offset": 2, "length": 1}]),
        ("&#x27;&#39;&quot;", "''\"", []),
        ("  <u>x</u>  ", "x", [{"type": "underline", "offset": 0, "length": 1}]),
        (
            '<a href="https://e.kz/?a=1&amp;b=2">go</a>',
            "go",
            [{"type": "text_link", "offset": 0, "length": 2, "url": "https://e.kz/?a=1&b=2"}],
        ),
        (
            '<pre><code class="language-py">x</code></pre>',
            "x",
            [{"type": "pre", "offset": 0, "length": 1, "language": "py"}],
        ),
        (
            "<blockquote expandable>q</blockquote>",
            "q",
            [{"type": "expandable_blockquote", "offset": 0, "length": 1}],
        ),
        (
            '<tg-time unix="1790000000" format="wDT">x</tg-time>',
            "x",
            [
                {
                    "type": "date_time",
                    "offset": 0,
                    "length": 1,
                    "unix_time": 1790000000,
                    "date_time_format": "wDT",
                }
            ],
        ),
        (
            "<b>a<i>b</i></b>",
            "ab",
            [{"type": "bold", "offset": 0, "length": 2}, {"type": "italic", "offset": 1, "length": 1}],
        ),
    ],
)
async def test_good_html_becomes_text_and_entities(
    bot: Bot, phone: Phone, source: str, text: str, entities: list[Json]
) -> None:
    message = await bot.say(source, parse_mode="HTML")

    assert (message["text"], message.get("entities", [])) == (text, entities)


async def test_without_a_parse_mode_tags_are_letters(bot: Bot, phone: Phone) -> None:
    await bot.say("<b>&")

    assert phone.last.text == "<b>&"


async def test_an_unknown_parse_mode_is_refused(bot: Bot, phone: Phone) -> None:
    assert await bot.refused_say(parse_mode="BBCode") == "400 Bad Request: unsupported parse_mode"


async def test_markdown_is_not_modelled(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_say(parse_mode="MarkdownV2")

    assert words == "400 Bad Request: the fake does not model parse_mode MarkdownV2"


async def test_link_preview_options_are_taken(bot: Bot, phone: Phone) -> None:
    await bot.say("https://e.kz", link_preview_options={"is_disabled": True})

    assert phone.last.text == "https://e.kz"


async def test_link_preview_options_must_be_an_object(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_say(link_preview_options=[])

    assert words == "400 Bad Request: object expected as link preview options"


async def test_an_unknown_link_preview_option_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_say(link_preview_options={"disabled": True})

    assert words == "400 Bad Request: the fake does not model ['disabled'] in link preview options"


async def test_an_answer_shows_what_it_answers(bot: Bot, phone: Phone) -> None:
    answer = await bot.say(reply_parameters={"message_id": phone.messages[0].message_id})

    assert answer["reply_to_message"]["text"] == "/start"


async def test_an_answer_may_go_without_its_question(bot: Bot, phone: Phone) -> None:
    to_nobody = {"message_id": 99, "allow_sending_without_reply": True}

    assert "reply_to_message" not in await bot.say(reply_parameters=to_nobody)


async def test_an_unknown_reply_parameter_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_say(reply_parameters={"message_id": 1, "quote": "x"})

    assert words.startswith("400 Bad Request: the fake does not model reply parameters")


async def test_an_answer_to_a_message_that_is_gone_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_say(reply_parameters={"message_id": 99})

    assert words == "400 Bad Request: message to be replied not found"


# Buttons


async def test_callback_data_of_65_bytes_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_button(text="Иә", callback_data="я" * 32 + "x")

    assert words == "400 Bad Request: BUTTON_DATA_INVALID"


async def test_callback_data_of_64_bytes_is_taken(bot: Bot, phone: Phone) -> None:
    button = {"text": "Иә", "callback_data": "я" * 32}
    await bot.say(reply_markup={"inline_keyboard": [[button]]})

    assert phone.last.button("Иә").callback_data == "я" * 32


TEXT_BUTTON = "400 Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"


async def test_a_button_without_an_action_is_refused(bot: Bot, phone: Phone) -> None:
    assert await bot.refused_button(text="Yes") == TEXT_BUTTON


async def test_empty_callback_data_is_no_action(bot: Bot, phone: Phone) -> None:
    assert await bot.refused_button(text="Yes", callback_data="") == TEXT_BUTTON


async def test_a_contact_cannot_be_asked_by_an_inline_button(bot: Bot, phone: Phone) -> None:
    assert await bot.refused_button(text="Share", request_contact=True) == TEXT_BUTTON


async def test_a_button_with_two_actions_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_button(text="Go", callback_data="go", url="https://e.kz")

    assert "exactly one of callback_data, url must be used" in words


async def test_a_button_without_a_label_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_button(text="", callback_data="x")

    assert words == "400 Bad Request: inline keyboard button text must be non-empty"


async def test_a_button_to_a_host_without_a_dot_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_button(text="Page", url="http://localhost:8080/s/1")

    assert words == (
        "400 Bad Request: inline keyboard button URL 'http://localhost:8080/s/1' is invalid: Wrong HTTP URL"
    )


async def test_a_button_to_a_strange_scheme_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_button(text="Page", url="ftp://e.kz")

    assert words.endswith("is invalid: Unsupported URL protocol")


async def test_a_mini_app_needs_https(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_button(text="Page", web_app={"url": "http://e.kz"})

    assert words.endswith("is invalid: Only HTTPS links are allowed")


async def test_a_mini_app_opens_in_private_chats_only(bot: Bot) -> None:
    bot.fake.group(-100)
    markup = {"inline_keyboard": [[{"text": "Page", "web_app": {"url": "https://e.kz"}}]]}

    words = await bot.refusal("sendMessage", chat_id=-100, text="Hi", reply_markup=markup)

    assert words == "400 Bad Request: BUTTON_TYPE_INVALID"


async def test_text_to_copy_has_256_letters_at_most(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_button(text="Copy", copy_text={"text": "x" * 257})

    assert words == "400 Bad Request: BUTTON_COPY_TEXT_INVALID"


async def test_a_style_is_one_of_three(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_button(text="Yes", callback_data="yes", style="pink")

    assert words.endswith("invalid button style specified")


async def test_a_field_no_button_has_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_button(text="Yes", callback_data="yes", colour="pink")

    assert words == "400 Bad Request: the fake does not model colour in an inline button"


async def test_more_than_a_hundred_buttons_are_refused(bot: Bot, phone: Phone) -> None:
    rows = [[{"text": str(n), "callback_data": str(n)}] for n in range(101)]

    words = await bot.refused_say(reply_markup={"inline_keyboard": rows})

    assert words == "400 Bad Request: reply markup is too long"


async def test_more_than_eight_buttons_in_a_row_are_refused(bot: Bot, phone: Phone) -> None:
    row = [{"text": str(n), "callback_data": str(n)} for n in range(9)]

    words = await bot.refused_say(reply_markup={"inline_keyboard": [row]})

    assert words == "400 Bad Request: reply markup is too long"


async def test_inline_and_reply_keyboard_do_not_go_together(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_say(reply_markup=YES | SHARE)

    assert words == "400 Bad Request: reply markup can't have inline_keyboard and keyboard at once"


async def test_rows_are_arrays(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_say(reply_markup={"keyboard": ["Yes"]})

    assert words == '400 Bad Request: field "keyboard" must be an Array of Arrays'


@pytest.mark.parametrize("markup", ["{", "[]", '"x"'])
async def test_reply_markup_is_an_object(bot: Bot, phone: Phone, markup: str) -> None:
    assert (await bot.refused_say(reply_markup=markup)).startswith("400 Bad Request: ")


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ({"keys": []}, "the fake does not model keys in a reply markup"),
        (YES | {"selective": True}, "the fake does not model selective in a reply markup"),
        ({"remove_keyboard": False}, 'field "remove_keyboard" must be True'),
        (SHARE | {"input_field_placeholder": "x" * 65}, "input field placeholder is too long"),
        ({"inline_keyboard": [["Yes"]]}, "InlineKeyboardButton must be an Object"),
        ({"inline_keyboard": [[{"callback_data": "x"}]]}, 'Can\'t find field "text"'),
        ({"inline_keyboard": [[{"text": "x", "web_app": {}}]]}, 'Can\'t find field "url"'),
        ({"keyboard": [[1]]}, "KeyboardButton must be a String or an Object"),
        (
            {"keyboard": [[{"text": "x", "request_contact": True, "request_location": True}]]},
            "at most one request must be used",
        ),
        (
            {"keyboard": [[{"text": "x", "web_app": {"url": "http://e.kz"}}]]},
            "Only HTTPS links are allowed",
        ),
    ],
)
async def test_a_malformed_markup_is_refused(bot: Bot, phone: Phone, markup: Json, words: str) -> None:
    assert words in await bot.refused_say(reply_markup=markup)


async def test_an_empty_markup_is_no_markup(bot: Bot, phone: Phone) -> None:
    assert "reply_markup" not in await bot.say(reply_markup={})


async def test_a_keyboard_button_needs_a_label(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_say(reply_markup={"keyboard": [[{"text": ""}]]})

    assert words == "400 Bad Request: keyboard button text must be non-empty"


async def test_a_contact_is_asked_in_private_chats_only(bot: Bot) -> None:
    bot.fake.group(-100)

    words = await bot.refusal("sendMessage", chat_id=-100, text="Hi", reply_markup=SHARE)

    assert words == "400 Bad Request: phone number can be requested in private chats only"


async def test_a_location_is_asked_in_private_chats_only(bot: Bot) -> None:
    bot.fake.group(-100)
    markup = {"keyboard": [[{"text": "Where I am", "request_location": True}]]}

    words = await bot.refusal("sendMessage", chat_id=-100, text="Hi", reply_markup=markup)

    assert words == "400 Bad Request: location can be requested in private chats only"


# Edits and deletions


async def test_an_edit_is_seen_in_place(bot: Bot, phone: Phone) -> None:
    message = await bot.say("Old", reply_markup=YES)
    await bot.edit(message["message_id"], "New")

    assert [(m.text, m.labels) for m in phone.messages] == [("/start", []), ("New", [])]


async def test_an_unknown_message_is_not_edited(bot: Bot, phone: Phone) -> None:
    assert await bot.refused_edit(99) == "400 Bad Request: message to edit not found"


async def test_a_message_must_be_named_to_be_edited(bot: Bot, phone: Phone) -> None:
    assert await bot.refused_edit(0) == "400 Bad Request: message identifier is not specified"


async def test_a_parents_message_is_not_edited(bot: Bot, phone: Phone) -> None:
    words = await bot.refused_edit(phone.messages[0].message_id)

    assert words == "400 Bad Request: message can't be edited"


async def test_a_message_with_a_reply_keyboard_is_not_edited(bot: Bot, phone: Phone) -> None:
    message = await bot.say(reply_markup=SHARE)

    words = await bot.refused_edit(message["message_id"])

    assert words == "400 Bad Request: message can't be edited"


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, phone: Phone) -> None:
    message = await bot.say("Same", reply_markup=YES)

    assert await bot.refused_edit(message["message_id"], "Same", reply_markup=YES) == NOT_MODIFIED


async def test_a_markup_edit_that_changes_nothing_is_refused(bot: Bot, phone: Phone) -> None:
    message = await bot.say("Same", reply_markup=YES)
    where = {"chat_id": PARENT, "message_id": message["message_id"]}

    assert await bot.refusal("editMessageReplyMarkup", **where, reply_markup=YES) == NOT_MODIFIED


async def test_a_markup_edit_keeps_the_text(bot: Bot, phone: Phone) -> None:
    message = await bot.say("Same", reply_markup=YES)
    where = {"chat_id": PARENT, "message_id": message["message_id"]}
    await bot.call("editMessageReplyMarkup", **where, reply_markup=NO)

    assert (phone.last.text, phone.last.labels) == ("Same", ["No"])


async def test_an_edit_carries_no_reply_keyboard(bot: Bot, phone: Phone) -> None:
    message = await bot.say()

    words = await bot.refused_edit(message["message_id"], reply_markup=SHARE)

    assert words == "400 Bad Request: inline keyboard expected"


async def test_a_photo_has_no_text_to_edit(bot: Bot, phone: Phone) -> None:
    await bot.upload("sendPhoto", "photo", picture())

    words = await bot.refused_edit(phone.last.message_id)

    assert words == "400 Bad Request: there is no text in the message to edit"


async def test_a_deleted_message_is_gone(bot: Bot, phone: Phone) -> None:
    await bot.call("deleteMessage", chat_id=PARENT, message_id=phone.messages[0].message_id)

    assert phone.messages == []


async def test_an_unknown_message_is_not_deleted(bot: Bot, phone: Phone) -> None:
    words = await bot.refusal("deleteMessage", chat_id=PARENT, message_id=99)

    assert words == "400 Bad Request: message to delete not found"


async def test_a_message_older_than_48_hours_is_not_deleted(bot: Bot, phone: Phone, clock: Clock) -> None:
    message = await bot.say()
    clock.tick(2 * DAY + 1)

    words = await bot.refusal("deleteMessage", chat_id=PARENT, message_id=message["message_id"])

    assert words == "400 Bad Request: message can't be deleted for everyone"


# Taps


async def tapped(bot: Bot, phone: Phone) -> str:
    await bot.say(reply_markup=YES)
    return await phone.tap("Yes")


async def test_a_tap_is_answered_by_a_toast(bot: Bot, phone: Phone) -> None:
    query = await tapped(bot, phone)
    await bot.call("answerCallbackQuery", callback_query_id=query, text="Saved", show_alert=True)

    assert [(toast.text, toast.is_alert) for toast in phone.toasts] == [("Saved", True)]


async def test_a_tap_answered_after_150_seconds_is_too_old(bot: Bot, phone: Phone, clock: Clock) -> None:
    query = await tapped(bot, phone)
    clock.tick(151)

    assert await bot.refusal("answerCallbackQuery", callback_query_id=query) == TOO_OLD_TAP


async def test_an_unknown_tap_is_not_answered(bot: Bot) -> None:
    assert await bot.refusal("answerCallbackQuery", callback_query_id="7") == TOO_OLD_TAP


async def test_a_tap_is_answered_once(bot: Bot, phone: Phone) -> None:
    query = await tapped(bot, phone)
    await bot.call("answerCallbackQuery", callback_query_id=query)

    assert await bot.refusal("answerCallbackQuery", callback_query_id=query) == TOO_OLD_TAP


async def test_a_toast_has_200_letters_at_most(bot: Bot, phone: Phone) -> None:
    query = await tapped(bot, phone)

    words = await bot.refusal("answerCallbackQuery", callback_query_id=query, text="x" * 201)

    assert words == "400 Bad Request: MESSAGE_TOO_LONG"


async def test_a_cached_answer_is_not_modelled(bot: Bot, phone: Phone) -> None:
    query = await tapped(bot, phone)

    words = await bot.refusal("answerCallbackQuery", callback_query_id=query, cache_time=5)

    assert words.startswith("400 Bad Request: the fake does not model cache_time")


async def test_the_bot_hears_the_tap_and_the_message_it_was_on(bot: Bot, phone: Phone) -> None:
    query = await tapped(bot, phone)

    heard = (await bot.updates())[-1]["callback_query"]

    assert (heard["id"], heard["data"], heard["from"]["id"]) == (query, "yes", PARENT)
    assert heard["message"]["reply_markup"] == YES


async def test_a_button_that_is_gone_cannot_be_tapped(bot: Bot, phone: Phone) -> None:
    message = await bot.say("Old", reply_markup=YES)
    await bot.edit(message["message_id"], "New")

    with pytest.raises(AssertionError, match="no button 'Yes' to tap"):
        await phone.tap("Yes")


async def test_an_old_client_can_tap_a_button_that_was_edited_away(bot: Bot, phone: Phone) -> None:
    message = await bot.say("Old", reply_markup=YES)
    await bot.edit(message["message_id"], "New", reply_markup=NO)
    await phone.tap("Yes", stale=True)

    heard = (await bot.updates())[-1]["callback_query"]

    assert (heard["data"], heard["message"]["text"]) == ("yes", "New")


async def test_a_tap_on_a_deleted_message_comes_without_it(bot: Bot, phone: Phone) -> None:
    message = await bot.say(reply_markup=YES)
    await bot.call("deleteMessage", chat_id=PARENT, message_id=message["message_id"])
    await phone.tap("Yes", stale=True)

    heard = (await bot.updates())[-1]["callback_query"]

    assert heard["message"]["date"] == 0


async def test_a_disabled_button_cannot_be_tapped(bot: Bot, phone: Phone) -> None:
    await bot.say(reply_markup={"inline_keyboard": [[{"text": "Yes", "disabled": {}}]]})

    with pytest.raises(AssertionError, match="is disabled"):
        await phone.tap("Yes")


async def test_a_link_button_opens_its_page_and_tells_the_bot_nothing(bot: Bot, phone: Phone) -> None:
    await bot.say(reply_markup={"inline_keyboard": [[{"text": "Page", "url": "https://e.kz/s"}]]})

    with pytest.raises(AssertionError, match=r"opens https://e\.kz/s"):
        await phone.tap("Page")


async def test_a_tap_can_name_its_message(bot: Bot, phone: Phone) -> None:
    await bot.say("First", reply_markup=YES)
    first = phone.last
    await bot.say("Second", reply_markup=YES)
    await phone.tap("yes", first)

    assert (await bot.updates())[-1]["callback_query"]["message"]["text"] == "First"


# Commands and descriptions


async def test_commands_are_kept_by_language(bot: Bot) -> None:
    commands = [{"command": "start", "description": "Бастау"}]
    await bot.call("setMyCommands", commands=commands, language_code="kk")

    assert await bot.call("getMyCommands", language_code="kk") == commands
    assert await bot.call("getMyCommands") == []


@pytest.mark.parametrize(
    ("command", "description", "words"),
    [
        ("Start", "x", "BOT_COMMAND_INVALID"),
        ("/start", "x", "BOT_COMMAND_INVALID"),
        ("көмек", "x", "BOT_COMMAND_INVALID"),
        ("", "x", "command must be non-empty"),
        ("s" * 33, "x", "command length must not exceed 32"),
        ("start", "", "command description must be non-empty"),
        ("start", "x" * 257, "command description length must not exceed 256"),
    ],
)
async def test_a_command_has_a_plain_name_and_a_description(
    bot: Bot, command: str, description: str, words: str
) -> None:
    commands = [{"command": command, "description": description}]

    refusal = await bot.refusal("setMyCommands", commands=commands)

    assert refusal == f"400 Bad Request: {words}"


async def test_a_command_without_a_description_is_refused(bot: Bot) -> None:
    words = await bot.refusal("setMyCommands", commands=[{"command": "start"}])

    assert words == "400 Bad Request: can't parse BotCommand: Can't find field \"description\""


async def test_more_than_a_hundred_commands_are_refused(bot: Bot) -> None:
    commands = [{"command": f"c{n}", "description": "x"} for n in range(101)]

    words = await bot.refusal("setMyCommands", commands=commands)

    assert words == "400 Bad Request: BOT_COMMANDS_TOO_MUCH"


async def test_commands_must_be_an_array(bot: Bot) -> None:
    assert await bot.refusal("setMyCommands") == "400 Bad Request: expected an Array of BotCommand"


async def test_a_command_must_be_an_object(bot: Bot) -> None:
    words = await bot.refusal("setMyCommands", commands=["start"])

    assert words == "400 Bad Request: can't parse BotCommand: expected an Object"


async def test_commands_are_kept_by_scope(bot: Bot) -> None:
    commands = [{"command": "start", "description": "Start"}]
    scope = {"type": "all_private_chats"}
    await bot.call("setMyCommands", commands=commands, scope=scope)

    assert await bot.call("getMyCommands", scope=scope) == commands
    assert await bot.call("getMyCommands") == []


async def test_a_scope_must_be_an_object(bot: Bot) -> None:
    words = await bot.refusal("setMyCommands", commands=[], scope=[])

    assert words.endswith("BotCommandScope must be an Object")


async def test_a_language_has_two_letters(bot: Bot) -> None:
    words = await bot.refusal("setMyCommands", commands=[], language_code="kaz")

    assert words == "400 Bad Request: invalid language code specified"


async def test_an_unknown_scope_is_refused(bot: Bot) -> None:
    words = await bot.refusal("setMyCommands", commands=[], scope={"type": "everybody"})

    assert words.startswith("400 Bad Request: the fake does not model the command scope")


async def test_descriptions_are_kept_by_language(bot: Bot) -> None:
    await bot.call("setMyDescription", description="Балабақша", language_code="kk")
    await bot.call("setMyShortDescription", short_description="Детский сад", language_code="ru")

    profile = bot.fake.profile

    assert (profile.descriptions, profile.short_descriptions) == (
        {"kk": "Балабақша"},
        {"ru": "Детский сад"},
    )


async def test_a_description_has_512_letters_at_most(bot: Bot) -> None:
    assert (await bot.refusal("setMyDescription", description="x" * 513)).startswith("400 ")


async def test_a_short_description_has_120_letters_at_most(bot: Bot) -> None:
    words = await bot.refusal("setMyShortDescription", short_description="x" * 121)

    assert words.startswith("400 ")


# Files


async def test_a_photo_comes_with_its_caption(bot: Bot, phone: Phone) -> None:
    await bot.upload("sendPhoto", "photo", picture(), caption="<b>Tabel</b>", parse_mode="HTML")

    assert (phone.last.kind, phone.last.text) == ("photo", "Tabel")
    assert phone.last.content["photo"][-1]["width"] == 30


async def test_a_caption_has_1024_letters_at_most(bot: Bot, phone: Phone) -> None:
    words = await bot.upload("sendPhoto", "photo", picture(), caption="x" * 1025)

    assert words == "400 Bad Request: message caption is too long"


async def test_a_photo_of_more_than_10_megabytes_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.upload("sendPhoto", "photo", picture() + b"\0" * (10 << 20))

    assert "is too big for a photo; the maximum size is 10485760 bytes" in str(words)


async def test_a_photo_that_is_no_picture_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.upload("sendPhoto", "photo", b"%PDF-1.7")

    assert words == "400 Bad Request: IMAGE_PROCESS_FAILED"


@pytest.mark.parametrize(("width", "height"), [(10_000, 600), (2100, 100)])
async def test_a_photo_too_long_or_too_narrow_is_refused(bot: Bot, phone: Phone, width: int, height: int) -> None:
    words = await bot.upload("sendPhoto", "photo", picture(width, height))

    assert words == "400 Bad Request: PHOTO_INVALID_DIMENSIONS"


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_a_file_must_be_there(bot: Bot, phone: Phone, kind: str) -> None:
    words = await bot.refusal(f"send{kind.title()}", chat_id=PARENT)

    assert words == f"400 Bad Request: there is no {kind} in the request"


async def test_an_empty_file_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.upload("sendDocument", "document", b"")

    assert words == "400 Bad Request: file must be non-empty"


async def test_a_file_may_come_under_its_own_name(bot: Bot, phone: Phone) -> None:
    form = aiohttp.FormData({"chat_id": str(PARENT)})
    form.add_field("document", b"%PDF", filename="receipt.pdf")
    url = f"{bot.fake.url}/bot{bot.fake.token}/sendDocument"

    async with bot.session.post(url, data=form):
        assert phone.last.content["document"]["file_name"] == "receipt.pdf"


async def test_an_upload_of_more_than_50_megabytes_is_refused(session: aiohttp.ClientSession, clock: Clock) -> None:
    async with FakeTelegram(now=clock) as fake:
        await fake.phone(user_id=PARENT).start()

        words = await Bot(fake, session).upload("sendDocument", "document", bytes((50 << 20) + 1))

    assert words == "413 Request Entity Too Large"


async def test_a_made_up_file_id_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refusal("sendPhoto", chat_id=PARENT, photo="https://e.kz/photo.jpg")

    assert words == "400 Bad Request: wrong file identifier/HTTP URL specified"


async def test_a_file_id_of_another_kind_is_refused(bot: Bot, phone: Phone) -> None:
    sent = await phone.document("a.pdf", b"%PDF", "application/pdf")
    file_id = sent.content["document"]["file_id"]

    words = await bot.refusal("sendPhoto", chat_id=PARENT, photo=file_id)

    assert words == "400 Bad Request: type of file mismatch"


async def test_a_document_is_sent_again_by_its_file_id(bot: Bot, phone: Phone) -> None:
    sent = await bot.upload("sendDocument", "document", b"%PDF", "receipt.pdf")
    assert isinstance(sent, dict)
    await bot.call("sendDocument", chat_id=PARENT, document=sent["document"]["file_id"])

    assert phone.last.content["document"]["file_name"] == "receipt.pdf"


async def test_a_parents_document_can_be_downloaded(bot: Bot, phone: Phone) -> None:
    sent = await phone.document("a.pdf", b"%PDF", "application/pdf")
    file = await bot.call("getFile", file_id=sent.content["document"]["file_id"])

    url = f"{bot.fake.url}/file/bot{bot.fake.token}/{file['file_path']}"
    async with bot.session.get(url) as response:
        assert await response.read() == b"%PDF"


async def test_a_file_link_lives_an_hour(bot: Bot, phone: Phone, clock: Clock) -> None:
    sent = await phone.photo(picture())
    file = await bot.call("getFile", file_id=sent.content["photo"][-1]["file_id"])
    clock.tick(3601)

    url = f"{bot.fake.url}/file/bot{bot.fake.token}/{file['file_path']}"
    async with bot.session.get(url) as response:
        assert response.status == 404


async def test_a_file_is_not_downloaded_with_a_wrong_token(bot: Bot) -> None:
    async with bot.session.get(f"{bot.fake.url}/file/bot1:WRONG/photos/x.jpg") as response:
        assert response.status == 401


async def test_a_file_of_more_than_20_megabytes_is_not_downloaded(session: aiohttp.ClientSession, clock: Clock) -> None:
    async with FakeTelegram(now=clock) as fake:
        sent = await fake.phone(user_id=PARENT).document("big", bytes((20 << 20) + 1), "x/y")
        file_id = sent.content["document"]["file_id"]

        words = await Bot(fake, session).refusal("getFile", file_id=file_id)

    assert words == "400 Bad Request: file is too big"


@pytest.mark.parametrize(("file_id", "words"), [("", "file_id not specified"), ("x", "invalid file_id")])
async def test_an_unknown_file_is_not_downloaded(bot: Bot, file_id: str, words: str) -> None:
    assert await bot.refusal("getFile", file_id=file_id) == f"400 Bad Request: {words}"


async def test_an_unknown_chat_action_is_refused(bot: Bot, phone: Phone) -> None:
    words = await bot.refusal("sendChatAction", chat_id=PARENT, action="thinking")

    assert words == "400 Bad Request: wrong parameter action in request"


async def test_typing_is_shown(bot: Bot, phone: Phone) -> None:
    await bot.call("sendChatAction", chat_id=PARENT, action="typing")

    assert bot.fake.actions == [(PARENT, "typing")]


# getUpdates


async def test_an_update_comes_again_until_the_offset_passes_it(bot: Bot, phone: Phone) -> None:
    first = await bot.updates()
    again = await bot.updates()
    after = await bot.updates(offset=first[0]["update_id"] + 1)

    assert (first == again, after) == (True, [])


async def test_update_ids_grow(bot: Bot, phone: Phone) -> None:
    await phone.text("Hello")

    ids = [update["update_id"] for update in await bot.updates()]

    assert ids == [ids[0], ids[0] + 1]


async def test_the_limit_is_kept(bot: Bot, phone: Phone) -> None:
    await phone.text("Hello")

    assert len(await bot.updates(limit=1)) == 1


async def test_a_negative_offset_forgets_all_but_the_last(bot: Bot, phone: Phone) -> None:
    await phone.text("Hello")

    assert [_heard(update) for update in await bot.updates(offset=-1)] == ["Hello"]
    assert len(bot.fake.waiting) == 1


async def test_a_long_poll_ends_with_the_first_update(bot: Bot, phone: Phone) -> None:
    offset = (await bot.updates())[-1]["update_id"] + 1
    async with asyncio.TaskGroup() as group:
        poll = group.create_task(bot.updates(offset=offset, timeout=50))
        await phone.wait_for(lambda _: bot.fake.is_polled)
        await phone.text("Hello")

    assert [_heard(update) for update in poll.result()] == ["Hello"]


async def test_a_message_older_than_24_hours_is_lost(bot: Bot, phone: Phone, clock: Clock) -> None:
    clock.tick(DAY)

    assert await bot.updates() == []
    assert [update.kind for update in bot.fake.lost] == ["message"]


async def test_a_tap_older_than_150_seconds_is_gone(bot: Bot, phone: Phone, clock: Clock) -> None:
    await tapped(bot, phone)
    clock.tick(150)

    assert [_heard(update) for update in await bot.updates()] == ["/start"]


async def test_kinds_not_asked_for_are_not_sent(bot: Bot, phone: Phone) -> None:
    offset = (await bot.updates(allowed_updates=["callback_query"]))[-1]["update_id"] + 1
    await phone.text("Not heard")
    await tapped(bot, phone)

    assert [_heard(update) for update in await bot.updates(offset=offset)] == ["tap yes"]


async def test_an_unknown_kind_of_update_is_refused(bot: Bot) -> None:
    words = await bot.refusal("getUpdates", allowed_updates=["messages"])

    assert words == "400 Bad Request: unknown update types ['messages']"


async def test_kinds_of_updates_are_an_array(bot: Bot) -> None:
    words = await bot.refusal("getUpdates", allowed_updates="{}")

    assert words == "400 Bad Request: allowed_updates must be an Array of String"


async def test_the_info_tells_which_kinds_were_asked_for(bot: Bot) -> None:
    await bot.updates(allowed_updates=["message"])

    assert (await bot.call("getWebhookInfo"))["allowed_updates"] == ["message"]


async def test_polling_is_refused_while_a_webhook_is_set(bot: Bot) -> None:
    await bot.call("setWebhook", url="http://127.0.0.1:9/hook")

    assert await bot.refusal("getUpdates") == (
        "409 Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first"
    )


async def test_a_second_poller_ends_the_first(bot: Bot, phone: Phone) -> None:
    offset = (await bot.updates())[-1]["update_id"] + 1
    async with asyncio.TaskGroup() as group:
        first = group.create_task(bot.refusal("getUpdates", offset=offset, timeout=50))
        await phone.wait_for(lambda _: bot.fake.is_polled)
        await bot.updates(offset=offset)

    assert first.result() == (
        "409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )


async def test_setting_a_webhook_ends_the_poll(bot: Bot, phone: Phone) -> None:
    offset = (await bot.updates())[-1]["update_id"] + 1
    async with asyncio.TaskGroup() as group:
        poll = group.create_task(bot.refusal("getUpdates", offset=offset, timeout=50))
        await phone.wait_for(lambda _: bot.fake.is_polled)
        await bot.call("setWebhook", url="http://127.0.0.1:9/hook")

    assert poll.result() == "409 Conflict: terminated by setWebhook request"


KILLED_BOT = """
import sys, urllib.request
urllib.request.urlopen(sys.argv[1] + "/getUpdates?timeout=50&offset=" + sys.argv[2]).read()
"""


async def test_a_killed_bot_gets_its_updates_again(bot: Bot, phone: Phone) -> None:
    offset = (await bot.updates())[-1]["update_id"] + 1
    base = f"{bot.fake.url}/bot{bot.fake.token}"
    first_life = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED_BOT, base, str(offset))
    await phone.wait_for(lambda _: bot.fake.is_polled)
    first_life.kill()
    await first_life.wait()
    await phone.text("Hello")

    assert [_heard(update) for update in await bot.updates(offset=offset)] == ["Hello"]


async def test_a_scripted_duplicate_comes_after_it_was_confirmed(bot: Bot, phone: Phone) -> None:
    bot.fake.duplicate_next()
    first = await bot.updates()
    offset = first[0]["update_id"] + 1

    assert await bot.updates(offset=offset) == first
    assert await bot.updates(offset=offset) == []


# setWebhook


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://e.kz/hook", "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            "https://e.kz:8080/hook",
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ("e.kz", "invalid webhook URL specified"),
        ("https://e.kz:port/", "invalid webhook URL specified"),
    ],
)
async def test_a_webhook_is_https_on_a_known_port(session: aiohttp.ClientSession, url: str, words: str) -> None:
    async with FakeTelegram() as fake:
        refusal = await Bot(fake, session).refusal("setWebhook", url=url)

    assert refusal == f"400 Bad Request: {words}"


async def test_a_local_server_takes_http_and_any_port(bot: Bot) -> None:
    await bot.call("setWebhook", url="http://127.0.0.1:8080/hook")

    assert (await bot.call("getWebhookInfo"))["url"] == "http://127.0.0.1:8080/hook"


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("x" * 257, "secret token is too long"),
        ("құпия", "secret token contains unallowed characters"),
        ("a b", "secret token contains unallowed characters"),
    ],
)
async def test_a_secret_is_plain_and_short(bot: Bot, secret: str, words: str) -> None:
    refusal = await bot.refusal("setWebhook", url="http://127.0.0.1:9/", secret_token=secret)

    assert refusal == f"400 Bad Request: {words}"


async def test_a_webhook_set_twice_in_a_second_is_too_fast(session: aiohttp.ClientSession) -> None:
    async with FakeTelegram(local=True, now=Clock()) as fake:
        bot = Bot(fake, session)
        await bot.call("setWebhook", url="http://127.0.0.1:9/")

        words = await bot.refusal("setWebhook", url="http://127.0.0.1:9/")

    assert words == "429 Too Many Requests: retry after 1"


async def test_a_deleted_webhook_leaves_the_updates_for_polling(bot: Bot, phone: Phone) -> None:
    await bot.call("setWebhook", url="http://127.0.0.1:9/")
    await bot.call("deleteWebhook")

    assert [_heard(update) for update in await bot.updates()] == ["/start"]


async def test_an_empty_address_deletes_the_webhook(bot: Bot) -> None:
    await bot.call("setWebhook", url="http://127.0.0.1:9/")
    await bot.call("setWebhook", url="")

    assert (await bot.call("getWebhookInfo"))["url"] == ""


async def test_without_a_webhook_nothing_is_delivered(bot: Bot, phone: Phone) -> None:
    assert await bot.fake.deliver_due() == []


async def test_dropped_updates_do_not_come(bot: Bot, phone: Phone) -> None:
    await bot.call("deleteWebhook", drop_pending_updates=True)

    assert await bot.updates() == []


# Deliveries to a webhook


async def test_an_update_comes_with_the_secret(hooked: Webhook, bot: Bot, phone: Phone) -> None:
    await phone.text("Hello")
    await bot.fake.deliver_due()

    assert (hooked.texts, hooked.secrets) == (["Hello"], ["s-e_c"])
    assert (await bot.call("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_refused_update_comes_again_at_once_and_then_later_each_time(
    hooked: Webhook, bot: Bot, phone: Phone, clock: Clock
) -> None:
    hooked.answers = [500] * 5
    await phone.text("Hello")
    begun = clock.at
    while not await _taken(bot):
        clock.tick(1)

    assert [d.at - begun for d in bot.fake.deliveries[1:]] == [0, 0, 2, 6, 14, 30]


async def _taken(bot: Bot) -> bool:
    await bot.fake.deliver_due()
    return not bot.fake.waiting


async def test_the_pause_grows_to_two_minutes_at_most(hooked: Webhook, bot: Bot, phone: Phone, clock: Clock) -> None:
    hooked.answers = [500] * 12
    await phone.text("Hello")
    while not await _taken(bot):
        clock.tick(1)

    times = [delivery.at for delivery in bot.fake.deliveries[1:]]
    assert 60 <= times[-1] - times[-2] <= 120


async def test_retry_after_is_honoured(hooked: Webhook, bot: Bot, phone: Phone, clock: Clock) -> None:
    hooked.answers, hooked.retry_after = [503], "40"
    await phone.text("Hello")
    await bot.fake.deliver_due()
    clock.tick(39)
    assert await bot.fake.deliver_due() == []
    clock.tick(1)

    assert len(await bot.fake.deliver_due()) == 1


async def test_nobody_waits_for_more_than_an_hour(hooked: Webhook, bot: Bot, phone: Phone, clock: Clock) -> None:
    hooked.answers, hooked.retry_after = [503], "9999"
    await phone.text("Hello")
    await bot.fake.deliver_due()
    clock.tick(3600)

    assert len(await bot.fake.deliver_due()) == 1


async def test_a_tap_put_off_beyond_its_life_is_lost_at_once(hooked: Webhook, bot: Bot, phone: Phone) -> None:
    await tapped(bot, phone)
    hooked.answers, hooked.retry_after = [503], "151"
    await bot.fake.deliver_due()

    assert [update.kind for update in bot.fake.lost] == ["callback_query"]


async def test_a_refused_text_blocks_the_texts_but_not_the_taps(hooked: Webhook, bot: Bot, phone: Phone) -> None:
    await bot.say(reply_markup=YES)
    hooked.answers = [500, 500]
    await phone.text("One")
    await phone.text("Two")
    await phone.tap("Yes")
    await bot.fake.deliver_due()

    assert hooked.texts == ["One", "One", "tap yes"]


async def test_one_familys_poison_does_not_block_another_family(hooked: Webhook, bot: Bot, phone: Phone) -> None:
    hooked.answers = [500, 500]
    await phone.text("Poison")
    await bot.fake.phone(user_id=502).text("Healthy")
    await bot.fake.deliver_due()

    assert hooked.texts == ["Poison", "Poison", "Healthy"]


async def test_a_refused_tap_is_lost_after_150_seconds(hooked: Webhook, bot: Bot, phone: Phone, clock: Clock) -> None:
    await tapped(bot, phone)
    hooked.answers = [500] * 99
    while not await _taken(bot):
        clock.tick(1)

    assert [update.kind for update in bot.fake.lost] == ["callback_query"]


async def test_a_held_queue_is_overtaken_by_the_other(hooked: Webhook, bot: Bot, phone: Phone) -> None:
    await bot.say(reply_markup=YES)
    bot.fake.hold("message")
    await phone.text("First")
    await phone.tap("Yes")
    await bot.fake.deliver_due()
    bot.fake.release("message")
    await bot.fake.deliver_due()

    assert hooked.texts == ["tap yes", "First"]


async def test_a_scripted_duplicate_is_delivered_twice(hooked: Webhook, bot: Bot, phone: Phone) -> None:
    bot.fake.duplicate_next()
    await phone.text("One")
    await phone.text("Two")
    await bot.fake.deliver_due()

    assert hooked.texts == ["One", "One", "Two"]
    assert hooked.bodies[0] == hooked.bodies[1]


async def test_an_update_taken_long_ago_can_come_again(hooked: Webhook, bot: Bot, phone: Phone) -> None:
    await phone.text("One")
    await bot.fake.deliver_due()
    bot.fake.redeliver(hooked.bodies[0]["update_id"])
    await bot.fake.deliver_due()

    assert hooked.texts == ["One", "One"]


async def test_a_refused_duplicate_is_forgotten(hooked: Webhook, bot: Bot, phone: Phone) -> None:
    bot.fake.duplicate_next()
    hooked.answers = [200, 500]
    await phone.text("One")
    await bot.fake.deliver_due()

    assert (hooked.texts, bot.fake.waiting) == (["One", "One"], [])


async def test_an_unreachable_webhook_is_named_in_the_info(bot: Bot, phone: Phone, clock: Clock) -> None:
    await bot.call("setWebhook", url="http://127.0.0.1:9/")
    await bot.fake.deliver_due()

    info = await bot.call("getWebhookInfo")

    assert (info["pending_update_count"], info["last_error_date"]) == (1, int(clock.at))


async def test_in_the_background_updates_come_by_themselves(hooked: Webhook, bot: Bot, phone: Phone) -> None:
    bot.fake.start_delivering()
    await phone.text("Hello")
    await phone.wait_for(lambda _: not bot.fake.waiting)

    assert hooked.texts == ["Hello"]


async def test_in_the_background_a_retry_waits_for_the_clock(
    hooked: Webhook, bot: Bot, phone: Phone, clock: Clock
) -> None:
    bot.fake.start_delivering()
    hooked.answers = [500, 500]
    await phone.text("Hello")
    await phone.wait_for(lambda _: len(hooked.bodies) == 2 and not hooked.answers)
    assert bot.fake.waiting
    clock.tick(2)
    bot.fake.wake()
    await phone.wait_for(lambda _: not bot.fake.waiting)

    assert hooked.texts == ["Hello"] * 3


async def test_a_hurried_postman_does_not_wait(hooked: Webhook, bot: Bot, phone: Phone) -> None:
    hooked.answers = [500, 500]
    await phone.text("Hello")
    await bot.fake.deliver_due()
    bot.fake.hurry()
    await bot.fake.deliver_due()

    assert bot.fake.waiting == []


# Rates and faults


async def limited(session: aiohttp.ClientSession, clock: Clock, rates: Rates) -> Sequence[Json]:
    """Send ten messages in no time and give the refusals."""
    async with FakeTelegram(now=clock, rates=rates) as fake:
        await fake.phone(user_id=PARENT).start()
        bot = Bot(fake, session)
        answers = [await bot.post("sendMessage", chat_id=PARENT, text="Hi") for _ in range(10)]
    return [body for status, body in answers if status == 429]


async def test_a_chat_takes_a_burst_and_then_one_a_second(session: aiohttp.ClientSession, clock: Clock) -> None:
    refused = await limited(session, clock, Rates(per_chat_burst=8))

    assert (
        refused
        == [
            {
                "ok": False,
                "error_code": 429,
                "description": "Too Many Requests: retry after 1",
                "parameters": {"retry_after": 1},
            }
        ]
        * 2
    )


async def test_all_chats_together_have_a_limit(session: aiohttp.ClientSession, clock: Clock) -> None:
    assert len(await limited(session, clock, Rates(overall_per_second=7))) == 3


async def test_a_group_takes_twenty_a_minute(session: aiohttp.ClientSession, clock: Clock) -> None:
    async with FakeTelegram(now=clock) as fake:
        fake.group(-100)
        bot = Bot(fake, session)
        for _ in range(20):
            await bot.call("sendMessage", chat_id=-100, text="Hi")

        words = await bot.refusal("sendMessage", chat_id=-100, text="Hi")

    assert words == "429 Too Many Requests: retry after 3"


async def test_after_the_wait_a_message_goes_through(session: aiohttp.ClientSession, clock: Clock) -> None:
    async with FakeTelegram(now=clock, rates=Rates(per_chat_burst=1)) as fake:
        await fake.phone(user_id=PARENT).start()
        bot = Bot(fake, session)
        await bot.say()
        await bot.refused_say()
        clock.tick(1)
        await bot.say()

        assert fake.count("Hello") == 2


async def test_a_scripted_failure_happens_once_and_has_no_effect(bot: Bot, phone: Phone) -> None:
    bot.fake.fail_next("sendMessage", 500, "Internal Server Error")

    assert await bot.refused_say() == "500 Internal Server Error"
    assert bot.fake.count("Hello") == 0
    assert await bot.say()


async def test_a_scripted_429_says_how_long_to_wait(bot: Bot, phone: Phone) -> None:
    bot.fake.fail_next("sendMessage", 429, "Too Many Requests: retry after 35", retry_after=35)

    status, body = await bot.post("sendMessage", chat_id=PARENT, text="Hi")

    assert (status, body["parameters"]) == (429, {"retry_after": 35})


async def test_a_gateway_answers_with_a_page(bot: Bot, phone: Phone) -> None:
    bot.fake.fail_next("getMe", 502, "Bad Gateway", page="<html>502</html>")

    async with bot.session.get(f"{bot.fake.url}/bot{bot.fake.token}/getMe") as response:
        assert (response.status, await response.text()) == (502, "<html>502</html>")


@pytest.mark.parametrize(("after", "effects"), [(False, 0), (True, 1)])
async def test_a_cut_connection_leaves_the_outcome_unknown(bot: Bot, phone: Phone, after: bool, effects: int) -> None:
    bot.fake.drop_next("sendMessage", after=after)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await bot.say("Reminder")

    assert (bot.fake.count("Reminder"), bot.fake.calls[-1].status) == (effects, None)


# The phone


async def test_a_start_link_carries_its_payload(bot: Bot, fake: FakeTelegram) -> None:
    await fake.phone(user_id=PARENT).start("token_1")

    message = (await bot.updates())[0]["message"]

    assert message["text"] == "/start token_1"
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


async def test_a_payload_is_plain_and_short(fake: FakeTelegram) -> None:
    with pytest.raises(AssertionError):
        await fake.phone(user_id=PARENT).start("құпия")


async def test_a_parent_says_who_they_are(bot: Bot, phone: Phone) -> None:
    sender = (await bot.updates())[0]["message"]["from"]

    assert (sender["first_name"], sender["language_code"]) == ("Айгерім", "kk")


async def test_a_person_has_one_phone(fake: FakeTelegram, phone: Phone) -> None:
    assert fake.phone(user_id=PARENT) is phone


async def test_a_pressed_share_button_sends_the_parents_own_contact(bot: Bot, phone: Phone) -> None:
    await bot.say(reply_markup=SHARE)
    await phone.press("Share my phone")

    contact = (await bot.updates())[-1]["message"]["contact"]

    assert (contact["user_id"], contact["phone_number"]) == (PARENT, phone.phone_number)


@pytest.mark.parametrize(("user_id", "told"), [(777, 777), (0, None), (None, None)])
async def test_a_contact_can_be_somebody_elses(bot: Bot, phone: Phone, user_id: int | None, told: int | None) -> None:
    await phone.contact("77019998877", user_id)

    contact = (await bot.updates())[-1]["message"]["contact"]

    assert contact.get("user_id") == told


async def test_a_forwarded_contact_says_so(bot: Bot, phone: Phone) -> None:
    await phone.contact(forwarded=True)

    assert "forward_origin" in (await bot.updates())[-1]["message"]


async def test_a_pressed_label_is_said(bot: Bot, phone: Phone) -> None:
    await bot.say(reply_markup={"keyboard": [["Қазақша", "Русский"]]})
    await phone.press("Қазақша")

    assert phone.messages[-1].text == "Қазақша"


async def test_a_pressed_location_button_sends_the_place(bot: Bot, phone: Phone) -> None:
    markup = {"keyboard": [[{"text": "Where I am", "request_location": True}]]}
    await bot.say(reply_markup=markup)
    await phone.press("Where I am")

    assert "location" in (await bot.updates())[-1]["message"]


async def test_a_button_that_is_not_there_cannot_be_pressed(bot: Bot, phone: Phone) -> None:
    await bot.say(reply_markup=SHARE)

    with pytest.raises(AssertionError, match="no button 'Other'"):
        await phone.press("Other")


@pytest.mark.parametrize("way", ["removed", "deleted", "used up"])
async def test_a_keyboard_that_went_away_cannot_be_pressed(bot: Bot, phone: Phone, way: str) -> None:
    message = await bot.say(reply_markup={"keyboard": [["Yes"]], "one_time_keyboard": way == "used up"})
    if way == "removed":
        await bot.say("Done", reply_markup={"remove_keyboard": True})
    if way == "deleted":
        await bot.call("deleteMessage", chat_id=PARENT, message_id=message["message_id"])
    if way == "used up":
        await phone.press("Yes")

    with pytest.raises(AssertionError, match="no reply keyboard is showing"):
        await phone.press("Yes")


async def test_a_reply_keyboard_outlives_later_messages(bot: Bot, phone: Phone) -> None:
    await bot.say(reply_markup=SHARE)
    await bot.say("More", reply_markup=YES)

    assert phone.keyboard
    assert phone.keyboard.labels == ["Share my phone"]


async def test_a_phone_sends_all_that_phones_send(bot: Bot, phone: Phone) -> None:
    await phone.photo(picture(), caption="IIN")
    await phone.document("a.pdf", b"%PDF", "application/pdf")
    await phone.voice()
    await phone.sticker()
    await phone.location(43.2, 76.9)

    kinds = [set(update["message"]) for update in (await bot.updates())[1:]]

    wanted = ["photo", "document", "voice", "sticker", "location"]
    assert [kind in keys for kind, keys in zip(wanted, kinds, strict=True)] == [True] * 5


async def test_an_edited_message_is_told_as_edited(bot: Bot, phone: Phone, clock: Clock) -> None:
    message = await phone.text("Aida")
    clock.tick(5)
    await phone.edit(message.message_id, "Aidana")

    edited = (await bot.updates())[-1]["edited_message"]

    assert (edited["text"], edited["edit_date"]) == ("Aidana", int(clock.at))


async def test_a_parent_edits_only_their_own_words(bot: Bot, phone: Phone) -> None:
    message = await bot.say()

    with pytest.raises(AssertionError, match="only their own words"):
        await phone.edit(message["message_id"], "New")


async def test_blocking_is_told_to_the_bot(bot: Bot, phone: Phone) -> None:
    bot.fake.block(PARENT)
    bot.fake.unblock(PARENT)

    told = [update["my_chat_member"] for update in (await bot.updates())[1:]]

    assert [change["new_chat_member"]["status"] for change in told] == ["kicked", "member"]


async def test_a_parent_who_blocked_the_bot_cannot_write_to_it(bot: Bot, phone: Phone) -> None:
    bot.fake.block(PARENT)

    with pytest.raises(AssertionError, match="unblock the bot first"):
        await phone.text("Hello")


async def test_a_deleted_account_cannot_write(bot: Bot, phone: Phone) -> None:
    bot.fake.deactivate(PARENT)

    with pytest.raises(AssertionError, match="the account is gone"):
        await phone.text("Hello")


async def test_waiting_for_a_word_gives_what_was_found(bot: Bot, phone: Phone) -> None:
    async with asyncio.TaskGroup() as group:
        found = group.create_task(phone.wait_for(lambda p: p.last.button("Yes").callback_data))
        await bot.say("Sure?", reply_markup=YES)

    assert found.result() == "yes"


async def test_waiting_in_vain_shows_the_chat(phone: Phone) -> None:
    with pytest.raises(AssertionError, match="me: /start"):
        await phone.wait_for(lambda p: p.last, timeout=0.01)


async def test_a_text_sent_twice_counts_twice(bot: Bot, phone: Phone) -> None:
    await bot.say("Once")
    await bot.say("Twice")
    await bot.say("Twice")

    assert (bot.fake.count("Once"), bot.fake.count("Twice", to=PARENT)) == (1, 2)


# aiogram, the client the product uses


async def test_aiogram_speaks_to_the_fake(fake: FakeTelegram, phone: Phone) -> None:
    from aiogram import Bot as Aiogram
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup

    server = TelegramAPIServer.from_base(fake.url)
    button = InlineKeyboardButton(text="Yes", callback_data="yes")
    async with Aiogram(fake.token, session=AiohttpSession(api=server)) as client:
        markup = InlineKeyboardMarkup(inline_keyboard=[[button]])
        sent = await client.send_message(PARENT, "<b>Hi</b>", parse_mode="HTML", reply_markup=markup)
        await client.send_photo(PARENT, BufferedInputFile(picture(), "a.png"), caption="Photo")
        await phone.tap("Yes")
        updates = await client.get_updates(allowed_updates=[])
        assert updates[-1].callback_query
        await updates[-1].callback_query.answer("Saved")
        await sent.edit_text("Bye")

    assert [message.text for message in phone.messages] == ["/start", "Bye", "Photo"]
    assert [toast.text for toast in phone.toasts] == ["Saved"]
