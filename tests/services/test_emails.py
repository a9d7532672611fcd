"""An e-mail address: what is one, how it is shown, and the slips of the hand."""

from __future__ import annotations

import pytest

from services.emails import Email
from services.refused import Refused


@pytest.mark.parametrize(
    "text", ["aigerim@mail.kz", " Aigerim@Mail.KZ ", "<aigerim@mail.kz>", "mailto:aigerim@mail.kz"]
)
def test_an_address_is_taken_however_it_is_spelt(text: str) -> None:
    assert Email.parse(text) == Email("aigerim@mail.kz")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@b",
        "a@@mail.kz",
        "a@mail",
        "a b@mail.kz",
        "a@mail..kz",
        "@mail.kz",
        "а@mail.kz",
        "a@маил.kz",
        "a@1.1",
        "a@-mail.kz",
        ".a@mail.kz",
        "a" * 250 + "@mail.kz",
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"err\.email\.format"):
        Email.parse(text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("mail.ry", "mail.ru"),
        ("yandex.ry", "yandex.ru"),
    ],
)
def test_a_slip_is_seen(typed: str, meant: str) -> None:
    assert Email(f"a@{typed}").meant == Email(f"a@{meant}")


@pytest.mark.parametrize("domain", ["gmail.com", "mail.kz", "mail.ru", "bilim.edu.kz", "example.com"])
def test_what_is_no_slip_is_left_alone(domain: str) -> None:
    assert Email(f"a@{domain}").meant is None


def test_only_the_first_letter_is_shown() -> None:
    assert Email("aigerim@mail.kz").masked == "a•••@mail.kz"
    assert "igerim" not in repr(Email("aigerim@mail.kz"))
