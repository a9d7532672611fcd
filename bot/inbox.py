"""A provider's event becomes one turn: the engine moves the conversation, the channel draws what it asks.

Runs inside the writer, in one transaction: conversation, domain, messages and inbox are kept together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Final

from bot.channels import MORE, Channel, Drawing, Kept, Screen
from dialogs.engine import conversation, words
from dialogs.engine.advance import Engine, Turn, expires_at, fresh_drafts
from dialogs.engine.ask import Ask
from dialogs.engine.catalogue import say
from dialogs.engine.conversation import Conversation
from dialogs.engine.drafts import put_aside
from dialogs.engine.said import Heard, Said
from dialogs.engine.texts import T, Text
from dialogs.engine.walk import AGAIN
from storage import registry
from storage.do import Do
from storage.events import Event
from storage.inbox import Inbox

#: One chat may send this many in a minute; then one polite sentence, then silence (T30).
MESSAGES_A_MINUTE: Final = 20
#: Telegram forgets a tap after this long (F3).
TAP_LIVES: Final = timedelta(seconds=150)
#: Files of an album arrive one after another; they are answered as one.
ALBUM_WITHIN: Final = timedelta(seconds=5)
#: A language must be spoken before one is chosen.
FALLBACK: Final = "kk"


@dataclass(frozen=True)
class PageAnswer:
    """What a secure page is told: nothing refused, or the sentence that says why."""

    refused: Text | None = None


@dataclass(frozen=True)
class Handler:
    """Takes turns for all channels."""

    engine: Engine
    channels: Mapping[str, Channel]
    #: The address of a secure page, ending before its token; empty where there is none.
    pages: str

    def handle(self, event: Event, do: Do) -> PageAnswer:
        """Take one turn. Plain code: nothing here waits for a network."""
        kept = Kept.of(event.body)
        do.message = kept.message
        _note_presence(kept.said, do)
        if kept.said.heard in (Heard.BLOCKED, Heard.UNBLOCKED) or self._is_flood(kept, do):
            return PageAnswer()
        stored = do.conversation() or {}
        talk = fresh_drafts(conversation.load(stored.get("talk", {})), do.now)
        do.speak(talk.language or words.guess_language(kept.said.text, kept.said.locale) or FALLBACK)
        if kept.said.heard is Heard.PAGE and not do.links.is_open(kept.token):
            return PageAnswer(T("page.used"))
        return self._advance(kept, talk, stored.get("screens", {}), do)

    def _advance(self, kept: Kept, talk: Conversation, screens: dict[str, Any], do: Do) -> PageAnswer:
        _close_job(kept.said, do)
        turn = self.engine.advance(talk, _without_page(kept.said), do)
        if turn.refused is not None:
            return PageAnswer(turn.refused)
        if kept.token:
            do.links.spend(kept.token)
        if do.moved:
            turn, screens = _as_the_other(turn, screens, do)
            turn = self._with_what_stood(turn, do)
        at_once = do.now - (talk.touched_at or do.now) <= ALBUM_WITHIN
        screens = self._show(turn, kept, screens, do, at_once=at_once)
        self._keep(turn.talk, screens, do)
        return PageAnswer()

    def _with_what_stood(self, turn: Turn, do: Do) -> Turn:
        """The other person was in the middle of something in another chat: it becomes a draft like any."""
        theirs = conversation.load((do.conversation() or {}).get("talk", {}))
        aside, flow = put_aside(theirs, theirs.touched_at or do.now, self.engine.entries.titles)
        draft = aside.draft(flow)
        if draft is None or turn.talk.draft(flow):
            return turn
        return replace(turn, talk=turn.talk.with_draft(flow, draft))

    def _show(
        self, turn: Turn, kept: Kept, screens: dict[str, Any], do: Do, *, at_once: bool = False
    ) -> dict[str, Any]:
        """Plan the messages of the turn; return what each chat of the person shows now."""
        channel = self.channels[do.channel]
        language = turn.talk.language or do.language
        if kept.tap_id:
            toast = say(turn.toast, language) if turn.toast else ""
            if (payload := channel.toast(kept.tap_id, toast)) is not None:
                do.outbox.add("answer", payload, expires_at=do.now + TAP_LIVES)
        if turn.forget and kept.message and (payload := channel.erase(kept.message)) is not None:
            do.outbox.add("erase", payload)
        if turn.ask is None:
            return screens
        before = Screen(**screens.get(str(do.address), {}))
        is_file = bool(kept.said.value("file"))
        before = replace(before, filed=before.filed and is_file and at_once)
        tapped = kept.message if kept.said.heard is Heard.TAP else ""
        if kept.said.heard is Heard.EVENT and kept.said.text == "queued":
            # Another place in the queue is news, but no new message: it stands where the old one stood.
            tapped = do.outbox.sent_as(before.live) or ""
        url = self._page(turn.ask, do)
        before = replace(before, tapped=tapped, page=_page_of(kept.said) or 0)
        drawing = channel.draw(turn.ask, language, turn.talk.revision, before, url)
        after = _plan(drawing, before, turn.talk.revision, do)
        return screens | {str(do.address): asdict(replace(after, filed=is_file))}

    def _page(self, ask: Ask, do: Do) -> str:
        return f"{self.pages}{do.links.make(ask.page, ask.about)}" if ask.page and self.pages else ""

    def _keep(self, talk: Conversation, screens: dict[str, Any], do: Do) -> None:
        do.keep_conversation(
            {"talk": conversation.dump(talk), "screens": screens},
            revision=talk.revision,
            state=talk.current.name if talk.current else "",
            expires_at=expires_at(talk),
        )

    def _is_flood(self, kept: Kept, do: Do) -> bool:
        # A file somebody was asked for is never dropped: an album comes at once, and its step takes only so many.
        if kept.said.heard in (Heard.PAGE, Heard.EVENT) or kept.said.value("file"):
            return False
        heard = Inbox(do.db, do.world).heard_since(do.address, do.now - timedelta(minutes=1))
        if heard == MESSAGES_A_MINUTE + 1:
            self.say_plainly(do, T("err.rate_limited"))
        return heard > MESSAGES_A_MINUTE

    def give_up(self, event: Event, do: Do) -> None:
        """A turn failed too often: a case for the desk, a sentence for the parent; later words go on."""
        do.cases.open(flow="", state=_state(do), question="err.dead")
        self.say_plainly(do, T("err.dead"))

    def say_plainly(self, do: Do, text: Text) -> None:
        """Plan one sentence beside the conversation."""
        language = do.language or conversation.load((_stored(do) or {}).get("talk", {})).language or FALLBACK
        do.outbox.add("reply", self.channels[do.channel].notice(say(text, language)))


def _page_of(said: Said) -> int | None:
    """Return the page of a long list that a tap asks for."""
    number = said.tap.removeprefix(MORE) if said.tap.startswith(MORE) else ""
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 4 else None  # noqa: PLR2004


def _without_page(said: Said) -> Said:
    """Another page of the list is the same question once more: no dialog knows how much a channel shows at once."""
    return said if _page_of(said) is None else replace(said, tap=AGAIN)


def _plan(drawing: Drawing, before: Screen, revision: int, do: Do) -> Screen:
    """Plan the messages of a drawing; return the screen with the live message's uid."""
    live = before.live
    asked = drawing.messages[drawing.live] if drawing.live >= 0 else None
    uid = ""
    for drawn in drawing.messages:
        target = {"live": before.live, "asked": uid}.get(drawn.edits)
        planned = do.outbox.add(
            drawn.kind,
            drawn.payload,
            edits=target or None,
            revision=revision if drawn.kind == "frame" else None,
            after=drawn.after,
        )
        if drawn is asked:
            uid = live = planned
    return replace(drawing.screen, live=live)


def _note_presence(said: Said, do: Do) -> None:
    """Blocked: nothing is sent any more; whoever speaks again is back."""
    if said.heard is Heard.BLOCKED:
        do.db.execute("UPDATE address SET gone_at=? WHERE id=?", (int(do.now.timestamp() * 1e6), do.address))
    elif said.heard not in (Heard.EVENT, Heard.PAGE):
        do.db.execute("UPDATE address SET gone_at=NULL WHERE id=? AND gone_at IS NOT NULL", (do.address,))


def _close_job(said: Said, do: Do) -> None:
    if said.heard is Heard.EVENT and said.purpose == "registry":
        registry.close_job(do, said.text)


def _as_the_other(turn: Turn, screens: dict[str, Any], do: Do) -> tuple[Turn, dict[str, Any]]:
    """This chat turned out to be another person's: their drafts and other chats' screens are kept.

    A chat that left its account takes nothing along; the buttons it still shows belong to a session that is over.
    """
    if do.left:
        talk = Conversation(turn.talk.language, turn.talk.revision + 1, turn.talk.trail[-1:], touched_at=do.now)
        here = {chat: screen for chat, screen in screens.items() if chat == str(do.address)}
        return replace(turn, talk=replace(talk, ended_at=turn.talk.revision)), here
    stored = do.conversation() or {}
    theirs = conversation.load(stored.get("talk", {}))
    mine = {flow for flow, _ in turn.talk.drafts}
    drafts = (*(item for item in theirs.drafts if item[0] not in mine), *turn.talk.drafts)
    talk = replace(turn.talk, drafts=drafts, revision=max(turn.talk.revision, theirs.revision) + 1)
    return replace(turn, talk=talk), {**stored.get("screens", {}), **screens}


def _stored(do: Do) -> dict[str, Any] | None:
    return do.conversation()


def _state(do: Do) -> str:
    found = do.db.execute("SELECT state FROM conversation WHERE person_id=?", (do.person,)).fetchone()
    return str(found[0]) if found else ""
