"""Every commit and every provider call stands between two crash points, or a kill there is never tried."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.crashpoints import AMBIGUOUS, POINTS

ROOT = Path(__file__).resolve().parents[2]
#: The simulator's phones are the outside world; migrations run before anybody is listened to.
NOT_OURS = ("bot/web/simulator/", "storage/migrations/")
#: Says what the bot is called; said again at each start.
HARMLESS = ("introduce",)

Is = Callable[[ast.Call], bool]


def _is_commit(call: ast.Call) -> bool:
    """A COMMIT by hand, or a driver's commit(); a session's only releases a savepoint."""
    if not isinstance(call.func, ast.Attribute):
        return False
    said = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
    by_hand = call.func.attr.startswith("execute") and re.match(r"\s*(COMMIT|END)\b", str(said), re.IGNORECASE)
    return bool(by_hand) or (call.func.attr == "commit" and "session" not in ast.unparse(call.func.value))


def _calls(pattern: str) -> Is:
    return lambda call: re.fullmatch(pattern, ast.unparse(call.func)) is not None


#: What calls a provider, by file.
PROVIDERS: dict[str, Is] = {
    "bot/outbox.py": _calls(r"(self\._channels\[.*\]|channel|sender)\.send"),
    "bot/telegram/polling.py": _calls(r"bot(\.\w+)?"),
    "bot/telegram/setup.py": _calls(r"bot(\.\w+)?"),
    "bot/registry_http.py": _calls(r"self\._post"),
    "bot/whatsapp/reconcile.py": _calls(r"self\._twilio\.received"),
    "bot/whatsapp/templates.py": _calls(r"self\.client\.request_async"),
}


def uncovered(source: str, *, is_provider: Is | None = None) -> list[str]:
    """Return the commits and provider calls of a file that lack a point on one of their sides."""
    return [
        f"{ast.unparse(call)[:60]} lacks a point {side} it"
        for call, before, after in _statements(ast.parse(source))
        if _is_commit(call) or (is_provider and is_provider(call))
        for side, neighbour in (("before", before), ("after", after))
        if not _is_point(neighbour)
    ]


Sided = tuple[ast.Call, ast.stmt | None, ast.stmt | None]


def _statements(node: ast.AST, behind: ast.stmt | None = None) -> Iterator[Sided]:
    """Give each call with the statements around the one it stands in; the end of a `try` goes on behind it."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in HARMLESS:
        return
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if not isinstance(block, list):
            continue
        for at, statement in enumerate(block):
            before = block[at - 1] if at else None
            after = block[at + 1] if at + 1 < len(block) else behind
            yield from ((call, before, after) for call in _own_calls(statement))
            yield from _statements(statement, after if isinstance(statement, ast.Try) else None)
    for handler in getattr(node, "handlers", ()):
        yield from _statements(handler)


def _own_calls(statement: ast.stmt) -> Iterator[ast.Call]:
    """Give the calls of a statement itself, not those of the statements in it."""
    nodes = [child for child in ast.iter_child_nodes(statement) if not isinstance(child, ast.stmt)]
    for node in nodes:
        if isinstance(node, ast.ExceptHandler):
            continue
        yield from (call for call in ast.walk(node) if isinstance(call, ast.Call))


def _is_point(statement: ast.stmt | None) -> bool:
    return isinstance(statement, ast.Expr) and ast.unparse(statement).startswith("crashpoint(")


def _sources() -> dict[str, str]:
    paths = [path for folder in ("bot", "dialogs", "services", "storage") for path in (ROOT / folder).rglob("*.py")]
    names = {str(path.relative_to(ROOT)): path for path in paths}
    return {name: path.read_text() for name, path in names.items() if not name.startswith(NOT_OURS)}


SOURCES = _sources()


def test_every_commit_and_every_provider_call_stands_between_two_points() -> None:
    found = {name: uncovered(source, is_provider=PROVIDERS.get(name)) for name, source in SOURCES.items()}

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_every_point_stands_in_the_list_and_in_one_place() -> None:
    passed = Counter(name for source in SOURCES.values() for name in re.findall(r'crashpoint\("([^"]+)"\)', source))

    assert passed == Counter(POINTS)
    assert set(POINTS) >= AMBIGUOUS


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_there_is_a_provider_to_look_at(name: str) -> None:
    calls = [call for call, _, _ in _statements(ast.parse(SOURCES[name])) if PROVIDERS[name](call)]

    assert calls


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("storage/sqlite.py", "batch.closed"),
        ("storage/sqlite.py", "batch.committed"),
        ("bot/outbox.py", "send.calling"),
        ("bot/outbox.py", "send.called"),
        ("bot/telegram/polling.py", "telegram.asking"),
        ("bot/telegram/polling.py", "telegram.asked"),
        ("bot/telegram/setup.py", "webhook.set"),
        ("bot/registry_http.py", "registry.answered"),
    ],
)
def test_a_point_that_is_missing_is_found(name: str, point: str) -> None:
    broken = SOURCES[name].replace(f'crashpoint("{point}")', "pass")

    assert len(uncovered(broken, is_provider=PROVIDERS.get(name))) == 1


@pytest.mark.parametrize(
    "planted",
    [
        "db.execute('COMMIT')",
        "db.execute('commit')",
        "self._connection.commit()",
        "crashpoint('x')\ndb.commit()",
        "db.commit()\ncrashpoint('x')",
        "if True:\n    db.commit()",
        "with lock:\n    db.commit()",
        "try:\n    db.commit()\nexcept OSError:\n    pass",
    ],
)
def test_a_commit_without_points_is_found(planted: str) -> None:
    assert uncovered(f"def keep(db, lock, self):\n    {planted.replace(chr(10), chr(10) + '    ')}\n    return 1") != []


def test_a_session_that_releases_its_savepoint_is_no_commit() -> None:
    assert uncovered("self._session.commit()") == []
