"""`baton queues`: who waits where, and for how long."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, fail, note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.repositories.queue_views import QueueLine, WaitingLine

app = typer.Typer(help="Who waits where, and for how long.")


@app.command()
def queues(
    leads: Annotated[int, typer.Option("--leads", min=0, help="How many of the first leads to list.")] = 10,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON on standard output.")] = False,
) -> None:
    """The queues with their waiting leads, those at risk and those past their SLA, and the first leads in line."""
    from domain.errors import BatonError

    try:
        lines, first = asyncio.run(_read(data_dir, leads))
    except BatonError as error:
        fail(str(error))
    if as_json:
        from dataclasses import asdict

        answer = {"queues": [asdict(line) for line in lines], "leads": [asdict(lead) for lead in first]}
        typer.echo(json.dumps(answer, indent=2, default=str))
        return
    _show(lines, first)


async def _read(data_dir: Path, limit: int) -> tuple[Sequence[QueueLine], Sequence[WaitingLine]]:
    from cli.inspection import reach
    from db.repositories.queue_views import read_line, read_queues
    from db.session import single_statements
    from services.clock import SystemClock

    now = SystemClock().now()
    async with reach(data_dir, temporal=False) as reached, single_statements(reached.engine) as connection:
        return await read_queues(connection, now), await read_line(connection, now, limit)


def _show(lines: Sequence[QueueLine], first: Sequence[WaitingLine]) -> None:
    if not lines:
        note("Nobody waits.")
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("Queue", "Waiting", "At risk", "Breached", "Longest wait", "Last one's turn in"):
        table.add_column(heading, justify="right" if table.columns else "left")
    for line in lines:
        late = f"[red]{line.breached}[/]" if line.breached else "0"
        risky = f"[yellow]{line.at_risk}[/]" if line.at_risk else "0"
        waits = (_span(line.longest_minutes), _span(line.expected_minutes))
        table.add_row(line.queue, str(line.waiting), risky, late, *waits)
    console.print(table)
    if not first:
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Place", "Lead", "Queue", "Position", "Score", "Tries", "Waited", "Turn in", ""):
        table.add_column(heading, justify="left" if heading in ("Lead", "Queue", "") else "right")
    for lead in first:
        table.add_row(
            str(lead.place),
            str(lead.lead_id),
            lead.queue,
            str(lead.position),
            f"{lead.score:.1f}",
            str(lead.attempts),
            _span(lead.waited_minutes),
            _span(lead.expected_minutes),
            _state(lead),
        )
    console.print("", table)


def _state(lead: WaitingLine) -> str:
    words = {"ok": [], "at_risk": ["[yellow]at risk[/]"], "breached": ["[red]breached[/]"]}[lead.status]
    if lead.parked:
        words.append("parked")
    if lead.held_until is not None:
        words.append(f"held until {lead.held_until:%Y-%m-%d %H:%M} UTC")
    return ", ".join(words)


def _span(minutes: int) -> str:
    """Minutes as people say them."""
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"
