"""The methods the bot may call, each with the parameters the double knows."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.fakes.telegram import writing
from tests.fakes.telegram.params import Json, Params
from tests.fakes.telegram.polling import get_updates
from tests.fakes.telegram.refusals import bad_request, unmodelled
from tests.fakes.telegram.updates import BY_DEFAULT
from tests.fakes.telegram.world import Hook, World

WEBHOOK_PORTS = {443, 80, 88, 8443}
WEBHOOK_CONNECTIONS = 40
SECRET_LIMIT = 256
COMMANDS_LIMIT = 100
COMMAND_LIMIT = 32
COMMAND_DESCRIPTION_LIMIT = 256
DESCRIPTION_LIMIT = 512
SHORT_DESCRIPTION_LIMIT = 120
SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}

Result = Json | list[Json] | bool


@dataclass(frozen=True)
class Method:
    """A method and what it takes; a parameter outside `known` is refused, not skipped."""

    call: Callable[[World, Params], Result | Awaitable[Result]]
    known: frozenset[str]


def get_me(world: World, _: Params) -> Json:
    return world.chats.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


def set_webhook(world: World, params: Params) -> bool:
    url, secret = params.text("url"), params.text("secret_token")
    if not url:
        return delete_webhook(world, params)
    world.limiter.set_webhook()
    _judge_url(url, local=world.local)
    if len(secret) > SECRET_LIMIT:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    world.updates.allow(params.nested("allowed_updates"))
    connections = params.clamped("max_connections", WEBHOOK_CONNECTIONS, 1, 100)
    world.hook = Hook(url=url, secret=secret, max_connections=connections)
    _drop_pending(world, params)
    return True


def delete_webhook(world: World, params: Params) -> bool:
    world.hook, world.hook_error = None, None
    _drop_pending(world, params)
    return True


def get_webhook_info(world: World, _: Params) -> Json:
    updates, hook = world.updates, world.hook
    info: Json = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(updates.alive()),
    }
    if updates.allowed != BY_DEFAULT:
        info["allowed_updates"] = sorted(updates.allowed)
    if hook:
        info |= {"max_connections": hook.max_connections, "ip_address": "127.0.0.1"}
    if world.hook_error:
        at, words = world.hook_error
        info |= {"last_error_date": int(at), "last_error_message": words}
    return info


def set_my_commands(world: World, params: Params) -> bool:
    raw = params.nested("commands")
    if not isinstance(raw, list):
        raise bad_request("expected an Array of BotCommand")
    if len(raw) > COMMANDS_LIMIT:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    key = (_scope(params), _language(params))
    world.profile.commands[key] = [_command(command) for command in raw]
    return True


def get_my_commands(world: World, params: Params) -> list[Json]:
    return world.profile.commands.get((_scope(params), _language(params)), [])


def set_my_description(world: World, params: Params) -> bool:
    description = params.text("description")
    if len(description) > DESCRIPTION_LIMIT:
        raise bad_request("description is too long")
    world.profile.descriptions[_language(params)] = description
    return True


def set_my_short_description(world: World, params: Params) -> bool:
    description = params.text("short_description")
    if len(description) > SHORT_DESCRIPTION_LIMIT:
        raise bad_request("short description is too long")
    world.profile.short_descriptions[_language(params)] = description
    return True


def get_file(world: World, params: Params) -> Json:
    return world.files.link(params.text("file_id"))


def _judge_url(url: str, *, local: bool) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise bad_request("invalid webhook URL specified")
    if local:
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in WEBHOOK_PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _drop_pending(world: World, params: Params) -> None:
    if params.flag("drop_pending_updates"):
        world.updates.clear()
    world.changes.tell()


def _scope(params: Params) -> str:
    raw = params.nested("scope")
    if raw is None:
        return "default"
    if not isinstance(raw, dict):
        raise bad_request("can't parse BotCommandScope: BotCommandScope must be an Object")
    if raw.get("type") not in SCOPES:
        raise unmodelled(f"the command scope {raw}")
    return str(raw["type"])


def _language(params: Params) -> str:
    language = params.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return language


def _command(raw: object) -> Json:
    if not isinstance(raw, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if not isinstance(raw.get(name), str):
            raise bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
    command, description = raw["command"], raw["description"]
    if len(command) > COMMAND_LIMIT:
        raise bad_request(f"command length must not exceed {COMMAND_LIMIT}")
    if not re.fullmatch(r"[a-z0-9_]+", command):
        raise bad_request("BOT_COMMAND_INVALID" if command else "command must be non-empty")
    if not description.strip():
        raise bad_request("command description must be non-empty")
    if len(description) > COMMAND_DESCRIPTION_LIMIT:
        raise bad_request(f"command description length must not exceed {COMMAND_DESCRIPTION_LIMIT}")
    return {"command": command, "description": description}


def _method(call: Callable[[World, Params], Result | Awaitable[Result]], known: str = "") -> Method:
    return Method(call, frozenset(known.split()))


_SEND = "chat_id parse_mode disable_notification protect_content reply_parameters reply_markup "
_EDIT = "chat_id message_id reply_markup "

METHODS = {
    "getMe": _method(get_me),
    "getUpdates": _method(get_updates, "offset limit timeout allowed_updates"),
    "setWebhook": _method(set_webhook, "url max_connections allowed_updates drop_pending_updates secret_token"),
    "deleteWebhook": _method(delete_webhook, "drop_pending_updates"),
    "getWebhookInfo": _method(get_webhook_info),
    "sendMessage": _method(writing.send_message, _SEND + "text link_preview_options"),
    "sendPhoto": _method(writing.send_photo, _SEND + "photo caption"),
    "sendDocument": _method(writing.send_document, _SEND + "document caption"),
    "sendChatAction": _method(writing.send_chat_action, "chat_id action"),
    "editMessageText": _method(writing.edit_message_text, _EDIT + "text parse_mode link_preview_options"),
    "editMessageReplyMarkup": _method(writing.edit_message_reply_markup, _EDIT),
    "deleteMessage": _method(writing.delete_message, "chat_id message_id"),
    "answerCallbackQuery": _method(writing.answer_callback_query, "callback_query_id text show_alert cache_time"),
    "setMyCommands": _method(set_my_commands, "commands scope language_code"),
    "getMyCommands": _method(get_my_commands, "scope language_code"),
    "setMyDescription": _method(set_my_description, "description language_code"),
    "setMyShortDescription": _method(set_my_short_description, "short_description language_code"),
    "getFile": _method(get_file, "file_id"),
}
