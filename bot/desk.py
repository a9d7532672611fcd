"""An agent speaks to a parent: deeds that keep the case, plan the messages and move the conversation in one commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.channels import Channel, Kept
from bot.inbox import Handler
from dialogs.engine.catalogue import say
from dialogs.engine.live import SHOW
from dialogs.engine.said import Heard, Said
from dialogs.engine.texts import T, Text
from services import desk as rules
from services.canned import has_blanks
from services.desk import Staff
from services.refused import Refused
from storage import desk, staff_audit
from storage.cases import FIRST_NUMBER
from storage.desk_models import AgentRow
from storage.do import Deed, Do, hold
from storage.events import Event
from storage.models import CaseRow

#: The approved template that brings an answer after the window has closed.
TEMPLATE: Final = "tpl_agent_reply"
#: Every message on WhatsApp costs, and a place that changes each minute tells nobody anything.
TOLD_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Desk:
    """What agents do, as far as parents notice it."""

    handler: Handler

    @property
    def channels(self) -> Mapping[str, Channel]:
        return self.handler.channels

    def take(self, deed: Deed, staff: Staff, number: int) -> None:
        """Take a case; the parent is told who answers."""
        row = desk.take(deed, staff, number)
        self._speak(deed, row, T("msg.agent_handoff.joined", agent=staff.shown))
        self._move(deed, row, "spoke")

    def reply(self, deed: Deed, staff: Staff, number: int, text: str) -> int:
        """Send an answer in five seconds, or, where the window is closed, hold it and send the template."""
        staff.must("reply")
        row, text = desk.held(deed, staff, number), rules.words(text)
        if has_blanks(text):
            raise Refused("err.desk.blanks")
        parent = self._parent(deed, row)
        payload = self._signed(parent, row, staff, text)
        if self._is_shut(deed, row):
            if not desk.has_held(deed, row):
                parent.outbox.add("template", _template(row))
            message = desk.replied(deed, staff, row, text, uid=None, waits=payload)
        else:
            uid = parent.outbox.add("reply", payload, after=desk.UNDO)
            message = desk.replied(deed, staff, row, text, uid=uid, waits=None)
        parent.keep()
        self._move(deed, row, "spoke")
        return message

    def transfer(self, deed: Deed, staff: Staff, number: int, to: str, reason: str) -> None:
        """Hand the case over; a colleague is named to the parent, a team is a queue."""
        staff.must("transfer")
        agent = deed.session.query(AgentRow).filter_by(login=to, gone_at=None).one_or_none()
        if agent is None and to not in rules.GROUPS:
            raise Refused("err.desk.nobody")
        row = desk.transfer(deed, staff, number, agent, "" if agent else to, reason)
        shown: object = agent.shown if agent else T(f"team.{to}")
        self._speak(deed, row, T("msg.agent_handoff.transferred", agent=shown))
        self._move(deed, row, "spoke" if agent else "queued")

    def close(self, deed: Deed, staff: Staff, number: int, reason: str, summary: str, *, faq_gap: bool) -> None:
        """Close the case: the parent reads the outcome, is asked once whether it helped, and goes on from there."""
        if reason not in rules.CLOSE_REASONS:
            raise Refused("err.desk.reason")
        row = desk.close(deed, staff, number, reason, faq_gap=faq_gap)
        if summary.strip():
            self._speak(deed, row, T("msg.agent_handoff.summary", summary=rules.words(summary)))
        self._move(deed, row, "closed")

    def snooze(self, deed: Deed, staff: Staff, number: int, until: datetime) -> None:
        """Promise to come back by then."""
        row = desk.snooze(deed, staff, number, until)
        self._speak(deed, row, T("msg.agent_handoff.back_by", time=until))

    def reopen(self, deed: Deed, staff: Staff, number: int) -> None:
        """Go on with a closed case."""
        row = desk.reopen(deed, staff, number)
        self._speak(deed, row, T("msg.agent_handoff.joined", agent=staff.shown))
        self._move(deed, row, "spoke")

    def open_screen(self, deed: Deed, staff: Staff, number: int, flow: str) -> None:
        """Open a screen for the parent: they look and press, nobody presses for them."""
        from dialogs.entries import SCREENS

        staff.must("screen")
        row = desk.held(deed, staff, number)
        if flow not in SCREENS:
            raise Refused("err.desk.nobody")
        staff_audit.note(deed, staff.id, "case.screen", case=row.id, subject=flow)
        self._move(deed, row, "screen", flow=flow)

    def viewed(self, deed: Deed, row: CaseRow, field: str) -> None:
        """Tell the parent which of their data was looked at."""
        self._speak(deed, row, T("msg.agent_handoff.viewed", field=T(f"desk.field.{field}")))

    def missed(self, deed: Deed, row: CaseRow) -> None:
        """Tell the parent that they could not be reached by phone."""
        self._speak(deed, row, T("msg.callback_request.missed"))

    def tick(self, deed: Deed) -> None:
        """What the clock does: tell places that changed, point out silence, close what nobody answers in."""
        for row in desk.given_up(deed):
            desk.close_silent(deed, row)
            self._move(deed, row, "closed")
        for row in desk.silent(deed):
            row.warned_at = deed.now
            self._speak(deed, row, T("msg.agent_handoff.silence"))
        for row in desk.moved_on(deed, deed.now - TOLD_EVERY):
            self._move(deed, row, "queued")

    # The parent's side.

    def _parent(self, deed: Deed, row: CaseRow) -> Do:
        if row.address_id is None:
            raise Refused("err.desk.no_chat")
        parent = hold(deed, row.address_id)
        parent.speak(row.language or "kk")
        return parent

    def _speak(self, deed: Deed, row: CaseRow, text: Text) -> None:
        """Say one sentence beside the conversation; where the window is closed it is left out, not paid for."""
        if row.address_id is None or self._is_shut(deed, row):
            return
        parent = self._parent(deed, row)
        parent.outbox.add("reply", self.channels[parent.channel].notice(say(text, parent.language)))
        parent.keep()

    def _is_shut(self, deed: Deed, row: CaseRow) -> bool:
        """Say whether WhatsApp would refuse free words now."""
        left = desk.window_left(deed, row)
        return left is not None and not left

    def _signed(self, parent: Do, row: CaseRow, staff: Staff, text: str) -> dict[str, Any]:
        prefix = say(T("msg.agent_handoff.prefix", agent=staff.shown), parent.language)
        return self.channels[parent.channel].notice(f"{prefix}\n{text}")

    def _move(self, deed: Deed, row: CaseRow, what: str, **values: str) -> None:
        """Let the engine carry what the desk did into the conversation; what would draw waits for an open window."""
        if row.address_id is None or (what != "spoke" and self._is_shut(deed, row)):
            return
        parent = self._parent(deed, row)
        said = Said(Heard.EVENT, purpose="desk", text=what, values=tuple(sorted(values.items())))
        event = Event("desk", "", str(FIRST_NUMBER + row.id), Kept(said).body(), address_id=row.address_id)
        self.handler.handle(event, parent)
        parent.keep()


def _template(row: CaseRow) -> dict[str, Any]:
    """Return the template as WhatsApp draws it; its button opens the window and brings the answer."""
    language = row.language or "kk"
    topic = say(T(f"r_topic_{row.topic}"), language)
    return {
        "type": "quick-reply",
        "template": TEMPLATE,
        "language": language,
        "variables": {"1": topic},
        "body": say(T("push.agent.reply", topic=topic), language),
        "actions": [{"title": say(T("btn.show_answer"), language), "id": f"0:{SHOW}"}],
    }
