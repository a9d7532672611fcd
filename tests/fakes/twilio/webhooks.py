"""What Twilio posts to us, field by field, and how it signs that."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from tests.fakes.twilio.messages import API, Message, segments
from tests.fakes.twilio.people import Person

if TYPE_CHECKING:
    from tests.fakes.twilio.world import World

SIGNATURE = "X-Twilio-Signature"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"
IDEMPOTENCY = "I-Twilio-Idempotency-Token"
INSTALLED = "XE" + "0c" * 16


@dataclass(frozen=True, kw_only=True)
class Job:
    """One webhook on its way; its token stays the same through all attempts."""

    kind: str
    sid: str
    url: str
    params: Mapping[str, str]
    token: str
    queue: str
    fallback: str = ""


@dataclass(frozen=True, kw_only=True)
class Signing:
    """With what webhooks are signed: the Auth Token, or a shared key by its name."""

    secret: str
    key: str = ""

    def headers(self, url: str, params: Mapping[str, str]) -> dict[str, str]:
        signed = {SIGNATURE: self.sign(url, params)}
        return signed | ({SETTINGS: f"key={self.key},algorithm=HMAC_SHA256"} if self.key else {})

    def sign(self, url: str, params: Mapping[str, str]) -> str:
        """Sign the public address without its fragment, then each name and value in the order of names."""
        text = urldefrag(url).url + "".join(name + params[name] for name in sorted(params))
        digest = hmac.digest(self.secret.encode(), text.encode(), "sha256" if self.key else "sha1")
        return base64.b64encode(digest).decode()


def inbound_params(world: "World", message: Message, person: Person | None) -> dict[str, str]:
    """Write down a message from a phone."""
    params = {
        "AccountSid": world.account,
        "ApiVersion": API,
        "Body": message.text,
        "From": message.sender,
        "MessageSid": message.sid,
        "NumMedia": str(len(message.media)),
        "NumSegments": str(segments(message.text) if person is None else 1),
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": message.recipient,
    }
    if message.service:
        params["MessagingServiceSid"] = message.service
    for number, media in enumerate(message.media):
        params[f"MediaContentType{number}"] = media.content_type
        params[f"MediaUrl{number}"] = (
            f"{world.api_url}/{API}/Accounts/{world.account}/Messages/{message.sid}/Media/{media.sid}"
        )
    return params | (_whatsapp_params(message, person) if person else {})


def _whatsapp_params(message: Message, person: Person) -> dict[str, str]:
    context = {"ProfileName": person.name}
    params = {
        "ExternalUserId": f"whatsapp:{person.bsuid}",
        "MessageType": message.kind,
        "ProfileName": person.name,
        "ReferralNumMedia": "0",
    }
    # Who hides the number has no WaId at all, not an empty one.
    if number := person.shown_number:
        params["WaId"] = context["WaId"] = number.removeprefix("+")
    metadata = {"type": "whatsapp", "data": {"context": context}}
    return params | {"ChannelMetadata": json.dumps(metadata, ensure_ascii=False, separators=(",", ":"))}


def status_params(world: "World", message: Message) -> dict[str, str]:
    """Write down how far a message of ours has come."""
    params = {
        "AccountSid": world.account,
        "ApiVersion": API,
        "From": message.sender,
        "MessageSid": message.sid,
        "MessageStatus": message.status,
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "To": message.recipient,
    }
    if message.service:
        params["MessagingServiceSid"] = message.service
    if message.error_code is not None:
        params["ErrorCode"] = str(message.error_code)
    return params | (_channel_params(message) if message.is_whatsapp else {})


def _channel_params(message: Message) -> dict[str, str]:
    who = message.recipient.removeprefix("whatsapp:")
    params = {
        "ChannelInstallSid": INSTALLED,
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": f"{who[:-4]}XXXX",
    }
    if message.status in {"delivered", "read", "undelivered"}:
        params["EventType"] = message.status.upper()
    if message.status == "sent":
        params["StructuredMessage"] = "true" if message.look.is_interactive else "false"
    return params
