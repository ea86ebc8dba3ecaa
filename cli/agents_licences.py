"""`baton agents licences`: import, list, expiring."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cli.administration import Json, administration, failures
from cli.agents_people import As
from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, note

if TYPE_CHECKING:
    from domain.lifecycle.actor import Actor
    from services.licences import LicenceReport, Licences, LicenceView

REJECTED = 2
"""Exit code when everything went well but for rows that are in the rejects file."""

app = typer.Typer(help="The licence ledger.", no_args_is_help=True)


@asynccontextmanager
async def _ledger(data_dir: Path, by: str) -> AsyncIterator[tuple[Licences, Actor]]:
    from services.licences import Licences

    async with administration(data_dir) as admin:
        ledger = Licences(admin.engines.admin, admin.clock, admin.configurations)
        yield ledger, await ledger.administrator(by)


@app.command("import")
def import_licences(
    file: Annotated[Path, typer.Argument(help="The CSV file; its first row names the columns.", show_default=False)],
    by: As,
    *,
    rejects: Annotated[
        Path | None,
        typer.Option("--rejects", help="Where rows go that cannot be imported (FILE.rejects.csv).", show_default=False),
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Import licences from a CSV file; safe to repeat, and a changed valid_to changes the entry.

    Columns: agent (e-mail or id), state, line (empty: every line), number, valid_from, valid_to (empty: until further
    notice). Exit code 0: every row is there; 2: some rows were rejected; 1: nothing was imported.
    """
    from services.csv_file import open_csv
    from services.licence_rows import COLUMNS
    from services.rejects_file import RejectsFile

    target = rejects or file.with_name(f"{file.stem}.rejects.csv")

    async def run() -> LicenceReport:
        async with _ledger(data_dir, by) as (ledger, actor):
            with open_csv(file, wanted=COLUMNS) as opened, RejectsFile(target, opened) as kept:
                return await ledger.import_file(actor, opened, kept.write)

    with failures():
        report = asyncio.run(run())
    if as_json:
        typer.echo(json.dumps(asdict(report) | {"rejects_file": str(target) if report.rejected else None}))
    mark = "[yellow]![/]" if report.rejected else "[green]✓[/]"
    console.print(
        f"{mark} {report.added} licences added, {report.changed} changed, {report.unchanged} already there, "
        f"{report.rejected} rejected"
    )
    if report.rejected:
        note(f"  Correct the rows in {target} and import that file.")
        raise typer.Exit(REJECTED)


@app.command("list")
def list_licences(
    by: As,
    *,
    agent: Annotated[str | None, typer.Option("--agent", help="Only this agent's: e-mail or id.")] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """The ledger of everybody you may administer."""

    async def run() -> Sequence[LicenceView]:
        async with _ledger(data_dir, by) as (ledger, actor):
            return await ledger.listed(actor, agent)

    with failures():
        found = asyncio.run(run())
    _show(found, "No licences: the territories of the specialisations decide alone.", as_json=as_json)


@app.command()
def expiring(
    by: As,
    *,
    days: Annotated[int, typer.Option("--days", min=0, help="Within so many days.")] = 30,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Licences that end soon and are not renewed by another entry."""

    async def run() -> Sequence[LicenceView]:
        async with _ledger(data_dir, by) as (ledger, actor):
            return await ledger.expiring(actor, days)

    with failures():
        found = asyncio.run(run())
    _show(found, f"No licence ends within {days} days.", as_json=as_json)


def _show(found: Sequence[LicenceView], nothing: str, *, as_json: bool) -> None:
    from services.licences import licence_words

    if as_json:
        typer.echo(json.dumps([{"agent": one.agent, **licence_words(one.licence)} for one in found], indent=2))
        return
    if not found:
        note(nothing)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Agent", "State", "Line", "Number", "From", "Until"):
        table.add_column(heading)
    for one in found:
        licence = one.licence
        cells = (one.agent, licence.state, licence.line or "every line", licence.number, str(licence.valid_from))
        table.add_row(*(escape(cell) for cell in cells), str(licence.valid_to or "further notice"))
    console.print(table)
