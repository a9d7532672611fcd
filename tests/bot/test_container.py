"""Dockerfile and compose.yaml cannot be run here; what they name must exist, and what they promise must stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.__main__ import cli
from bot.settings import Settings, load

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
#: One instruction a line.
STEPS = [line for line in re.sub(r"\\\n\s*", " ", DOCKERFILE).splitlines() if line and not line.startswith("#")]
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
PACKAGES = ("bot", "dialogs", "services", "storage", "locales")


def steps(word: str) -> list[str]:
    return [step.removeprefix(f"{word} ") for step in STEPS if step.startswith(f"{word} ")]


def said(name: str) -> list[str]:
    """Return what compose.yaml says under a name: its value, or its items and pairs, without a YAML library."""
    found = re.search(rf"^( *){name}:(.*)\n((?:\1 +.*\n|\s*#.*\n)*)", COMPOSE, re.MULTILINE)
    assert found, f"compose.yaml has no {name}"
    lines = [found[2], *found[3].splitlines()]
    values = (line.strip().removeprefix("- ").strip("\"'") for line in lines)
    return [value for value in values if value and not value.startswith("#")]


def test_the_image_is_named_plainly_and_is_the_python_we_are_tested_with() -> None:
    assert steps("FROM") == ["python:3.11-slim"]


def test_only_what_exists_is_copied_and_nothing_that_runs_is_missing() -> None:
    copied = [step.split()[0] for step in steps("COPY")]

    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert set(copied) == {"requirements.txt", *PACKAGES}


def test_every_library_is_checked_against_its_hash() -> None:
    assert any("pip install --require-hashes -r requirements.txt" in step for step in steps("RUN"))
    wanted = re.findall(r"^[a-z0-9].*==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert wanted
    assert "--hash=sha256:" in (ROOT / "requirements.txt").read_text()


def test_the_bot_runs_as_nobody_in_particular() -> None:
    (user,) = steps("USER")

    assert user not in ("root", "0")
    assert any(f"useradd --system --no-create-home --uid 10001 {user}" in step for step in steps("RUN"))
    assert STEPS.index(f"USER {user}") < STEPS.index('CMD ["python", "-m", "bot", "run"]')


def test_the_command_exists() -> None:
    names = {command.name or command.callback.__name__ for command in cli.registered_commands if command.callback}

    assert "run" in names
    assert steps("CMD") == ['["python", "-m", "bot", "run"]']


def test_the_health_of_the_container_is_the_health_of_the_bot() -> None:
    (check,) = steps("HEALTHCHECK")

    assert "/healthz" in check
    assert "os.environ['PORT']" in check
    compile(re.findall(r'"-c", "(.*)"\]', check)[0], "healthcheck", "exec")


def test_what_is_kept_lies_in_the_volume() -> None:
    (volume,) = steps("VOLUME")
    given = load(environ_of_the_image())

    assert given.database_file
    assert given.database_file.is_relative_to(volume)
    assert given.files_folder.is_relative_to(volume)
    assert said("volumes") == [f"data:{volume}"]
    assert COMPOSE.endswith("\nvolumes:\n  data:\n  database:\n")


def environ_of_the_image() -> dict[str, str]:
    return dict(pair.split("=", 1) for step in steps("ENV") for pair in step.split())


def test_the_settings_of_the_image_and_of_compose_are_settings() -> None:
    known = {name.upper() for name in Settings.model_fields}
    ours = {name for name in environ_of_the_image() if not name.startswith(("PYTHON", "PIP_"))}

    assert ours <= known
    environment = dict(pair.split(": ", 1) for pair in said("environment"))
    assert set(environment) <= known
    given = load({name: value.strip('"') for name, value in environment.items()})
    assert given.port == 8080
    assert given.files_folder.is_relative_to(steps("VOLUME")[0])


def test_compose_brings_a_postgresql_that_only_the_bot_reaches() -> None:
    database = COMPOSE.partition("\n  database:\n")[2].partition("\nvolumes:")[0]
    url = dict(pair.split(": ", 1) for pair in said("environment"))["DATABASE_URL"]

    assert url == "postgresql://balabaqsha:${POSTGRES_PASSWORD}@database/balabaqsha"
    assert re.findall(r"image: (\S+)", COMPOSE) == ["postgres:17"]
    assert "POSTGRES_USER: balabaqsha\n" in database
    assert "POSTGRES_DB: balabaqsha\n" in database
    assert "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?" in database
    assert "ports:" not in database
    assert said("depends_on") == ["database:", "condition: service_healthy"]


def test_compose_restarts_keeps_the_settings_outside_and_opens_no_door_to_the_world() -> None:
    assert said("restart") == ["unless-stopped"]
    assert said("env_file") == [".env"]
    assert said("ports") == ["127.0.0.1:8080:8080"]
    assert said("build") == ["."]


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml", ".dockerignore"])
def test_no_registry_and_no_index_is_named(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")

    assert re.findall(r"https?://(?!127\.0\.0\.1)|\b[\w-]+\.(?:io|com|org|kz)\b|--index-url", text) == []


def test_neither_settings_nor_data_get_into_the_image() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}

    assert "*" in lines
    assert let_in == {"requirements.txt", *PACKAGES}
