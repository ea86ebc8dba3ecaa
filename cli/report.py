"""`baton report`: how fast leads are answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cli.administration import Json, administration, failures
from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, note
from db.repositories.response_times import Grouping

if TYPE_CHECKING:
    from services.reporting import ResponseTimes

app = typer.Typer()


@app.command()
def report(
    days: Annotated[int, typer.Option("--days", min=1, max=92, help="How far to look back.")] = 7,
    by: Annotated[Grouping, typer.Option("--by", help="What the lines stand for.")] = Grouping.ALL,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Time to assign, to claim, to the first attempt and to the first connection, with the share kept in time."""
    with failures():
        found, names = asyncio.run(_read(data_dir, days, by))
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2, default=str))
        return
    if not found.lines:
        note(f"No lead came in during the last {days} days.")
        return
    table = Table(box=None, pad_edge=False)
    if by is not Grouping.ALL:
        table.add_column(by.value.capitalize())
    for heading in ("Stage", "Number", "p50", "p90", "p99", "In time"):
        table.add_column(heading, justify="left" if heading == "Stage" else "right")
    for line in found.lines:
        group = [] if by is Grouping.ALL else [escape(names.get(line.group, line.group))]
        spans = (_span(line.p50_s), _span(line.p90_s), _span(line.p99_s))
        in_time = "" if line.in_time is None else f"{line.in_time:.0%}"
        table.add_row(*group, line.stage.value.replace("_", " "), str(line.count), *spans, in_time)
    console.print(table)


async def _read(data_dir: Path, days: int, by: Grouping) -> tuple[ResponseTimes, Mapping[str, str]]:
    from db.repositories.teams import read_people
    from db.session import reader_transaction
    from domain.ids import SYSTEM_AGENT
    from domain.lifecycle.actor import Actor, Role
    from domain.lifecycle.transition import Refusal
    from services.reporting import Reporting

    caller = Actor(role=Role.SERVICE, id=SYSTEM_AGENT)
    async with administration(data_dir) as admin, reader_transaction(admin.engines.reader, None) as connection:
        now = admin.clock.now()
        reporting = Reporting(admin.clock)
        found = await reporting.response_times(connection, caller, since=now - timedelta(days=days), until=now, by=by)
        assert not isinstance(found, Refusal)
        people = await read_people(connection)
    return found, {str(person.id): person.email for person in people if person.email}


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = seconds / 60
    return f"{minutes:.1f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
