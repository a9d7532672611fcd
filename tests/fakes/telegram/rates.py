"""How much a bot may send: token buckets against the fake's own clock."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.telegram.refusals import too_many


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Soft limits of the real service; its figures are unspecified, these are the known ones."""

    overall_per_second: float = 30
    per_chat_per_second: float = 1
    per_chat_burst: int = 20
    per_group_per_minute: int = 20
    set_webhook_every: float = 1


@dataclass
class Bucket:
    """Tokens that come back with time."""

    capacity: float
    per_second: float
    at: float
    tokens: float = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = self.capacity

    def wait(self, now: float) -> float:
        """Tell how many seconds are left until a token is there."""
        # A clock that jumps back must not take tokens away for years.
        gained = max(0.0, now - self.at) * self.per_second
        self.tokens, self.at = min(self.capacity, self.tokens + gained), now
        return max(0.0, (1 - self.tokens) / self.per_second)

    def take(self) -> None:
        self.tokens -= 1


@dataclass
class Limiter:
    """Refuses with 429 what comes too fast."""

    rates: Rates | None
    now: Callable[[], float]
    overall: Bucket | None = None
    chats: dict[int, Bucket] = field(default_factory=dict)
    webhook: Bucket | None = None

    def send(self, chat_id: int) -> None:
        if self.rates is None:
            return
        per_second = self.rates.overall_per_second
        self.overall = self.overall or Bucket(per_second, per_second, self.now())
        if chat_id not in self.chats:
            self.chats[chat_id] = self._chat(self.rates, chat_id)
        self._take(self.overall, self.chats[chat_id])

    def set_webhook(self) -> None:
        if self.rates is None or not self.rates.set_webhook_every:
            return
        self.webhook = self.webhook or Bucket(1, 1 / self.rates.set_webhook_every, self.now())
        self._take(self.webhook)

    def _chat(self, rates: Rates, chat_id: int) -> Bucket:
        if chat_id < 0:
            return Bucket(rates.per_group_per_minute, rates.per_group_per_minute / 60, self.now())
        return Bucket(rates.per_chat_burst, rates.per_chat_per_second, self.now())

    def _take(self, *buckets: Bucket) -> None:
        wait = max(bucket.wait(self.now()) for bucket in buckets)
        if wait > 0:
            raise too_many(math.ceil(wait))
        for bucket in buckets:
            bucket.take()
