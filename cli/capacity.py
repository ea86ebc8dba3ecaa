"""`baton capacity`: forecast and rebalance."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, fail, note

if TYPE_CHECKING:
    from domain.capacity.estimate import Estimate
    from domain.capacity.forecast import Forecast
    from domain.capacity.pool import AgentLoad
    from domain.capacity.rebalance import Rebalance

app = typer.Typer(help="How much work will come, and how it could be spread.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON on standard output.")]


@app.command()
def forecast(
    hours: Annotated[int, typer.Option("--hours", help="How far to look, 1 to 168 hours.")] = 8,
    timezone: Annotated[
        str, typer.Option("--timezone", help="Whose hours and weekdays count, for example Europe/Madrid.")
    ] = "UTC",
    weeks: Annotated[int, typer.Option("--weeks", help="How far to look back, 1 to 52 weeks.")] = 8,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Arrivals, completions and free slots of the next hours, as intervals learned from history."""
    from domain.errors import BatonError

    try:
        found = asyncio.run(_forecast(data_dir, timezone, hours, weeks))
    except BatonError as error:
        fail(str(error))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    _show_forecast(found)


@app.command()
def rebalance(
    team: Annotated[str | None, typer.Option("--team", help="Name of a team; without it, everybody at work.")] = None,
    target: Annotated[float, typer.Option("--target", help="Utilisation to aim at, 20 to 90.")] = 80.0,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Suggest who could take live leads from whom. Changes nothing: managers reassign."""
    from domain.errors import BatonError

    try:
        found, pool = asyncio.run(_rebalance(data_dir, team, target))
    except BatonError as error:
        fail(str(error))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    _show_rebalance(found, {str(agent.agent_id): agent for agent in pool})


async def _forecast(data_dir: Path, timezone: str, hours: int, weeks: int) -> Forecast:
    from zoneinfo import ZoneInfo

    from cli.inspection import reach
    from domain.errors import InvalidInputError
    from services.capacity import forecast_capacity
    from services.clock import SystemClock

    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInputError("timezone", f"{timezone!r} is unknown; expected a name as Europe/Madrid") from error
    async with reach(data_dir, temporal=False) as reached:
        return await forecast_capacity(reached.engine, SystemClock(), zone, hours=hours, weeks=weeks)


async def _rebalance(data_dir: Path, team: str | None, target: float) -> tuple[Rebalance, list[AgentLoad]]:
    from cli.inspection import reach
    from services.capacity import suggest_rebalance

    async with reach(data_dir, temporal=False) as reached:
        return await suggest_rebalance(reached.engine, team=team, target=target)


def _show_forecast(found: Forecast) -> None:
    from rich.table import Table

    basis = found.basis
    table = Table(box=None, pad_edge=False, title_justify="left")
    for heading in (f"Next {found.hours} h", "now", "expected", f"{found.confidence:.0%} between"):
        table.add_column(heading, justify="left" if not table.columns else "right")
    for name, now, then in (
        ("Arrivals", "", found.arrivals),
        ("Completions", "", found.completions),
        ("Free slots", str(found.free_now), found.free_then),
        ("Waiting leads", str(found.waiting_now), found.waiting_then),
    ):
        table.add_row(name, now, *_words(then))
    console.print(table)
    spent = f", {basis.slot_minutes_per_lead:g} minutes in a slot each" if basis.slot_minutes_per_lead else ""
    note(
        f"From {basis.weeks:g} weeks of history with {basis.leads} leads,"
        f" and {basis.handled_leads} handled leads{spent}; {basis.slots} slots of agents at work, as if they stayed."
    )
    for sentence in found.missing:
        note(f"No forecast of {sentence}")


def _words(then: Estimate | None) -> tuple[str, str]:
    return ("–", "–") if then is None else (f"{then.expected:g}", f"{then.low} and {then.high}")


def _show_rebalance(found: Rebalance, pool: dict[str, AgentLoad]) -> None:
    from rich.markup import escape
    from rich.table import Table

    note(
        f"{found.agents} agents at work, {found.utilization:g} % of their slots taken (target {found.target:g}):"
        f" {found.over} over, {found.under} under"
    )
    if found.why_not is not None:
        note(f"Nothing to suggest: {found.why_not}")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("From", "To", "Line", "Leads"):
        table.add_column(heading)
    for one in found.suggestions:
        giver, taker = pool[str(one.from_agent)], pool[str(one.to_agent)]
        table.add_row(_of(giver), _of(taker), escape(one.line), str(one.leads))
    console.print(table)


def _of(agent: AgentLoad) -> str:
    from rich.markup import escape

    return f"{escape(agent.name)} [dim]{agent.load}/{agent.capacity}[/]"
