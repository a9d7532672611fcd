"""Pictures the bot sends: where to find an IIN."""

from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


@cache
def read(name: str) -> bytes:
    """Return a picture's PNG by its name without the ending."""
    if not name.isidentifier():
        raise ValueError("a picture is named by one word")
    return (HERE / f"{name}.png").read_bytes()


def path(name: str) -> str:
    """Return where on our site a picture is fetched by those who show it."""
    return f"/pictures/{name}.png"
