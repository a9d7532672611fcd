"""python -m bot demo | run | migrate | import | check | audit | agent."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import BadSettings
from storage.database import Unreachable


class RunRole(StrEnum):
    """What a process does of the whole."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"
    CLOCK = "clock"


cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
imports = typer.Typer(no_args_is_help=True)
audits = typer.Typer(no_args_is_help=True)
keys = typer.Typer(no_args_is_help=True)
staff = typer.Typer(no_args_is_help=True)
cli.add_typer(imports, name="import", help="Bring in data from files.")
cli.add_typer(keys, name="keys", help="Change the keys of what is stored.")
cli.add_typer(audits, name="audit", help="Look after the append-only record.")
cli.add_typer(staff, name="agent", help="Look after the accounts of the contact centre.")


@cli.command()
def demo() -> None:
    """Open the bot at work: a demo city, both phones, no token, no network."""
    from bot import demo as city
    from bot import logs, settings

    logs.configure("WARNING", settings.load().secrets)
    city.main()


@cli.command()
def run(
    *,
    role: Annotated[RunRole, typer.Option(help="A part of the work; any number of each, on PostgreSQL.")] = RunRole.ALL,
) -> None:
    """Run the bot with the settings of the environment."""
    from bot import run as production

    production.main(role.value)


@cli.command()
def migrate() -> None:
    """Create or upgrade the database."""
    from bot import settings
    from storage.migrate import upgrade

    given = settings.must_be_writable(settings.load())
    upgrade(given.database_url)
    print(f"{given.database_name} is at the schema of this release")


@imports.command("persons")
def import_persons(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    apply: Annotated[bool, typer.Option(help="Write; without it a dry run.")] = False,
) -> None:
    """Bring persons into the embedded registry from a CSV file; every bad row is reported."""
    from bot import imports as work

    raise typer.Exit(work.persons(file, apply=apply))


@imports.command("kato")
def import_kato(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    apply: Annotated[bool, typer.Option(help="Write; without it a dry run.")] = False,
) -> None:
    """Bring in the whole classifier of localities (te, name_kaz, name_rus); it takes the built-in one's place."""
    from bot import imports as work

    raise typer.Exit(work.kato(file, apply=apply))


@cli.command()
def check() -> None:
    """Check settings, catalogues, time zone and keys without starting."""
    from bot import checks

    checks.main()


@keys.command("rotate")
def keys_rotate() -> None:
    """Wrap every person's key with the first of DATA_KEYS, beside the running bot."""
    from bot import keys as work

    work.rotate()


@keys.command("reindex")
def keys_reindex(
    *,
    former: Annotated[Path, typer.Option(exists=True, dir_okay=False, readable=True, help="The former INDEX_KEY.")],
) -> None:
    """Make every index anew with a new INDEX_KEY, while the bot stands still."""
    from bot import keys as work

    work.reindex(former)


@audits.command("verify")
def audit_verify() -> None:
    """Verify the hash chains of the audit record."""
    from bot import checks

    raise typer.Exit(checks.audit())


@staff.command("add")
def agent_add(
    login: Annotated[str, typer.Argument(help="2 to 40 Latin letters, digits, dots, dashes.")],
    shown: Annotated[str, typer.Argument(help="The name parents see, like Айнур.")],
    role: Annotated[str, typer.Option(help="agent, senior, supervisor or admin.")] = "agent",
) -> None:
    """Make an account of the desk; its password and second factor are shown once."""
    from bot import hiring

    raise typer.Exit(hiring.main(login, shown, role))


def main() -> None:
    """Run a command; a wrong setting is one line, not a traceback."""
    try:
        cli()
    except (BadSettings, Unreachable) as wrong:
        print(f"balabaqsha: {wrong}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
