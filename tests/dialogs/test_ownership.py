"""Who may see what: every step has an entry here, and a new one without an entry fails (I15).

`open` shows nothing of anybody; `own` is behind a proof and reads only what is this person's; `object` carries the
number of something, so somebody else's is tried on it; `case` reads the case of whoever is there, a guest's too.
"""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import pytest

import dialogs
from dialogs.application_form import Form
from dialogs.engine.step import STEPS, Step
from dialogs.entries import ENTRIES
from services import applications, demo_city, invitations
from services.applications import Filing
from services.family import Role
from services.files import Arrived
from services.iin import Iin
from services.names import PersonName
from services.refused import Refused
from services.trust import Trust
from storage.do import Do, hold
from tests.city import CHANNELS, TELEGRAM, WHATSAPP, City, Parent
from tests.dialogs import applications as family
from tests.dialogs import journeys

T = TypeVar("T")

KENTAU = "612010000"

OPEN, OWN, OBJECT, CASE = "open", "own", "object", "case"

MATRIX = {
    "agent_handoff.hours": CASE,
    "agent_handoff.leave_message": CASE,
    "agent_handoff.live": CASE,
    "agent_handoff.menu_while_live": CASE,
    "agent_handoff.opened_flow": CASE,
    "agent_handoff.topic": CASE,
    "agent_handoff.waiting": CASE,
    "agent_rating.ask": CASE,
    "agent_rating.comment": CASE,
    "application_add.check": OBJECT,
    "application_add.child": OBJECT,
    "application_add.documents": OBJECT,
    "application_add.done": OBJECT,
    "application_add.duplicate": OBJECT,
    "application_add.edit_pick": OBJECT,
    "application_add.group_type": OBJECT,
    "application_add.issued_on": OBJECT,
    "application_add.languages": OBJECT,
    "application_add.locality": OBJECT,
    "application_add.locality_check": OBJECT,
    "application_add.no_documents": OBJECT,
    "application_add.precheck": OBJECT,
    "application_add.priority": OBJECT,
    "application_add.priority_pick": OBJECT,
    "application_add.second_email": OBJECT,
    "application_add.second_phone": OBJECT,
    "application_add.social_status": OBJECT,
    "application_delete.can_change": OBJECT,
    "application_delete.confirm": OBJECT,
    "application_delete.done": OBJECT,
    "application_delete.reason": OBJECT,
    "application_attach.approve": OBJECT,
    "application_attach.ask_child_iin": OWN,
    "application_attach.code": OBJECT,
    "application_attach.refuse": OBJECT,
    "application_attach.side": OWN,
    "application_details.details": OBJECT,
    "application_details.documents": OBJECT,
    "application_details.history": OBJECT,
    "application_details.paper": OBJECT,
    "application_list.list": OWN,
    "callback_request.phone": CASE,
    "callback_request.slot": CASE,
    "channel_link.card": OBJECT,
    "channel_link.claim": OPEN,
    "channel_link.confirm": OBJECT,
    "channel_link.home": OWN,
    "channel_link.not_me": OBJECT,
    "channel_link.prefer": OBJECT,
    "channel_link.start": OWN,
    "channel_link.wait": OBJECT,
    "child_add.ask_iin": OWN,
    "child_add.ask_nationality": OWN,
    "child_add.ask_sex": OWN,
    "child_add.change": OWN,
    "child_add.check": OWN,
    "child_add.save": OWN,
    "child_add.saved": OBJECT,
    "child_add.verify": OWN,
    "child_list.card": OBJECT,
    "child_list.home": OWN,
    "child_remove.confirm": OBJECT,
    "common.cancel": OPEN,
    "common.stop": OPEN,
    "common.switch_flow": OPEN,
    "data_deletion.done": OWN,
    "data_deletion.export": OWN,
    "data_deletion.overview": OWN,
    "data_deletion.warn": OWN,
    "data_deletion.withdraw": OWN,
    "data_deletion.word": OWN,
    "email_change.ask": OWN,
    "email_change.code": OWN,
    "email_change.replace": OWN,
    "email_change.send_code": OWN,
    "email_change.suggest": OWN,
    "family_access.accept": OWN,
    "family_access.card": OBJECT,
    "family_access.home": OWN,
    "family_access.invite": OWN,
    "family_access.link": OBJECT,
    "first_start.ask_language": OPEN,
    "first_start.guest_menu": OPEN,
    "first_start.welcome": OPEN,
    "help.home": OPEN,
    "help_faq.answer": OPEN,
    "help_faq.nomatch": OPEN,
    "help_faq.not_helped": OPEN,
    "help_faq.not_yet": OPEN,
    "help_faq.offer": OPEN,
    "help_faq.operator": OPEN,
    "help_faq.thanks": OPEN,
    "language_switch.ask": OPEN,
    "language_switch.done": OPEN,
    "locality_switch.choose": OPEN,
    "locality_switch.confirm": OPEN,
    "locality_switch.search": OPEN,
    "login.choose": OPEN,
    "login.code": OPEN,
    "login.gate": OPEN,
    "login.ident": OPEN,
    "login.no_account": OPEN,
    "login.other_account": OWN,
    "login.password": OPEN,
    "login.remember": OPEN,
    "login.send_code": OPEN,
    "logout.confirm": OWN,
    "main_menu.home": OWN,
    "password_recovery.ask_iin": OPEN,
    "password_recovery.ask_phone": OPEN,
    "password_recovery.code": OPEN,
    "password_recovery.done": OPEN,
    "password_recovery.password": OPEN,
    "password_recovery.send_code": OPEN,
    "policy_consent.show": OPEN,
    "policy_consent.text": OPEN,
    "profile.ask_phone": OWN,
    "profile.change_phone": OWN,
    "profile.code": OWN,
    "profile.home": OWN,
    "profile.login_name": OWN,
    "profile.password": OWN,
    "profile.refresh_registry": OWN,
    "profile.send_code": OWN,
    "queue_status.forecast": OBJECT,
    "queue_status.show": OBJECT,
    "queue_status.why": OBJECT,
    "registration.ask_doc": OPEN,
    "registration.ask_iin": OPEN,
    "registration.ask_phone": OPEN,
    "registration.check_registry": OPEN,
    "registration.code": OPEN,
    "registration.done": OPEN,
    "registration.password": OPEN,
    "registration.registry_error": OPEN,
    "registration.remember": OPEN,
    "registration.save": OPEN,
    "registration.send_code": OPEN,
    "registration.taken": OPEN,
    "resume_prompt.offer": OPEN,
    "step_up.ask_code": OPEN,
    "step_up.send_code": OPEN,
    "tabel_confirm.done": OBJECT,
    "tabel_confirm.modal": OBJECT,
    "tabel_export.format": OBJECT,
    "tabel_export.ready": OBJECT,
    "tabel_list.home": OWN,
    "tabel_month.as_text": OBJECT,
    "tabel_month.grid": OBJECT,
    "tabel_month.more": OBJECT,
    "tabel_month.pick_month": OBJECT,
    "tabel_refuse.check": OWN,
    "tabel_refuse.comment": OWN,
    "tabel_refuse.day_off": OWN,
    "tabel_refuse.days": OWN,
    "tabel_refuse.done": OBJECT,
    "tabel_refuse.echo": OWN,
    "tabel_refuse.file": OWN,
    "tabel_refuse.reason": OWN,
}
#: Numbers that count, and name nothing.
COUNTS = ("failed", "page")


def ours() -> dict[str, type[Step]]:
    return {name: kind for name, kind in STEPS.items() if kind.__module__.startswith("dialogs.") and ENTRIES}


def ids(kind: type[Step]) -> list[str]:
    """The fields of a step that name an object by its number."""
    hints = get_type_hints(kind)
    return [field.name for field in dataclasses.fields(kind) if hints[field.name] is int and field.name not in COUNTS]


def carries_an_object(kind: type[Step]) -> bool:
    """The answers of an application name a child and files."""
    return bool(ids(kind)) or Form in get_type_hints(kind).values()


def test_every_step_has_an_entry() -> None:
    assert set(ours()) == set(MATRIX)


@pytest.mark.parametrize("name", [name for name, kind in MATRIX.items() if kind in (OWN, OBJECT)])
def test_what_is_a_persons_is_behind_a_proof(name: str) -> None:
    assert ours()[name].needs >= Trust.LINKED


@pytest.mark.parametrize("name", [name for name, kind in MATRIX.items() if kind != OBJECT])
def test_a_step_that_names_an_object_says_so(name: str) -> None:
    assert name == "channel_link.claim" or not carries_an_object(ours()[name])


def at(parent: Parent, work: Callable[[Do], T]) -> T:
    """Do something as this person, without a message of theirs."""
    address = parent.address
    done: T = parent.city.deed(lambda deed: _kept(hold(deed, address), work))
    return done


def _kept(do: Do, work: Callable[[Do], T]) -> T:
    do.language = "ru"
    done = work(do)
    do.keep()
    return done


def victims_things(do: Do) -> dict[str, int]:
    """The number of one thing of each kind, all this person's."""
    do.chats.proved_by_code()
    child = do.children.all()[0].id
    file = do.files.add(Arrived("t" * 32, "00", "jpg", 9, "d", "secret.jpg"), "military")
    filed = applications.file(do, Filing(child, KENTAU, "general", ("kk",), files=(file.id,), phone="+77471234567"))
    do.cases.open(flow="child_list", state="child_list.home", question="msg.child_list.home", text="Тайна")
    invitation, _ = invitations.invite(do)
    access = do.family.invite(Role.HELPER, None, "c" * 12, until=do.now + timedelta(days=1))
    do.family.settle(access, was="invited", now="asked")
    return {
        "access": access,
        "active": filed.id,
        "application": filed.id,
        "binding": 1,
        "chat": do.address,
        "child": child,
        "file": file.id,
        "invitation": invitation,
    }


#: Tables of a person, and what of them nobody else may move.
WATCHED = {
    "child": "id, removed_at",
    "address": "id, proof",
    "invitation": "id, state, claimed_by",
    "binding": "address_id, ended_at",
    "preference": "locality, reminders_to",
    "application": "id, status, rank, interested_at, closed_at",
    "stored_file": "id, application_id, issued_on, removed_at",
    '"case"': "id, state, holder_id, rating, topic",
}


def snapshot(city: City, person: int) -> list[Any]:
    own = [city.rows(f"SELECT {columns} FROM {table} WHERE person_id=?", person) for table, columns in WATCHED.items()]
    own.append(city.rows("SELECT member_id, state FROM access WHERE owner_id=?", person))
    return [*own, city.rows("SELECT case_id, who FROM case_message WHERE case_id=1"), city.rows("SELECT * FROM paper")]


def a_form(things: dict[str, int]) -> Form:
    said = Filing(things["child"], KENTAU, "general", ("kk",), "military", (things["file"],))
    return Form(said, status_seen=True, benefit_asked=True, files_done=True, issued_on=date(2026, 11, 1))


def made_of(kind: type[Step], things: dict[str, int]) -> Step:
    """A step that names somebody else's things wherever it names any."""
    words = {
        "payload": "link_x",
        "kind": "registration",
        "kato": KENTAU,
        "of": "child_list",
        "screen": "child_list",
        "role": "helper",
        "month": "2026-11",
        "reason": "ill",
    }
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        hint = get_type_hints(kind)[field.name]
        if field.name in things:
            values[field.name] = things[field.name]
        elif hint is Form:
            values[field.name] = a_form(things)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            values[field.name] = words.get(field.name, "x")
    return kind(**values)


def buttons(parent: Parent) -> Iterator[tuple[str, str]]:
    for label in dict.fromkeys(parent.labels):
        yield parent.button(label)


def presses_everything(thief: Parent, step: Step) -> str:
    """Stand at a step once for each of its buttons and press them; return all that was shown."""
    said, at_most = len(thief.bot_messages), 8
    for place in range(at_most):
        journeys.stands_at(thief, step)
        thief.says("повтори")
        pressed = list(buttons(thief))
        if place >= len(pressed):
            break
        thief.taps_data(*pressed[place])
    return "\n".join(repr(item["payload"]) for item in thief.bot_messages[said:])


def victim_and_thief(city: City, channel: str) -> tuple[Parent, dict[str, int], Parent]:
    victim = family.family(city, TELEGRAM)
    things = at(victim, victims_things)
    thief = family.family(city, channel, children=(), parent=demo_city.BAUYRZHAN)
    at(thief, lambda do: do.chats.proved_by_code())
    return victim, things, thief


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("name", [name for name, kind in MATRIX.items() if kind in (OBJECT, CASE)])
def test_the_number_of_somebody_elses_thing_shows_and_changes_nothing(city: City, name: str, channel: str) -> None:
    victim, things, thief = victim_and_thief(city, channel)
    before = snapshot(city, victim.person)
    seen = presses_everything(thief, made_of(ours()[name], things))

    for secret in ("Дана", "Айгерим", "Сабитова", "Тайна", "secret.jpg", "2026-1 "):
        assert secret not in seen
    assert snapshot(city, victim.person) == before


def test_a_file_of_somebody_else_proves_no_benefit(city: City) -> None:
    victim, things, thief = victim_and_thief(city, WHATSAPP)
    before = snapshot(city, victim.person)

    def files_it(do: Do) -> object:
        iin = Iin("230922500002")
        child = do.children.add(iin, PersonName("Ким", "Артур", ""), iin.born, iin.sex, "korean")
        filing = Filing(child.id, KENTAU, "general", ("kk",), "military", (things["file"],))
        with pytest.raises(Refused, match=r"err\.app\.paper_missing"):
            applications.file(do, filing)
        return applications.file(do, dataclasses.replace(filing, benefit=""))

    at(thief, files_it)
    assert snapshot(city, victim.person) == before


def test_every_dialog_registers_its_steps_at_the_start() -> None:
    """A step that only a visit imported was unknown after a restart, and whoever stood there was sent home."""
    written = {
        name
        for file in Path(str(dialogs.__file__)).parent.glob("*.py")
        for name in re.findall(r'^@step\("([\w.]+)"', file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    asked = "from dialogs.engine.step import STEPS; import dialogs.entries; print(*STEPS)"
    known = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True, text=True)

    assert written == set(known.stdout.split())


def stands_with(name: str) -> list[dataclasses.Field[Any]]:
    """The fields a step must be given."""
    return [field for field in dataclasses.fields(ours()[name]) if field.default is dataclasses.MISSING]


def is_asked_plainly(name: str) -> bool:
    """Whether a step has a question and can be made of numbers and words alone."""
    hints = get_type_hints(ours()[name])
    return ours()[name].ask is not Step.ask and all(hints[field.name] in (int, str) for field in stands_with(name))


PROVED = [name for name, kind in MATRIX.items() if kind in (OWN, OBJECT) and is_asked_plainly(name)]


@pytest.mark.parametrize("name", PROVED)
def test_a_guest_is_not_let_stand_there(city: City, name: str) -> None:
    kind = ours()[name]
    guest = journeys.started(city, WHATSAPP)
    hints = get_type_hints(kind)
    words = {"month": "2026-11"}
    step = kind(
        **{field.name: 1 if hints[field.name] is int else words.get(field.name, "x") for field in stands_with(name)}
    )
    journeys.stands_at(guest, step)
    guest.says("повтори")

    assert guest.state in ("login.gate", "first_start.guest_menu")
