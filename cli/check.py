"""`baton check`."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, fail, note

if TYPE_CHECKING:
    from services.check import CheckReport

app = typer.Typer()

_WIDTH = 200


@app.command()
def check(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database_only: Annotated[
        bool, typer.Option("--database-only", help="Leave Temporal out, for example while it is away.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON on standard output.")] = False,
) -> None:
    """Prove what must hold; change nothing. Exit code 0: all holds. 1: something does not, or could not be checked."""
    from pydantic import ValidationError
    from temporalio.service import RPCError

    from domain.errors import BatonError

    started = time.monotonic()
    try:
        report = asyncio.run(_check(data_dir, temporal=not database_only))
    except (BatonError, ValidationError) as error:
        fail(str(error))
    except RPCError as error:
        fail(f"Temporal does not answer: {error}; --database-only checks the database alone")
    if as_json:
        typer.echo(report.model_dump_json(indent=2))
    else:
        _show(report, time.monotonic() - started)
    if not report.holds:
        raise typer.Exit(1)


async def _check(data_dir: Path, *, temporal: bool) -> CheckReport:
    from cli.inspection import reach
    from services.check import check as prove
    from services.clock import SystemClock
    from services.temporal_view import TemporalView

    async with reach(data_dir, temporal=temporal) as reached:
        view = TemporalView(reached.client, reached.task_queue) if reached.client is not None else None
        return await prove(reached.engine, SystemClock(), SystemClock(), view)


def _show(report: CheckReport, seconds: float) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if report.restored:
        note(f"Restored from a copy, and known to be ({len(report.restored)}):")
        for gap in report.restored:
            note(f"  {gap}")
    over = f"{report.checks} checks over {report.leads} leads"
    compared = "Temporal left out" if report.compared is None else f"{report.compared} compared with Temporal"
    if report.holds:
        console.print(f"[green]✓[/] {over}: all hold [dim]({compared}, {seconds:.1f} s)[/]", soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Check", "Proves", "Subject", "Found"):
        table.add_column(heading, overflow="fold", no_wrap=heading != "Found")
    for fault in report.faults:
        subject = f"{fault.subject} {fault.id}" if fault.id else fault.subject
        table.add_row(f"[red]{escape(fault.check)}[/]", " ".join(fault.proves), subject, escape(fault.detail))
    # In a file or a pipe an id has to stay in one piece.
    (console if console.is_terminal else Console(stderr=True, highlight=False, width=_WIDTH)).print(table)
    failing = len({fault.check for fault in report.faults})
    fail(f"{over}: {failing} do not hold, {len(report.faults)} found ({compared}, {seconds:.1f} s)")
