"""Everything the fake Twilio remembers, shared by the REST side, the carrier, the postman and the phones."""

import random
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from tests.fakes.telegram.changes import Changes
from tests.fakes.twilio.content import Contents
from tests.fakes.twilio.messages import Look, Media, Message, Messages
from tests.fakes.twilio.people import People, Person
from tests.fakes.twilio.reach import Reach
from tests.fakes.twilio.webhooks import Job, Signing, inbound_params, status_params

KINDS = ("inbound", "status")
STOP = "stop"


@dataclass(frozen=True, kw_only=True)
class Hook:
    """Where messages to one of our senders go; the fragment says how stubbornly."""

    url: str
    fallback: str = ""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to bring a webhook; no status means no answer came."""

    kind: str
    sid: str
    url: str
    at: float
    status: int | None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """What the console's debugger shows: our webhook failed or answered nonsense."""

    code: int
    url: str
    words: str


@dataclass
class Twists:
    """What a test has asked to go wrong with the webhooks."""

    held: set[str] = field(default_factory=set)
    shuffled: set[str] = field(default_factory=set)
    duplicates: Counter[str] = field(default_factory=Counter)
    losses: Counter[str] = field(default_factory=Counter)
    early: int = 0


@dataclass
class Fault:
    """A scripted end of the next messages that fit; no count means until it is mended."""

    code: int
    times: int | None
    recipient: str = ""


@dataclass
class World:
    """The state; who may do what with it is decided by its users."""

    now: Callable[[], float]
    chance: random.Random
    account: str
    whatsapp_from: str
    sms_from: str
    service: str | None
    messages: Messages
    contents: Contents
    signing: Signing
    reach: Reach
    multiline_variables: bool
    people: People = field(default_factory=People)
    changes: Changes = field(default_factory=Changes)
    twists: Twists = field(default_factory=Twists)
    hooks: dict[str, Hook] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    lost: list[Job] = field(default_factory=list)
    done: list[Job] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    delays: deque[float] = field(default_factory=deque)
    typings: list[str] = field(default_factory=list)
    seen: dict[str, list[Message]] = field(default_factory=dict)
    cdn: dict[str, Media] = field(default_factory=dict)
    redirects: deque[str] = field(default_factory=deque)
    extra_fields: dict[str, str] = field(default_factory=lambda: {"TwilioAddedThisLater": ""})
    api_url: str = ""
    cdn_url: str = ""

    def sid(self, prefix: str) -> str:
        return f"{prefix}{self.chance.getrandbits(128):032x}"

    def token(self) -> str:
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    def media(self, data: bytes, content_type: str) -> Media:
        return Media(sid=self.sid("ME"), content_type=content_type, data=data, at=self.now())

    def show(self, address: str, message: Message) -> None:
        """Put a message into the chat as that person sees it: nothing takes it out again."""
        self.seen.setdefault(self.people.key(address), []).append(message)
        self.changes.tell()

    def receive(
        self,
        address: str,
        look: Look,
        *,
        prefix: str = "SM",
        media: tuple[Media, ...] = (),
        fields: Mapping[str, str] | None = None,
    ) -> Message:
        """Take a message from a phone: it is in the list at once, whatever becomes of its webhook."""
        is_whatsapp = address.startswith("whatsapp:")
        sender = self.whatsapp_from if is_whatsapp else self.sms_from
        message = Message(
            sid=self.sid(prefix),
            by_bot=False,
            sender=address,
            recipient=sender,
            look=look,
            at=self.now(),
            sent_at=self.now(),
            status="received",
            media=media,
            service=self.service,
        )
        self.messages.put(message)
        self.people.wrote(sender, address, self.now())
        if look.text.strip().lower() == STOP:
            self.people.stop(sender, address)
        self.show(address, message)
        self._announce(message, self.people.find(address) if is_whatsapp else None, fields or {})
        return message

    def _announce(self, message: Message, person: Person | None, fields: Mapping[str, str]) -> None:
        if hook := self.hooks.get(message.recipient):
            params = inbound_params(self, message, person) | dict(fields) | self.extra_fields
            self.push(
                Job(
                    kind="inbound",
                    sid=message.sid,
                    url=hook.url,
                    fallback=hook.fallback,
                    params=params,
                    token=self.token(),
                    queue=self.people.key(message.sender),
                )
            )

    def set_status(self, message: Message, status: str, code: int | None = None) -> Message:
        """Move a message on, and tell the address that was given with it."""
        now = self.now()
        sent_at = now if message.sent_at is None and status not in {"accepted", "queued"} else message.sent_at
        message = replace(message, status=status, error_code=code, sent_at=sent_at, updated_at=now)
        self.messages.change(message)
        if message.callback:
            params = status_params(self, message) | self.extra_fields
            job = Job(
                kind="status",
                sid=message.sid,
                url=message.callback,
                params=params,
                token=self.token(),
                queue=message.sid,
            )
            self.push(job)
        self.changes.tell()
        return message

    def push(self, job: Job) -> None:
        """Put a webhook into the queue, or lose it, or put it in twice."""
        if self.twists.losses[job.kind]:
            self.twists.losses[job.kind] -= 1
            self.lost.append(job)
            return
        self.jobs.append(job)
        if self.twists.duplicates[job.kind]:
            self.twists.duplicates[job.kind] -= 1
            self.jobs.append(replace(job, token=self.token()))
        self.changes.tell()

    def alert(self, code: int, url: str, words: str) -> None:
        self.alerts.append(Alert(code=code, url=url, words=words))
