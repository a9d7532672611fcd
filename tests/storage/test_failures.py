"""A failure is told by its kinds and places; its own text may name somebody."""

from __future__ import annotations

import logging

import pytest

from storage.failures import frames, report

SECRET = "930427400001"


def raised(depth: int = 0) -> Exception:
    """Return a failure with a cause, both with a secret in their text."""
    with pytest.raises(ValueError) as failed:
        fail(depth)
    return failed.value


def fail(depth: int) -> None:
    try:
        dig(depth)
    except KeyError as cause:
        raise ValueError(SECRET) from cause


def fail_without_a_word() -> None:
    try:
        dig(0)
    except KeyError:
        raise ValueError(SECRET) from None


def dig(depth: int) -> None:
    if depth:
        dig(depth - 1)
    raise KeyError(SECRET)


def test_a_failure_is_told_by_its_kinds_and_places() -> None:
    told = frames(raised())

    assert told.startswith("ValueError at tests/storage/test_failures.py:")
    assert ", from KeyError at tests/storage/test_failures.py:" in told


def test_a_failure_keeps_its_text_to_itself() -> None:
    assert SECRET not in frames(raised())


def test_a_deep_failure_is_told_shortly() -> None:
    assert len(frames(raised(depth=500))) < 1000


def test_a_failure_without_a_place_is_told_by_its_kind() -> None:
    assert frames(ValueError(SECRET)) == "ValueError"


def test_a_cause_that_was_hidden_is_not_told() -> None:
    with pytest.raises(ValueError) as failed:
        fail_without_a_word()

    assert "KeyError" not in frames(failed.value)


def test_a_report_names_what_failed_and_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    report(logging.getLogger("test"), "turn failed", raised(), inbox=7)

    (record,) = caplog.records
    assert (record.msg, record.__dict__["inbox"], record.exc_info) == ("turn failed", 7, None)
