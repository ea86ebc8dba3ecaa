"""`baton agents hand-over`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID, uuid4

import typer
from rich.markup import escape

from cli.administration import Json, administration, failures
from cli.agents_people import As, Who
from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, fail, lead_table, note

if TYPE_CHECKING:
    from services.hand_over import HandOverReport


def hand_over(
    who: Who,
    by: As,
    *,
    to: Annotated[
        str | None,
        typer.Option("--to", help="E-mail or id of who gets them; without it routing decides.", show_default=False),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without this it is only shown.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Show where an agent's open leads would go, and with --apply hand them over.

    Exit code 1: a lead could not be moved.
    """
    with failures():
        report, names = asyncio.run(_run(data_dir, who, by, to, apply=apply))
    if as_json:
        typer.echo(json.dumps(asdict(report) | {"failed": report.failed, "applied": apply}, default=str))
    else:
        _show(report, names, applied=apply)
    if report.failed:
        raise typer.Exit(1)


async def _run(
    data_dir: Path, who: str, by: str, to: str | None, *, apply: bool
) -> tuple[HandOverReport, Mapping[UUID, str]]:
    from domain.lifecycle.transition import Refusal
    from services.agent_admin import AgentAdmin
    from services.hand_over import HandOver
    from services.lifecycle import Lifecycle

    async with administration(data_dir) as admin:
        agents = AgentAdmin(admin.engines.admin, admin.clock)
        actor = await agents.administrator(by)
        people = await agents.people(actor)
        agent = (await agents.card(actor, who)).agent.id
        to_agent = (await agents.card(actor, to)).agent.id if to is not None else None
        engine = admin.engines.service
        service = HandOver(Lifecycle(engine, admin.clock, admin.configurations), engine, admin.clock)
        if apply:
            report = await service.apply(actor, agent, to_agent, str(uuid4()))
        else:
            report = await service.preview(actor, agent, to_agent)
    if isinstance(report, Refusal):
        fail(report.message)
    return report, {one.id: one.email or str(one.id)[:8] for one in people}


def _show(report: HandOverReport, names: Mapping[UUID, str], *, applied: bool) -> None:
    if not report.lines:
        note("No open leads.")
        return
    table = lead_table("Lead", "State", "Window ends", "Goes to" if not applied else "Went to")
    for line in report.lines:
        to = names.get(line.to_agent, str(line.to_agent)[:8]) if line.to_agent else "waits in the queue"
        where = f"[red]stays: {escape(line.problem)}[/]" if line.problem else escape(to)
        due = f"{line.due_at:%Y-%m-%d %H:%M:%S} UTC" if line.due_at else "-"
        table.add_row(str(line.lead_id), line.state.value, due, where)
    console.print(table, soft_wrap=True)
    moved = len(report.lines) - report.failed
    if applied:
        console.print(f"[green]✓[/] {moved} of {len(report.lines)} leads handed over")
    else:
        note("Nothing was moved; --apply does it.")
