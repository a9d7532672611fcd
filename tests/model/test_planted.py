"""The walk finds what it is for: a fault of each kind is planted and must be found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from bot.telegram import draw as telegram
from bot.whatsapp import draw as whatsapp
from dialogs import child_list, login
from dialogs.engine import commands
from dialogs.engine.ask import Ask, Choice
from dialogs.engine.step import Step
from dialogs.engine.texts import T, Text
from storage.do import Deed
from tests.city import TELEGRAM, WHATSAPP, City
from tests.dialogs import journeys
from tests.model import faults
from tests.model.walk import Walker

Plant = Callable[[pytest.MonkeyPatch], None]


def label(words: str) -> Text:
    """A sentence that says just this."""
    return T("label.name", name=words)


def asked(*choices: Choice, text: str = "?", **more: Any) -> Plant:
    """Let the help ask something else."""

    def plant(broken: pytest.MonkeyPatch) -> None:
        broken.setattr(login.Gate, "ask", lambda _self, _do: Ask(label(text), choices, **more))

    return plant


def drawn(module: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Plant:
    """Let a channel draw something else."""

    def plant(broken: pytest.MonkeyPatch) -> None:
        draw = module.draw

        def changed(*seen: Any) -> Any:
            drawing = draw(*seen)
            messages = tuple(replace(item, payload=change(item.payload)) for item in drawing.messages)
            return replace(drawing, messages=messages)

        broken.setattr(module, "draw", changed)

    return plant


def actions(count: int = 1, **more: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    rows = [{"title": f"b{number}", "id": f"1:{number}", **more} for number in range(count)]
    return lambda payload: {"type": "quick-reply", "body": payload["body"], "actions": rows}


def items(count: int = 1, button: str = "b", **more: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    rows = [{"item": f"r{number}", "id": f"1:{number}", **more} for number in range(count)]
    return lambda payload: {"type": "list-picker", "body": payload["body"], "button": button, "items": rows}


def silent_operator(broken: pytest.MonkeyPatch) -> None:
    broken.setattr(commands, "_call_operator", lambda _walk, _step: None)


def silent_help(broken: pytest.MonkeyPatch) -> None:
    broken.setattr("dialogs.engine.misses.help_for", lambda _ask: label("?"))


def no_back(broken: pytest.MonkeyPatch) -> None:
    broken.setattr(commands, "_back", lambda _walk, _step: None)


def no_menu(broken: pytest.MonkeyPatch) -> None:
    broken.setattr("dialogs.engine.moves.go_home", lambda _walk: None)


def crash(broken: pytest.MonkeyPatch) -> None:
    broken.setattr(login.Gate, "ask", lambda _self, _do: 1 // 0)


def no_way_home(broken: pytest.MonkeyPatch) -> None:
    """A question that always leads to itself, and no buttons of the engine."""
    asked(Choice("yes", label("Yes")))(broken)
    broken.setattr(login.Gate, "answer", lambda self, _said, _do: self)
    broken.setattr("dialogs.engine.advance._ways", lambda _walk, _step, _ask: ())


def long_toast(broken: pytest.MonkeyPatch) -> None:
    toast = telegram.toast
    broken.setattr(telegram, "toast", lambda tap_id, _text: toast(tap_id, "x" * 201))


YES: Final = Choice("yes", label("Yes"))

PLANTED: Final[list[tuple[str, str, Plant]]] = [
    ("text too long", TELEGRAM, drawn(telegram, lambda payload: payload | {"text": "x" * 4097})),
    ("more than we say at once", TELEGRAM, asked(YES, text="x" * 1001)),
    ("caption too long", TELEGRAM, drawn(telegram, lambda payload: payload | {"caption": "x" * 1025})),
    ("label too long", TELEGRAM, asked(Choice("yes", label("x" * 65)))),
    ("callback data too long", TELEGRAM, asked(Choice("ә" * 31, label("Yes")))),
    ("toast too long", TELEGRAM, long_toast),
    ("body too long", WHATSAPP, drawn(whatsapp, lambda payload: actions()(payload | {"body": "x" * 1025}))),
    ("plain body too long", WHATSAPP, drawn(whatsapp, lambda _: {"type": "text", "body": "x" * 1601})),
    ("too many quick replies", WHATSAPP, drawn(whatsapp, actions(4))),
    ("quick reply too long", WHATSAPP, drawn(whatsapp, actions(title="x" * 21))),
    ("too many rows", WHATSAPP, drawn(whatsapp, items(11))),
    ("row too long", WHATSAPP, drawn(whatsapp, items(item="x" * 25))),
    ("description too long", WHATSAPP, drawn(whatsapp, items(description="x" * 73))),
    ("list button too long", WHATSAPP, drawn(whatsapp, items(button="x" * 21))),
    ("id too long", WHATSAPP, drawn(whatsapp, items(id="x" * 201))),
    ("variable too long", WHATSAPP, drawn(whatsapp, items(id="x" * 256))),
    ("words cut", TELEGRAM, drawn(telegram, lambda payload: payload | {"text": payload.get("text", "")[:5]})),
    ("words cut", WHATSAPP, drawn(whatsapp, lambda payload: payload | {"body": payload["body"][:5]})),
    ("label cut", WHATSAPP, drawn(whatsapp, actions(1))),
    ("same label twice", TELEGRAM, asked(YES, Choice("no", label("Yes")))),
    ("not read back", WHATSAPP, asked(Choice("one", label("2")), Choice("two", label("1")))),
    ("dead end", TELEGRAM, no_way_home),
    ("no help", TELEGRAM, silent_help),
    ("no operator", WHATSAPP, silent_operator),
    ("no back", TELEGRAM, no_back),
    ("no menu", TELEGRAM, no_menu),
    ("crash", WHATSAPP, crash),
]


@pytest.mark.parametrize(("kind", "channel", "plant"), PLANTED, ids=[f"{kind}-{at}" for kind, at, _ in PLANTED])
def test_a_planted_fault_is_found(
    city: City, monkeypatch: pytest.MonkeyPatch, kind: str, channel: str, plant: Plant
) -> None:
    walker = Walker(city, journeys.registered(city, channel), most=4)
    plant(monkeypatch)

    def look(deed: Deed) -> None:
        for step in near_home():
            walker.from_step(deed, step)

    city.deed(look)
    walker.unending()

    assert kind in {fault.kind for fault in walker.faults}


def near_home() -> tuple[Step, ...]:
    return (login.Gate(), child_list.Home())


def test_a_sign_outside_the_basic_plane_counts_twice() -> None:
    assert faults.units("👍ә") == 3
