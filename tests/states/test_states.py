"""Every step ever stored opens for ever: loaded, drawn in each language on each channel, taken by the provider."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import dialogs.entries  # noqa: F401 - every dialog registers its steps
from bot.channels import Channel, Screen
from bot.web.simulator import refusals
from dialogs import login
from dialogs.engine import codec
from dialogs.engine.ask import Ask
from dialogs.engine.step import STEPS, UnknownStep, dump_step, load_step
from storage.do import Do
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, City, Parent, buttons_of, words_of
from tests.dialogs import journeys
from tests.states import examples, golden

STORED = golden.stored()
NAMES = [path.stem for path in STORED]
PAGE = "https://bot.test/s/" + "x" * 32


@pytest.fixture(scope="module", params=[(channel, language) for channel in CHANNELS for language in LANGUAGES])
def parent(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    """A registered parent with a child, for each channel and language."""
    city = City(tmp_path_factory.mktemp("states"))
    yield journeys.with_child(city, *request.param)
    city.close()


def test_every_step_is_kept_in_the_shape_of_today() -> None:
    missing = [kind.name for kind in golden.missing()]

    assert missing == [], (
        "These steps have no stored example of today's shape. A new step: run `python -m tests.states`."
        " A step that was released in another shape: write an @upcast (or was= if only its name changed), then run it."
        " A step not released yet: delete its file, then run it."
    )


def test_every_step_is_known_from_the_start() -> None:
    # In a process of its own: here the tests have opened dialogs by themselves.
    told = "import sys, dialogs.entries; print(*[name for name in sys.modules if name.startswith('dialogs.')])"
    known = subprocess.run([sys.executable, "-c", told], cwd=golden.ROOT, capture_output=True, check=True, text=True)

    files = {f"dialogs.{path.stem}" for path in (golden.ROOT / "dialogs").glob("*.py") if path.stem != "__init__"}
    assert files - set(known.stdout.split()) == set()


def test_every_file_holds_another_step_or_shape() -> None:
    held = [(raw["step"], raw["shape"]) for raw in STORED.values()]

    assert len(held) == len(set(held))


@pytest.mark.parametrize("raw", STORED.values(), ids=NAMES)
def test_what_was_stored_is_read(raw: dict[str, Any]) -> None:
    step = load_step(raw)

    assert not isinstance(step, UnknownStep), "Nobody reads this shape any more: write an @upcast, or was= for a name."
    assert load_step(dump_step(step)) == step
    assert raw["shape"] != codec.schema_hash(type(step)) or dump_step(step)["data"] == raw["data"]


def test_what_was_stored_is_drawn(parent: Parent) -> None:
    def look(do: Do) -> dict[str, str]:
        return {name: _trouble(parent, do, raw) for name, raw in zip(NAMES, STORED.values(), strict=True)}

    troubles = {name: trouble for name, trouble in parent.city.looks(parent, look).items() if trouble}

    assert troubles == {}


def _trouble(parent: Parent, do: Do, raw: dict[str, Any]) -> str:
    """Return why a stored step cannot be shown; nothing if it can."""
    step = load_step(raw)
    if not step.asks:
        return ""
    try:
        return "" if _drawn(parent.city.channels[do.channel], step.ask(do), do).strip() else "says nothing"
    except Exception as failed:  # noqa: BLE001 - all of them are told at once
        return f"{type(failed).__name__}: {failed}"


def _drawn(channel: Channel, ask: Ask, do: Do) -> str:
    drawing = channel.draw(ask, do.language, 1, Screen(), PAGE if ask.page else "")
    for drawn in drawing.messages:
        _is_taken(do.channel, drawn.payload)
    asked = drawing.messages[drawing.live].payload
    return words_of(asked) + "".join(label for label, _ in buttons_of(asked))


def _is_taken(channel: str, payload: dict[str, Any]) -> None:
    if channel == TELEGRAM:
        check = refusals.telegram_caption if "caption" in payload else refusals.telegram_text
        check(payload)
        refusals.telegram_markup(payload)
    else:
        refusals.whatsapp(payload)


# The command.


def test_nothing_is_ever_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "HERE", tmp_path)
    (tmp_path / "main_menu.home.json").write_text('{"step": "main_menu.home", "shape": "other", "data": {}}')

    written, _ = golden.write_missing()

    assert tmp_path / "main_menu.home.2.json" in written
    assert "other" in (tmp_path / "main_menu.home.json").read_text()
    assert golden.write_missing()[0] == []


def test_a_field_without_an_example_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "HERE", tmp_path)
    monkeypatch.delitem(examples.BY_NAME, "what")

    written, lacking = golden.write_missing()

    assert lacking == ["registration.taken.what"]
    assert tmp_path / "registration.save.json" in written


def test_a_step_that_changed_its_shape_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Changed(login.Gate):
        page: int = 1

    Changed.__module__ = login.Gate.__module__
    monkeypatch.setitem(STEPS, "login.gate", Changed)

    assert Changed in golden.missing()


def test_a_shape_that_nobody_reads_is_noticed() -> None:
    with pytest.raises(AssertionError, match="write an @upcast"):
        test_what_was_stored_is_read({"step": "login.gate", "shape": "0", "data": {"page": 1}})
