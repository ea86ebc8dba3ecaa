"""`baton close-day`: close a day of a calendar, or part of it, and move the windows that run into it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.administration import As, Json, Note, administration, failures, show_findings
from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, lead_table, note

if TYPE_CHECKING:
    from services.closing_days import Closed

app = typer.Typer()
_SHOWN = 30


@app.command()
def close_day(
    name: Annotated[str, typer.Argument(help="The calendar.", show_default=False)],
    day: Annotated[str, typer.Argument(help="The day, such as 2026-12-24; 'today' by the calendar's clock.")],
    by: As,
    *,
    hours: Annotated[
        str, typer.Option("--open", help="What stays open: 09:00-12:00, several with commas; nothing: closed.")
    ] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Publish it; without this it is only shown.")] = False,
    move_windows: Annotated[
        bool,
        typer.Option("--move-windows", help="With --apply: also for the leads that are in, and their running windows."),
    ] = False,
    why: Note = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Show which running windows a closed day would move; with --apply publish the calendar, and move them on request.

    Windows that are not moved keep their deadlines; new ones run on the new calendar. Exit code 1: it was refused.
    """
    spans = tuple(text.strip() for text in hours.split(",") if text.strip())
    with failures():
        closed = asyncio.run(_run(data_dir, by, name, day, spans, apply=apply, move=move_windows, why=why))
    if as_json:
        told = {
            "day": closed.day,
            "version": closed.version,
            "windows": [asdict(move) for move in closed.moves],
            "moved": closed.moved,
        }
        typer.echo(json.dumps(told, default=str, indent=2))
        return
    show_findings(closed.findings)
    _show(closed)


async def _run(
    data_dir: Path, by: str, name: str, day: str, spans: Sequence[str], *, apply: bool, move: bool, why: str | None
) -> Closed:
    from domain.errors import InvalidInputError
    from services.closing_days import ClosingDays
    from services.lifecycle import Lifecycle
    from services.rule_migration import RuleMigration

    try:
        named = None if day == "today" else date.fromisoformat(day)
    except ValueError as error:
        raise InvalidInputError("DAY", f"{day!r} is no date; write it as 2026-12-24, or say today") from error
    async with administration(data_dir) as admin:
        actor = await admin.publishing.admin(by)
        engine = admin.engines.service
        lifecycle = Lifecycle(engine, admin.clock, admin.configurations)
        migration = RuleMigration(engine, admin.clock, admin.configurations, lifecycle)
        days = ClosingDays(admin.publishing, migration, admin.clock)
        return await days.close(name, named, spans, actor, apply=apply, move_windows=move, note=why)


def _show(closed: Closed) -> None:
    if closed.moves:
        table = lead_table("Lead", "State", "Window ends", "Would end" if closed.moved is None else "Ends now")
        for move in closed.moves[:_SHOWN]:
            ends = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (move.due_at, move.becomes))
            table.add_row(str(move.lead_id), move.state.value, *ends)
        console.print(table, soft_wrap=True)
    if len(closed.moves) > _SHOWN:
        note(f"… and {len(closed.moves) - _SHOWN} more; --json names all.")
    if closed.version is None:
        note(f"{len(closed.moves)} running windows would be moved. Nothing was changed; --apply publishes it.")
    elif closed.moved is None:
        console.print(f"[green]✓[/] Version {closed.version} is published; leads that are in keep their hours")
    else:
        console.print(f"[green]✓[/] Version {closed.version} is published; {closed.moved} leads moved to it")
