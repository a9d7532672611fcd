"""Who may see what: every step has an entry here, and a new one without an entry fails (I15).

`open` shows nothing of anybody; `own` is behind a proof and reads only what is this person's; `object` carries the
number of something, so somebody else's is tried on it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, get_type_hints

import pytest

from dialogs.engine.step import STEPS, Step
from dialogs.entries import ENTRIES
from services import demo_city
from services.trust import Trust
from tests.city import CHANNELS, TELEGRAM, WHATSAPP, City, Parent, words_of
from tests.dialogs import journeys

OPEN, OWN, OBJECT = "open", "own", "object"

MATRIX = {
    "channel_link.card": OBJECT,
    "channel_link.claim": OPEN,
    "channel_link.confirm": OBJECT,
    "channel_link.home": OWN,
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
    "first_start.ask_language": OPEN,
    "first_start.guest_menu": OPEN,
    "first_start.welcome": OPEN,
    "help.home": OPEN,
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


def ours() -> dict[str, type[Step]]:
    return {name: kind for name, kind in STEPS.items() if kind.__module__.startswith("dialogs.") and ENTRIES}


def ids(kind: type[Step]) -> list[str]:
    """The fields of a step that name an object by its number."""
    hints = get_type_hints(kind)
    return [field.name for field in dataclasses.fields(kind) if hints[field.name] is int and field.name != "page"]


def test_every_step_has_an_entry() -> None:
    assert set(ours()) == set(MATRIX)


@pytest.mark.parametrize("name", [name for name, kind in MATRIX.items() if kind != OPEN])
def test_what_is_a_persons_is_behind_a_proof(name: str) -> None:
    assert ours()[name].needs >= Trust.LINKED


@pytest.mark.parametrize("name", [name for name, kind in MATRIX.items() if kind != OBJECT])
def test_a_step_that_names_an_object_says_so(name: str) -> None:
    assert name == "channel_link.claim" or ids(ours()[name]) == []


def victims_things(city: City, victim: Parent) -> dict[str, int]:
    """The number of one thing of each kind that is somebody else's."""
    child = city.rows("SELECT id FROM child WHERE person_id=?", victim.person)[0][0]
    chat = city.rows("SELECT id FROM address WHERE person_id=?", victim.person)[0][0]
    found = city.rows("SELECT id FROM invitation WHERE person_id=?", victim.person)[0][0]
    return {"child": child, "chat": chat, "invitation": found}


def snapshot(city: City, person: int) -> list[Any]:
    return [
        city.rows("SELECT id, removed_at FROM child WHERE person_id=?", person),
        city.rows("SELECT id, proof, verified_until FROM address WHERE person_id=?", person),
        city.rows("SELECT id, state, claimed_by FROM invitation WHERE person_id=?", person),
        city.rows("SELECT locality, reminders_to FROM preference WHERE person_id=?", person),
    ]


def buttons(parent: Parent) -> Iterator[tuple[str, str]]:
    for label in dict.fromkeys(parent.labels):
        yield parent.button(label)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("name", [name for name, kind in MATRIX.items() if kind == OBJECT])
def test_the_number_of_somebody_elses_thing_shows_and_changes_nothing(city: City, name: str, channel: str) -> None:
    victim = journeys.with_child(city, TELEGRAM)
    victim.says("/profile")
    victim.taps("r_channels")
    victim.taps("btn.connect")
    things, before = victims_things(city, victim), snapshot(city, victim.person)
    thief = journeys.registered(city, channel, iin=journeys.BAUYRZHAN, row=demo_city.BAUYRZHAN)
    kind = ours()[name]
    step = kind(**{field: things[field] for field in ids(kind)}, **({"payload": "link_x"} if "wait" in name else {}))
    said = len(thief.bot_messages)
    for at in range(4):
        journeys.stands_at(thief, step)
        thief.says("повтори")
        pressed = list(buttons(thief))
        if at < len(pressed):
            thief.taps_data(*pressed[at])

    seen = "\n".join(words_of(item["payload"]) for item in thief.bot_messages[said:])
    assert "Алихан" not in seen
    assert "Айгерим" not in seen
    assert snapshot(city, victim.person) == before


def stands_with(name: str) -> list[dataclasses.Field[Any]]:
    """The fields a step must be given."""
    return [field for field in dataclasses.fields(ours()[name]) if field.default is dataclasses.MISSING]


def is_asked_plainly(name: str) -> bool:
    """Whether a step has a question and can be made of numbers and words alone."""
    hints = get_type_hints(ours()[name])
    return ours()[name].ask is not Step.ask and all(hints[field.name] in (int, str) for field in stands_with(name))


@pytest.mark.parametrize("name", [name for name, kind in MATRIX.items() if kind != OPEN and is_asked_plainly(name)])
def test_a_guest_is_not_let_stand_there(city: City, name: str) -> None:
    kind = ours()[name]
    guest = journeys.started(city, WHATSAPP)
    hints = get_type_hints(kind)
    step = kind(**{field.name: 1 if hints[field.name] is int else "x" for field in stands_with(name)})
    journeys.stands_at(guest, step)
    guest.says("повтори")

    assert guest.state in ("login.gate", "first_start.guest_menu")
