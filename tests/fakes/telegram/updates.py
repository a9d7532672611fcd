"""The queue of updates: increasing ids, expiry, and what the bot said it wants to hear."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.telegram.params import Json
from tests.fakes.telegram.refusals import bad_request

LIFE = {
    "message": 86_400,
    "edited_message": 86_400,
    "my_chat_member": 86_400,
    "callback_query": 150,
}
# Text and edits of one chat share a queue; taps wait apart, by user; (un)blocking is a third one.
QUEUE = {
    "message": "message",
    "edited_message": "message",
    "my_chat_member": "my_chat_member",
    "callback_query": "callback_query",
}
ALL_KINDS = frozenset(
    {
        "business_connection",
        "business_message",
        "callback_query",
        "channel_post",
        "chat_boost",
        "chat_join_request",
        "chat_member",
        "chosen_inline_result",
        "deleted_business_messages",
        "edited_business_message",
        "edited_channel_post",
        "edited_message",
        "guest_message",
        "inline_query",
        "managed_bot",
        "message",
        "message_reaction",
        "message_reaction_count",
        "my_chat_member",
        "poll",
        "poll_answer",
        "pre_checkout_query",
        "purchased_paid_media",
        "removed_chat_boost",
        "shipping_query",
        "stopped_message_generation",
        "subscription",
    }
)
BY_DEFAULT = ALL_KINDS - {"chat_member", "message_reaction", "message_reaction_count"}
FIRST_ID = 700_000_001

Queue = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Update:
    """Something the bot is to hear of."""

    update_id: int
    kind: str
    payload: Json
    queue: Queue
    expires_at: float

    @property
    def as_json(self) -> Json:
        return {"update_id": self.update_id, self.kind: self.payload}


@dataclass
class Updates:
    """What waits for the bot, and what it missed."""

    now: Callable[[], float]
    waiting: list[Update] = field(default_factory=list)
    replays: list[Update] = field(default_factory=list)
    taken: dict[int, Update] = field(default_factory=dict)
    lost: list[Update] = field(default_factory=list)
    allowed: frozenset[str] = BY_DEFAULT
    duplicates: int = 0
    next_id: int = FIRST_ID

    def push(self, kind: str, payload: Json, *, key: int) -> Update | None:
        if kind not in self.allowed:
            return None
        expires_at = self.now() + LIFE[kind]
        update = Update(
            update_id=self.next_id,
            kind=kind,
            payload=payload,
            queue=(QUEUE[kind], key),
            expires_at=expires_at,
        )
        self.next_id += 1
        self.waiting.append(update)
        return update

    def allow(self, kinds: object | None) -> None:
        """Remember the wish; silence keeps the old one, an empty list asks for the default."""
        if kinds is None:
            return
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            raise bad_request("allowed_updates must be an Array of String")
        if unknown := set(kinds) - ALL_KINDS:
            # Telegram skips a misspelt name, and the bot never learns why it hears nothing.
            raise bad_request(f"unknown update types {sorted(unknown)}")
        self.allowed = frozenset(kinds) or BY_DEFAULT

    def hand_out(self, offset: int, limit: int) -> list[Update]:
        """Give what waits from the offset on; only an offset above an update confirms it."""
        self._confirm(offset)
        given = self._in_order()[:limit]
        self.replays = [update for update in self.replays if update not in given]
        for update in given:
            self._maybe_again(update)
        return given

    def heads(self) -> list[Update]:
        """Give the first update of each queue, oldest first."""
        first: dict[Queue, Update] = {}
        for update in self._in_order():
            first.setdefault(update.queue, update)
        return list(first.values())

    def alive(self) -> list[Update]:
        gone = [update for update in self.waiting if update.expires_at <= self.now()]
        for update in gone:
            self.lose(update)
        return self.waiting

    def accept(self, update: Update) -> None:
        """Note that the webhook took it."""
        if update in self.replays:
            self.replays.remove(update)
            return
        self._take(update)
        self._maybe_again(update)

    def drop_replay(self, update: Update) -> bool:
        """Forget a scripted duplicate: nobody repeats it."""
        if update not in self.replays:
            return False
        self.replays.remove(update)
        return True

    def lose(self, update: Update) -> None:
        if update in self.waiting:
            self.waiting.remove(update)
            self.lost.append(update)

    def again(self, update_id: int) -> None:
        known = self.taken | {update.update_id: update for update in self.waiting}
        assert update_id in known, f"update {update_id} was never there"
        self.replays.append(known[update_id])

    def clear(self) -> None:
        self.waiting.clear()
        self.replays.clear()

    def _confirm(self, offset: int) -> None:
        waiting = self.alive()
        confirmed = [update for update in waiting if update.update_id < offset]
        if offset < 0:  # the documented "give me the last N and forget the rest"
            confirmed = waiting[:offset]
        for update in confirmed:
            self._take(update)

    def _in_order(self) -> list[Update]:
        unique = {update.update_id: update for update in self.replays + self.alive()}
        return [unique[update_id] for update_id in sorted(unique)]

    def _take(self, update: Update) -> None:
        if update in self.waiting:  # a clear() may have come while it was on its way
            self.waiting.remove(update)
        self.taken[update.update_id] = update

    def _maybe_again(self, update: Update) -> None:
        if self.duplicates and update not in self.replays:
            self.duplicates -= 1
            self.replays.append(update)
