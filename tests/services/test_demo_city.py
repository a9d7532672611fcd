"""The demo city is the same every time, and nobody in it breaks a rule of the registry."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from services import ages, demo_city, nationalities
from services.demo_city import FIXTURES, OPENS
from services.documents import DocumentNumber
from services.iin import Iin, Sex
from services.persons_file import PersonRow
from services.phones import Phone
from services.registry import Status

CITY = demo_city.people()
STRANGERS = CITY[len(FIXTURES) :]
CHILDREN = [person for person in STRANGERS if person.guardians]
PARENTS = [person for person in STRANGERS if not person.guardians]
BY_IDENTITY = {person.iin or person.document: person for person in CITY}


def age(person: PersonRow) -> int:
    return ages.full_years(person.born, OPENS)


# --- The crowd.


def test_two_thousand_people_live_here() -> None:
    assert len(CITY) >= 2000


def test_the_city_is_the_same_every_time() -> None:
    assert demo_city.people() == CITY


def test_another_seed_makes_another_city() -> None:
    assert demo_city.people(seed=1) != CITY


@pytest.mark.parametrize("count", [0, 100, 5000])
def test_a_city_has_the_size_it_was_asked_for_give_or_take_a_family(count: int) -> None:
    wanted = max(count, len(FIXTURES))

    assert wanted <= len(demo_city.people(count)) < wanted + 6


def test_every_iin_is_valid() -> None:
    assert all(Iin.parse(person.iin.digits) == person.iin for person in CITY if person.iin)


def test_every_birth_date_and_sex_agree_with_the_iin() -> None:
    assert all((person.born, person.sex) == (person.iin.born, person.iin.sex) for person in CITY if person.iin)


def test_nobody_is_there_twice() -> None:
    assert len(BY_IDENTITY) == len(CITY)


def test_serials_of_strangers_begin_at_0100() -> None:
    assert min(person.iin.digits[7:11] for person in STRANGERS if person.iin) >= "0100"


def test_every_phone_is_a_mobile_one() -> None:
    assert all(Phone.parse(phone.e164) == phone for person in CITY for phone in person.phones)


def test_no_two_people_share_a_phone() -> None:
    phones = Counter(phone for person in CITY for phone in person.phones)

    assert phones.most_common(1)[0][1] == 1


def test_every_parent_has_a_phone() -> None:
    assert all(person.phones for person in PARENTS)


def test_parents_are_20_to_45() -> None:
    assert {age(person) for person in PARENTS} <= set(range(20, 46))


def test_nobody_was_a_parent_before_18() -> None:
    youngest = min(
        ages.full_years(BY_IDENTITY[guardian].born, child.born) for child in CHILDREN for guardian in child.guardians
    )

    assert youngest >= 18


def test_every_guardian_lives_here() -> None:
    assert all(guardian in BY_IDENTITY for person in CITY for guardian in person.guardians)


def test_a_family_has_one_to_four_children() -> None:
    families = Counter(child.guardians for child in CHILDREN)

    assert set(families.values()) == {1, 2, 3, 4}


def test_children_of_every_age_up_to_six_live_here() -> None:
    assert set(range(7)) <= {age(child) for child in CHILDREN}


def test_some_children_are_at_school() -> None:
    assert 20 < sum(age(child) >= 7 for child in CHILDREN) < len(CHILDREN) / 4


def test_nobody_is_born_after_the_demo_opens() -> None:
    assert max(person.born for person in CITY) < OPENS


def test_many_peoples_live_here() -> None:
    there = {person.nationality for person in STRANGERS}

    assert {"kazakh", "russian", "uzbek", "uyghur", "korean"} <= there <= set(nationalities.ALL)


def test_surnames_in_ov_and_patronymics_follow_the_sex() -> None:
    women = [person.name for person in CITY if person.sex is Sex.FEMALE]
    men = [person.name for person in CITY if person.sex is Sex.MALE]

    assert not any(name.last.endswith(("ов", "ев", "ин", "ский")) for name in women)
    assert not any(name.last.endswith(("ова", "ева", "ина", "ская")) for name in men)
    assert {name.middle[-4:] for name in women if name.middle.endswith("ы")} == {"қызы"}
    assert all(name.middle.endswith(("қызы", "вна")) for name in women)
    assert all(name.middle.endswith(("ұлы", "вич")) for name in men)


def test_children_bear_their_fathers_name() -> None:
    with_father = [child for child in CHILDREN if len(child.guardians) == 2 and child.nationality == "kazakh"]

    assert all(child.name.middle.startswith(BY_IDENTITY[child.guardians[1]].name.first) for child in with_father)


# --- The people with a name.


@pytest.mark.parametrize(
    ("person", "full", "identity", "phones"),
    [
        (demo_city.AIGERIM, "Сабитова Айгерим Маратқызы", "930427400001", ["+77471234567"]),
        (demo_city.BAUYRZHAN, "Сабитов Бауыржан Серікұлы", "900914300007", ["+77015556677"]),
        (demo_city.GRANDMOTHER, "Сабитова Роза Ахметқызы", "610203400007", ["+77051112233"]),
        (demo_city.ALIKHAN, "Сабитов Алихан Бауыржанұлы", "230315500002", []),
        (demo_city.DANA, "Сабитова Дана Бауыржанқызы", "210802600002", []),
        (demo_city.AMINA, "Сабитова Амина Бауыржанқызы", "200520600008", []),
        (demo_city.TIMUR, "Сабитов Тимур Бауыржанұлы", "241111500008", []),
        (demo_city.NO_IIN_MOTHER, "Каримова Мадина Рустамовна", "N12345678", ["+77021112233"]),
    ],
    ids=lambda value: value if isinstance(value, str) and value[-1].isdigit() else "",
)
def test_the_people_of_the_acceptance_talks_are_there(
    person: PersonRow, full: str, identity: str, phones: list[str]
) -> None:
    known = person.iin.digits if person.iin else person.document.text if person.document else ""

    assert person in CITY
    assert (person.name.full, known, [phone.e164 for phone in person.phones]) == (full, identity, phones)


@pytest.mark.parametrize(
    "child",
    [demo_city.ALIKHAN, demo_city.DANA, demo_city.AMINA, demo_city.TIMUR, demo_city.NO_NATIONALITY_CHILD],
)
def test_the_children_have_mother_and_father(child: PersonRow) -> None:
    assert child.guardians == (demo_city.AIGERIM.iin, demo_city.BAUYRZHAN.iin)


def test_the_child_of_a_mother_without_an_iin_has_one() -> None:
    child = demo_city.NO_IIN_CHILD

    assert child.iin
    assert child.guardians == (DocumentNumber("N12345678"),)


def test_the_registry_knows_no_phone_of_one_parent() -> None:
    parent = demo_city.NO_PHONE_PARENT

    assert parent.phones == ()
    assert demo_city.NO_PHONE_CHILD.guardians == (parent.iin,)


def test_the_nationality_of_one_child_is_not_told() -> None:
    assert [person for person in CITY if not person.nationality] == [demo_city.NO_NATIONALITY_CHILD]


def test_one_child_has_no_kin() -> None:
    assert [person for person in CITY if age(person) < 16 and not person.guardians] == [demo_city.NO_KIN_CHILD]


def test_one_adult_is_dead_and_one_is_blocked() -> None:
    others = {person.status: person for person in CITY if person.status is not Status.ACTIVE}

    assert others == {Status.DECEASED: demo_city.DECEASED, Status.BLOCKED: demo_city.BLOCKED}


def test_the_absent_one_is_absent_from_a_city_of_any_size() -> None:
    assert Iin.parse(demo_city.ABSENT.digits) not in {person.iin for person in demo_city.people(10_000)}


def test_the_demo_opens_on_a_friday() -> None:
    assert (OPENS, OPENS.isoweekday()) == (date(2026, 11, 20), 5)


def test_four_towns_have_four_regimes() -> None:
    assert [(city.kato, city.ru, city.kk, city.regime) for city in demo_city.CITIES] == [
        ("612010000", "Кентау", "Кентау", "snation_bulletin_2020"),
        ("750000000", "Алматы", "Алматы", "snation_voucher_2025"),
        ("151010000", "Актобе", "Ақтөбе", "akt_direct_choice"),
        ("591010000", "Петропавловск", "Петропавл", "egov_offer_2025"),
    ]
