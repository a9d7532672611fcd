"""What typed words mean anywhere: universal commands, options, yes and no, languages, codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, TypeVar

from dialogs.engine import repair
from dialogs.engine.texts import Language

W = TypeVar("W")
#: The id of an option and one thing that names it.
Forms = Sequence[tuple[str, str]]


class Universal(StrEnum):
    """What a person may ask for in any state."""

    MENU = "menu"
    BACK = "back"
    CANCEL = "cancel"
    HELP = "help"
    OPERATOR = "operator"
    LANGUAGE = "language"
    REPEAT = "repeat"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    START = "start"


@dataclass(frozen=True)
class Option:
    """One thing to choose: its label in each language, and single words that say the same."""

    id: str
    labels: tuple[str, ...]
    words: tuple[str, ...] = ()


#: Spelt properly: repair.py reads them without Kazakh letters, in Latin, or on the wrong layout.
_UNIVERSAL: Final[Mapping[Universal, str]] = {
    Universal.MENU: "меню, мәзір, menu, 00",
    Universal.BACK: "назад, артқа, back, 0",
    Universal.CANCEL: "отмена, болдырмау, болдырма, cancel",
    Universal.HELP: "помощь, көмек, help",
    Universal.OPERATOR: "оператор, человек, адам, agent, operator, 99",
    Universal.LANGUAGE: "язык, тіл, til, lang, language",
    Universal.REPEAT: "повтори, қайтала, repeat",
    Universal.OPT_OUT: "стоп, тоқта, stop",
    Universal.OPT_IN: "старт, баста, start",
}

_FIRST_NAMES: Final[Mapping[bool, str]] = {True: "адам"}

_COMMANDS: Final[Mapping[str, Universal]] = {
    "/menu": Universal.MENU,
    "/back": Universal.BACK,
    "/cancel": Universal.CANCEL,
    "/help": Universal.HELP,
    "/agent": Universal.OPERATOR,
    "/lang": Universal.LANGUAGE,
    "/stop": Universal.OPT_OUT,
    "/start": Universal.START,
}

#: Dialogs that open by a command of their name from anywhere, and by these words where no free words are awaited.
DOORS: Final[Mapping[str, str]] = {
    "children": "мои дети, балаларым, my children",
    "applications": "моя заявка, мои заявления, өтінішім, өтініштерім, my applications, "
    "какой у меня номер, номер в очереди, кезегім нешінші",
    "apply": "встать в очередь, подать заявление, кезекке тұру, өтініш беру, apply",
    "attach": "не вижу заявление, прикрепить заявление, өтініш көрінбейді, өтінішті байланыстыру, attach application",
    "family": "семья, отбасы, family",
    "profile": "профиль, профиль мен баптаулар, профиль и настройки, баптаулар, настройки, profile, settings",
    "login": "войти, вход, кіру, log in, login",
    "register": "регистрация, хочу зарегистрироваться, тіркелу, register, sign up",
    "city": "город, қала, city",
    "logout": "выйти, шығу, log out, logout",
    "password": "забыл пароль, забыла пароль, забыли пароль, құпиясөзді ұмыттым, forgot password",
    "tabel": "табель, табели, табель посещения, қатысу табелі, табельдер, tabel, attendance tabel",
    "mydata": "мои данные, удалите мои данные, деректерім, деректерімді жойыңыз, my data, delete my data",
}

_LANGUAGES: Final[Mapping[Language, str]] = {
    "kk": "қазақша, қазақ, қаз, қазақ тілі, қазақ тілінде, казахский, на казахском, по-казахски, "
    "kazakh, in kazakh, kaz, qaz, kz",
    "ru": "русский, рус, русский язык, на русском, по-русски, орысша, орыс, орыс тілі, орыс тілінде, "
    "russian, in russian, rus, ru",
    "en": "english, in english, eng, en, английский, англ, на английском, по-английски, "
    "ағылшынша, ағылшын, ағылшын тілі, ағылшын тілінде",
}

_YES_OR_NO: Final[Mapping[bool, str]] = {
    True: "да, иә, ия, ia, iya, yes, ok, ок, +",
    False: "нет, жоқ, no",
}
_MINUS: Final = frozenset("-‐‑‒–—−")

#: Too little to begin a label with; "не" alone is also the Kazakh for "what?".
_NO_BEGINNING: Final = frozenset({"не", "i", "я"})


def universal(text: str, *, name: bool = False) -> Universal | None:
    """Return the universal command the message is as a whole; near misses are none: "стол" is no "стоп".

    Where a `name` is asked for, a word that is also a first name is one.
    """
    if start_payload(text) is not None:
        return Universal.START
    said = repair.raw(text)
    command = re.fullmatch(r"(/[a-z]+)(?:@\w+)?", said)
    if command and command[1] in _COMMANDS:
        return _COMMANDS[command[1]]
    if said and not said.strip("?"):
        return Universal.HELP
    if name and _meant(text, _FIRST_NAMES):
        return None
    return _meant(text, _UNIVERSAL)


def door(text: str, *, commands_only: bool = False) -> str | None:
    """Return the name of the dialog the message opens as a whole: `/profile`, "Мои данные"."""
    command = re.fullmatch(r"/([a-z]+)(?:@\w+)?", repair.raw(text))
    if command:
        return command[1] if command[1] in DOORS else None
    return None if commands_only else _meant(text, DOORS)


def invitation(text: str) -> str | None:
    """Return the code of a link to join an account, opened (`/start link_…`) or sent as words."""
    found = re.fullmatch(r"(?:/start(?:@\w+)?\s+)?((?:link|fam)_[a-z0-9]{6,32})", text.strip()[: repair.LONGEST])
    return found[1] if found else None


def start_payload(text: str) -> str | None:
    """Return what a deep link put after /start, empty if nothing, or None for any other message."""
    start = re.fullmatch(r"/start(?:@\w+)?(?:\s+(.*))?", text.strip()[: repair.LONGEST], re.IGNORECASE | re.DOTALL)
    return (start[1] or "") if start else None


def language_word(text: str) -> Language | None:
    """Return the language the message names as a whole, in any language."""
    return _meant(text, _LANGUAGES)


def guess_language(text: str, locale: str = "") -> Language | None:
    """Return the language the letters show; where they show none, that of the person's app."""
    letters = text[: repair.LONGEST].lower()
    if re.search("[әғқңөұүһі]", letters):
        return "kk"
    if re.search("[а-яё]", letters):
        return "ru"
    locales: Mapping[str, Language] = {"kk": "kk", "ru": "ru", "en": "en"}
    return locales.get(re.split("[-_]", locale.strip().lower())[0])


def pick(text: str, options: Sequence[Option]) -> str | None:
    """Return the id of the one option meant, by number, label, first word or with typos; None if in doubt."""
    forms = [(option.id, form) for place, option in enumerate(options, 1) for form in _forms(option, place)]
    folded = {fold: [(id_, fold(form)) for id_, form in forms] for fold in repair.FOLDS}
    readings = list(repair.readings(text))
    telling = [reading for reading in readings if reading.is_telling]
    for rule, tried in ((_labelled, readings), (_begun, telling), (_mistyped, telling)):
        for reading in tried:
            if found := rule(reading.text, folded[reading.fold]):
                return _only(found)
    return None


def exact(text: str, options: Sequence[Option]) -> str | None:
    """Return the id of the option whose label or word the message is: all that a legal act takes."""
    # "Принимаю?" asks; it does not accept.
    if "?" in repair.raw(text):
        options = [option for option in options if "?" in "".join(option.labels)]
    forms = [(option.id, spelling) for option in options for spelling in _spellings(option)]
    # Kazakh letters may be missing on a keyboard; a guessed script or layout is no exact word.
    for reading in (reading for reading in repair.readings(text) if not reading.guessed):
        if found := _labelled(reading.text, [(id_, reading.fold(form)) for id_, form in forms]):
            return _only(found)
    return None


def nearest(text: str, options: Sequence[Option], n: int = 3) -> list[str]:
    """Return the ids of the `n` options most like the message, the likest first."""
    readings = list(repair.readings(text))

    def likeness(option: Option) -> float:
        spellings = _spellings(option)
        return max((repair.likeness(r.text, r.fold(form)) for r in readings for form in spellings), default=0)

    return [option.id for option in sorted(options, key=likeness, reverse=True)][: max(n, 0)]


def yes_or_no(text: str) -> bool | None:
    """Return True for a yes, False for a no, None for anything else."""
    if text.strip() in _MINUS:
        return False
    return _meant(text, _YES_OR_NO, short_guesses=True)


def code_in(text: str) -> str | None:
    """Return the only six digits in the message, "123 456" included; None if there are none or several."""
    # The whole message is read: cut short, a longer number could end as six digits.
    digits = unicodedata.normalize("NFKC", text)
    whole = re.findall(r"(?<![0-9])[0-9]{6}(?![0-9])", digits)
    # Halves of a code are no middle of a phone: "8 747 123 45 67".
    halves = re.findall(r"(?<![0-9])(?<![0-9][ –-])([0-9]{3})[ –-]([0-9]{3})(?![ –-]?[0-9])", digits)
    # An SMS for a browser says its code twice: "123456 … #123456".
    return _only({*whole, *map("".join, halves)})


def has_long_number(text: str) -> bool:
    """Return whether the message holds twelve digits in a row, as an IIN has, however they are spaced."""
    # The whole message is read: a secret at its end is a secret too.
    joined = re.sub(r"[\s.\-‐‑‒–—−]", "", unicodedata.normalize("NFKC", text))
    return re.search(r"\d{12}", joined) is not None


def _meant(text: str, table: Mapping[W, str], *, short_guesses: bool = False) -> W | None:
    """Return what the table says of the message as a whole; short guesses only if it lists short words."""
    for reading in repair.readings(text):
        if not (short_guesses or reading.is_telling):
            continue
        for meaning, words in table.items():
            if reading.text in _folded(words, reading.fold):
                return meaning
    return None


@cache
def _folded(words: str, fold: Callable[[str], str]) -> frozenset[str]:
    """Return the words of a table as a reading would spell them; tables are few and never change."""
    return frozenset(fold(repair.plain(word)) for word in words.split(", "))


def _forms(option: Option, place: int) -> list[str]:
    """Return all that names the option in full: its number, its labels, and both as they stand in a list."""
    spellings = _spellings(option)
    return [str(place), *spellings, *(f"{place} {spelling}" for spelling in spellings)]


def _spellings(option: Option) -> list[str]:
    """Return the labels and words as people type them: "Согласен(на)" is also "согласен"."""
    labels = (*option.labels, *option.words)
    short = (re.sub(r"(?<=\w)\(\w{1,4}\)", "", label) for label in labels)
    joined = (re.sub(r"(?<=\w)\((\w{1,4})\)", r"\1", label) for label in labels)
    # Most labels have no brackets, and are folded once.
    plain = map(repair.plain, dict.fromkeys((*labels, *short, *joined)))
    return [spelling for spelling in dict.fromkeys(plain) if spelling]


def _labelled(said: str, forms: Forms) -> set[str]:
    return {id_ for id_, form in forms if form == said}


def _begun(said: str, forms: Forms) -> set[str]:
    """Return the options whose label begins so, or has this as the first word that no other option has."""
    owners: dict[str, set[str]] = {}
    for id_, form in forms:
        for word in form.split():
            owners.setdefault(word, set()).add(id_)

    def is_begun(form: str) -> bool:
        telling = (word for word in form.split() if len(word) >= repair.TELLING and len(owners[word]) == 1)
        return said == next(telling, "") or (said not in _NO_BEGINNING and form.startswith(f"{said} "))

    return {id_ for id_, form in forms if is_begun(form) and repair.negates(form) == repair.negates(said)}


def _mistyped(said: str, forms: Forms) -> set[str]:
    """Return the options the fewest typos away; none if the typos could hide a "not"."""
    counted = [(repair.typos(said, form), id_, form) for id_, form in forms]
    fewest = min((count for count, _, _ in counted), default=repair.TOO_MANY)
    closest = [(id_, form) for count, id_, form in counted if count == fewest < repair.TOO_MANY]
    if any(repair.negates(form) != repair.negates(said) for _, form in closest):
        return set()
    return {id_ for id_, _ in closest}


def _only(found: set[str]) -> str | None:
    return next(iter(found)) if len(found) == 1 else None
