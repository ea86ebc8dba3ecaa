"""`baton doctor`."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, fail

if TYPE_CHECKING:
    from services.doctor import DoctorReport

app = typer.Typer()


@app.command()
def doctor(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON on standard output.")] = False,
) -> None:
    """Repair missing and orphaned workflows, untold transitions and wrong loads; never change a lead's life.

    Exit code 0: nothing is wrong any more. 1: something is left, or would be repaired without --dry-run.
    """
    from pydantic import ValidationError
    from temporalio.service import RPCError

    from domain.errors import BatonError

    started = time.monotonic()
    try:
        report = asyncio.run(_doctor(data_dir, dry=dry_run))
    except (BatonError, ValidationError) as error:
        fail(str(error))
    except RPCError as error:
        fail(f"Temporal does not answer: {error}")
    if as_json:
        typer.echo(report.model_dump_json(indent=2))
    else:
        _show(report, time.monotonic() - started)
    if not report.healthy:
        raise typer.Exit(1)


async def _doctor(data_dir: Path, *, dry: bool) -> DoctorReport:
    from cli.inspection import reach
    from services.clock import SystemClock
    from services.doctor import Doctor
    from services.telling import Teller
    from services.temporal_view import TemporalView

    clock = SystemClock()
    async with reach(data_dir, temporal=True) as reached:
        assert reached.client is not None
        teller = Teller(reached.client, reached.engine, clock, reached.task_queue)
        view = TemporalView(reached.client, reached.task_queue)
        return await Doctor(reached.engine, view, teller, clock).run(dry=dry)


def _show(report: DoctorReport, seconds: float) -> None:
    from rich.markup import escape

    marks = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]…[/]"}
    for one in report.treated:
        said = f"{one.wrong}, {one.subject} {one.id} ({one.found}): {one.did}"
        console.print(f"{marks[one.repaired]} {escape(said)}", soft_wrap=True)
    looked = f"[dim]({report.compared} leads compared, {seconds:.1f} s)[/]"
    if not report.treated:
        console.print(f"[green]✓[/] Nothing is wrong {looked}", soft_wrap=True)
        return
    left = sum(not one.repaired for one in report.treated)
    console.print(f"{len(report.treated)} were wrong, {left} still are {looked}", soft_wrap=True)
