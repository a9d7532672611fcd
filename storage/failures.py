"""What failed and where, without what it was about: an exception's own text may carry an IIN or a name (T22)."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
#: The innermost frames of our own code tell most; so many causes are followed.
FRAMES: Final = 6
CAUSES: Final = 8


def report(log: logging.Logger, what: str, error: BaseException, **fields: object) -> None:
    """Log a failure with its kinds and places, never with its text."""
    log.error(what, extra={"why": frames(error), **fields})


def causes(error: BaseException) -> list[BaseException]:
    """Return an exception and what it came from, as a traceback would tell it."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and len(found) < CAUSES:
        found.append(at)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return found


def frames(error: BaseException) -> str:
    """Return the kinds and places of an exception and its causes: `KeyError at dialogs/login.py:80, from …`."""
    return ", from ".join(" at ".join([type(cause).__name__, *_places(cause)]) for cause in causes(error))


def _places(error: BaseException) -> list[str]:
    """Return where it was raised, then our own code that led there."""
    walked = [(Path(frame.f_code.co_filename), line) for frame, line in traceback.walk_tb(error.__traceback__)]
    if not walked:
        return []
    (path, line), ours = walked[-1], [(path, line) for path, line in walked[:-1] if _is_ours(path)]
    raised = path.relative_to(ROOT) if _is_ours(path) else "/".join(path.parts[-2:])
    return [f"{raised}:{line}", *(f"{path.relative_to(ROOT)}:{line}" for path, line in reversed(ours[-FRAMES:]))]


def _is_ours(path: Path) -> bool:
    return path.is_relative_to(ROOT) and ".venv" not in path.parts
