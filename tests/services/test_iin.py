"""An IIN is checked in one order, and never shown whole."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.iin import Iin, Sex, check_digit
from services.refused import Refused
from tests.services import refusal, yes_or_no

TODAY = date(2026, 11, 20)


# --- The oracle: no weights and no code of the product. A digit weighed by its place is that digit summed
# once for every place up to its own, and the second pass is the first one on the digits turned by two.


def first_sum(eleven: str) -> int:
    return sum(sum(map(int, eleven[start:])) for start in range(11))


def second_sum(eleven: str) -> int:
    return first_sum(eleven[9:] + eleven[:9])


def expected_digit(eleven: str) -> str:
    for total in (first_sum(eleven), second_sum(eleven)):
        if total % 11 < 10:
            return str(total % 11)
    return ""


@st.composite
def elevens(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1800, 1, 1), date(2099, 12, 31)))
    century = (born.year // 100 - 18) * 2 + draw(st.sampled_from((1, 2)))
    return f"{born:%y%m%d}{century}{draw(st.integers(0, 9999)):04}"


VALID = elevens().filter(expected_digit).map(lambda eleven: eleven + expected_digit(eleven))


# --- Numbers of domain.md §5.3, the libraries' own, and journeys §0.5.

EXAMPLES = [
    pytest.param("210315500009", date(2021, 3, 15), Sex.MALE, id="boy"),
    pytest.param("220714600006", date(2022, 7, 14), Sex.FEMALE, id="girl"),
    pytest.param("930427400001", date(1993, 4, 27), Sex.FEMALE, id="mother"),
    pytest.param("851203300002", date(1985, 12, 3), Sex.MALE, id="father"),
    pytest.param("240202500007", date(2024, 2, 2), Sex.MALE, id="second pass, boy"),
    pytest.param("200101600008", date(2020, 1, 1), Sex.FEMALE, id="second pass, girl"),
    pytest.param("791028302728", date(1979, 10, 28), Sex.MALE, id="a library's example"),
    pytest.param("061211600012", date(2006, 12, 11), Sex.FEMALE, id="a library's second pass"),
    pytest.param("200229500006", date(2020, 2, 29), Sex.MALE, id="29 February of a leap year"),
    pytest.param("900914300007", date(1990, 9, 14), Sex.MALE, id="Bauyrzhan"),
    pytest.param("610203400007", date(1961, 2, 3), Sex.FEMALE, id="grandmother"),
    pytest.param("230315500002", date(2023, 3, 15), Sex.MALE, id="Alikhan"),
    pytest.param("210802600002", date(2021, 8, 2), Sex.FEMALE, id="Dana"),
    pytest.param("241111500008", date(2024, 11, 11), Sex.MALE, id="Timur"),
    pytest.param("200520600008", date(2020, 5, 20), Sex.FEMALE, id="Amina"),
    pytest.param("950101300006", date(1995, 1, 1), Sex.MALE, id="absent from the registry"),
    pytest.param("930427400206", date(1993, 4, 27), Sex.FEMALE, id="second weights"),
]


@pytest.mark.parametrize(("digits", "born", "sex"), EXAMPLES)
def test_an_example_is_accepted(digits: str, born: date, sex: Sex) -> None:
    assert Iin.parse(digits).digits == digits


@pytest.mark.parametrize(("digits", "born", "sex"), EXAMPLES)
def test_an_iin_tells_the_birth_date(digits: str, born: date, sex: Sex) -> None:
    assert Iin.parse(digits).born == born


@pytest.mark.parametrize(("digits", "born", "sex"), EXAMPLES)
def test_an_iin_tells_the_sex(digits: str, born: date, sex: Sex) -> None:
    assert Iin.parse(digits).sex is sex


@pytest.mark.parametrize(
    ("century", "year"), [("1", 1893), ("2", 1893), ("3", 1993), ("4", 1993), ("5", 2093), ("6", 2093)]
)
def test_the_seventh_digit_names_the_century(century: str, year: int) -> None:
    eleven = f"930427{century}0001"

    assert Iin.parse(eleven + expected_digit(eleven)).born.year == year


# --- What is forgiven.


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("930427 400001", id="a space (T01)"),
        pytest.param("  930427-400001\n", id="dash and edges"),
        pytest.param("93.04.27.400001", id="dots"),
        pytest.param("930427\u00a0400\u2009001", id="narrow and unbreakable spaces"),
        pytest.param("930427–400—001", id="long dashes"),
        pytest.param("\u202a930427400001\u202c", id="bidi marks of a copied number"),
        pytest.param("93O427400001", id="a Latin O (T03)"),
        pytest.param("93О42740000l", id="a Cyrillic О and a small l"),
        pytest.param("9З042740000I", id="a Cyrillic З and a capital I"),
        pytest.param("93042740000І", id="a Kazakh І"),
    ],
)
def test_what_a_thumb_does_is_forgiven(typed: str) -> None:
    assert Iin.parse(typed) == Iin("930427400001")


# --- What is refused, in the order of journeys §0.5.


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("мой ИИН 930427400001", id="a sentence"),
        pytest.param("93042740000A", id="a letter"),
        pytest.param("93О42740000A", id="a look-alike among other letters"),
        pytest.param("ООО", id="a word of look-alikes"),
        pytest.param("٩٣٠٤٢٧٤٠٠٠٠١", id="Arabic-Indic digits"),
        pytest.param("９３０４２７４００００１", id="full-width digits"),
        pytest.param("93042740000²", id="a superscript"),
        pytest.param("930427/400001", id="a slash"),
        pytest.param("-930427400001+", id="a plus"),
        pytest.param("abc", id="letters before length"),
    ],
)
def test_anything_but_digits_is_refused(typed: str) -> None:
    assert refusal(Iin.parse, typed).key == "err.iin.chars"


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        pytest.param("21031550000", 11, id="eleven"),
        pytest.param("93042740000", 11, id="eleven (T03)"),
        pytest.param("93042740000112", 14, id="fourteen"),
        pytest.param("99999999999", 11, id="length before date"),
        pytest.param("930427 4000 1", 11, id="separators are not counted"),
        pytest.param("", 0, id="nothing"),
        pytest.param(" - ", 0, id="separators only"),
        pytest.param("1" * 5000, 5000, id="far too many"),
    ],
)
def test_a_wrong_length_is_told(typed: str, count: int) -> None:
    no = refusal(Iin.parse, typed)

    assert (no.key, no.names) == ("err.iin.length", {"count": count})


@pytest.mark.parametrize(
    ("typed", "six"),
    [
        pytest.param("211315500001", "211315", id="month 13"),
        pytest.param("210230500007", "210230", id="30 February"),
        pytest.param("210229500001", "210229", id="29 February 2021"),
        pytest.param("931327400001", "931327", id="month 13 (T03)"),
        pytest.param("930027400001", "930027", id="month 0"),
        pytest.param("930400400001", "930400", id="day 0"),
        pytest.param("990140000005", "990140", id="a BIN: days above 31"),
        pytest.param("000229300000", "000229", id="29 February 1900"),
        pytest.param("931327900001", "931327", id="date before century"),
        pytest.param("931327000001", "931327", id="date before foreigner"),
        pytest.param("010229000000", "010229", id="29 February of a common year in any century"),
    ],
)
def test_a_date_that_never_was_is_told(typed: str, six: str) -> None:
    no = refusal(Iin.parse, typed)

    assert (no.key, no.names) == ("err.iin.date", {"digits": six})


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("210315000007", id="right check digit"),
        pytest.param("210315000000", id="foreigner before check digit"),
        pytest.param("000229000000", id="29 February, and one century has it"),
    ],
)
def test_an_iin_issued_to_a_foreigner_is_refused(typed: str) -> None:
    assert refusal(Iin.parse, typed).key == "err.iin.foreign"


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("210315900004", id="right check digit"),
        pytest.param("210315700000", id="seven"),
        pytest.param("210315800000", id="eight"),
        pytest.param("000229900000", id="29 February, and one century has it"),
    ],
)
def test_a_seventh_digit_above_six_is_refused(typed: str) -> None:
    assert refusal(Iin.parse, typed).key == "err.iin.century"


@pytest.mark.parametrize("typed", ["210315500008", "930427400002"])
def test_a_wrong_check_digit_is_refused(typed: str) -> None:
    assert refusal(Iin.parse, typed).key == "err.iin.checksum"


@pytest.mark.parametrize("eleven", ["93042740022", "20031050000"])
@pytest.mark.parametrize("last", "0123456789")
def test_a_number_without_a_check_digit_is_never_accepted(eleven: str, last: str) -> None:
    assert refusal(Iin.parse, eleven + last).key == "err.iin.checksum"


def test_a_birth_date_to_come_is_well_formed() -> None:
    assert Iin.parse("270101500006").born == date(2027, 1, 1)


def test_a_birth_date_to_come_is_refused_on_a_day_before_it() -> None:
    no = refusal(Iin.parse("270101500006").must_be_born_by, TODAY)

    assert (no.key, no.names) == ("err.iin.date", {"digits": "270101"})


def test_somebody_born_today_is_born() -> None:
    Iin.parse("241111500008").must_be_born_by(date(2024, 11, 11))


# --- The check digit against the oracle.


@pytest.mark.parametrize(
    ("eleven", "first", "second"),
    [
        ("21031550000", 86, None),
        ("22071460000", 105, None),
        ("93042740000", 111, None),
        ("85120330000", 68, None),
        ("24020250000", 65, 95),
        ("20010160000", 54, 74),
        ("20031050000", 54, 76),
        ("79102830272", 217, None),
        ("06121160001", 87, 112),
    ],
)
def test_the_oracle_sums_as_the_rulebook_does(eleven: str, first: int, second: int | None) -> None:
    assert (first_sum(eleven), second_sum(eleven) if second else None) == (first, second)


@given(st.text("0123456789", min_size=11, max_size=11))
def test_the_check_digit_is_the_oracles(eleven: str) -> None:
    digit = check_digit(eleven)

    assert ("" if digit is None else str(digit)) == expected_digit(eleven)


@given(VALID)
def test_every_well_made_iin_is_accepted(digits: str) -> None:
    assert Iin.parse(digits).digits == digits


@given(elevens(), st.sampled_from("0123456789"))
def test_no_other_check_digit_is_accepted(eleven: str, last: str) -> None:
    answer = yes_or_no(Iin.parse, eleven + last)

    assert isinstance(answer, Iin) == (last == expected_digit(eleven))


# --- A slip of one digit. The check digit cannot see all of them, which is why the registry is asked and
# the name shown before anything is saved: the eleventh digit weighs 11, so the first pass is blind to it,
# and where the second pass takes part two numbers may share a check digit by chance. What is promised: a slip
# never gives the same person, and where the first pass judges both numbers a slip elsewhere is refused.

BLIND = 10


@st.composite
def slips(draw: st.DrawFn) -> tuple[str, str, int]:
    digits = draw(VALID)
    place = draw(st.integers(0, 11))
    other = draw(st.sampled_from("0123456789").filter(lambda digit: digit != digits[place]))
    return digits, digits[:place] + other + digits[place + 1 :], place


@given(slips())
def test_a_slip_of_one_digit_is_refused_or_names_somebody_else(slip: tuple[str, str, int]) -> None:
    right, wrong, _ = slip

    assert yes_or_no(Iin.parse, wrong) != Iin.parse(right)


@given(
    slips().filter(
        lambda slip: slip[2] != BLIND and first_sum(slip[0][:11]) % 11 < 10 and first_sum(slip[1][:11]) % 11 < 10
    )
)
def test_a_slip_the_first_pass_judges_is_refused(slip: tuple[str, str, int]) -> None:
    _, wrong, _ = slip

    assert refusal(Iin.parse, wrong).key != "err.iin.length"


def test_the_first_pass_is_blind_to_the_eleventh_digit() -> None:
    assert {Iin.parse(f"9304274000{digit}1").born for digit in "0123456789"} == {date(1993, 4, 27)}


@given(st.text() | st.text("0123456789OОЗlI -.\u202e٣"))
def test_any_text_is_an_iin_or_refused(text: str) -> None:
    answer = yes_or_no(Iin.parse, text)

    if isinstance(answer, Refused):
        assert answer.key.startswith("err.iin.")
    else:
        assert len(answer.digits) == 12


# --- What is shown.


def test_an_iin_is_shown_as_its_last_four() -> None:
    assert Iin.parse("930427400001").masked == "••••••••0001"


@pytest.mark.parametrize("show", [repr, str, "{}".format], ids=["repr", "str", "format"])
def test_no_log_line_can_show_the_digits(show: type[str]) -> None:
    assert show(Iin.parse("930427400001")) == "Iin(••••••••0001)"


@pytest.mark.parametrize(
    ("digits", "today", "age"),
    [
        ("230315500002", TODAY, 3),
        ("200520600008", date(2027, 5, 19), 6),
        ("200520600008", date(2027, 5, 20), 7),
        ("270101500006", TODAY, -1),
    ],
)
def test_an_iin_tells_the_age_on_a_day(digits: str, today: date, age: int) -> None:
    assert Iin.parse(digits).age_on(today) == age
