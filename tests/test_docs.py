"""The pages for people tell the truth: what they link, name and tell to type is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
import typer

from bot.__main__ import cli
from bot.settings import Settings
from dialogs.engine.catalogue import book
from dialogs.engine.texts import LANGUAGES

ROOT: Final = Path(__file__).resolve().parents[1]
PAGES: Final = tuple(sorted((ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md"))))
CODE: Final = ("bot", "dialogs", "services", "storage", "tests")
SETTINGS: Final = frozenset(name.upper() for name in Settings.model_fields)
#: Stands for the name of any setting; a folder of gettext.
NO_NAMES: Final = frozenset({"NAME_FILE", "LC_MESSAGES", "POSTGRES_PASSWORD"})

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@every_page
def test_what_a_page_links_is_there(page: Path) -> None:
    wrong = [link for link in _links(page) if not _leads_somewhere(page, link)]

    assert wrong == []


def test_every_page_can_be_reached_from_another() -> None:
    linked = {(page.parent / link.partition("#")[0]).resolve() for page in PAGES for link in _links(page)}
    lost = [page.name for page in PAGES if page.name != "README.md" and not {page, page.parent} & linked]

    assert lost == []


@every_page
def test_a_file_that_a_page_names_is_there(page: Path) -> None:
    wrong = [named for named in _paths(page.read_text()) if not any(ROOT.glob(named))]

    assert wrong == []


@every_page
def test_a_page_names_no_path_of_a_machine(page: Path) -> None:
    outside = re.findall(
        r"(?<![\w.:/}>-])(?:/(?:work|home|root|tmp|usr|opt|etc|srv|mnt|Users)\b|~/)\S*", page.read_text()
    )

    assert outside == []


@every_page
def test_a_command_that_a_page_names_can_be_typed(page: Path) -> None:
    text = page.read_text()
    wrong = [words for words in _typed(text, r"dev\.py") if not _is_dev(words)]
    wrong += [words for words in _typed(text, "-m bot") if not _is_bot(words)]

    assert wrong == []


@every_page
def test_a_name_in_capitals_is_a_setting_or_stands_in_the_code(page: Path) -> None:
    named = {
        name for code in _code_of(page.read_text()) for name in re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", code)
    }
    files = {f"{name}_FILE" for name in SETTINGS}

    assert named - SETTINGS - files - NO_NAMES - _constants() == set()


def test_operators_are_told_every_setting() -> None:
    told = (ROOT / "docs" / "operations.md").read_text()
    table = " ".join(re.findall(r"^\|([^|]*)\|", told, re.MULTILINE))

    assert {name for name in SETTINGS if f"`{name}`" not in table} == set()


@pytest.mark.parametrize("picture", sorted((ROOT / "docs").glob("*.svg")), ids=lambda picture: picture.name)
def test_a_drawing_can_be_drawn_and_says_what_it_shows(picture: Path) -> None:
    drawing = ET.parse(picture).getroot()

    assert drawing.findtext("{http://www.w3.org/2000/svg}title")


def test_the_glossary_uses_the_words_of_the_texts() -> None:
    texts = {
        language: "\n".join(form for forms in book(language).entries.values() for form in forms)
        for language in LANGUAGES
    }
    wrong = [
        (language, word)
        for row in _first_table(ROOT / "docs" / "glossary.md")
        for language, cell in zip(LANGUAGES, row[1:4], strict=True)
        for word in cell.split(", ")
        if word != "—" and not re.search(_any_ending(word), texts[language], re.IGNORECASE)
    ]

    assert wrong == []


# What pages say.


def _links(page: Path) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()) if not re.match(r"https?://", link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, heading = unquote(link).partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    if target.is_dir() and not any(target.iterdir()):
        return False  # git keeps no empty folder
    return not heading or heading in _anchors(target)


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page as code hosts make them from its headings."""
    headings = re.findall(r"^#+ +(.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def _paths(text: str) -> Iterator[str]:
    """Yield what looks like a path of this repository, `*` and all."""
    for found in re.findall(rf"(?<![\w/.-])((?:{'|'.join((*CODE, 'locales', 'docs'))})/[\w./*-]+)", text):
        yield found.rstrip("./")


def _typed(text: str, program: str) -> Iterator[list[str]]:
    for rest in re.findall(rf"python3? {program}([^`\n#|]*)", text):
        yield rest.split()


def _is_dev(words: list[str]) -> bool:
    source = (ROOT / "dev.py").read_text()
    cases = [case.value for case in ast.walk(ast.parse(source)) if isinstance(case, ast.MatchValue)]
    commands = {case.value for case in cases if isinstance(case, ast.Constant)}
    options = [word for word in words if word.startswith("-")]
    return bool(words) and words[0] in commands and all(f'"{option}"' in source for option in options)


def _is_bot(words: list[str]) -> bool:
    command: Any = typer.main.get_command(cli)  # Any: typer brings a click of its own, without types
    for word in [word for word in words if not word.startswith("-")]:
        if not hasattr(command, "commands"):
            break
        command = command.commands.get(word)
        if command is None:
            return False
    options = {option for param in command.params for option in param.opts}
    return not hasattr(command, "commands") and {word for word in words if word.startswith("-")} <= options


def _code_of(text: str) -> list[str]:
    """Return the code spans and code blocks of a page."""
    return re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)


def _constants() -> set[str]:
    files = [file for folder in CODE for file in (ROOT / folder).rglob("*.py")]
    return {
        name for file in files for name in re.findall(r"^([A-Z][A-Z0-9_]+)(?::| =)", file.read_text(), re.MULTILINE)
    }


def _any_ending(phrase: str) -> str:
    """Return a pattern for the words with whatever endings a sentence gives them."""
    return r"\w* ".join(re.escape(word[:-2] if len(word) > 5 else word) for word in phrase.split()) + r"\w*"


def _first_table(page: Path) -> list[list[str]]:
    lines = page.read_text().split("\n## ")[1].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]
