"""The person registry as the rules see it: a port that may be slow, wrong or dead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from services import social
from services.documents import DocumentNumber
from services.iin import Iin, Sex
from services.names import PersonName
from services.phones import Phone
from services.refused import Refused


class Belongs(StrEnum):
    """Whether a phone and a person belong together; `unknown` opens no legal act (architecture §7)."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """What the registry says of the person; only an active one goes on (`err.iin.deceased_or_blocked`)."""

    ACTIVE = "active"
    DECEASED = "deceased"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class RegistryPerson:
    """A person as the registry knows them."""

    iin: Iin | None
    document: DocumentNumber | None
    name: PersonName
    born: date
    sex: Sex | None
    #: A code of `services.nationalities`, or "" when the registry does not tell.
    nationality: str
    status: Status
    #: For a parent: of the phone asked with. A child was asked without one: `unknown`.
    belongs: Belongs
    #: A code of `services.social`, or "".
    social: str = ""


@dataclass(frozen=True)
class Found:
    """The registry knows this parent."""

    person: RegistryPerson


@dataclass(frozen=True)
class ChildFound:
    """The registry knows this child; `kin` when it shows the asking parent to be theirs."""

    person: RegistryPerson
    kin: bool


@dataclass(frozen=True)
class NotFound:
    """The registry has no such person."""


@dataclass(frozen=True)
class Pending:
    """The answer will arrive as an event bearing this ticket."""

    ticket: str


@dataclass(frozen=True)
class Down:
    """The registry does not answer; nothing was decided."""


Answer = Found | NotFound | Pending | Down
ChildAnswer = ChildFound | NotFound | Pending | Down


class Registry(Protocol):
    """Who is who; asked about a parent after the right code, about a child before it is listed."""

    def parent(self, *, iin: Iin | None, document: DocumentNumber | None, phone: Phone) -> Answer:
        """Answer for the parent with this IIN, or this document where there is none, asked with `phone`."""

    def child(self, *, iin: Iin, guardian_iin: Iin | None, guardian_document: DocumentNumber | None) -> ChildAnswer:
        """Answer for the child with this IIN and its kinship to the guardian."""


def to_values(answer: Answer | ChildAnswer) -> dict[str, str]:
    """Return the answer as flat text for an event; `from_values` reads it back."""
    match answer:
        case Found(person):
            return {"answer": "found", **_person_values(person)}
        case ChildFound(person, kin):
            return {"answer": "child_found", "kin": "yes" if kin else "no", **_person_values(person)}
        case Pending(ticket):
            return {"answer": "pending", "ticket": ticket}
        case NotFound():
            return {"answer": "not_found"}
        case Down():
            return {"answer": "down"}


def from_values(values: Mapping[str, str]) -> Answer | ChildAnswer:
    """Return the answer an event carries; a value it cannot be raises ValueError without naming the value."""
    try:
        return _read(values)
    except (KeyError, ValueError, Refused):
        # The cause would carry an IIN into the log.
        raise ValueError("these values are no answer of the registry") from None


def _read(values: Mapping[str, str]) -> Answer | ChildAnswer:
    match values["answer"]:
        case "found":
            return Found(_person(values))
        case "child_found":
            return ChildFound(_person(values), kin={"yes": True, "no": False}[values["kin"]])
        case "pending":
            return Pending(values["ticket"])
        case "not_found":
            return NotFound()
        case "down":
            return Down()
        case _:
            raise ValueError("unknown kind of answer")


def _person_values(person: RegistryPerson) -> dict[str, str]:
    return {
        "iin": person.iin.digits if person.iin else "",
        "document": person.document.text if person.document else "",
        "last": person.name.last,
        "first": person.name.first,
        "middle": person.name.middle,
        "born": person.born.isoformat(),
        "sex": person.sex.value if person.sex else "",
        "nationality": person.nationality,
        "status": person.status.value,
        "belongs": person.belongs.value,
        "social": person.social,
    }


def _person(values: Mapping[str, str]) -> RegistryPerson:
    return RegistryPerson(
        iin=Iin.parse(values["iin"]) if values["iin"] else None,
        document=DocumentNumber.parse(values["document"]) if values["document"] else None,
        name=PersonName(values["last"], values["first"], values["middle"]),
        born=date.fromisoformat(values["born"]),
        sex=Sex(values["sex"]) if values["sex"] else None,
        nationality=values["nationality"],
        status=Status(values["status"]),
        belongs=Belongs(values["belongs"]),
        social=social.known(values.get("social", "")),
    )
