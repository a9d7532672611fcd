"""Reply markup: the four kinds a message may carry, read strictly."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.fakes.telegram.params import Json
from tests.fakes.telegram.refusals import bad_request, unmodelled

CALLBACK_BYTES = 64
INLINE_ROW = 8
INLINE_TOTAL = 100
COPY_TEXT = 256
PLACEHOLDER = 64

ACTIONS = {"url", "callback_data", "web_app", "copy_text", "disabled"}
OTHER_ACTIONS = {
    "callback_game",
    "login_url",
    "pay",
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
}
REQUESTS = {"request_contact", "request_location", "web_app"}
OTHER_REQUESTS = {"request_chat", "request_managed_bot", "request_poll", "request_users"}
STYLES = {"danger", "primary", "success"}

FIELDS_OF_KIND = {
    "inline_keyboard": {"inline_keyboard"},
    "keyboard": {
        "keyboard",
        "is_persistent",
        "resize_keyboard",
        "one_time_keyboard",
        "input_field_placeholder",
        "selective",
    },
    "remove_keyboard": {"remove_keyboard", "selective"},
    "force_reply": {"force_reply", "input_field_placeholder", "selective"},
}


@dataclass(frozen=True)
class Button:
    """One button, inline or not; `raw` is what the bot sent."""

    text: str
    raw: Json = field(repr=False)

    @property
    def callback_data(self) -> str | None:
        data: str | None = self.raw.get("callback_data")
        return data

    @property
    def url(self) -> str | None:
        """The page the button opens, a mini app included."""
        url: str | None = self.raw.get("url") or self.raw.get("web_app", {}).get("url")
        return url

    @property
    def is_disabled(self) -> bool:
        return "disabled" in self.raw

    @property
    def asks_contact(self) -> bool:
        return bool(self.raw.get("request_contact"))

    @property
    def asks_location(self) -> bool:
        return bool(self.raw.get("request_location"))


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True)
class Keyboard:
    """Rows of buttons."""

    rows: Rows

    @property
    def buttons(self) -> tuple[Button, ...]:
        return tuple(button for row in self.rows for button in row)

    @property
    def labels(self) -> list[str]:
        return [button.text for button in self.buttons]

    def find(self, label_or_data: str) -> Button | None:
        return next((b for b in self.buttons if label_or_data in {b.text, b.callback_data}), None)


@dataclass(frozen=True)
class InlineKeyboard(Keyboard):
    """Buttons under a message."""

    @property
    def as_json(self) -> Json:
        return {"inline_keyboard": [[button.raw for button in row] for row in self.rows]}


@dataclass(frozen=True)
class ReplyKeyboard(Keyboard):
    """Buttons in place of the phone's own keyboard."""

    one_time: bool = False


@dataclass(frozen=True)
class RemoveKeyboard:
    """Take the reply keyboard away."""


@dataclass(frozen=True)
class ForceReply:
    """Open the phone's own keyboard, answering this message."""


Markup = InlineKeyboard | ReplyKeyboard | RemoveKeyboard | ForceReply


def parse(raw: object | None, *, private: bool) -> Markup | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise bad_request("object expected as reply markup")
    kind = _kind(raw)
    if kind is None:
        return None
    if unknown := set(raw) - FIELDS_OF_KIND[kind]:
        raise unmodelled(f"{_listed(unknown)} in a reply markup with {kind}")
    if len(str(raw.get("input_field_placeholder", ""))) > PLACEHOLDER:
        raise bad_request("input field placeholder is too long")
    if kind == "inline_keyboard":
        return _inline(raw, private=private)
    if kind == "keyboard":
        return _reply(raw, private=private)
    return RemoveKeyboard() if kind == "remove_keyboard" else ForceReply()


def _kind(raw: Json) -> str | None:
    kinds = [kind for kind in FIELDS_OF_KIND if kind in raw]
    if len(kinds) > 1:
        # Telegram silently takes the first it likes; the person would miss the other.
        raise bad_request(f"reply markup can't have {' and '.join(kinds)} at once")
    if not kinds and raw:
        raise unmodelled(f"{_listed(set(raw))} in a reply markup")
    if kinds and kinds[0] in {"remove_keyboard", "force_reply"} and raw[kinds[0]] is not True:
        raise bad_request(f'field "{kinds[0]}" must be True')
    return kinds[0] if kinds else None


def _inline(raw: Json, *, private: bool) -> InlineKeyboard | None:
    rows = tuple(
        tuple(_inline_button(button, private=private) for button in row)
        for row in _rows(raw, "inline_keyboard", " of the InlineKeyboardMarkup")
    )
    keyboard = InlineKeyboard(tuple(row for row in rows if row))
    if len(keyboard.buttons) > INLINE_TOTAL or any(len(row) > INLINE_ROW for row in rows):
        raise bad_request("reply markup is too long")
    return keyboard if keyboard.rows else None


def _reply(raw: Json, *, private: bool) -> ReplyKeyboard | None:
    rows = tuple(tuple(_reply_button(button, private=private) for button in row) for row in _rows(raw, "keyboard"))
    filled = tuple(row for row in rows if row)
    one_time = raw.get("one_time_keyboard") is True
    return ReplyKeyboard(filled, one_time=one_time) if filled else None


def _rows(raw: Json, name: str, owner: str = "") -> Iterator[list[object]]:
    rows = raw[name]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}"{owner} must be an Array of Arrays')
    return iter(rows)


def _inline_button(raw: object, *, private: bool) -> Button:
    where = "can't parse inline keyboard button: "
    if not isinstance(raw, dict):
        raise bad_request(f"{where}InlineKeyboardButton must be an Object")
    raw = _filled(raw)
    text = _text(raw, where, "inline keyboard button text must be non-empty")
    actions = sorted((ACTIONS | OTHER_ACTIONS) & set(raw))
    if not actions or raw.get("callback_data") == "":  # Telegram takes empty for absent
        raise bad_request(f"{where}Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(f"{where}exactly one of {_listed(set(actions))} must be used")
    _must_be_known(raw, {"text", "style"} | ACTIONS, "an inline button")
    _judge_action(actions[0], raw[actions[0]], private=private)
    return Button(text, raw)


def _judge_action(action: str, value: object, *, private: bool) -> None:
    if action == "callback_data" and (not isinstance(value, str) or len(value.encode()) > CALLBACK_BYTES):
        raise bad_request("BUTTON_DATA_INVALID")
    if action == "url":
        _judge_url(str(value))
    if action == "web_app":
        _judge_web_app(value, "inline keyboard button", private=private)
    if action == "copy_text" and not 1 <= len(_member(value, "text")) <= COPY_TEXT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")


def _judge_url(url: str) -> None:
    where = f"inline keyboard button URL '{url}' is invalid: "
    scheme = urlsplit(url).scheme
    if scheme not in {"http", "https", "tg"}:
        raise bad_request(f"{where}Unsupported URL protocol")
    if scheme != "tg" and "." not in (urlsplit(url).hostname or ""):
        raise bad_request(f"{where}Wrong HTTP URL")  # http://localhost is such a one


def _judge_web_app(value: object, owner: str, *, private: bool) -> None:
    url = _member(value, "url")
    if not private:
        raise bad_request("BUTTON_TYPE_INVALID")
    if urlsplit(url).scheme != "https":
        raise bad_request(f"{owner} Web App URL '{url}' is invalid: Only HTTPS links are allowed")


def _reply_button(raw: object, *, private: bool) -> Button:
    where = "can't parse keyboard button: "
    raw = {"text": raw} if isinstance(raw, str) else raw
    if not isinstance(raw, dict):
        raise bad_request(f"{where}KeyboardButton must be a String or an Object")
    raw = _filled(raw)
    text = _text(raw, where, "keyboard button text must be non-empty")
    _must_be_known(raw, {"text", "style"} | REQUESTS, "a keyboard button")
    if len([name for name in REQUESTS if raw.get(name)]) > 1:
        raise bad_request(f"{where}at most one request must be used")
    if raw.get("request_contact") and not private:
        raise bad_request("phone number can be requested in private chats only")
    if raw.get("request_location") and not private:
        raise bad_request("location can be requested in private chats only")
    if "web_app" in raw:
        _judge_web_app(raw["web_app"], "keyboard button", private=private)
    return Button(text, raw)


def _text(raw: Json, where: str, when_empty: str) -> str:
    if not isinstance(text := raw.get("text"), str):
        raise bad_request(f'{where}Can\'t find field "text"')
    if not text.strip():
        raise bad_request(when_empty)
    return text


def _filled(raw: Json) -> Json:
    return {name: value for name, value in raw.items() if value is not None}


def _must_be_known(raw: Json, known: set[str], where: str) -> None:
    if unknown := set(raw) - known:
        raise unmodelled(f"{_listed(unknown)} in {where}")
    if raw.get("style") not in (None, *STYLES):
        raise bad_request("can't parse inline keyboard button: invalid button style specified")


def _member(value: object, name: str) -> str:
    member = value.get(name) if isinstance(value, dict) else None
    if not isinstance(member, str):
        raise bad_request(f"can't parse inline keyboard button: Can't find field \"{name}\"")
    return member


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
