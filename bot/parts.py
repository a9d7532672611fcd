"""Words that are too long for one message, in as few as they fit into; nothing is ever cut."""

from __future__ import annotations


def length(words: str) -> int:
    """Return the length as messengers count it: a sign outside the basic plane counts twice."""
    return len(words.encode("utf-16-le", "replace")) // 2


def split(words: str, limit: int) -> list[str]:
    """Split after more than half a message: between paragraphs, else lines, else words, else anywhere.

    Nothing but the space between two parts is left out.
    """
    words = words.strip()
    if length(words) <= limit:
        return [words]
    end = _fitting(words, limit)
    for mark in ("\n\n", "\n", " "):
        if (at := words.rfind(mark, end // 2, end)) > 0:
            return [words[:at], *split(words[at:], limit)]
    return [words[:end], *split(words[end:], limit)]


def _fitting(words: str, limit: int) -> int:
    """Return how many characters fit."""
    end = limit
    while (over := length(words[:end]) - limit) > 0:
        end -= (over + 1) // 2
    return end
