"""The stored examples as files: `flow.state.json`, and `flow.state.2.json` for the shape that came after it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dialogs.engine import codec
from dialogs.engine.step import STEPS, Step, dump_step
from tests.states import examples

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "golden"


def stored() -> dict[Path, dict[str, Any]]:
    """Return what every file holds."""
    return {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.json"))}


def ours() -> dict[str, type[Step]]:
    """Return every step of the product by its name; those of tests are nobody's stored data."""
    return {name: kind for name, kind in sorted(STEPS.items()) if kind.__module__.startswith("dialogs.")}


def missing() -> list[type[Step]]:
    """Return the steps whose shape of today is in no file."""
    known = {(raw["step"], raw["shape"]) for raw in stored().values()}
    return [kind for name, kind in ours().items() if (name, codec.schema_hash(kind)) not in known]


def write_missing() -> list[Path]:
    """Write an example of every step without one; return the new files."""
    return [_write(kind) for kind in missing()]


def _write(kind: type[Step]) -> Path:
    raw = dump_step(examples.of_step(kind))
    path = _free(kind.name)
    path.write_text(json.dumps(raw, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def _free(name: str) -> Path:
    path, number = HERE / f"{name}.json", 1
    while path.exists():
        number += 1
        path = HERE / f"{name}.{number}.json"
    return path
