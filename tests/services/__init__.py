"""The rules, claim by claim."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from services.refused import Refused

Yes = TypeVar("Yes")


def refusal(deed: Callable[..., object], *given: object) -> Refused:
    """Return the no that `deed` says; it is a failure if it says yes."""
    with pytest.raises(Refused) as no:
        deed(*given)
    return no.value


def yes_or_no(deed: Callable[..., Yes], *given: object) -> Yes | Refused:
    """Return what `deed` makes, or the no it says; anything else it raises is a bug and stays loud."""
    try:
        return deed(*given)
    except Refused as no:
        return no
