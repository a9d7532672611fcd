"""The 2010 API: messages and their media, and the typing indicator."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from tests.fakes.twilio import messages, sending
from tests.fakes.twilio.asking import Ask, Json
from tests.fakes.twilio.messages import API, FINAL, Media, Message
from tests.fakes.twilio.refusals import Refused, not_found, unmodelled
from tests.fakes.twilio.world import World

FILTERS = {"To", "From", "DateSent", "DateSent<", "DateSent>", "PageSize", "Page", "PageToken"}
MOST_A_PAGE = 1000
ACCOUNT = f"/{API}/Accounts/{{account}}"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What goes back to the client; no body for 204 and for a redirect."""

    status: int = 200
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)


def create_message(world: World, ask: Ask) -> Reply:
    message = sending.create(world, ask)
    return Reply(status=201, body=messages.as_json(message, account=world.account))


def list_messages(world: World, ask: Ask) -> Reply:
    """Give a page, newest first; what was not sent yet has no DateSent to be found by."""
    if unknown := set(ask.values) - FILTERS:
        raise unmodelled(f"{', '.join(sorted(unknown))} of the list of Messages")
    found = [m for m in world.messages.kept.values() if _is_asked_for(m, ask)][::-1]
    found.sort(key=lambda m: m.sent_at or m.at, reverse=True)
    size, page = page_size(ask), _page(ask)
    shown = found[page * size : (page + 1) * size]
    body = _page_links(ask, page, size, is_last=len(found) <= (page + 1) * size)
    body |= {"start": page * size, "end": page * size + max(0, len(shown) - 1), "page": page, "page_size": size}
    return Reply(body=body | {"messages": [messages.as_json(m, account=world.account) for m in shown]})


def fetch_message(world: World, ask: Ask) -> Reply:
    return Reply(body=messages.as_json(_message(world, ask), account=world.account))


def update_message(world: World, ask: Ask) -> Reply:
    """Redact: an empty Body is the only change there is."""
    message = _message(world, ask)
    if set(ask.values) != {"Body"} or ask.one("Body"):
        raise unmodelled("any update but an empty Body")
    _must_be_over(message)
    redacted = replace(message, is_redacted=True, updated_at=world.now())
    world.messages.change(redacted)
    return Reply(body=messages.as_json(redacted, account=world.account))


def delete_message(world: World, ask: Ask) -> Reply:
    message = _message(world, ask)
    _must_be_over(message)
    del world.messages.kept[message.sid]
    return Reply(status=204)


def list_media(world: World, ask: Ask) -> Reply:
    message = _message(world, ask)
    listed = [messages.media_as_json(message, media, account=world.account) for media in message.media]
    body = {"media_list": listed, "page": 0, "page_size": 50, "start": 0, "end": max(0, len(listed) - 1)}
    uri = f"{ask.uri}?PageSize=50&Page=0"
    return Reply(body=body | {"uri": uri, "first_page_uri": uri, "next_page_uri": None, "previous_page_uri": None})


def fetch_media(world: World, ask: Ask) -> Reply:
    message = _message(world, ask)
    return Reply(body=messages.media_as_json(message, _media(message, ask), account=world.account))


def get_media(world: World, ask: Ask) -> Reply:
    """Send the client on to the CDN, where its password has no business."""
    media = _media(_message(world, ask), ask)
    if world.redirects:
        return Reply(status=307, headers={"Location": world.redirects.popleft()})
    key = world.token()
    world.cdn[key] = media
    return Reply(status=307, headers={"Location": f"{world.cdn_url}/{world.account}/{key}?Signature={key}"})


def delete_media(world: World, ask: Ask) -> Reply:
    message = _message(world, ask)
    gone = _media(message, ask)
    kept = tuple(media for media in message.media if media is not gone)
    world.messages.change(replace(message, media=kept, updated_at=world.now()))
    world.cdn = {key: media for key, media in world.cdn.items() if media is not gone}
    return Reply(status=204)


def show_typing(world: World, ask: Ask) -> Reply:
    """Show three dots to who wrote that message; they have seen that it was read."""
    if set(ask.values) != {"channel", "messageId"}:
        raise Refused(20001, "channel and messageId are required")
    if ask.one("channel") != "whatsapp":
        raise Refused(20001, "Invalid channel: whatsapp is the only one")
    message = world.messages.kept.get(ask.one("messageId"))
    if not message or message.by_bot or not message.is_whatsapp:
        raise not_found(ask.uri)
    world.typings.append(message.sid)
    world.changes.tell()
    return Reply(body={"success": True})


def page_size(ask: Ask) -> int:
    size = number(ask, "PageSize", 50)
    if not 1 <= size <= MOST_A_PAGE:
        raise Refused(20001, f"Invalid PageSize {size}: 1 to {MOST_A_PAGE}")
    return size


def number(ask: Ask, name: str, default: int) -> int:
    text = ask.one(name)
    if text and not text.isdecimal():
        raise Refused(20001, f"Invalid {name} {text}")
    return int(text) if text else default


def _message(world: World, ask: Ask) -> Message:
    message = world.messages.kept.get(ask.path["sid"])
    if not message:
        raise not_found(ask.uri)
    return message


def _media(message: Message, ask: Ask) -> Media:
    found = next((media for media in message.media if media.sid == ask.path["media"]), None)
    if not found:
        raise not_found(ask.uri)
    return found


def _must_be_over(message: Message) -> None:
    if message.status not in FINAL | {"sent"}:
        raise Refused(20009, "Resource not complete", status=409)


def _is_asked_for(message: Message, ask: Ask) -> bool:
    if ask.one("To") not in {"", message.recipient} or ask.one("From") not in {"", message.sender}:
        return False
    tests: dict[str, Callable[[float, datetime, datetime], bool]] = {
        "DateSent": lambda at, begin, end: begin.timestamp() <= at < end.timestamp(),
        "DateSent<": lambda at, _, end: at < end.timestamp(),
        "DateSent>": lambda at, begin, _: at >= begin.timestamp(),
    }
    asked = [(test, *_span(ask.one(name))) for name, test in tests.items() if ask.one(name)]
    if message.sent_at is None:
        return not asked
    at = int(message.sent_at)
    return all(test(at, begin, end) for test, begin, end in asked)


def _span(text: str) -> tuple[datetime, datetime]:
    """Read a day or a second, in GMT; both ends of a range belong to it."""
    for pattern, length in (("%Y-%m-%d", timedelta(days=1)), ("%Y-%m-%dT%H:%M:%SZ", timedelta(seconds=1))):
        try:
            begin = datetime.strptime(text, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
        return begin, begin + length
    raise Refused(20001, f"Invalid date {text}: YYYY-MM-DD in GMT")


def _page(ask: Ask) -> int:
    """Follow next_page_uri only: a page number without the token that came with it leads nowhere."""
    page = number(ask, "Page", 0)
    if page and ask.one("PageToken") != _token(page):
        raise Refused(20006, f"Page number out of range: {page} needs the PageToken it was given with")
    return page


def _token(page: int) -> str:
    return f"PASM{page:032x}"


def _page_links(ask: Ask, page: int, size: int, *, is_last: bool) -> Json:
    asked = {name: ask.one(name) for name in ask.values if not name.startswith("Page")}

    def link(number: int) -> str:
        token = {"PageToken": _token(number)} if number else {}
        return f"{ask.uri}?{urlencode(asked | {'PageSize': str(size), 'Page': str(number)} | token)}"

    return {
        "uri": link(page),
        "first_page_uri": link(0),
        "next_page_uri": None if is_last else link(page + 1),
        "previous_page_uri": link(page - 1) if page else None,
    }
