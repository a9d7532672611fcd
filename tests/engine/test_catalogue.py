"""The catalogues: whole in three languages, short enough for both channels, and just what the code says."""

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from babel.messages import pofile
from babel.messages.catalog import Catalog

from dialogs.engine import catalogue
from dialogs.engine.catalogue import Incomplete, placeholders, say
from dialogs.engine.said import Heard
from dialogs.engine.texts import LANGUAGES, N, T
from dialogs.entries import ENTRIES, SCREENS
from dialogs.intents.sources import PLACES, TOPICS
from locales import HERE
from services import applications, benefits, cases, nationalities, papers, social, tabels
from services.cases import State
from services.desk import CLOSE_REASONS, GROUPS, MASKED, REASONS, ROLES
from services.iin import Sex
from services.queue import Cause
from services.regimes import installed
from services.regimes.whole import MEANINGS
from storage.desk_reads import TABS

Plant = Callable[[str, Callable[[Catalog], None]], None]

ROOT: Final = Path(__file__).parents[2]
CODE: Final = ("dialogs", "services", "storage", "bot")
SPEAKERS: Final = {"T", "N", "Refused"}

#: A string of these shapes is a key wherever it stands: in a table, a default, an argument.
KEY: Final = re.compile(r"(?:msg|err|btn|hint)\.[a-z0-9_.]+|r_[a-z]+(?:_[a-z]+)*")

#: Keys the code puts together, or draws outside the dialogs.
DYNAMIC: Final = re.compile(
    r"nationality\..+|flow\..+|lang\..+|sex\..+"  # by code
    r"|err\.(?:phone|iin)\.taken"  # by what is taken
    r"|faq\.(?:title|answer|source)\..+"  # by topic
    r"|kept\..+"  # by what the law keeps
    r"|page\..+|policy\..+"  # secure pages, /policy
    r"|cmd\..+|bot\.(?:description|short)"  # Telegram's own screens
    r"|desk\..+|team\..+|r_topic_.+|wd\.\d|label\.slot_.+"  # the desk's pages, rows by topic, days
    r"|err\.desk\.sign_in"
    r"|(?:mark|status\.tabel|file_kind|social)\..+"  # a month's marks, where it stands, its files; what a child is
    r"|(?:group|teaching|benefit|benefit_full|standing|doc|file|edit|paper|status\.app|next|event|reason|pdf)\..+|r_.+"
)

#: What is no message of a parent.
NOT_SAID: Final = (Heard.TEXT, Heard.PAGE, Heard.EVENT, Heard.BLOCKED, Heard.UNBLOCKED)

LONGEST: Final = {
    r"btn\..+|wa\.list_button": 20,
    r"r_.+|nationality\..+|lang\..+|faq\.title\..+": 24,
    r"faq\.answer\..+": 600,
    r"cmd\..+": 256,
    r"bot\.description": 512,
    r"bot\.short": 120,
    r"(?:msg|err|hint|policy|page)\..+": 900,
}


def entries(language: str) -> dict[str, tuple[str, ...]]:
    return catalogue.book(language).entries


@cache
def trees() -> tuple[ast.AST, ...]:
    files = (path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py")))
    return tuple(ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in files)


def nodes() -> Iterator[ast.AST]:
    return (node for tree in trees() for node in ast.walk(tree))


def strings(root: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(root) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def said() -> Iterator[tuple[ast.Call, set[str]]]:
    """Each T, N and Refused whose key stands in it, with that key; with two where it chooses."""
    for node in nodes():
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        key = node.args[0]
        if name in SPEAKERS and isinstance(key, ast.Constant | ast.IfExp):
            choices = (key.body, key.orelse) if isinstance(key, ast.IfExp) else (key,)
            yield node, set().union(*map(strings, choices))


def keys_said() -> set[str]:
    everywhere = set().union(*map(strings, trees()))
    return {key for _, keys in said() for key in keys} | {text for text in everywhere if KEY.fullmatch(text)}


def test_the_catalogues_are_whole() -> None:
    catalogue.check()


def test_every_key_the_code_says_has_words() -> None:
    families = [
        *(f"nationality.{code}" for code in (*nationalities.ALL, "none")),
        *(f"lang.{language}" for language in LANGUAGES),
        *(f"sex.{sex.value}" for sex in Sex),
        *(title.key for title in ENTRIES.titles.values()),
        *(f"faq.{kind}.{topic}" for topic in TOPICS for kind in ("title", "answer")),
        *(f"faq.source.{source.paper}" for source in TOPICS.values()),
        *(f"faq.title.{name}" for name in PLACES),
        *(f"flow.{screen}" for screen in SCREENS),
        *(f"r_topic_{topic}" for topic in cases.TOPICS),
        *(f"team.{team}" for team in (*GROUPS, "senior")),
        *(f"desk.role.{role}" for role in ROLES),
        *(f"desk.state.{state}" for state in State),
        *(f"desk.kind.{heard}" for heard in Heard if heard not in NOT_SAID),
        *(f"desk.field.{field}" for field in MASKED),
        *(f"desk.why.{reason}" for reason in REASONS),
        *(f"desk.closed.{reason}" for reason in CLOSE_REASONS),
        *(f"desk.tab.{tab}" for tab in TABS),
        *(f"wd.{day}" for day in range(7)),
        *_desk_pages(),
        *(f"{kind}.{status}" for kind in ("status.app", "next") for status in applications.Status),
        *(f"{kind}.{cause}" for kind in ("reason", "event") for cause in Cause),
        *(f"{kind}.{item.code}" for kind in ("benefit", "benefit_full") for item in benefits.BENEFITS),
        *(f"doc.{item.paper}" for item in benefits.BENEFITS),
        *(f"social.{code}" for code in social.ALL),
        *(f"group.{code}" for item in installed().all.values() for code in item.groups),
        *(f"teaching.{code}" for item in installed().all.values() for code in item.languages),
        *(f"paper.{kind}" for kind in papers.KINDS),
        *(f"mark.{meaning}" for meaning in (*MEANINGS, "unknown")),
        *(f"r_{reason}" for reason in tabels.REASONS),
        *(f"status.tabel.{state}" for state in ("confirmed", "waiting", "missed", "refused", "none")),
        *(f"file_kind.{kind}" for kind in ("pdf", "xlsx")),
        *(f"file.{why}" for why in ("too_big", "format", "password", "empty", "unreadable", "too_many", "unreachable")),
    ]

    assert keys_said().union(families) - entries("ru").keys() == set()


def _desk_pages() -> set[str]:
    """The keys that the pages of the desk say as they are."""
    pages = "".join(path.read_text() for path in sorted((ROOT / "bot/web/desk/templates").glob("*.html")))
    return set(re.findall(r"""\bt\(["']([\w.]+\w)["'][,)]""", pages))


def test_every_key_is_used() -> None:
    used = set().union(*map(strings, trees()))

    assert [key for key in entries("ru") if key not in used and not DYNAMIC.fullmatch(key)] == []


def test_a_sentence_names_only_what_it_is_given() -> None:
    broken = []
    for call, keys in said():
        given = {item.arg for item in call.keywords} | {"n"}
        if None not in given:
            broken += [key for key in keys if not placeholders(entries("ru").get(key, ("",))[-1]) <= given]

    assert broken == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("keys", "longest"), LONGEST.items())
def test_no_text_outgrows_its_place(language: str, keys: str, longest: int) -> None:
    lengths = {key: max(map(len, forms)) for key, forms in entries(language).items() if re.fullmatch(keys, key)}

    assert lengths
    assert {key: length for key, length in lengths.items() if length > longest} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_fits_one_message_even_in_cyrillic(language: str) -> None:
    assert len(say(T("sms.code", code="123456"), language)) <= 70


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_insisting_sentence_names_the_word_that_counts(language: str) -> None:
    assert say(T("word.accept"), language) in say(T("msg.policy_consent.press_button"), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_begins_or_ends_with_a_space(language: str) -> None:
    assert [key for key, forms in entries(language).items() if any(form != form.strip() for form in forms)] == []


def test_languages_are_named_in_themselves_everywhere() -> None:
    same = ("msg.start.language", *(f"lang.{language}" for language in LANGUAGES))

    assert [key for key in same if len({entries(language)[key] for language in LANGUAGES}) > 1] == []


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 год"), (2, "2 года"), (5, "5 лет"), (11, "11 лет"), (21, "21 год")]
)
def test_russian_counts_in_three_forms(count: int, words: str) -> None:
    assert say(N("years", count), "ru") == words


@pytest.mark.parametrize("count", [1, 2, 5, 11, 21])
def test_kazakh_nouns_stay_as_they_are(count: int) -> None:
    assert say(N("years", count), "kk") == f"{count} жас"


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A copy of the catalogues to spoil."""
    shutil.copytree(HERE, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setattr(catalogue, "HERE", tmp_path)
    catalogue.book.cache_clear()

    def spoil(language: str, change: Callable[[Catalog], None]) -> None:
        path = tmp_path / language / "LC_MESSAGES" / "messages.po"
        with path.open("rb") as file:
            catalog = pofile.read_po(file, locale=language)
        change(catalog)
        with path.open("wb") as file:
            pofile.write_po(file, catalog)
        catalogue.book.cache_clear()

    yield spoil
    catalogue.book.cache_clear()


def reword(key: str, words: Any) -> Callable[[Catalog], None]:
    def change(catalog: Catalog) -> None:
        message = catalog.get(key)
        assert message is not None
        message.string = words

    return change


def test_an_unspoilt_copy_is_whole(plant: Plant) -> None:
    plant("kk", lambda _: None)

    catalogue.check()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lost_placeholder_is_found(plant: Plant, language: str) -> None:
    plant(language, reword("msg.code.ready", "?"))

    with pytest.raises(Incomplete, match=r"msg\.code\.ready names"):
        catalogue.check()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lost_plural_form_is_found(plant: Plant, language: str) -> None:
    plant(language, reword("years", entries(language)["years"][:-1]))

    with pytest.raises(Incomplete, match="years has no words"):
        catalogue.check()


def test_a_plural_that_does_not_count_is_found(plant: Plant) -> None:
    def make_plain(catalog: Catalog) -> None:
        catalog.delete("years")
        catalog.add("years", "{n} жас")

    plant("kk", make_plain)

    with pytest.raises(Incomplete, match="kk: years has 1 forms"):
        catalogue.check()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lost_key_is_found(plant: Plant, language: str) -> None:
    plant(language, lambda catalog: catalog.delete("btn.menu"))

    with pytest.raises(Incomplete, match=rf"{language} lacks \['btn\.menu'\]"):
        catalogue.check()


def test_a_doubtful_translation_is_found(plant: Plant) -> None:
    plant("kk", lambda catalog: catalog["btn.menu"].flags.add("fuzzy"))

    with pytest.raises(Incomplete, match=r"btn\.menu has no words"):
        catalogue.check()


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(Incomplete, match=r"lacks msg\.nobody\.wrote"):
        say(T("msg.nobody.wrote"), "kk")
