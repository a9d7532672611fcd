"""Messages.json: what a message must be to be accepted; whether it arrives is the carrier's affair."""

import json
from collections.abc import Mapping
from dataclasses import replace

from tests.fakes.twilio import shapes
from tests.fakes.twilio.asking import Ask
from tests.fakes.twilio.content import Content
from tests.fakes.twilio.messages import DEFAULT_VALIDITY, Look, Message
from tests.fakes.twilio.people import must_be_reachable
from tests.fakes.twilio.refusals import Refused, bad_variables, unmodelled
from tests.fakes.twilio.world import World

LONGEST_VALUE = 1600
# WhatsApp itself keeps a message for four hours at most.
WHATSAPP_QUEUE = 14_400

KNOWN = {
    "Body",
    "ContentSid",
    "ContentVariables",
    "From",
    "MediaUrl",
    "MessagingServiceSid",
    "StatusCallback",
    "To",
    "ValidityPeriod",
}


def create(world: World, ask: Ask) -> Message:
    """Accept a message.

    1. Nothing asked that the fake cannot judge.
    2. A sender of ours and a recipient of the same channel, who has not said STOP.
    3. Either words of our own or a content, never both.
    4. Into the queue, with its status told from here on.
    """
    _must_know(ask)
    recipient = _recipient(ask)
    sender, service = _sender(world, ask, recipient)
    fate = _recipient_trouble(world, sender, recipient, is_patient=service is not None)
    callback = _callback(world, ask)
    validity = _validity(ask, is_whatsapp=recipient.startswith("whatsapp:"))
    look, content_sid = _look(world, ask, sender, recipient)
    prefix = "MM" if look.is_interactive or look.media_url else "SM"
    message = Message(
        sid=world.sid(prefix),
        by_bot=True,
        sender=sender,
        recipient=recipient,
        look=look,
        at=world.now(),
        status="accepted" if service else "queued",
        due_at=world.now() + (world.delays.popleft() if world.delays else 0),
        service=service,
        callback=callback,
        content_sid=content_sid,
        validity=validity,
        fate=fate,
    )
    world.messages.put(message)
    world.set_status(message, message.status)
    return message


def _must_know(ask: Ask) -> None:
    if unknown := set(ask.values) - KNOWN:
        raise unmodelled(f"{', '.join(sorted(unknown))} of Messages")
    if repeated := ask.repeated(but=["MediaUrl"]):
        raise unmodelled(f"{', '.join(sorted(repeated))} given twice")


def _recipient(ask: Ask) -> str:
    if not ask.one("To"):
        raise Refused(21604, "A 'To' phone number is required.")
    return ask.one("To")


def _sender(world: World, ask: Ask, recipient: str) -> tuple[str, str | None]:
    is_whatsapp = recipient.startswith("whatsapp:")
    service, sender = ask.one("MessagingServiceSid") or None, ask.one("From")
    if service and service != world.service:
        raise Refused(21701, "The Messaging Service does not exist.")
    if not sender and service:
        return world.whatsapp_from if is_whatsapp else world.sms_from, service
    if not sender:
        raise Refused(21603, "A 'From' phone number is required.")
    if sender.startswith("whatsapp:") != is_whatsapp:
        raise Refused(21910, "Invalid From and To pair. From and To should be of the same channel")
    if is_whatsapp and sender != world.whatsapp_from:
        raise Refused(63007, "Twilio could not find a Channel with the specified From address")
    if not is_whatsapp and sender != world.sms_from:
        words = f"The 'From' phone number provided ({sender}) is not a valid message-capable Twilio phone number"
        raise Refused(21606, f"{words} for this destination.")
    return sender, service


def _recipient_trouble(world: World, sender: str, recipient: str, *, is_patient: bool) -> int | None:
    """Refuse a bad recipient; a messaging service accepts first and fails later."""
    try:
        must_be_reachable(recipient)
        _must_be_welcome(world, sender, recipient)
    except Refused as refused:
        if is_patient:
            return refused.code
        raise
    return None


def _must_be_welcome(world: World, sender: str, recipient: str) -> None:
    if world.people.has_stopped(sender, recipient):
        raise Refused(21610, f"Attempt to send to unsubscribed recipient {recipient}")


def _callback(world: World, ask: Ask) -> str:
    url = ask.one("StatusCallback")
    if url and not world.reach.is_public(url):
        raise Refused(21609, f"The 'StatusCallback' URL {url} is not a valid URL.")
    return url


def _validity(ask: Ask, *, is_whatsapp: bool) -> int:
    text = ask.one("ValidityPeriod") or str(DEFAULT_VALIDITY)
    if not text.isdecimal() or not 1 <= int(text) <= DEFAULT_VALIDITY:
        raise Refused(21624, f"Invalid validity period value {text}: 1 to {DEFAULT_VALIDITY} seconds.")
    return min(int(text), WHATSAPP_QUEUE) if is_whatsapp else int(text)


def _look(world: World, ask: Ask, sender: str, recipient: str) -> tuple[Look, str]:
    if not ask.one("ContentSid"):
        if "ContentVariables" in ask.values:
            raise Refused(21654, "ContentSid Required")
        return _own_words(world, ask, is_whatsapp=recipient.startswith("whatsapp:")), ""
    if ask.one("Body") or ask.many("MediaUrl"):
        raise Refused(20001, "ContentSid cannot go together with Body or MediaUrl")
    content = world.contents.kept.get(ask.one("ContentSid"))
    if not content:
        raise Refused(21655, "The ContentSid is Invalid")
    if not recipient.startswith("whatsapp:"):
        raise unmodelled("a content sent by SMS")
    values = _values(world, content, ask)
    look = shapes.drawn(content.kind, content.made, values, is_approved=content.status == "approved")
    if look.media_url and not world.reach.is_public(look.media_url):
        raise Refused(21620, "Invalid media URL(s)")
    if any(button.url and not world.reach.is_public(button.url) for button in look.buttons):
        look = replace(look, flaw=shapes.POLICY)
    return look, content.sid


def _own_words(world: World, ask: Ask, *, is_whatsapp: bool) -> Look:
    body, media = ask.one("Body"), ask.many("MediaUrl")
    if not body and not media:
        raise Refused(21619, "A text message body or media urls must be specified.")
    if len(body) > shapes.TEXT_BODY:
        raise Refused(21617, "The concatenated message body exceeds the 1600 character limit")
    if len(media) > 1:
        raise Refused(21623, "Number of media files exceeds allowed limit")
    if media and not is_whatsapp:
        raise unmodelled("MMS")
    if media and not world.reach.is_public(media[0]):
        raise Refused(21620, "Invalid media URL(s)")
    return Look(kind="media" if media else "text", text=body, media_url=media[0] if media else "")


def _values(world: World, content: Content, ask: Ask) -> Mapping[str, str]:
    """Read ContentVariables: a JSON object of non-empty strings with exactly the names of the content."""
    given: object = {}
    if ask.one("ContentVariables"):
        try:
            given = json.loads(ask.one("ContentVariables"))
        except ValueError:
            raise bad_variables() from None
    if not isinstance(given, dict) or not all(isinstance(value, str) and value for value in given.values()):
        raise bad_variables()
    # In life the sample would take a missing one's place: no parent should ever read it.
    if set(given) != content.placeholders:
        raise bad_variables()
    if any(len(value) > LONGEST_VALUE for value in given.values()):
        raise Refused(21658, "Parameter exceeded character limit")
    in_body = [given[name] for name in content.in_body]
    if not world.multiline_variables and any("\n" in value or "\t" in value for value in in_body):
        raise bad_variables()
    return given
