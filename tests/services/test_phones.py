"""A phone is a Kazakhstan mobile number, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.phones import Phone
from services.refused import Refused
from tests.services import refusal, yes_or_no

# The mobile codes of domain.md §5.5, written out.
MOBILE_CODES = [
    *("700", "701", "702", "705", "706", "707", "708"),
    *("747", "760", "761", "762", "763", "764"),
    *("771", "775", "776", "777", "778", "785"),
]


@pytest.mark.parametrize(
    "typed",
    [
        "+77471234567",
        "+7 747 123 45 67",
        "+7 (747) 123-45-67",
        "8 747 123 45 67",
        "87471234567",
        "8(747)1234567",
        "7 747 123 45 67",
        "77471234567",
        "747 123 45 67",
        "7471234567",
        "  [747] 123–45—67\n",
        pytest.param("+7\u00a0747\u00a0123\u00a045\u00a067", id="unbreakable spaces"),
        pytest.param("\u202a+7 747 123‑45‑67\u202c", id="copied out of a phone book"),
    ],
)
def test_a_number_is_read_however_it_is_written(typed: str) -> None:
    assert Phone.parse(typed) == Phone("+77471234567")


@pytest.mark.parametrize("code", MOBILE_CODES)
def test_every_mobile_code_is_accepted(code: str) -> None:
    assert Phone.parse(f"8{code}1234567").e164 == f"+7{code}1234567"


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="nothing"),
        pytest.param("другой", id="a word"),
        pytest.param("8 (701) 555-66-7", id="a digit short (T02)"),
        pytest.param("+7 747 123 45 6", id="a digit short"),
        pytest.param("+7 747 123 45 678", id="a digit too many"),
        pytest.param("747 123 45 67 747 123 45 67", id="two numbers"),
        pytest.param("+7 925 123", id="digits are counted before the country is told"),
        pytest.param("7011112233;ext=9", id="an extension"),
        pytest.param("7011112233 доб. 9", id="an extension in Russian"),
        pytest.param("747-AAA-45-67", id="letters"),
        pytest.param("７４７１２３４５６７", id="full-width digits"),
        pytest.param("٧٤٧١٢٣٤٥٦٧", id="Arabic-Indic digits"),
        pytest.param("747+1234567", id="a plus inside"),
        pytest.param("++77471234567", id="two pluses"),
        pytest.param("925 123 45 67", id="ten digits, the first not 7"),
        pytest.param("709 123 45 67", id="no such code: 709"),
        pytest.param("750 000 12 34", id="no such code: 750"),
        pytest.param("779 123 45 67", id="no such code: 779"),
        pytest.param("+8 701 555 66 77", id="a plus before the 8"),
        pytest.param("+998 90 123", id="too short for any country"),
        pytest.param("tel:+77471234567", id="a link"),
        pytest.param("1" * 5000, id="far too many"),
    ],
)
def test_what_is_no_number_of_ours_is_refused(typed: str) -> None:
    assert refusal(Phone.parse, typed).key == "err.phone.format"


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("+7 925 123 45 67", id="Russia (T02)"),
        pytest.param("8 925 123 45 67", id="Russia from 8"),
        pytest.param("79251234567", id="Russia without a plus"),
        pytest.param("+7 495 123 45 67", id="a Russian landline"),
        pytest.param("+998 90 123 45 67", id="Uzbekistan"),
        pytest.param("+996 555 123 456", id="Kyrgyzstan"),
        pytest.param("+1 202 555 0123", id="the United States"),
    ],
)
def test_a_number_of_another_country_is_refused(typed: str) -> None:
    assert refusal(Phone.parse, typed).key == "err.phone.foreign"


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("8 727 339 72 22", id="Almaty (T02)"),
        pytest.param("+7 717 255 82 69", id="Astana"),
        pytest.param("717 000 00 00", id="Astana, an exchange nobody has"),
        pytest.param("7132 55 82 69", id="Aktobe"),
        pytest.param("751 000 00 00", id="an internet telephone"),
    ],
)
def test_a_landline_is_refused(typed: str) -> None:
    assert refusal(Phone.parse, typed).key == "err.phone.landline"


@given(st.text() | st.text("0123456789+()- ;x", min_size=9, max_size=16) | st.from_regex(r"\+?[78]7[0-9]{9}"))
def test_any_text_is_a_phone_or_refused(text: str) -> None:
    answer = yes_or_no(Phone.parse, text)

    if isinstance(answer, Refused):
        assert answer.key.startswith("err.phone.")
    else:
        assert (answer.e164[:3], len(answer.e164)) == ("+77", 12)


# --- A shared contact.


@pytest.mark.parametrize("sent", ["87471234567", "77471234567", "+77471234567", "7471234567"])
def test_a_contact_is_read_as_a_messenger_sends_it(sent: str) -> None:
    assert Phone.from_contact(sent) == Phone("+77471234567")


@pytest.mark.parametrize(
    "sent",
    [
        "+7 747 123 45 67",
        "8(747)1234567",
        "77471234567\n",
        "7011112233;ext=9",
        "٧٤٧١٢٣٤٥٦٧",
        "++77471234567",
        "747123456",
        "7747123456789012",
        "",
    ],
)
def test_a_contact_of_anything_but_digits_is_refused(sent: str) -> None:
    assert refusal(Phone.from_contact, sent).key == "err.phone.format"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("998901234567", id="Uzbekistan without a plus"),
        pytest.param("+998901234567", id="Uzbekistan"),
        pytest.param("12025550123", id="the United States without a plus"),
        pytest.param("79251234567", id="Russia"),
        pytest.param("84912345678", id="Vietnam, which looks like an 8"),
    ],
)
def test_a_contact_of_another_country_is_refused(sent: str) -> None:
    assert refusal(Phone.from_contact, sent).key == "err.phone.foreign"


@given(st.text() | st.from_regex(r"\+?[0-9]{10,15}"))
def test_any_contact_is_a_phone_or_refused(text: str) -> None:
    answer = yes_or_no(Phone.from_contact, text)

    assert isinstance(answer, Phone) or answer.key.startswith("err.phone.")


# --- What is shown.


def test_a_phone_is_shown_without_its_middle() -> None:
    assert Phone("+77471234567").masked == "+7 747 •••-45-67"


@pytest.mark.parametrize("show", [repr, str, "{}".format], ids=["repr", "str", "format"])
def test_no_log_line_can_show_the_number(show: type[str]) -> None:
    assert show(Phone("+77471234567")) == "Phone(+7 747 •••-45-67)"
