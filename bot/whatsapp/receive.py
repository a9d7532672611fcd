"""Twilio's webhooks: whether a call is Twilio's, and what it says in the words of the engine. Decides nothing."""

from __future__ import annotations

import base64
import hmac
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from bot.channels import Inbound
from dialogs.engine.said import Heard, Said
from storage.delivery import Update

log = logging.getLogger(__name__)

FORM: Final = "application/x-www-form-urlencoded"
SIGNATURE: Final = "x-twilio-signature"
#: Names the key where a call is signed with a shared one instead of the Auth Token.
SIGNATURE_SETTINGS: Final = "x-twilio-webhooks-signature-settings"
SHA256: Final = "HMAC_SHA256"
#: Twilio sends some thirty fields.
FIELDS: Final = 200

MESSAGE_SID: Final = re.compile(r"(SM|MM)[0-9a-zA-Z]{32}")
#: A phone, or the business-scoped id of somebody who hides it.
PERSON: Final = re.compile(r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9]{1,128})")
UID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
TAP: Final = re.compile(r"(\d{1,9}):([!-~]{1,60})", re.ASCII)

Fields = dict[str, str]

HEARD: Final = {
    "image": Heard.PHOTO,
    "video": Heard.VIDEO,
    "audio": Heard.VOICE,
    "sticker": Heard.STICKER,
    "text/vcard": Heard.CONTACT,
    "text/x-vcard": Heard.CONTACT,
}
#: Twilio hears these itself where it looks after opt-outs, and says so.
OPT_OUTS: Final = {"STOP": "stop", "START": "start"}


@dataclass(frozen=True)
class Door:
    """Lets in what Twilio signed for our account and our sender, and nothing else."""

    base: str
    account: str
    token: str = field(repr=False)
    #: A shared key of Twilio's newer scheme: its name and its secret.
    shared: tuple[str, str] = field(default=("", ""), repr=False)

    def open(self, path: str, headers: Mapping[str, Sequence[str]], body: bytes) -> Fields | None:
        """Return the fields of a call to this path (with its query, as it was sent); None for anybody else's.

        The address that was signed is our configured one: what a proxy or a caller says about it is no proof. Never
        raises.
        """
        fields = _form(headers.get("content-type", ()), body)
        if fields is None or fields.get("AccountSid") != self.account:
            return None
        if not MESSAGE_SID.fullmatch(fields.get("MessageSid", "")):
            return None
        secret, digest = self._secret(headers.get(SIGNATURE_SETTINGS, ()))
        given = headers.get(SIGNATURE, ())
        if not secret or len(given) != 1:
            return None
        signed = self.base + path + "".join(name + fields[name] for name in sorted(fields))
        right = base64.b64encode(hmac.digest(secret.encode(), signed.encode(), digest))
        return fields if hmac.compare_digest(given[0].encode("utf-8", "replace"), right) else None

    def _secret(self, settings: Sequence[str]) -> tuple[str, str]:
        """Return the secret and the digest a call says it is signed with."""
        if not settings:
            return self.token, "sha1"
        said = dict(part.strip().partition("=")[::2] for part in ",".join(settings).split(","))
        name, secret = self.shared
        if not secret or said.get("key") != name or said.get("algorithm") != SHA256:
            return "", ""
        return secret, "sha256"


def _form(types: Sequence[str], body: bytes) -> Fields | None:
    """Return the fields of a form; None for JSON, and where a name came twice: who reads which of them?"""
    if len(types) != 1 or types[0].partition(";")[0].strip().lower() != FORM:
        return None
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS, errors="strict")
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None


def receive(fields: Fields, sender: str, *, channel: str = "whatsapp") -> Inbound | None:
    """Return a message to our sender as an inbound event; None where a field is missing or no field of its own.

    A parameter folded into the one before it keeps the signature: so each must be there and well-formed by itself.
    """
    person = PERSON.fullmatch(fields.get("From", ""))
    if person is None or fields.get("To") != sender or "Body" not in fields or fields.get("SmsStatus") == "sent":
        return None
    sid = fields["MessageSid"]
    return Inbound("twilio", fields["AccountSid"], sid, channel, person[1], _said(fields), sid)


def _said(fields: Fields) -> Said:
    tap = TAP.fullmatch(fields.get("ButtonPayload") or fields.get("ListId") or "")
    if tap is not None:
        return Said(Heard.TAP, text=fields["Body"], tap=tap[2], revision=int(tap[1]))
    if fields.get("NumMedia", "0") not in ("", "0"):
        return _file(fields)
    if "Latitude" in fields:
        return Said(Heard.LOCATION)
    if not fields["Body"].strip():
        return Said(Heard.UNKNOWN)
    return Said(Heard.TEXT, text=OPT_OUTS.get(fields.get("OptOutType", ""), fields["Body"]))


def _file(fields: Fields) -> Said:
    """A file stays at Twilio: its address needs our account, so it may be kept with the event."""
    mime = fields.get("MediaContentType0", "").partition(";")[0].strip().lower()
    family = mime.partition("/")[0]
    heard = HEARD.get(mime) or (HEARD["sticker"] if fields.get("MessageType") == "sticker" else HEARD.get(family))
    if heard is Heard.CONTACT:
        return Said(Heard.CONTACT)  # a card proves nothing: nobody vouches whose number is on it
    values = (("url", fields.get("MediaUrl0", "")), ("mime", mime))
    return Said(heard or Heard.FILE, text=fields["Body"], values=values)


def status(fields: Fields, uid: str) -> Update | None:
    """Return what a status callback tells; None where it is none of a message of ours."""
    said, code = fields.get("MessageStatus", ""), fields.get("ErrorCode", "")
    if not UID.fullmatch(uid) or not re.fullmatch(r"[a-z_]{1,24}", said):
        return None
    error = int(code) if code.isascii() and code.isdigit() and len(code) <= 6 else None  # noqa: PLR2004
    return Update(uid, fields["MessageSid"], said, error)
