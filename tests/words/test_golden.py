"""Golden phrases: how well plain words are understood. `tune` was tuned on; `held_out` never was."""

from __future__ import annotations

import pytest

from dialogs.intents import dictionary
from tests.words import golden

#: A table that is not there yet is not asked.
TABLES = sorted(path.name for path in golden.HERE.glob("*.tsv"))
LANGUAGES = {"ru": 120, "kk": 100, "translit": 20}


@pytest.mark.parametrize("table", TABLES)
def test_plain_words_are_understood(table: str) -> None:
    counted = golden.count(golden.phrases(table))

    print(f"\n{table}: precision {counted.precision:.1%}, recall {counted.recall:.1%}", *counted.missed, sep="\n  ")  # noqa: T201
    assert counted.precision >= 0.95
    assert counted.recall >= 0.85


@pytest.mark.parametrize("table", TABLES)
def test_nobody_is_taken_to_want_their_data_gone(table: str) -> None:
    assert golden.count(golden.phrases(table)).grave == ()


@pytest.mark.parametrize("table", TABLES)
def test_nobody_who_says_no_gets_the_answer_about_undoing(table: str) -> None:
    refused = [phrase for phrase in golden.phrases(table) if phrase.intent == golden.NOTHING]

    assert [phrase.text for phrase in refused if phrase.topics & golden.UNDOING] == []


@pytest.mark.parametrize("table", TABLES)
def test_phrases_are_labelled_with_intents_there_are(table: str) -> None:
    known = dictionary.names() | {golden.NOTHING}

    assert {phrase.intent for phrase in golden.phrases(table)} - known == set()


@pytest.mark.parametrize(("language", "least"), LANGUAGES.items())
def test_there_are_phrases_enough_to_tune_on(language: str, least: int) -> None:
    assert sum(phrase.language == language for phrase in golden.phrases("tune.tsv")) >= least
