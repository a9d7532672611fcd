"""The command that runs the tests: without a browser it says so in one line, and in CI it fails."""

from __future__ import annotations

import pytest

import dev


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What would be run on a machine without a browser, by somebody who is not root."""
    run: list[tuple[str, ...]] = []

    def ran(*words: str) -> int:
        run.append(words)
        return 0

    for name in ("CI", "CHROMIUM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(dev, "_set_up", lambda _: None)
    monkeypatch.setattr(dev, "_check", lambda: 0)
    monkeypatch.setattr(dev, "_run", ran)
    return run


def test_without_a_browser_one_line_says_how_and_all_else_is_tested(
    runs: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert dev.main(["test"]) == 0

    assert capsys.readouterr().out.splitlines() == [f"{dev.NO_CHROMIUM}; now they are left out"]
    assert "--ignore=tests/browser" in runs[-1]


def test_in_ci_a_missing_browser_is_a_failure(runs: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    assert dev.main(["test"]) == 2
    assert runs == []


def test_the_conversations_are_tested_without_a_browser(runs: list[tuple[str, ...]]) -> None:
    assert dev.main(["test", "tests/dialogs"]) == 0

    assert runs == [(str(dev.PYTHON), "-m", "pytest", "tests/dialogs")]
