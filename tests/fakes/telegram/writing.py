"""Methods that write to people: send, edit, delete, answer a tap."""

from dataclasses import replace

from tests.fakes.telegram.chats import Message
from tests.fakes.telegram.entities import Formatted, parse, utf16
from tests.fakes.telegram.files import StoredFile, photo_sizes
from tests.fakes.telegram.keyboards import InlineKeyboard, Markup
from tests.fakes.telegram.keyboards import parse as parse_markup
from tests.fakes.telegram.params import Json, Params
from tests.fakes.telegram.refusals import bad_request, unmodelled
from tests.fakes.telegram.world import Toast, World

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
TOAST_LIMIT = 200
DELETABLE_FOR = 48 * 3600
TAP_LIFE = 150

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
TOO_OLD_TAP = "query is too old and response timeout expired or query ID is invalid"
PREVIEW = {"is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"}
REPLY = {"message_id", "chat_id", "allow_sending_without_reply"}
ACTIONS = {
    "choose_sticker",
    "find_location",
    "record_video",
    "record_video_note",
    "record_voice",
    "typing",
    "upload_document",
    "upload_photo",
    "upload_video",
    "upload_video_note",
    "upload_voice",
}


def send_message(world: World, params: Params) -> Json:
    text = _text(params)
    return _send(world, params, text=text, kind="text", content={})


def send_photo(world: World, params: Params) -> Json:
    caption = _caption(params)
    file = world.files.take("photo", params.upload("photo"))
    return _send(world, params, text=caption, kind="photo", content={"photo": photo_sizes(file)})


def send_document(world: World, params: Params) -> Json:
    caption = _caption(params)
    file = world.files.take("document", params.upload("document"))
    return _send(world, params, text=caption, kind="document", content={"document": document(file)})


def document(file: StoredFile) -> Json:
    return file.as_json | {"file_name": file.name, "mime_type": file.mime}


def edit_message_text(world: World, params: Params) -> Json:
    text = _text(params)
    message = _editable(world, params)
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    markup = _inline_markup(world, params, message.chat_id)
    return _edit(world, replace(message, text=text.text, entities=text.entities, markup=markup))


def edit_message_reply_markup(world: World, params: Params) -> Json:
    message = _editable(world, params)
    return _edit(world, replace(message, markup=_inline_markup(world, params, message.chat_id)))


def delete_message(world: World, params: Params) -> bool:
    chat_id = world.chats.writable(params.text("chat_id"))
    message = world.chats.find(chat_id, _message_id(params))
    if not message:
        raise bad_request("message to delete not found")
    if world.now() - message.at > DELETABLE_FOR:
        raise bad_request("message can't be deleted for everyone")
    world.chats.delete(message)
    world.changes.tell()
    return True


def answer_callback_query(world: World, params: Params) -> bool:
    text = params.text("text")
    if utf16(text) > TOAST_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    if params.integer("cache_time"):
        raise unmodelled("cache_time: the phone would answer later taps by itself")
    tap = world.taps.get(params.text("callback_query_id"))
    if not tap or tap.is_answered or world.now() - tap.at > TAP_LIFE:
        raise bad_request(TOO_OLD_TAP)
    world.taps[tap.query_id] = replace(tap, is_answered=True)
    toast = Toast(query_id=tap.query_id, text=text, is_alert=params.flag("show_alert"))
    world.toasts.setdefault(tap.user_id, []).append(toast)
    world.changes.tell()
    return True


def send_chat_action(world: World, params: Params) -> bool:
    if (action := params.text("action")) not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat_id = world.chats.writable(params.text("chat_id"))
    world.actions.append((chat_id, action))
    world.changes.tell()
    return True


def _text(params: Params) -> Formatted:
    if not (source := params.text("text")):
        raise bad_request("message text is empty")
    _judge_preview(params.nested("link_preview_options"))
    text = parse(source, params.text("parse_mode"))
    if not text.text:
        raise bad_request("text must be non-empty")
    if text.length > TEXT_LIMIT:
        raise bad_request("message is too long")
    return text


def _caption(params: Params) -> Formatted:
    caption = parse(params.text("caption"), params.text("parse_mode"))
    if caption.length > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return caption


def _judge_preview(options: object | None) -> None:
    if options is not None and not isinstance(options, dict):
        raise bad_request("object expected as link preview options")
    if isinstance(options, dict) and set(options) - PREVIEW:
        raise unmodelled(f"{sorted(set(options) - PREVIEW)} in link preview options")


def _send(world: World, params: Params, *, text: Formatted, kind: str, content: Json) -> Json:
    chat_id = world.chats.writable(params.text("chat_id"))
    markup = _markup(world, params, chat_id)
    content = content | _reply(world, params, chat_id)
    world.limiter.send(chat_id)
    message = world.chats.put(
        Message(
            chat_id=chat_id,
            message_id=0,
            by_bot=True,
            at=world.now(),
            kind=kind,
            text=text.text,
            entities=text.entities,
            content=content,
            markup=markup,
        )
    )
    world.changes.tell()
    return world.chats.as_json(message)


def _reply(world: World, params: Params, chat_id: int) -> Json:
    raw = params.nested("reply_parameters")
    if raw is None:
        return {}
    if not isinstance(raw, dict) or set(raw) - REPLY:
        raise unmodelled(f"reply parameters {raw}")
    message = world.chats.find(chat_id, int(raw.get("message_id", 0)))
    if message:
        answered = world.chats.as_json(message)
        answered.pop("reply_to_message", None)  # a quote does not quote its own quote
        return {"reply_to_message": answered}
    if raw.get("allow_sending_without_reply") is True:
        return {}
    raise bad_request("message to be replied not found")


def _markup(world: World, params: Params, chat_id: int) -> Markup | None:
    return parse_markup(params.nested("reply_markup"), private=world.chats.is_private(chat_id))


def _inline_markup(world: World, params: Params, chat_id: int) -> InlineKeyboard | None:
    markup = _markup(world, params, chat_id)
    if markup is not None and not isinstance(markup, InlineKeyboard):
        raise bad_request("inline keyboard expected")
    return markup


def _editable(world: World, params: Params) -> Message:
    chat_id = world.chats.writable(params.text("chat_id"))
    message = world.chats.find(chat_id, _message_id(params))
    if not message:
        raise bad_request("message to edit not found")
    # A message that brought a reply keyboard, or took one away, stays as it was sent.
    if not message.by_bot or not isinstance(message.markup, InlineKeyboard | None):
        raise bad_request("message can't be edited")
    return message


def _edit(world: World, message: Message) -> Json:
    if message == world.chats.messages[message.message_id]:
        raise bad_request(NOT_MODIFIED)
    world.limiter.send(message.chat_id)
    edited = world.chats.change(replace(message, edited_at=world.now()))
    world.changes.tell()
    return world.chats.as_json(edited)


def _message_id(params: Params) -> int:
    if not (message_id := params.integer("message_id")):
        raise bad_request("message identifier is not specified")
    return message_id
