"""What understanding a message costs, and how well it is done; its peer is a message that is no words at all.

The budget is 2 ms of CPU a message (issue: free text).
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence

from dialogs.intents import reading
from tests.bench import tell
from tests.words import golden

ROUNDS = 5
BUDGET = 2.0


def main() -> None:
    for table in sorted(path.name for path in golden.HERE.glob("*.tsv")):
        known = golden.phrases(table)
        counted = golden.count(known)
        tell(f"{table}: {len(known)} phrases, precision {counted.precision:.1%}, recall {counted.recall:.1%}")
        for missed in counted.missed:
            tell(f"  {missed}")
        _time(table, [phrase.text for phrase in known])
    _time("long chatter of 200 letters", _chatter())
    _time("digits only (peer)", ["930427400001", "8 747 123 45 67"] * 50)


def _time(name: str, texts: Sequence[str]) -> None:
    reading.read("табель")  # the dictionary is read once, at the first message
    costs = sorted(min(_cost(text) for _ in range(ROUNDS)) for text in texts)
    worst, middle = costs[-1], statistics.median(costs)
    high = costs[int(len(costs) * 0.99)]
    tell(f"{name}: median {middle:.2f} ms, p99 {high:.2f} ms, worst {worst:.2f} ms CPU; budget {BUDGET:.0f} ms")


def _cost(text: str) -> float:
    started = time.process_time_ns()
    reading.read(text)
    return (time.process_time_ns() - started) / 1e6


def _chatter() -> list[str]:
    lot = random.Random(3)
    letters = "абвгдежзиклмнопрстуфхцчшыэюя"
    words = ["".join(lot.choice(letters) for _ in range(lot.randint(3, 11))) for _ in range(400)]
    return [" ".join(lot.choice(words) for _ in range(28))[:200] for _ in range(50)]
