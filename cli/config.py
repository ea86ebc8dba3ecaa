"""`baton config`: export, plan, apply, versions, rollback."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.administration import (
    CHANGES,
    Administration,
    As,
    File,
    Force,
    Json,
    Note,
    administration,
    failures,
    plan_json,
    read_file,
    show_findings,
    show_plan,
    tell_outcome,
)
from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, note
from cli.publication import publish_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.repositories.configurations import PublishedVersion
    from services.publishing import Plan

app = typer.Typer(help="Configuration as code.", no_args_is_help=True)


@app.command()
def export(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Print the whole published configuration and the teams as YAML on standard output."""
    from services.configuration_files import to_yaml

    async def run() -> str:
        async with administration(data_dir) as admin:
            return to_yaml((await admin.publishing.published()).document())

    with failures():
        text = asyncio.run(run())
    typer.echo(text, nl=False)


@app.command()
def plan(file: File, *, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """Show what applying a file would change, and what the lint says; change nothing.

    Exit code 0: nothing to do. 2: changes. 1: the file cannot be used, or the lint found errors.
    """
    from services.publishing import active_origin_rules

    async def run() -> tuple[Plan, list[str]]:
        from db.session import admin_transaction

        async with administration(data_dir) as admin:
            made = await admin.publishing.plan_document(read_file(file))
            async with admin_transaction(admin.engines.admin) as connection:
                return made, await active_origin_rules(connection, made.published.configuration)

    with failures():
        made, foreign = asyncio.run(run())
    if as_json:
        typer.echo(json.dumps({**plan_json(made), "unpublished_rules": foreign}, indent=2))
    else:
        show_plan(made)
        if foreign and made.changes:
            note(f"RoutingRule has active rules that are not published, and publishing removes: {', '.join(foreign)}")
            note("Run `baton rules import-origin` first to keep them.")
    if made.errors:
        raise typer.Exit(1)
    if made.changes:
        raise typer.Exit(CHANGES)


@app.command()
def apply(
    file: File,
    by: As,
    *,
    based_on: Annotated[
        int | None, typer.Option("--based-on", min=1, help="Refuse unless this is still the latest version.")
    ] = None,
    force: Force = False,
    why: Note = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Publish what a file says as a new version, and change the teams; nothing when it says so already."""
    from services.publishing import PublishConflictError

    async def wanted(admin: Administration) -> Plan:
        made = await admin.publishing.plan_document(read_file(file))
        if based_on is not None and made.changes and made.published.version != based_on:
            raise PublishConflictError(
                f"the latest version is {made.published.version}, not {based_on}; nothing was written, plan again"
            )
        return made

    made, outcome = publish_plan(data_dir, by, wanted, why=why, force=force)
    show_plan(made)
    tell_outcome(outcome, made, as_json=as_json)


@app.command()
def versions(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """List the published versions, the latest first, with the open leads that are pinned to each."""

    async def run() -> Sequence[PublishedVersion]:
        from db.repositories.configurations import list_versions
        from db.session import reader_transaction

        async with administration(data_dir) as admin, reader_transaction(admin.engines.reader, None) as connection:
            return await list_versions(connection)

    with failures():
        found = asyncio.run(run())
    if as_json:
        typer.echo(json.dumps([asdict(version) for version in found], default=str, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Version", "Published (UTC)", "By", "Open leads", "Note"):
        table.add_column(heading)
    for version in found:
        table.add_row(
            str(version.version),
            f"{version.published_at:%Y-%m-%d %H:%M}",
            version.published_by or "Baton",
            str(version.open_leads),
            version.note or "",
        )
    console.print(table)


@app.command()
def rollback(
    version: Annotated[int, typer.Argument(min=1, help="The version to go back to.")],
    by: As,
    *,
    force: Force = False,
    why: Note = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Publish the body of an older version again, as a new one; the teams stay as they are."""

    async def older(admin: Administration) -> Plan:
        return await admin.publishing.plan_configuration(await admin.publishing.body_at(version))

    reason = why or f"back to version {version}"
    made, outcome = publish_plan(data_dir, by, older, kind="rollback", why=reason, force=force)
    show_findings(made.findings)
    tell_outcome(outcome, made, as_json=as_json)
