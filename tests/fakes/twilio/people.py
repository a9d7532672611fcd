"""People with WhatsApp: by what address they are reached, when they last wrote, whom they stopped."""

import re
from dataclasses import dataclass, field

from tests.fakes.twilio.refusals import Refused

SESSION = 24 * 3600

E164 = re.compile(r"\+[1-9]\d{6,14}")
BSUID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
# Kazakhstan: +7 and 7xx, ten digits after the +7. The rest of +7 is Russia.
KAZAKH = re.compile(r"\+77\d{9}")
MOBILE = re.compile(r"\+77(?:0[0-25-8]|47|6[0-4]|71|7[5-8]|85)\d{7}")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with a phone: the number may be hidden, the business-scoped id is always there."""

    bsuid: str
    name: str
    number: str | None = None
    hides_number: bool = False
    has_receipts: bool = True
    is_off: bool = False
    has_blocked: bool = False

    @property
    def address(self) -> str:
        """By what a message of theirs is signed."""
        return f"whatsapp:{self.shown_number or self.bsuid}"

    @property
    def shown_number(self) -> str | None:
        return None if self.hides_number else self.number


@dataclass
class People:
    """Who is on WhatsApp, and what they let us do."""

    on_whatsapp: dict[str, Person] = field(default_factory=dict)
    last_inbound: dict[tuple[str, str], float] = field(default_factory=dict)
    stopped: set[tuple[str, str]] = field(default_factory=set)

    def put(self, person: Person) -> None:
        self.on_whatsapp[person.bsuid] = person

    def find(self, address: str) -> Person | None:
        """Find who is behind whatsapp:+… or whatsapp:CC.…"""
        key = address.removeprefix("whatsapp:")
        return next((p for p in self.on_whatsapp.values() if key in {p.bsuid, p.number}), None)

    def key(self, address: str) -> str:
        """Make one key of all addresses of a person."""
        person = self.find(address) if address.startswith("whatsapp:") else None
        return person.bsuid if person else address

    def wrote(self, sender: str, address: str, at: float) -> None:
        self.last_inbound[sender, self.key(address)] = at
        self.stopped.discard((sender, self.key(address)))

    def stop(self, sender: str, address: str) -> None:
        self.stopped.add((sender, self.key(address)))

    def has_stopped(self, sender: str, address: str) -> bool:
        return (sender, self.key(address)) in self.stopped

    def is_in_session(self, sender: str, address: str, now: float) -> bool:
        last = self.last_inbound.get((sender, self.key(address)))
        return last is not None and now - last < SESSION


def must_be_reachable(address: str) -> None:
    """Refuse an address no message can go to."""
    if address.startswith("whatsapp:"):
        _must_be_whatsapp(address)
        return
    if not E164.fullmatch(address) or (address.startswith("+77") and not KAZAKH.fullmatch(address)):
        raise Refused(21211, f"The 'To' number {address} is not a valid phone number.")
    if not KAZAKH.fullmatch(address):
        words = "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"
        raise Refused(21408, f"{words}: {address}.")
    if not MOBILE.fullmatch(address):
        raise Refused(21614, f"'To' number {address} is not a valid mobile number")


def _must_be_whatsapp(address: str) -> None:
    who = address.removeprefix("whatsapp:")
    if not E164.fullmatch(who) and not BSUID.fullmatch(who):
        raise Refused(21211, f"The 'To' number {address} is not a valid phone number.")
