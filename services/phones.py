"""A phone: a Kazakhstan mobile number that can get our code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

from services.names import clean
from services.refused import Refused

_SEPARATORS: Final = re.compile(r"[\s()\[\]\-\u2010-\u2015\u2212]")
_WRITTEN: Final = re.compile(r"\+?[0-9]{10,15}")
_SEVEN: Final = re.compile(r"(\+?7|8)?([0-9]{10})")  # Kazakhstan and Russia share country code 7
_COUNTRY: Final = 7
#: Area codes 71x and 72x are landlines even where the library does not know the exchange.
_AREAS: Final = ("71", "72")


@dataclass(frozen=True, repr=False)
class Phone:
    """A mobile number in canonical form, `+77471234567`."""

    e164: str

    @classmethod
    def parse(cls, text: str) -> Phone:
        """Return the phone a person typed as +7 7XX…, 8 7XX…, 7 7XX… or ten digits from 7.

        Spaces, brackets and dashes are forgiven; letters, an extension or other digits than 0-9 are not.
        Refuses `err.phone.format`, `err.phone.foreign` (+7 9…, another country), `err.phone.landline`.
        Source: journeys §0.5, domain.md §5.5.
        """
        typed = _SEPARATORS.sub("", clean(text))
        if not _WRITTEN.fullmatch(typed):
            raise Refused("err.phone.format")
        if typed.startswith("+") and not typed.startswith("+7"):
            raise Refused("err.phone.foreign" if _is_possible(typed) else "err.phone.format")
        return cls(f"+{_COUNTRY}{_must_be_mobile(_national(typed))}")

    @classmethod
    def from_contact(cls, text: str) -> Phone:
        """Return the phone of a shared contact; its text is the client's, so bare digits only.

        Messengers leave out the plus: what is not written the Kazakhstan way is read as international.
        Refuses as `parse` does. Source: journeys §0.5, T01.
        """
        if not _WRITTEN.fullmatch(text):
            raise Refused("err.phone.format")
        return cls.parse(text if _SEVEN.fullmatch(text) and text[0] in "+78" else f"+{text.lstrip('+')}")

    def __repr__(self) -> str:
        return f"Phone({self.masked})"

    @property
    def masked(self) -> str:
        """Return the form shown in a chat: `+7 747 •••-45-67` (journeys §1.4)."""
        return f"+7 {self.e164[2:5]} •••-{self.e164[8:10]}-{self.e164[10:]}"


def _national(typed: str) -> str:
    seven = _SEVEN.fullmatch(typed)
    if not seven:
        raise Refused("err.phone.format")
    prefix, national = seven.groups()
    if not national.startswith("7"):
        # With a country code it is a Russian number; without one it is nothing yet.
        raise Refused("err.phone.foreign" if prefix else "err.phone.format")
    return str(national)


def _must_be_mobile(national: str) -> str:
    kind = phonenumbers.number_type(phonenumbers.PhoneNumber(country_code=_COUNTRY, national_number=int(national)))
    if kind == PhoneNumberType.MOBILE:
        return national
    is_landline = kind != PhoneNumberType.UNKNOWN or national.startswith(_AREAS)
    raise Refused("err.phone.landline" if is_landline else "err.phone.format")


def _is_possible(international: str) -> bool:
    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(international)))
    except phonenumbers.NumberParseException:  # a country code nobody has
        return False
