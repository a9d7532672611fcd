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


def write_missing() -> tuple[list[Path], list[str]]:
    """Write an example of every step without one; return the new files, and the fields nobody has an example of."""
    written: list[Path] = []
    lacking: list[str] = []
    for kind in missing():
        try:
            written.append(_write(examples.of_step(kind)))
        except examples.NoExample as field:
            lacking.append(str(field))
    return written, lacking


def _write(step: Step) -> Path:
    path = _free(step.name)
    path.write_text(json.dumps(dump_step(step), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def _free(name: str) -> Path:
    path, number = HERE / f"{name}.json", 1
    while path.exists():
        number += 1
        path = HERE / f"{name}.{number}.json"
    return path
