"""`.env.example` names every setting, each with one sentence, and nothing else."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from bot.settings import Settings, load

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"
LINES = EXAMPLE.read_text(encoding="utf-8").splitlines()
GIVEN = dict(line.split("=", 1) for line in LINES if line and not line.startswith("#"))


def test_it_names_every_setting_and_no_other() -> None:
    assert list(GIVEN) == [name.upper() for name in Settings.model_fields]


@pytest.mark.parametrize("name", GIVEN)
def test_each_has_one_sentence_above_it(name: str) -> None:
    above = next(before for before, line in pairwise(LINES) if line.startswith(f"{name}="))

    assert re.fullmatch(r"# [A-Z].{10,}\.", above)


def test_it_can_be_used_as_it_is() -> None:
    assert load(GIVEN) == load({})


def test_it_holds_no_secret() -> None:
    secret = [name for name in GIVEN if re.search("TOKEN|SECRET|KEY|SID", name)]

    assert secret
    assert not any(GIVEN[name] for name in secret)


def test_it_says_that_the_program_reads_the_environment_only() -> None:
    assert "reads the environment only" in "\n".join(LINES[:4])
