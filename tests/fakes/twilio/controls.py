"""What a test may ask the fake to do: faults, delays, disorder, Meta's moods."""

from dataclasses import replace

from tests.fakes.twilio.front import ROUTES, Drop, Front, Page
from tests.fakes.twilio.refusals import LATER, Refused
from tests.fakes.twilio.webhooks import Signing
from tests.fakes.twilio.world import KINDS, Fault, Hook, World


class Controls:
    """The strings behind the fake."""

    def __init__(self, world: World, front: Front) -> None:
        self._world = world
        self._front = front

    # The ground

    def serve(self, public: str, at: str) -> None:
        """Tell where a public address of ours really stands: https://bot.example.kz at http://127.0.0.1:8080."""
        self._world.reach.serve(public, at)

    def listen(self, url: str, *, fallback: str = "", sms: bool = False) -> None:
        """Set the webhook for messages to our WhatsApp sender, as the console does; a fragment is honoured."""
        sender = self._world.sms_from if sms else self._world.whatsapp_from
        assert self._world.reach.is_public(url), f"Twilio cannot reach {url}"
        self._world.hooks[sender] = Hook(url=url, fallback=fallback)

    def sign_with(self, key: str, secret: str) -> None:
        """Sign with a shared key (SHA-256) from now on instead of the Auth Token."""
        self._world.signing = Signing(secret=secret, key=key)

    @property
    def extra_fields(self) -> dict[str, str]:
        """Fields Twilio has added without telling anybody: they come with every webhook, and are signed."""
        return self._world.extra_fields

    # Answers of the API

    def fail_next(
        self,
        name: str,
        status: int,
        code: int = 20500,
        message: str = "Internal Server Error",
        *,
        times: int = 1,
        retry_after: int | None = None,
        page: str | None = None,
    ) -> None:
        """Refuse the next calls ("messages.create" …); `page` is a body that is no JSON, as a gateway sends it."""
        assert name in ROUTES, f"{name} is none of {sorted(ROUTES)}"
        refusal = Refused(code, message, status=status, retry_after=retry_after)
        self._front.script[name].extend([refusal if page is None else Page(status, page)] * times)

    def drop_next(self, name: str, *, after: bool, times: int = 1) -> None:
        """Cut the connection: before anything happened, or after the effect, before the answer."""
        assert name in ROUTES, f"{name} is none of {sorted(ROUTES)}"
        self._front.script[name].extend([Drop(after)] * times)

    def redirect_next_media(self, url: str) -> None:
        """Send the next one who asks for media to another address than ours."""
        self._world.redirects.append(url)

    # The way to the phone

    def fail_delivery(self, code: int, *, times: int | None = 1, to: str = "") -> None:
        """Accept the next messages, then fail them with this code; times=None: all, until `mend`."""
        assert code in LATER, f"{code} does not come later; these do: {sorted(LATER)}"
        self._world.faults.append(Fault(code=code, times=times, recipient=to))

    def mend(self) -> None:
        self._world.faults.clear()

    def delay_next(self, seconds: float, times: int = 1) -> None:
        """Keep the next accepted messages in Twilio's queue for so long."""
        self._world.delays.extend([seconds] * times)

    def stop(self, number: str) -> None:
        """Let somebody opt out, of SMS (+7…) or of WhatsApp (whatsapp:+7…), until they write again."""
        sender = self._world.whatsapp_from if number.startswith("whatsapp:") else self._world.sms_from
        self._world.people.stop(sender, number)

    # Webhooks

    def wake(self) -> None:
        """Look at the clock again: a test has moved it."""
        self._world.changes.tell()

    def hold(self, kind: str) -> None:
        """Keep back "inbound" or "status"; the other overtakes."""
        self._world.twists.held.add(_kind(kind))

    def release(self, kind: str) -> None:
        self._world.twists.held.discard(_kind(kind))
        self._world.changes.tell()

    def shuffle(self, kind: str) -> None:
        """Bring webhooks of this kind in a random order from now on."""
        self._world.twists.shuffled.add(_kind(kind))

    def duplicate_next(self, kind: str, times: int = 1) -> None:
        """Bring each of the next webhooks of this kind twice."""
        self._world.twists.duplicates[_kind(kind)] += times

    def lose_next(self, kind: str, times: int = 1) -> None:
        """Never send the next webhooks of this kind; what they told stays in the list."""
        self._world.twists.losses[_kind(kind)] += times

    def redeliver(self, sid: str, **changed: str) -> None:
        """Bring a webhook for a message again, as it was or with other values, rightly signed."""
        done = [job for job in self._world.done if job.sid == sid]
        assert done, f"nothing was brought for {sid}"
        job = done[-1]
        self._world.push(replace(job, params=dict(job.params) | changed, token=self._world.token()))

    def call_back_first(self, times: int = 1) -> None:
        """Bring all statuses of the next messages before their creation is answered."""
        self._world.twists.early += times

    # Meta

    def approve(self, sid_or_name: str) -> None:
        self._world.contents.review(sid_or_name, "approved")

    def reject(self, sid_or_name: str, reason: str = "") -> None:
        self._world.contents.review(sid_or_name, "rejected", reason)

    def pause(self, sid_or_name: str) -> None:
        self._world.contents.review(sid_or_name, "paused")

    def disable(self, sid_or_name: str) -> None:
        self._world.contents.review(sid_or_name, "disabled")

    def recategorise(self, sid_or_name: str, category: str) -> None:
        """Let Meta move a template into another category, as it may from one day to the next."""
        self._world.contents.recategorise(sid_or_name, category)


def _kind(kind: str) -> str:
    assert kind in KINDS, f"{kind} is none of {KINDS}"
    return kind
