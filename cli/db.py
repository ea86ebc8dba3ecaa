"""`baton db`: migrate, downgrade, current."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Annotated

import typer

from cli.output import console, fail
from db.errors import DatabaseError, DatabaseUrlError

app = typer.Typer(help="The database's schema: migrate, downgrade, current.", no_args_is_help=True)

OWNER = "DATABASE_OWNER_URL"
APPLICATION = "DATABASE_URL"
DataDir = Annotated[
    Path,
    typer.Option("--data-dir", envvar="BATON_DATA_DIR", help="Where a running `baton up` has written endpoints.json."),
]
DEFAULT_DATA_DIR = Path(".baton")


def database_url(variable: str, data_dir: Path) -> str:
    """The address in the environment variable, else the one of that name in data_dir/endpoints.json.

    Raises DatabaseUrlError when there is neither.
    """
    if value := os.environ.get(variable):
        return value
    endpoints = data_dir / "endpoints.json"
    if endpoints.is_file():
        found = json.loads(endpoints.read_text()).get(variable.lower())
        if found:
            return str(found)
    raise DatabaseUrlError(f"{variable} is not set and {endpoints} does not name it; set it, or run `baton up`")


@app.command()
def migrate(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Bring the database to this version's schema and create the application's login; safe to repeat."""
    from db.migrate import schema_version, upgrade

    started = time.monotonic()
    try:
        owner = database_url(OWNER, data_dir)
        application = _application_url(data_dir)
        before = asyncio.run(schema_version(owner))
        after = asyncio.run(upgrade(owner, application))
    except DatabaseError as error:
        fail(str(error))
    seconds = f"({time.monotonic() - started:.1f} s)"
    if before.current == after.current:
        console.print(f"[green]✓[/] Database is at {after.current} already {seconds}")
    else:
        console.print(f"[green]✓[/] Database migrated from {before.current or 'nothing'} to {after.current} {seconds}")
    if application is None:
        console.print(f"  {APPLICATION} is not set: no application login was made", style="yellow")


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="Revision to go back to, for example 0003; 'base' for all.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Go back to an older schema. Deletes everything the undone revisions hold."""
    from db.migrate import downgrade as go_back

    started = time.monotonic()
    if not yes:
        typer.confirm(f"Go back to {revision} and delete everything the undone revisions hold?", abort=True)
    try:
        after = asyncio.run(go_back(database_url(OWNER, data_dir), revision))
    except DatabaseError as error:
        fail(str(error))
    seconds = time.monotonic() - started
    console.print(f"[green]✓[/] Database is at {after.current or 'nothing'} ({seconds:.1f} s)")


@app.command()
def current(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Say where the database stands; exit code 1 when it is not at this version's schema."""
    from db.migrate import schema_version

    try:
        version = asyncio.run(schema_version(database_url(OWNER, data_dir)))
    except DatabaseError as error:
        fail(str(error))
    if version.up_to_date:
        console.print(f"{version.current} (up to date)")
        return
    console.print(
        f"{version.current or 'nothing'}; this version needs {version.head}: run `baton db migrate`", highlight=False
    )
    raise typer.Exit(1)


def _application_url(data_dir: Path) -> str | None:
    try:
        return database_url(APPLICATION, data_dir)
    except DatabaseUrlError:
        return None
