"""The demo city: four towns and a synthetic person registry; nobody in it is real."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Final, TypeVar

from services.documents import DocumentNumber
from services.iin import Iin, Sex, check_digit
from services.names import PersonName
from services.persons_file import PersonRow
from services.phones import Phone
from services.registry import Status

#: The demo opens on this Friday (architecture §5); ages are counted on it.
OPENS: Final = date(2026, 11, 20)


@dataclass(frozen=True)
class City:
    """A demo tenant: an education department with the regime that takes its new applications."""

    kato: str
    ru: str
    kk: str
    regime: str


#: Source: architecture §6, domain.md §4.5.
CITIES: Final = (
    City("612010000", "Кентау", "Кентау", "snation_bulletin_2020"),
    City("750000000", "Алматы", "Алматы", "snation_voucher_2025"),
    City("151010000", "Актобе", "Ақтөбе", "akt_direct_choice"),
    City("591010000", "Петропавловск", "Петропавл", "egov_offer_2025"),
)


def people(count: int = 2000, seed: int = 2026) -> list[PersonRow]:
    """Return the fixtures below and whole families beside them, `count` people or a few more.

    The same seed gives the same people. Serials of IINs start at 0100, those of the fixtures end at 0099.
    """
    city = list(FIXTURES)
    lot = _Lot(Random(seed))  # noqa: S311  # the same city every time; nothing here is secret
    while len(city) < count:
        city += _family(lot)
    return city


# --- People with a name of their own: journeys/7-acceptance.md (Fixtures) and one for each answer. ---


def _known(
    iin: str,
    full_name: str,
    phone: str = "",
    *,
    guardians: Sequence[PersonRow] = (),
    nationality: str = "kazakh",
    status: Status = Status.ACTIVE,
    social: str = "",
) -> PersonRow:
    who = Iin.parse(iin)
    return PersonRow(
        iin=who,
        document=None,
        name=PersonName(*full_name.split()),
        born=who.born,
        sex=who.sex,
        nationality=nationality,
        status=status,
        phones=(Phone.parse(phone),) if phone else (),
        guardians=tuple(_identity(guardian) for guardian in guardians),
        social=social,
    )


def _identity(person: PersonRow) -> Iin | DocumentNumber:
    identity = person.iin or person.document
    assert identity is not None
    return identity


AIGERIM: Final = _known("930427400001", "Сабитова Айгерим Маратқызы", "+77471234567")
BAUYRZHAN: Final = _known("900914300007", "Сабитов Бауыржан Серікұлы", "+77015556677")
#: She is nobody's guardian in the registry: a helper, never a second parent (journeys §1.45).
GRANDMOTHER: Final = _known("610203400007", "Сабитова Роза Ахметқызы", "+77051112233")

_SABITOVS: Final = (AIGERIM, BAUYRZHAN)
ALIKHAN: Final = _known("230315500002", "Сабитов Алихан Бауыржанұлы", guardians=_SABITOVS)
DANA: Final = _known("210802600002", "Сабитова Дана Бауыржанқызы", guardians=_SABITOVS)
AMINA: Final = _known("200520600008", "Сабитова Амина Бауыржанқызы", guardians=_SABITOVS)
TIMUR: Final = _known("241111500008", "Сабитов Тимур Бауыржанұлы", guardians=_SABITOVS)
#: The registry does not tell the nationality: the dialog asks for it.
NO_NATIONALITY_CHILD: Final = _known("260505500000", "Сабитов Ерасыл Бауыржанұлы", guardians=_SABITOVS, nationality="")

#: Known by a document: the way of [Нет ИИН].
NO_IIN_MOTHER: Final = PersonRow(
    iin=None,
    document=DocumentNumber("N12345678"),
    name=PersonName("Каримова", "Мадина", "Рустамовна"),
    born=date(1994, 8, 5),
    sex=Sex.FEMALE,
    nationality="uzbek",
    status=Status.ACTIVE,
    phones=(Phone("+77021112233"),),
    guardians=(),
)
NO_IIN_CHILD: Final = _known(
    "220410600003", "Каримова Сабина Тимуровна", guardians=(NO_IIN_MOTHER,), nationality="uzbek", social="low_income"
)

#: The registry knows no phone of hers: whether one belongs to her is unknown.
NO_PHONE_PARENT: Final = _known("910612400003", "Ким Виктория Сергеевна", nationality="korean")
NO_PHONE_CHILD: Final = _known("230922500002", "Ким Артур Олегович", guardians=(NO_PHONE_PARENT,), nationality="korean")

DECEASED: Final = _known("580715300006", "Омаров Қайрат Әлімұлы", "+77770001122", status=Status.DECEASED)
BLOCKED: Final = _known(
    "880321400003", "Иванова Ольга Павловна", "+77075550044", nationality="russian", status=Status.BLOCKED
)

#: The registry shows nobody as the parents of this child.
NO_KIN_CHILD: Final = _known("220617500002", "Әбдірахманов Нұрлан Ерланұлы")

FIXTURES: Final = (
    AIGERIM,
    BAUYRZHAN,
    GRANDMOTHER,
    ALIKHAN,
    DANA,
    AMINA,
    TIMUR,
    NO_NATIONALITY_CHILD,
    NO_IIN_MOTHER,
    NO_IIN_CHILD,
    NO_PHONE_PARENT,
    NO_PHONE_CHILD,
    DECEASED,
    BLOCKED,
    NO_KIN_CHILD,
)

#: In no registry: answers `err.iin.not_found` (journeys §0.5, T03).
ABSENT: Final = Iin("950101300006")


# --- Everybody else: families drawn by lot. ---

_MOTHER_ALONE: Final = 0.15
_MOTHER_KEEPS_HER_SURNAME: Final = 0.2
_LARGE_FAMILY: Final = 4


def _family(lot: _Lot) -> list[PersonRow]:
    folk, births = lot.folk(), lot.births()
    surname, husband = lot.one(folk.surnames), lot.one(folk.men)
    hers = lot.one(folk.surnames) if lot.happens(_MOTHER_KEEPS_HER_SURNAME) else surname
    mother = _parent(lot, folk, hers, lot.one(folk.women), Sex.FEMALE, births[0])
    father = _parent(lot, folk, surname, husband, Sex.MALE, births[0])
    parents = [mother] if lot.happens(_MOTHER_ALONE) else [mother, father]
    return parents + _children(lot, folk, surname, husband, births, parents)


def _parent(lot: _Lot, folk: _Folk, surname: str, first: str, sex: Sex, eldest: date) -> PersonRow:
    name = folk.name(surname, first, lot.one(folk.men), sex)
    return _person(lot, folk, name, lot.born_before(eldest), sex, phones=(lot.phone(),))


def _children(
    lot: _Lot, folk: _Folk, surname: str, father: str, births: Sequence[date], parents: Sequence[PersonRow]
) -> list[PersonRow]:
    firsts = {Sex.MALE: lot.shuffled(folk.men), Sex.FEMALE: lot.shuffled(folk.women)}
    guardians = tuple(_identity(parent) for parent in parents)
    children = []
    for born in births:
        sex = lot.one((Sex.MALE, Sex.FEMALE))
        name = folk.name(surname, firsts[sex].pop(), father, sex)
        children.append(_person(lot, folk, name, born, sex, guardians=guardians))
    social = "large_family" if len(children) >= _LARGE_FAMILY else ""
    return [replace(child, social=social) for child in children]


def _person(
    lot: _Lot,
    folk: _Folk,
    name: PersonName,
    born: date,
    sex: Sex,
    *,
    phones: tuple[Phone, ...] = (),
    guardians: tuple[Iin | DocumentNumber, ...] = (),
) -> PersonRow:
    return PersonRow(
        iin=lot.iin(born, sex),
        document=None,
        name=name,
        born=born,
        sex=sex,
        nationality=folk.nationality,
        status=Status.ACTIVE,
        phones=phones,
        guardians=guardians,
    )


_FIRST_SERIAL: Final = 100
_MOBILE_CODES: Final = ("700", "701", "702", "705", "707", "708", "747", "771", "775", "776", "777", "778")
#: Parents were at least 18 when the eldest was born, and are 20 to 45 on the day the demo opens.
_PARENT_FROM: Final = timedelta(days=18 * 366)
_YOUNGEST_PARENT: Final = date(OPENS.year - 20, OPENS.month, OPENS.day)
_OLDEST_PARENT: Final = date(OPENS.year - 46, OPENS.month, OPENS.day + 1)

_Thing = TypeVar("_Thing")


@dataclass
class _Lot:
    """What chance decides, and what it has given away already."""

    chance: Random
    serials: Counter[str] = field(default_factory=Counter)
    phones: set[Phone] = field(default_factory=lambda: {phone for person in FIXTURES for phone in person.phones})

    def happens(self, how_often: float) -> bool:
        return self.chance.random() < how_often

    def one(self, of: Sequence[_Thing]) -> _Thing:
        return self.chance.choice(of)

    def shuffled(self, of: Sequence[_Thing]) -> list[_Thing]:
        return self.chance.sample(of, len(of))

    def folk(self) -> _Folk:
        return self.chance.choices(_FOLKS, [folk.share for folk in _FOLKS])[0]

    def births(self) -> list[date]:
        """Return the birth dates of one to four children, the eldest first; an eldest may be at school."""
        births = [OPENS - timedelta(days=self.chance.randint(5, 1500))]
        for _ in range(self.chance.choices((0, 1, 2, 3), (35, 40, 18, 7))[0]):
            births.insert(0, births[0] - timedelta(days=self.chance.randint(330, 900)))
        return births

    def born_before(self, eldest: date) -> date:
        latest = min(_YOUNGEST_PARENT, eldest - _PARENT_FROM)
        return _OLDEST_PARENT + timedelta(days=self.chance.randint(0, (latest - _OLDEST_PARENT).days))

    def phone(self) -> Phone:
        while True:
            phone = Phone(f"+7{self.one(_MOBILE_CODES)}{self.chance.randrange(10**7):07}")
            if phone not in self.phones:
                self.phones.add(phone)
                return phone

    def iin(self, born: date, sex: Sex) -> Iin:
        century = {19: 3, 20: 5}[born.year // 100] + (sex is Sex.FEMALE)
        day = f"{born:%y%m%d}{century}"
        while True:
            eleven = f"{day}{_FIRST_SERIAL + self.serials[day]:04}"
            self.serials[day] += 1
            last = check_digit(eleven)
            if last is not None:
                return Iin(f"{eleven}{last}")


_KAZAKH_ENDINGS: Final = ("ұлы", "қызы")
_RUSSIAN_ENDINGS: Final = ("ич", "на")


@dataclass(frozen=True)
class _Folk:
    """How people of one nationality are named; a patronymic is a stem of the father's name and an ending."""

    nationality: str
    share: int
    #: As a man bears them.
    surnames: tuple[str, ...]
    men: tuple[str, ...]
    women: tuple[str, ...]
    #: Stems that are not the name with -ов: Алексей, Алексеев-ич.
    stems: Mapping[str, str] = field(default_factory=dict)
    endings: tuple[str, str] = _RUSSIAN_ENDINGS

    def name(self, surname: str, first: str, father: str, sex: Sex) -> PersonName:
        his, her = self.endings
        if sex is Sex.MALE:
            return PersonName(surname, first, self._stem(father) + his)
        return PersonName(_womans(surname), first, self._stem(father) + her)

    def _stem(self, father: str) -> str:
        return father if self.endings is _KAZAKH_ENDINGS else self.stems.get(father, f"{father}ов")


def _womans(surname: str) -> str:
    if surname.endswith("ский"):
        return f"{surname.removesuffix('ий')}ая"
    return f"{surname}а" if surname.endswith(("ов", "ев", "ин")) else surname


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_RUSSIAN_MEN: Final = _words("Александр Алексей Андрей Артём Дмитрий Евгений Иван Кирилл Максим Павел Роман Сергей")
_RUSSIAN_WOMEN: Final = _words("Алина Анна Виктория Дарья Екатерина Елена Ирина Мария Наталья Ольга София Юлия")
_RUSSIAN_STEMS: Final = {
    "Алексей": "Алексеев",
    "Андрей": "Андреев",
    "Дмитрий": "Дмитриев",
    "Евгений": "Евгеньев",
    "Павел": "Павлов",
    "Сергей": "Сергеев",
}

_FOLKS: Final = (
    _Folk(
        "kazakh",
        share=60,
        surnames=_words(
            "Ахметов Әлімов Байжанов Досжанов Ермеков Есенов Жақсыбеков Жұмабаев Ибраев Қасымов Қуанышев "
            "Мұқанов Нұрғалиев Оспанов Рахымов Сағынтаев Сейітов Төлегенов Тұрсынов Шәріпов"
        ),
        men=_words(
            "Айдос Алдияр Арман Асқар Бекзат Дәурен Ерлан Қайрат Мирас Нұрсұлтан Олжас Самат Санжар Талғат Шыңғыс"
        ),
        women=_words(
            "Ақбота Айару Айнұр Аружан Әсел Гүлназ Жанар Жібек Інжу Кәусар Қарлығаш Мәдина Назерке Сәуле Томирис"
        ),
        endings=_KAZAKH_ENDINGS,
    ),
    _Folk(
        "russian",
        share=15,
        surnames=_words("Белов Васильев Воронин Иванов Кузнецов Лебедев Никитин Островский Петров Соколов Фролов"),
        men=_RUSSIAN_MEN,
        women=_RUSSIAN_WOMEN,
        stems=_RUSSIAN_STEMS,
    ),
    _Folk(
        "uzbek",
        share=8,
        surnames=_words("Абдуллаев Исмаилов Каримов Мирзаев Рахимов Турсунов Умаров Юлдашев"),
        men=_words("Азиз Алишер Бахтияр Джамшид Ильхом Отабек Рустам Шерзод"),
        women=_words("Гульнара Дилноза Дилором Зарина Малика Нигора Севара Феруза"),
    ),
    _Folk(
        "uyghur",
        share=5,
        surnames=_words("Аюпов Ибрагимов Касымов Насиров Розиев Сабиров Садыров Тохтасунов"),
        men=_words("Адиль Ильяр Махмут Пархат Руслан Турган Шавкат"),
        women=_words("Арзугуль Гульмира Зумрат Мунира Патигуль Рошангуль Санам Турсунай"),
        stems={"Адиль": "Адилев"},
    ),
    _Folk(
        "korean",
        share=4,
        surnames=_words("Ким Ли Лим Огай Пак Тен Хван Цой"),
        men=_RUSSIAN_MEN,
        women=_RUSSIAN_WOMEN,
        stems=_RUSSIAN_STEMS,
    ),
    _Folk(
        "tatar",
        share=3,
        surnames=_words("Гайнутдинов Галиев Закиров Сафин Хасанов Шарипов"),
        men=_words("Айрат Дамир Ильдар Марат Ринат Тимур"),
        women=_words("Алсу Гузель Диляра Лейсан Резеда Эльвира"),
    ),
    _Folk(
        "ukrainian",
        share=3,
        surnames=_words("Бондаренко Гончаренко Ковальчук Кравченко Мельник Шевчук"),
        men=_RUSSIAN_MEN,
        women=_RUSSIAN_WOMEN,
        stems=_RUSSIAN_STEMS,
    ),
    _Folk(
        "german",
        share=2,
        surnames=_words("Беккер Вагнер Вебер Миллер Фишер Шмидт"),
        men=_RUSSIAN_MEN,
        women=_RUSSIAN_WOMEN,
        stems=_RUSSIAN_STEMS,
    ),
)
