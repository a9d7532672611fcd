"""The how-to's are true: the dialog they build is built here."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from dialogs.engine.said import Heard, Said
from dialogs.engine.step import STEPS, Done, Step, dump_step, load_step
from services.refused import Refused
from tests.city import City
from tests.dialogs import journeys

PAGE: Final = Path(__file__).parents[1] / "docs" / "how-to-add-a-dialog.md"


@pytest.fixture
def opinion(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the dialog in the page; gone from the product's steps afterwards."""
    listing = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    module = ModuleType("docs.opinion")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for name in re.findall(r'@step\("(.+?)"\)', listing):
        monkeypatch.setitem(STEPS, name, Step)
        del STEPS[name]
    exec(compile(listing, str(PAGE), "exec"), vars(module))
    return vars(module)


def test_the_dialog_of_the_page_can_be_walked(opinion: dict[str, Any], city: City) -> None:
    parent = journeys.registered(city)
    good = opinion["AskMark"]().answer(Said(Heard.TAP, choice="good"), None)

    end = parent.city.looks(parent, lambda do: good.answer(Said(Heard.TEXT, text="Больше садиков"), do))

    assert load_step(dump_step(good)) == opinion["AskWords"]("good")
    assert isinstance(end, Done)


def test_its_rule_says_no(opinion: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=re.escape("err.opinion.long")):
        opinion["AskWords"]("bad").answer(Said(Heard.TEXT, text="а" * 501), None)


def test_the_page_names_every_sentence_it_uses_as_the_code_does(opinion: dict[str, Any]) -> None:
    asked = opinion["AskMark"]().ask(None)

    assert [item.label.key for item in asked.choices] == ["btn.mark_good", "btn.mark_fair", "btn.mark_bad"]
