"""The file of `python -m bot import persons`: one line, one person of the registry."""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from services import nationalities, social
from services.documents import DocumentNumber
from services.iin import Iin, Sex
from services.names import PersonName, clean
from services.phones import Phone
from services.refused import Refused
from services.registry import Status

COLUMNS: Final = (
    "iin",
    "document",
    "last_name",
    "first_name",
    "middle_name",
    "birth_date",
    "sex",
    "nationality",
    "status",
    "phones",
    "guardians",
    "social_status",
)
#: The others may be missing from a header; a name that is not ours may not stand in it.
REQUIRED: Final = frozenset({"iin", "last_name", "first_name", "birth_date"})


@dataclass(frozen=True)
class PersonRow:
    """One person of the registry as a file tells it."""

    iin: Iin | None
    document: DocumentNumber | None
    name: PersonName
    born: date
    sex: Sex | None
    #: A code of `services.nationalities`, or "".
    nationality: str
    status: Status
    #: None at all: whether a phone belongs to the person is unknown.
    phones: tuple[Phone, ...]
    #: Those whom the registry shows as this person's parents or guardians.
    guardians: tuple[Iin | DocumentNumber, ...]
    #: A code of `services.social`, or "".
    social: str = ""


@dataclass(frozen=True)
class BadRow:
    """A line that cannot be used; `why` is a short English sentence without the personal value."""

    line: int
    #: One of `COLUMNS`; "" when the whole line is at fault.
    column: str
    why: str


def rows(lines: Iterable[str]) -> Iterator[PersonRow | BadRow]:
    """Read the lines of a CSV with a header, one answer for each that is not empty.

    Takes text: open the file with `encoding="utf-8", errors="replace", newline=""`. A BOM, `;` or `,` and any
    order of columns are fine; a bad header ends the reading. One line is one person, so a quote left open
    spoils its own line only. Nothing is kept of a person but what finds an identity twice, two bytes an IIN.
    """
    numbered = enumerate(lines, start=1)
    _, first = next(numbered, (1, ""))
    header = first.removeprefix("\ufeff").strip()
    delimiter = ";" if header.count(";") > header.count(",") else ","
    columns = [name.strip().strip('"').casefold() for name in header.split(delimiter)]
    if not _is_header(columns):
        yield BadRow(1, "", f"The first line must name the columns, of these: {', '.join(COLUMNS)}.")
        return
    seen = _Seen()
    for number, line in numbered:
        if line.strip():
            yield _row(number, line, columns, delimiter, seen)


def _is_header(columns: Sequence[str]) -> bool:
    return REQUIRED <= set(columns) <= set(COLUMNS) and len(set(columns)) == len(columns)


def _row(number: int, line: str, columns: Sequence[str], delimiter: str, seen: _Seen) -> PersonRow | BadRow:
    try:
        person = _person(_cells(line, columns, delimiter))
        seen.must_be_new(person)
    except _BadCell as bad:
        return BadRow(number, bad.column, bad.why)
    return person


class _BadCell(Exception):
    """A cell cannot be used."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column = column
        self.why = why


def _cells(line: str, columns: Sequence[str], delimiter: str) -> Mapping[str, str]:
    if "\ufffd" in line:
        raise _BadCell("", "The line is not UTF-8 text.")
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        raise _BadCell("", "The line is not CSV: look at its quotes.") from None
    # Excel likes to add empty cells at the end.
    if len(cells) < len(columns) or any(cells[len(columns) :]):
        raise _BadCell("", f"The line must have {len(columns)} cells.")
    return dict.fromkeys(COLUMNS, "") | {name: clean(cell) for name, cell in zip(columns, cells, strict=False)}


def _person(cells: Mapping[str, str]) -> PersonRow:
    iin = _one(Iin.parse, "iin", cells)
    document = _one(DocumentNumber.parse, "document", cells)
    if not iin and not document:
        raise _BadCell("iin", "Either an IIN or a document number is needed.")
    return PersonRow(
        iin=iin,
        document=document,
        name=_name(cells),
        born=_born(cells["birth_date"], iin),
        sex=_sex(cells["sex"], iin),
        nationality=_nationality(cells["nationality"]),
        status=_status(cells["status"]),
        phones=tuple(_parsed(Phone.parse, "phones", phone) for phone in cells["phones"].split()),
        guardians=_guardians(cells["guardians"], own=(iin, document)),
        social=_social(cells["social_status"]),
    )


_Word = TypeVar("_Word")

_WHY: Final = {
    "err.iin.chars": "An IIN has digits only.",
    "err.iin.length": "An IIN has 12 digits; a table program may have eaten a leading zero.",
    "err.iin.date": "The first six digits of an IIN are a birth date.",
    "err.iin.foreign": "An IIN with a seventh digit 0 is not accepted; give the document number.",
    "err.iin.century": "The seventh digit of an IIN is 1 to 6.",
    "err.iin.checksum": "The check digit of the IIN is wrong.",
    "err.doc.format": "A document number has 5 to 20 letters and digits.",
    "err.phone.format": "A phone is written as +77XXXXXXXXX, without spaces.",
    "err.phone.foreign": "A phone must be a Kazakhstan mobile number.",
    "err.phone.landline": "A phone must be a mobile number, this is a landline.",
}


def _parsed(parse: Callable[[str], _Word], column: str, cell: str) -> _Word:
    try:
        return parse(cell)
    except Refused as refused:
        raise _BadCell(column, _WHY[refused.key]) from None


def _one(parse: Callable[[str], _Word], column: str, cells: Mapping[str, str]) -> _Word | None:
    return _parsed(parse, column, cells[column]) if cells[column] else None


def _name(cells: Mapping[str, str]) -> PersonName:
    for column in ("last_name", "first_name"):
        if not cells[column]:
            raise _BadCell(column, "A surname and a first name are needed.")
    return PersonName(cells["last_name"], cells["first_name"], cells["middle_name"])


_DAY_FIRST: Final = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})")
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def _born(cell: str, iin: Iin | None) -> date:
    if day_first := _DAY_FIRST.fullmatch(cell):
        born = _date(*reversed(day_first.groups()))
    elif year_first := _YEAR_FIRST.fullmatch(cell):
        born = _date(*year_first.groups())
    else:
        raise _BadCell("birth_date", "A birth date is written dd.mm.yyyy or yyyy-mm-dd.")
    if iin and iin.born != born:
        raise _BadCell("birth_date", "The birth date does not agree with the IIN.")
    return born


def _date(year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise _BadCell("birth_date", "There is no such day.") from None


#: The first letter of male, мужской, ер or female, женский, әйел; a Latin e is typed for the Cyrillic one.
_SEXES: Final = {
    **dict.fromkeys(("m", "male", "м", "муж", "мужской", "е", "e", "ер", "еркек", "ұл"), Sex.MALE),
    **dict.fromkeys(("f", "female", "ж", "жен", "женский", "ә", "әйел", "қыз"), Sex.FEMALE),
}


def _sex(cell: str, iin: Iin | None) -> Sex | None:
    if not cell:
        return iin.sex if iin else None
    sex = _SEXES.get(cell.casefold().rstrip("."))
    if sex is None:
        raise _BadCell("sex", "Sex is m or f.")
    if iin and iin.sex != sex:
        raise _BadCell("sex", "The sex does not agree with the IIN.")
    return sex


def _nationality(cell: str) -> str:
    if cell and cell.casefold() not in nationalities.ALL:
        raise _BadCell("nationality", f"A nationality is one of {', '.join(nationalities.ALL)}.")
    return cell.casefold()


def _status(cell: str) -> Status:
    try:
        return Status(cell.casefold() or Status.ACTIVE)
    except ValueError:
        raise _BadCell("status", f"A status is one of {', '.join(Status)}.") from None


def _social(cell: str) -> str:
    if cell and not social.known(cell.casefold()):
        raise _BadCell("social_status", f"A social status is one of {', '.join(social.ALL)}.")
    return cell.casefold()


_LOOKS_LIKE_IIN: Final = re.compile("[0-9]{12}")


def _guardians(cell: str, *, own: Sequence[Iin | DocumentNumber | None]) -> tuple[Iin | DocumentNumber, ...]:
    guardians = tuple(_guardian(word) for word in cell.split())
    if any(guardian in own for guardian in guardians):
        raise _BadCell("guardians", "Nobody is their own guardian.")
    return guardians


def _guardian(word: str) -> Iin | DocumentNumber:
    if _LOOKS_LIKE_IIN.fullmatch(word):
        return _parsed(Iin.parse, "guardians", word)
    return _parsed(DocumentNumber.parse, "guardians", word)


@dataclass
class _Seen:
    """Identities met so far: two bytes an IIN, kept under its first seven digits."""

    serials: dict[int, array[int]] = field(default_factory=dict)
    documents: set[str] = field(default_factory=set)

    def must_be_new(self, person: PersonRow) -> None:
        if person.iin:
            self._must_be_new_iin(person.iin.digits)
        elif person.document:
            self._must_be_new_document(person.document.text)

    def _must_be_new_iin(self, digits: str) -> None:
        serials = self.serials.setdefault(int(digits[:7]), array("H"))
        serial = int(digits[7:11])
        if serial in serials:
            raise _BadCell("iin", "This IIN stands in the file twice.")
        serials.append(serial)

    def _must_be_new_document(self, text: str) -> None:
        if text in self.documents:
            raise _BadCell("document", "This document number stands in the file twice.")
        self.documents.add(text)
