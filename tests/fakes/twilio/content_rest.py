"""The Content API: JSON in, JSON out."""

from tests.fakes.twilio import content, rest
from tests.fakes.twilio.asking import Ask, Json
from tests.fakes.twilio.content import Content
from tests.fakes.twilio.refusals import Refused, unmodelled
from tests.fakes.twilio.rest import Reply
from tests.fakes.twilio.world import World


def create_content(world: World, ask: Ask) -> Reply:
    made = world.contents.create(world.sid("HX"), _body(ask))
    return Reply(status=201, body=_json(world, ask, made))


def list_contents(world: World, ask: Ask) -> Reply:
    """Give a page of contents in the order of their making."""
    if unknown := set(ask.values) - {"PageSize", "Page", "PageToken"}:
        raise unmodelled(f"{', '.join(sorted(unknown))} of the list of Contents")
    size, page = rest.page_size(ask), rest.number(ask, "Page", 0)
    every = list(world.contents.kept.values())
    shown = every[page * size : (page + 1) * size]

    def link(number: int) -> str:
        return f"{ask.base}{ask.uri}?PageSize={size}&Page={number}"

    meta = {
        "key": "contents",
        "page": page,
        "page_size": size,
        "url": link(page),
        "first_page_url": link(0),
        "next_page_url": link(page + 1) if len(every) > (page + 1) * size else None,
        "previous_page_url": link(page - 1) if page else None,
    }
    return Reply(body={"contents": [_json(world, ask, made) for made in shown], "meta": meta})


def fetch_content(world: World, ask: Ask) -> Reply:
    return Reply(body=_json(world, ask, _content(world, ask)))


def delete_content(world: World, ask: Ask) -> Reply:
    del world.contents.kept[_content(world, ask).sid]
    return Reply(status=204)


def create_approval(world: World, ask: Ask) -> Reply:
    submitted = world.contents.submit(_content(world, ask), _body(ask))
    # The answer never knows the outcome yet.
    return Reply(status=201, body=content.approval_as_json(submitted) | {"status": "received", "rejection_reason": ""})


def fetch_approval(world: World, ask: Ask) -> Reply:
    found = _content(world, ask)
    whatsapp = content.approval_as_json(found) | {"type": "whatsapp"}
    body = {"account_sid": world.account, "sid": found.sid, "url": f"{ask.base}{ask.uri}", "whatsapp": whatsapp}
    return Reply(body=body)


def _content(world: World, ask: Ask) -> Content:
    return world.contents.find(ask.path["sid"], ask.uri)


def _json(world: World, ask: Ask, made: Content) -> Json:
    return content.as_json(made, account=world.account, base=ask.base)


def _body(ask: Ask) -> object:
    if ask.body is None:
        raise Refused(20422, "Invalid Parameter: a JSON body is expected")
    return ask.body
